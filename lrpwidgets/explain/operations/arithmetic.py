"""Sums, differences, products by constants, means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from torch import Tensor

from ..node import Node, Value
from .autograd import autograd
from .table import handles, kept

if TYPE_CHECKING:
    from ..propagate import Walk


def weights(node: Node) -> tuple[float, float]:
    """(v, w) of a sum v x + w y."""
    alpha = node.args[2] if len(node.args) > 2 else node.kwargs.get("alpha", 1)
    return {"add": (1, alpha), "sub": (1, -alpha), "rsub": (-alpha, 1)}[node.op]


@handles("add", "sub", "rsub", reads=("others", "layer out"), denominators=("others",))
def _sum_of_two(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    """v x + w y; a constant among the two is a bias, which takes its share."""
    for item, weight in zip(node.args[:2], weights(node), strict=True):
        share = c if weight == 1 else c * weight
        if isinstance(item, Value):
            yield share.sum_to_size(item.shape)
        elif walk.ledger is not None:
            walk.ledger.constant(node, share.conj() * item)


@handles("mul", reads=("others",))
def _mul(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    one, other = node.args
    if len(node.operands) == 1:
        yield _scaled(c, other if node.operands[0] is one else one, node.operands[0])
    else:
        yield _scaled(c, kept(other), one)
        yield _scaled(c, kept(one), other)


def _scaled(c: Tensor, factor: Any, operand: Value) -> Tensor:
    """c times a factor (its conjugate, if it is complex), summed over what was broadcast."""
    if isinstance(factor, (Tensor, complex)):
        factor = factor.conj() if isinstance(factor, Tensor) else factor.conjugate()
    product: Tensor = c * factor
    return product.sum_to_size(operand.shape)


@handles("div", reads=("all",), denominators=("out0",))
def _div(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    one, other = node.args[:2]
    if len(node.operands) == 1 and node.operands[0] is one and len(node.args) == 2 and not node.kwargs:
        yield _scaled(c, 1 / other, one)
    else:
        yield from autograd(node, [c])


@handles("sum", linear=True)
def _sum(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield _spread(node, c)


@handles("mean", linear=True)
def _mean(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    value = node.operands[0]
    yield _spread(node, c) * (node.outputs[0].shape.numel() / value.shape.numel())


def _spread(node: Node, c: Tensor) -> Tensor:
    """Undo a reduction over the axes in the node's second argument (all axes if there is none)."""
    shape = node.operands[0].shape
    axes = node.args[1] if len(node.args) > 1 and node.args[1] else list(range(len(shape)))
    axes = {axis % len(shape) for axis in ([axes] if isinstance(axes, int) else axes)}
    kept = [1 if axis in axes else length for axis, length in enumerate(shape)]
    return c.reshape(kept).expand(shape)
