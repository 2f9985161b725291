"""Pictures one below the other, and tables of words: pages for readers with no kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.render import lettering
from lrpwidgets.render.figure import THEMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARGIN, GAP, CAP = 14, 24, 9.0
WIDEST = 360  # pixels of a table's column


def stacked(pictures: Sequence[NDArray[np.uint8]], theme: str = "light") -> NDArray[np.uint8]:
    """The pictures uint8 `(height, width, 3)` below each other, on the theme's ground, left edges level."""
    wide = max(one.shape[1] for one in pictures)
    canvas = np.full(
        (sum(one.shape[0] for one in pictures), wide, 3), THEMES[theme].background, dtype=np.uint8
    )
    y = 0
    for one in pictures:
        canvas[y : y + one.shape[0], : one.shape[1]] = one
        y += one.shape[0]
    return canvas


def table(heading: str, rows: Sequence[Sequence[str]], theme: str = "light") -> NDArray[np.uint8]:
    """Rows of cells in columns as wide as their words, the first row muted, uint8 `(height, width, 3)`."""
    look, line = THEMES[theme], lettering.height(CAP)
    fitted = [[lettering.fit(cell, CAP, WIDEST) for cell in row] for row in rows]
    widths = [
        max(lettering.width(cell, CAP) for cell in column) + GAP for column in zip(*fitted, strict=True)
    ]
    wide = max(sum(widths) - GAP, lettering.width(heading, CAP))
    tall = (2 + len(rows)) * line + line // 2
    canvas = np.full((tall, wide + 2 * MARGIN, 3), look.background, np.uint8)
    lettering.draw(canvas, heading, MARGIN, 0, CAP, look.ink)
    for at, row in enumerate(fitted):
        x = MARGIN
        for cell, width in zip(row, widths, strict=True):
            y = (1 + at) * line + line // 2
            lettering.draw(canvas, cell, x, y, CAP, look.ink if at else look.muted)
            x += width
    return canvas
