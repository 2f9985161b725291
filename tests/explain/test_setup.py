"""A setup of rules as Python and as JSON: the same rules come back, and nothing that was not checked."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
import torch

import lrpwidgets as lw
from lrpwidgets.errors import PresetError, RuleError
from lrpwidgets.explain import setup as setups
from lrpwidgets.explain.presets import PRESETS
from lrpwidgets.explain.rules import RULES
from lrpwidgets.explain.rules.parameters import make, parameters


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.features = torch.nn.Sequential(
            torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Conv2d(4, 4, 3), torch.nn.ReLU()
        )
        self.classifier = torch.nn.Linear(4 * 4 * 4, 3)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


@pytest.fixture
def traced():
    torch.manual_seed(0)
    return lw.trace(Net().double().eval(), torch.rand(2, 1, 8, 8, dtype=torch.float64), input_range=(0, 1))


BOX = lw.ZBox(torch.zeros(1, 1, 8, 8), torch.ones(1, 1, 8, 8))
OWN = [
    lw.preset({"features.*": lw.Gamma(0.5)}, base="epsilon"),
    lw.preset({"features.2": lw.AlphaBeta(3, 2, bias=True), "classifier": lw.Epsilon(0.1)}, pooling="winner"),
    lw.preset({"features.0": BOX}, base="alpha2-beta1", add="epsilon", response="taylor"),
    replace(PRESETS["epsilon"], name="mine", first=lw.WSquare(), dense=lw.Gamma(1.0)),
    setups.change(PRESETS["deep-taylor"], "convolutions", lw.Gamma(0.1)),
    lw.preset({'a"b*': lw.Zero(), "*": lw.Zero()}, name='"quoted" \u00e9'),
]


@pytest.mark.parametrize("preset", [*PRESETS.values(), *OWN], ids=lambda preset: preset.name)
def test_python_and_json_make_the_same_preset(preset):
    text = json.dumps(preset.to_json(), allow_nan=False)
    for again in (setups.from_json(json.loads(text)), eval(setups.code(preset), {"lw": lw, "torch": torch})):  # noqa: S307 - this is what the user would do
        made = lw.PRESETS[again] if isinstance(again, str) else again
        expected = preset.to_json() | {
            "layers": [[p, r.to_json()] for p, r in setups.entries(preset).items()]
        }
        assert made.to_json() == expected
        assert made.name == preset.name


@pytest.mark.parametrize("preset", OWN[:5], ids=lambda preset: preset.name)
def test_the_code_of_an_explanation_spells_its_preset_out(traced, preset):
    found = traced.explain(rules=preset, target=1)
    names = {"lw": lw, "torch": torch, "model": traced.model, "x": traced.input}
    again = eval(found.code, names)  # noqa: S307 - as the user would
    torch.testing.assert_close(again.relevance, found.relevance, rtol=0, atol=0)


def test_changes_are_made_and_taken_back_one_by_one():
    start = PRESETS["epsilon"]
    one = setups.change(start, "features.*", lw.Gamma(0.5))
    two = setups.change(one, "dense", lw.ZPlus())
    assert (one.name, setups.base_of(one)) == ("epsilon, changed", start)
    assert setups.base_of(two) is start
    assert setups.change(two, "features.*", None).dense == lw.ZPlus()
    assert setups.change(setups.change(two, "features.*", None), "dense", None) is start
    assert setups.entries(setups.change(one, "features.*", lw.Zero())) == {"features.*": lw.Zero()}


def test_of_two_entries_for_one_pattern_the_last_counts(traced):
    twice = replace(PRESETS["epsilon"], layers=(("features.0", lw.Zero()), ("features.0", lw.Gamma(1.0))))
    rules = {node.path: rule for node, rule in traced.assignment(twice)}
    assert rules["features.0"] == setups.entries(twice)["features.0"] == lw.Gamma(1.0)


def test_a_preset_of_ones_own_making_has_no_rule_to_go_back_to():
    own = replace(PRESETS["epsilon"], name="mine", dense=lw.Gamma(3.0))
    assert setups.base_of(own) is None
    with pytest.raises(PresetError, match="no rule of dense to go back to"):
        setups.change(own, "dense", None)


def test_a_file_cannot_pass_other_rules_off_as_a_registered_preset():
    data = PRESETS["deep-taylor"].to_json() | {"pooling": "winner"}
    read = setups.from_json(data)
    assert read.name == "deep-taylor, changed"
    assert (
        setups.code(read)
        == 'lw.preset({}, base="deep-taylor", name="deep-taylor, changed", pooling="winner")'
    )
    assert setups.from_json(PRESETS["deep-taylor"].to_json()) is PRESETS["deep-taylor"]


GOOD = PRESETS["epsilon"].to_json()
RULE = {"rule": "Epsilon", "epsilon": 0.1}
DEEP = json.loads("[" * 50 + "0.5" + "]" * 50)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "mapping"),
        ([GOOD], "mapping"),
        ({}, "says nothing of 'convolution'"),
        (GOOD | {"__class__": "x"}, "unknown key '__class__'"),
        (GOOD | {"name": 3}, "name of a setup"),
        (GOOD | {"name": "x" * 2000}, "name of a setup"),
        (GOOD | {"pooling": "winer"}, "did you mean 'winner'"),
        (GOOD | {"pooling": ["winner"]}, "are words"),
        (GOOD | {"first": "bx"}, "a rule is a mapping"),
        (GOOD | {"dense": "Epsilon"}, "a rule is a mapping"),
        (GOOD | {"dense": {"rule": "Epsilom"}}, "did you mean 'Epsilon'"),
        (GOOD | {"dense": {"rule": ["Epsilon"]}}, "unknown rule"),
        (GOOD | {"dense": {"rule": "Epsilon", "epsilom": 1}}, "did you mean 'epsilon'"),
        (GOOD | {"dense": {"rule": "Epsilon", "epsilon": 0}}, "epsilon > 0"),
        (GOOD | {"dense": {"rule": "Epsilon", "epsilon": True}}, "must be a float"),
        (GOOD | {"dense": {"rule": "Epsilon", "epsilon": "1"}}, "must be a float"),
        (GOOD | {"dense": {"rule": "Epsilon", "epsilon": math.nan}}, "epsilon > 0"),
        (GOOD | {"dense": {"rule": "Epsilon", "epsilon": 10**400}}, "Epsilon"),
        (GOOD | {"dense": {"rule": "ZPlus", "alpha": 2.0}}, "unknown parameter 'alpha'"),
        (GOOD | {"dense": {"rule": "WSquare", "real": [1.0]}}, "unknown parameter 'real'"),
        (GOOD | {"dense": {"rule": "AlphaBeta", "alpha": 2.0, "beta": 3.0}}, "alpha - beta = 1"),
        (GOOD | {"first": {"rule": "ZBox", "low": [[]]}}, "nested list"),
        (GOOD | {"first": {"rule": "ZBox", "low": [[1.0], [1.0, 2.0]]}}, "nested list"),
        (GOOD | {"first": {"rule": "ZBox", "low": ["a"]}}, "nested list"),
        (GOOD | {"first": {"rule": "ZBox", "low": DEEP}}, "nested list"),
        (GOOD | {"first": {"rule": "ZBox", "low": [0.0] * 1_000_001}}, "at most 1000000 numbers"),
        (GOOD | {"layers": {"a": RULE}}, "list of at most"),
        (GOOD | {"layers": [["a", RULE]] * 10_001}, "list of at most"),
        (GOOD | {"layers": [["a"]]}, "pair"),
        (GOOD | {"layers": [[1, RULE]]}, "pair"),
        (GOOD | {"layers": [["a" * 2000, RULE]]}, "at most 1000 letters"),
    ],
)
def test_a_damaged_setup_says_what_is_wrong(data, message):
    with pytest.raises(PresetError, match=message):
        setups.from_json(data)


def test_every_parameter_of_a_rule_is_described_and_its_range_is_the_rules_own():
    for name, rule in RULES.items():
        rule()
        for each in parameters(rule):
            assert each.doc, (name, each.name)
            if each.type == "bool" or each.low == -math.inf:
                continue
            tied = each.tied
            for value, legal in ((each.low, not each.above), (each.low - 0.5, False), (each.low + 0.5, True)):
                values = {each.name: value} | (
                    {tied[0]: value - {"alpha": 1, "beta": -1}[each.name]} if tied else {}
                )
                if legal:
                    assert getattr(make(name, values), each.name) == value
                else:
                    with pytest.raises(RuleError):
                        make(name, values)


def test_tied_parameters_are_tied_both_ways():
    described = {each.name: each for each in parameters(RULES["AlphaBeta"])}
    for name, each in described.items():
        if each.tied:
            other, difference = each.tied
            assert each.default == described[other].default + difference
            assert described[other].tied == (name, -difference)
