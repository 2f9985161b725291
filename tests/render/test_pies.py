"""Pies of saved notebooks: areas are shares, colours are those of the legend."""

from __future__ import annotations

import numpy as np
import pytest

from lrpwidgets.render.figure import THEMES
from lrpwidgets.render.pies import SIZE, Slice, disc, pies

RED, PALE, WHITE = (200, 0, 0), (250, 150, 150), (255, 255, 255)


def area(picture, colour):
    return int((picture == colour).all(-1).sum())


@pytest.mark.parametrize("sign", [1, -1])
def test_areas_are_shares_clockwise_from_the_top(sign):
    picture = disc([Slice("a", sign * 3.0, RED), Slice("b", sign * 1.0, PALE)], WHITE)
    whole = np.pi * SIZE**2 / 4
    assert area(picture, RED) == pytest.approx(0.75 * whole, rel=0.05)
    assert area(picture, PALE) == pytest.approx(0.25 * whole, rel=0.05)
    half = SIZE // 2
    assert area(picture[:half, :half], RED) == 0  # the last quarter
    assert area(picture[:half, half:], PALE) == 0


def test_a_pie_of_nothing_is_empty_and_one_slice_is_the_whole():
    assert (disc([], WHITE) == WHITE).all()
    assert area(disc([Slice("a", 2.0, RED)], WHITE), RED) == pytest.approx(np.pi * SIZE**2 / 4, rel=0.05)


def test_legends_have_their_colours_and_long_names_are_cut():
    look = THEMES["dark"]
    slices = [Slice(f"{'a long name ' * 9}{at}", 1.0 + at, RED) for at in range(12)]
    page = pies([("for", slices), ("against", [])], "dark")
    assert page.shape[0] > SIZE
    assert area(page[:, SIZE + 20 :], RED) == 12 * 81
    assert (page[:, -10:] == look.background).all()
