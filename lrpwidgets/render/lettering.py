"""Text in pictures without a font file: strokes of our own, drawn with smooth edges.

A glyph is a path of lines (L) and quadratic curves (Q) on a grid where capitals go from y = 0 to the
baseline y = 10, small letters start at y = 3.2 and tails end at y = 13.2. ASCII only; others become "?".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.render.glyphs import PATHS

if TYPE_CHECKING:
    from numpy.typing import NDArray

CAP = 10.0  # grid units from the top of a capital to the baseline
TOP, BOTTOM = -1.5, 14.5  # grid units that a line of text covers
SPACE = 3.4  # advance of a blank
BETWEEN = 2.3  # from one glyph's right edge to the next one's left
DIGIT = 6.0  # digits are equally wide, so that numbers line up
WEIGHT = 1.25  # stroke width in grid units
CURVE_STEPS = 8
ELLIPSIS = "..."


def width(text: str, cap: float) -> int:
    """Pixels that `text` takes when capitals are `cap` pixels high."""
    return sum(_glyph(char, cap).shape[1] for char in plain(text))


def height(cap: float) -> int:
    """Pixels from the top of one line to the top of the next."""
    return round((BOTTOM - TOP) * cap / CAP)


def fit(text: str, cap: float, room: int) -> str:
    """`text`, shortened with "..." if it is wider than `room` pixels."""
    text = plain(text)
    if width(text, cap) <= room:
        return text
    while text and width(text + ELLIPSIS, cap) > room:
        text = text[:-1]
    return text + ELLIPSIS


def draw(canvas: NDArray[np.uint8], text: str, x: int, y: int, cap: float, ink: tuple[int, int, int]) -> None:
    """Writes `text` into `canvas` `(height, width, 3)`; (x, y) is the line's upper left corner.

    What would fall outside the canvas is cut off.
    """
    for char in plain(text):
        mask = _glyph(char, cap)
        area = canvas[max(y, 0) : y + mask.shape[0], max(x, 0) : x + mask.shape[1]]
        part = mask[max(-y, 0) :, max(-x, 0) :][: area.shape[0], : area.shape[1], None]
        area[:] = np.floor(area * (1 - part) + np.array(ink) * part + 0.5).astype(np.uint8)
        x += mask.shape[1]


def plain(text: str) -> str:
    """One line of the characters that can be drawn, "?" for each other one."""
    return "".join(char if char in PATHS or char == " " else "?" for char in " ".join(text.split()))


@lru_cache(maxsize=1024)
def _glyph(char: str, cap: float) -> NDArray[np.float64]:
    """Coverage 0..1 of one character's pixels, its advance included."""
    unit = cap / CAP
    rows = height(cap)
    if char == " ":
        return np.zeros((rows, max(1, round(SPACE * unit))))
    starts, ends = segments(PATHS[char])
    right = DIGIT if char.isdigit() else float(max(starts[:, 0].max(), ends[:, 0].max()))
    columns = max(1, round((right + BETWEEN) * unit))
    y, x = np.mgrid[:rows, :columns] + 0.5
    points = np.stack([x / unit - BETWEEN / 2, y / unit + TOP], axis=-1)[:, :, None]  # in grid units
    along = ends - starts
    length = np.maximum((along**2).sum(-1), 1e-12)
    t = np.clip(((points - starts) * along).sum(-1) / length, 0, 1)
    distance = np.sqrt(((points - starts - t[..., None] * along) ** 2).sum(-1)).min(axis=2)
    weight = max(WEIGHT * unit, 1.15)  # thinner strokes would be grey
    return np.asarray(np.clip(weight / 2 + 0.5 - distance * unit, 0, 1))


def segments(path: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Starts and ends `(n, 2)` of the straight pieces of a glyph's path."""
    starts: list[NDArray[np.float64]] = []
    ends: list[NDArray[np.float64]] = []
    pen = np.zeros(2)
    for command, numbers in _commands(path):
        if command == "M":
            pen = numbers[0]
            continue
        corners = [numbers[0]]
        if command == "Q":
            t = np.arange(1, CURVE_STEPS + 1)[:, None] / CURVE_STEPS
            corners = list((1 - t) ** 2 * pen + 2 * t * (1 - t) * numbers[0] + t**2 * numbers[1])
        for corner in corners:
            starts.append(pen)
            ends.append(corner)
            pen = corner
    return np.array(starts), np.array(ends)


def _commands(path: str) -> list[tuple[str, NDArray[np.float64]]]:
    """("M" | "L" | "Q", points `(1 or 2, 2)`) for each step of a path."""
    steps: list[tuple[str, list[float]]] = []
    for token in path.replace("M", " M ").replace("L", " L ").replace("Q", " Q ").split():
        if token in "MLQ":
            steps.append((token, []))
        else:
            steps[-1][1].append(float(token))
    return [(command, np.array(numbers).reshape(-1, 2)) for command, numbers in steps]
