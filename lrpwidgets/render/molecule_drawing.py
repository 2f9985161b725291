"""Atoms as discs with their symbols, bonds as lines: a molecule as pixels, smooth at the edges, in pure numpy.

A rotation (3, 3) takes positions to the screen: its rows are the screen's right, up, and towards the reader. What is
nearer covers what is further away, and there is no perspective, so that lengths can be compared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.domains.elements import covalent_radius
from lrpwidgets.domains.molecule_geometry import bonds
from lrpwidgets.render import colormap, lettering
from lrpwidgets.render import limit as limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.render.heatmap import Rgb

WIDE, HIGH, BORDER = 640, 420, 40
LARGEST_UNIT = 110.0  # pixels to an Angstrom, so that two atoms are no giants
DISC = 0.55  # of the covalent radius, and at least:
LEAST_DISC = 0.28  # Angstrom
LINE = 0.11  # Angstrom
BLACK, WHITE = (17, 17, 17), (255, 255, 255)


@dataclass(frozen=True)
class Scene:
    """One molecule to draw: positions in Angstrom (atom, 3), and the relevance of each atom."""

    numbers: Sequence[int]
    positions: NDArray[np.float64]
    relevance: NDArray[np.float32]
    labels: Sequence[str]


@dataclass(frozen=True)
class Slice:
    """Values (column, row) of a plane: pixel (0, 0) is centred on `corner`, one step is `across` or `along`."""

    values: NDArray[np.float64]
    corner: NDArray[np.float64]
    across: NDArray[np.float64]
    along: NDArray[np.float64]


def disc(number: int) -> float:
    """The radius in Angstrom with which an atom is drawn."""
    return max(LEAST_DISC, DISC * covalent_radius(number))


def paint(
    scene: Scene,
    rotation: NDArray[np.float64],
    limit: float,
    cmap: str,
    *,
    background: Rgb,
    ink: Rgb,
    muted: Rgb,
    plane: Slice | None = None,
    plane_limit: float = 0.0,
    cursor: int | None = None,
) -> NDArray[np.uint8]:
    """The molecule, uint8 (height, width, 3). Atoms are coloured as pixels are: red for, blue against, zero neutral."""
    centre = scene.positions.mean(axis=0)
    placed = (scene.positions - centre) @ rotation.T
    radii = np.array([disc(number) for number in scene.numbers])
    reach = (np.abs(placed[:, :2]) + radii[:, None]).max(axis=0)
    if plane is not None:
        corners = np.stack(
            [
                plane.corner
                + i * plane.across * plane.values.shape[0]
                + j * plane.along * plane.values.shape[1]
                for i in (0, 1)
                for j in (0, 1)
            ]
        )
        reach = np.maximum(reach, np.abs(((corners - centre) @ rotation.T)[:, :2]).max(axis=0))
    unit = min(LARGEST_UNIT, (WIDE / 2 - BORDER) / reach[0], (HIGH / 2 - BORDER) / reach[1])
    middle = np.array([WIDE / 2, HIGH / 2])
    at = middle + placed[:, :2] * [unit, -unit]
    canvas = np.full((HIGH, WIDE, 3), background, np.float64)
    if plane is not None:
        _plane(canvas, plane, centre, rotation, unit, plane_limit, cmap)
    fills = colormap.colors(cmap)[colormap.index(limits.strength(scene.relevance, limit))]
    pairs = bonds(scene.numbers, scene.positions)
    things = [(placed[[a, b], 2].mean() - 1e-3, "bond", (a, b)) for a, b in pairs]
    things += [(placed[atom, 2], "atom", (atom, atom)) for atom in range(len(placed))]
    for _, kind, (first, second) in sorted(things, key=lambda thing: (thing[0], thing[1])):
        if kind == "bond":
            ends = _outside(at[first], at[second], radii[[first, second]], scene.positions[[first, second]])
            _capsule(canvas, *ends, LINE * unit / 2, muted)
            continue
        radius = radii[first] * unit
        if first == cursor:
            _capsule(canvas, at[first], at[first], radius + 6, ink)
            _capsule(canvas, at[first], at[first], radius + 4, background)
        _capsule(canvas, at[first], at[first], radius + 1.5, muted)
        _capsule(canvas, at[first], at[first], radius, tuple(fills[first]))
        _letter(canvas, scene.labels[first], at[first], radius, fills[first])
    return np.floor(canvas + 0.5).astype(np.uint8)


def _outside(
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    radii: NDArray[np.float64],
    positions: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The part of a bond outside the two balls, on the screen; from middle to middle where these touch."""
    inside = radii / max(float(np.linalg.norm(positions[1] - positions[0])), 1e-9)
    if inside.sum() >= 1:
        return start, end
    along = end - start
    return start + inside[0] * along, end - inside[1] * along


def _capsule(
    canvas: NDArray[np.float64],
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    radius: float,
    colour: Rgb,
) -> None:
    """All points within `radius` of the segment; a disc where it has no length."""
    low = np.floor(np.minimum(start, end) - radius - 1).astype(int)
    high = np.ceil(np.maximum(start, end) + radius + 1).astype(int)
    x0, y0 = np.maximum(low, 0)
    x1, y1 = np.minimum(high, [canvas.shape[1], canvas.shape[0]])
    if x1 <= x0 or y1 <= y0:
        return
    y, x = np.mgrid[y0:y1, x0:x1] + 0.5
    along = end - start
    t = np.clip(
        ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / max(float(along @ along), 1e-9), 0, 1
    )
    distance = np.hypot(x - start[0] - t * along[0], y - start[1] - t * along[1])
    cover = np.clip(radius + 0.5 - distance, 0, 1)[..., None]
    canvas[y0:y1, x0:x1] += cover * (np.array(colour) - canvas[y0:y1, x0:x1])


def _letter(
    canvas: NDArray[np.float64], text: str, at: NDArray[np.float64], radius: float, fill: NDArray[np.uint8]
) -> None:
    """The label in the middle of its disc, dark on light and light on dark; left out where it does not fit."""
    cap = min(14.0, 0.75 * radius)
    wide = lettering.width(text, cap)
    if cap < 5 or not text:
        return
    light = float(fill @ np.array([0.299, 0.587, 0.114])) > 140
    x, y = round(at[0] - wide / 2), round(at[1] - lettering.height(cap) / 2)
    low = max(y, 0)
    part = np.floor(canvas[low : y + lettering.height(cap)] + 0.5).astype(np.uint8)
    lettering.draw(part, text, x, y - low, cap, BLACK if light else WHITE)
    canvas[low : low + len(part)] = part


def _plane(
    canvas: NDArray[np.float64],
    plane: Slice,
    centre: NDArray[np.float64],
    rotation: NDArray[np.float64],
    unit: float,
    limit: float,
    cmap: str,
) -> None:
    """Colours of a slice under the atoms; nothing where it has no value, or is seen from its edge."""
    steps = np.stack([plane.across, plane.along], axis=1)  # (3, 2)
    seen = (rotation @ steps)[:2]
    if math.isclose(float(np.linalg.det(seen)), 0.0, abs_tol=1e-9):
        return
    y, x = np.mgrid[: canvas.shape[0], : canvas.shape[1]] + 0.5
    screen = np.stack([(x - canvas.shape[1] / 2) / unit, (canvas.shape[0] / 2 - y) / unit])
    origin = (rotation @ (plane.corner - centre))[:2]
    cell = np.einsum("ij,jyx->iyx", np.linalg.inv(seen), screen - origin[:, None, None])
    column, row = np.floor(cell + 0.5).astype(int)
    columns, rows = plane.values.shape
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    values = np.full(inside.shape, np.nan)
    values[inside] = plane.values[column[inside], row[inside]]
    shown = np.isfinite(values)
    index = colormap.index(limits.strength(np.nan_to_num(values).astype(np.float32), limit))
    canvas[shown] = colormap.colors(cmap)[index[shown]]
