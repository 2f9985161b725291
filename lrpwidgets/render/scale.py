"""Enlarging a picture: squares or bilinear, in bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def enlarge(rgb: NDArray[np.uint8], scale: float, pixelated: bool) -> NDArray[np.uint8]:
    """`rgb` `(height, width, 3)` with both sides times `scale`, rounded, at least one pixel.

    Pixel centres lie at +0.5. Squares: the nearest source pixel. Smooth: bilinear between the four nearest,
    edges repeated, floor(x + 0.5) at the end.
    """
    if not scale > 0:
        raise InputError(f"scale must be positive, not {scale}.")
    if scale == 1:
        return rgb
    height, width = (max(1, round(side * scale)) for side in rgb.shape[:2])
    if pixelated:
        rows, columns = _nearest(height, rgb.shape[0]), _nearest(width, rgb.shape[1])
        return rgb[rows][:, columns]
    above, below, down = _neighbours(height, rgb.shape[0])
    left, right, along = _neighbours(width, rgb.shape[1])
    light = rgb.astype(np.float64)
    across = light[:, left] * (1 - along)[None, :, None] + light[:, right] * along[None, :, None]
    both = across[above] * (1 - down)[:, None, None] + across[below] * down[:, None, None]
    return np.floor(both + 0.5).astype(np.uint8)


def _nearest(count: int, source: int) -> NDArray[np.intp]:
    return np.minimum((np.arange(count) + 0.5) * source / count, source - 1).astype(np.intp)


def _neighbours(count: int, source: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Source pixels before and after each new pixel's centre, and how far it is from the first."""
    at = np.clip((np.arange(count) + 0.5) * source / count - 0.5, 0, source - 1)
    first = np.floor(at).astype(np.intp)
    return first, np.minimum(first + 1, source - 1), at - first
