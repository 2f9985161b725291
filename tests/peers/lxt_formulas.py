"""lxt 2.1's formulas of AttnLRP one by one (its `explicit` half), and an encoder written in them.

What has to be said to it: its stabilizers are added without a sign, so they are given as next to nothing; the one of
the layer norm is reached below its public function; each sum, product and mean must be its own function.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from lxt.explicit import functional as lxt
from lxt.explicit.rules import identity
from torch import Tensor

from benchmarks.models import Attention, Encoder, EncoderBlock

NOTHING = 1e-300  # against a division of zero by zero


def linear(layer: torch.nn.Linear, x: Tensor, epsilon: float = NOTHING) -> Tensor:
    """LRP-epsilon."""
    return lxt.linear_epsilon(x, layer.weight, layer.bias, epsilon)


def add(x: Tensor, y: Tensor) -> Tensor:
    """In proportion."""
    return lxt.add2(x, y, epsilon=NOTHING)


def mul(x: Tensor, y: Tensor | float) -> Tensor:
    """By halves; a constant gets nothing."""
    return lxt.mul2(x, y)


def matmul(x: Tensor, y: Tensor) -> Tensor:
    """In proportion, by halves."""
    return lxt.matmul(x, y, epsilon=NOTHING)


def mean(x: Tensor, dim: int) -> Tensor:
    """In proportion."""
    return lxt.mean(x, dim, True, NOTHING).squeeze(dim)


def softmax(x: Tensor) -> Tensor:
    """Over the last axis, by its Taylor expansion."""
    return lxt.softmax(x, -1)


def layer_norm(norm: torch.nn.LayerNorm, x: Tensor) -> Tensor:
    """The standard deviation constant."""
    return lxt.layer_norm_grad_fn.apply(x, norm.weight, norm.bias, norm.eps, NOTHING)


def rms_norm(norm: torch.nn.RMSNorm, x: Tensor) -> Tensor:
    """Passed on as it is; lxt computes in float32 here."""
    return lxt.rms_norm_identity(x, norm.weight, norm.eps)


def gelu(x: Tensor) -> Tensor:
    """Passed on as it is."""
    return identity(F.gelu, x)


def attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """softmax(q k^T / sqrt(width)) v."""
    return matmul(softmax(mul(matmul(q, k.transpose(-1, -2)), q.shape[-1] ** -0.5)), v)


def encoder(model: Encoder, x: Tensor) -> Tensor:
    """The scores of the speed table's encoder."""
    for block in model.blocks:
        assert isinstance(block, EncoderBlock)
        x = add(x, _attended(block.attention, layer_norm(block.norm1, x)))
        widen, _, narrow = block.mlp
        x = add(x, linear(narrow, gelu(linear(widen, layer_norm(block.norm2, x)))))
    return linear(model.classifier, mean(layer_norm(model.norm, x), 1))


def _attended(part: Attention, x: Tensor) -> Tensor:
    batch, tokens, width = x.shape
    q, k, v = linear(part.qkv, x).view(batch, tokens, 3, part.heads, -1).permute(2, 0, 3, 1, 4)
    return linear(part.out, attention(q, k, v).transpose(1, 2).reshape(batch, tokens, width))


def relevance(forward: Callable[[Tensor], Tensor], x: Tensor, target: list[int]) -> Tensor:
    """What lxt says of the scores of `target`, one class a sample, shape of x."""
    leaf = x.detach().clone().requires_grad_()
    output = forward(leaf)
    start = torch.zeros_like(output)
    rows = torch.arange(len(x))
    start[rows, target] = output.detach()[rows, target]
    (found,) = torch.autograd.grad(output, leaf, start)
    return found.detach()
