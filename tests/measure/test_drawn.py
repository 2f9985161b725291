"""Ellipses by their equation, runs by the masks they were made of."""

from __future__ import annotations

import numpy as np
import pytest

from lrpwidgets.errors import InputError
from lrpwidgets.measure import Ellipse, Runs, pool
from tests.measure.maps import known


def test_an_ellipse_holds_the_centres_within_it():
    for top, left, bottom, right in ((0, 0, 7, 12), (3, 2, 4, 9), (1, 1, 11, 12), (5, 5, 6, 6)):
        mask = Ellipse(top, left, bottom, right).mask((1, 1, 12, 13))[0, 0]
        for row in range(12):
            for column in range(13):
                y = (row + 0.5 - (top + bottom) / 2) / ((bottom - top) / 2)
                x = (column + 0.5 - (left + right) / 2) / ((right - left) / 2)
                within = y * y + x * x
                if abs(within - 1) > 1e-9:
                    assert bool(mask[row, column]) == (within < 1), (row, column)


def test_runs_are_the_mask_they_were_made_of():
    for density in (0, 0.1, 0.5, 1):
        mask = np.random.default_rng(0).uniform(size=(9, 14)) < density
        runs = Runs.of(mask)
        assert np.array_equal(runs.mask((1, 1, 9, 14))[0, 0].numpy(), mask) if mask.any() else runs.runs == ()
        assert all(start // 14 == (stop - 1) // 14 for start, stop in runs.runs)
    assert Runs([(5, 30)]).mask((1, 1, 9, 14)).sum() == 25, "runs may go on in the next row"


@pytest.mark.parametrize(
    "runs", [[(0, 200)], [(-1, 3)], [(4, 6), (2, 3)], [(1, 5), (3, 7)], [(3, 3)], [(0.0, 2.0)], [1, 2], "no"]
)
def test_runs_that_are_none_say_so(runs):
    with pytest.raises(InputError, match="runs must"):
        pool(known(np.ones((1, 1, 9, 14))), {"a": Runs(runs)})


def test_they_are_pooled_like_any_region():
    relevance = np.random.default_rng(0).normal(size=(1, 2, 9, 14))
    found = pool(known(relevance), {"round": Ellipse(0, 0, 9, 9), "drawn": Runs([(3, 5), (20, 31)])})
    flat = relevance[0].reshape(2, -1)
    assert float(found["drawn"][0]) == pytest.approx(flat[:, [3, 4, *range(20, 31)]].sum())
    assert found.size[0, 1] == 2 * 13
