"""The head map: through the electrodes, linear, and right side up."""

from __future__ import annotations

import numpy as np
import pytest

from lrpwidgets.errors import InputError
from lrpwidgets.render import colormap, headmap

RING = [(0.9 * np.cos(a), 0.9 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 12, endpoint=False)]
PLACES = np.array([(0, 0), (-0.5, 0), (0.5, 0), (0, 0.5), (0, -0.5), *RING])


@pytest.fixture
def values() -> np.ndarray:
    return np.random.default_rng(0).normal(size=len(PLACES))


def test_the_map_passes_through_every_electrode(values):
    assert np.allclose(headmap.weights_at(PLACES, PLACES), np.eye(len(PLACES)), atol=1e-10)


def test_the_map_is_the_spline_of_the_equation(values):
    """Solved once more, by hand: V(p) = sum a |p - p_i| + b with sum a = 0 and V(p_i) = v_i."""
    apart = np.linalg.norm(PLACES[:, None] - PLACES[None], axis=2)
    one = np.ones((len(PLACES), 1))
    solved = np.linalg.solve(np.block([[apart, one], [one.T, np.zeros((1, 1))]]), [*values, 0])
    points = np.random.default_rng(1).uniform(-1, 1, (50, 2))
    away = np.linalg.norm(points[:, None] - PLACES[None], axis=2)
    expected = away @ solved[:-1] + solved[-1]
    assert np.allclose(headmap.weights_at(points, PLACES) @ values, expected, atol=1e-10)


def test_weights_are_the_map_for_any_values(values):
    weights = headmap.weights(PLACES, 40)
    field = headmap.values(values, PLACES, 40)
    inside = headmap.disc(PLACES, 40)
    assert weights.shape == (40, 40, len(PLACES))
    assert weights.dtype == np.float32
    assert np.array_equal(np.isfinite(field), inside)
    assert np.allclose((weights @ values)[inside], field[inside], atol=1e-5)
    assert np.allclose(weights.sum(-1), inside, atol=1e-5)
    assert 0.7 < inside.mean() < 0.8  # pi / 4


def test_a_large_map_is_computed_in_parts(values, monkeypatch):
    whole = headmap.values(values, PLACES, 33)
    monkeypatch.setattr(headmap, "CHUNK", 100)
    assert np.allclose(whole, headmap.values(values, PLACES, 33), rtol=1e-12, equal_nan=True)


def test_front_is_up_and_right_is_right():
    size = 81
    for electrode, row, column in ((3, 0, 1), (4, 2, 1), (1, 1, 0), (2, 1, 2)):
        field = headmap.values(np.eye(len(PLACES))[electrode], PLACES, size)
        peak = np.unravel_index(np.nanargmax(field), field.shape)
        assert (peak[0] * 3 // size, peak[1] * 3 // size) == (row, column)
        x, y = headmap.places(PLACES, 300)[electrode]
        assert (int(y * 3 // 300), int(x * 3 // 300)) == (row, column)


@pytest.mark.parametrize("places", [[(0.2, 0.1)], [(-0.5, 0), (0.5, 0)], [(0, 0), (0.1, 0.1), (0.4, 0.4)]])
def test_few_electrodes_or_a_line_of_them_still_make_a_map(places):
    given = np.arange(1.0, len(places) + 1)
    assert np.allclose(headmap.weights_at(places, places) @ given, given)
    assert np.isfinite(headmap.values(given, places, 16)).sum() > 100


def test_electrodes_in_one_place_get_their_mean():
    places = [(-0.5, 0), (-0.5, 0), (0.5, 0)]
    assert np.allclose(headmap.weights_at(places, places) @ [1.0, 3.0, 5.0], [2, 2, 5])


def test_electrodes_below_the_circle_are_on_the_map():
    low = [(-1.4, 0), (1.4, 0), (0, 0)]
    assert headmap.extent(low) > 1.4
    assert headmap.extent(PLACES) == 1
    inside = headmap.disc(low, 100)
    column = round((1 - 1.4 / headmap.extent(low)) / 2 * 100)
    assert inside[50, column]


@pytest.mark.parametrize("size", [101, 300])
def test_the_picture_has_the_colours_of_the_values(size):
    """One electrode at L, the others at 0: the strongest colour beside it, the neutral one beside the others."""
    values = np.eye(len(PLACES))[2] * 3.0
    pixels = headmap.picture(values, PLACES, limit=3.0, size=size, cmap="blue-red")
    assert pixels.shape == (size, size, 3)
    beside = headmap.places(PLACES, size) + np.array(
        [0, max(1.2, size / 150) + 2]
    )  # below the electrode's dot
    column, row = np.floor(beside[2]).astype(int)
    strongest = colormap.colors("blue-red")[254].astype(int)
    assert np.abs(pixels[row, column] - strongest).max() < 40
    column, row = np.floor(beside[1]).astype(int)
    assert np.abs(pixels[row, column].astype(int) - colormap.colors("blue-red")[127]).max() < 12
    assert (pixels[0, 0] == 255).all()
    assert np.array_equal(
        headmap.picture(values, PLACES, size=101), headmap.picture(values, PLACES, limit=3, size=101)
    )
    mirrored = headmap.picture(values[[0, 2, 1, 3, 4, *((6 - np.arange(12)) % 12 + 5)]], PLACES, size=size)
    assert np.abs(mirrored[:, ::-1].astype(int) - pixels).max() <= 1


@pytest.mark.parametrize(
    ("values", "places", "words"),
    [
        ([1.0], [(0, 0, 0)], r"\(1, 3\)"),
        ([1.0], [(0, np.nan)], "finite"),
        ([], np.zeros((0, 2)), r"\(0, 2\)"),
        ([1.0, 2.0], [(0, 0)], r"1 electrodes.*\(2,\)"),
    ],
)
def test_what_is_no_montage_is_refused(values, places, words):
    with pytest.raises(InputError, match=words):
        headmap.values(values, places, 8)
