"""A histogram and a table as one picture, for readers who have no kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.render import lettering

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH, BARS, MARGIN, CAP = 640, 160, 14, 9.5
INK, MUTED, PAPER, BAR = (33, 33, 33), (97, 97, 97), (255, 255, 255), (0, 163, 122)


def picture(
    counts: Sequence[int], ends: tuple[str, str], title: str, rows: Sequence[Sequence[str]]
) -> NDArray[np.uint8]:
    """Bars of `counts` between the labels `ends`, `title` above, `rows` of equally wide cells below; uint8 RGB."""
    line = lettering.height(CAP)
    canvas = np.full((2 * MARGIN + BARS + (3 + len(rows)) * line, WIDTH + 2 * MARGIN, 3), PAPER, np.uint8)
    y = MARGIN
    lettering.draw(canvas, lettering.fit(title, CAP, WIDTH), MARGIN, y, CAP, INK)
    y += line
    most = max(counts, default=0)
    for at, count in enumerate(counts):
        left, right = (MARGIN + WIDTH * end // len(counts) for end in (at, at + 1))
        canvas[y + BARS - round(BARS * count / most) if most else y + BARS : y + BARS, left : right - 1] = BAR
    y += BARS
    canvas[y - 1, MARGIN : MARGIN + WIDTH] = MUTED
    lettering.draw(canvas, ends[0], MARGIN, y, CAP, MUTED)
    lettering.draw(canvas, ends[1], MARGIN + WIDTH - lettering.width(ends[1], CAP), y, CAP, MUTED)
    y += 2 * line
    for row in rows:
        room = WIDTH // len(row)
        for at, cell in enumerate(row):
            lettering.draw(canvas, lettering.fit(cell, CAP, room - 8), MARGIN + at * room, y, CAP, INK)
        y += line
    return canvas
