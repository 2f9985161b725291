"""The picture recipe, re-derived with loops over pixels in plain Python floats."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lrpwidgets.errors import InputError
from lrpwidgets.render import heatmap, scale
from lrpwidgets.render import limit as limits
from lrpwidgets.render.sample import caption

MAPS = json.loads((Path(heatmap.__file__).parent / "colormaps.json").read_text())


def slow_picture(
    ex: Any, *, layout: str, opacity: float, limit: float | None, rule: str, cmap: str, channel: str
) -> list:
    """The contract of the recipe, one pixel at a time."""
    photo = ex.domain.decode(ex.input)[0].tolist()
    planes = ex.relevance[0].float().numpy()
    height, width = planes.shape[1:]
    shown = []
    for row in range(height):
        for column in range(width):
            if channel == "sum":
                total = 0.0
                for plane in planes:
                    total += float(plane[row, column])
                shown.append(float(np.float32(total)))
            else:
                shown.append(float(planes[ex.domain.channel_names.index(channel)][row, column]))
    if rule != "fixed":
        size = sorted(abs(value) for value in shown)
        limit = size[-1] if rule == "max" else size[math.floor(0.995 * (len(size) - 1))] or size[-1]
    lut = bytes.fromhex(MAPS[cmap]["colors"])
    out = []
    for at, value in enumerate(shown):
        v = min(1.0, max(-1.0, value / limit)) if limit > 0 else 0.0
        index = math.floor(127 + 127 * v + 0.5)
        colour = lut[3 * index : 3 * index + 3]
        r, g, b = photo[at // width][at % width]
        grey = 0.299 * r + 0.587 * g + 0.114 * b
        pixel = []
        for light, level in zip((r, g, b), colour, strict=True):
            if layout == "map":
                pixel.append(level)
            elif layout == "input":
                pixel.append(light)
            elif layout == "pattern":
                m = min(1.0, max(0.0, value / limit)) if limit > 0 else 0.0
                pixel.append(math.floor(light * m + 0.0 * (1 - m) + 0.5))
            else:
                p = 0.6 * light + 0.4 * grey
                a = opacity * math.sqrt(abs(v))
                pixel.append(math.floor((1 - a) * p + a * level + 0.5))
        out.append(pixel)
    return [out[row * width : (row + 1) * width] for row in range(height)]


@pytest.mark.parametrize("layout", ["overlay", "map", "pattern", "input"])
@pytest.mark.parametrize("channel", ["sum", "green"])
@pytest.mark.parametrize(("rule", "limit"), [("99.5%", None), ("max", None), ("fixed", 0.004)])
@pytest.mark.parametrize("cmap", ["blue-red", "seismic"])
def test_every_layout_is_the_recipe_to_the_byte(
    make, layout: str, channel: str, rule: str, limit: float | None, cmap: str
) -> None:
    ex = make(height=15, width=17)
    options = {
        "layout": layout,
        "opacity": 0.7,
        "limit_rule": rule,
        "limit": limit,
        "cmap": cmap,
        "channel": channel,
    }
    expected = slow_picture(
        ex, layout=layout, opacity=0.7, limit=limit, rule=rule, cmap=cmap, channel=channel
    )
    np.testing.assert_array_equal(heatmap.picture(ex, **options), expected)


def test_a_golden_overlay() -> None:
    photo = np.full((1, 3, 3), [200, 100, 50], np.uint8)
    values = np.array([[-2.0, 0.0, 1.0]], np.float32)
    out = heatmap.overlay(photo, values, 2.0, "seismic", 0.85)
    # Grey is 124.2; p = (169.68, 109.68, 79.68); colours (0, 0, 77), white, (254, 0, 0) at a = .85, 0, .601
    assert out.tolist() == [[[25, 16, 77], [170, 110, 80], [220, 44, 32]]]


def test_relevance_in_float64_is_shown_as_its_float32(make) -> None:
    ex = make()
    assert np.array_equal(heatmap.picture(make(relevance=ex.relevance.double())), heatmap.picture(ex))


def test_a_map_of_zeros_is_neutral_and_its_overlay_the_greyer_photo(make) -> None:
    ex = make(relevance=torch.zeros(1, 3, 6, 8))
    assert (heatmap.picture(ex, layout="map") == 245).all()
    assert (heatmap.picture(ex, layout="pattern") == 0).all()
    assert np.array_equal(heatmap.picture(ex), heatmap.picture(make(), opacity=0))
    assert np.array_equal(heatmap.picture(make(), limit=0.0), heatmap.picture(ex))


def test_one_pixel_and_one_channel(make) -> None:
    one = make(height=1, width=1, channels=1)
    assert heatmap.picture(one).shape == (1, 1, 3)
    assert heatmap.picture(one, layout="side-by-side", scale=4).shape == (4, 4 + 8 + 4, 3)
    assert heatmap.picture(make(channels=1), channel="grey").shape == (6, 8, 3)


@pytest.mark.parametrize("values", [[0, 0, 0, 0], [1, 0, 0, 0], [4, -3, 2, 1], [5]])
def test_limits_of_few_values(values: list[float]) -> None:
    array = np.array(values, np.float32)
    size = sorted(abs(value) for value in values)
    assert limits.limit(array, "max") == size[-1]
    assert limits.limit(array, "99.5%") == (size[int(0.995 * (len(size) - 1))] or size[-1])


def test_sums_and_ratios_are_taken_in_float64() -> None:
    channels = np.array([1e8, 1, -1e8], np.float32).reshape(3, 1, 1)
    assert limits.shown(channels, "sum", ("red", "green", "blue")).tolist() == [[1.0]]
    tenth = np.array([0.1], np.float32)
    assert limits.strength(tenth, 0.3)[0] == float(tenth[0]) / 0.3


def test_the_quantile_ignores_the_few_largest() -> None:
    values = np.arange(1, 1001, dtype=np.float32) * np.where(np.arange(1000) % 2, 1, -1).astype(np.float32)
    assert limits.limit(values, "99.5%") == 995.0


def test_side_by_side_is_photo_gap_map(make) -> None:
    ex = make()
    both = heatmap.picture(ex, layout="side-by-side", scale=2)
    assert both.shape == (12, 16 + 4 + 16, 3)
    np.testing.assert_array_equal(both[:, :16], heatmap.picture(ex, layout="input", scale=2))
    np.testing.assert_array_equal(both[:, 20:], heatmap.picture(ex, layout="map", scale=2))
    assert (both[:, 16:20] == 255).all()


def test_squares_repeat_each_pixel(make) -> None:
    ex = make()
    flat = heatmap.picture(ex)
    np.testing.assert_array_equal(heatmap.picture(ex, scale=3), flat.repeat(3, 0).repeat(3, 1))


def test_smooth_is_bilinear_between_pixel_centres() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (3, 4, 3), dtype=np.uint8)
    large = scale.enlarge(rgb, 2.5, False)
    height, width = large.shape[:2]
    for row in range(height):
        for column in range(width):
            y = min(max((row + 0.5) * 3 / height - 0.5, 0), 2)
            x = min(max((column + 0.5) * 4 / width - 0.5, 0), 3)
            top, left = int(y), int(x)
            bottom, right = min(top + 1, 2), min(left + 1, 3)
            for c in range(3):
                upper = rgb[top, left, c] * (1 - (x - left)) + rgb[top, right, c] * (x - left)
                lower = rgb[bottom, left, c] * (1 - (x - left)) + rgb[bottom, right, c] * (x - left)
                value = upper * (1 - (y - top)) + lower * (y - top)
                assert large[row, column, c] == math.floor(value + 0.5)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"layuot": "map"}, "did you mean 'layout'"),
        ({"layout": "mapp"}, "did you mean 'map'"),
        ({"opacity": 1.5}, "0 to 1"),
        ({"opacity": True}, "0 to 1"),
        ({"limit": -1}, ">= 0"),
        ({"limit": math.nan}, ">= 0"),
        ({"limit_rule": "fixed"}, "needs a limit"),
        ({"cmap": "jet"}, "colour map"),
        ({"channel": "gren"}, "did you mean 'green'"),
        ({"channel": 1}, "channel"),
        ({"pixelated": 1}, "True, False or None"),
        ({"sample": 1}, "no sample 1"),
        ({"sample": "a"}, "whole number"),
        ({"scale": 0}, "positive"),
        ({"cursor": (1,)}, "cursor"),
        ({"viewport": {"x": 1}}, "viewport"),
    ],
)
def test_wrong_options_are_named(make, options: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        heatmap.picture(make(), **options)


def test_a_limit_alone_is_fixed(make) -> None:
    ex = make()
    np.testing.assert_array_equal(
        heatmap.picture(ex, limit=0.01), heatmap.picture(ex, limit=0.01, limit_rule="fixed")
    )
    assert not np.array_equal(heatmap.picture(ex, limit=0.01), heatmap.picture(ex))


def test_relevance_that_is_not_finite_or_of_another_size_is_refused(make) -> None:
    for bad in (math.nan, math.inf):
        ex = make()
        ex.relevance[0, 0, 0, 0] = bad
        with pytest.raises(InputError, match="not finite"):
            heatmap.picture(ex)
    with pytest.raises(InputError, match="differ in size"):
        heatmap.picture(make(relevance=torch.zeros(1, 3, 4, 4)))
    with pytest.raises(InputError, match="no picture"):
        heatmap.picture(make(input=torch.zeros(1, 4), relevance=torch.zeros(1, 4), domain=None))


def test_samples_of_a_batch_are_their_own(make) -> None:
    ex = make(batch=3)
    for at in range(3):
        np.testing.assert_array_equal(heatmap.picture(ex, at), heatmap.picture(ex[at]))
    np.testing.assert_array_equal(heatmap.picture(ex, -1), heatmap.picture(ex, 2))


def test_what_a_reader_should_know_stands_in_the_caption(make):
    words = caption(make(notes=("explained in eval mode", "left to autograd: head")), 0, note="guessed black")
    assert words.note == "guessed black. explained in eval mode. left to autograd: head"
