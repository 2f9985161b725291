"""Relevance of a vector of features as signed bars: red up for, blue down against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.render import colormap
from lrpwidgets.render import limit as limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.render.heatmap import Rgb

WIDTH, HEIGHT = 560, 180  # pixels
MOST = 280  # bars; more features share bars


def binned(values: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
    """At most `MOST` bars of relevance `(features,)`, and how many features each bar sums."""
    each = -(-values.size // MOST)
    starts = np.arange(0, values.size, each)
    return np.add.reduceat(values.astype(np.float64), starts).astype(np.float32), each


def chart(
    bars: NDArray[np.float32], limit: float, cmap: str, *, background: Rgb, axis: Rgb
) -> NDArray[np.uint8]:
    """Bars `(n,)` as a picture, uint8 `(HEIGHT, WIDTH, 3)`; colour by `limit`, height by the largest |R|."""
    canvas = np.full((HEIGHT, WIDTH, 3), background, np.uint8)
    low, high = min(0.0, float(bars.min())), max(0.0, float(bars.max()))
    if low == high:
        high = 1.0
    per_unit = (HEIGHT - 3) / (high - low)
    zero = 1 + round(high * per_unit)
    colours = colormap.colors(cmap)[colormap.index(limits.strength(bars, limit))]
    edges = np.floor(np.arange(bars.size + 1) * WIDTH / bars.size + 0.5).astype(int)
    for at, value in enumerate(bars):
        end = zero - round(float(value) * per_unit)
        left, right = edges[at], edges[at + 1]
        right = max(left + 1, right - (1 if right - left > 2 else 0))  # a gap between wide bars
        top, bottom = sorted((zero, end))
        canvas[top:bottom, left:right] = colours[at]
    canvas[zero] = axis
    return canvas
