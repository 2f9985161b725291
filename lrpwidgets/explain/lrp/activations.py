"""Activations: R passes through a function of one number as it is, c_z = c_a a / z."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor

from ..node import Node
from ..operations import kept
from ..operations.activations import ELEMENTWISE, applied
from ..propagate import Walk, unsupported
from ..rules import over
from .table import handles


@handles(*ELEMENTWISE)
def _activation(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    """(Where z = 0 and f(0) is not, as in sigmoid and softplus, nothing passes: c has no z to stand on.)"""
    if len(node.operands) > 1 or node.operands[0] is not node.args[0]:
        raise unsupported(node, "with more than one operand that depends on the input")
    ratio = walk.branches.get(node)
    if ratio is None:
        x, y = kept(node.operands[0]), applied(node)
        ratio = over(y, x, out=y if y.dtype is x.dtype else None)  # |x| of a complex x is real
        if walk.keep:
            walk.branches[node] = ratio
    found = c * ratio if walk.keep else ratio.mul_(c)
    if walk.ledger is not None:
        walk.ledger.add(node, "passed on", c * applied(node), [found * kept(node.operands[0])])
    yield found
