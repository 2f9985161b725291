"""Lines in pictures, with smooth edges."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.render.heatmap import Rgb


def polyline(
    canvas: NDArray[np.uint8],
    points: Sequence[tuple[float, float]],
    ink: Rgb,
    dashes: tuple[int, int] = (1, 0),
    weight: float = 1.4,
) -> None:
    """Draw a line through `points` (x, y) into `canvas` (height, width, 3), `weight` pixels wide.

    Each pixel takes the ink by how near it is to the nearest piece. dashes: pixels on and off along the line.
    """
    along = 0.0
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        length = float(np.hypot(x1 - x0, y1 - y0))
        left, right = int(max(0, min(x0, x1) - 2)), int(max(x0, x1) + 3)
        top, bottom = int(max(0, min(y0, y1) - 2)), int(max(y0, y1) + 3)
        area = canvas[top:bottom, left:right]
        if length == 0 or not area.size:
            continue
        y, x = np.mgrid[top : top + area.shape[0], left : left + area.shape[1]] + 0.5
        t = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length**2, 0, 1)
        distance = np.hypot(x - x0 - t * (x1 - x0), y - y0 - t * (y1 - y0))
        cover = np.clip(weight / 2 + 0.5 - distance, 0, 1)
        if dashes[1]:
            cover = cover * ((along + t * length) % sum(dashes) < dashes[0])
        area[:] = np.floor(area * (1 - cover[..., None]) + np.array(ink) * cover[..., None] + 0.5)
        along += length
