"""Sums of parts that depend on the input: residual connections, means, average pooling."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from ..node import Node
from ..operations import OPERATIONS, aten, autograd, kept
from ..operations.arithmetic import weights
from ..propagate import Walk, unsupported
from ..rules import over
from .table import handles


@handles("add", "sub", "rsub")
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
    """R_x = (w_x x)+ / ((w_x x)+ + (w_y y)+) R, the weights being 1, -1 or alpha.

    Where neither part is positive they share as they are, R_x = w_x x / z R: both shares have R's sign.
    """
    factors = walk.branches.get(node)
    if factors is None:
        factors = _factors(node)
        if walk.keep:
            walk.branches[node] = factors
    shares = [
        (c if factor is None else c * factor).sum_to_size(value.shape)
        for factor, value in zip(factors, node.operands, strict=True)
    ]
    if walk.ledger is not None:
        outgoing = [share * kept(value) for share, value in zip(shares, node.operands, strict=True)]
        walk.ledger.add(node, "positive parts", c * _output(node), outgoing)
    yield from shares


def _factors(node: Node) -> list[Tensor | None]:
    """What c is multiplied by for each part (None: 1)."""
    if weights(node) == (1, 1) and all(value.nonnegative for value in node.operands):
        return [None, None]
    z = _output(node)
    parts = [
        kept(value) if weight == 1 and value.nonnegative else (kept(value) * weight).clamp_(min=0)
        for value, weight in zip(node.operands, weights(node), strict=True)
    ]
    total = parts[0] + parts[1]
    ratio = over(z, total)
    rectified = node.outputs[0].relu is not None  # then nothing arrives where neither is positive
    if not rectified:
        # What is left of a sum that cancels is rounding, of either sign: shared by, it would be magnified beyond use.
        neither = total <= z.abs().mul_(16 * torch.finfo(z.dtype).eps)
        ratio.masked_fill_(neither, 1)
    found: list[Tensor | None] = []
    for part, value, weight in zip(parts, node.operands, weights(node), strict=True):
        if weight == 1 and value.nonnegative:
            found.append(ratio)
        else:
            share = (
                aten.threshold_backward(ratio, part, 0)  # 0 where part <= 0: quicker than `where`
                if rectified
                else torch.where((part > 0) | neither, ratio, 0.0)
            )
            found.append(share if weight == 1 else share.mul_(weight))
    return found


def _output(node: Node) -> Tensor:
    z = node.outputs[0].standing
    assert z is not None
    return z


@handles("scatter_reduce")
def _scattered(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    """Sums and means share in proportion, the winner takes a maximum or minimum."""
    if node.args[4] == "prod":
        raise unsupported(node, "as a product")
    found = autograd(node, [c])
    if walk.ledger is not None:
        outgoing = [
            part * kept(value) for part, value in zip(found, node.operands, strict=True) if part is not None
        ]
        walk.ledger.add(node, node.args[4], c * kept(node.outputs[0]), outgoing)
    yield from found
