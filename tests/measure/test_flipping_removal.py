"""Ways to remove information, and the averages over curves."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.measure import Curve, flip
from lrpwidgets.measure.curve import average, paired
from lrpwidgets.measure.removal import removal

EVERYTHING = torch.ones(1, 1, 1, 1, dtype=torch.bool)


@pytest.fixture
def x():
    return torch.rand(2, 3, 8, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) + 1


def test_only_what_is_removed_changes(x):
    removed = torch.zeros(2, 1, 8, 10, dtype=torch.bool)
    removed[0, 0, 2:5, 3] = True
    for how in (
        "neutral",
        "mean",
        "blur",
        "noise",
        0.25,
        torch.rand(3, 1, 1),
        lambda x, removed: x.masked_fill(removed, 7),
    ):
        found = removal(how, x)(removed)
        assert ((found != x) == removed.expand_as(x)).all(), how


def test_values_are_zero_black_or_as_given(x):
    assert (removal("neutral", x)(EVERYTHING) == 0).all()
    domain = lw.image(mean=(0.5, 0.4, 0.3), std=(0.2, 0.2, 0.2))
    black = torch.as_tensor(domain.encode(np.zeros((8, 10, 3), np.uint8))).double()
    assert (removal("neutral", x, domain)(EVERYTHING) == black).all()
    assert (removal(0.25, x)(EVERYTHING) == 0.25).all()
    each = torch.rand(3, 1, 1).double()
    assert (removal(each, x)(EVERYTHING) == each).all()


def test_the_mean_is_the_channels_own(x):
    found = removal("mean", x)(EVERYTHING)
    for sample in range(2):
        for channel in range(3):
            torch.testing.assert_close(
                found[sample, channel], x[sample, channel].mean().expand(8, 10), rtol=1e-12, atol=0
            )


def test_blur_is_a_gaussian_normalised_at_borders(x):
    found = removal("blur", x, sigma=1.3)(EVERYTHING)
    rows, columns = torch.meshgrid(torch.arange(8.0), torch.arange(10.0), indexing="ij")
    for r, c in ((0, 0), (3, 4), (7, 9)):
        weight = torch.exp(-((rows - r) ** 2 + (columns - c) ** 2) / (2 * 1.3**2)).double()
        expected = (weight * x).sum((-1, -2)) / weight.sum()
        torch.testing.assert_close(found[:, :, r, c], expected, rtol=1e-6, atol=0)
    flat = torch.full_like(x, 3.0)
    torch.testing.assert_close(removal("blur", flat)(EVERYTHING), flat)


def test_noise_is_uniform_over_the_range_and_repeats_by_seed():
    x = torch.rand(2, 1, 100, 100).double() * 4 - 1
    one, again, other = (removal("noise", x, seed=seed)(EVERYTHING) for seed in (3, 3, 4))
    assert (one == again).all()
    assert (one != other).any()
    for sample in range(2):
        low, high = x[sample].min(), x[sample].max()
        assert low <= one[sample].min() < low + 0.01
        assert high - 0.01 < one[sample].max() <= high
        assert one[sample].std().item() == pytest.approx((high - low).item() / 12**0.5, rel=0.03)
    known = removal("noise", x, lw.image(channels=1, range=(0, 1)), seed=3)(EVERYTHING)
    assert 0 <= known.min() < 0.01
    assert 0.99 < known.max() <= 1


def test_the_ranking_can_depend_on_the_removal():
    """B14: pixels that are black already tell nothing when blackened, but much when replaced by their mean."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 1, bias=False)).double()
    model[1].weight.data[:] = torch.tensor([[1.0, 1.0, -5.0, -5.0]])
    x = torch.tensor([[[[1.0, 0.6], [0.0, 0.0]]]]).double()
    methods = {"bright": torch.tensor([0, 1, 2, 3]), "dark": torch.tensor([2, 3, 0, 1])}
    black, mean = (flip(model, x, methods, removal=how, target=0) for how in ("neutral", "mean"))
    assert black["bright"].auc[0] < black["dark"].auc[0]
    assert mean["dark"].auc[0] < mean["bright"].auc[0]


def test_b14_noise_turns_the_ranking_of_two_methods_on_digits(digit_net, digits):
    """Black, mean, blur and noise side by side, with intervals; benchmarks/methods.py has the table."""
    removals = {"black": 0.0, "mean": "mean", "blur": "blur", "noise": "noise"}
    apart = {}
    for name, how in removals.items():
        flips = flip(digit_net, digits[:30], ["deep-taylor", "gradient-x-input"], patch=4, removal=how)
        for method in flips:
            area = flips[method].mean_auc()
            assert area.low < area.value < area.high
        apart[name] = flips.difference("deep-taylor", "gradient-x-input")
    assert apart["black"].low > 0  # gradient x input flips faster: its negative relevance comes last
    assert apart["noise"].high < 0  # now deep Taylor does
    assert apart["blur"].high < 0


def test_an_interval_covers_the_truth_as_often_as_it_says():
    drawn = np.random.default_rng(0)
    covered = 0
    for trial in range(200):
        found = average(drawn.normal(2.0, 1.0, 60), seed=trial, resamples=500)
        assert found.low < found.value < found.high
        covered += found.low <= 2.0 <= found.high
    assert 0.88 <= covered / 200 <= 0.99


def test_averages_repeat_by_seed_leave_nan_out_and_keep_the_curves_shape():
    scores = np.random.default_rng(1).normal(size=(20, 5))
    whole = average(scores)
    assert whole.value.shape == whole.low.shape == (5,)
    assert (whole.low == average(scores).low).all()
    assert (whole.low != average(scores, seed=1).low).any()
    with_nan = np.concatenate([scores, np.full((1, 5), np.nan)])
    np.testing.assert_array_equal(average(with_nan).high, whole.high)
    one = average(scores[:1])
    assert (one.value == scores[0]).all()
    assert np.isnan(one.low).all()
    assert np.isnan(average(np.full(3, np.nan)).value)


def curve(scores):
    return Curve("m", np.asarray(scores, float), np.zeros((len(scores), 1), np.int64))


def test_areas():
    found = curve([[4.0, 2.0, 0.0, -2.0]])
    assert found.auc[0] == pytest.approx((3 + 1 - 1) / 3)
    assert found.area_over[0] == pytest.approx((0 + 2 + 4 + 6) / 4)
    assert found.rectified().auc[0] == pytest.approx((3 + 1 + 0) / 3)
    assert curve([[4.0]]).auc[0] == 4


def test_paired_differences_see_what_unpaired_intervals_do_not():
    drawn = np.random.default_rng(2)
    level = drawn.normal(0, 10, (40, 1)) + np.zeros((1, 4))
    one, other = curve(level + 0.5 + drawn.normal(0, 0.3, level.shape)), curve(level)
    apart = paired(one, other)
    assert 0.3 < apart.low < apart.value < apart.high < 0.7
    assert apart.p < 1e-6
    assert one.mean_auc().low < other.mean_auc().high
    back = paired(other, one)
    assert back.value == pytest.approx(-apart.value)
    same = paired(one, one)
    assert (same.value, same.p) == (0.0, 1.0)
