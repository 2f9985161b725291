"""zennit 1.0.0 as an independent implementation: one composite a preset, rules by the kind of layer.

What has to be said to it: the bias is out of z+ and alpha-beta (`zero_params="bias"`), pools are not touched unless
asked, the output gradient is given explicitly, modules must not work in place or be reused.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from zennit.composites import SpecialFirstLayerMapComposite
from zennit.core import Hook
from zennit.rules import AlphaBeta, Epsilon, Flat, Norm, Pass, WSquare, ZBox, ZPlus
from zennit.types import Activation, AvgPool, Convolution, Linear


class ProportionalMax(Hook):
    """R_j = x_j / (sum over the window) R_k for max pooling, which zennit has not: autograd through a sum pool."""

    def forward(self, module: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
        self.stored_tensors["input"] = args[0]

    def backward(self, module: nn.MaxPool2d, grad_input: Any, grad_output: Any) -> tuple[Tensor]:
        x = self.stored_tensors["input"].detach().requires_grad_()
        with torch.enable_grad():
            total = F.avg_pool2d(
                x,
                module.kernel_size,
                module.stride,
                module.padding,
                module.ceil_mode,
                True,
                divisor_override=1,
            )
            share = torch.where(total == 0, 0.0, grad_output[0] / total).detach()
            (c,) = torch.autograd.grad(total, x, share)
        return ((c * x).detach(),)

    def copy(self) -> ProportionalMax:
        return ProportionalMax()


def composite(
    hidden: Hook, first: Hook | None, pooling: str, stabilizer: float
) -> SpecialFirstLayerMapComposite:
    """Rules for every layer with weights, the first one apart, average pools shared, activations passed over."""
    layers: list[tuple[Any, Hook]] = [
        (Activation, Pass()),
        (AvgPool, Norm(stabilizer=stabilizer)),
        (Convolution, hidden),
        (Linear, hidden),
    ]
    if pooling == "proportional":
        layers.append((nn.MaxPool2d, ProportionalMax()))
    special: list[tuple[Any, Hook]] = [] if first is None else [(Convolution, first), (Linear, first)]
    return SpecialFirstLayerMapComposite(layers, special)


HIDDEN: dict[str, Callable[[float], Hook]] = {
    "deep-taylor": lambda stabilizer: ZPlus(stabilizer=stabilizer, zero_params="bias"),
    "alpha1-beta0": lambda stabilizer: AlphaBeta(1, 0, stabilizer=stabilizer, zero_params="bias"),
    "alpha2-beta1": lambda stabilizer: AlphaBeta(2, 1, stabilizer=stabilizer, zero_params="bias"),
    "epsilon": lambda stabilizer: Epsilon(1e-6),
}


def relevance(
    model: nn.Module,
    x: Tensor,
    rules: str,
    target: list[int],
    bounds: tuple[Any, Any] | None = None,
    stabilizer: float = 1e-6,
    first: str = "",
) -> Tensor:
    """What zennit says of the scores of `target`, one class a sample, shape of x; `model` is copied."""
    model = copy.deepcopy(model).eval()
    for part in model.modules():
        if isinstance(part, nn.ReLU):
            part.inplace = False
    hook: Hook | None = None
    if rules != "epsilon":
        hook = (
            ZBox(*bounds, stabilizer=stabilizer)
            if bounds is not None
            else WSquare(stabilizer, zero_params="bias")
        )
    if first == "flat":
        hook = Flat(stabilizer, zero_params="bias")
    pooling = "winner" if rules == "epsilon" else "proportional"
    leaf = x.detach().clone().requires_grad_()
    with composite(HIDDEN[rules](stabilizer), hook, pooling, stabilizer).context(model) as registered:
        output = registered(leaf)
        start = torch.zeros_like(output)
        rows = torch.arange(len(x))
        start[rows, target] = output.detach()[rows, target]
        (found,) = torch.autograd.grad(output, leaf, start)
    return found.detach()
