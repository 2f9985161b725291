"""Attention by the AttnLRP formulas (Achtibat et al. 2024): softmax by its gradient, products by halves."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor

from ..node import Node
from ..operations import OPERATIONS, kept, places
from ..operations.attention import ATTENTION, attention_backward
from ..propagate import Walk, unsupported
from .table import handles


@handles("_softmax", "_safe_softmax")
def _softmax(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    """R_i = x_i (R_i - s_i sum_j R_j): its gradient in c-form."""
    (found,) = OPERATIONS[node.op].handler(node, c, walk)
    if walk.ledger is not None and found is not None:
        s = kept(node.outputs[0])
        x = s.log().nan_to_num_(neginf=0.0)  # up to a constant, of which the found c sum to 0
        walk.ledger.add(node, "softmax", c * s, [found * x])
    yield found


# Of R at the output: what queries, keys and values get.
_SHARES = (0.25, 0.25, 0.5)


@handles(*ATTENTION)
def _attention(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    """softmax(q k^T) v: a half of R to v, a half through the softmax, of which q and k get halves again."""
    found = attention_backward(node, c)
    for at, place in enumerate(places(node)):
        part = found[at]
        # A mask that depends on the input is a term of the scores.
        if place < len(_SHARES) and part is not None:
            found[at] = part * _SHARES[place]
    if walk.ledger is not None:
        outgoing = [
            part * kept(value) for value, part in zip(node.operands, found, strict=True) if part is not None
        ]
        walk.ledger.add(node, "attention", c * kept(node.outputs[0]), outgoing)
    yield from found


@handles("_log_softmax")
def _log_softmax(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    raise unsupported(
        node,
        "(a log probability does not decompose): explain the logits, leaving the last log_softmax out of the model",
    )
