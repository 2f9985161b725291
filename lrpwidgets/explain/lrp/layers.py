"""Layers with weights: the branches of their rule."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from torch import Tensor

from ..layers import LAYERS, Layer
from ..node import Node
from ..operations import aten
from ..propagate import Walk
from ..rules.rule import Branch
from .products import through_product
from .table import handles

# c where x has that sign, 0 elsewhere: in one pass.
_OF_SIGN: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "positive": lambda c, x: aten.threshold_backward(c, x, 0),
    "negative": lambda c, x: aten.hardtanh_backward(c, x, -math.inf, 0),
}


def _sent(branch: Branch, layer: Layer, c: Tensor, *, kept: bool) -> Tensor:
    """What one branch sends back."""
    if branch.ratio is None:
        scaled = c
    elif branch.own and not kept:
        scaled = branch.ratio.mul_(c)  # fresh memory costs more than the product
    else:
        scaled = c * branch.ratio
    part = layer.backward(scaled, branch.weight)
    if branch.factor is not None:
        part *= branch.factor
    if branch.sign is not None:
        part = _OF_SIGN[branch.sign](part, layer.input)
    if branch.parts > 1:
        part = part.reshape(len(part), branch.parts, -1, *part.shape[2:]).sum(1)
    return part


@handles(*LAYERS)
def _layer(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    assert walk.rules is not None
    layer = walk.rules.layers.layers.get(node)
    if layer is None:  # both factors depend on the input
        yield from through_product(node, c, walk)
        return
    rule = walk.rules.rule(node)
    branches: Iterable[Branch] | None = walk.branches.get(node)
    if branches is None:
        branches = rule.branches(layer)
        if walk.keep:
            branches = walk.branches[node] = list(branches)
    total: Tensor | None = None
    for branch in branches:
        part = _sent(branch, layer, c, kept=walk.keep)
        total = part if total is None else total.add_(part)
        del branch, part  # before the next one is made
    assert total is not None
    if walk.ledger is not None:
        outgoing = total if rule.gives_relevance else total * layer.input
        incoming, shares = c * layer.output, rule.shares(layer)
        absorbed = [None if share is None else incoming * share for share in (shares.bias, shares.stabilizer)]
        walk.ledger.add(node, str(rule), incoming, [outgoing], *absorbed)
    if rule.gives_relevance:
        value = layer.source
        walk.relevance[value] = walk.relevance[value] + total if value in walk.relevance else total
        yield None
    else:
        yield total
