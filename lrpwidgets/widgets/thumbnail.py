"""Small pictures of inputs, as the model sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.domains.image import infer
from lrpwidgets.errors import LrpError
from lrpwidgets.render import png

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 96  # pixels: 48 on the screen, sharp at twice the density


def thumbnail(x: Any, domain: Any) -> bytes:
    """PNG of an input, at most `SIDE` pixels a side; empty if it is no picture (then its name stands there)."""
    pixels = small(x, domain)
    return b"" if pixels is None else png.encode(pixels)


def small(x: Any, domain: Any) -> NDArray[np.uint8] | None:
    """The same as pixels (height, width, 3)."""
    try:
        encoded = x if hasattr(x, "detach") and x.is_floating_point() else domain.encode(x)
        decode = (infer(encoded) if domain is None else domain).decode
        return _shrink(decode(encoded)[0])
    except (LrpError, AttributeError):
        return None


def _shrink(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture in whole steps, each the mean of a block, so that none of it is skipped."""
    step = -(-max(picture.shape[:2]) // SIDE)
    if step == 1:
        return picture
    rows, columns = (max(1, side // step) for side in picture.shape[:2])
    blocks = picture[: rows * step, : columns * step].astype(np.float64)
    means = blocks.reshape(rows, -1, columns, blocks.shape[1] // columns, 3).mean((1, 3))
    return np.floor(means + 0.5).astype(np.uint8)
