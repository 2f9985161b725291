"""Layers with weights: the branches of their rule."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor

from ..layers import LAYERS
from ..node import Node
from ..propagate import Walk
from .products import through_product
from .table import handles


@handles(*LAYERS)
def _layer(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    assert walk.rules is not None
    layer = walk.rules.layers.layers.get(node)
    if layer is None:  # both factors depend on the input
        yield from through_product(node, c, walk)
        return
    rule = walk.rules.rule(node)
    branches = walk.branches.get(node)
    if branches is None:
        branches = rule.branches(layer)
        if walk.keep:
            walk.branches[node] = branches
    total: Tensor | None = None
    for branch in branches:
        if branch.ratio is None:
            scaled = c
        elif branch.own and not walk.keep:
            scaled = branch.ratio.mul_(c)  # fresh memory costs more than the product
        else:
            scaled = c * branch.ratio
        part = layer.backward(scaled, branch.weight)
        if branch.factor is not None:
            part *= branch.factor
        if branch.parts > 1:
            part = part.reshape(len(part), branch.parts, -1, *part.shape[2:]).sum(1)
        total = part if total is None else total.add_(part)
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
