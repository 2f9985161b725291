"""zennit 1.0.0 as an independent implementation: one composite a preset, rules by the kind of layer.

What has to be said to it: the bias is out of z+ and alpha-beta (`zero_params="bias"`), pools are not touched unless
asked, the output gradient is given explicitly, modules must not work in place or be reused, residual sums must be its
own `Sum`, and batch norms are folded by its canonizer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from zennit.canonizers import SequentialMergeBatchNorm
from zennit.composites import (
    EpsilonAlpha2Beta1,
    EpsilonGammaBox,
    EpsilonPlus,
    SpecialFirstLayerMapComposite,
)
from zennit.core import Composite, Hook
from zennit.layer import Sum
from zennit.rules import AlphaBeta, Epsilon, Flat, Norm, Pass, WSquare, ZBox, ZPlus
from zennit.types import Activation, AvgPool, BatchNorm, Convolution, Linear

from benchmarks.models import Add
from tests.peers.plain import plain, swapped


class SharedByAutograd(Hook):
    """R_j = x_j+ / (what `total` makes of x+) R_k, with autograd through `total`."""

    def total(self, module: nn.Module, x: Tensor) -> Tensor:
        raise NotImplementedError

    def forward(self, module: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
        self.stored_tensors["input"] = args[0]

    def backward(self, module: nn.Module, grad_input: Any, grad_output: Any) -> tuple[Tensor]:
        x = self.stored_tensors["input"].detach().clamp(min=0).requires_grad_()
        with torch.enable_grad():
            total = self.total(module, x)
            share = torch.where(total == 0, 0.0, grad_output[0] / total).detach()
            (c,) = torch.autograd.grad(total, x, share)
        return ((c * x).detach(),)

    def copy(self) -> SharedByAutograd:
        return type(self)()


class ProportionalMax(SharedByAutograd):
    """Max pooling as if it were a sum, which zennit has not."""

    def total(self, module: nn.Module, x: Tensor) -> Tensor:
        assert isinstance(module, nn.MaxPool2d)
        window = (module.kernel_size, module.stride, module.padding, module.ceil_mode, True, 1)
        return F.avg_pool2d(x, *window)


class PositiveSum(SharedByAutograd):
    """A residual sum shared among its positive parts."""

    def total(self, module: nn.Module, x: Tensor) -> Tensor:
        return module.forward(x)


class ZennitAdd(nn.Module):
    """x + y as zennit wants it."""

    def __init__(self) -> None:
        super().__init__()
        self.sum = Sum()

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.sum(torch.stack([x, y], -1))


@dataclass(frozen=True)
class Recipe:
    """A preset of ours in zennit's words, where it has no composite of its own."""

    hidden: Callable[[float], Hook]
    first: str = "box"
    pooling: str = "proportional"
    add: str = "positive"


RECIPES = {
    "deep-taylor": Recipe(lambda stabilizer: ZPlus(stabilizer=stabilizer, zero_params="bias")),
    "alpha1-beta0": Recipe(lambda stabilizer: AlphaBeta(1, 0, stabilizer=stabilizer, zero_params="bias")),
    "alpha2-beta1": Recipe(lambda stabilizer: AlphaBeta(2, 1, stabilizer=stabilizer, zero_params="bias")),
    "epsilon": Recipe(lambda stabilizer: Epsilon(1e-6), "", "winner", "epsilon"),
    "z+": Recipe(
        lambda stabilizer: ZPlus(stabilizer=stabilizer, zero_params="bias"), "", "winner", "epsilon"
    ),
}

OWN = ("epsilon-plus", "epsilon-gamma-box", "epsilon-alpha2-beta1")


def composite(
    rules: str | Recipe, bounds: tuple[Any, Any] | None, stabilizer: float, first: str
) -> Composite:
    """zennit's composite of that name, or rules for every layer with weights, the first one apart."""
    shared: dict[str, Any] = {"stabilizer": stabilizer, "canonizers": [SequentialMergeBatchNorm()]}
    if rules == "epsilon-plus":
        return EpsilonPlus(**shared)
    if rules == "epsilon-alpha2-beta1":
        return EpsilonAlpha2Beta1(**shared)
    if rules == "epsilon-gamma-box":
        assert bounds is not None
        return EpsilonGammaBox(*bounds, **shared)
    recipe = RECIPES[rules] if isinstance(rules, str) else rules
    hidden = recipe.hidden(stabilizer)
    layers: list[tuple[Any, Hook]] = [
        (Activation, Pass()),
        (BatchNorm, Pass()),
        (Sum, PositiveSum() if recipe.add == "positive" else Norm(stabilizer=stabilizer)),
        (AvgPool, Norm(stabilizer=stabilizer)),
        (Convolution, hidden),
        (Linear, hidden),
    ]
    if recipe.pooling == "proportional":
        layers.append((nn.MaxPool2d, ProportionalMax()))
    special: Hook | None = None
    if first == "flat":
        special = Flat(stabilizer, zero_params="bias")
    elif recipe.first == "box":
        box = bounds is not None
        special = ZBox(*bounds, stabilizer=stabilizer) if box else WSquare(stabilizer, zero_params="bias")
    firsts = [] if special is None else [(Convolution, special), (Linear, special)]
    return SpecialFirstLayerMapComposite(layers, firsts, canonizers=shared["canonizers"])


@contextmanager
def explainer(
    model: nn.Module,
    rules: str | Recipe,
    bounds: tuple[Any, Any] | None = None,
    stabilizer: float = 1e-6,
    first: str = "",
) -> Iterator[Callable[[Tensor, list[int]], Tensor]]:
    """(x, one class a sample) -> relevance, shape of x; hooks are registered once, on a copy of `model`."""
    model = swapped(plain(model), lambda part: isinstance(part, Add), ZennitAdd)
    with composite(rules, bounds, stabilizer, first).context(model) as registered:

        def explain(x: Tensor, target: list[int]) -> Tensor:
            leaf = x.detach().clone().requires_grad_()
            output = registered(leaf)
            start = torch.zeros_like(output)
            rows = torch.arange(len(x))
            start[rows, target] = output.detach()[rows, target]
            (found,) = torch.autograd.grad(output, leaf, start)
            return found.detach()

        yield explain


def relevance(
    model: nn.Module,
    x: Tensor,
    rules: str | Recipe,
    target: list[int],
    bounds: tuple[Any, Any] | None = None,
    stabilizer: float = 1e-6,
    first: str = "",
) -> Tensor:
    """What zennit says of the scores of `target`, one class a sample, shape of x; `model` is copied."""
    with explainer(model, rules, bounds, stabilizer, first) as explain:
        return explain(x, target)
