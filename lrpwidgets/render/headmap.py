"""Values at electrodes as a map of the head, seen from above, nose up.

    V(p) = sum_i a_i |p - p_i| + b,    sum_i a_i = 0,    V(p_i) = v_i

the radial linear spline (ordinary kriging with the linear variogram): the plane's counterpart of joining points by
straight lines. It has no parameter, passes through every electrode, keeps constants, stays bounded far from all
electrodes, and is linear in the values, V(p) = sum_i w_i(p) v_i with sum_i w_i(p) = 1. So the weights can be computed
once for a montage, and a map for any window of time is one product with them.

Positions are head coordinates `(electrode, 2)`: x to the right ear, y to the nose, the head's circle has radius 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.errors import InputError
from lrpwidgets.render import colormap
from lrpwidgets.render import limit as limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.render.heatmap import Rgb

MARGIN = 0.08  # what the map shows beyond the outermost electrode, in radii of the head
ROOM = 0.16  # from the map to the picture's edge: the nose and the ears
CHUNK = 1 << 22  # numbers held at once while a large map is computed
INK, PAPER = (97, 97, 97), (255, 255, 255)


def extent(positions: Any) -> float:
    """Radius of the map: 1, the head's circle, or a little more than the outermost electrode below it."""
    return max(1.0, float(np.hypot(*_points(positions).T).max()) + MARGIN)


def centres(positions: Any, size: int) -> NDArray[np.float64]:
    """Head coordinates of the pixels' centres of a map of `size` x `size` pixels, `(size, size, 2)`; row 0 is front."""
    at = ((np.arange(size) + 0.5) / size * 2 - 1) * extent(positions)
    return np.stack(np.meshgrid(at, -at), axis=-1)


def disc(positions: Any, size: int) -> NDArray[np.bool_]:
    """Which pixels of a map of `size` x `size` lie on it, `(size, size)`."""
    inside: NDArray[np.bool_] = np.hypot(*np.moveaxis(centres(positions, size), -1, 0)) <= extent(positions)
    return inside


def weights(positions: Any, size: int) -> NDArray[np.float32]:
    """w of the module's equation, `(size, size, electrode)`, 0 outside the disc: map = weights @ values.

    `size` 64 for 64 electrodes is 1 MB: what a browser gets once, to follow a dragged window of time.
    """
    found = np.zeros((size, size, len(_points(positions))), np.float32)
    inside = disc(positions, size)
    found[inside] = weights_at(centres(positions, size)[inside], positions)
    return found


def weights_at(points: Any, positions: Any) -> NDArray[np.float64]:
    """w at any head coordinates `(point, 2)`: `(point, electrode)`, each row sums to 1."""
    return _basis(_points(points), _points(positions)) @ _coefficients(_points(positions))


def values(electrodes: Any, positions: Any, size: int) -> NDArray[np.float64]:
    """The map `(size, size)` of values at the electrodes, NaN outside the disc; equal to `weights @ electrodes`."""
    points = centres(positions, size)
    found = np.full((size, size), np.nan)
    inside = disc(positions, size)
    found[inside] = values_at(points[inside], electrodes, positions)
    return found


def values_at(points: Any, electrodes: Any, positions: Any) -> NDArray[np.float64]:
    """V of the module's equation at head coordinates `(point, 2)`: `(point,)`."""
    known, wanted = _points(positions), _points(points)
    given = np.asarray(electrodes, np.float64)
    if given.shape != (len(known),):
        raise InputError(f"{len(known)} electrodes have one value each, not values of shape {given.shape}.")
    solved = _coefficients(known) @ given
    step = max(1, CHUNK // (len(known) + 1))
    return np.concatenate(
        [_basis(wanted[at : at + step], known) @ solved for at in range(0, len(wanted), step)]
    )


def picture(
    electrodes: Any,
    positions: Any,
    *,
    limit: float | None = None,
    cmap: str = "blue-red",
    size: int = 300,
    ink: Rgb = INK,
    paper: Rgb = PAPER,
) -> NDArray[np.uint8]:
    """The head with its map, uint8 `(size, size, 3)`: circle, nose, ears, a dot for each electrode.

    limit: the value that gets the strongest colour; None takes the largest at an electrode.
    """
    given = np.asarray(electrodes, np.float64)
    end = float(np.abs(given).max(initial=0.0)) if limit is None else limit
    points = _pixels(positions, size)
    inside = np.hypot(points[..., 0], points[..., 1]) <= extent(positions)
    field = values_at(points[inside], given, positions).astype(np.float32)
    canvas = np.full((size, size, 3), paper, np.uint8)
    canvas[inside] = colormap.colors(cmap)[colormap.index(limits.strength(field, end))]
    _outline(canvas, positions, ink)
    return canvas


def places(positions: Any, size: int) -> NDArray[np.float64]:
    """Where electrodes are in `picture` of that size: (x, y) in pixels, `(electrode, 2)`."""
    points = _points(positions)
    scale = _scale(positions, size)
    return np.stack([size / 2 + scale * points[:, 0], size / 2 - scale * points[:, 1]], axis=1)


def _scale(positions: Any, size: int) -> float:
    """Pixels of `picture` for a radius of the head."""
    return size / 2 / (extent(positions) + ROOM)


def _pixels(positions: Any, size: int) -> NDArray[np.float64]:
    """Head coordinates of the pixels' centres of `picture`, `(size, size, 2)`."""
    at = (np.arange(size) + 0.5 - size / 2) / _scale(positions, size)
    return np.stack(np.meshgrid(at, -at), axis=-1)


def _outline(canvas: NDArray[np.uint8], positions: Any, ink: Rgb) -> None:
    """Circle, nose, ears and electrodes, with smooth edges."""
    size = len(canvas)
    scale = _scale(positions, size)
    rows, columns = np.mgrid[:size, :size] + 0.5
    x, y = np.moveaxis(_pixels(positions, size), -1, 0)
    thick = max(1.5, size / 200) / scale
    away = np.abs(np.hypot(x, y) - 1)
    for end in (-0.1, 0.1):
        away = np.minimum(away, _from_segment(x, y, (end, 0.995), (0.0, 1.12)))
    for side in (-1, 1):
        ear = np.abs(np.hypot((x - side * 1.0) / 0.5, y) - 0.16) * 0.5  # half an ellipse, outside the circle
        away = np.where(np.hypot(x, y) > 1, np.minimum(away, ear), away)
    _blend(canvas, np.clip((thick / 2 - away) * scale + 0.5, 0, 1), ink)
    dot = max(1.2, size / 150)
    for column, row in places(positions, size):
        distance = np.hypot(columns - column, rows - row)
        _blend(canvas, np.clip(dot - distance + 0.5, 0, 1), ink)


def _blend(canvas: NDArray[np.uint8], cover: NDArray[np.float64], ink: Rgb) -> None:
    part = cover[..., None]
    canvas[:] = np.floor(canvas * (1 - part) + np.array(ink) * part + 0.5).astype(np.uint8)


def _from_segment(
    x: NDArray[np.float64], y: NDArray[np.float64], start: tuple[float, float], end: tuple[float, float]
) -> NDArray[np.float64]:
    """Distance of points to a straight piece."""
    (x0, y0), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
    t = np.clip(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
    return np.asarray(np.hypot(x - x0 - t * dx, y - y0 - t * dy))


def _basis(points: NDArray[np.float64], positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """|p - p_i| and 1, `(point, electrode + 1)`."""
    apart = np.hypot(*(points[:, None] - positions[None]).transpose(2, 0, 1))
    return np.concatenate([apart, np.ones((len(points), 1))], axis=1)


def _coefficients(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """From values to (a, b): `(electrode + 1, electrode)`. Electrodes in one place get their mean."""
    count = len(positions)
    system = np.zeros((count + 1, count + 1))
    system[:count] = _basis(positions, positions)
    system[count, :count] = 1
    return np.asarray(np.linalg.pinv(system, rcond=1e-12)[:, :count], np.float64)


def _points(positions: Any) -> NDArray[np.float64]:
    """Coordinates as a finite float64 array `(point, 2)`."""
    points = np.asarray(positions, np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points) or not np.isfinite(points).all():
        raise InputError(f"positions must be finite head coordinates (electrode, 2), not {points.shape}.")
    return points
