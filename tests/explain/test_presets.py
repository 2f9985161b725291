"""Which rule runs where: positions, patterns, the most specific entry, and what the built-in presets are."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import PresetError
from tests.explain import oracle
from tests.explain.nets import Written, convolutional, dense, normal, uniform


class Named(nn.Module):
    """features.stem, features.block1.conv, features.block2.conv (called twice), classifier.1"""

    def __init__(self):
        super().__init__()
        self.features = nn.ModuleDict(
            {
                "stem": nn.Conv2d(2, 4, 3, padding=1),
                "block1": nn.Sequential(nn.Conv2d(4, 4, 3, padding=1)),
                "block2": nn.Sequential(nn.Conv2d(4, 4, 3, padding=1)),
            }
        )
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(4 * 36, 3))

    def forward(self, x):
        x = torch.relu(self.features["stem"](x))
        x = torch.relu(self.features["block1"](x))
        x = torch.relu(self.features["block2"](x))
        x = torch.relu(self.features["block2"](x))
        return self.classifier(x)


X = uniform(2, 2, 6, 6)
PATHS = ["features.stem", "features.block1.0", "features.block2.0", "features.block2.0#2", "classifier.1"]


@pytest.fixture(scope="module")
def trace():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return lw.trace(Named().double().eval(), X, input_range=(0, 1))


def assigned(trace, rules):
    """Rule by module path."""
    return {node.path: rule for node, rule in trace.assignment(rules)}


def letters(trace, layers):
    """Rules are told apart by their epsilon: pattern -> number; the others get 9."""
    base = lw.Preset(
        "base",
        "",
        lw.Epsilon(9),
        lw.Epsilon(9),
        layers=tuple((key, lw.Epsilon(n)) for key, n in layers.items()),
    )
    found = assigned(trace, base)
    assert list(found) == PATHS
    return [rule.epsilon for rule in found.values()]


# -- patterns --------------------------------------------------------------------------------------


def test_no_entry_leaves_the_base(trace):
    assert letters(trace, {}) == [9] * 5


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ({"*": 1}, [1, 1, 1, 1, 1]),
        ({"features.*": 1}, [1, 1, 1, 1, 9]),
        ({"features.block*": 1}, [9, 1, 1, 1, 9]),
        ({"features.block[12].0": 1}, [9, 1, 1, 1, 9]),
        ({"features.block?.0": 1}, [9, 1, 1, 1, 9]),
        ({"*.0": 1}, [9, 1, 1, 1, 9]),
        ({"classifier.1": 1}, [9, 9, 9, 9, 1]),
        ({"features.block2.0": 1}, [9, 9, 1, 1, 9]),  # both calls of one module
        ({"features.block2.0#2": 1}, [9, 9, 9, 1, 9]),  # its second call alone
    ],
)
def test_pattern_matches_module_paths(trace, layers, expected):
    assert letters(trace, layers) == expected


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ({"*": 1, "features.*": 2, "features.block*": 3, "features.block1.0": 4}, [2, 4, 3, 3, 1]),
        ({"features.block1.0": 4, "features.block*": 3, "features.*": 2, "*": 1}, [2, 4, 3, 3, 1]),
        ({"features.block2.0": 1, "features.block2.0#2": 2}, [9, 9, 1, 2, 9]),
        ({"features.block2.0#2": 2, "features.block2.0": 1}, [9, 9, 1, 2, 9]),
        ({"*stem": 1, "feat*": 2}, [2, 2, 2, 2, 9]),  # as long: the later entry, where both match
        ({"feat*": 2, "*stem": 1}, [1, 2, 2, 2, 9]),
        ({"features.*": 1, "*.block?.?": 2}, [1, 1, 1, 1, 9]),  # more literal letters win
        ({"features.stem": 1, "features.stem*": 2}, [1, 9, 9, 9, 9]),  # exact before pattern
    ],
)
def test_the_most_specific_entry_wins_whatever_the_order(trace, layers, expected):
    assert letters(trace, layers) == expected


@pytest.mark.parametrize(
    "pattern", ["block1", "features", "Features.*", "features.block3*", "", "classifier.0", "*#3"]
)
def test_an_entry_that_matches_no_layer_is_an_error(trace, pattern):
    with pytest.raises(PresetError, match=r"matches no layer with weights.*'features.stem'"):
        letters(trace, {pattern: 1})


def test_an_entry_beats_the_first_layer_rule(trace):
    assert assigned(trace, "deep-taylor")["features.stem"].__class__ is lw.ZBox
    assert assigned(trace, {"*": lw.ZPlus()})["features.stem"] == lw.ZPlus()
    assert assigned(trace, {"features.block*": lw.Zero()})["features.stem"].__class__ is lw.ZBox


def test_entries_change_the_numbers_of_their_layer_only():
    net = dense(seed=1)
    x = uniform(3, 6)
    rules = {"0": lw.WSquare(), "2": lw.Epsilon(0.2), "4": lw.AlphaBeta(2, 1)}
    found = lw.explain(net, x, rules=rules, target=0)
    each = [oracle.w_square, partial(oracle.epsilon, eps=0.2), partial(oracle.alpha_beta, alpha=2, beta=1)]
    for one, one_x, score in zip(found.relevance, x, found.score, strict=True):
        start = torch.tensor([float(score), 0, 0], dtype=torch.float64)
        oracle.close(one, oracle.through(list(net), one_x, start, each, "winner")[-1], 1e-10)


# -- the first layer -------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", ["deep-taylor", "alpha1-beta0", "alpha2-beta1"])
def test_first_layer_gets_the_box_or_w_square(preset):
    net = convolutional()
    x = uniform(1, 2, 10, 10)
    known = assigned(lw.trace(net, x, input_range=(-1, 2)), preset)
    assert isinstance(known["0"], lw.ZBox)
    assert (float(known["0"].low), float(known["0"].high)) == (-1, 2)
    unknown = lw.trace(net, x)
    assert isinstance(assigned(unknown, preset)["0"], lw.WSquare)
    assert any("w^2" in note for note in unknown.explain(rules=preset).notes)
    assert not any("w^2" in note for note in unknown.explain(rules="epsilon").notes)


def test_the_box_comes_from_the_domain():
    net = lw.zoo.squeezenet()
    trace = lw.trace(net, torch.zeros(1, 3, 63, 63))
    box = assigned(trace, "deep-taylor")["features.0"]
    mean = torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)
    torch.testing.assert_close(box.low, -mean)
    torch.testing.assert_close(box.high, 255 - mean)
    given = lw.trace(net, torch.zeros(1, 3, 63, 63), input_range=(-200, 200))
    assert str(assigned(given, "deep-taylor")["features.0"]) == "ZBox(-200, 200)"


def test_two_branches_on_the_input_have_two_first_layers():
    net = Written(lambda net, x: net.last(torch.relu(net.first(x))) + net.bare(x))
    found = assigned(lw.trace(net, normal(2, 4)), "deep-taylor")
    assert {path: type(rule).__name__ for path, rule in found.items()} == {
        "first": "WSquare",
        "last": "ZPlus",
        "bare": "WSquare",
    }


FIRST = {
    "views": lambda net, x: net.first(x.view(-1, 2, 2).transpose(1, 2).reshape(-1, 4)),
    "standardised": lambda net, x: net.first((x - 0.5) / 0.25),
    "scaled by a negative number": lambda net, x: net.first(-2 * x),
    "a slice": lambda net, x: net.first(x[:, :4].clone()),
}


@pytest.mark.parametrize("name", FIRST)
def test_a_layer_behind_views_and_constants_is_first(name):
    trace = lw.trace(
        Written(lambda net, x: net.last(torch.relu(FIRST[name](net, x)))), uniform(2, 4), input_range=(0, 1)
    )
    found = assigned(trace, "deep-taylor")
    assert isinstance(found["first"], lw.ZBox)
    low, high = {"standardised": (-2, 2), "scaled by a negative number": (-2, 0)}.get(name, (0, 1))
    assert float(torch.as_tensor(found["first"].low).min()) == low
    assert float(torch.as_tensor(found["first"].high).max()) == high


def test_standardising_inside_the_model_equals_standardising_outside():
    inside = Written(lambda net, x: net.last(torch.relu(net.first((x - 0.5) / 0.25))))
    outside = Written(lambda net, x: net.last(torch.relu(net.first(x))))
    x = uniform(3, 4)
    one = lw.explain(inside, x, target=0, input_range=(0, 1))
    two = lw.explain(outside, (x - 0.5) / 0.25, target=0, input_range=(-2, 2))
    oracle.close(one.relevance, two.relevance, 1e-12)


@pytest.mark.parametrize("rule", [lw.ZBox(0, 1), lw.WSquare(), lw.Flat()])
@pytest.mark.parametrize("path", ["features.block1.0", "classifier.1", "features.block2.0#2"])
def test_a_first_layer_rule_deeper_is_an_error(trace, rule, path):
    with pytest.raises(PresetError, match=r"at .* is a first-layer rule.*use ZPlus, AlphaBeta or Epsilon"):
        trace.assignment({path: rule})


def test_a_relu_before_the_layer_makes_it_hidden():
    trace = lw.trace(Written(lambda net, x: net.first(torch.relu(x))[:, :3]), normal(2, 4))
    with pytest.raises(PresetError, match="at first is a first-layer rule"):
        trace.assignment({"first": lw.ZBox(0, 1)})


# -- presets as objects ----------------------------------------------------------------------------

BUILT_IN = {
    "deep-taylor": (lw.ZPlus(), lw.ZPlus(), "box", "positive", "proportional"),
    "alpha1-beta0": (lw.AlphaBeta(1, 0), lw.AlphaBeta(1, 0), "box", "positive", "proportional"),
    "alpha2-beta1": (lw.AlphaBeta(2, 1), lw.AlphaBeta(2, 1), "box", "positive", "proportional"),
    "epsilon-plus": (lw.ZPlus(bias=True), lw.Epsilon(1e-6), None, "epsilon", "winner"),
    "epsilon-gamma-box": (lw.Gamma(0.25), lw.Epsilon(1e-6), "box", "epsilon", "winner"),
    "epsilon-alpha2-beta1": (lw.AlphaBeta(2, 1, bias=True), lw.Epsilon(1e-6), None, "epsilon", "winner"),
    "attn-lrp": (lw.Zero(), lw.Zero(), None, "epsilon", "winner"),
    "lrp-0": (lw.Zero(), lw.Zero(), None, "epsilon", "winner"),
    "epsilon": (lw.Epsilon(1e-6), lw.Epsilon(1e-6), None, "epsilon", "winner"),
    "excitation-backprop": (lw.ZPlus(), lw.ZPlus(), None, "positive", "proportional"),
}


@pytest.mark.parametrize("name", lw.PRESETS)
def test_built_in_preset(name):
    found = lw.PRESETS[name]
    assert (found.convolution, found.dense, found.first, found.add, found.pooling) == BUILT_IN[name]
    assert found.start == ("one" if name == "excitation-backprop" else "score")
    assert found.name == name
    assert len(found.doc) > 20
    assert found.layers == ()


def test_the_registry_is_complete_and_menus_show_it():
    assert set(BUILT_IN) == set(lw.PRESETS)
    (parameter,) = lw.METHODS["lrp"].parameters
    assert parameter.name == "rules"
    assert parameter.default == "deep-taylor"
    assert set(parameter.range) == set(lw.PRESETS)
    with pytest.raises(TypeError):
        lw.PRESETS["mine"] = lw.PRESETS["epsilon"]


def test_a_preset_of_ones_own_keeps_its_base():
    mine = lw.preset({"a*": lw.Zero()}, base="alpha2-beta1", name="mine", pooling="winner")
    assert (mine.name, mine.pooling, mine.add, mine.first) == ("mine", "winner", "positive", "box")
    assert mine.dense == lw.AlphaBeta(2, 1)
    assert mine.layers == (("a*", lw.Zero()),)
    assert lw.preset({}, add="epsilon").add == "epsilon"
    with pytest.raises(AttributeError):
        mine.pooling = "proportional"


def test_a_mapping_and_a_preset_mean_the_same():
    net, x = convolutional(), uniform(2, 2, 10, 10)
    rules = {"3": lw.Epsilon(0.1)}
    one, two = lw.explain(net, x, rules=rules), lw.explain(net, x, rules=lw.preset(rules))
    assert torch.equal(one.relevance, two.relevance)
    assert not torch.allclose(one.relevance, lw.explain(net, x).relevance)
    assert one.rules == two.rules == "custom"


def test_preset_explains_itself_on_a_trace(trace):
    text = lw.preset({"classifier.1": lw.Epsilon(0.25)}).explain(trace)
    lines = text.splitlines()
    assert "pooling proportional" in lines[0]
    assert [line.split()[0] for line in lines[1:]] == PATHS
    assert "ZBox(0, 1)" in lines[1]
    assert "Epsilon(epsilon=0.25)" in lines[-1]


def test_preset_as_plain_data():
    import json

    data = lw.preset({"a": lw.ZBox(torch.zeros(1, 2, 1, 1), 1.5)}, base="epsilon").to_json()
    assert json.loads(json.dumps(data)) == data
    assert data["dense"] == {"rule": "Epsilon", "epsilon": 1e-6}
    assert data["layers"] == [["a", {"rule": "ZBox", "low": [[[[0.0]], [[0.0]]]], "high": 1.5}]]
    assert data["pooling"] == "winner"
    first = lw.Preset("b", "", lw.ZPlus(), lw.AlphaBeta(3, 2), first=lw.WSquare()).to_json()
    assert (first["first"], first["dense"]) == (
        {"rule": "WSquare"},
        {"rule": "AlphaBeta", "alpha": 3, "beta": 2},
    )


def test_residual_sums_share_positive_parts_or_as_epsilon():
    net = Written(lambda net, x: net.first(x) + net.first(torch.cat([x[:, 2:], x[:, :2]], 1)))

    def ask(add):
        preset = lw.preset({"first*": lw.Zero()}, base="lrp-0", add=add)
        return lw.explain(net, x, rules=preset, target=1)

    x = normal(1, 4)
    one = ask("epsilon")
    torch.testing.assert_close(one.total + one.ledger.absorbed, one.score)
    rows = [row for row in ask("positive").ledger if row.rule == "positive parts"]
    assert len(rows) == 1
    assert not [row for row in one.ledger if row.rule == "positive parts"]


@pytest.mark.parametrize("add", ["positive", "epsilon"])
def test_shares_of_a_residual_sum(add):
    """z = x + y: R_x = x / z R, or x+ / (x+ + y+) R."""

    class Sum(nn.Module):
        def forward(self, pair):
            return pair[:, :3] + pair[:, 3:]

    x = torch.tensor([[3.0, -1.0, 2.0, 1.0, 4.0, -0.5]], dtype=torch.float64)
    preset = lw.preset({}, base="lrp-0", add=add)
    expected = {
        "epsilon": [[3.0, 0, 0, 1.0, 0, 0], [0, -1.0, 0, 0, 4.0, 0], [0, 0, 2.0, 0, 0, -0.5]],
        "positive": [[3.0, 0, 0, 1.0, 0, 0], [0, 0, 0, 0, 3.0, 0], [0, 0, 1.5, 0, 0, 0]],
    }[add]
    for target in range(3):
        found = lw.explain(Sum(), x, rules=preset, target=target).relevance
        torch.testing.assert_close(found[0], torch.tensor(expected[target], dtype=torch.float64))
