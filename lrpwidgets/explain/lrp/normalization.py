"""Normalization layers: linear once their statistics are taken as constants (AttnLRP, Achtibat et al. 2024).

Local response normalization needs no entry: it is a quotient (see ``response.py``).
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from ..node import Node
from ..operations import OPERATIONS, kept
from ..operations.normalization import BATCH_NORM, affine, over_channels
from ..propagate import Walk, unsupported
from .table import handles


@handles(*BATCH_NORM)
def _batch_norm(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    """y = s x + t: folded into the layer beside it, or a sum of its own, of which t takes its share."""
    assert walk.rules is not None
    if node in walk.rules.layers.folded:
        yield c
    elif len(node.operands) > 1:
        raise unsupported(node, "when its weights depend on the input")
    elif affine(node) is not None:
        yield from OPERATIONS[node.op].handler(node, c, walk)
    else:  # instance norm: the statistics of each sample and channel
        x, weight, bias, *_, epsilon = node.args[:8]
        axes = [0, *range(2, len(x.shape))]
        x = kept(x)
        yield _through(node, c, walk, weight, bias, x, axes, _one_over_std(x, axes, epsilon))


@handles("native_layer_norm")
def _layer_norm(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    x, shape, weight, bias, _ = node.args
    if len(node.operands) > 1:
        raise unsupported(node, "when its weights depend on the input")
    axes = [-1 - at for at in range(len(shape))]
    yield _through(node, c, walk, weight, bias, kept(x), axes, kept(node.outputs[2]))


@handles("native_group_norm")
def _group_norm(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    value, weight, bias, batch, channels, _, groups, epsilon = node.args
    if len(node.operands) > 1:
        raise unsupported(node, "when its weights depend on the input")
    x = kept(value)
    spread = (batch, groups, channels // groups, -1)
    weight, bias = (None if item is None else item.reshape(1, groups, -1, 1) for item in (weight, bias))
    x = x.reshape(spread)
    found = _through(
        node, c.reshape(spread), walk, weight, bias, x, [2, 3], _one_over_std(x, [2, 3], epsilon)
    )
    yield found.reshape(value.shape)


@handles("_fused_rms_norm")
def _rms_norm(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    value, shape, weight, epsilon = node.args
    if len(node.operands) > 1:
        raise unsupported(node, "when its weights depend on the input")
    x = kept(value)
    epsilon = torch.finfo(x.dtype).eps if epsilon is None else epsilon
    size = x.square().mean([-1 - at for at in range(len(shape))], keepdim=True)
    yield (c if weight is None else c * weight) * torch.rsqrt(size + epsilon)


def _through(
    node: Node,
    c: Tensor,
    walk: Walk,
    weight: Tensor | None,
    bias: Tensor | None,
    x: Tensor,
    axes: list[int],
    one_over_std: Tensor,
) -> Tensor:
    """y = w (x - mean x) / std + b with std held constant: c_x = s - mean s, s = w c / std."""
    if node.op in BATCH_NORM:
        weight, bias = (None if item is None else over_channels(item, x) for item in (weight, bias))
    s = (c if weight is None else c * weight) * one_over_std
    found = s - s.mean(axes, keepdim=True)
    if walk.ledger is not None:
        walk.ledger.linear(node, "std constant", found * x, None if bias is None else c * bias)
    return found


def _one_over_std(x: Tensor, axes: list[int], epsilon: float) -> Tensor:
    return torch.rsqrt(x.var(axes, unbiased=False, keepdim=True) + epsilon)
