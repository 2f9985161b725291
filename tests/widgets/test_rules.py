"""The rule view: a rule is changed, map and ledger follow; setups are saved and read again; rules are selected."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest
import torch

import lrpwidgets as lw
from lrpwidgets.errors import InputError, LayerError, LrpError, PresetError, RuleError, TargetError
from lrpwidgets.explain import trace as trace_module
from lrpwidgets.render.figure import compose, figure
from lrpwidgets.widgets import rule_still
from lrpwidgets.widgets.still import VIEW_MIME
from tests.widgets.conftest import LABELS, SmallNet


@pytest.fixture
def traced(net, pictures, domain):
    return lw.trace(net, pictures[0], labels=LABELS, input=domain)


@pytest.fixture
def view(traced):
    return lw.rules(traced)


def shown(view):
    """Rules by path, as the tree shows them."""
    return {one["path"]: one["rule"] for one in view._layers if one["rule"]}


def say(view, browser, **message):
    browser.say(view, message)
    view._worker.wait(10)


def test_the_first_answer_is_there_at_once_and_its_ledger_follows(view, traced):
    expected = traced.explain()
    assert torch.equal(view.explanation.relevance, expected.relevance)
    assert view.view.explanation is view.explanation
    view.wait()
    assert view._account["answer"] == view._answer == 1
    rows = view._account["rows"]
    assert [row["path"] for row in rows] == [row.path for row in expected.ledger]
    for row in rows:
        parts = row["outgoing"] + row["bias"] + row["stabilizer"] + row["stopped"]
        assert row["incoming"] == pytest.approx(parts, abs=1e-9)
    absorbed = sum(row[part] for row in rows for part in ("bias", "stabilizer", "stopped"))
    assert view._account["start"] == pytest.approx(view._account["end"] + absorbed, abs=1e-5)
    assert view.advice == lw.measure.advise(traced.model, traced.inputs, input=traced.domain)
    assert [one["topic"] for one in view._advice] == [one.topic for one in view.advice]


def test_layers_are_those_of_the_trace_with_the_rules_that_run(view, traced):
    assert [one["path"] for one in view._layers] == [one.path for one in traced.layers]
    assert shown(view) == {node.path: str(rule) for node, rule in traced.assignment("deep-taylor")}
    legal = {one["path"]: one["legal"] for one in view._layers}
    assert "ZBox" in legal["features.0"]
    assert "ZBox" not in legal["classifier"]
    assert "Pass" not in legal["classifier"]
    assert legal["features.1"] == ["Gradient", "Pass"]
    assert (legal["features"], legal["features.2"]) == ([], ["Gradient"])
    for path, names in legal.items():
        for name in names:
            rule = getattr(lw, name)()
            found = traced.explain(rules=lw.preset({path: rule}, base="epsilon"))
            assert torch.isfinite(found.relevance).all()


def test_a_changed_rule_changes_map_and_ledger_and_costs_no_forward(view, traced, monkeypatch):
    view.wait()
    before, old = view.explanation, view._account
    recorded = []
    record = trace_module.record

    def recording(*args, **keys):
        recorded.append(threading.current_thread().name)
        return record(*args, **keys)

    monkeypatch.setattr(trace_module, "record", recording)
    view.change("features.0", lw.Gamma(0.5))
    view.wait()
    assert recorded == ["lrpwidgets-ledger"], "only the ledger may record again"
    expected = traced.explain(rules=lw.preset({"features.0": lw.Gamma(0.5)}))
    assert torch.equal(view.explanation.relevance, expected.relevance)
    assert not torch.equal(view.explanation.relevance, before.relevance)
    assert shown(view)["features.0"] == "Gamma(gamma=0.5)"
    assert view._account["answer"] == view._answer == 2
    assert view._account["rows"][-1]["rule"] == "Gamma(gamma=0.5)"
    assert view._account["rows"] != old["rows"]


def test_several_layers_at_once_and_back_again(view):
    view.change("*", lw.Epsilon(0.1))
    assert set(shown(view).values()) == {"Epsilon(epsilon=0.1)"}
    view.change(["features.0", "classifier"], lw.Zero())
    assert set(shown(view).values()) == {"Zero()"}
    assert [one["where"] for one in view._preset["changes"]] == ["*", "features.0", "classifier"]
    view.change(["features.0", "classifier"], None)
    assert set(shown(view).values()) == {"Epsilon(epsilon=0.1)"}
    view.change("convolutions", lw.Gamma(1.0))
    view.reset()
    assert view.rules == "deep-taylor"
    assert view._preset["changes"] == []
    view.wait()


@pytest.mark.parametrize(
    ("where", "rule", "error", "message"),
    [
        ("features.9", "Zero()", PresetError, "matches no layer with weights"),
        ("classifier", "ZBox(0, 1)", PresetError, "first-layer rule"),
        ("features.*", "Pass()", RuleError, "a layer with weights mixes its inputs"),
        ("classifier", "Flat()", PresetError, "first-layer rule"),
    ],
)
def test_a_rule_that_cannot_stand_there_is_refused_and_all_stays(view, where, rule, error, message):
    view.wait()
    before = view.explanation, view.rules, view._layers, view.setup
    with pytest.raises(error, match=message):
        view.change(where, eval(f"lw.{rule}"))  # noqa: S307 - a case of this table
    assert (view.explanation, view.rules, view._layers, view.setup) == before
    view.wait()
    assert view.explanation is before[0]


def test_hands_do_what_python_does(view, browser):
    say(view, browser, kind="rule", where=["features.0"], value="Gamma", values={"gamma": 0.5})
    assert shown(view)["features.0"] == "Gamma(gamma=0.5)"
    say(view, browser, kind="shared", name="pooling", value="winner")
    assert view.preset.pooling == "winner"
    assert view.explanation.settings["rules"] == view.preset.to_json()
    say(view, browser, kind="rule", where=["features.0"], value=None)
    assert shown(view)["features.0"].startswith("ZBox")
    say(view, browser, kind="preset", value="epsilon")
    assert (view.rules, view.explanation.rules) == ("epsilon", "epsilon")
    browser.set(view, layer="classifier")
    assert view.layer == "classifier"
    say(view, browser, kind="rule", where=["*"], value="Zero", values={})
    say(view, browser, kind="reset")
    assert view.rules == "epsilon"
    view.wait()


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"kind": "rule", "where": ["features.0"], "value": "Gama", "values": {}}, "did you mean 'Gamma'"),
        ({"kind": "rule", "where": ["features.0"], "value": "Gamma", "values": {"gamma": -1}}, "gamma >= 0"),
        (
            {"kind": "rule", "where": ["features.0"], "value": "Gamma", "values": {"gamma": "1"}},
            "must be a float",
        ),
        ({"kind": "rule", "where": ["<img>"], "value": "Zero", "values": {}}, "matches no layer"),
        ({"kind": "preset", "value": "deep-tailor"}, "did you mean 'deep-taylor'"),
        ({"kind": "shared", "name": "pooling", "value": "both"}, "cannot be 'both'"),
        ({"kind": "shared", "name": "convolution", "value": "winner"}, "cannot be"),
        ({"kind": "setup", "value": "{"}, "no JSON"),
        ({"kind": "setup", "value": "[" * 100_000}, "no JSON"),
        ({"kind": "setup", "value": "[]"}, "mapping"),
        ({"kind": "setup", "value": 3}, "text in JSON"),
        ({"kind": "select", "candidates": []}, "choose the presets"),
        ({"kind": "select", "candidates": ["deep-taylor", "nonsense"]}, "no preset 'nonsense'"),
        ({"kind": "select", "candidates": ["deep-taylor"], "patch": 0}, "patch"),
        ({"kind": "use", "value": None}, "nothing to use yet"),
    ],
)
def test_nonsense_from_the_browser_is_said_in_the_view_and_all_stays(view, browser, message, said):
    view.wait()
    before = view.explanation, view.rules
    browser.say(view, message)
    assert said in view.error
    assert view.status == "error"
    assert (view.explanation, view.rules) == before
    with pytest.raises(LrpError):
        view.wait()
    view.rules = "epsilon"
    view.wait()
    assert (view.status, view.error) == ("ready", "")


def test_the_code_makes_the_same_view_again(view, net, pictures, domain):
    view.change("features.*", lw.AlphaBeta(3.0, 2.0))
    view.target, view.minus, view.layer, view.view.layout = "dog", "ant", "classifier", "map"
    view.wait()
    names = {"lw": lw, "model": net, "x": pictures[0], "labels": LABELS, "input": domain}
    line = view.code.removeprefix("import lrpwidgets as lw\n\n")
    again = eval(line, names)  # noqa: S307 - this is what the user would do
    assert torch.equal(again.explanation.relevance, view.explanation.relevance)
    assert (again.layer, again.view.layout, again.setup) == ("classifier", "map", view.setup)
    assert again.explanation.minus == view.explanation.minus
    assert view._code == view.code.replace(", layout='map'", "") or view._code == view.code


def test_the_setup_is_saved_and_restored(view, traced, tmp_path):
    view.change("features.0", lw.ZBox(-2.0, 3.0))
    saved = view.save(tmp_path / "mine.rules.json")
    view.rules = "epsilon"
    view.wait()
    view.setup = json.loads(saved.read_text(encoding="utf-8"))
    view.wait()
    assert shown(view)["features.0"] == "ZBox(-2, 3)"
    again = lw.rules(traced, setup=view.setup)
    assert torch.equal(again.explanation.relevance, view.explanation.relevance)
    before = view.setup
    for wrong in (
        {"name": "x"},
        {**before, "dense": {"rule": "ZBox"}},
        {**before, "layers": [["nowhere", {"rule": "Zero"}]]},
    ):
        with pytest.raises(PresetError):
            view.setup = wrong
        assert view.setup == before
    assert view.save(tmp_path / "map.png").exists()


def test_wrong_options_say_what_is_allowed(traced, view, net):
    with pytest.raises(InputError, match="did you mean 'layout'"):
        lw.rules(traced, layuot="map")
    with pytest.raises(InputError, match="shows a trace"):
        lw.rules(net)
    with pytest.raises(LayerError, match=r"did you mean 'features\.0'"):
        view.layer = "feature.0"
    with pytest.raises(TargetError):
        view.target = 99
    with pytest.raises(PresetError):
        lw.rules(traced, rules="deep-tailor")
    assert view.target == "top"


def test_another_input_is_another_trace(view, net, pictures, domain):
    other = lw.trace(net, pictures[1], labels=LABELS, input=domain)
    view.change("features.*", lw.Gamma(0.5))
    view.trace = other
    view.wait()
    assert torch.equal(view.explanation.relevance, other.explain(rules=view.rules).relevance)
    with pytest.raises(PresetError, match="matches no layer"):
        view.trace = lw.trace(torch.nn.Linear(3, 2), torch.rand(1, 3))
    assert view.trace is other


def test_as_a_panel_it_follows_the_workbench(net, pictures, domain, traced):
    bench = lw.explore(net, pictures, labels=LABELS, input=domain)
    panel = lw.rules(traced, heatmap=False)
    panel.follow(bench)
    panel.change("features.*", lw.Gamma(0.5))
    bench.wait()
    panel.wait()
    assert bench.rules is panel.rules
    assert panel.explanation is bench.explanation
    expected = traced.explain(rules=panel.rules)
    torch.testing.assert_close(bench.explanation.relevance, expected.relevance)
    bench.method = "sensitivity"
    bench.wait()
    panel.wait()
    assert panel.explanation is bench.explanation
    assert panel._account["rows"] == []
    panel.change("features.*", lw.Gamma(0.25))
    bench.wait()
    assert (bench.method, bench.explanation.rules) == ("lrp", "deep-taylor, changed")


def test_nets_without_pictures_have_no_map_and_functional_layers_have_rows():
    class Functional(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.randn(4, 3))
            self.head = torch.nn.Linear(4, 2)

        def forward(self, x):
            return self.head(torch.relu(x @ self.weight.T))

    view = lw.rules(lw.trace(Functional(), torch.rand(2, 3)), rules="epsilon")
    view.wait()
    assert view.view is None
    assert set(shown(view)) == {"", "head"}
    assert view.layer == ""
    view.change("", lw.Gamma(0.5))
    view.wait()
    assert shown(view)[""] == "Gamma(gamma=0.5)"
    assert view._account["samples"] == 2


def test_selection_ranks_as_select_rules_does_and_offers_its_best(traced, net, pictures, domain):
    view = lw.rules(traced, data=pictures)
    view.select(["deep-taylor", "epsilon"], patch=4)
    view.wait()
    same = lw.measure.select_rules(
        net, pictures, ["deep-taylor", "epsilon"], patch=4, input=domain, labels=LABELS
    )
    assert [one.name for one in view.selection.ranking] == [one.name for one in same.ranking]
    for one, other in zip(view.selection.ranking, same.ranking, strict=True):  # batches of other sizes
        assert one.auc == pytest.approx(other.auc, rel=1e-4)
    wire = view._selection
    assert (wire["running"], wire["done"], wire["total"]) == (False, 6, 6)
    assert [one["name"] for one in wire["ranking"]] == [one.name for one in same.ranking]
    assert wire["ranking"][0]["auc"] == pytest.approx(same.ranking[0].auc)
    view.use()
    view.wait()
    assert view.rules == same.best
    view.use("deep-taylor")
    assert view.rules == "deep-taylor"
    with pytest.raises(InputError, match="unknown candidate"):
        view.use("nonsense")
    view.wait()


def test_groups_of_rules_are_candidates_too_and_can_be_used(traced, pictures):
    view = lw.rules(traced, data=pictures[:2])
    view.select({"convolutions": [lw.Gamma(0.5), lw.ZPlus()]}, patch=6)
    view.wait()
    view.use()
    view.wait()
    assert view.explanation.settings["rules"]["convolution"] == view.selection.preset.convolution.to_json()
    assert view._preset["base"] == "deep-taylor"
    view.reset()
    view.wait()
    assert view.rules == "deep-taylor"


class Gate:
    """Lets only so many forwards pass (None: any number), until the test opens it."""

    def __init__(self):
        self.free, self.stuck, self.opened = None, threading.Event(), threading.Event()

    def pass_through(self):
        if self.free == 0:
            self.stuck.set()
            assert self.opened.wait(20)
        elif self.free is not None:
            self.free -= 1

    def open(self):
        self.free = None
        self.opened.set()


@pytest.fixture
def slow(pictures, domain):
    """A view of a net behind a gate, which all copies of the net share."""
    gate = Gate()

    class Waits(SmallNet):
        def forward(self, x):
            gate.pass_through()
            return super().forward(x)

    torch.manual_seed(3)
    view = lw.rules(lw.trace(Waits().eval(), pictures[0], labels=LABELS, input=domain), data=pictures)
    view.wait()
    return gate, view


def test_a_stopped_selection_keeps_what_is_there(slow, browser):
    gate, view = slow
    kept = threading.Event()
    view.observe(lambda change: change["new"] is not None and hold(), "selection")

    def hold():
        gate.free = 3
        kept.set()

    view.select(["deep-taylor", "epsilon"], patch=4, batch=1)
    assert kept.wait(20)
    assert gate.stuck.wait(20)
    assert view._selection["running"]
    browser.say(view, {"kind": "stop-selection"})
    gate.open()
    view.wait()
    assert (view.selection.done, view.selection.complete) == (1, False)
    assert not view._selection["running"]
    assert view._selection["stopped"]
    assert (view.status, view.error) == ("ready", "")
    view.use()
    view.wait()
    assert view.explanation.rules == view.selection.best


def test_stopped_before_the_first_sample_nothing_is_there(slow):
    gate, view = slow
    gate.free = 4
    view.select(["deep-taylor", "epsilon"], patch=2)
    assert gate.stuck.wait(20)
    view.stop()
    gate.open()
    view.wait()
    assert view.selection is None
    assert view._selection["stopped"]


def test_a_click_during_a_selection_is_answered_before_it_goes_on(slow):
    gate, view = slow
    gate.free = 6
    view.select(["deep-taylor", "epsilon"], patch=4, batch=1)
    assert gate.stuck.wait(20)
    done = []
    view.observe(lambda _: done.append(view.selection and view.selection.done), "explanation")
    view.rules = "alpha2-beta1"
    gate.open()
    view.wait()
    assert view.explanation.rules == "alpha2-beta1"
    assert view.selection.complete
    assert done[0] is None or done[0] < 6, "the click waited for the whole selection"


def test_a_failing_model_is_said_in_the_view_and_the_last_map_stays(view, traced):
    view.wait()
    before = view.explanation
    with torch.no_grad():
        traced.model.classifier.weight.mul_(2)
    view.rules = "epsilon"
    with pytest.raises(LrpError):
        view.wait()
    assert view.explanation is before
    assert view.error
    view.trace = lw.trace(traced.model, traced.inputs, labels=LABELS, input=traced.domain)
    view.wait()
    assert view.explanation.rules == "epsilon"


def test_the_saved_notebook_holds_a_picture_and_the_code(view):
    view.wait()
    bundle = view._repr_mimebundle_()
    assert bundle["image/png"]
    assert bundle[VIEW_MIME]["code"] == view.code
    assert "RuleView('deep-taylor', sum R" in bundle["text/plain"]
    rows = rule_still.rows(view)
    assert {row[0]: row[3] for row in rows} == shown(view)
    ledger = {row.path: row for row in view.explanation.ledger}
    for path, *_, incoming, outgoing in rows:
        assert float(incoming) == pytest.approx(ledger[path].incoming, rel=1e-3)
        assert float(outgoing) == pytest.approx(ledger[path].outgoing, rel=1e-3)
    plain = compose(figure(view.explanation, **view.picture_options()))
    page = rule_still.picture(view)
    np.testing.assert_array_equal(page[: len(plain), : plain.shape[1]], plain)
    assert (page[len(plain) :] != 255).any()


def test_labels_and_paths_are_told_as_they_are(net, pictures, domain):
    """The browser sets them as text; here nothing is escaped twice, and nothing is run."""
    labels = ["<img src=x onerror=alert(1)>", "b", "c", "d"]
    view = lw.rules(lw.trace(net, pictures[0], labels=labels, input=domain), target=0)
    view.wait()
    assert view.view._caption["target"] == labels[0]
