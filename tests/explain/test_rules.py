"""Every rule on every kind of layer against the matrix oracle, at 1e-10 (claim E10)."""

from __future__ import annotations

from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lrpwidgets as lw
from tests.explain import oracle
from tests.explain.nets import Written, convolutional, normal, uniform


class Product(nn.Module):
    """A product with a parameter, as a user may write it."""

    def __init__(self, shape, body):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(*shape))
        self.body = body

    def forward(self, x):
        return self.body(self.weight, x)


# name: (layer, shape of one sample)
LAYERS = {
    "linear": (lambda: nn.Linear(5, 4), (5,)),
    "linear, no bias": (lambda: nn.Linear(5, 4, bias=False), (5,)),
    "linear on the last axis": (lambda: nn.Linear(5, 4), (3, 5)),
    "linear on the last axis, no bias": (lambda: nn.Linear(5, 4, bias=False), (3, 5)),
    "conv1d, stride": (lambda: nn.Conv1d(2, 3, 3, stride=2), (2, 9)),
    "conv1d, padding, dilation": (lambda: nn.Conv1d(2, 3, 3, padding=2, dilation=2), (2, 7)),
    "conv2d": (lambda: nn.Conv2d(2, 3, 3), (2, 5, 5)),
    "conv2d, no bias": (lambda: nn.Conv2d(2, 3, 3, bias=False), (2, 5, 5)),
    "conv2d, stride, padding": (lambda: nn.Conv2d(2, 3, 3, stride=2, padding=1), (2, 6, 5)),
    "conv2d, padding=same": (lambda: nn.Conv2d(2, 3, 2, padding="same"), (2, 4, 4)),
    "conv2d, groups": (lambda: nn.Conv2d(4, 6, 2, groups=2), (4, 4, 4)),
    "conv2d, depthwise": (lambda: nn.Conv2d(3, 3, 3, groups=3, padding=1), (3, 4, 4)),
    "conv2d, dilation": (lambda: nn.Conv2d(2, 2, 2, dilation=2), (2, 5, 5)),
    "conv2d, not square": (lambda: nn.Conv2d(1, 2, (1, 3), stride=(2, 1), padding=(0, 1)), (1, 5, 4)),
    "conv2d, 1x1": (lambda: nn.Conv2d(3, 4, 1), (3, 3, 3)),
    "conv3d": (lambda: nn.Conv3d(1, 2, 2, padding=1), (1, 3, 3, 3)),
    "transposed 1d": (lambda: nn.ConvTranspose1d(2, 3, 3, stride=2), (2, 4)),
    "transposed 2d": (lambda: nn.ConvTranspose2d(2, 3, 3, stride=2, padding=1, output_padding=1), (2, 3, 3)),
    "transposed 2d, groups, dilation": (lambda: nn.ConvTranspose2d(4, 4, 2, groups=2, dilation=2), (4, 3, 3)),
    "transposed 3d": (lambda: nn.ConvTranspose3d(1, 2, 2), (1, 2, 3, 2)),
    "linear, not contiguous": (lambda: Product((4, 5), lambda w, x: F.linear(x.mT, w, w[:, 0])), (5, 3)),
    "linear, not contiguous, no bias": (lambda: Product((4, 5), lambda w, x: F.linear(x.mT, w)), (5, 3)),
    "W x of matrices": (lambda: Product((4, 5), lambda w, x: w @ x), (5, 3)),
    "W x of columns": (lambda: Product((4, 5), lambda w, x: (w @ x.T).T), (5,)),
    "x W of matrices": (lambda: Product((5, 4), lambda w, x: x @ w), (3, 5)),
    "bmm": (lambda: Product((1, 5, 4), lambda w, x: torch.bmm(x, w.expand(len(x), 5, 4))), (3, 5)),
    "bmm from the left": (lambda: Product((1, 4, 5), lambda w, x: w.expand(len(x), 4, 5).bmm(x)), (5, 3)),
    "mv": (lambda: Product((5,), lambda w, x: torch.mv(x, w)[:, None]), (5,)),
    "einsum": (lambda: Product((5, 4), lambda w, x: torch.einsum("bhi,ij->bjh", x, w)), (3, 5)),
    "batched heads": (
        lambda: Product((2, 5, 4), lambda w, x: torch.einsum("bhi,hij->bhj", x, w)),
        (2, 5),
    ),
}
HIDDEN = {
    "zero": (lw.Zero(), oracle.zero),
    "epsilon": (lw.Epsilon(1e-6), oracle.epsilon),
    "epsilon, large": (lw.Epsilon(0.3), partial(oracle.epsilon, eps=0.3)),
    "z+": (lw.ZPlus(), oracle.z_plus),
    "alpha1-beta0": (lw.AlphaBeta(1, 0), partial(oracle.alpha_beta, alpha=1, beta=0)),
    "alpha2-beta1": (lw.AlphaBeta(2, 1), partial(oracle.alpha_beta, alpha=2, beta=1)),
    "alpha1.5-beta0.5": (lw.AlphaBeta(1.5, 0.5), partial(oracle.alpha_beta, alpha=1.5, beta=0.5)),
    "gamma": (lw.Gamma(0.25), partial(oracle.gamma, by=0.25)),
    "gamma, large": (lw.Gamma(10.0), partial(oracle.gamma, by=10.0)),
    "gamma 0": (lw.Gamma(0.0), oracle.zero),
    "z+ with bias": (lw.ZPlus(bias=True), oracle.with_bias(oracle.z_plus)),
    "alpha2-beta1 with bias": (
        lw.AlphaBeta(2, 1, bias=True),
        oracle.with_bias(partial(oracle.alpha_beta, alpha=2, beta=1)),
    ),
    "gradient": (lw.Gradient(), oracle.zero),
}
SIGNS = {
    "signed": normal,
    "non-negative": uniform,
    "some zeros": lambda *s, **k: normal(*s, **k).clamp(min=0),
}


def made(kind):
    build, shape = LAYERS[kind]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return build().double().eval(), shape


def explained(layer, x, rule, weight, after=()):
    """R at the input of `layer`, and R at its output, from the target sum(weight * output)."""
    model = nn.Sequential(layer, *after, nn.Flatten())
    preset = lw.preset({"0": rule}, base="lrp-0")
    found = lw.explain(model, x, rules=preset, target=lambda output: (output * weight).sum(1))
    with torch.no_grad():
        return found.relevance, model(x) * weight


def compare(layer, x, rule, expected, *, after=()):
    weight = normal(*nn.Sequential(layer, *after, nn.Flatten())(x[:1]).shape, seed=5)
    found, arriving = explained(layer, x, rule, weight, after)
    w, b = oracle.matrix(layer, x.shape[1:]), oracle.offset(layer, x.shape[1:])
    for one, one_x, one_r in zip(found, x, arriving, strict=True):
        oracle.close(one.flatten(), expected(w, b, one_x.flatten(), one_r), 1e-10)


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("rule", HIDDEN)
@pytest.mark.parametrize("kind", LAYERS)
def test_hidden_rule_equals_the_matrix_formula(kind, rule, sign):
    layer, shape = made(kind)
    compare(layer, SIGNS[sign](2, *shape), *HIDDEN[rule])


@pytest.mark.parametrize("rule", HIDDEN)
@pytest.mark.parametrize(
    "kind",
    [
        "linear",
        "linear on the last axis",
        "conv2d, stride, padding",
        "transposed 1d",
        "linear, not contiguous",
    ],
)
def test_hidden_rule_below_a_relu(kind, rule):
    """The engine drops z where a ReLU alone reads it; nothing may change by that."""
    layer, shape = made(kind)
    compare(layer, normal(2, *shape), *HIDDEN[rule], after=(nn.ReLU(),))


@pytest.mark.parametrize("rule", ["w2", "flat"])
@pytest.mark.parametrize("kind", LAYERS)
def test_first_layer_rules_without_bounds(kind, rule):
    layer, shape = made(kind)
    wires = oracle.connections(layer, shape)
    expected = {"w2": oracle.w_square, "flat": lambda w, b, x, r: oracle.flat(wires, r)}[rule]
    compare(layer, normal(2, *shape), {"w2": lw.WSquare(), "flat": lw.Flat()}[rule], expected)


@pytest.mark.parametrize("kind", LAYERS)
def test_box_rule_with_numbers(kind):
    layer, shape = made(kind)
    low, high = torch.full(shape, -0.5).double().flatten(), torch.full(shape, 1.25).double().flatten()
    compare(layer, uniform(2, *shape), lw.ZBox(-0.5, 1.25), partial(oracle.z_box, low=low, high=high))


@pytest.mark.parametrize("kind", ["conv2d", "conv2d, stride, padding", "conv2d, groups", "transposed 2d"])
def test_box_rule_with_bounds_for_each_channel_and_each_pixel(kind):
    layer, shape = made(kind)
    x = uniform(2, *shape)
    for broadcast in ((1, shape[0], 1, 1), (1, *shape)):
        low, high = -uniform(*broadcast, seed=8), 1 + uniform(*broadcast, seed=9)
        spread = [bound.expand(1, *shape).flatten() for bound in (low, high)]
        compare(layer, x, lw.ZBox(low, high), partial(oracle.z_box, low=spread[0], high=spread[1]))


@pytest.mark.parametrize("rule", [*HIDDEN, "w2", "box"])
@pytest.mark.parametrize("kind", ["linear", "linear, no bias", "conv2d", "transposed 2d"])
def test_all_zero_activations_give_finite_relevance(kind, rule):
    layer, shape = made(kind)
    chosen = {"w2": lw.WSquare(), "box": lw.ZBox(0, 1)}[rule] if rule in {"w2", "box"} else HIDDEN[rule][0]
    x = torch.zeros(1, *shape, dtype=torch.float64)
    weight = torch.ones_like(nn.Flatten()(layer(x)))
    found, _ = explained(layer, x, chosen, weight)
    assert torch.isfinite(found).all()
    if rule in HIDDEN:
        assert (found == 0).all()


def test_weights_of_zero_give_finite_relevance():
    layer = nn.Linear(4, 3).double()
    nn.init.zeros_(layer.weight)
    for rule in (lw.ZPlus(), lw.AlphaBeta(2, 1), lw.ZBox(-1, 1), lw.WSquare(), lw.Epsilon(), lw.Zero()):
        found, _ = explained(layer, normal(2, 4), rule, torch.ones(1, 3, dtype=torch.float64))
        assert (found == 0).all(), rule


@pytest.mark.parametrize("rule", ["z+", "alpha2-beta1", "zero"])
@pytest.mark.parametrize("scale", [1e-9, 1e-25, 1e12])
def test_relevance_does_not_depend_on_the_unit_of_the_input(rule, scale):
    """Volts or microvolts, strain of 1e-21: without a bias R(s x) = s R(x)."""
    layer, shape = made("linear, no bias")
    x, weight = normal(2, *shape), normal(1, 4, seed=5)
    small, _ = explained(layer, x * scale, HIDDEN[rule][0], weight)
    found, _ = explained(layer, x, HIDDEN[rule][0], weight)
    oracle.close(small / scale, found, 1e-10)


POOLS = {
    "2": nn.MaxPool2d(2),
    "3, stride 2": nn.MaxPool2d(3, stride=2),
    "3, stride 2, padding 1": nn.MaxPool2d(3, stride=2, padding=1),
    "3, stride 2, ceil": nn.MaxPool2d(3, stride=2, ceil_mode=True),
    "(1, 3), stride (2, 1)": nn.MaxPool2d((1, 3), stride=(2, 1)),
}


@pytest.mark.parametrize("pooling", ["proportional", "winner"])
@pytest.mark.parametrize("kind", POOLS)
def test_max_pooling(kind, pooling):
    pool, shape = POOLS[kind], (2, 6, 6)
    x = uniform(2, *shape)
    model = nn.Sequential(pool, nn.Flatten())
    weight = normal(*model(x[:1]).shape, seed=5)
    preset = lw.preset({}, base="epsilon", pooling=pooling)
    found = lw.explain(model, x, rules=preset, target=lambda output: (output * weight).sum(1)).relevance
    members = oracle.window_of(pool, shape)
    rule = {"proportional": oracle.proportional, "winner": oracle.winner}[pooling]
    for one, one_x, one_r in zip(found, x, model(x) * weight, strict=True):
        oracle.close(one.flatten(), rule(members, one_x.flatten(), one_r), 1e-10)


def test_max_pooling_over_zeros_passes_nothing_and_no_nan():
    model = nn.Sequential(nn.MaxPool2d(2), nn.Flatten())
    for pooling in ("proportional", "winner"):
        preset = lw.preset({}, base="epsilon", pooling=pooling)
        found = lw.explain(model, torch.zeros(1, 1, 4, 4), rules=preset, target=0).relevance
        assert (found == 0).all()


AVERAGES = {
    "AvgPool2d(2)": nn.AvgPool2d(2),
    "AvgPool2d(3, 2, 1)": nn.AvgPool2d(3, 2, 1),
    "AvgPool2d(3, 2, 1), padding not counted": nn.AvgPool2d(3, 2, 1, count_include_pad=False),
    "AvgPool2d(3, 2), ceil": nn.AvgPool2d(3, 2, ceil_mode=True),
    "AvgPool2d(2), divisor 1 (a sum)": nn.AvgPool2d(2, divisor_override=1),
    "AdaptiveAvgPool2d(1)": nn.AdaptiveAvgPool2d(1),
    "AdaptiveAvgPool2d((2, 3))": nn.AdaptiveAvgPool2d((2, 3)),
}


@pytest.mark.parametrize("rules", ["deep-taylor", "lrp-0", "epsilon", "alpha2-beta1"])
@pytest.mark.parametrize("kind", AVERAGES)
def test_average_pooling_is_proportional_under_every_preset(kind, rules):
    pool, shape = AVERAGES[kind], (2, 6, 6)
    x = uniform(2, *shape)
    model = nn.Sequential(pool, nn.Flatten())
    weight = normal(*model(x[:1]).shape, seed=5)
    found = lw.explain(model, x, rules=rules, target=lambda output: (output * weight).sum(1)).relevance
    w = oracle.matrix(pool, shape)
    for one, one_x, one_r in zip(found, x, model(x) * weight, strict=True):
        oracle.close(one.flatten(), oracle.share(w * one_x.flatten(), one_r), 1e-10)


@pytest.mark.parametrize("pooling", ["proportional", "winner"])
@pytest.mark.parametrize("rule", ["z+", "alpha2-beta1", "zero", "epsilon"])
def test_a_whole_net_equals_the_chain_of_matrix_formulas(rule, pooling):
    net = convolutional()
    x = uniform(2, 2, 10, 10)
    preset = lw.preset({"0": lw.ZBox(0, 1), "*": HIDDEN[rule][0]}, pooling=pooling)
    found = lw.explain(net, x, rules=preset, target=1)
    low, high = torch.zeros(200).double(), torch.ones(200).double()
    rules = [partial(oracle.z_box, low=low, high=high), HIDDEN[rule][1], HIDDEN[rule][1]]
    for one, one_x, score in zip(found.relevance, x, found.score, strict=True):
        start = torch.zeros(4, dtype=torch.float64)
        start[1] = score
        expected = oracle.through(list(net), one_x, start, rules, pooling)[-1]
        oracle.close(one.flatten(), expected, 1e-9)


LOOKS = {
    "pad with -1": lambda h: F.pad(h[:, :3], (0, 1), value=-1.0),
    "cat": lambda h: torch.cat([h[:, :3], h.new_full((len(h), 1), -1.0)], 1),
    "cat, constant first": lambda h: torch.cat([h.new_full((len(h), 1), -1.0), h[:, :3]], 1),
    "+ -1 * constant": lambda h: torch.add(h, h.new_ones(4), alpha=-1),
    "+ negative constant": lambda h: h + h.new_full((4,), -0.5),
    "+ negative number": lambda h: h + -0.5,
    "- number": lambda h: h - 0.5,
    "times -1": lambda h: h * -1.0,
    "sub_": lambda h: (h * 1).sub_(0.5),
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("rule", ["z+", "alpha2-beta1"])
def test_inputs_that_look_non_negative_but_are_not(look, rule):
    """A constant made part of the layer's input negative: the signs of the products must be split."""
    make, x = LOOKS[look], normal(3, 4)
    net = Written(lambda net, x: net.last(make(F.relu(x))))
    preset = lw.preset({"last": HIDDEN[rule][0]}, base="lrp-0")
    found = lw.explain(net, x, rules=preset, target=1).relevance

    leaf = x.clone().requires_grad_()
    h = make(F.relu(leaf))
    assert (h < 0).any()
    start = net.last(h).detach() * torch.tensor([0.0, 1.0, 0.0]).double()
    w, b = net.last.weight.detach(), net.last.bias.detach()
    r = torch.stack([HIDDEN[rule][1](w, b, one, r) for one, r in zip(h.detach(), start, strict=True)])
    c = torch.where(h == 0, 0.0, r / h).detach()
    (expected,) = torch.autograd.grad(h, leaf, c)  # below the layer everything is linear
    oracle.close(found, expected * x, 1e-10)


def test_a_slice_that_is_rectified_does_not_make_its_neighbours_non_negative():
    def body(net, x):
        h = x * 1
        h[:, :2].relu_()
        return net.last(h)

    twin = Written(lambda net, x: net.last(torch.cat([F.relu(x[:, :2]), x[:, 2:]], 1)))
    x = normal(3, 4)
    assert (x[:, 2:] < 0).any()
    found = lw.explain(Written(body), x, rules={"last": lw.ZPlus()}, target=1).relevance
    oracle.close(found, lw.explain(twin, x, rules={"last": lw.ZPlus()}, target=1).relevance, 1e-12)


def of_sum(part, rest):
    """part / (rest + part), 0 where there is nothing."""
    return torch.where(part == 0, 0.0, part / (rest + part))


TAKES = {
    "zero": (lw.Zero(), lambda w, b, x: of_sum(b, (w * x).sum(1))),
    "gamma": (lw.Gamma(0.25), lambda w, b, x: taken_by_gamma(w, b, x, 0.25)),
    "z+ with bias": (
        lw.ZPlus(bias=True),
        lambda w, b, x: of_sum(b.clamp(min=0), (w * x).clamp(min=0).sum(1)),
    ),
    "alpha2-beta1 with bias": (
        lw.AlphaBeta(2, 1, bias=True),
        lambda w, b, x: (
            2 * of_sum(b.clamp(min=0), (w * x).clamp(min=0).sum(1))
            - of_sum(b.clamp(max=0), (w * x).clamp(max=0).sum(1))
        ),
    ),
    "z+": (lw.ZPlus(), lambda w, b, x: 0 * b),
}


def taken_by_gamma(w, b, x, by):
    parts = torch.cat([w * x, b[:, None]], 1)
    z = parts.sum(1, keepdim=True)
    parts = parts + by * torch.where(z > 0, parts.clamp(min=0), parts.clamp(max=0))
    return parts[:, -1] / parts.sum(1)


@pytest.mark.parametrize("rectified", [False, True])
@pytest.mark.parametrize("rule", TAKES)
@pytest.mark.parametrize(
    "kind", ["linear", "conv2d, stride, padding", "linear, not contiguous", "transposed 1d"]
)
def test_the_ledger_says_what_the_bias_took(kind, rule, rectified):
    layer, shape = made(kind)
    x = normal(1, *shape)
    model = nn.Sequential(layer, *[nn.ReLU()] * rectified, nn.Flatten())
    weight = normal(*model(x).shape, seed=5)
    preset = lw.preset({"0": TAKES[rule][0]}, base="lrp-0")
    found = lw.explain(model, x, rules=preset, target=lambda output: (output * weight).sum(1)).ledger
    w, b = oracle.matrix(layer, shape), oracle.offset(layer, shape)
    r = (model(x) * weight)[0].detach()
    taken = torch.where(r == 0, 0.0, r * TAKES[rule][1](w, b, x[0].flatten()))
    (row,) = (row for row in found if row.path == "0")
    assert row.bias == pytest.approx(float(taken.sum()), rel=1e-9, abs=1e-12)
    if rule in {"zero", "gamma"}:
        assert row.stopped == pytest.approx(0, abs=1e-9)


def relu_first(net, x):
    z = net.first(x)
    return net.last(F.relu(z)) + net.bare(z)


def relu_last(net, x):
    z = net.first(x)
    y = net.bare(z)
    return net.last(F.relu(z)) + y


def relu_beside_a_view(net, x):
    z = net.first(x)
    y = F.relu(z.view(-1, 2, 2))
    return net.last(y.flatten(1)) + net.bare(z)


def relu_of_a_view(net, x):
    z = net.first(x).view(-1, 2, 2)
    return net.last(F.relu(z).flatten(1)) + net.bare(z.flatten(1))


@pytest.mark.parametrize("rule", HIDDEN)
@pytest.mark.parametrize("body", [relu_first, relu_last, relu_beside_a_view, relu_of_a_view])
def test_a_relu_is_not_the_only_reader(body, rule):
    """Relevance comes back to negative z too, whichever of the readers came first."""
    x, preset = normal(4, 4), lw.preset({"first": HIDDEN[rule][0]}, base="lrp-0")
    net = Written(body)
    found = lw.explain(net, x, rules=preset, target=1)
    with torch.no_grad():
        z = net.first(x)
        c = net.last.weight[1] * (z > 0) + net.bare.weight[1]
    assert (z < 0).any()
    w, b = net.first.weight.detach(), net.first.bias.detach()
    for one, one_x, r in zip(found.relevance, x, c * z, strict=True):
        oracle.close(one, HIDDEN[rule][1](w, b, one_x, r), 1e-10)
    assert found.ledger.unaccounted == pytest.approx(0, abs=1e-10)
