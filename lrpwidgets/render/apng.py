"""Animated PNG files: the frames of one size, with zlib alone (PNG specification, third edition, section 4.9)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.errors import InputError
from lrpwidgets.render.png import SIGNATURE, chunk, compressed

if TYPE_CHECKING:
    from numpy.typing import NDArray


RGBA = 6  # colour type
KEEP, OVER = 0, 1  # what becomes of a frame when the next comes, and how it is laid on the one before


def encode(frames: Iterable[NDArray[np.uint8]], seconds: list[float]) -> bytes:
    """A file that shows each of the frames, uint8 (height, width, 3), for so many seconds, over and over.

    Of each frame after the first only what differs from the one before is written, on nothing. A reader that knows
    no animation shows the first. Raises `InputError` for frames that differ in size or are not as many.
    """
    parts: list[bytes] = []
    number = 0  # of the chunks that carry one
    before: NDArray[np.uint8] | None = None
    count = 0
    for frame, delay in zip(frames, seconds, strict=True):
        if before is not None and frame.shape != before.shape:
            raise InputError(f"frames of {before.shape} and {frame.shape} do not make one animation.")
        top, left, bottom, right = _changed(before, frame)
        size = (right - left, bottom - top, left, top)
        milliseconds = min(65_535, max(1, round(1000 * delay)))
        parts.append(chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, *size, milliseconds, 1000, KEEP, OVER)))
        area = np.s_[top:bottom, left:right]
        body = _body(frame[area], None if before is None else before[area])
        if before is None:
            parts.append(chunk(b"IDAT", body))
            number += 1
        else:
            parts.append(chunk(b"fdAT", struct.pack(">I", number + 1) + body))
            number += 2
        before = frame
        count += 1
    if before is None:
        raise InputError("an animation needs at least one frame.")
    header = struct.pack(">IIBBBBB", before.shape[1], before.shape[0], 8, RGBA, 0, 0, 0)
    animated = chunk(b"acTL", struct.pack(">II", count, 0))
    return SIGNATURE + chunk(b"IHDR", header) + animated + b"".join(parts) + chunk(b"IEND", b"")


def _body(frame: NDArray[np.uint8], before: NDArray[np.uint8] | None) -> bytes:
    """The deflated pixels of a frame, of which those that stay are transparent."""
    pixels = np.zeros((*frame.shape[:2], 4), np.uint8)
    changed = np.ones(frame.shape[:2], bool) if before is None else (frame != before).any(2)
    pixels[changed, :3] = frame[changed]
    pixels[changed, 3] = 255
    if before is None:
        return compressed(pixels)
    rows = np.zeros(
        (frame.shape[0], 1 + 4 * frame.shape[1]), np.uint8
    )  # filter 0: mostly nothing is left to filter
    rows[:, 1:] = pixels.reshape(frame.shape[0], -1)
    return zlib.compress(rows.tobytes(), 6)


def _changed(before: NDArray[np.uint8] | None, frame: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Top, left, bottom, right of what differs; one pixel where nothing does."""
    if before is None:
        return 0, 0, frame.shape[0], frame.shape[1]
    differs = (before != frame).any(2)
    rows, columns = (np.flatnonzero(differs.any(axis)) for axis in (1, 0))
    if not len(rows):
        return 0, 0, 1, 1
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
