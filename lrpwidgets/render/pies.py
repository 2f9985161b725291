"""Pies with what their slices are, side by side, for readers with no kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.render import lettering, wording
from lrpwidgets.render.figure import THEMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.render.heatmap import Rgb

SIZE, WIDE, MARGIN, CAP, SWATCH = 120, 334, 14, 9.0, 9  # pixels: of a pie, of it with its words
SHARE = 40  # pixels of the column of shares
FINER = 4  # points a pixel a side, for smooth edges


@dataclass(frozen=True)
class Slice:
    """A part of a pie: what it is, how much, its colour."""

    name: str
    amount: float
    colour: Rgb


def pies(parts: Sequence[tuple[str, Sequence[Slice]]], theme: str = "light") -> NDArray[np.uint8]:
    """Each (heading, slices) as a pie with its legend, uint8 `(height, width, 3)`; amounts of one sign in each."""
    look, line = THEMES[theme], lettering.height(CAP)
    tall = max(SIZE, *((1 + len(slices)) * line for _, slices in parts)) + MARGIN
    canvas = np.full((tall, WIDE * len(parts) + MARGIN, 3), look.background, np.uint8)
    for at, (heading, slices) in enumerate(parts):
        left = MARGIN + at * WIDE
        canvas[:SIZE, left : left + SIZE] = disc(slices, look.background)
        total = sum(one.amount for one in slices)
        x, room = left + SIZE + MARGIN, WIDE - SIZE - 2 * MARGIN
        lettering.draw(canvas, f"{heading} {wording.short(total)}", x, 0, CAP, look.ink)
        for row, one in enumerate(slices, start=1):
            amount, share = wording.short(one.amount), f"{one.amount / total:.0%}"
            end = x + room - SHARE - lettering.width(amount, CAP)
            top = row * line + (line - SWATCH) // 2
            canvas[top : top + SWATCH, x : x + SWATCH] = one.colour
            name = lettering.fit(one.name, CAP, end - x - SWATCH - 12)
            lettering.draw(canvas, name, x + SWATCH + 6, row * line, CAP, look.ink)
            lettering.draw(canvas, amount, end, row * line, CAP, look.muted)
            lettering.draw(canvas, share, x + room - lettering.width(share, CAP), row * line, CAP, look.muted)
    return canvas


def disc(slices: Sequence[Slice], background: Rgb) -> NDArray[np.uint8]:
    """The pie alone, uint8 `(SIZE, SIZE, 3)`: clockwise from the top, in the given order."""
    points = (np.arange(SIZE * FINER) + 0.5) / (SIZE * FINER) * 2 - 1
    x, y = np.meshgrid(points, points)
    turn = np.arctan2(x, -y) / (2 * np.pi) % 1
    amounts = np.abs([one.amount for one in slices])
    colours = np.array([*(one.colour for one in slices), background], float)
    if len(slices) and amounts.sum() > 0:
        part = np.searchsorted(np.cumsum(amounts)[:-1] / amounts.sum(), turn, side="right")
        part[np.hypot(x, y) > 1] = len(slices)
    else:
        part = np.full(x.shape, len(slices))
    fine = colours[part].reshape(SIZE, FINER, SIZE, FINER, 3)
    mean: NDArray[np.uint8] = np.floor(fine.mean((1, 3)) + 0.5).astype(np.uint8)
    return mean
