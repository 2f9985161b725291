"""The comparison: each cell is the explanation that was asked for, on the limit that is printed."""

from __future__ import annotations

import math
import threading

import numpy as np
import pytest
import torch

import lrpwidgets as lw
from lrpwidgets.errors import InputError, MethodError
from lrpwidgets.render import heatmap
from lrpwidgets.widgets.compare import CompareView
from lrpwidgets.widgets.compare_choice import CompareChoice
from lrpwidgets.widgets.compare_measures import MEASURES
from tests.widgets.conftest import LABELS

METHODS = ["sensitivity", "gradient-x-input", "lrp"]


@pytest.fixture
def compare(net, pictures, domain):
    """Compare on some of the pictures, and wait until the grid is full."""

    def compared(*which, methods=METHODS, wait=True, **options):
        given = [pictures[at] for at in which]
        view = lw.compare(net, given, methods, labels=LABELS, input=domain, **options)
        if wait:
            view.wait()
        return view

    return compared


def asked_alone(net, picture, domain, **question):
    return lw.explain(net, picture, labels=LABELS, input=domain, **question)


def on_the_wire(view, at):
    words = view._cells[at]
    return np.frombuffer(getattr(view, f"_map_{at}"), "<f4").reshape(words["shape"])


def quantile(maps, q=0.995):
    """The rule of the limit once more: the value at floor(q (n - 1)) of all |R| sorted."""
    size = sorted(abs(float(value)) for one in maps for value in np.ravel(one))
    return size[math.floor(q * (len(size) - 1))]


def summed(explanation):
    return explanation.relevance[0].double().numpy().sum(0).astype(np.float32)


# -- what is in the cells -----------------------------------------------------------------------------


def test_every_cell_is_what_explain_gives(compare, net, pictures, domain):
    view = compare(0, 3, targets=["cat", 1])
    assert view._headings == ["input 0, cat", "input 0, bee", "input 1, cat", "input 1, bee"]
    assert view._titles == METHODS
    assert len(view.explanations) == 12
    for at, found in enumerate(view.explanations):
        row, column = divmod(at, 3)
        question = {"method": METHODS[column], "target": ["cat", "bee"][row % 2]}
        alone = asked_alone(net, pictures[[0, 3][row // 2]], domain, **question)
        assert torch.equal(found.relevance, alone.relevance)
        assert np.array_equal(on_the_wire(view, at), alone.relevance[0].float().numpy())
        assert view._cells[at]["target"] == question["target"]
    for at, picture in ((0, pictures[0]), (1, pictures[3])):
        assert np.array_equal(
            np.frombuffer(getattr(view, f"_picture_{at}"), np.uint8).reshape(12, 12, 3), picture
        )


def test_one_method_and_several_targets_stand_side_by_side(compare):
    view = compare(0, 1, methods="epsilon", targets=["ant", "bee", "dog"])
    assert (view._headings, view._titles) == (["input 0", "input 1"], ["ant", "bee", "dog"])
    assert [found.target[0].label for found in view.explanations] == ["ant", "bee", "dog"] * 2
    assert [(cell["row"], cell["column"]) for cell in view._cells] == [(at // 3, at % 3) for at in range(6)]


def test_methods_are_names_presets_and_keywords(compare, net, pictures, domain):
    gamma = lw.preset({"features.*": lw.Gamma(0.25), "classifier": lw.Epsilon(1e-6)})
    methods = {"a": "lrp", "b": {"method": "integrated-gradients", "steps": 3}, "c": gamma, "d": "epsilon"}
    view = compare(2, methods=methods)
    assert view.errors == {}
    wanted = [{}, {"method": "integrated-gradients", "steps": 3}, {"rules": gamma}, {"rules": "epsilon"}]
    for found, question in zip(view.explanations, wanted, strict=True):
        assert torch.equal(found.relevance, asked_alone(net, pictures[2], domain, **question).relevance)


def test_a_contrast_of_classes_sums_to_the_difference_of_scores(compare):
    view = compare(0, methods=["gradient-x-input", "epsilon"], targets="cat", minus="bee")
    for found in view.explanations:
        scores = found.output[0]
        assert float(found.score[0]) == pytest.approx(float(scores[2] - scores[1]), rel=1e-5)
    assert view._cells[0]["target"] == "cat - bee"
    assert "f_A - f_B" in view._cells[0]["lines"][0]


def test_lines_say_how_f_is_accounted_for(compare):
    view = compare(0, methods=["sensitivity", "lrp", "excitation-backprop", "epsilon"])
    squares, whole, one, rest = ([*cell["lines"], ""][0] for cell in view._cells)
    assert "sensitivity does not decompose f" in squares
    assert "of f" in whole
    assert "elsewhere" not in whole
    assert "of 1 at the output" in one
    epsilon = view.explanations[3]
    gone = float(epsilon.score[0]) - float(epsilon.total[0])
    assert f"{gone:#.5g} went elsewhere" in rest


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        (["lpr"], "unknown method 'lpr'; did you mean 'lrp'"),
        (["lrp", "lrp"], "given twice"),
        ([], "no method is given"),
        ([{"method": "lrp"}], "dict has no name"),
        ({"a": {"method": "lrp", "target": 3}}, "'a': target is that of the whole grid"),
        ({"a": {"method": "lrp", "epslon": 3}}, "unknown parameter 'epslon'"),
        ({"a": 3}, "'a' is a int; give a name"),
    ],
)
def test_wrong_methods_say_what_is_allowed(compare, methods, message):
    with pytest.raises(MethodError, match=message):
        compare(0, methods=methods)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"scale": "rows"}, "unknown scale 'rows'; did you mean 'row'"),
        ({"difference": [0, 0]}, "two different cells"),
        ({"difference": [0, 3]}, "there is no cell 3: there are 3"),
        ({"difference": 1}, r"two cells \[a, b\]"),
        ({"region": [3, 3, 3, 5]}, "is empty"),
        ({"region": [0, 0, 2.5, 3]}, "whole pixels"),
        ({"measures": ["ginni"]}, "unknown measure 'ginni'; did you mean 'gini'"),
        ({"selected": -1}, "there is no cell -1"),
        ({"sample": 0}, "unknown option 'sample'"),
        ({"tarets": 0}, "unknown option 'tarets'; did you mean 'targets'"),
        ({"layout": "mpa"}, "unknown layout 'mpa'; did you mean 'map'"),
    ],
)
def test_wrong_options_say_what_is_allowed(compare, option, message):
    with pytest.raises(InputError, match=message):
        compare(0, **option)


# -- the scale ----------------------------------------------------------------------------------------


def test_all_maps_share_the_limit_of_all_their_values(compare):
    view = compare(0, 1, scale="shared")
    maps = [summed(found) for found in view.explanations]
    assert view.limit == quantile(maps)
    assert view.limit != quantile(maps[:3])
    assert {row["limit"] for row in view.table} == {view.limit}
    view.limit_rule = "max"
    assert view.limit == max(float(np.abs(one).max()) for one in maps)


def test_methods_begin_with_a_scale_each_and_what_is_in_one_unit_with_one_for_all(compare, explain):
    view = compare(0, 1)
    assert view.scale == "column"
    maps = [summed(found) for found in view.explanations]
    assert [row["limit"] for row in view.table] == [quantile(maps[at::3]) for at in (0, 1, 2)] * 2
    assert "scale=" not in view.code
    view.ask(methods=["lrp"], targets=[0, 1])
    view.wait()
    assert view.scale == "shared"
    view.scale = "row"
    view.ask(methods=["lrp", "sensitivity"])
    assert view.scale == "row"
    assert "scale='row'" in view.code
    assert lw.compare({"before": explain(0), "after": explain(1)}).scale == "shared"
    assert lw.compare([explain(0), explain(0, rules="epsilon")]).scale == "column"


def test_rows_columns_and_cells_have_scales_of_their_own(compare):
    view = compare(0, 1)
    maps = [summed(found) for found in view.explanations]
    limits = {
        "row": [quantile(maps[:3])] * 3 + [quantile(maps[3:])] * 3,
        "column": [quantile(maps[at::3]) for at in range(3)] * 2,
        "cell": [quantile([one]) for one in maps],
    }
    for scale, wanted in limits.items():
        view.scale = scale
        assert view.limit is None
        assert [row["limit"] for row in view.table] == wanted
    view.limit = 0.5
    assert {row["limit"] for row in view.table} == {0.5}
    view.limit = None
    view.scale = "shared"
    assert view.limit == quantile(maps)


def test_a_limit_by_hand_from_the_browser_has_a_number(compare, browser):
    view = compare(0, scale="row")
    browser.set(view, limit_rule="fixed")
    assert view.limit == quantile([summed(found) for found in view.explanations])
    browser.set(view, limit=0.125)
    assert (view.limit, view.limit_rule) == (0.125, "fixed")


def test_the_saved_grid_has_every_map_on_the_limit_that_it_prints(compare, tmp_path):
    view = compare(0, layout="map", difference=[0, 2])
    image = view.image()
    for found in view.explanations:
        assert holds(image, heatmap.picture(found, layout="map", limit=view.limit, scale=19))
    first, _, third = (found.relevance[0].float().numpy() for found in view.explanations)
    gap = (first - third).astype(np.float64).sum(0).astype(np.float32)
    assert holds(image, enlarged(heatmap.colour_map(gap, quantile([gap]), "blue-red"), 19))
    assert view.save(tmp_path / "grid.png").read_bytes().startswith(b"\x89PNG")
    assert not np.array_equal(view.image(theme="dark"), image)
    with pytest.raises(InputError, match=r"'\.svg'.*'\.png'"):
        view.save(tmp_path / "grid.svg")


def enlarged(picture, factor):
    return picture.repeat(factor, 0).repeat(factor, 1)


def holds(image, part):
    """Whether a picture stands somewhere in a larger one."""
    rows, columns = part.shape[:2]
    starts = np.argwhere(
        (image[: image.shape[0] - rows + 1, : image.shape[1] - columns + 1] == part[0, 0]).all(-1)
    )
    return any(np.array_equal(image[y : y + rows, x : x + columns], part) for y, x in starts)


def test_regions_are_summed_over_the_shown_relevance(compare):
    view = compare(0, region=[2, 3, 7, 11])
    for row, found in zip(view.table, view.explanations, strict=True):
        inside = found.relevance[0].double()[:, 2:7, 3:11].sum()
        assert row["region"] == pytest.approx(float(inside), rel=1e-5)


# -- filling in, stopping, failing -----------------------------------------------------------------------


class Gate:
    """Lets so many explanations pass and holds the next one until it is opened."""

    def __init__(self, view_class, monkeypatch, free):
        self.left, self.open, self.waiting = free, threading.Event(), threading.Event()
        answer = view_class._answer

        def gated(view, cell, token):
            if self.left == 0:
                self.waiting.set()
                assert self.open.wait(20)
                token.check()
            else:
                self.left -= 1
            answer(view, cell, token)

        monkeypatch.setattr(view_class, "_answer", gated)


def test_cells_fill_in_one_by_one_and_each_array_is_sent_once(compare, monkeypatch, browser):
    gate = Gate(CompareView, monkeypatch, 2)
    view = compare(0, wait=False)
    assert gate.waiting.wait(20)
    assert [found is not None for found in view.explanations] == [True, True, False]
    assert view.status == "busy"
    assert view.progress == pytest.approx(1 / 2)
    assert repr(view).endswith("2 maps, 1 missing)")
    gate.open.set()
    view.wait()
    assert all(found is not None for found in view.explanations)
    sent = [
        name for names in browser.names(view) for name in names if name.startswith(("_map_", "_picture_"))
    ]
    filled = [name for name in set(sent) if getattr(view, name)]
    assert sorted(filled) == ["_map_0", "_map_1", "_map_2", "_picture_0"]
    assert all(
        sent.count(name) <= 2 for name in filled
    )  # once empty, when the place was made, and once filled


def test_stopping_keeps_what_there_is_and_resuming_goes_on(compare, monkeypatch):
    gate = Gate(CompareView, monkeypatch, 2)
    view = compare(0, 1, wait=False)
    assert gate.waiting.wait(20)
    view.stop()
    gate.open.set()
    view.wait()
    assert (view.status, view.error) == ("ready", "")
    kept = view.explanations
    assert [found is not None for found in kept] == [True, True, False, False, False, False]
    gate.left = -1
    view.resume()
    view.wait()
    assert all(found is not None for found in view.explanations)
    assert all(one is other for one, other in zip(kept, view.explanations, strict=True) if one is not None)


def test_a_failing_cell_says_so_and_the_others_go_on(compare, net):
    view = compare(0, methods=["lrp", "epsilon"], targets=["cat", "cow", "dog"])
    assert sorted(view.errors) == [2, 3]
    assert "unknown label 'cow'" in view._cells[2]["error"]
    assert [found is not None for found in view.explanations] == [True, True, False, False, True, True]
    assert view.status == "ready"
    assert "_map_2" in view.trait_names()
    assert view._map_2 == b""


def test_what_is_wrong_with_the_model_is_said_at_once(pictures, domain):
    with pytest.raises(InputError):
        lw.compare(torch.nn.Linear(3, 2), pictures[0], input=domain, labels=LABELS)
    with pytest.raises(InputError, match="no input"):
        lw.compare(torch.nn.Linear(3, 2), [])


def test_asking_again_keeps_the_cells_in_which_nothing_changed(compare):
    view = compare(0, methods=["lrp", "epsilon"], targets=["cat", "dog"], difference=[0, 3])
    before = view.explanations
    view.ask(methods=["epsilon", "sensitivity"])
    view.wait()
    after = view.explanations
    assert after[0] is before[1]
    assert after[2] is before[3]
    assert [found.method for found in after] == ["lrp", "sensitivity"] * 2
    assert np.array_equal(on_the_wire(view, 0), before[1].relevance[0].numpy())
    view.ask(targets="cat")
    view.wait()
    assert view.difference is None
    with pytest.raises(MethodError):
        view.ask(methods=["lpr"])
    assert view._asked["methods"] == ["epsilon", "sensitivity"]
    view.ask()
    view.wait()
    assert view.explanations[0] is not before[1]


def test_a_trained_model_is_asked_anew(compare, net):
    view = compare(0, methods=["lrp"], targets="cat")
    before = view.explanations[0]
    with torch.no_grad():
        net.classifier.weight.mul_(2)
    view.ask()
    view.wait()
    assert float(view.explanations[0].score) != float(before.score)


# -- explanations as input ---------------------------------------------------------------------------------


def test_explanations_are_compared_without_a_model(explain):
    first, second = explain(0, 1, method="lrp"), explain(0, 1, method="sensitivity")
    view = lw.compare([first, second])
    assert view._titles == ["lrp, deep-taylor", "sensitivity"]
    assert view._headings == ["sample 0", "sample 1"]
    assert torch.equal(view.explanations[2].relevance, first.relevance[1:])
    assert view.status == "ready"
    view.measures = ["gini", "flipping"]
    view.wait()
    assert "asks the model, but only explanations were given" in view._cells[0]["lines"][-1]
    named = lw.compare({"mine": explain(0), "yours": explain(1, 2)})
    assert named._titles == ["mine", "yours"]
    assert "there is no sample 1" in named._cells[2]["error"]
    with pytest.raises(InputError, match="no model to ask"):
        named.ask(methods=["lrp"])
    with pytest.raises(InputError, match="compare explanations"):
        lw.compare([torch.zeros(1, 3, 4, 4)])


def test_pictures_of_two_sizes_have_no_difference(explain):
    grey = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 2))
    view = lw.compare([explain(0), lw.explain(grey, torch.rand(1, 1, 8, 8))])
    with pytest.raises(InputError, match="differ in size"):
        view.difference = [0, 1]


def test_what_is_no_picture_is_the_cells_error():
    flat = lw.explain(torch.nn.Linear(5, 2), torch.randn(2, 5))
    view = lw.compare([flat])
    assert "(1, 5)" in view._cells[0]["error"]
    assert view.explanation is None


# -- measures ---------------------------------------------------------------------------------------------


def test_measures_are_those_of_the_package(compare, net):
    view = compare(
        0, targets="cat", measures={"gini": {}, "flipping": {"patch": 4}, "continuity": {"unit": False}}
    )
    for row, found, method in zip(view.table, view.explanations, METHODS, strict=True):
        assert row["gini"] == float(lw.measure.gini(found.relevance))
        curve = lw.measure.flip(
            net, found.input, {"m": found.relevance}, target=2, patch=4, input=found.domain
        )
        assert row["flipping"] == float(curve["m"].auc[0])
        near = lw.measure.continuity(net, found.input, method=method, target=2, input=found.domain)
        assert row["continuity"] == near.strongest
    assert "4 px patches, 9 steps" in view._cells[0]["lines"][2]


def test_the_ledger_accounts_for_the_rest(compare):
    view = compare(0, methods=["epsilon", "sensitivity"], measures=["ledger"])
    first, second = view.table
    assert first["ledger"] == pytest.approx(first["score"] - first["total"], abs=1e-5)
    assert math.isnan(second["ledger"])
    assert "no ledger" in view._cells[1]["lines"][-1]


def test_measures_are_made_when_asked_for_and_stop(compare, monkeypatch, browser):
    view = compare(0)
    started, go = threading.Event(), threading.Event()

    def slow(asked):
        started.set()
        assert go.wait(20)
        asked.report(0.5)
        return 1.0, "slow 1"

    monkeypatch.setitem(MEASURES, "flipping", slow)
    browser.set(view, measures=["gini", "flipping"])
    assert started.wait(20)
    assert all("gini" in row for row in view.table)
    view.stop()
    go.set()
    view.wait()
    assert not any("flipping" in row for row in view.table)
    assert view.status == "ready"
    view.resume()
    view.wait()
    assert [row["flipping"] for row in view.table] == [1.0] * 3
    browser.set(view, measures=["flipping"])
    view.wait()
    assert not any("gini" in row for row in view.table)


# -- keeping it ---------------------------------------------------------------------------------------------


def test_code_makes_the_same_comparison(compare, net, pictures, domain):
    methods = {"mine": {"method": "integrated-gradients", "steps": 3}, "eps": "epsilon"}
    options = {"targets": ["cat", 1], "minus": "dog", "scale": "row", "difference": [0, 1], "layout": "map"}
    view = compare(4, methods=methods, region=[1, 1, 4, 4], measures={"gini": {}}, **options)
    lines = view.code.splitlines()
    names = {"model": net, "x": pictures[4], "labels": LABELS, "input": domain}
    exec("\n".join(lines[:-1]), names)  # noqa: S102
    again = eval(lines[-1], names)  # noqa: S307
    again.wait()
    assert again.changed_options() == view.changed_options() != {}
    assert again.measures == ["gini"]
    assert np.array_equal(again.image(), view.image())


def test_the_bundle_shows_the_grid_to_readers_with_no_kernel(compare):
    view = compare(0)
    bundle = view._repr_mimebundle_()
    assert bundle["application/vnd.lrpwidgets.view+json"]["widget"] == {"model_id": view.model_id}
    assert bundle["image/png"].startswith("iVBOR")
    assert bundle["text/plain"] == repr(view) == "CompareView(sensitivity, gradient-x-input, lrp; 3 maps)"


def test_the_chosen_cell_is_the_explanation_that_others_follow(compare):
    view = compare(0)
    seen = []
    view.observe(lambda change: seen.append(change["new"]), "explanation")
    view.selected = 2
    assert seen == [view.explanations[2]]
    assert view.explanation is view.explanations[2]


def test_it_follows_another_view(compare, explain):
    heat = lw.view(explain(3, target="bee"))
    view = compare(0)
    view.follow(heat)
    view.wait()
    assert all(found.target[0].label == "bee" for found in view.explanations)
    assert torch.equal(view.explanations[2].relevance, explain(3, target="bee").relevance)
    heat.explanation = explain(1, target="dog")
    view.wait()
    assert torch.equal(view.explanations[2].input, explain(1).input)


def test_every_option_is_documented():
    """A docstring literal stands under each public trait."""
    import ast
    import inspect

    (body,) = ast.parse(inspect.getsource(CompareChoice)).body
    documented = {
        before.targets[0].id
        for before, after in zip(body.body, body.body[1:], strict=False)
        if isinstance(before, ast.Assign)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
    }
    assert set(CompareView.options()) - set(lw.HeatmapView.options()) <= documented
