"""The picture recipe. `js/src/colour.ts` is the same recipe in the browser; they agree to the byte.

    v = clip(R / L, -1, 1),   colour = map[floor(127 + 127 v + 0.5)]
    overlay: p = 0.6 photo + 0.4 grey,   a = opacity sqrt(|v|),   out = floor((1 - a) p + a colour + 0.5)
    pattern: P(x) = x R+ (equation 6.6): m = clip(R / L, 0, 1),   out = floor(photo m + 0.5), on black
Everything is computed in float64, in this order of operations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.domains.picture import LUMA
from lrpwidgets.errors import InputError
from lrpwidgets.render import colormap
from lrpwidgets.render import limit as limits
from lrpwidgets.render.kinds import IMAGE, kind
from lrpwidgets.render.sample import Sample, image_sample
from lrpwidgets.render.scale import enlarge
from lrpwidgets.render.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.explain.explanation import Explanation

GAP = 2  # source pixels between photo and map, side by side
WHITE = (255, 255, 255)

Rgb = tuple[int, int, int]


def picture(
    explanation: Explanation, sample: int = 0, *, scale: float = 1, **options: Any
) -> NDArray[np.uint8]:
    """The heat map of one sample, uint8 `(height, width, 3)`, `scale` times the input's size.

    options: those of `render.view.View`. `InputError` for an unknown option or an input that is no picture.
    """
    if kind(explanation) != IMAGE:
        raise InputError("this input is no picture: heatmap.picture takes (batch, 1 or 3, height, width).")
    view = View.of({"sample": sample, **options})
    return paint(image_sample(explanation, view.sample), view, scale=scale)


def paint(sample: Sample, view: View, *, scale: float = 1, gap: Rgb = WHITE) -> NDArray[np.uint8]:
    """As `picture`, for arrays. `gap` is the colour between the two pictures side by side."""
    values = limits.shown(sample.relevance, view.channel, sample.channel_names)
    limit = limits.limit(values, str(view.limit_rule), view.limit)
    pixelated = sample.pixelated if view.pixelated is None else view.pixelated
    if view.layout == "side-by-side":
        left = enlarge(sample.picture, scale, pixelated)
        right = enlarge(colour_map(values, limit, view.cmap), scale, pixelated)
        between = np.full((left.shape[0], max(1, round(GAP * scale)), 3), gap, np.uint8)
        return np.concatenate([left, between, right], axis=1)
    if view.layout == "map":
        flat = colour_map(values, limit, view.cmap)
    elif view.layout == "overlay":
        flat = overlay(sample.picture, values, limit, view.cmap, view.opacity)
    elif view.layout == "pattern":
        flat = pattern(sample.picture, values, limit)
    else:
        flat = sample.picture
    return enlarge(flat, scale, pixelated)


def colour_map(values: NDArray[np.float32], limit: float, cmap: str) -> NDArray[np.uint8]:
    """Relevance `(height, width)` as colours."""
    return colormap.colors(cmap)[colormap.index(limits.strength(values, limit))]


def overlay(
    photo: NDArray[np.uint8], values: NDArray[np.float32], limit: float, cmap: str, opacity: float
) -> NDArray[np.uint8]:
    """Colours over a slightly desaturated photo; where R is 0 the photo shows through."""
    v = limits.strength(values, limit)
    lut = colormap.colors(cmap)[colormap.index(v)].astype(np.float64)
    light = photo.astype(np.float64)
    grey = LUMA[0] * light[..., 0] + LUMA[1] * light[..., 1] + LUMA[2] * light[..., 2]
    p = 0.6 * light + 0.4 * grey[..., None]
    a = (opacity * np.sqrt(np.abs(v)))[..., None]
    return np.floor((1 - a) * p + a * lut + 0.5).astype(np.uint8)


def pattern(photo: NDArray[np.uint8], values: NDArray[np.float32], limit: float) -> NDArray[np.uint8]:
    """The relevant part of the photo, on black."""
    m = np.maximum(limits.strength(values, limit), 0.0)[..., None]
    return np.floor(photo * m + 0.0 * (1 - m) + 0.5).astype(np.uint8)
