"""The filter view: shares add up, maps are those of the trace, what is newest wins, what is wrong is said."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
import traitlets

import lrpwidgets as lw
from lrpwidgets.errors import InputError, LayerError, LrpError
from lrpwidgets.render.figure import compose, figure
from lrpwidgets.render.heatmap import colour_map
from lrpwidgets.widgets import filter_still
from lrpwidgets.widgets.filters import FilterView
from lrpwidgets.widgets.heatmap import HeatmapView
from lrpwidgets.widgets.still import VIEW_MIME
from lrpwidgets.widgets.through import checked
from lrpwidgets.widgets.unit_maps import SIDE, shrink
from lrpwidgets.widgets.view import View
from lrpwidgets.widgets.worker import model_lock
from tests.widgets.conftest import LABELS

LAYER = "features.1"  # (batch, 8, 10, 10)


class Residual(torch.nn.Module):
    """A layer that is bypassed: what goes round it is the remainder."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Conv2d(3, 6, 3, padding=1)
        self.side = torch.nn.Conv2d(6, 6, 3, padding=1)
        self.last = torch.nn.Linear(6 * 12 * 12, 4)

    def forward(self, x):
        x = self.first(x).relu()
        return self.last((x + self.side(x).relu()).flatten(1))


@pytest.fixture
def trace(net, pictures, domain):
    return lw.trace(net, pictures[0], labels=LABELS, input=domain)


@pytest.fixture
def view(trace, pictures):
    return FilterView(trace, LAYER, inputs=pictures)


def filtered(trace, **question):
    return lw.trace(trace.model, trace.input, labels=LABELS, input=trace.domain).explain(**question)


def test_units_are_ranked_by_relevance_as_the_trace_says(view, trace):
    view.wait(maps=True)
    relevance = np.frombuffer(view._relevance, "<f4")
    wanted = trace.units(LAYER)[0].numpy()
    np.testing.assert_allclose(relevance, wanted, rtol=1e-5, atol=1e-7)
    assert view.units.ranking == np.argsort(-np.abs(relevance), kind="stable").tolist()
    assert (view._shape, view._serial) == ([8, 10, 10], 1)


def test_the_answer_is_what_explain_says_and_the_heat_map_follows(view, trace):
    assert torch.equal(view.explanation.relevance, filtered(trace).relevance)
    other = HeatmapView()
    traitlets.dlink((view, "explanation"), (other, "explanation"))
    for through in ({LAYER: [3]}, {LAYER: [1, 5], "features.0": [(2, (4, 7)), 0]}, {}):
        view.through = through
        view.wait()
        wanted = filtered(trace, **({"through": through} if through else {})).relevance
        torch.testing.assert_close(view.explanation.relevance, wanted)
        assert view._heatmap.explanation is view.explanation is other.explanation


def test_maps_of_all_units_are_those_of_the_trace_and_sum_to_the_whole(view, trace):
    """Claim E13 as the view shows it: the single maps and the remainder sum to the map."""
    view.wait(maps=True)
    assert view._filled == 8
    for [unit], maps in trace.maps(LAYER, budget=1):
        np.testing.assert_allclose(view.units.small[unit], maps[0, 0].sum(0).numpy(), rtol=1e-4, atol=1e-7)
    whole = view._whole.relevance[0].sum(0).numpy()
    np.testing.assert_allclose(sum(view.units.small.values()), whole, atol=1e-5 * np.abs(whole).max())
    assert view.limit == max(np.quantile(np.abs(m), 0.995, method="lower") for m in view.units.small.values())


@pytest.mark.parametrize(
    "through", [{"side": [1, 4]}, {"side": [(2, (3, 3))]}, {"side": [0], "first": [1, 2]}]
)
def test_shares_and_remainder_add_up(through, pictures):
    torch.manual_seed(0)
    session = lw.trace(
        Residual().double().eval(), torch.rand(1, 3, 12, 12, dtype=torch.float64), input_range=(0, 1)
    )
    view = FilterView(session, "side", through=through)
    sums = view._sums
    parts = sums["passed"] + sums["held"] + sums["round"] + (sums["absorbed"] or 0)
    assert parts == pytest.approx(sums["whole"], rel=1e-12)
    assert sums["round"] != 0
    if len(through) == 1:
        # What is held back was measured at the layer: z+ loses nothing on the way down from it.
        assert sums["absorbed"] == pytest.approx(0, abs=1e-6 * abs(sums["whole"]))
        others = [unit for unit in range(6) if unit not in through["side"]]
        rest = session.explain(through={"side": others})
        if not isinstance(through["side"][0], tuple):
            assert sums["held"] == pytest.approx(float(rest.total[0]), rel=1e-6)


def test_what_is_absorbed_below_the_layer_is_told(trace):
    view = FilterView(trace, LAYER, rules="epsilon", through={LAYER: [2, 3]})
    units, sums = trace.units(LAYER, rules="epsilon")[0].double(), view._sums
    assert sums["held"] == pytest.approx(float(units.sum() - units[2] - units[3]), rel=1e-5)
    assert abs(sums["absorbed"]) > 1e-3 * abs(
        sums["whole"]
    )  # by the biases: the maps sum to less than the layer
    parts = sums["passed"] + sums["held"] + sums["round"] + sums["absorbed"]
    assert parts == pytest.approx(sums["whole"], rel=1e-6)


def test_what_the_layers_pass_on_is_told_when_nothing_else_is_to_be_done(view):
    view.wait(maps=True)
    rows = {row[0]: row for row in view._layers}
    assert rows["features.0"][1:3] == ["Conv2d", [8, 10, 10]]
    shares = {record.path: record.share for record in view.trace.layers if record.share is not None}
    assert {path: row[3] for path, row in rows.items() if path in shares} == pytest.approx(shares)


@pytest.mark.parametrize(
    ("through", "message"),
    [
        ({"featurs.1": [1]}, "unknown layer 'featurs.1'; did you mean 'features.1'"),
        ({LAYER: [8]}, "unit 8 is out of range: the output of features.1 has shape"),
        ({LAYER: [(1, (10, 0))]}, "position .* is out of range"),
        ({LAYER: torch.ones(8, dtype=torch.bool)}, "by units, not by a mask"),
        ({LAYER: ["one"]}, "not understood"),
        ([3], "give units by module path"),
    ],
)
def test_a_wrong_filter_says_what_is_allowed_and_changes_nothing(view, browser, through, message):
    view.through = {LAYER: [2]}
    view.wait()
    before = view.explanation
    with pytest.raises(LayerError, match=message):
        view.through = through
    assert view.through == {LAYER: [2]}
    assert view.explanation is before


def test_a_filter_names_each_unit_once_and_no_empty_layer(view):
    assert checked({LAYER: [-1, 7, 3, 3], "features.0": []}, view.shapes) == {LAYER: [7, 3]}
    assert checked({LAYER: [(1, (-1, 0)), (1, (9, 0))]}, view.shapes) == {LAYER: [(1, (9, 0))]}


def test_the_browser_filters_by_plain_lists_and_hears_what_is_wrong(view, browser):
    browser.set(view, through={LAYER: [4, [1, [2, 3]]]})
    view.wait()
    assert view.through == {LAYER: [4, (1, (2, 3))]}
    browser.sent.clear()
    browser.set(view, through={LAYER: [99]})
    assert any("through" in names for names in browser.names(view))  # the browser is told what still holds
    assert "unit 99 is out of range" in view.error
    assert view.through == {LAYER: [4, (1, (2, 3))]}
    browser.say(view, {"kind": "like", "by": "colour"})
    assert "unknown order 'colour'" in view.error or "no unit is looked at" in view.error


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layer": "features.9"}, "unknown layer 'features.9'"),
        ({"layr": LAYER}, "unknown option 'layr'; did you mean 'layer'"),
        ({"layer": LAYER, "unit": 8}, "there is no unit 8 in features.1"),
        ({"layer": LAYER, "method": "sensitivty"}, "did you mean 'sensitivity'"),
        ({"layer": LAYER, "rules": "deep-tailor"}, "did you mean 'deep-taylor'"),
        ({"layer": LAYER, "target": "ann"}, "ann"),
    ],
)
def test_wrong_options_say_what_is_allowed(trace, options, message):
    with pytest.raises(LrpError, match=message):
        lw.filters(trace, **options)


def test_only_a_trace_of_one_input_is_asked(net, domain, pictures):
    with pytest.raises(InputError, match=r"asks a trace \(lw.trace\(model, x\)\), not Explanation"):
        FilterView(lw.explain(net, pictures[0], input=domain))
    with pytest.raises(InputError, match="this trace has 2"):
        FilterView(lw.trace(net, pictures[:2], input=domain))


def test_a_hundred_clicks_end_on_the_last_one_and_leave_no_queue(view, trace):
    asked = []
    explain = type(trace).explain

    def counted(self, **question):
        asked.append(question)
        return explain(self, **question)

    type(trace).explain = counted
    try:
        with model_lock(trace.model):  # the first click is at work and waits; the others come meanwhile
            for click in range(100):
                view.through = {LAYER: [click % 8]}
        view.wait()
    finally:
        type(trace).explain = explain
    assert view.through == {LAYER: [3]}
    assert len(asked) <= 2  # of a hundred at most the first and the last
    torch.testing.assert_close(view.explanation.relevance, filtered(trace, through={LAYER: 3}).relevance)
    assert (view.status, view.error) == ("ready", "")
    assert view._worker._idle()


def test_another_layer_or_question_ranks_again_and_keeps_filters(view, trace):
    view.through = {LAYER: [3]}
    view.wait(maps=True)
    view.layer = "features.2"
    view.wait(maps=True)
    assert (view._serial, view._shape, view._filled) == (2, [8, 5, 5], 8)
    assert view.through == {LAYER: [3]}
    view.ask(target="bee", minus="cat")
    view.wait()
    wanted = filtered(trace, target="bee", minus="cat", through={LAYER: 3})
    torch.testing.assert_close(view.explanation.relevance, wanted.relevance)
    assert view._serial == 3
    assert view._sums["target"] == "bee - cat"


def test_small_maps_in_sight_come_first_and_stopping_keeps_what_is_there(view, trace, browser, monkeypatch):
    view.wait(maps=True)
    assert view.units.missing(3, 5) == []
    known = dict(view.units.small)
    view.units.small.clear()
    assert view.units.missing(3, 5) == [view.units.ranking[at] for at in (3, 4, 0, 1, 2, 5, 6, 7)]
    sent = []
    monkeypatch.setattr(view, "send", lambda content, buffers: sent.append((content, buffers)))
    add = type(view.units).add

    def slow(self, unit, relevance):
        add(self, unit, relevance)
        if len(self.small) == 3:
            view._filler._running.token.stop()

    monkeypatch.setattr(type(view.units), "add", slow)
    view._visible = [3, 5]
    view._filler.wait(20)
    assert list(view.units.small) == [view.units.ranking[at] for at in (3, 4, 0)]
    units = [unit for content, _ in sent for unit in content["units"]]
    values = np.concatenate([np.frombuffer(buffers[0], "<f4") for _, buffers in sent]).reshape(-1, 12, 12)
    assert units == list(view.units.small)
    for unit, value in zip(units, values, strict=True):
        np.testing.assert_array_equal(value, known[unit])
    assert not view._filling
    sent.clear()
    browser.say(view, {"kind": "maps"})  # a page that was reloaded asks for all
    assert sorted(sent[0][0]["units"]) == sorted(view.units.small)


def test_stop_ends_filling_in_until_somebody_asks_again(view):
    view.wait(maps=True)
    view.units.small.clear()
    view.stop()
    view._on_status(None)
    assert view._filler._idle()
    view._visible = [0, 2]
    view.wait(maps=True)
    assert len(view.units.small) == 8


def test_the_grids_of_a_unit(view, trace):
    view.unit = 5
    relevance = np.frombuffer(view._unit_relevance, "<f4").reshape(10, 10)
    np.testing.assert_allclose(relevance, trace.units(LAYER, positions=True)[0, 5].numpy(), atol=1e-7)
    activation = np.frombuffer(view._unit_activation, "<f4").reshape(10, 10)
    with torch.no_grad():
        wanted = trace.model.features[:2](trace.input)[0, 5].numpy()
    np.testing.assert_allclose(activation, wanted, atol=1e-6)
    row, column = np.unravel_index(np.abs(relevance).argmax(), (10, 10))
    view.through = {LAYER: [(5, (int(row), int(column)))]}
    view.wait()
    assert view._sums["held"] == pytest.approx(view._sums["units"] - relevance[row, column], rel=1e-5)


@pytest.mark.parametrize("by", ["relevance", "activation"])
def test_the_inputs_that_a_unit_likes(view, net, pictures, domain, by):
    view.like(2, by=by)
    view.wait()
    wanted = []
    for picture in pictures:
        one = lw.trace(net, picture, labels=LABELS, input=domain)
        with torch.no_grad():
            grid = net.features[:2](one.input)[0, 2]
        wanted.append(float(one.units(LAYER)[0, 2]) if by == "relevance" else float(grid.max()))
    order = sorted(range(6), key=lambda at: -wanted[at])
    assert [at for at, _ in view.liked] == order
    assert [value for _, value in view.liked] == pytest.approx([wanted[at] for at in order], rel=1e-5)
    assert (view.unit, view._likes["seen"], view._likes["by"]) == (2, 6, by)
    assert view._likes["best"][0]["png"].startswith(b"\x89PNG")


def test_stopping_keeps_the_inputs_that_were_seen(view, monkeypatch):
    monkeypatch.setattr("lrpwidgets.widgets.liking.REPORT_SECONDS", 0)
    view.observe(lambda _: view._likes["seen"] == 3 and view.stop(), "_likes")
    view.like(0)
    view.wait()
    assert len(view.liked) == 3
    assert view.status == "ready"


def test_a_filter_that_was_pushed_aside_by_another_wish_is_answered_first(view, trace):
    with model_lock(trace.model):
        view.through = {LAYER: [4]}
        view.like(4)
    view.wait()
    torch.testing.assert_close(view.explanation.relevance, filtered(trace, through={LAYER: 4}).relevance)
    assert len(view.liked) == 6


def test_a_prototype_makes_the_unit_more_active(view, trace):
    unit = int(trace.units(LAYER)[0].argmax())
    view.imagine(unit, steps=5)
    view.wait()
    with torch.no_grad():
        before = float(trace.model.features[:2](trace.input)[0, unit].sum())
    assert float(view.prototype.score[0]) > before
    assert view._prototype["png"].startswith(b"\x89PNG")
    assert (view._prototype["unit"], view._prototype["score"]) == (unit, float(view.prototype.score[0]))


def test_it_follows_the_question_of_another_view(trace, net, pictures, domain):
    one = FilterView(trace, LAYER, through={LAYER: [1]})
    other = FilterView(trace, "features.0")
    other.follow(one)
    one.ask(trace=lw.trace(net, pictures[3], labels=LABELS, input=domain), target=2)
    one.wait()
    other.wait()
    assert torch.equal(other.explanation.input, one.explanation.input)
    assert other.explanation.target[0].index == 2
    assert (one.through, other.through) == ({LAYER: [1]}, {})
    assert torch.equal(other.explanation.relevance, one._whole.relevance)


def test_an_error_of_the_model_is_said_and_the_picture_stays(view, net):
    before = view.explanation
    with torch.no_grad():
        net.classifier.weight.mul_(2)
    view.through = {LAYER: [1]}
    with pytest.raises(LrpError, match="changed"):
        view.wait()
    assert "changed" in view.error
    assert view.explanation is before


def test_code_makes_the_same_view(net, pictures, domain, trace):
    view = FilterView(
        trace,
        LAYER,
        through={LAYER: [3, (1, (2, 2))], "features.0": 4},
        target="bee",
        rules="epsilon",
        cmap="seismic",
        unit=0,
    )
    names = {"model": net, "x": pictures[0], "labels": LABELS}
    again = eval(view.code.split("\n\n")[1], {"lw": lw, **names})  # noqa: S307
    assert torch.equal(again.explanation.relevance, view.explanation.relevance)
    assert (again.through, again.layer, again.cmap, again.code) == (view.through, LAYER, "seismic", view.code)
    assert again.unit == 0
    assert again._heatmap.cmap == "seismic"


def test_the_bundle_has_the_filtered_picture_and_the_units(view, trace):
    view.through = {LAYER: [3]}
    view.wait()
    view.wait(maps=True)
    bundle = view._repr_mimebundle_()
    assert bundle["image/png"]
    assert bundle[VIEW_MIME] == {"widget": {"model_id": view.model_id}, "code": view.code}
    tiles = filter_still.tiles(view)
    totals = trace.units(LAYER)[0].double()
    whole = float(trace.explain().total[0])
    words = [
        f"{unit}{' kept' if unit == 3 else ''}: {totals[unit] / whole:.1%}" for unit in view.units.ranking
    ]
    assert [tile.words for tile in tiles] == words
    for tile, unit in zip(tiles, view.units.ranking, strict=True):
        wanted = colour_map(view.units.small[unit], view.units.limit, view.cmap)
        np.testing.assert_array_equal(tile.pixels, wanted)
    plain = compose(figure(view.explanation, **view.picture_options()))
    page = filter_still.picture(view)
    np.testing.assert_array_equal(page[: len(plain), : plain.shape[1]], plain)
    assert len(page) > len(plain) + 2 * 96 / 2
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == view.model_id
    assert "[3]" in repr(view) or ": 3" in repr(view)


def test_features_that_are_no_picture_are_filtered_without_a_heat_map():
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(30, 7), torch.nn.ReLU(), torch.nn.Linear(7, 3))
    view = lw.filters(
        lw.trace(net, torch.randn(1, 30), input_range=(-4, 4)), layer="1", through={"1": [0, 2]}
    )
    view.wait(maps=True)
    assert view._heatmap is None
    assert (view._shape, view._small_shape, view._filled) == ([7], [5, 6], 7)
    assert view._repr_mimebundle_()["image/png"]


@pytest.mark.parametrize("shape", [(3, 227, 227), (1, 12, 12), (3, 41, 7), (50,), (1,), (4, 30)])
def test_a_shrunken_map_holds_the_means_of_blocks(shape):
    relevance = np.random.default_rng(0).normal(size=shape).astype("<f4")
    small = shrink(relevance)
    assert max(small.shape) <= SIDE
    if len(shape) == 3:
        plane = relevance.astype(float).sum(0)
        step = -(-max(plane.shape) // SIDE)
        wanted = [
            [plane[y : y + step, x : x + step].mean() for x in range(0, plane.shape[1], step)]
            for y in range(0, plane.shape[0], step)
        ]
        np.testing.assert_allclose(small, wanted, atol=1e-6)
    else:
        np.testing.assert_array_equal(small.reshape(-1)[: relevance.size], relevance.reshape(-1))


def test_a_unit_without_relevance_everywhere(pictures):
    """Constant zero relevance: shares of nothing are not shown, nothing divides by it."""
    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(400, 2)
    )
    torch.nn.init.zeros_(net[3].weight)
    torch.nn.init.zeros_(net[3].bias)
    view = lw.filters(lw.trace(net, pictures[0], input=lw.image()), layer="1", through={"1": [1]})
    view.wait(maps=True)
    assert (view.limit, view._sums["whole"], view._sums["passed"]) == (0.0, 0.0, 0.0)


def test_every_option_is_documented():
    modules = (sys.modules[each.__module__] for each in FilterView.__mro__ if issubclass(each, View))
    text = "".join(Path(module.__file__).read_text() for module in modules)
    for name in FilterView.options():
        at = text.index(f"\n    {name} = ")
        assert '\n    """' in text[at : at + 120], name


def test_closing_ends_both_threads(view):
    view.close()
    end = time.monotonic() + 5
    while view._filler._thread is not None and time.monotonic() < end:
        time.sleep(0.01)
    assert view._filler._thread is None
