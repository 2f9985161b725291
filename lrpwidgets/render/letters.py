"""Letters stretched to any box, for sequence logos: one shape for pixels, SVG and the browser.

A letter is the stroke of its glyph (`glyphs`) with a heavy pen; the box around the stroke is mapped onto the box asked
for, stroke and all, as sequence logos have stretched letters since Schneider and Stephens (1990).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.render.glyphs import PATHS
from lrpwidgets.render.lettering import segments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.render.heatmap import Rgb

PEN = 2.4  # stroke width on the glyphs' grid, where capitals are 10 high
SAMPLES = 3  # a pixel's coverage is that of SAMPLES x SAMPLES points in it
INSTEAD = "?"  # of a letter that has no glyph

# The usual colours: A green, C blue, G orange, T and U red; amino acids by their chemistry. (light theme, dark theme)
GREEN, BLUE = ((0, 128, 0), (76, 187, 76)), ((0, 60, 235), (110, 160, 255))
ORANGE, RED = ((240, 150, 0), (255, 184, 64)), ((220, 20, 20), (255, 96, 88))
PURPLE = ((140, 40, 160), (206, 130, 226))
BASES = {"A": GREEN, "C": BLUE, "G": ORANGE, "T": RED, "U": RED}
ACIDS = {
    **dict.fromkeys("GSTYC", GREEN),
    **dict.fromkeys("QN", PURPLE),
    **dict.fromkeys("KRH", BLUE),
    **dict.fromkeys("DE", RED),
}


def colours(alphabet: str, ink: Rgb, *, dark: bool) -> tuple[Rgb, ...]:
    """The colour of each letter; `ink` for letters that have none of their own."""
    table: dict[str, tuple[Rgb, Rgb]] = BASES if set(alphabet) <= set(BASES) else ACIDS
    return tuple(table[letter][dark] if letter in table else ink for letter in alphabet)


@dataclass(frozen=True)
class Box:
    """Where a letter goes, in pixels; upside down if `flipped`."""

    x: float
    y: float
    width: float
    height: float
    flipped: bool = False


@lru_cache(maxsize=256)
def outline(letter: str) -> tuple[str, float, float, float, float]:
    """The path of a letter's stroke, and the box (left, top, right, bottom) around it, pen included."""
    path = PATHS.get(letter, PATHS[INSTEAD])
    starts, ends = segments(path)
    points = np.concatenate([starts, ends])
    left, top = points.min(axis=0) - PEN / 2
    right, bottom = points.max(axis=0) + PEN / 2
    return path, float(left), float(top), float(right), float(bottom)


def paint(canvas: NDArray[np.uint8], letter: str, box: Box, ink: Rgb) -> None:
    """Draw a letter into `canvas` (height, width, 3); what lies outside is cut off."""
    if box.width <= 0 or box.height <= 0:
        return
    path, left, top, right, bottom = outline(letter)
    height, width = canvas.shape[:2]
    x0, x1 = max(0, int(box.x)), min(width, int(np.ceil(box.x + box.width)))
    y0, y1 = max(0, int(box.y)), min(height, int(np.ceil(box.y + box.height)))
    if x0 >= x1 or y0 >= y1:
        return
    x = (np.arange(x0 * SAMPLES, x1 * SAMPLES) + 0.5) / SAMPLES
    y = (np.arange(y0 * SAMPLES, y1 * SAMPLES) + 0.5) / SAMPLES
    across = left + (x - box.x) / box.width * (right - left)
    part = (y - box.y) / box.height
    down = top + (1 - part if box.flipped else part) * (bottom - top)
    near = np.zeros((y.size, x.size), bool)
    for start, end in zip(*segments(path), strict=True):
        along = end - start
        length = max(float(along @ along), 1e-12)
        t = np.clip(((across - start[0]) * along[0] + (down[:, None] - start[1]) * along[1]) / length, 0, 1)
        distance = (across - start[0] - t * along[0]) ** 2 + (down[:, None] - start[1] - t * along[1]) ** 2
        near |= distance <= (PEN / 2) ** 2
    cover = near.reshape(y1 - y0, SAMPLES, x1 - x0, SAMPLES).mean(axis=(1, 3))[..., None]
    area = canvas[y0:y1, x0:x1]
    area[:] = np.floor(area * (1 - cover) + np.array(ink) * cover + 0.5).astype(np.uint8)


def vector(letter: str, box: Box, ink: Rgb) -> str:
    """The same as an SVG element."""
    path, left, top, right, bottom = outline(letter)
    x, y = box.width / (right - left), box.height / (bottom - top)
    if box.flipped:
        move = f"translate({box.x - left * x:.2f} {box.y + bottom * y:.2f}) scale({x:.4f} {-y:.4f})"
    else:
        move = f"translate({box.x - left * x:.2f} {box.y - top * y:.2f}) scale({x:.4f} {y:.4f})"
    return (
        f'<path d="{path}" transform="{move}" fill="none" stroke="#{bytes(ink).hex()}" stroke-width="{PEN}" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
    )


def wire(alphabet: str, unknown: str) -> dict[str, Any]:
    """What the browser needs to draw the same letters: letter -> path and box; colours of both themes."""
    both = [
        colours(alphabet, ink, dark=dark) for ink, dark in (((33, 33, 33), False), ((226, 226, 226), True))
    ]
    quiet = ((97, 97, 97), (158, 158, 158))
    found = {}
    for at, letter in enumerate(alphabet + unknown):
        pair = (both[0][at], both[1][at]) if at < len(alphabet) else quiet
        found[letter] = [*outline(letter), *("#" + bytes(colour).hex() for colour in pair)]
    return {"pen": PEN, "letters": found}
