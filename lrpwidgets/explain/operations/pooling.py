"""Pooling: maxima and averages over windows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from torch import Tensor

from ..node import Node
from .autograd import autograd
from .table import aten, completed, handles, kept

if TYPE_CHECKING:
    from ..propagate import Walk


@handles("max_pool2d_with_indices", "max_pool3d_with_indices", reads=(0, "out0", "out1"))
def _max_pool(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    backward = getattr(aten, f"{node.op}_backward")
    yield backward(c, *max_pool_arguments(node), kept(node.outputs[1]))


def max_pool_arguments(node: Node) -> tuple[Tensor, list[int], list[int], list[int], list[int], bool]:
    """Operand, kernel, stride, padding, dilation, ceil mode of a max pooling, defaults filled in."""
    value, kernel, stride, padding, dilation, ceil = completed(node.args, None, None, [], 0, 1, False)
    axes = int("3d" in node.op) + 2
    return kept(value), kernel, stride or kernel, _each(padding, axes), _each(dilation, axes), ceil


def _each(number: int | list[int], axes: int) -> list[int]:
    return [number] * axes if isinstance(number, int) else number


@handles("avg_pool2d", "avg_pool3d", linear=True)
def _avg_pool(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    value, kernel, stride, padding, ceil, count, divisor = completed(
        node.args, None, None, [], 0, False, True, None
    )
    x = c.new_empty(1).expand(value.shape)  # only its shape is read
    backward = getattr(aten, f"{node.op}_backward")
    yield backward(c, x, kernel, stride, _each(padding, len(kernel)), ceil, count, divisor)


@handles("_adaptive_avg_pool2d", "_adaptive_avg_pool3d", linear=True)
def _adaptive_avg_pool(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    x = c.new_empty(node.operands[0].shape)  # only its shape is read
    yield getattr(aten, f"{node.op}_backward")(c.contiguous(), x)


@handles(
    *"adaptive_max_pool2d adaptive_max_pool3d fractional_max_pool2d fractional_max_pool3d max amax min amin maximum "
    "minimum topk sort kthvalue median max_unpool2d max_unpool3d".split(),
    reads=("all",),
    linear=True,
)
def _winner(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield from autograd(node, [c])
