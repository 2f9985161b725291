"""A sequence logo of relevance: letters above the axis speak for the target, those below, upside down, against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.render import colormap, lettering, letters
from lrpwidgets.render import limit as limits
from lrpwidgets.render.letters import Box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lrpwidgets.render.figure import Theme
    from lrpwidgets.render.heatmap import Rgb

GUTTER, TALL, CELL = 52, 132, 10  # pixels: left of the logo, of its height, of a row of mutations
WIDEST, NARROWEST = 22, 11  # of a position
PER_ROW, MOST = 80, 960  # positions
CAP = 7.5
DOT = (90, 90, 90)  # of the letter that is there: its cell is zero, and so light in either theme
FAINTEST = 0.004  # letters lower than this part of the whole height are no more than the axis


@dataclass(frozen=True)
class Logo:
    """What a logo shows: which letter stands where, how high each letter is, and what mutations change.

    letters: int64 (position,), the alphabet's length where unknown; heights: float32 (position, letter), in units of
    the score; change: float32 (position, letter) of the score, NaN where not asked, or None; names: of the positions.
    """

    alphabet: str
    letters: NDArray[np.int64]
    heights: NDArray[np.float32]
    names: Sequence[int]
    change: NDArray[np.float32] | None = None

    def cut(self, first: int, last: int) -> Logo:
        """Positions `first` up to, not including, `last`."""
        part = slice(first, last)
        change = None if self.change is None else self.change[part]
        return Logo(self.alphabet, self.letters[part], self.heights[part], self.names[part], change)


def heights(
    letters_there: NDArray[np.int64], hot: NDArray[Any], relevance: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How high each letter stands (position, letter), from one-hot input and relevance (position, letter).

    Where one letter is there, it stands for its position: its height is the sum of relevance over the letters, some of
    which may lie on absent ones (zB, w^2). Where several are, or none is known, each has its own.
    """
    own = np.array(relevance, dtype=np.float32)
    single = np.flatnonzero(((hot != 0).sum(-1) == 1) & (letters_there < hot.shape[-1]))
    total = np.zeros(len(own), np.float64)
    for column in relevance.T:
        total += column
    own[single] = 0
    own[single, letters_there[single]] = total[single]
    return own


def stack(column: NDArray[np.float32]) -> list[tuple[int, float, float]]:
    """The letters of one position as (letter, from, to) in units of relevance, small ones next to the axis."""
    placed = []
    up = down = 0.0
    for letter in sorted(np.flatnonzero(column).tolist(), key=lambda at: (abs(float(column[at])), at)):
        value = float(column[letter])
        if value > 0:
            placed.append((letter, up, up + value))
            up += value
        else:
            placed.append((letter, down, down + value))
            down += value
    return placed


def reach(high: NDArray[np.float32]) -> tuple[float, float]:
    """How far letters go below and above the axis, both >= 0."""
    above = np.where(high > 0, high, 0).sum(-1, dtype=np.float64)
    below = -np.where(high < 0, high, 0).sum(-1, dtype=np.float64)
    return float(below.max(initial=0)), float(above.max(initial=0))


def draw(
    logo: Logo, theme: Theme, *, limit: float | None, cmap: str, change_limit: float
) -> tuple[NDArray[np.uint8], str]:
    """The logo as a picture uint8 (height, width, 3), and as SVG elements in the same pixels.

    limit: relevance that gets the whole height; None: the highest stack. Higher ones are cut off at the edge.
    """
    count = len(logo.letters)
    per_row = min(count, PER_ROW)
    wide = int(np.clip(900 // per_row, NARROWEST, WIDEST))
    below, above = reach(logo.heights)
    if limit is not None:
        below, above = min(below, limit), min(above, limit)
    if not below + above > 0:
        above = 1.0
    rows = -(-count // per_row)
    strip = 0 if logo.change is None else CELL * len(logo.alphabet) + 4
    tall = TALL + strip + lettering.height(CAP) + 14
    sheet = _Sheet(rows * tall, GUTTER + per_row * wide + 8, theme)
    for row in range(rows):
        part = logo.cut(row * per_row, min(count, (row + 1) * per_row))
        _row(sheet, part, row * tall, wide, below, above)
        if part.change is not None:
            _strip(sheet, part, row * tall + TALL + 4, wide, cmap, change_limit)
        _positions(sheet, part, row * tall + TALL + strip + 4, wide)
    return sheet.canvas, "\n".join(sheet.parts)


class _Sheet:
    """Pixels and SVG, drawn together."""

    def __init__(self, height: int, width: int, theme: Theme) -> None:
        self.canvas = np.full((height, width, 3), theme.background, np.uint8)
        self.parts: list[str] = []
        self.theme = theme

    def fill(self, x: int, y: int, width: int, height: int, ink: Rgb) -> None:
        self.canvas[y : y + height, x : x + width] = ink
        colour = bytes(int(part) for part in ink).hex()
        self.parts.append(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="#{colour}"/>')

    def word(self, text: str, x: float, y: int, *, right: bool = False, middle: bool = False) -> None:
        size = lettering.width(text, CAP)
        at = round(x - size if right else x - size / 2 if middle else x)
        lettering.draw(self.canvas, text, at, y, CAP, self.theme.muted)
        anchor = "end" if right else "middle" if middle else "start"
        colour = bytes(self.theme.muted).hex()
        self.parts.append(
            f'<text x="{x:.1f}" y="{y + round(1.15 * CAP)}" font-size="10.5" text-anchor="{anchor}" '
            f'fill="#{colour}">{text}</text>'
        )

    def letter(self, letter: str, box: Box, ink: Rgb) -> None:
        letters.paint(self.canvas, letter, box, ink)
        self.parts.append(letters.vector(letter, box, ink))


def _row(sheet: _Sheet, logo: Logo, top: int, wide: int, below: float, above: float) -> None:
    per_unit = (TALL - 2) / (below + above)
    zero = top + 1 + above * per_unit
    inks = letters.colours(logo.alphabet, sheet.theme.ink, dark=sum(sheet.theme.background) < 384)
    for at, column in enumerate(logo.heights):
        x = GUTTER + at * wide + 0.5
        for letter, inner, outer in stack(column):
            start, end = (float(np.clip(side, -below, above)) for side in (inner, outer))
            if abs(end - start) < FAINTEST * (below + above):
                continue
            box = Box(
                x, zero - max(start, end) * per_unit, wide - 1, abs(end - start) * per_unit, end < start
            )
            sheet.letter(logo.alphabet[letter], box, inks[letter])
    middle = round(zero)
    sheet.fill(GUTTER, middle, len(logo.letters) * wide, 1, sheet.theme.muted)
    high, low = (f"{value:+.3g}" for value in (above, -below))
    line = lettering.height(CAP)
    sheet.word(high, GUTTER - 6, top, right=True)
    if abs(middle - top - line // 2) >= line and abs(top + TALL - middle) >= line:
        sheet.word("0", GUTTER - 6, middle - line // 2, right=True)
    if below > 0:
        sheet.word(low, GUTTER - 6, top + TALL - line, right=True)


def _strip(sheet: _Sheet, logo: Logo, top: int, wide: int, cmap: str, limit: float) -> None:
    """What each letter at each position would change, red up, blue down; a dot marks the letter that is there."""
    change = logo.change
    assert change is not None
    known = np.isfinite(change)
    picture = colormap.colors(cmap)[colormap.index(limits.strength(np.where(known, change, 0), limit))]
    for letter, name in enumerate(logo.alphabet):
        y = top + letter * CELL
        sheet.word(name, GUTTER - 6, y - 1, right=True)
        for at in range(len(logo.letters)):
            if known[at, letter]:
                sheet.fill(GUTTER + at * wide, y, wide - 1, CELL - 1, tuple(picture[at, letter].tolist()))
            if logo.letters[at] == letter:
                sheet.fill(GUTTER + at * wide + wide // 2 - 1, y + CELL // 2 - 2, 3, 3, DOT)


def _positions(sheet: _Sheet, logo: Logo, top: int, wide: int) -> None:
    for at, name in enumerate(logo.names):
        if name % 10 == 0 or at == 0:
            middle = GUTTER + at * wide + wide // 2
            sheet.fill(middle, top - 3, 1, 3, sheet.theme.muted)
            sheet.word(str(name), middle, top, middle=True)
