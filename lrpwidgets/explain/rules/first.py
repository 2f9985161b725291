"""Rules for a first layer, which know where the input may lie (tutorial, Table 2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor

from ...errors import RuleError
from ..layers import Layer
from .rule import Branch, Rule, over, require


@dataclass(frozen=True, eq=False)
class ZBox(Rule):
    """zB, for a first layer on l <= x <= h, bias out (tutorial, Table 2):

    R_j = sum_k (x_j w_jk - l_j w_jk+ - h_j w_jk-) / sum_j (x_j w_jk - l_j w_jk+ - h_j w_jk-) R_k

    `low` and `high` are numbers or tensors that broadcast to the input, shape (batch, channel, height, width):
    one box for all samples, or one for each.
    """

    low: float | Tensor = field(
        default=-1.0, metadata={"doc": "lowest value of an input variable, in units of the model's input"}
    )
    high: float | Tensor = field(
        default=1.0, metadata={"doc": "highest value of an input variable, in units of the model's input"}
    )
    gives_relevance = True
    equation = (
        "R_j = sum_k  (x_j w_jk - l_j w_jk+ - h_j w_jk-) / sum_j (x_j w_jk - l_j w_jk+ - h_j w_jk-)  R_k"
    )

    def __post_init__(self) -> None:
        low, high = torch.as_tensor(self.low), torch.as_tensor(self.high)
        require(
            bool(torch.isfinite(low).all() and torch.isfinite(high).all() and (low <= high).all()),
            "ZBox needs finite bounds with low <= high for every input variable",
        )

    def __str__(self) -> str:
        low, high = float(torch.as_tensor(self.low).min()), float(torch.as_tensor(self.high).max())
        return f"ZBox({low:.6g}, {high:.6g})"

    def bounds(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """`low` and `high` spread over one sample of the input, or over each where they differ among samples."""
        low, high = (
            torch.as_tensor(bound, dtype=x.dtype, device=x.device) for bound in (self.low, self.high)
        )
        each = max(len(bound) if bound.dim() == x.dim() else 1 for bound in (low, high))
        rows = len(x) if each == len(x) else 1
        try:
            return low.expand(rows, *x.shape[1:]), high.expand(rows, *x.shape[1:])
        except RuntimeError:
            raise RuleError(
                f"ZBox bounds of shapes {tuple(low.shape)} and {tuple(high.shape)} do not broadcast to the "
                f"input {tuple(x.shape)}; give numbers or tensors of shape (1, channel, 1, 1)"
            ) from None

    def denominator(self, layer: Layer) -> Tensor:
        """sum_j (x_j w_jk - l_j w_jk+ - h_j w_jk-), never negative inside the box."""
        low, high = self.bounds(layer.input)

        def constant() -> Tensor:
            z = layer.forward(low, layer.part("positive"))
            return z.add_(layer.forward(high, layer.part("negative")))

        return layer.linear_output - layer.constant("box", (low, high), constant)

    def branches(self, layer: Layer) -> list[Branch]:
        x = layer.input
        low, high = self.bounds(x)
        z = self.denominator(layer)
        q = over(layer.output, z, out=z)
        # x w - l w+ - h w- = (x - l) w+ + (x - h) w-: a pass less.
        weights = [layer.part("positive"), layer.part("negative")]
        factors = [x - low, x - high]
        if not layer.stackable:
            return [Branch(q, weight, factor) for weight, factor in zip(weights, factors, strict=True)]
        return [Branch(q, layer.stack(weights), torch.cat(factors, 1), parts=2, own=True)]


@dataclass(frozen=True, eq=False)
class WSquare(Rule):
    """R_j = sum_k w_jk^2 / sum_j w_jk^2 R_k, for a first layer on unbounded inputs (Table 2).

    `real` is 1 where the layer's input comes from the model's input and 0 where it was padded (None: 1).
    """

    real: Tensor | None = field(default=None, repr=False)
    gives_relevance = True
    equation = "R_j = sum_k  w_jk^2 / sum_j w_jk^2  R_k"
    _part: ClassVar[str] = "squared"

    def branches(self, layer: Layer) -> list[Branch]:
        weight = layer.part(self._part)
        ones = torch.ones_like(layer.input[:1]) if self.real is None else self.real
        z = layer.forward(ones, weight)
        q = over(layer.output, z, out=z if len(z) == len(layer.output) else None)
        return [Branch(q, weight, ones)]


@dataclass(frozen=True, eq=False)
class Flat(WSquare):
    """R_j = sum_k 1 / (number of inputs of k) R_k: relevance spread evenly, whatever the weights."""

    equation = "R_j = sum_k  1 / (sum_j 1)  R_k"
    _part = "flat"
