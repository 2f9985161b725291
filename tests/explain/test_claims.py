"""What the tutorial says, on real digits and a real ImageNet net: claims E1 to E10, E18, B1.

"Section", "equation", "Table" and "Fig." are those of Montavon, Samek, Mueller, "Methods for interpreting and
understanding deep neural networks". Thresholds are for float64.
"""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from tests.explain import nets, oracle
from tests.explain.nets import convolutional, dense, gradient, normal, uniform

# -- E1, E2: sensitivity and simple Taylor ---------------------------------------------------------


def test_e1_sensitivity_sums_to_the_squared_gradient_norm(digit_net, digits):
    found = lw.explain(digit_net, digits, method="sensitivity")
    predicted = digit_net(digits).argmax(1)
    one_hot = nn.functional.one_hot(predicted, 10).double()
    norm = gradient(digit_net, digits, one_hot).flatten(1).square().sum(1)
    torch.testing.assert_close(found.total, norm, rtol=1e-10, atol=0)
    assert float(norm.min()) > 0


def test_e2_gradient_x_input_sums_to_the_score_of_a_bias_free_net(bias_free_net, digits):
    found = lw.explain(bias_free_net, digits, method="gradient-x-input")
    torch.testing.assert_close(found.total, bias_free_net(digits).amax(1).detach(), rtol=1e-10, atol=0)


def test_e2_with_biases_it_does_not_and_the_ledger_says_where_it_went(digit_net, digits):
    found = lw.explain(digit_net, digits, method="gradient-x-input")
    missing = (found.score - found.total).abs() / found.score
    assert float(missing.median()) > 0.01
    assert float(missing.min()) > 1e-5
    ledger = found.ledger
    assert {row.path for row in ledger} == {"features.0", "features.3", "features.6", "classifier.2"}
    assert all(row.bias < 0 for row in ledger), "every bias of this net is negative"
    assert sum(row.bias for row in ledger) == pytest.approx(ledger.start - ledger.end, rel=1e-10)
    assert ledger.start == pytest.approx(float(found.score.sum()), rel=1e-12)


def test_e2_on_a_bias_free_net_no_row_absorbs_anything(bias_free_net, digits):
    ledger = lw.explain(bias_free_net, digits, method="gradient-x-input").ledger
    assert all(abs(row.bias) + abs(row.stopped) <= 1e-9 * ledger.start for row in ledger)


# -- E4: LRP-0 -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", ["max", "average", "dense"])
def test_e4_lrp_0_is_gradient_x_input(kind, bias, seed):
    net = dense(bias=bias, seed=seed) if kind == "dense" else convolutional(bias=bias, seed=seed, pool=kind)
    x = normal(5, 6, seed=seed) if kind == "dense" else normal(5, 2, 10, 10, seed=seed)
    for target in range(3):
        found = lw.explain(net, x, rules="lrp-0", target=target).relevance
        oracle.close(found, gradient(net, x, target=target) * x, 1e-8)


def test_e4_on_the_digit_net(digit_net, digits):
    found = lw.explain(digit_net, digits, rules="lrp-0", target=3).relevance
    oracle.close(found, gradient(digit_net, digits, target=3) * digits, 1e-8)


# -- E5, E6, E7: conservation and sign -------------------------------------------------------------


def test_e5_deep_taylor_conserves_in_every_layer(digit_net, digits):
    found = lw.explain(digit_net, digits)
    assert float(((found.total - found.score) / found.score).abs().max()) <= 1e-9
    arriving = found.ledger.start
    assert [row.path for row in found.ledger] == ["classifier.2", "features.6", "features.3", "features.0"]
    for row in found.ledger:
        # Between two rows lie a ReLU and an average pooling: nothing is lost there either.
        assert row.incoming == pytest.approx(arriving, rel=1e-9)
        assert row.outgoing == pytest.approx(arriving, rel=1e-9)
        arriving = row.outgoing
    assert found.ledger.end == pytest.approx(arriving, rel=1e-9)


def test_e5_for_each_sample_on_its_own(digit_net, digits):
    for one in lw.explain(digit_net, digits[:10]):
        for row in one.ledger:
            assert row.incoming == pytest.approx(float(one.score), rel=1e-9)
            assert row.outgoing == pytest.approx(float(one.score), rel=1e-9)


@pytest.mark.parametrize("rules", ["deep-taylor", "alpha1-beta0"])
def test_e6_positive_scores_give_maps_without_negative_relevance(digit_net, digits, rules):
    trace = lw.trace(digit_net, digits)
    seen = 0
    for target in range(10):
        found = trace.explain(rules=rules, target=target)
        positive = found.score > 0
        seen += int(positive.sum())
        assert float(found.relevance[positive].min()) >= -1e-12
        assert float(found.relevance[positive].amax((1, 2, 3)).min()) > 0
    assert seen > 200, "the predicted class of every digit, and more"


@pytest.mark.parametrize("rules", ["deep-taylor", "alpha1-beta0"])
@pytest.mark.parametrize("kind", ["max", "average", "max before the ReLU"])
def test_e6_on_random_nets(rules, kind):
    """Also where max pooling comes before the ReLU, as in LeNet."""
    net, x = convolutional(pool="average" if kind == "average" else "max"), uniform(40, 2, 10, 10)
    if kind == "max before the ReLU":
        net = nn.Sequential(*(net[place] for place in (0, 2, 1, 3, 5, 4, 6, 7)))
    trace = lw.trace(net, x, input_range=(0, 1))
    seen = 0
    for target in range(4):
        found = trace.explain(rules=rules, target=target)
        positive = found.score > 0
        seen += int(positive.sum())
        assert (found.relevance[positive] >= -1e-12).all()
    assert seen >= 40


def mixed(rows):
    """A bias-free layer on 4 variables with the given rows of weights, and inputs > 0."""
    layer = nn.Linear(4, len(rows), bias=False).double()
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(rows))
    return layer, uniform(6, 4) + 0.1


BOTH_SIGNS = [[2.0, -0.1, 1.0, -0.2], [-0.3, 2.0, -0.1, 1.0]]
ONE_SIGN = [2.0, 0.1, 1.0, 0.2]


@pytest.mark.parametrize("parameters", [(1, 0), (1.5, 0.5), (2, 1), (5, 4)])
def test_e7_alpha_beta_conserves_where_every_unit_has_both_signs(parameters):
    layer, x = mixed(BOTH_SIGNS)
    found = lw.explain(layer, x, rules={"*": lw.AlphaBeta(*parameters)}, target=lambda out: out.sum(1))
    assert float((found.total / found.score - 1).abs().max()) <= 1e-9


@pytest.mark.parametrize("parameters", [(1.5, 0.5), (2, 1), (5, 4)])
def test_e7_and_only_there(parameters):
    """A unit with positive weights alone sends alpha times what it got."""
    layer, x = mixed([*BOTH_SIGNS, ONE_SIGN])
    trace = lw.trace(layer, x)
    for target in (0, 1):
        found = trace.explain(rules={"*": lw.AlphaBeta(*parameters)}, target=target)
        torch.testing.assert_close(found.total, found.score, rtol=1e-9, atol=0)
    found = trace.explain(rules={"*": lw.AlphaBeta(*parameters)}, target=2)
    torch.testing.assert_close(found.total, parameters[0] * found.score, rtol=1e-9, atol=0)


@pytest.mark.parametrize("parameters", [(1, 0), (2, 1)])
def test_e7_through_proportional_pools(parameters):
    """Maximum and average pools pass on what they get; here every unit above has both signs."""
    net, x = convolutional(bias=False), uniform(4, 2, 10, 10) + 0.1
    found = lw.explain(net, x, rules={"*": lw.AlphaBeta(*parameters)})
    assert found.ledger.unaccounted == pytest.approx(0, abs=1e-9 * abs(found.ledger.start))
    assert float((found.total / found.score - 1).abs().max()) <= 1e-9


@pytest.mark.parametrize(
    "parameters", [(2, 0), (1, 1), (0, -1), (0.5, -0.5), (2.001, 1), (math.nan, 0), ("2", 1)]
)
def test_e7_other_parameters_are_a_value_error(parameters):
    with pytest.raises(ValueError, match="alpha - beta = 1"):
        lw.AlphaBeta(*parameters)


# -- E8, E9, E10: where the rules come from --------------------------------------------------------


def test_e8_taylor_term_at_the_nearest_root_on_the_segment_is_the_z_plus_rule():
    """R_k = c max(0, sum_j a_j w_j + b); the root is sought from a towards a * [w <= 0] (Fig. 4)."""
    cases, width = 2000, 6
    a, w = uniform(cases, width), normal(cases, width, seed=2)
    a[uniform(cases, width, seed=6) < 0.2] = 0
    b, c = -0.3 * uniform(cases, seed=3), 0.1 + uniform(cases, seed=4)

    def pre_activation(at):
        return (at * w).sum(1) + b

    far = a * (w <= 0)  # the neuron is off there
    low, high = torch.zeros(cases, 1).double(), torch.ones(cases, 1).double()
    for _ in range(60):
        middle = (low + high) / 2
        on = (pre_activation(a + middle * (far - a)) > 0)[:, None]
        low, high = torch.where(on, middle, low), torch.where(on, high, middle)
    root = a + low * (far - a)
    active = pre_activation(a) > 0
    assert 500 < int(active.sum()) < cases
    assert float(pre_activation(root)[active].abs().max()) <= 1e-12
    term = torch.where(active[:, None], c[:, None] * w * (a - root), 0.0)

    net = nn.Sequential(nn.Linear(width, cases), nn.ReLU(), nn.Linear(cases, cases, bias=False)).double()
    with torch.no_grad():
        net[0].weight.copy_(w)
        net[0].bias.copy_(b)
        net[2].weight.copy_(torch.diag(c))
    rules = {"0": lw.ZPlus(), "2": lw.Zero()}
    found = lw.explain(
        net.eval(), a, rules=rules, target=list(range(cases))
    ).relevance  # neuron i of sample i
    assert float((found - term).abs().max()) <= 1e-10


FIRST = {
    "dense": (lambda: nn.Linear(12, 5), (12,)),
    "convolution": (lambda: nn.Conv2d(2, 3, 3, padding=1, stride=2), (2, 6, 6)),
    "grouped": (lambda: nn.Conv2d(4, 4, 2, groups=2), (4, 4, 4)),
    "1d": (lambda: nn.Conv1d(2, 3, 3), (2, 8)),
}


def first(kind, seed):
    build, shape = FIRST[kind]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(build(), nn.ReLU(), nn.Flatten()).double().eval(), shape


@pytest.mark.parametrize("kind", FIRST)
@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1.0, 2.0), (-0.25, 0.0)])
def test_e9_box_rule_conserves_and_is_not_negative(kind, low, high):
    for seed in range(3):
        net, shape = first(kind, seed)
        x = low + (high - low) * uniform(8, *shape, seed=seed)
        found = lw.explain(net, x, rules={"*": lw.ZBox(low, high)}, target=lambda out: out.sum(1))
        oracle.close(found.total, found.score, 1e-8)
        assert float(found.relevance.min()) >= -1e-8 * float(found.relevance.max())


@pytest.mark.parametrize("kind", FIRST)
@pytest.mark.parametrize("rule", [lw.WSquare(), lw.Flat()])
def test_e9_w_square_does_not_depend_on_x(kind, rule):
    net, shape = first(kind, 0)
    x = normal(8, *shape)
    found = lw.explain(net, x, rules={"*": rule})
    for target in {item.index for item in found.target}:
        shares = lw.explain(net, x, rules={"*": rule}, target=target)
        alive = shares.score > 0
        maps = shares.relevance[alive] / shares.score[alive].view(-1, *[1] * len(shape))
        oracle.close(maps, maps[:1].expand_as(maps), 1e-8)
        torch.testing.assert_close(maps.flatten(1).sum(1), torch.ones(len(maps)).double(), rtol=1e-8, atol=0)


PROCEDURE = {
    "dense": (lambda: nn.Linear(7, 5), (7,)),
    "1d, stride": (lambda: nn.Conv1d(2, 3, 3, stride=2), (2, 9)),
    "2d, padding": (lambda: nn.Conv2d(2, 3, 3, padding=1), (2, 5, 5)),
    "2d, groups": (lambda: nn.Conv2d(4, 2, 2, groups=2), (4, 4, 4)),
    "2d, dilation": (lambda: nn.Conv2d(2, 2, 2, dilation=2), (2, 5, 5)),
    "3d": (lambda: nn.Conv3d(1, 2, 2), (1, 3, 3, 3)),
    "transposed": (lambda: nn.ConvTranspose2d(2, 3, 3, stride=2, padding=1), (2, 3, 3)),
}


@pytest.mark.parametrize("dead", [False, True], ids=["some zeros", "all zero"])
@pytest.mark.parametrize("kind", PROCEDURE)
def test_e10_four_step_procedure(kind, dead):
    """Section 6.3: z = V(x); s = R / z; c = V^T s; R = x * c, with V = W+ and b = 0; against the matrix too."""
    build, shape = PROCEDURE[kind]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        layer, positive = build().double().eval(), build().double().eval()
    positive.load_state_dict(layer.state_dict())
    with torch.no_grad():
        positive.weight.clamp_(min=0)
        positive.bias.zero_()
    x = torch.zeros(2, *shape).double() if dead else normal(2, *shape).clamp(min=0)
    relevance = layer(x).clamp(min=0).detach()

    a = x.clone().requires_grad_()
    z = positive(a)
    s = torch.where(z > 0, relevance / z, 0.0).detach()
    (c,) = torch.autograd.grad((z * s).sum(), a)
    four_steps = x * c

    net = nn.Sequential(layer, nn.ReLU(), nn.Flatten())
    found = lw.explain(net, x, rules={"*": lw.ZPlus()}, target=lambda out: out.sum(1)).relevance
    assert torch.isfinite(found).all()
    oracle.close(found, four_steps, 1e-10)
    w, b = oracle.matrix(layer, shape), oracle.offset(layer, shape)
    for one, one_x, one_r in zip(found, x, relevance, strict=True):
        oracle.close(one.flatten(), oracle.z_plus(w, b, one_x.flatten(), one_r.flatten()), 1e-10)
    assert dead == bool((found == 0).all())


# -- E18, B1: the net of Fig. 6 --------------------------------------------------------------------


@pytest.fixture(scope="module")
def figure_6():
    """max(x1, x2) for x >= 0, as a ReLU net with two inputs."""
    return nets.figure_6()


def test_e18_deep_taylor_of_the_maximum_of_two(figure_6):
    steps = torch.linspace(0, 3, 31, dtype=torch.float64)
    x = torch.cartesian_prod(steps, steps)
    found = lw.explain(figure_6, x, rules={"*": lw.ZPlus()})
    torch.testing.assert_close(found.score, x.amax(1), rtol=0, atol=1e-12)
    large, small = x.amax(1), x.amin(1)
    first_is_larger = (x[:, 0] >= x[:, 1])[:, None]
    pair = torch.stack([large - small / 2, small / 2], 1)
    expected = torch.where(first_is_larger, pair, pair.flip(1))
    assert float((found.relevance - expected).abs().max()) <= 1e-10


@pytest.mark.parametrize(
    ("settings", "jumps"),
    [
        ({"method": "sensitivity"}, True),
        ({"method": "gradient-x-input"}, True),
        ({"rules": {"*": lw.ZPlus()}}, False),
    ],
    ids=["sensitivity", "gradient x input", "deep Taylor"],
)
def test_b1_only_deep_taylor_is_continuous_where_the_larger_input_changes(figure_6, settings, jumps):
    gaps = torch.tensor([1e-2, 1e-3, 1e-4], dtype=torch.float64)
    one = torch.stack([1 + gaps / 2, 1 - gaps / 2], 1)
    here = lw.explain(figure_6, one, **settings).relevance
    there = lw.explain(figure_6, one.flip(1), **settings).relevance
    ratio = (here - there).abs().sum(1) / (one - one.flip(1)).norm(dim=1)
    if jumps:
        assert 95 < float(ratio[2] / ratio[0]) < 105
        assert 9.5 < float(ratio[1] / ratio[0]) < 10.5
    else:
        assert float(ratio.max()) <= 1.4143


# -- SqueezeNet ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def squeezenet_photo():
    return lw.explain(lw.zoo.squeezenet(), lw.zoo.photos()[0])


def test_squeezenet_sums_to_the_logit(squeezenet_photo):
    found = squeezenet_photo
    assert found.relevance.dtype == torch.float32
    assert found.notes == ()
    assert abs(float(found.total - found.score)) <= 1e-4
    assert float(found.relevance.min()) >= -1e-4 * float(found.relevance.max())


def test_squeezenet_sums_to_the_logit_in_every_layer(squeezenet_photo):
    score, rows = float(squeezenet_photo.score), squeezenet_photo.ledger.rows
    assert len(rows) == 26 + 3  # convolutions, max pools
    assert all(abs(row.stopped) + abs(row.bias) + abs(row.stabilizer) <= 1e-4 for row in rows)
    levels: dict[str, float] = {}
    for row in rows:  # the two expanding convolutions of a fire module lie side by side
        level = row.path.replace("expand1x1", "expand").replace("expand3x3", "expand")
        levels[level] = levels.get(level, 0.0) + row.incoming
    assert len(levels) == 29 - 8
    for level, incoming in levels.items():
        assert incoming == pytest.approx(score, abs=1e-4), level
    assert squeezenet_photo.ledger.unaccounted == pytest.approx(0, abs=1e-4)
