"""Translations of images: exact by whole pixels, bilinear in between."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from ..errors import InputError, unknown
from .integers import count

BORDERS = ("edge", "wrap")

Shift = tuple[float, float]
Border = float | str


def translate(x: Tensor, down: float, right: float, border: Border = "edge") -> Tensor:
    """`x` (..., height, width) moved by so many pixels; y[i, j] = x[i - down, j - right].

    What comes in at the border is the nearest pixel ("edge"), the other side ("wrap"), or a number in units of `x`.
    Whole shifts copy pixels; in between, neighbours are mixed linearly, which blurs by up to half a pixel.
    """
    check_border(border)
    (down, right), *_ = check_shifts([(down, right)])
    if x.dim() < 2:
        raise InputError(f"the input of shape {tuple(x.shape)} has no height and width to shift")
    return _along(_along(x, down, -2, border), right, -1, border)


def shift_grid(rows: int, columns: int | None = None, stride: int = 1) -> list[tuple[int, int]]:
    """rows x columns whole shifts (down, right), `stride` pixels apart, as close around (0, 0) as they can lie.

    >>> shift_grid(2)
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    >>> shift_grid(1, 3, stride=2)
    [(0, -2), (0, 0), (0, 2)]
    """
    columns = rows if columns is None else columns
    rows, columns, stride = count("rows", rows), count("columns", columns), count("stride", stride)
    return [
        ((i - (rows - 1) // 2) * stride, (j - (columns - 1) // 2) * stride)
        for i in range(rows)
        for j in range(columns)
    ]


def check_shifts(shifts: Iterable[Any], whole: bool = False) -> list[Shift]:
    """(down, right) pairs of finite numbers; raises `InputError` for anything else, or for none."""
    try:
        found = [(down + 0, right + 0) for down, right in shifts]
        finite = all(math.isfinite(end) for pair in found for end in pair)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"shifts are pairs (down, right) in pixels, e.g. [(0, 0), (0, 1)]: {error}"
        ) from None
    if not found:
        raise InputError("there is no shift; give at least one pair (down, right), (0, 0) is the identity")
    if not finite:
        raise InputError("shifts must be finite numbers of pixels")
    if whole:
        for pair in found:
            if any(end != int(end) for end in pair):
                raise InputError(
                    f"shift {pair} is not whole: only shifts by whole pixels have an exact inverse; "
                    "lw.measure.shift_grid(4) makes 4 x 4 of them"
                )
        return [(int(down), int(right)) for down, right in found]
    return found


def check_border(border: Any) -> None:
    """Raise `InputError` if it is no border."""
    if isinstance(border, str):
        if border not in BORDERS:
            raise InputError(
                f"{unknown('border', border, BORDERS)} A number in units of the input also is one."
            )
    elif isinstance(border, bool) or not isinstance(border, (int, float)) or not math.isfinite(border):
        raise InputError(f'border must be "edge", "wrap" or a finite number, not {border!r}')


def _along(x: Tensor, by: float, axis: int, border: Border) -> Tensor:
    below = math.floor(by)
    part = by - below
    moved = _whole(x, below, axis, border)
    if part == 0:
        return moved
    return moved.mul(1 - part).add_(_whole(x, below + 1, axis, border), alpha=part)


def _whole(x: Tensor, by: int, axis: int, border: Border) -> Tensor:
    size = x.shape[axis]
    source = torch.arange(size, device=x.device) - by
    inside = (source >= 0) & (source < size)
    moved = x.index_select(axis, source % size if border == "wrap" else source.clamp(0, size - 1))
    if not isinstance(border, str):
        outside = ~inside if axis == -1 else ~inside[:, None]
        moved = moved.masked_fill(outside, border)
    return moved
