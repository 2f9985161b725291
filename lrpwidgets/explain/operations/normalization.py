"""Normalization layers, with their running or their own statistics."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..node import Node
from .autograd import autograd
from .table import aten, handles, kept

if TYPE_CHECKING:
    from ..propagate import Walk

# Where the arguments of a batch norm stand: weight, bias, running mean, running variance, epsilon.
_BATCH_NORM = {
    "native_batch_norm": (1, 2, 3, 4, 7),
    "_native_batch_norm_legit_no_training": (1, 2, 3, 4, 6),
    "cudnn_batch_norm": (1, 2, 3, 4, 7),
    "miopen_batch_norm": (1, 2, 3, 4, 7),
}
BATCH_NORM = frozenset(_BATCH_NORM)


def affine(node: Node) -> tuple[Tensor, Tensor] | None:
    """(s, t) of a batch norm y = s x + t with running statistics, each (channel,); None if it uses the batch's own."""
    scale = slope(node)
    if scale is None:
        return None
    _, bias, mean, *_ = (node.args[at] for at in _BATCH_NORM[node.op])
    shift = -mean * scale
    return scale, shift if bias is None else shift + bias


def slope(node: Node) -> Tensor | None:
    """s of the same."""
    weight, bias, mean, variance, epsilon = (node.args[at] for at in _BATCH_NORM[node.op])
    if mean is None or not all(isinstance(item, Tensor | None) for item in (weight, bias, mean, variance)):
        return None
    scale: Tensor = torch.rsqrt(variance + epsilon)
    return scale if weight is None else scale * weight


def over_channels(vector: Tensor, x: Any) -> Tensor:
    """(channel,) shaped to broadcast to (batch, channel, ...)."""
    return vector.reshape(1, -1, *[1] * (len(x.shape) - 2))


@handles(*BATCH_NORM, reads=(0, "layer out"), takes_over=True)
def _batch_norm(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    scale = slope(node)
    if scale is None:  # instance norm
        yield from autograd(node, [c])
        return
    scale = over_channels(scale, c)
    if walk.ledger is not None:
        found = affine(node)
        assert found is not None
        shift = over_channels(found[1], c)
        y = node.outputs[0].standing  # x may be dropped for it
        assert y is not None
        walk.ledger.linear(node, "gradient", c * (y - shift), c * shift)
    yield c * scale


@handles("native_layer_norm", reads=(0, "out1", "out2"))
def _layer_norm(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    x, shape, weight, bias, _ = node.args
    if len(node.operands) > 1:
        yield from autograd(node, [c])
        return
    mean, deviation = kept(node.outputs[1]), kept(node.outputs[2])
    wanted = [True, False, False]  # the input's gradient only
    yield aten.native_layer_norm_backward(c, kept(x), shape, mean, deviation, weight, bias, wanted)[0]


@handles("native_group_norm", "_fused_rms_norm", reads=("all",), denominators=("out0",))
def _own_statistics(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield from autograd(node, [c])


@handles("linalg_vector_norm", "std", "var", "logsumexp", reads=("all",))
def _size(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield from autograd(node, [c])
