"""Sums of parts that depend on the input: residual connections, means, average pooling."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor

from ..node import Node
from ..operations import OPERATIONS, kept
from ..propagate import Walk
from ..rules import over
from .table import handles


@handles("add", "sub")
def _sum(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    """z = x + y shares R in proportion: to x and y, or to their positive parts.

    A constant that is added is a bias: it takes its share.
    """
    assert walk.rules is not None
    if node in walk.rules.layers.folded:
        yield c.sum_to_size(node.operands[0].shape)
    elif len(node.operands) == 1 or walk.rules.add == "epsilon":
        yield from OPERATIONS[node.op].handler(node, c, walk)
    else:
        yield from _positive(node, c, walk)


def _positive(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor]:
    """R_x = (w_x x)+ / ((w_x x)+ + (w_y y)+) R, the weights being 1, -1 or alpha."""
    alpha = node.kwargs.get("alpha", 1)
    weights = (1, alpha if node.op == "add" else -alpha)
    z = node.outputs[0].standing
    assert z is not None
    parts = [
        (kept(value) * weight).clamp(min=0) for value, weight in zip(node.operands, weights, strict=True)
    ]
    ratio = walk.branches.get(node)
    if ratio is None:
        ratio = over(z, parts[0] + parts[1])
        if walk.keep:
            walk.branches[node] = ratio
    through = c * ratio
    shares = [
        (through * (part > 0)).mul_(weight).sum_to_size(part.shape)
        for part, weight in zip(parts, weights, strict=True)
    ]
    if walk.ledger is not None:
        outgoing = [share * kept(value) for share, value in zip(shares, node.operands, strict=True)]
        walk.ledger.add(node, "positive parts", c * z, outgoing)
    yield from shares


@handles("rsub")
def _constant_minus(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    if len(node.operands) > 1:  # y - x as it is recorded: x first
        swapped = Node("sub", node.func, node.path, node.args[1::-1], {}, node.operands[::-1], node.outputs)
        yield from list(_sum(swapped, c, walk))[::-1]
    else:
        yield from OPERATIONS["rsub"].handler(node, c, walk)
