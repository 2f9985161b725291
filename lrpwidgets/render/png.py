"""PNG files from arrays, with zlib alone."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encode(rgb: NDArray[np.uint8]) -> bytes:
    """A PNG file of uint8 `(height, width, 3)`: 8 bit RGB, lossless. `InputError` for anything else."""
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.size == 0:
        raise InputError(f"PNG takes uint8 (height, width, 3), not {rgb.dtype} {tuple(rgb.shape)}.")
    height, width = rgb.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", compressed(rgb)) + chunk(b"IEND", b"")


def encode_indexed(index: NDArray[np.uint8], colours: NDArray[np.uint8]) -> bytes:
    """A PNG file of numbers uint8 `(height, width)` of `colours` uint8 `(n, 3)`, n at most 256."""
    height, width = index.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    # Filter 0 (none) before each row: neighbouring numbers are no neighbouring colours.
    rows = np.zeros((height, 1 + width), np.uint8)
    rows[:, 1:] = index
    data = chunk(b"IDAT", zlib.compress(rows.tobytes(), 9))
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"PLTE", colours.tobytes()) + data + chunk(b"IEND", b"")


def compressed(pixels: NDArray[np.uint8]) -> bytes:
    """Pixels (height, width, channel) as a PNG's chunks hold them: filtered row by row, then deflated."""
    return zlib.compress(_filtered(pixels).tobytes(), 6)


def chunk(name: bytes, data: bytes) -> bytes:
    """One chunk of a PNG file: length, name, data, checksum."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _filtered(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Rows `(height, 1 + channels * width)` after the filter with the smallest sum of absolute differences.

    That is the heuristic of the PNG specification; it halves the size of photos.
    """
    height, each = pixels.shape[0], pixels.shape[2]
    x = pixels.reshape(height, -1)
    zero = np.zeros_like(x)
    left, up, corner = zero.copy(), zero.copy(), zero.copy()
    left[:, each:], up[1:], corner[1:, each:] = x[:, :-each], x[:-1], x[:-1, :-each]
    mean = ((left.astype(np.uint16) + up) // 2).astype(np.uint8)
    tries = np.stack([x, x - left, x - up, x - mean, x - _paeth(left, up, corner)])
    cost = np.abs(tries.view(np.int8).astype(np.int16)).sum(axis=2, dtype=np.int64)
    best = cost.argmin(axis=0)
    rows = np.empty((height, 1 + x.shape[1]), np.uint8)
    rows[:, 0] = best
    rows[:, 1:] = tries[best, np.arange(height)]
    return rows


def _paeth(a: NDArray[np.uint8], b: NDArray[np.uint8], c: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Of left, up and corner the one nearest to left + up - corner; ties in this order."""
    left, up, corner = (side.astype(np.int16) for side in (a, b, c))
    guess = left + up - corner
    to_left, to_up, to_corner = (np.abs(guess - side) for side in (left, up, corner))
    chosen = np.where(to_up <= to_corner, b, c)
    return np.where((to_left <= to_up) & (to_left <= to_corner), a, chosen)
