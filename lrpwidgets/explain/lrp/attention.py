"""Attention by the AttnLRP formulas (Achtibat et al. 2024): softmax by its gradient, products by halves."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor

from ..node import Node
from ..operations import OPERATIONS, autograd
from ..operations.attention import ATTENTION
from ..propagate import Walk, unsupported
from .table import LRP, handles

# R_i = x_i (R_i - s_i sum_j R_j) of the softmax is its gradient in c-form.
for _op in ("_softmax", "_safe_softmax"):
    LRP[_op] = OPERATIONS[_op].handler

# Of R at the output: what queries, keys and values get.
_SHARES = (0.25, 0.25, 0.5)


@handles(*ATTENTION)
def _attention(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    """softmax(q k^T) v: a half of R to v, a half through the softmax, of which q and k get halves again."""
    for value, part in zip(node.operands, autograd(node, [c]), strict=True):
        at = [place for place, item in enumerate(node.args[:3]) if item is value]
        if not at:
            yield part  # a mask that depends on the input is a term of the scores
        elif part is None:
            yield None
        else:
            yield part * sum(_SHARES[place] for place in at) / len(at)


@handles("_log_softmax")
def _log_softmax(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    raise unsupported(
        node,
        "(a log probability does not decompose): explain the logits, leaving the last log_softmax out of the model",
    )
