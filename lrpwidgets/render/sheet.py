"""A page of small pictures with their names, for readers with no kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.render import lettering
from lrpwidgets.render.figure import THEMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 96  # pixels of a picture
GAP = 12
ACROSS = 8  # tiles in a row
CAP = 8.0
WRONG = (198, 40, 40)


@dataclass(frozen=True)
class Tile:
    """A picture uint8 (height, width, 3), or None where only its name can be shown; a line of words under it."""

    pixels: NDArray[np.uint8] | None
    title: str
    words: str
    wrong: bool


def sheet(heading: str, tiles: Sequence[Tile], theme: str = "light") -> NDArray[np.uint8]:
    """The tiles in rows under a heading, uint8 (height, width, 3). Wrong ones are framed and say so."""
    colours = THEMES[theme]
    line = lettering.height(CAP)
    rows = -(-len(tiles) // ACROSS)
    width = GAP + ACROSS * (SIDE + GAP)
    canvas = np.empty((GAP + 2 * line + rows * (SIDE + 2 * line + GAP), width, 3), np.uint8)
    canvas[:] = colours.background
    lettering.draw(canvas, lettering.fit(heading, CAP, width - 2 * GAP), GAP, GAP, CAP, colours.ink)
    for at, tile in enumerate(tiles):
        x = GAP + at % ACROSS * (SIDE + GAP)
        y = GAP + 2 * line + at // ACROSS * (SIDE + 2 * line + GAP)
        ink = WRONG if tile.wrong else colours.muted
        if tile.wrong:
            canvas[y - 3 : y + SIDE + 3, x - 3 : x + SIDE + 3] = WRONG
        place = canvas[y : y + SIDE, x : x + SIDE]
        place[:] = colours.background
        if tile.pixels is None:
            lettering.draw(
                place, lettering.fit(tile.title, CAP, SIDE), 0, (SIDE - line) // 2, CAP, colours.ink
            )
        else:
            fitted = _fitted(tile.pixels)
            top, left = ((SIDE - side) // 2 for side in fitted.shape[:2])
            place[top : top + fitted.shape[0], left : left + fitted.shape[1]] = fitted
        lettering.draw(canvas, lettering.fit(tile.words, CAP, SIDE), x, y + SIDE + 4, CAP, ink)
    return canvas


def _fitted(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture as large as fits, by the nearest pixel."""
    scale = SIDE / max(pixels.shape[:2])
    rows, columns = (
        np.minimum((np.arange(max(1, round(side * scale))) / scale).astype(int), side - 1)
        for side in pixels.shape[:2]
    )
    fitted: NDArray[np.uint8] = pixels[rows][:, columns]
    return fitted
