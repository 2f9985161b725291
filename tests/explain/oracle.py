"""Every rule once more, slowly: from a layer's explicit matrix, one sample, float64, one equation a function.

Nothing of the engine is used. A layer becomes its matrix through the Jacobian, so stride, padding, groups,
dilation and transposition cannot be got wrong in the same way twice.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn


def matrix(layer: nn.Module, shape: Sequence[int]) -> Tensor:
    """w[k, j] of a layer that is linear or affine, for one sample of `shape`."""
    zero = torch.zeros(1, *shape, dtype=torch.float64)
    offset = layer(zero).detach()
    size = zero.numel()
    columns = []
    for j in range(size):
        unit = torch.zeros(size, dtype=torch.float64)
        unit[j] = 1
        columns.append((layer(unit.reshape(zero.shape)).detach() - offset).flatten())
    return torch.stack(columns, 1)


def offset(layer: nn.Module, shape: Sequence[int]) -> Tensor:
    """b[k]."""
    return layer(torch.zeros(1, *shape, dtype=torch.float64)).detach().flatten()


def connections(layer: nn.Module, shape: Sequence[int]) -> Tensor:
    """1 where unit k is wired to variable j, whatever the weight."""
    wires = copy.deepcopy(layer)
    with torch.no_grad():
        for parameter in wires.parameters():
            parameter.fill_(1)
    return (matrix(wires, shape) > 0.5).double()


def share(parts: Tensor, relevance: Tensor, total: Tensor | None = None) -> Tensor:
    """R_j = sum_k parts_kj / total_k R_k, nothing from units whose total is zero."""
    total = parts.sum(1) if total is None else total
    alive = total != 0
    return (parts[alive] / total[alive, None] * relevance[alive, None]).sum(0)


def zero(w: Tensor, b: Tensor, x: Tensor, r: Tensor) -> Tensor:
    """LRP-0, the bias in the denominator."""
    return share(w * x, r, (w * x).sum(1) + b)


def epsilon(w: Tensor, b: Tensor, x: Tensor, r: Tensor, eps: float = 1e-6) -> Tensor:
    """LRP-epsilon, the bias in the denominator; sign(0) = 1."""
    z = (w * x).sum(1) + b
    return share(w * x, r, z + eps * torch.where(z < 0, -1.0, 1.0).double())


def alpha_beta(w: Tensor, b: Tensor, x: Tensor, r: Tensor, alpha: float, beta: float) -> Tensor:
    """Equation (1) on the signs of the products."""
    return alpha * share((w * x).clamp(min=0), r) - beta * share((w * x).clamp(max=0), r)


def z_plus(w: Tensor, b: Tensor, x: Tensor, r: Tensor) -> Tensor:
    """The z+ rule."""
    return share((w * x).clamp(min=0), r)


def with_bias(rule: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A rule with the bias as one more input of value 1, which takes its part."""

    def extended(w: Tensor, b: Tensor, x: Tensor, r: Tensor) -> Tensor:
        return rule(torch.cat([w, b[:, None]], 1), b * 0, torch.cat([x, x.new_ones(1)]), r)[:-1]

    return extended


def gamma(w: Tensor, b: Tensor, x: Tensor, r: Tensor, by: float) -> Tensor:
    """LRP-gamma, the bias one of the contributions: those that have the sign of z count 1 + gamma times."""
    parts = torch.cat([w * x, b[:, None]], 1)
    z = parts.sum(1)
    favoured = torch.where(z[:, None] > 0, parts.clamp(min=0), parts.clamp(max=0))
    return share(parts + by * favoured, torch.where(z == 0, 0.0, r))[:-1]


def z_box(w: Tensor, b: Tensor, x: Tensor, r: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """The zB rule."""
    return share(w * x - w.clamp(min=0) * low - w.clamp(max=0) * high, r)


def w_square(w: Tensor, b: Tensor, x: Tensor, r: Tensor) -> Tensor:
    """The w^2 rule."""
    return share(w**2, r)


def flat(wires: Tensor, r: Tensor) -> Tensor:
    """The flat rule."""
    return share(wires, r)


def proportional(members: Tensor, x: Tensor, r: Tensor) -> Tensor:
    """Pooling as if it were a sum: R_j = sum_k x_j / sum over the window R_k."""
    return share(members * x, r)


def winner(members: Tensor, x: Tensor, r: Tensor) -> Tensor:
    """Max pooling: everything to the first largest variable of the window."""
    found = torch.zeros_like(x)
    for inside, relevance in zip(members > 0, r, strict=True):
        found[x.masked_fill(~inside, -torch.inf).argmax()] += relevance
    return found


def window_of(pool: nn.MaxPool2d, shape: Sequence[int]) -> Tensor:
    """Which variables each window of a max pooling sees (found by probing, not from its arithmetic)."""
    size = torch.Size(shape).numel()
    rows = []
    for j in range(size):
        probe = torch.zeros(size, dtype=torch.float64)
        probe[j] = 1
        rows.append(pool(probe.reshape(1, *shape)).flatten())
    return (torch.stack(rows, 1) > 0.5).double()


LayerRule = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def through(
    modules: Sequence[nn.Module], x: Tensor, r: Tensor, rules: Sequence[LayerRule], pooling: str
) -> list[Tensor]:
    """R at the input of every module of a chain, last module first; `rules` are for layers with weights, first to last.

    `x` is one sample without a batch axis, `r` the relevance at the output, flat.
    """
    inputs = [x[None]]
    for module in modules:
        inputs.append(module(inputs[-1]).detach())
    waiting = list(rules)
    found: list[Tensor] = []
    for module, given in zip(reversed(modules), reversed(inputs[:-1]), strict=True):
        shape, flat_x = given.shape[1:], given.flatten()
        if isinstance(module, nn.MaxPool2d):
            members = window_of(module, shape)
            r = (proportional if pooling == "proportional" else winner)(members, flat_x, r)
        elif isinstance(module, nn.AvgPool2d | nn.AdaptiveAvgPool2d):
            r = zero(matrix(module, shape), torch.zeros(len(r), dtype=r.dtype), flat_x, r)
        elif any(True for _ in module.parameters()):
            r = waiting.pop()(matrix(module, shape), offset(module, shape), flat_x, r)
        found.append(r)
    assert not waiting, "a rule was given for no layer"
    return found


def close(found: Tensor, expected: Tensor, at_most: float, of: Any = None) -> None:
    """Assert |found - expected| <= at_most * max |expected| (or `of`)."""
    scale = float(expected.abs().max() if of is None else of)
    error = float((found - expected).abs().max())
    assert torch.isfinite(found).all()
    assert error <= at_most * max(scale, 1e-300), (
        f"off by {error:.3g}, {error / max(scale, 1e-300):.3g} of {scale:.3g}"
    )
