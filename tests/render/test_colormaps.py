"""Colour maps: zero neutral in the exact middle, both signs equally strong, the file what its recipe makes."""

from __future__ import annotations

import numpy as np
import pytest

from lrpwidgets.errors import InputError
from lrpwidgets.render import colormap
from lrpwidgets.render.recipes import colormaps as recipe


def luminance(rgb: np.ndarray) -> np.ndarray:
    """CIE Y of sRGB bytes."""
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def as_seen_without_green_cones(rgb: np.ndarray) -> np.ndarray:
    """Deuteranopia by the matrix of Machado et al. (2009), severity 1, on linear light."""
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    matrix = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    return np.clip(linear @ np.transpose(matrix), 0, 1)


def test_the_file_is_what_the_recipe_makes() -> None:
    assert recipe.TARGET.read_text(encoding="utf-8") == recipe.text()


def test_names_and_the_default_first() -> None:
    assert colormap.names() == ("blue-red", "seismic", "blue-red-dark", "grey")
    assert all(colormap.doc(name) for name in colormap.names())
    with pytest.raises(InputError, match="did you mean 'seismic'"):
        colormap.colors("seismc")


@pytest.mark.parametrize("name", ["blue-red", "seismic", "blue-red-dark", "grey"])
def test_zero_is_neutral_and_red_is_for(name: str) -> None:
    colors = colormap.colors(name).astype(int)
    assert colors.shape == (255, 3)
    assert len(set(colors[127])) == 1
    if name != "grey":
        assert (colors[140:, 0] > colors[140:, 2]).all()
        assert (colors[:115, 2] > colors[:115, 0]).all()


@pytest.mark.parametrize(("name", "falling"), [("blue-red", True), ("blue-red-dark", False)])
def test_own_maps_are_as_strong_for_both_signs_and_monotone(name: str, falling: bool) -> None:
    light = luminance(colormap.colors(name).astype(float))
    steps = np.diff(light[127:])
    assert ((steps < 0) if falling else (steps > 0)).mean() > 0.98
    against, favour = light[126::-1], light[128:]
    assert np.abs(np.cbrt(against) - np.cbrt(favour)).max() < 0.06
    seen = as_seen_without_green_cones(colormap.colors(name).astype(float))
    apart = np.abs(seen[126 - 40 :: -1] - seen[128 + 40 :]).max(axis=1)
    assert apart.min() > 0.15


def test_seismic_goes_through_its_control_points() -> None:
    colors = colormap.colors("seismic").astype(int).tolist()
    assert colors[0] == [0, 0, 77]
    assert colors[127] == [255, 255, 255]
    assert colors[254] == [128, 0, 0]
    assert colors[63] == [0, 0, 254]
    assert colors[64] == [2, 2, 255]


def test_the_index_of_a_strength() -> None:
    v = np.array([-1, -0.5, 0, 0.5, 1, 0.5 / 127, 0.49 / 127])
    assert colormap.index(v).tolist() == [0, 64, 127, 191, 254, 128, 127]
