"""Softmax and scaled dot product attention, in every backend's own operation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from torch import Tensor

from ..node import Node
from .autograd import autograd
from .table import aten, completed, handles, kept

if TYPE_CHECKING:
    from ..propagate import Walk

ATTENTION = tuple(
    f"_scaled_dot_product_{kind}"
    for kind in (
        "flash_attention_for_cpu",
        "flash_attention",
        "efficient_attention",
        "cudnn_attention",
        "attention_math",
        "fused_attention_overrideable",
        "attention_math_for_mps",
    )
)


@handles("_softmax", "_safe_softmax", reads=("out0",))
def _softmax(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    out = kept(node.outputs[0])
    yield aten._softmax_backward_data(c, out, node.args[1], out.dtype).to(node.operands[0].dtype)


@handles("_log_softmax", reads=("out0",))
def _log_softmax(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    out = kept(node.outputs[0])
    yield aten._log_softmax_backward_data(c, out, node.args[1], out.dtype).to(node.operands[0].dtype)


@handles(*ATTENTION, reads=("all",))
def _attention(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield from attention_backward(node, c)


def attention_backward(node: Node, c: Tensor) -> list[Tensor | None]:
    """c at queries, keys and values."""
    if node.op != "_scaled_dot_product_flash_attention_for_cpu" or node.operands != node.args[:3]:
        return autograd(node, [c])
    dropout, causal = completed(node.args[3:], 0.0, False)
    backward = aten._scaled_dot_product_flash_attention_for_cpu_backward
    kept_parts = (kept(value) for value in (*node.operands, *node.outputs))
    return list(backward(c, *kept_parts, dropout, causal, **node.kwargs))
