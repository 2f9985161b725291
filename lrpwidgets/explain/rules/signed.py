"""Rules that tell positive from negative contributions: gamma, alpha-beta, z+."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..layers import Layer
from .rule import Branch, Rule, Shares, over, require


@dataclass(frozen=True)
class Gamma(Rule):
    """LRP-gamma: positive contributions count 1 + gamma times, bias in (Montavon et al. 2019, table 10.1):

    R_j = sum_k (a_j w_jk + gamma (a_j w_jk)+) / (z_k + gamma (z_k+ + b_k+)) R_k.
    Where z_k < 0 the negative contributions are the favoured ones, so that signed units are treated alike.
    """

    gamma: float = field(
        default=0.25, metadata={"low": 0.0, "doc": "how much more positive contributions count"}
    )
    equation = (
        "R_j = sum_k  (a_j w_jk + gamma (a_j w_jk)+) / (z_k + gamma sum_j (a_j w_jk)+ + gamma b_k+)  R_k"
    )

    def __post_init__(self) -> None:
        require(
            isinstance(self.gamma, (int, float)) and math.isfinite(self.gamma) and self.gamma >= 0,
            f"Gamma needs a number gamma >= 0, not {self.gamma!r}",
        )

    def _ratios(self, layer: Layer) -> Iterator[tuple[str, str, Tensor]]:
        """z_k over the denominator that favours one sign, for the units of that sign, 0 for the others."""
        z = layer.output
        positive = _products(layer, "positive", "negative")
        # The positive and the negative products sum to z without the bias.
        negative = None if layer.rectified else layer.linear_output - positive
        yield "positive", "negative", self._ratio(layer, z, positive, "positive")
        if negative is not None:
            yield "negative", "positive", self._ratio(layer, z, negative, "negative")

    def _ratio(self, layer: Layer, z: Tensor, favoured: Tensor, sign: str) -> Tensor:
        if layer.bias is not None:
            favoured = favoured.add_(_part(layer.bias, sign))
        q = over(z, favoured.mul_(self.gamma).add_(z), out=favoured)
        return q if layer.rectified else q.mul_((z > 0) if sign == "positive" else (z < 0))

    def branches(self, layer: Layer) -> Iterator[Branch]:
        for same, other, q in self._ratios(layer):
            sides = _by_sign(layer, same, other)
            for side in sides:
                whole = layer.weight if side.stacked == 1 else layer.stack([layer.weight] * side.stacked)
                yield side.branch(q, whole.add(side.weight, alpha=self.gamma), own=len(sides) == 1)

    def shares(self, layer: Layer) -> Shares:
        if layer.bias is None:
            return Shares()
        z, bias = layer.output, layer.bias
        absorbed = torch.zeros_like(z)
        for same, _, q in self._ratios(layer):
            absorbed += over(q * (bias + self.gamma * _part(bias, same)), z)
        return Shares(bias=absorbed)


@dataclass(frozen=True)
class AlphaBeta(Rule):
    """R_j = sum_k (alpha (a_j w_jk)+ / z_k+ - beta (a_j w_jk)- / z_k-) R_k (tutorial, eq. 1), bias out.

    With ``bias=True`` b_k+ is part of z_k+ and b_k- of z_k-, and takes its share.

    alpha - beta = 1, beta >= 0. A unit without a negative (positive) part sends alpha (-beta) times its
    relevance: the published formula does not conserve there, and the ledger says how much.
    """

    alpha: float = field(
        default=2.0,
        metadata={"low": 1.0, "tied": ("beta", 1.0), "doc": "weight of what speaks for, beta + 1"},
    )
    beta: float = field(
        default=1.0,
        metadata={"low": 0.0, "tied": ("alpha", -1.0), "doc": "weight of what speaks against, alpha - 1"},
    )
    bias: bool = field(
        default=False, metadata={"silent": True, "doc": "whether the bias takes part in the denominators"}
    )
    equation = "R_j = sum_k  (alpha (a_j w_jk)+ / z_k+  -  beta (a_j w_jk)- / z_k-)  R_k"

    def __post_init__(self) -> None:
        require(
            all(isinstance(number, (int, float)) for number in (self.alpha, self.beta))
            and math.isclose(self.alpha - self.beta, 1.0, abs_tol=1e-9)
            and self.beta >= 0,
            f"AlphaBeta needs alpha - beta = 1 and beta >= 0, not alpha={self.alpha}, beta={self.beta}",
        )

    def branches(self, layer: Layer) -> list[Branch]:
        found = self._signed(layer, self.alpha, "positive", "negative")
        return found + (self._signed(layer, -self.beta, "negative", "positive") if self.beta else [])

    def _signed(self, layer: Layer, scale: float, same: str, other: str) -> list[Branch]:
        """Branches for scale * (a w)^s / z^s, where `same` is the sign s of w for a > 0 and `other` for a < 0."""
        z = self._denominator(layer, same, other)
        q = over(layer.output, z, out=z)
        if scale != 1:
            q *= scale
        sides = _by_sign(layer, same, other)
        return [side.branch(q, side.weight, own=len(sides) == 1) for side in sides]

    def _denominator(self, layer: Layer, same: str, other: str) -> Tensor:
        z = _products(layer, same, other)
        return z.add_(_part(layer.bias, same)) if self.bias and layer.bias is not None else z

    def shares(self, layer: Layer) -> Shares:
        if not self.bias or layer.bias is None:
            return Shares()
        absorbed = torch.zeros_like(layer.output)
        for scale, same, other in (
            (self.alpha, "positive", "negative"),
            (-self.beta, "negative", "positive"),
        ):
            if scale:
                z = self._denominator(layer, same, other)
                absorbed += scale * over(_part(layer.bias, same).expand_as(z), z)
        return Shares(bias=absorbed)


@dataclass(frozen=True)
class ZPlus(AlphaBeta):
    """R_j = sum_k (a_j w_jk)+ / sum_j (a_j w_jk)+ R_k, bias out: alpha 1, beta 0, deep Taylor (Table 2)."""

    alpha: float = field(default=1.0, init=False, repr=False)
    beta: float = field(default=0.0, init=False, repr=False)
    equation = "R_j = sum_k  (a_j w_jk)+ / sum_j (a_j w_jk)+  R_k"


# Kernels for convolutions fill up so many channels: two parts of the input side by side cost no more than one.
_FILLED = 8


def _together(layer: Layer) -> bool:
    """Whether positive and negative inputs pass the layer side by side, as twice as many channels."""
    channels = layer.source.shape[1]
    return layer.stackable and layer.kind == "convolution" and 2 * channels <= _FILLED


@dataclass(frozen=True, slots=True)
class _Side:
    """A part of the weights and the inputs it holds for: of one sign, or in two stacks, one for each sign."""

    weight: Tensor
    sign: str | None = None
    factor: Tensor | None = None
    stacked: int = 1

    def branch(self, ratio: Tensor, weight: Tensor, *, own: bool) -> Branch:
        """The branch for these inputs."""
        return Branch(ratio, weight, self.factor, self.sign, self.stacked, own)


def _by_sign(layer: Layer, same: str, other: str) -> list[_Side]:
    """For products a w of one sign: `same` is the sign of w for a > 0, `other` for a < 0."""
    if layer.nonnegative:
        return [_Side(layer.part(same))]
    if _together(layer):
        x = layer.input
        gates = torch.cat([(x > 0).to(x.dtype), (x < 0).to(x.dtype)], 1)
        return [_Side(layer.stack([layer.part(same), layer.part(other)]), None, gates, 2)]
    return [_Side(layer.part(same), "positive"), _Side(layer.part(other), "negative")]


def _part(bias: Tensor, kind: str) -> Tensor:
    return bias.clamp(min=0) if kind == "positive" else bias.clamp(max=0)


def _products(layer: Layer, same: str, other: str) -> Tensor:
    """sum_j (a_j w_jk)+ for same="positive", sum_j (a_j w_jk)- for same="negative"."""
    if layer.nonnegative:
        return layer.forward(layer.input, layer.part(same))
    x = layer.input
    if _together(layer):
        both = torch.cat([x.clamp(min=0), x.clamp(max=0)], 1)
        return layer.forward(both, layer.stack([layer.part(same), layer.part(other)]))
    z = layer.forward(x.clamp(min=0), layer.part(same))
    return z.add_(layer.forward(x.clamp(max=0), layer.part(other)))
