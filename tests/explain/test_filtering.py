"""Filters: what flows through chosen units only, and what goes round them (claim E13)."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import LayerError, LrpError, MethodError
from lrpwidgets.explain import gradients, lrp
from tests.explain import oracle
from tests.explain.nets import convolutional, dense, normal, uniform

LINEAR = [{"rules": name} for name in lw.PRESETS] + [{"method": "gradient-x-input"}]


def seeded(build, seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build().double().eval()


class Blocks(nn.Module):
    """A stem, a residual block, two parallel branches that are joined, a module that is called twice."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(2, 4, 3, padding=1)
        self.block = nn.Conv2d(4, 4, 3, padding=1)
        self.left, self.right = nn.Conv2d(4, 3, 1), nn.Conv2d(4, 2, 3, padding=1)
        self.again = nn.Sequential(nn.Conv2d(5, 5, 3, padding=1), nn.ReLU(inplace=True))
        self.head = nn.Linear(5 * 9, 3)
        self.unused = nn.Linear(1, 1)

    def forward(self, x):
        x = F.relu(self.stem(x))
        x = F.relu(self.block(x) + x)
        x = torch.cat([F.relu(self.left(x)), F.relu(self.right(x))], 1)
        x = self.again(self.again(x))
        self.unused(x[:, :1, :1, :1])
        return self.head(F.max_pool2d(x, 2).flatten(1))


CHANNELS = {
    "stem": 4,
    "block": 4,
    "left": 3,
    "right": 2,
    "again#1": 5,
    "again#2": 5,
    "again.1#2": 5,
    "head": 3,
}
BYPASSED = {"block", "left", "right"}


def blocks(seed=0):
    return seeded(Blocks, seed)


X = uniform(2, 2, 6, 6)


def closes(ledger):
    scale = max(abs(ledger.start), *(abs(row.incoming) for row in ledger))
    assert abs(ledger.unaccounted) <= 1e-10 * scale, str(ledger)
    for row in ledger:
        assert abs(row.incoming - row.outgoing - row.bias - row.stabilizer - row.stopped) <= 1e-10 * scale


# -- E13 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", LINEAR, ids=str)
@pytest.mark.parametrize("path", CHANNELS)
def test_e13_single_maps_and_the_remainder_sum_to_the_whole(path, how):
    trace = lw.trace(blocks(), X)
    whole = trace.explain(**how)
    parts = [trace.explain(through={path: unit}, **how) for unit in range(CHANNELS[path])]
    total = sum(part.relevance for part in parts) + parts[0].remainder
    oracle.close(total, whole.relevance, 1e-10)
    assert all(torch.equal(part.remainder, parts[0].remainder) for part in parts)
    assert all(torch.equal(part.score, whole.score) for part in parts)
    if path in BYPASSED:
        assert float(parts[0].remainder.abs().max()) > 1e-3 * float(whole.relevance.abs().max())
    else:
        assert not parts[0].remainder.any()
    assert sum(float(part.relevance.abs().max()) > 0 for part in parts) > 1 or path == "head"


@pytest.mark.parametrize("how", LINEAR, ids=str)
def test_e13_every_map_of_a_layer_of_a_chain(how):
    trace = lw.trace(convolutional(), uniform(3, 2, 10, 10))
    whole = trace.explain(**how)
    for path, value in trace._recording.outputs.items():
        channels = value[0].shape[1]
        parts = [trace.explain(through={path: unit}, **how).relevance for unit in range(channels)]
        oracle.close(sum(parts), whole.relevance, 1e-10)


@pytest.mark.parametrize("how", LINEAR, ids=str)
def test_pairs_of_units_of_two_layers_and_the_remainder_sum_to_the_whole(how):
    """`block` is bypassed, and so is `right`: both are cut off from the remainder only together."""
    trace = lw.trace(blocks(), X)
    whole = trace.explain(**how)
    found = [
        trace.explain(through={"block": one, "right": other}, **how) for one in range(4) for other in range(2)
    ]
    oracle.close(sum(part.relevance for part in found) + found[0].remainder, whole.relevance, 1e-10)
    oracle.close(found[-1].remainder, found[0].remainder, 1e-12)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_filters_sum_to_the_whole_on_random_nets(data):
    seed = data.draw(st.integers(0, 2**16))
    kinds = data.draw(
        st.lists(st.sampled_from(["plain", "residual", "parallel", "twice"]), min_size=1, max_size=4)
    )

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.steps = nn.ModuleList(nn.Linear(5, 5) for _ in kinds)
            self.sides = nn.ModuleList(nn.Linear(5, 5) for _ in kinds)
            self.head = nn.Linear(5, 2)

        def forward(self, x):
            for kind, step, side in zip(kinds, self.steps, self.sides, strict=True):
                if kind == "plain":
                    x = step(x).relu()
                elif kind == "residual":
                    x = (step(x) + x).relu()
                elif kind == "parallel":
                    x = step(x).relu() + side(x).relu()
                else:
                    x = step(step(x).relu()).relu()
            return self.head(x)

    trace = lw.trace(seeded(Net, seed), normal(2, 5, seed=seed))
    names = [name for name in trace._recording.outputs if name.startswith(("steps.", "sides."))]
    names = [name if "#" in name else f"{name}#1" for name in names]
    chosen = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    how = data.draw(
        st.sampled_from([{"rules": "epsilon"}, {"rules": "alpha2-beta1"}, {"method": "gradient-x-input"}])
    )
    whole = trace.explain(**how)
    combined = [{}]
    for path in chosen:
        combined = [{**one, path: unit} for one in combined for unit in range(5)]
    found = [trace.explain(through=through, **how) for through in combined]
    scale = max(float(whole.relevance.abs().max()), 1e-6)
    if len(chosen) == 1 or _in_a_row(trace, chosen):
        total = sum(part.relevance for part in found) + found[0].remainder
        oracle.close(total, whole.relevance, 1e-10, of=scale)
    else:  # side by side: each unit is in five of the pairs
        total = sum(part.relevance for part in found) / 5 + found[0].remainder
        oracle.close(total, whole.relevance, 1e-10, of=scale)


def _in_a_row(trace, chosen):
    from lrpwidgets.explain.filtering import calls
    from lrpwidgets.explain.stages import depends

    values = [calls(trace.model, trace._recording, path)[0][1] for path in chosen]
    return depends(trace.nodes, values[0], values[1]) or depends(trace.nodes, values[1], values[0])


# -- against explicit algebra ----------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["lrp-0", "epsilon", "alpha2-beta1"])
def test_a_filter_is_the_relevance_of_one_row_of_explicit_matrices(rule):
    """A twin in which only the chosen units of the hidden layer hand relevance down, matrix by matrix."""
    formula = {
        "lrp-0": oracle.zero,
        "epsilon": oracle.epsilon,
        "alpha2-beta1": lambda w, b, x, r: oracle.alpha_beta(w, b, x, r, 2.0, 1.0),
    }[rule]
    net, x = dense(seed=3), uniform(1, 6)
    preset = lw.preset({}, base=rule) if rule != "alpha2-beta1" else _hidden_everywhere()
    layers = [module for module in net if isinstance(module, nn.Linear)]
    activations = [x[0]]
    for layer in layers:
        activations.append(layer(activations[-1]).detach().relu())
    score = net(x)[0].detach()
    r = torch.zeros(3, dtype=torch.float64)
    r[1] = score[1]
    for place in (2, 1):
        r = formula(layers[place].weight.detach(), layers[place].bias.detach(), activations[place], r)
        if place == 1:
            r = r * torch.tensor([0, 1, 0, 0, 1, 0, 0, 0]).double()  # units 1 and 4 of the first hidden layer
    expected = formula(layers[0].weight.detach(), layers[0].bias.detach(), x[0], r)
    assert float(expected.abs().max()) > 0
    for path in ("0", "1"):  # before its ReLU and after it the units are the same
        found = lw.explain(net, x, rules=preset, target=1, through={path: [4, 1]})
        oracle.close(found.relevance[0], expected, 1e-10)


def _hidden_everywhere():
    rule = lw.AlphaBeta(2.0, 1.0)
    return lw.preset({"0": rule, "2": rule, "4": rule}, base="lrp-0", pooling="winner")


def test_gradient_x_input_through_a_layer_is_the_jacobian_of_those_units():
    net, x = convolutional(), uniform(1, 2, 10, 10)
    lower, upper = net[:4], net[4:]
    hidden = lower(x).detach()
    slope = torch.autograd.functional.jacobian(lambda h: upper(h)[0, 2], hidden)
    jacobian = torch.autograd.functional.jacobian(lower, x)  # (1, 6, 4, 4, 1, 2, 10, 10)
    mask = torch.zeros_like(slope)
    mask[:, 3], mask[:, 1, 2, 0] = 1, 1
    expected = torch.einsum("bchw,bchwdijk->dijk", slope * mask, jacobian) * x
    found = lw.explain(net, x, method="gradient-x-input", target=2, through={"3": [3, (1, (2, 0))]})
    oracle.close(found.relevance, expected, 1e-12)


# -- what units may be -----------------------------------------------------------------------------


def test_units_lists_positions_and_masks_say_the_same():
    trace = lw.trace(blocks(), X)

    def through(units):
        return trace.explain(through={"stem": units}).relevance

    one = torch.zeros(1, 4, 6, 6, dtype=torch.bool)
    one[0, 1], one[0, 2, 3, 5] = True, True
    expected = through(1) + through((2, (3, 5)))
    oracle.close(through([1, (2, (3, 5))]), expected, 1e-12)
    oracle.close(through([-3, (-2, (-3, -1)), 1]), expected, 1e-12)
    for mask in (one, one[0], one.double(), one.expand(2, 4, 6, 6), one.numpy()):
        assert torch.equal(through(mask), through([1, (2, (3, 5))]))
    assert torch.equal(through(torch.tensor([1, 3])), through([1, 3]))
    assert torch.equal(through(range(2)), through([0, 1]))
    oracle.close(through(0.25 * torch.ones(4, 1, 1)), 0.25 * trace.explain().relevance, 1e-12)


def test_a_mask_may_differ_between_samples_and_the_ledger_of_each_knows():
    mask = torch.zeros(2, 4, 1, 1)
    mask[0, 1], mask[1, 2] = 1, 1
    trace = lw.trace(blocks(), X)
    found = trace.explain(through={"stem": mask})
    for sample, unit in enumerate((1, 2)):
        alone = lw.explain(blocks(), X[sample : sample + 1], through={"stem": unit})
        oracle.close(found[sample].relevance, alone.relevance, 1e-10)
        assert found[sample].ledger.end == pytest.approx(float(alone.total), rel=1e-9)
        closes(found[sample].ledger)


def test_a_bare_path_is_every_call_and_layers_in_a_row_must_all_be_passed():
    trace = lw.trace(blocks(), X)
    both = trace.explain(through={"again": [1, 2]}).relevance
    assert torch.equal(both, trace.explain(through={"again#1": [1, 2], "again#2": [1, 2]}).relevance)
    assert not torch.allclose(both, trace.explain(through={"again#2": [1, 2]}).relevance)
    oracle.close(
        sum(trace.explain(through={"again#2": [1, 2], "stem": unit}).relevance for unit in range(4)),
        trace.explain(through={"again#2": [1, 2]}).relevance,
        1e-12,
    )


def test_layers_side_by_side_give_the_union():
    trace = lw.trace(blocks(), X)
    one, other = ({"left": [0, 2]}, {"right": 1})
    union = trace.explain(through={**one, **other})
    oracle.close(
        union.relevance,
        trace.explain(through=one).relevance + trace.explain(through=other).relevance,
        1e-12,
    )
    assert not union.remainder.any(), "nothing goes round both"


def test_what_goes_round_one_of_three_layers_in_a_row_does_not_pass():
    trace = lw.trace(blocks(), X)
    two = {"stem": 1, "block": range(4)}
    three = trace.explain(through={**two, "again#1": range(5)})
    oracle.close(three.relevance, trace.explain(through=two).relevance, 1e-12)
    assert not torch.allclose(three.relevance, trace.explain(through={"stem": 1}).relevance)


def test_two_names_of_one_value_let_through_what_both_do():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.drop, self.head = nn.Linear(4, 4), nn.Dropout(), nn.Linear(4, 2)

        def forward(self, x):
            return self.head(self.drop(self.one(x)))

    trace = lw.trace(seeded(Net), normal(2, 4))
    both = trace.explain(through={"one": [0, 1], "drop": [1, 2]}, rules="epsilon")
    assert both.relevance.any()
    assert torch.equal(both.relevance, trace.explain(through={"one": 1}, rules="epsilon").relevance)


def test_another_target_has_another_remainder():
    trace = lw.trace(blocks(), X)
    for target in (0, 1):
        found = trace.explain(through={"block": 1}, target=target).remainder
        assert torch.equal(found, lw.explain(blocks(), X, through={"block": 1}, target=target).remainder)


def test_a_method_may_walk_more_than_once(monkeypatch):
    from lrpwidgets.explain.gradients import Found
    from lrpwidgets.explain.methods import METHODS, Method

    def run(trace, start, settings):
        return Found(trace.gradient(start.c)[0] + trace.gradient(3 * start.c)[0], ())

    monkeypatch.setitem(METHODS._entries, "twice", Method("twice", "4 gradients", False, run))
    trace = lw.trace(blocks(), X)
    found = trace.explain(method="twice", through={"block": 1}).relevance * X
    oracle.close(found, 4 * trace.explain(method="gradient-x-input", through={"block": 1}).relevance, 1e-12)


def test_batches_give_the_same_numbers_as_a_loop():
    found = lw.explain(blocks(), X, through={"block": 2, "left": 1})
    for sample in range(2):
        alone = lw.explain(blocks(), X[sample : sample + 1], through={"block": 2, "left": 1})
        oracle.close(found[sample].relevance, alone.relevance, 1e-10)
        oracle.close(found[sample].remainder, alone.remainder, 1e-10)


def test_the_first_layer_of_the_input_itself_and_the_output_can_be_filtered():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.same, self.pad, self.net = nn.Identity(), nn.ZeroPad2d(1), nn.Conv2d(2, 3, 3)
            self.head = nn.Linear(3 * 36, 2)

        def forward(self, x):
            return self.head(self.net(self.pad(self.same(x))).relu().flatten(1))

    net = seeded(Scaled)
    for how in LINEAR:
        whole = lw.explain(net, X, input_range=(0, 1), **how).relevance
        for path in ("same", "pad"):  # R itself flows there under first-layer rules
            parts = [lw.explain(net, X, input_range=(0, 1), through={path: unit}, **how) for unit in (0, 1)]
            oracle.close(parts[0].relevance + parts[1].relevance, whole, 1e-10)
            assert not parts[0].relevance[:, 1].any()
            assert parts[0].relevance[:, 0].any()
            closes(parts[0].ledger)
    nothing = lw.explain(net, X, target=0, through={"head": 1}, input_range=(0, 1))
    assert not nothing.relevance.any()


# -- ledger, code, files ---------------------------------------------------------------------------


@pytest.mark.parametrize("how", LINEAR, ids=str)
@pytest.mark.parametrize(
    "through", [{"block": 1}, {"again#2": [0, 3]}, {"block": 0, "right": 1}, {"left": 1}], ids=str
)
def test_the_ledger_of_a_filter_closes(through, how):
    found = lw.explain(blocks(), X, through=through, **how)
    closes(found.ledger)
    held = [row for row in found.ledger if row.rule == "through"]
    assert len(held) == len(through)
    assert any(abs(row.stopped) > 1e-6 for row in held)
    round_it = [row for row in found.ledger if row.path == "(remainder)"]
    assert len(round_it) == bool(set(through) & BYPASSED)


def test_code_settings_and_repr_say_what_was_asked(tmp_path):
    net = blocks()
    found = lw.explain(net, X, rules="epsilon", through={"stem": [0, (2, (1, 1))], "again#2": 3})
    assert 'through={"stem": [0, (2, (1, 1))], "again#2": 3}' in found.code
    same = eval(found.code, {"lw": lw, "model": net, "x": X})  # noqa: S307
    assert torch.equal(same.relevance, found.relevance)
    assert found.settings["through"] == found.through == {"stem": [0, [2, [1, 1]]], "again#2": [3]}
    assert "through stem, again#2" in repr(found)
    assert lw.explain(net, X).through is None
    assert lw.explain(net, X).remainder is None
    mask = torch.tensor([[1.0], [0.0], [0.5], [0.0]])[..., None]
    spelt = lw.explain(net, X, through={"stem": mask})
    assert torch.equal(
        eval(spelt.code, {"lw": lw, "model": net, "x": X, "torch": torch}).relevance,  # noqa: S307
        spelt.relevance,
    )
    assert spelt.through == {"stem": {"mask": mask.tolist()}}
    large = lw.explain(net, X, through={"stem": torch.ones(2, 4, 6, 6)})
    assert '{"stem": mask}' in large.code


def test_files_keep_the_filter_and_the_remainder(tmp_path):
    net, x = seeded(lambda: _picture_net()), uniform(1, 3, 6, 6)
    found = lw.explain(net, x, through={"0": 1}, input=lw.image(range=(0, 1)))
    back = lw.load(found.save(tmp_path / "one.lrp.json"))
    assert back.through == {"0": [1]}
    assert torch.equal(back.remainder, found.remainder)
    assert back.code == found.code
    assert back.ledger == found.ledger


def _picture_net():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2))


# -- what it costs ---------------------------------------------------------------------------------


@pytest.fixture
def handled(monkeypatch):
    """How often each module path was handled on the way back."""
    seen = Counter()

    def counted(handler):
        def count(node, c, walk):
            seen[node.path or "(model)"] += 1
            return handler(node, c, walk)

        return count

    for table in (lrp.LRP, gradients.GRADIENT):
        for op, handler in list(table.items()):
            monkeypatch.setitem(table, op, counted(handler))
    return seen


@pytest.fixture
def forwards(monkeypatch):
    """Calls of the model's forward (of its copies)."""
    seen = []
    old = Blocks.forward
    monkeypatch.setattr(Blocks, "forward", lambda self, x: (seen.append(1), old(self, x))[1])
    return seen


@pytest.mark.parametrize("how", [{"rules": "epsilon"}, {"method": "gradient-x-input"}], ids=str)
def test_the_next_filter_walks_only_what_lies_below_the_layer(handled, forwards, how):
    trace = lw.trace(blocks(), X)
    trace.explain(through={"stem": 0}, **how)
    assert {"head", "again.0", "again.0#2", "stem"} <= set(handled)
    handled.clear()
    trace.explain(through={"stem": 1}, **how)
    assert set(handled) == {"stem"}
    handled.clear()
    trace.explain(through={"stem": 1}, target=lambda out: out[:, 0], **how)
    assert handled["head"] == 1, "another target starts at the output"
    assert len(forwards) == 1


def test_a_layer_is_walked_once_for_one_filter(handled):
    trace = lw.trace(blocks(), X)
    trace.explain(through={"again#2": 0, "again#1": 1, "stem": 2})
    assert handled == Counter({path: 1 for path in handled if path != "(model)"}) | Counter(
        {"(model)": handled["(model)"]}
    )


def test_weights_and_handlers_that_change_between_filters_are_noticed(monkeypatch):
    net = blocks()
    trace = lw.trace(net, X)
    before = trace.explain(through={"stem": 1}, rules="epsilon").relevance
    old = lrp.LRP["max_pool2d_with_indices"]
    monkeypatch.setitem(
        lrp.LRP, "max_pool2d_with_indices", lambda node, c, walk: [2 * part for part in old(node, c, walk)]
    )
    oracle.close(trace.explain(through={"stem": 1}, rules="epsilon").relevance, 2 * before, 1e-12)
    with torch.no_grad():
        net.head.weight.mul_(2)
    with pytest.raises(LrpError, match="changed"):
        trace.explain(through={"stem": 1}, rules="epsilon")


def test_a_map_handed_out_is_not_changed_by_the_next():
    trace = lw.trace(blocks(), X)
    first = trace.explain(through={"block": 1})
    kept = first.relevance.clone(), first.remainder.clone()
    for unit in range(3):
        found = trace.explain(through={"block": unit})
        found.relevance.zero_()
    assert torch.equal(first.relevance, kept[0])
    assert torch.equal(trace.explain(through={"block": 1}).remainder, kept[1])


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("through", "words"),
    [
        ({"stemm": 0}, ["'stemm'", "did you mean 'stem'"]),
        ({"again#3": 0}, ["'again#3'", "again#2"]),
        ({"stem": 4}, ["unit 4", "stem", "(2, 4, 6, 6)", "0 to 3"]),
        ({"stem": -5}, ["unit -5", "(2, 4, 6, 6)"]),
        ({"stem": (0, (6, 0))}, ["position (6, 0)", "(6, 6)"]),
        ({"stem": (0, (1,))}, ["position (1,)", "(6, 6)"]),
        ({"stem": torch.ones(3, 1, 1)}, ["(3, 1, 1)", "(2, 4, 6, 6)"]),
        ({"stem": torch.ones(1, 1, 4, 6, 6)}, ["(1, 1, 4, 6, 6)", "(2, 4, 6, 6)"]),
        ({"stem": torch.full((4, 1, 1), torch.nan)}, ["NaN", "stem"]),
        ({"stem": []}, ["no unit", "stem"]),
        ({"stem": "3"}, ["'3'", "stem"]),
        ({"stem": 1.5}, ["1.5", "stem"]),
        ({"stem": [True, False]}, ["True", "mask"]),
        ({"stem": {1: 2}}, ["{1: 2}"]),
        ({"unused": 0}, ["does not depend", "unused"]),
        ({}, ["through="]),
        ("stem", ["through=", "'stem'"]),
    ],
    ids=str,
)
def test_a_filter_that_makes_no_sense_is_refused_and_the_next_works(through, words):
    trace = lw.trace(blocks(), X)
    with pytest.raises(LayerError) as raised:
        trace.explain(through=through)
    for word in words:
        assert word in str(raised.value)
    assert trace.explain(through={"stem": 0}).relevance.any()


def test_a_module_that_returns_several_tensors_is_refused():
    class Two(nn.Module):
        def forward(self, x):
            return x * 2, x * 3

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.two, self.head = Two(), nn.Linear(6, 2)

        def forward(self, x):
            one, other = self.two(x)
            return self.head(one + other)

    with pytest.raises(LayerError, match="two returns 2 tensors"):
        lw.explain(seeded(Net), normal(2, 6), through={"two": 0})


def test_a_method_that_does_not_walk_the_trace_cannot_be_filtered(monkeypatch):
    from lrpwidgets.explain.methods import METHODS, Method

    own = Method(
        "elsewhere",
        "asks another trace",
        False,
        lambda trace, c, settings: (torch.ones_like(trace.input), ()),
    )
    monkeypatch.setitem(METHODS._entries, "elsewhere", own)
    with pytest.raises(MethodError, match="'elsewhere' cannot be filtered"):
        lw.explain(blocks(), X, method="elsewhere", through={"stem": 0})


def test_a_module_under_two_names_goes_by_either():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.one = nn.Linear(4, 4)
            self.other = self.one

        def forward(self, x):
            return self.other(self.one(x).relu())

    trace = lw.trace(seeded(Net), normal(2, 4))
    one = trace.explain(through={"one": 1}, rules="epsilon", target=1)
    assert torch.equal(
        one.relevance, trace.explain(through={"other": 1}, rules="epsilon", target=1).relevance
    )
    assert one.relevance.any()
