"""Claims B1, B2, B3: how continuous explanations are, on the net of figure 6 and on real digits."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets import measure
from tests.explain import nets

OTHERS = [{"method": "sensitivity"}, {"method": "gradient-x-input"}]
each_other = pytest.mark.parametrize("other", OTHERS, ids=["sensitivity", "gradient x input"])


@pytest.fixture(scope="module")
def figure_6():
    return nets.figure_6()


def _across(net, gap, **how):
    x = torch.tensor([[1 + gap / 2, 1 - gap / 2]], dtype=torch.float64)
    return measure.continuity(net, x, x.flip(1), target=0, **how).strongest


@each_other
def test_b1_jumps_grow_as_one_over_the_distance(figure_6, other):
    assert 95 < _across(figure_6, 1e-4, **other) / _across(figure_6, 1e-2, **other) < 105


def test_b1_deep_taylor_is_continuous(figure_6):
    rules = {"*": lw.ZPlus()}
    assert max(_across(figure_6, gap, rules=rules) for gap in (1e-2, 1e-3, 1e-4)) <= 1.4143


@pytest.fixture(scope="module")
def of_lrp(digit_net, digits):
    return measure.continuity(digit_net, digits, unit=True)


@each_other
def test_b2_lrp_is_more_continuous_on_digits(digit_net, digits, of_lrp, other):
    of_other = measure.continuity(digit_net, digits, unit=True, **other)
    assert of_lrp.ratios.shape == of_other.ratios.shape == (5, 100)
    assert float((of_lrp.by_sample < of_other.by_sample).double().mean()) >= 0.95
    assert float((of_other.by_sample / of_lrp.by_sample).mean()) >= 8
    assert float(of_other.by_sample.mean() / of_lrp.by_sample.mean()) >= 8


@each_other
def test_b3_lrp_is_smoother_as_a_two_moves(digit_net, twos, other):
    move = [(0, step / 4) for step in range(-24, 25)]
    of_lrp = measure.trajectory(digit_net, twos, move, target=2).roughness
    of_other = measure.trajectory(digit_net, twos, move, target=2, **other).roughness
    assert float((of_lrp < of_other).double().mean()) >= 0.9
    assert float((of_other / of_lrp).mean()) >= 2.5
    assert float(of_other.mean() / of_lrp.mean()) >= 2.5


def test_the_strongest_pair_is_the_one_that_gives_the_number(of_lrp):
    one, two = of_lrp.first, of_lrp.second
    maps = [each.relevance / each.relevance.abs().sum() for each in (one, two)]
    ratio = (maps[0] - maps[1]).abs().sum() / (one.input - two.input).norm()
    assert float(ratio) == pytest.approx(of_lrp.strongest, rel=1e-10)
    assert of_lrp.strongest == float(of_lrp.ratios.max()) == float(of_lrp.by_sample[of_lrp.sample])


def test_neighbours_stay_in_the_input_range_and_follow_the_seed(digit_net, digits):
    first, again, other = (
        measure.continuity(digit_net, digits[:4], measure.Noise(0.1, 2, seed)) for seed in (0, 0, 1)
    )
    assert float(first.second.input.min()) == 0
    assert torch.equal(first.ratios, again.ratios)
    assert not torch.equal(first.ratios, other.ratios)


def test_the_target_of_a_neighbour_is_that_of_x(digit_net, digits):
    found = measure.continuity(digit_net, digits[:1], 1 - digits[:1])
    top = int(digit_net(digits[:1]).argmax())
    assert int(digit_net(1 - digits[:1]).argmax()) != top
    assert found.first.target[0].index == found.second.target[0].index == top


def test_chunks_give_the_same_and_bound_what_the_model_sees(digit_net, digits):
    seen = []
    handle = digit_net.register_forward_pre_hook(lambda module, args: seen.append(len(args[0])))
    how = {"target": list(range(7))}
    try:
        small = measure.continuity(digit_net, digits[:7], batch=3, **how).ratios
    finally:
        handle.remove()
    assert max(seen) == 3
    torch.testing.assert_close(small, measure.continuity(digit_net, digits[:7], **how).ratios)


def test_moved_neighbours_are_translations(digit_net, digits):
    x = digits[:3]
    found = measure.continuity(digit_net, x, measure.Moved([(0, 1), (0.5, 0)], border=0.0))
    given = measure.continuity(
        digit_net, x, [measure.translate(x, 0, 1, 0.0), measure.translate(x, 0.5, 0, 0.0)]
    )
    assert torch.equal(found.ratios, given.ratios)


def test_lipschitz_and_max_sensitivity_by_hand(digit_net, digits):
    x = digits[:3]
    moved = measure.translate(x, 1, 0)
    one, two = (lw.explain(digit_net, each, target=3).relevance.flatten(1) for each in (x, moved))
    above = (one - two).norm(dim=1)
    found = measure.local_lipschitz(digit_net, x, moved, target=3).ratios[0]
    torch.testing.assert_close(found, above / (x - moved).flatten(1).norm(dim=1))
    found = measure.max_sensitivity(digit_net, x, moved, target=3).ratios[0]
    torch.testing.assert_close(found, above / one.norm(dim=1))


def test_max_sensitivity_stays_in_its_ball(digit_net, digits):
    found = measure.max_sensitivity(digit_net, digits[:4])
    distance = (found.first.input - found.second.input).abs().max()
    assert 0.019 < float(distance) <= 0.02
    assert found.ratios.shape == (10, 4)


def test_steps_can_be_stopped_and_keep_what_they_have(digit_net, digits):
    steps = measure.continuity_steps(digit_net, digits[:2])
    first, second = next(steps), next(steps)
    steps.close()
    assert len(first.ratios) == 1
    assert len(second.ratios) == 2
    assert second.strongest >= first.strongest


@pytest.mark.parametrize("rules", ["deep-taylor", "alpha2-beta1"])
def test_quadrants_sum_to_the_total(digit_net, twos, rules):
    found = measure.trajectory(digit_net, twos[:2], [(0, 0), (0, 2.5)], target=2, rules=rules)
    plain = lw.explain(digit_net, twos[:2], target=2, rules=rules)
    torch.testing.assert_close(found.parts[0].sum(-1), plain.total)
    corner = plain.relevance[:, 0]
    expected = [corner[:, :14, :14], corner[:, 14:, :14], corner[:, :14, 14:], corner[:, 14:, 14:]]
    torch.testing.assert_close(found.parts[0], torch.stack([part.sum((1, 2)) for part in expected], 1))
    assert found.names == ("top left", "bottom left", "top right", "bottom right")


def test_roughness_is_the_mean_second_difference():
    parts = torch.tensor([[[1.0, 3.0]], [[2.0, 2.0]], [[4.0, 0.0]], [[1.0, 3.0]]])
    way = measure.Trajectory(((0, 0),) * 4, parts.sum(-1), parts, parts.sum(-1), ("a", "b"))
    # shares of a: .25 .5 1 .25; second differences .25, -1.25; b has the opposite
    assert float(way.roughness) == pytest.approx((0.5 + 2.5) / 2)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda net, x: measure.continuity(net, x, x), "every x' equals its x"),
        (lambda net, x: measure.continuity(net, x, x[:1]), "shape of x"),
        (lambda net, x: measure.continuity(net, x, []), "empty"),
        (lambda net, x: measure.continuity(net, x, measure.Noise(-1)), "sigma"),
        (lambda net, x: measure.continuity(net, x, measure.Noise(draws=0)), "draws"),
        (lambda net, x: measure.continuity(net, x, batch=0), "batch"),
        (lambda net, x: measure.continuity(net, (x, x)), "fails in its forward"),
        (lambda net, x: measure.continuity(net, x, target=[1, 2, 3]), "3 values of target="),
        (lambda net, x: measure.continuity("net", x), "torch.nn.Module"),
        (lambda net, x: measure.continuity(net, x, x * float("nan")), "NaN"),
        (lambda net, x: measure.trajectory(net, x, []), "no shift"),
        (lambda net, x: measure.trajectory(net, x, [(0, float("inf"))]), "finite"),
        (lambda net, x: measure.trajectory(net, x, [3]), "pairs"),
        (lambda net, x: measure.trajectory(net, x, [(0, 0)], border="black"), "black"),
        (lambda net, x: measure.trajectory(net, x, [(0, 0)], masks=torch.ones(2, 9, 9)), "masks"),
        (lambda net, x: measure.trajectory(net, x, [(0, 0)], names=["a"]), "1 names"),
        (lambda net, x: measure.trajectory(net, x, [(0, 0)]).roughness, "3 steps"),
    ],
)
def test_bad_input_is_a_clear_error(digit_net, digits, call, says):
    with pytest.raises(lw.errors.LrpError, match=says):
        call(digit_net, digits[:2])


def test_a_map_that_is_not_finite_is_an_error(digits):
    class Broken(nn.Module):
        def forward(self, x):
            return (x.flatten(1) - 0.5).abs().sqrt().sum(1, keepdim=True)

    x = digits[:2].clone()
    x[1, 0, 0, 0] = 0.5
    near = digits[:2] + 0.1
    with pytest.raises(lw.errors.LrpError, match="sample 1"):
        measure.continuity(Broken(), x, near, method="sensitivity", target=0)
