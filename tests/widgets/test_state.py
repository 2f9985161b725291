"""The workbench's state: one JSON object, there and back, and nothing in it is believed unseen."""

from __future__ import annotations

import json

import pytest
import torch

import lrpwidgets as lw
from lrpwidgets.errors import FileFormatError, InputError, LrpError, MethodError, PresetError, TargetError
from tests.widgets.conftest import LABELS


@pytest.fixture
def open_bench(net, pictures, domain):
    return lambda **options: lw.explore(net, pictures, LABELS, domain, **options)


STATES = [
    {},
    {"index": 3, "target": "dog", "minus": 1, "layout": "map", "cmap": "seismic"},
    {"method": "smoothgrad", "parameters": {"samples": 3, "noise": 0.5, "seed": 7}},
    {"rules": "epsilon", "shifts": {"range": 2, "step": 2}, "limit": 0.25, "cursor": [3, 4]},
    {"rules": {"features.0": lw.ZBox(-2, 2), "*": lw.Epsilon(0.25)}, "opacity": 0.3, "limit_rule": "max"},
    {"method": "integrated-gradients", "parameters": {"baseline": 0.25, "steps": 4}, "channel": "red"},
    {"viewport": {"x": 1.0, "y": 0.5, "zoom": 2.0}, "pixelated": False},
]


@pytest.mark.parametrize("asked", STATES)
def test_there_and_back(open_bench, tmp_path, asked):
    one = open_bench(**asked)
    text = json.dumps(one.state, allow_nan=False)
    path = one.save_state(tmp_path / "bench.json")
    for state in (json.loads(text), path, str(path)):
        two = open_bench(state=state)
        assert two.state == one.state
        assert torch.equal(two.explanation.relevance, one.explanation.relevance)
        assert two.view.changed_options() == one.view.changed_options()
    later = open_bench(index=1, method="sensitivity", layout="pattern", shifts={"range": 1}, limit=3.0)
    later.state = json.loads(text)
    later.wait()
    assert later.state == one.state
    assert torch.equal(later.explanation.relevance, one.explanation.relevance)
    assert set(asked) <= set(one.state)


def test_state_follows_the_hands(open_bench):
    workbench = open_bench()
    workbench.ask(index=2, target="bee")
    workbench.view.layout = "map"
    workbench.wait()
    assert workbench.state == {
        "index": 2,
        "target": "bee",
        "minus": None,
        "method": "lrp",
        "rules": "deep-taylor",
        "parameters": {},
        "shifts": 0,
        "panel": None,
        "layout": "map",
    }


def test_options_win_over_the_state(open_bench):
    workbench = open_bench(state={"index": 2, "target": "bee", "layout": "map"}, target="cat", layout="input")
    assert (workbench.index, workbench.target, workbench.view.layout) == (2, "cat", "input")


EPSILON = {"rule": "Epsilon", "epsilon": 0.25}
RULES = {
    "name": "custom",
    "convolution": EPSILON,
    "dense": EPSILON,
    "first": None,
    "add": "epsilon",
    "pooling": "winner",
    "layers": [],
    "start": "score",
    "response": "ignore",
}
BAD = [
    ({"indx": 1}, InputError, "unknown entry 'indx'; did you mean 'index'"),
    ({"explanation": 1}, InputError, "unknown entry 'explanation'"),
    ({"_shifted": True}, InputError, "unknown entry '_shifted'"),
    ([1], InputError, "a state is a dict"),
    ({"index": 99}, InputError, "there is no input 99"),
    ({"index": "1"}, InputError, "there is no input '1'"),
    ({"index": [1]}, InputError, "there is no input"),
    ({"target": "<img>"}, TargetError, "unknown label '<img>'"),
    ({"target": [1]}, TargetError, "target"),
    ({"target": None}, TargetError, "target None"),
    ({"method": "lrpp"}, MethodError, "did you mean 'lrp'"),
    ({"method": ["lrp"]}, MethodError, "method"),
    ({"rules": 3}, PresetError, "rules must be"),
    ({"rules": {"features.0": 1}}, PresetError, "no entry 'name'"),
    ({"rules": {**RULES, "frist": None}}, PresetError, "did you mean 'first'"),
    ({"rules": {**RULES, "dense": {"rule": "Epsilo"}}}, PresetError, "did you mean 'Epsilon'"),
    ({"rules": {**RULES, "dense": {"rule": "Epsilon", "os": 1}}}, PresetError, "rule 'Epsilon'"),
    ({"rules": {**RULES, "dense": {"rule": "Epsilon", "epsilon": "x"}}}, LrpError, "epsilon > 0"),
    ({"rules": {**RULES, "dense": {"rule": "ZBox", "low": [[1], [1, 2]], "high": {}}}}, LrpError, "ZBox"),
    ({"rules": {**RULES, "dense": 7}}, PresetError, "a rule is"),
    ({"rules": {**RULES, "layers": [["a"]]}}, PresetError, "layers of the rules"),
    ({"rules": {**RULES, "pooling": "x"}}, PresetError, "pooling"),
    ({"rules": {**RULES, "first": "x"}}, PresetError, "first"),
    ({"parameters": [1]}, InputError, "parameters are values by name"),
    ({"shifts": {"range": 10**9}}, InputError, "more than"),
    ({"shifts": "on"}, InputError, "shifts are 0"),
    ({"layout": "mpa"}, InputError, "layout"),
    ({"layout": []}, InputError, "layout"),
    ({"cursor": 5}, InputError, "cursor"),
    ({"viewport": 5}, InputError, "viewport"),
    ({"opacity": "0.5"}, InputError, "opacity"),
    ({"limit_rule": "fixed"}, InputError, "needs a limit"),
    ({"sample": 4}, InputError, "sample"),
    ({"channel": "rde"}, InputError, "channel"),
]


@pytest.mark.parametrize(("state", "error", "message"), BAD, ids=str)
def test_a_bad_state_says_what_is_wrong_and_changes_nothing(open_bench, state, error, message):
    with pytest.raises(error, match=message):
        open_bench(state=state)
    workbench = open_bench(index=1)
    before, shown = workbench.state, workbench.explanation
    if isinstance(state, dict):
        state = (
            {"index": 2, "cmap": "seismic", **state} if "index" not in state else {"target": "bee", **state}
        )
    with pytest.raises(error, match=message):
        workbench.state = state
    workbench.wait()
    assert workbench.state == before
    assert workbench.explanation is shown


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("{", FileFormatError, "is no JSON"),
        ('{"opacity": NaN}', FileFormatError, "is no JSON"),
        ("[" * 100_000, FileFormatError, "is no JSON"),
        ("\xff\xfe", FileFormatError, "is no JSON"),
        ("1", InputError, "a state is a dict"),
        ('{"index": ' + "9" * 5000 + "}", FileFormatError, "is no JSON"),
        ('{"index": ' + "9" * 50 + "}", InputError, "there is no input"),
        (" " * (2**20 + 1), FileFormatError, "at most"),
    ],
)
def test_a_bad_file_says_what_is_wrong(open_bench, tmp_path, text, error, message):
    path = tmp_path / "state.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(error, match=message):
        open_bench(state=path)
    with pytest.raises(InputError, match="cannot be read"):
        open_bench(state=tmp_path / "none.json")
    with pytest.raises(InputError, match="cannot be read"):
        open_bench(state=tmp_path)


def test_what_json_cannot_hold_is_named(open_bench):
    workbench = open_bench(target=lambda output: output[:, 1])
    with pytest.raises(InputError, match="the state cannot hold target="):
        _ = workbench.state
    workbench = open_bench(method="integrated-gradients")
    workbench.parameters = {"baseline": torch.zeros(1, 3, 12, 12)}
    with pytest.raises(InputError, match="the state cannot hold parameters="):
        _ = workbench.state
