"""Pooling over a whole set: means are means, and intervals cover what they say they cover."""

from __future__ import annotations

import numpy as np
import pytest

from lrpwidgets.errors import InputError
from lrpwidgets.measure import Box, pool_table
from tests.measure.maps import known, normal

LEFT = {"left": Box(0, 0, 4, 2)}


def test_means_over_batches_are_means_over_samples():
    relevance = normal(10, 1, 4, 4) + 0.5
    table = pool_table((known(part) for part in (relevance[:3], relevance[3:])), LEFT, resamples=200)
    left, total = relevance[..., :2].sum((1, 2, 3)), relevance.sum((1, 2, 3))
    assert table.loc["left", "net"]["mean"] == pytest.approx(left.mean(), rel=1e-10)
    assert table.loc["left", "share"]["mean"] == pytest.approx((left / total).mean(), rel=1e-10)
    shares = table.xs("share", level="quantity")["mean"]
    assert shares.sum() == pytest.approx(1, rel=1e-10)
    assert table.loc["rest", "positive"]["mean"] > 0 > table.loc["rest", "negative"]["mean"]
    assert (table["samples"] == 10).all()
    assert ((table["low"] < table["mean"]) & (table["mean"] < table["high"])).all()


def test_the_interval_is_the_percentiles_of_resampled_means():
    relevance = normal(30, 1, 4, 4, seed=5)
    row = pool_table(known(relevance), LEFT, resamples=5000, seed=1).loc["left", "net"]
    values, draw = relevance[..., :2].sum((1, 2, 3)), np.random.default_rng(99)
    means = [values[draw.integers(0, 30, 30)].mean() for _ in range(5000)]
    low, high = np.percentile(means, [2.5, 97.5])
    width = high - low
    assert row["low"] == pytest.approx(low, abs=0.05 * width)
    assert row["high"] == pytest.approx(high, abs=0.05 * width)


def test_a_higher_confidence_is_a_wider_interval_and_a_seed_repeats():
    explanation = known(normal(20, 1, 4, 4))
    narrow, wide = (pool_table(explanation, LEFT, resamples=500, confidence=c) for c in (0.5, 0.99))
    assert ((wide["high"] - wide["low"]) > (narrow["high"] - narrow["low"])).all()
    assert narrow.equals(pool_table(explanation, LEFT, resamples=500, confidence=0.5))
    assert not narrow.equals(pool_table(explanation, LEFT, resamples=500, confidence=0.5, seed=1))


def test_regions_by_a_function_of_the_explanation():
    relevance = normal(2, 1, 4, 4)
    boxes = iter([Box(0, 0, 1, 1), Box(3, 3, 4, 4)])
    parts = (known(part[None]) for part in relevance)
    table = pool_table(parts, lambda explanation: {"object": next(boxes)}, resamples=10)
    expected = (relevance[0, 0, 0, 0] + relevance[1, 0, 3, 3]) / 2
    assert table.loc["object", "net"]["mean"] == pytest.approx(expected, rel=1e-10)


def test_what_a_sample_lacks_is_not_counted():
    relevance = np.stack([np.full((1, 2, 2), 1.0), np.zeros((1, 2, 2)), [[[1.0, -1.0], [1.0, -1.0]]]])
    labels = np.array([[[0, 0], [0, 0]], [[0, 1], [0, 1]], [[0, 1], [0, 1]]])
    table = pool_table(known(relevance), labels, resamples=10)
    assert table["samples"].to_dict()["1", "net"] == 2
    assert table["samples"].to_dict()["0", "net"] == 3
    assert table["samples"].to_dict()["0", "share"] == 1, "two totals are 0"
    assert table.loc["1", "share"].isna()["mean"], "no sample with label 1 has a share"


def test_one_sample_has_a_mean_but_no_interval_and_equal_ones_an_interval_of_no_width():
    row = pool_table(known(normal(1, 1, 4, 4)), LEFT).loc["left", "net"]
    assert np.isfinite(row["mean"])
    assert np.isnan(row["low"])
    row = pool_table(known(np.ones((5, 1, 4, 4))), LEFT, resamples=10).loc["left", "net"]
    assert row["low"] == row["mean"] == row["high"] == 8


def test_notes_of_overlapping_regions_are_kept():
    table = pool_table(known(normal(2, 1, 4, 4)), {**LEFT, "top": Box(0, 0, 2, 4)}, resamples=10)
    assert "overlap" in table.attrs["notes"][0]


def test_bad_input():
    explanation = known(normal(2, 1, 4, 4))
    with pytest.raises(InputError, match="no explanation"):
        pool_table([], LEFT)
    with pytest.raises(InputError, match="confidence must lie between"):
        pool_table(explanation, LEFT, confidence=95)
    with pytest.raises(InputError, match="resamples must be a whole number"):
        pool_table(explanation, LEFT, resamples=0)
