"""captum 0.9.0: gradients, deconvnet, guided backprop and LRP-epsilon on module ReLUs.

What has to be said to it: its rules are gone after every call, it refuses layers that it has no rule for (flatten,
identity) unless they hold another, an identity must not be a dropout (tests/peers/test_captum.py says why), residual
sums must be its own module, batch norms are not folded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from captum.attr import LRP, Deconvolution, GuidedBackprop, InputXGradient, IntegratedGradients, Saliency
from captum.attr._core.lrp import Addition_Module
from captum.attr._utils.lrp_rules import EpsilonRule
from torch import Tensor, nn

from benchmarks.models import Add
from tests.peers.plain import folded, plain, swapped

GRADIENTS: dict[str, Callable[[nn.Module], Any]] = {
    "gradient-x-input": InputXGradient,
    "saliency": Saliency,
    "guided-backprop": GuidedBackprop,
    "deconvnet": Deconvolution,
    "integrated-gradients": IntegratedGradients,
}

JOBS = (*GRADIENTS, "epsilon")


class Unseen(nn.Module):
    """A step without weights that captum does not look at, because it looks inside."""

    def __init__(self, step: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.step = step
        self.inside = nn.Dropout()

    def forward(self, x: Tensor) -> Tensor:
        return self.step(x)


def understood(model: nn.Module) -> nn.Module:
    """A copy of `model` in modules that captum knows."""
    model = swapped(folded(plain(model)), lambda part: isinstance(part, Add), Addition_Module)
    flatten = partial(torch.flatten, start_dim=1)
    model = swapped(model, lambda part: isinstance(part, nn.Flatten), lambda: Unseen(flatten))
    return swapped(model, _empty, lambda: Unseen(lambda x: x)).eval()


def _empty(part: nn.Module) -> bool:
    return isinstance(part, nn.Sequential) and not len(part)


@contextmanager
def explainer(
    model: nn.Module, job: str, epsilon: float = 1e-6, **settings: Any
) -> Iterator[Callable[[Tensor, list[int]], Tensor]]:
    """(x, one class a sample) -> the map, shape of x; `settings` go to captum's `attribute`."""
    model = understood(model)
    if job in GRADIENTS:
        method = GRADIENTS[job](model)

        def explain(x: Tensor, target: list[int]) -> Tensor:
            found: Tensor = method.attribute(x.detach().clone(), target=torch.tensor(target), **settings)
            return found.detach()

        yield explain
        return
    if job != "epsilon":
        raise KeyError(f"captum has no {job}")
    unweighted = nn.MaxPool2d | nn.AvgPool2d | nn.AdaptiveAvgPool2d | Addition_Module
    lrp = LRP(model)

    def propagate(x: Tensor, target: list[int]) -> Tensor:
        for part in model.modules():
            if isinstance(part, nn.Conv2d | nn.Linear):
                part.rule = EpsilonRule(epsilon)
            elif isinstance(part, unweighted):
                part.rule = EpsilonRule(1e-30)  # only against a division by zero
        found: Tensor = lrp.attribute(x.detach().clone(), target=torch.tensor(target), **settings)
        return found.detach()

    yield propagate
