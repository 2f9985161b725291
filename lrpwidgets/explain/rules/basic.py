"""Rules that treat all contributions alike: LRP-0 and LRP-epsilon."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..layers import Layer
from .rule import Branch, Rule, Shares, bias_share, require


@dataclass(frozen=True)
class Zero(Rule):
    """LRP-0: R_j = sum_k a_j w_jk / z_k R_k, bias in the denominator (tutorial, section 5.1)."""

    equation = "R_j = sum_k  a_j w_jk / (sum_j a_j w_jk + b_k)  R_k"

    def branches(self, layer: Layer) -> list[Branch]:
        return [Branch(None, layer.weight)]

    def shares(self, layer: Layer) -> Shares:
        return Shares(bias=bias_share(layer, layer.output))


@dataclass(frozen=True)
class Epsilon(Rule):
    """LRP-epsilon: R_j = sum_k a_j w_jk / (z_k + epsilon sign(z_k)) R_k, bias in (Bach et al. 2015, eq. 58)."""

    epsilon: float = field(default=1e-6, metadata={"above": 0.0, "doc": "stabilizer, in units of z_k"})
    equation = "R_j = sum_k  a_j w_jk / (z_k + epsilon sign z_k)  R_k"

    def __post_init__(self) -> None:
        require(
            isinstance(self.epsilon, (int, float)) and math.isfinite(self.epsilon) and self.epsilon > 0,
            f"Epsilon needs a number epsilon > 0, not {self.epsilon!r}; Zero() is the rule without a stabilizer",
        )

    def branches(self, layer: Layer) -> list[Branch]:
        size = layer.output if layer.stood_for else layer.output.abs()
        total = size + self.epsilon
        return [Branch(torch.div(size, total, out=total), layer.weight, own=True)]

    def shares(self, layer: Layer) -> Shares:
        size = layer.output.abs()
        return Shares(
            bias=bias_share(layer, layer.output + self.epsilon * _sign(layer.output)),
            stabilizer=self.epsilon / (size + self.epsilon),
        )


def _sign(z: Tensor) -> Tensor:
    """1 or -1, and 1 at zero."""
    return torch.where(z < 0, -1.0, 1.0).to(z.dtype)
