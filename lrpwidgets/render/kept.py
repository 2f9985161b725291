"""The picture that a saved notebook keeps of an output: no more bytes than a repository likes to hold.

Drawings and small pictures stay as they are. A photo gets 256 colours, chosen for it by median cut (Heckbert 1982), and
is made smaller only where that is not enough.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.render import png
from lrpwidgets.render.reduce import smaller_picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 150_000  # bytes of one picture in a notebook
COLOURS = 256  # what one byte a pixel can name
_STEP = 0.85  # both sides, as often as it is needed
_CELL = 5  # bits of a colour channel that tell colours apart


def as_base64(picture: NDArray[np.uint8]) -> str:
    """`picture` uint8 (height, width, 3) as the base64 text of a PNG, for a MIME bundle."""
    return base64.b64encode(bounded(picture)).decode("ascii")


def bounded(picture: NDArray[np.uint8], most: int = MOST) -> bytes:
    """A PNG of `picture` of at most `most` bytes: as it is if it fits, else with fewer colours, else smaller too."""
    found = png.encode(picture)
    while len(found) > most:
        found = png.encode_indexed(*median_cut(picture))
        if len(found) <= most or min(picture.shape[:2]) < 2:
            break
        picture = _smaller(picture)
    return found


def median_cut(picture: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The number of each pixel's colour (height, width), and the colours (n, 3), n at most `COLOURS`.

    The box of colours that holds most, weighed by its longest side, is cut at the median of that side until there
    are enough; a box becomes the mean of its pixels. Colours that differ in their lowest bits alone share a box.
    """
    pixels = picture.reshape(-1, 3).astype(np.int64)
    cells = pixels >> (8 - _CELL)
    code = (cells[:, 0] << 2 * _CELL) | (cells[:, 1] << _CELL) | cells[:, 2]
    size = 1 << 3 * _CELL
    count = np.bincount(code, minlength=size)
    there = np.flatnonzero(count)
    at = np.stack([there >> 2 * _CELL, there >> _CELL & 31, there & 31], 1)
    boxes = [np.arange(len(there))]
    weights = [_weight(at, count[there])]
    while len(boxes) < COLOURS and max(weights) > 0:
        chosen = int(np.argmax(weights))
        box = boxes.pop(chosen)
        weights.pop(chosen)
        side = int(np.ptp(at[box], axis=0).argmax())
        box = box[np.argsort(at[box, side], kind="stable")]
        along, held = at[box, side], np.cumsum(count[there[box]])
        middle = along[int(np.searchsorted(held, held[-1] / 2))]
        cut = int(np.searchsorted(along, max(middle, along[0] + 1)))  # neither part is empty
        for part in (box[:cut], box[cut:]):
            boxes.append(part)
            weights.append(_weight(at[part], count[there[part]]))
    number = np.zeros(size, np.uint8)
    for name, box in enumerate(boxes):
        number[there[box]] = name
    index = number[code]
    held = np.bincount(index, minlength=len(boxes))
    sums = [np.bincount(index, pixels[:, channel], len(boxes)) for channel in range(3)]
    colours = np.floor(np.stack(sums, 1) / held[:, None] + 0.5).astype(np.uint8)
    return index.reshape(picture.shape[:2]), colours


def _weight(at: NDArray[np.int64], count: NDArray[np.int64]) -> float:
    """How much a box would gain by a cut: zero where it holds one cell."""
    return float(np.ptp(at, axis=0).max() ** 2 * np.sqrt(count.sum()))


def _smaller(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = (max(1, round(side * _STEP)) for side in picture.shape[:2])
    return smaller_picture(picture, height, width)
