"""Explanations of a function of two variables: its values as shades, the relevance as a field of arrows (Fig. 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.render import lettering
from lrpwidgets.render.figure import THEMES, Theme
from lrpwidgets.render.lines import polyline
from lrpwidgets.render.wording import number

if TYPE_CHECKING:
    from numpy.typing import NDArray

ARROWS = 12  # a side
LONGEST = 0.85  # of the distance between two arrows
SHADES = 10
ROUNDING = 1e-5  # of a shade: f on the edge of one belongs to it
DARKEST = 0.4  # how much of the ink the highest values have
SIDE, CAP, MARGIN, GAP = 288, 9.5, 14, 22
POINT_INK = (25, 118, 210)
FOR, AGAINST = (192, 57, 43), (42, 111, 176)


@dataclass(frozen=True, eq=False)
class Field:
    """Relevance on the nodes of a grid: `relevance` float32 (method, row, column, 2), `score` float32 (row, column).

    Rows follow the second variable upwards, columns the first one. `low`, `high`: the ends of both axes.
    """

    methods: tuple[str, ...]
    relevance: NDArray[np.float32]
    score: NDArray[np.float32]
    low: tuple[float, float]
    high: tuple[float, float]
    names: tuple[str, str]

    @property
    def nodes(self) -> int:
        """Nodes a side."""
        return len(self.score)

    def node(self, point: tuple[float, float]) -> tuple[int, int]:
        """The nearest node (row, column)."""
        column, row = (
            int(np.clip(np.floor((at - low) / (high - low) * (self.nodes - 1) + 0.5), 0, self.nodes - 1))
            for at, low, high in zip(point, self.low, self.high, strict=True)
        )
        return row, column

    def place(self, row: int, column: int) -> tuple[float, float]:
        """Where a node lies."""
        first, second = (
            low + (high - low) * at / (self.nodes - 1)
            for at, low, high in zip((column, row), self.low, self.high, strict=True)
        )
        return first, second

    def arrows(self) -> list[int]:
        """The rows, and the columns, that have an arrow."""
        step = max(1, (self.nodes - 1) // ARROWS)
        return list(range(step // 2, self.nodes - step // 2, step))

    def longest(self, method: int) -> float:
        """The longest of a method's arrows, which sets the scale of them all."""
        at = np.ix_(self.arrows(), self.arrows())
        return float(np.hypot(*np.moveaxis(self.relevance[method].astype(np.float64)[at], -1, 0)).max())


def paint(field: Field, point: tuple[float, float], theme: str = "light") -> NDArray[np.uint8]:
    """The panels of all methods side by side with the point, and what is relevant there: uint8 (height, width, 3)."""
    colours = THEMES[theme]
    panels = [_panel(field, method, point, colours) for method in range(len(field.methods))]
    height = panels[0].shape[0]
    gap = np.full((height, GAP, 3), colours.background, np.uint8)
    row = [part for panel in panels for part in (gap, panel)][1:]
    body = np.concatenate(row, axis=1)
    line = lettering.height(CAP)
    canvas = np.full(
        (height + line + 3 * MARGIN, body.shape[1] + 2 * MARGIN, 3), colours.background, np.uint8
    )
    canvas[MARGIN : MARGIN + height, MARGIN:-MARGIN] = body
    at = field.node(point)
    place = ", ".join(
        f"{name} = {number(value)}" for name, value in zip(field.names, field.place(*at), strict=True)
    )
    words = f"{place}: f = {number(float(field.score[at]))}"
    lettering.draw(canvas, words, MARGIN, height + 2 * MARGIN, CAP, colours.ink)
    return canvas


def _panel(field: Field, method: int, point: tuple[float, float], theme: Theme) -> NDArray[np.uint8]:
    line = lettering.height(CAP)
    canvas = np.full((SIDE + 4 * line + 16, SIDE, 3), theme.background, np.uint8)
    lettering.draw(canvas, lettering.fit(field.methods[method], CAP, SIDE), 0, 0, CAP, theme.ink)
    plane = _plane(field, method, theme)
    longest = field.longest(method)
    row, column = field.node(point)
    if longest > 0:
        _arrow(plane, field, method, (row, column), longest, POINT_INK, 2.6)
    x, y = _xy(field, row, column)
    _disc(plane, x, y, 5, theme.background)
    _disc(plane, x, y, 4, POINT_INK)
    canvas[line + 4 : line + 4 + SIDE] = plane
    y0 = line + SIDE + 12
    values = field.relevance[method, row, column].astype(np.float64)
    limit = float(np.abs(field.relevance[method]).max())
    for value, name in zip(values, field.names, strict=True):
        _bar(canvas, y0, f"R of {name}", float(value), limit, theme)
        y0 += line
    words = f"longest arrow {longest:.3g}, longest bar {limit:.3g}"
    lettering.draw(canvas, lettering.fit(words, CAP, SIDE), 0, y0, CAP, theme.muted)
    return canvas


def _plane(field: Field, method: int, theme: Theme) -> NDArray[np.uint8]:
    """Shades of f, and the arrows."""
    low, high = float(field.score.min()), float(field.score.max())
    part = (field.score - low) / (high - low) if high > low else np.zeros_like(field.score)
    shade = np.minimum(np.floor(part * SHADES + ROUNDING), SHADES - 1) / (SHADES - 1) * DARKEST
    at = (np.arange(SIDE) * field.nodes) // SIDE
    shade = shade[at[::-1]][:, at][..., None]
    canvas = np.floor(np.array(theme.background) * (1 - shade) + np.array(theme.ink) * shade + 0.5)
    plane: NDArray[np.uint8] = canvas.astype(np.uint8)
    longest = field.longest(method)
    if longest > 0:
        for row in field.arrows():
            for column in field.arrows():
                _arrow(plane, field, method, (row, column), longest, theme.ink, 1.2)
    return plane


def _arrow(
    plane: NDArray[np.uint8],
    field: Field,
    method: int,
    at: tuple[int, int],
    longest: float,
    ink: tuple[int, int, int],
    weight: float,
) -> None:
    x, y = _xy(field, *at)
    first, second = (float(part) for part in field.relevance[method][at])
    unit = LONGEST * SIDE / len(field.arrows()) / longest
    dx, dy = first * unit, -second * unit
    length = float(np.hypot(dx, dy))
    if length < 0.5:
        _disc(plane, x, y, 1, ink)
        return
    polyline(plane, [(x, y), (x + dx, y + dy)], ink, weight=weight)
    head = min(5.0, 0.5 * length) / length
    for turn in (0.5, -0.5):
        tip = (x + dx - head * (dx - turn * dy), y + dy - head * (dy + turn * dx))
        polyline(plane, [(x + dx, y + dy), tip], ink, weight=weight)


def _disc(plane: NDArray[np.uint8], x: float, y: float, radius: float, ink: tuple[int, int, int]) -> None:
    rows, columns = np.mgrid[: plane.shape[0], : plane.shape[1]] + 0.5
    cover = np.clip(radius + 0.5 - np.hypot(columns - x, rows - y), 0, 1)[..., None]
    plane[:] = np.floor(plane * (1 - cover) + np.array(ink) * cover + 0.5)


def _xy(field: Field, row: int, column: int) -> tuple[float, float]:
    return (column + 0.5) * SIDE / field.nodes, (field.nodes - 0.5 - row) * SIDE / field.nodes


def _bar(canvas: NDArray[np.uint8], y: int, name: str, value: float, limit: float, theme: Theme) -> None:
    """A bar from the middle, red to the right or blue to the left, between its name and its number."""
    left, right = 64, SIDE - 64
    middle, thick = (left + right) // 2, round(CAP)
    lettering.draw(canvas, lettering.fit(name, CAP, left - 4), 0, y, CAP, theme.muted)
    length = round((right - left) / 2 * min(1.0, abs(value) / limit)) if limit > 0 else 0
    ends = (middle, middle + length) if value > 0 else (middle - length, middle)
    canvas[y + 2 : y + 2 + thick, ends[0] : ends[1]] = FOR if value > 0 else AGAINST
    canvas[y : y + thick + 4, middle] = theme.muted
    word = number(value)
    lettering.draw(canvas, word, SIDE - lettering.width(word, CAP), y, CAP, theme.ink)
