"""Makes `colormaps.json`: run `python -m lrpwidgets.render.recipes.colormaps` to write it again.

A map is 255 sRGB colours. Index 127 is relevance 0 and exactly neutral; index 254 is +limit (for),
index 0 is -limit (against). The two arms of our own maps have the same OKLab lightness and chroma at the
same distance from zero, so that neither sign looks stronger, and they differ in blue against orange-red,
which people with red-green colour blindness tell apart.

OKLab is Björn Ottosson's perceptual space (2020): linear sRGB -> cone responses -> cube root -> opponent
axes; the two matrices below are its published definition.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Colors = NDArray[np.float64]

TARGET = Path(__file__).parent.parent / "colormaps.json"
SIDE = 127  # entries on each side of the neutral one

_LMS_FROM_LAB = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
_RGB_FROM_LMS = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def linear_rgb(lightness: Colors, chroma: Colors, hue: Colors) -> Colors:
    """Linear sRGB `(n, 3)` of OKLCh colours; outside [0, 1] where the screen cannot show them."""
    angle = np.deg2rad(hue)
    lab = np.stack([lightness, chroma * np.cos(angle), chroma * np.sin(angle)], axis=-1)
    return np.asarray((lab @ _LMS_FROM_LAB.T) ** 3 @ _RGB_FROM_LMS.T)


def screen_bytes(linear: Colors) -> NDArray[np.uint8]:
    """Bytes, as a screen expects them, of linear light."""
    linear = np.clip(linear, 0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.floor(encoded * 255 + 0.5).astype(np.uint8)


def largest_chroma(lightness: Colors, hue: Colors) -> Colors:
    """The strongest chroma that sRGB has at this lightness and hue, by bisection."""
    low, high = np.zeros_like(lightness), np.full_like(lightness, 0.4)
    for _ in range(40):
        middle = (low + high) / 2
        rgb = linear_rgb(lightness, middle, hue)
        inside = ((rgb >= 0) & (rgb <= 1)).all(axis=-1)
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return low


Profile = Callable[[Colors], Colors]


def diverging(
    lightness: Profile, chroma: Profile, hue_against: Profile, hue_for: Profile
) -> NDArray[np.uint8]:
    """255 colours: two arms of common lightness and chroma. Each profile is a function of |v| in [0, 1]."""
    v = np.arange(1, SIDE + 1) / SIDE
    light = lightness(v)
    # The weaker of the two gamuts limits both arms: equal |R| must look equally strong.
    room = np.minimum(largest_chroma(light, hue_against(v)), largest_chroma(light, hue_for(v)))
    strength = np.minimum(chroma(v), 0.98 * room)
    against = screen_bytes(linear_rgb(light, strength, hue_against(v)))[::-1]
    favour = screen_bytes(linear_rgb(light, strength, hue_for(v)))
    zero = np.zeros(1)
    grey = screen_bytes(linear_rgb(lightness(zero), zero, zero)).max()  # one number: exactly neutral
    return np.concatenate([against, np.full((1, 3), grey, np.uint8), favour])


def blue_red() -> NDArray[np.uint8]:
    """Near-white at zero, darker and stronger towards the limit: for light pages."""
    return diverging(
        lightness=lambda v: 0.97 - 0.49 * v**0.85,
        chroma=lambda v: 0.185 * np.sin(np.pi / 2 * v**0.8),
        hue_against=lambda v: 250 + 10 * v,
        hue_for=lambda v: 52 - 20 * v,
    )


def blue_red_dark() -> NDArray[np.uint8]:
    """Near-black at zero, lighter and stronger towards the limit: for dark pages."""
    return diverging(
        lightness=lambda v: 0.20 + 0.56 * v**0.9,
        chroma=lambda v: 0.155 * np.sin(np.pi / 2 * v**0.8),
        hue_against=lambda v: 258 - 10 * v,
        hue_for=lambda v: 32 + 16 * v,
    )


def seismic() -> NDArray[np.uint8]:
    """The map of the paper's figures: straight lines between matplotlib's published control points."""
    points = np.array([[0, 0, 0.3], [0, 0, 1], [1, 1, 1], [1, 0, 0], [0.5, 0, 0]])
    at = np.arange(2 * SIDE + 1) / (2 * SIDE)
    rgb = np.stack([np.interp(at, np.linspace(0, 1, 5), points[:, c]) for c in range(3)], axis=-1)
    return np.floor(rgb * 255 + 0.5).astype(np.uint8)


def grey() -> NDArray[np.uint8]:
    """Sign and size as brightness alone."""
    level = np.floor(np.arange(2 * SIDE + 1) * 255 / (2 * SIDE) + 0.5).astype(np.uint8)
    return np.repeat(level[:, None], 3, axis=1)


MAPS = {
    "blue-red": ("blue against, orange-red for, near-white at zero; safe for colour blindness", blue_red),
    "seismic": ("as in the paper's figures: blue, white at zero, red", seismic),
    "blue-red-dark": ("light blue against, orange for, near-black at zero; for dark pages", blue_red_dark),
    "grey": ("black against, white for, middle grey at zero; for print", grey),
}


def text() -> str:
    """The JSON text of every map, in the order of `MAPS`."""
    table = {name: {"doc": doc, "colors": make().tobytes().hex()} for name, (doc, make) in MAPS.items()}
    return json.dumps(table, indent=1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
