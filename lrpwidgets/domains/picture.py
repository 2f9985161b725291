"""Whatever a user has that is a picture, as arrays `(height, width, channel)` of levels 0..255."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrpwidgets.errors import InputError

Picture = NDArray[np.float64]

LUMA = (0.299, 0.587, 0.114)  # weights of red, green, blue in grey (ITU-R BT.601)
ACCEPTED = (
    "uint8 (height, width, 3), (height, width) or (batch, height, width, 3), floats of these shapes in "
    "[0, 1], a Pillow image, a path, an object with .pixels, or a list of these"
)


def as_pictures(x: Any, channels: int) -> list[Picture]:
    """Every picture in `x`, each float64 `(height, width, channels)` in levels 0..255.

    Raises `InputError` naming what was given, and its shape and type, if it is none of `ACCEPTED`.
    """
    if isinstance(x, (list, tuple)):
        if not x:
            raise InputError("the list of pictures is empty.")
        return [picture for item in x for picture in as_pictures(item, channels)]
    if isinstance(x, (str, os.PathLike)):
        x = _open(x)
    if hasattr(x, "pixels"):
        x = x.pixels
    if hasattr(x, "convert") and hasattr(x, "mode"):  # a Pillow image: it knows palettes and alpha
        x = np.asarray(x.convert("L" if channels == 1 else "RGB"))
    if hasattr(x, "detach"):
        x = _channels_last(x.detach().cpu().numpy(), channels)
    if not isinstance(x, np.ndarray):
        raise InputError(f"cannot read a {type(x).__name__} as a picture: give {ACCEPTED}.")
    return [_with_channels(picture, channels) for picture in _split(_levels(x), channels)]


def _open(path: str | os.PathLike[str]) -> Any:
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        message = "reading picture files needs Pillow: pip install pillow, or pass an array."
        raise InputError(message) from error
    try:
        with Image.open(path) as file:
            return ImageOps.exif_transpose(file)  # cameras note their rotation instead of applying it
    except FileNotFoundError as error:
        raise InputError(f"there is no file {os.fspath(path)!r}.") from error
    except (OSError, Image.DecompressionBombError) as error:
        raise InputError(f"{os.fspath(path)!r} cannot be read as a picture: {error}.") from error


def _channels_last(array: NDArray[Any], channels: int) -> NDArray[Any]:
    """Torch keeps channels first: `([batch,] 3, height, width)` becomes `([batch,] height, width, 3)`."""
    first = array.ndim - 3
    if first >= 0 and array.shape[first] == channels and array.shape[-1] not in (1, 3):
        return np.moveaxis(array, first, -1)
    return array


def _levels(array: NDArray[Any]) -> Picture:
    """Bytes as they are; floats in [0, 1] times 255; anything else is an error, never a guess."""
    what = f"an array of {array.dtype} {tuple(array.shape)}"
    if array.size == 0:
        raise InputError(f"{what} holds no pixel.")
    if array.dtype == np.uint8:
        return array.astype(np.float64)
    if not np.issubdtype(array.dtype, np.floating):
        raise InputError(f"{what} is no picture: convert it to uint8 (0..255) or to floats in [0, 1].")
    low, high = float(array.min()), float(array.max())
    if not (low >= 0.0 and high <= 1.0):  # also true for NaN
        raise InputError(
            f"{what} goes from {low:.4g} to {high:.4g}, but float pictures must lie in [0, 1]: pass uint8 "
            "for 0..255, or a float torch tensor if it already is model input."
        )
    return array.astype(np.float64) * 255.0


def _split(array: Picture, channels: int) -> list[Picture]:
    """One `(height, width[, channel])` array per picture."""
    shape = tuple(array.shape)
    if array.ndim == 2 or (array.ndim == 3 and shape[-1] in (1, 3)):
        return [array]
    if array.ndim == 4 and shape[-1] in (1, 3):
        return list(array)
    if array.ndim == 3 and channels == 1 and shape[-1] != 4:
        return list(array)
    hint = ""
    if shape[-1] == 4:
        hint = " Drop the alpha channel first: x[..., :3]."
    elif array.ndim in (3, 4) and shape[-3] in (1, 3):
        hint = " Channels come last: use np.moveaxis(x, -3, -1)."
    wanted = f"no picture with {channels} channel{'s' if channels > 1 else ''}"
    raise InputError(f"an array of shape {shape} is {wanted}: give {ACCEPTED}.{hint}")


def _with_channels(picture: Picture, channels: int) -> Picture:
    """Grey repeated for colour models; colour weighted by `LUMA` for grey ones."""
    if picture.ndim == 2:
        picture = picture[..., None]
    if channels == 3:
        return np.broadcast_to(picture, (*picture.shape[:2], 3))
    if picture.shape[-1] == 3:
        red, green, blue = (picture[..., c] for c in range(3))
        return (LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue)[..., None]
    return picture
