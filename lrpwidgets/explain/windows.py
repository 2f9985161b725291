"""Pooling on a CPU with the channels innermost in memory: the same numbers, several times sooner.

torch walks the windows of a (batch, channel, height, width) tensor one number at a time; where channels lie side by
side it takes many at once, which is worth two copies.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

aten = torch.ops.aten

_CHANNELS = 16  # fewer do not fill a register
_ELEMENTS = 2**15  # with fewer the copies cost more than they save
_FAR = 1024  # numbers so far apart, or a multiple of it, fall on the same places of the cache


def _pays(x: Tensor) -> bool:
    return (
        x.dim() == 4
        and x.shape[1] >= _CHANNELS
        and x.numel() >= _ELEMENTS
        and x.device.type == "cpu"
        and x.is_contiguous()
        and x.is_floating_point()
    )


def _transposed(x: Tensor) -> Tensor:
    """Matrices (batch, rows, columns), turned, in memory of their own."""
    if x.shape[1] < _FAR and x.shape[2] % _FAR:
        return x.mT.contiguous()
    found = x.new_empty(len(x), x.shape[2], x.shape[1])
    for place, matrix in zip(found, x, strict=True):
        place.copy_(matrix.t())  # torch has a way of its own for one matrix, in blocks
    return found


def _innermost(x: Tensor) -> Tensor:
    """A copy in memory as (batch, height, width, channel)."""
    batch, channels, height, width = x.shape
    return _transposed(x.flatten(2)).view(batch, height, width, channels).permute(0, 3, 1, 2)


def _outermost(x: Tensor) -> Tensor:
    """A copy in memory as (batch, channel, height, width)."""
    return _transposed(x.permute(0, 2, 3, 1).flatten(1, 2)).view(x.shape)


def max_pool(x: Tensor, *window: Any) -> tuple[Tensor, Tensor]:
    """The maxima of windows and the places of these in the plane."""
    if not _pays(x):
        return aten.max_pool2d_with_indices(x, *window)  # type: ignore[no-any-return]
    maxima, places = aten.max_pool2d_with_indices(_innermost(x), *window)
    return _outermost(maxima), _outermost(places)


def average_pool(x: Tensor, *window: Any) -> Tensor:
    """The averages of windows."""
    if not _pays(x):
        return aten.avg_pool2d(x, *window)  # type: ignore[no-any-return]
    return _outermost(aten.avg_pool2d(_innermost(x), *window))


# What the recorder runs in the place of an operation.
KERNELS: dict[Any, Callable[..., Any]] = {
    aten.max_pool2d_with_indices.default: max_pool,
    aten.avg_pool2d.default: average_pool,
}
