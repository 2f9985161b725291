"""Several maps in one picture: rows of cells, each with its words, and a colour bar for each scale that they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.errors import InputError, unknown
from lrpwidgets.render import colormap, lettering
from lrpwidgets.render import limit as limits
from lrpwidgets.render.figure import THEMES, Theme, wrap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.render.heatmap import Rgb

SIDE = 224  # pixels that a cell is wide at least
MARGIN, GAP, CAP, BAR = 14, 16, 9.5, 8
TITLE_CAP = 10.5


@dataclass(frozen=True)
class GridCell:
    """One cell: uint8 `(height, width, 3)`, or None where there is no map; and the lines above and below it."""

    picture: NDArray[np.uint8] | None
    title: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class GridRow:
    """Cells side by side, under a heading, and the labels of the colour bar below them (empty: none)."""

    heading: str
    cells: tuple[GridCell, ...]
    bar: tuple[str, str, str] | None = None


def shared_limit(maps: Sequence[NDArray[np.float32]], rule: str, fixed: float | None = None) -> float:
    """The limit of several maps `(height, width)` together: `limit` of all their values as one map."""
    if not maps:
        return 0.0
    return limits.limit(np.concatenate([one.reshape(-1) for one in maps]), rule, fixed)


def compose_grid(
    rows: Sequence[GridRow], *, cmap: str, theme: str = "light", bar: tuple[str, str, str] | None = None
) -> NDArray[np.uint8]:
    """The grid as one picture, uint8 `(height, width, 3)`; `bar`: labels of the colour bar of all rows."""
    if theme not in THEMES:
        raise InputError(unknown("theme", theme, THEMES))
    look = THEMES[theme]
    pictures = [cell.picture for row in rows for cell in row.cells if cell.picture is not None]
    wide = max([SIDE, *(picture.shape[1] for picture in pictures)])
    columns = max(len(row.cells) for row in rows)
    room = columns * wide + (columns - 1) * GAP
    parts: list[NDArray[np.uint8]] = []
    for row in rows:
        if row.heading:
            parts.append(_text([row.heading], room, TITLE_CAP, look.ink, look))
        parts.append(_beside([_cell(cell, wide, look) for cell in row.cells], room, look))
        if row.bar is not None:
            parts.append(_bar(row.bar, cmap, room, look))
    if bar is not None:
        parts.append(_bar(bar, cmap, room, look))
    return _framed(parts, room, look)


def _cell(cell: GridCell, wide: int, look: Theme) -> NDArray[np.uint8]:
    parts = [_text([cell.title], wide, TITLE_CAP, look.ink, look)]
    if cell.picture is not None:
        parts.append(_fill(cell.picture, wide, look))
    parts.append(_text(list(cell.words), wide, CAP, look.muted, look))
    return np.concatenate([part for part in parts if part.shape[0]], axis=0)


def _text(words: list[str], wide: int, cap: float, ink: Rgb, look: Theme) -> NDArray[np.uint8]:
    """Each of the words on lines of its own; what is too wide goes on in the next line."""
    lines = [line for word in words for line in broken(word, cap, wide)]
    step = lettering.height(cap)
    canvas = np.full((step * len(lines), wide, 3), look.background, np.uint8)
    for at, line in enumerate(lines):
        lettering.draw(canvas, line, 0, at * step, cap, ink)
    return canvas


def broken(sentence: str, cap: float, room: int) -> list[str]:
    """A sentence in lines no wider than `room` pixels; a single word that is too wide is cut."""
    lines: list[str] = []
    for word in sentence.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and lettering.width(longer, cap) <= room:
            lines[-1] = longer
        else:
            lines.append(lettering.fit(word, cap, room))
    return lines


def _beside(parts: list[NDArray[np.uint8]], room: int, look: Theme) -> NDArray[np.uint8]:
    tall = max(part.shape[0] for part in parts)
    canvas = np.full((tall, room, 3), look.background, np.uint8)
    x = 0
    for part in parts:
        canvas[: part.shape[0], x : x + part.shape[1]] = part
        x += part.shape[1] + GAP
    return canvas


def _bar(labels: tuple[str, str, str], cmap: str, room: int, look: Theme) -> NDArray[np.uint8]:
    step = lettering.height(CAP)
    canvas = np.full((BAR + 3 + step, room, 3), look.background, np.uint8)
    ramp = colormap.colors(cmap)
    canvas[:BAR] = ramp[np.arange(room) * len(ramp) // room]
    ((line,),) = wrap([(labels[1], look.muted)], CAP, room)[:1] or [[("", look.muted)]]
    for label, place in ((labels[0], 0.0), (line[0], 0.5), (labels[2], 1.0)):
        x = round((room - lettering.width(label, CAP)) * place)
        lettering.draw(canvas, label, x, BAR + 3, CAP, look.muted)
    return canvas


def _fill(picture: NDArray[np.uint8], wide: int, look: Theme) -> NDArray[np.uint8]:
    canvas = np.full((picture.shape[0], wide, 3), look.background, np.uint8)
    canvas[:, : picture.shape[1]] = picture
    return canvas


def _framed(parts: list[NDArray[np.uint8]], room: int, look: Theme) -> NDArray[np.uint8]:
    tall = sum(part.shape[0] + GAP for part in parts) - GAP
    canvas = np.full((tall + 2 * MARGIN, room + 2 * MARGIN, 3), look.background, np.uint8)
    y = MARGIN
    for part in parts:
        canvas[y : y + part.shape[0], MARGIN : MARGIN + room] = part
        y += part.shape[0] + GAP
    return canvas
