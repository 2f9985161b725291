"""The rules of layer-wise relevance propagation, one class an equation.

Notation: a layer computes z_k = sum_j a_j w_jk + b_k; (.)+ and (.)- are positive and negative parts of the
*products* a_j w_jk, so that signed inputs are right. R_k comes in at the output, R_j goes out at the input.
The engine carries c = R / a, and R_k = c_k z_k: a rule is a list of branches, each the share q_k of c_k that
goes back through weights w, and where:

    c_j = sum over branches of  gate_j * sum_k w_jk q_k c_k          (hidden layers)
    R_j = sum over branches of  factor_j * sum_k w_jk q_k c_k        (first-layer rules)

Sources: Montavon, Samek, Mueller, "Methods for interpreting and understanding deep neural networks",
sections 5 and 6 and Table 2 ("the tutorial"); Bach et al. 2015 for alpha-beta and epsilon.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import torch
from torch import Tensor

from ..errors import RuleError
from .layers import Layer


@dataclass(frozen=True, slots=True)
class Branch:
    """A share `ratio` of c, sent back through `weight`, times `factor` at the input (None: 1)."""

    ratio: Tensor | None
    weight: Tensor
    factor: Tensor | None = None
    parts: int = 1  # stacked along the input axis, to be added up


@dataclass(frozen=True, slots=True)
class Shares:
    """What part of R_k the bias and the stabilizer of each output unit absorb (None: nothing)."""

    bias: Tensor | None = None
    stabilizer: Tensor | None = None


@dataclass(frozen=True)
class Rule:
    """How relevance passes backwards through one linear layer."""

    # First-layer rules give R itself: nothing below the layer may need c.
    gives_relevance: ClassVar[bool] = False
    equation: ClassVar[str] = ""

    def branches(self, layer: Layer) -> list[Branch]:
        """The rule on this layer; independent of the relevance, hence kept for the next target."""
        raise NotImplementedError

    def shares(self, layer: Layer) -> Shares:
        """Where the relevance that does not go on ends up."""
        return Shares()

    @property
    def code(self) -> str:
        """Python that makes the rule again."""
        parts = [
            f"{each.name}={f'torch.tensor({value.tolist()!r})' if isinstance(value, Tensor) else repr(value)}"
            for each in fields(self)
            if each.init and each.repr
            for value in [getattr(self, each.name)]
        ]
        return f"lw.{type(self).__name__}({', '.join(parts)})"

    def to_json(self) -> dict[str, Any]:
        """Name and parameters, as saved in files."""
        settings = {each.name: getattr(self, each.name) for each in fields(self) if each.init and each.repr}
        return {"rule": type(self).__name__} | {
            name: value.tolist() if isinstance(value, Tensor) else value for name, value in settings.items()
        }


@dataclass(frozen=True)
class Zero(Rule):
    """LRP-0: R_j = sum_k a_j w_jk / z_k R_k, bias in the denominator (tutorial, section 5.1)."""

    equation = "R_j = sum_k  a_j w_jk / (sum_j a_j w_jk + b_k)  R_k"

    def branches(self, layer: Layer) -> list[Branch]:
        return [Branch(None, layer.weight)]

    def shares(self, layer: Layer) -> Shares:
        return Shares(bias=_bias_share(layer, layer.output))


@dataclass(frozen=True)
class Epsilon(Rule):
    """LRP-epsilon: R_j = sum_k a_j w_jk / (z_k + epsilon sign(z_k)) R_k, bias in (Bach et al. 2015, eq. 58)."""

    epsilon: float = 1e-6
    equation = "R_j = sum_k  a_j w_jk / (z_k + epsilon sign z_k)  R_k"

    def __post_init__(self) -> None:
        _require(
            isinstance(self.epsilon, (int, float)) and math.isfinite(self.epsilon) and self.epsilon > 0,
            f"Epsilon needs a number epsilon > 0, not {self.epsilon!r}; Zero() is the rule without a stabilizer",
        )

    def branches(self, layer: Layer) -> list[Branch]:
        size = layer.output.abs()
        return [Branch(size / (size + self.epsilon), layer.weight)]

    def shares(self, layer: Layer) -> Shares:
        size = layer.output.abs()
        return Shares(
            bias=_bias_share(layer, layer.output + self.epsilon * _sign(layer.output)),
            stabilizer=self.epsilon / (size + self.epsilon),
        )


@dataclass(frozen=True)
class AlphaBeta(Rule):
    """R_j = sum_k (alpha (a_j w_jk)+ / z_k+ - beta (a_j w_jk)- / z_k-) R_k (tutorial, eq. 1), bias out.

    alpha - beta = 1, beta >= 0. A unit without a negative (positive) part sends alpha (-beta) times its
    relevance: the published formula does not conserve there, and the ledger says how much.
    """

    alpha: float = 2.0
    beta: float = 1.0
    equation = "R_j = sum_k  (alpha (a_j w_jk)+ / z_k+  -  beta (a_j w_jk)- / z_k-)  R_k"

    def __post_init__(self) -> None:
        _require(
            all(isinstance(number, (int, float)) for number in (self.alpha, self.beta))
            and math.isclose(self.alpha - self.beta, 1.0, abs_tol=1e-9)
            and self.beta >= 0,
            f"AlphaBeta needs alpha - beta = 1 and beta >= 0, not alpha={self.alpha}, beta={self.beta}",
        )

    def branches(self, layer: Layer) -> list[Branch]:
        found = _signed(layer, self.alpha, "positive", "negative")
        return found + (_signed(layer, -self.beta, "negative", "positive") if self.beta else [])


@dataclass(frozen=True)
class ZPlus(AlphaBeta):
    """R_j = sum_k (a_j w_jk)+ / sum_j (a_j w_jk)+ R_k, bias out: alpha 1, beta 0, deep Taylor (Table 2)."""

    alpha: float = field(default=1.0, init=False, repr=False)
    beta: float = field(default=0.0, init=False, repr=False)
    equation = "R_j = sum_k  (a_j w_jk)+ / sum_j (a_j w_jk)+  R_k"


@dataclass(frozen=True, eq=False)
class ZBox(Rule):
    """zB, for a first layer on l <= x <= h, bias out (tutorial, Table 2):

    R_j = sum_k (x_j w_jk - l_j w_jk+ - h_j w_jk-) / sum_j (x_j w_jk - l_j w_jk+ - h_j w_jk-) R_k

    `low` and `high` are numbers or tensors that broadcast to the input, shape (batch, channel, height, width).
    """

    low: float | Tensor = -1.0
    high: float | Tensor = 1.0
    gives_relevance = True
    equation = (
        "R_j = sum_k  (x_j w_jk - l_j w_jk+ - h_j w_jk-) / sum_j (x_j w_jk - l_j w_jk+ - h_j w_jk-)  R_k"
    )

    def __post_init__(self) -> None:
        low, high = torch.as_tensor(self.low), torch.as_tensor(self.high)
        _require(
            bool(torch.isfinite(low).all() and torch.isfinite(high).all() and (low <= high).all()),
            "ZBox needs finite bounds with low <= high for every input variable",
        )

    def __str__(self) -> str:
        low, high = float(torch.as_tensor(self.low).min()), float(torch.as_tensor(self.high).max())
        return f"ZBox({low:.6g}, {high:.6g})"

    def bounds(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """`low` and `high` spread over one sample of the input."""
        low, high = (
            torch.as_tensor(bound, dtype=x.dtype, device=x.device) for bound in (self.low, self.high)
        )
        try:
            return low.expand(1, *x.shape[1:]), high.expand(1, *x.shape[1:])
        except RuntimeError:
            raise RuleError(
                f"ZBox bounds of shapes {tuple(low.shape)} and {tuple(high.shape)} do not broadcast to the "
                f"input {tuple(x.shape)}; give numbers or tensors of shape (1, channel, 1, 1)"
            ) from None

    def denominator(self, layer: Layer) -> Tensor:
        """sum_j (x_j w_jk - l_j w_jk+ - h_j w_jk-), never negative inside the box."""
        low, high = self.bounds(layer.input)
        constant = layer.forward(low, layer.part("positive")) + layer.forward(high, layer.part("negative"))
        return layer.linear_output - constant

    def branches(self, layer: Layer) -> list[Branch]:
        x = layer.input
        low, high = self.bounds(x)
        q = over(layer.output, self.denominator(layer))
        weights = [layer.weight, layer.part("positive"), layer.part("negative")]
        factors = [x, -low, -high]
        if not layer.stackable:
            return [Branch(q, weight, factor) for weight, factor in zip(weights, factors, strict=True)]
        together = torch.cat([factor.expand_as(x) for factor in factors], 1)
        return [Branch(q, layer.stack(weights), together, parts=3)]


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
        return [Branch(over(layer.output, layer.forward(ones, weight)), weight, ones)]


@dataclass(frozen=True, eq=False)
class Flat(WSquare):
    """R_j = sum_k 1 / (number of inputs of k) R_k: relevance spread evenly, whatever the weights."""

    equation = "R_j = sum_k  1 / (sum_j 1)  R_k"
    _part = "flat"


RULES: dict[str, Callable[..., Rule]] = {
    rule.__name__: rule for rule in (Zero, Epsilon, ZPlus, AlphaBeta, ZBox, WSquare, Flat)
}


def _signed(layer: Layer, scale: float, same: str, other: str) -> list[Branch]:
    """Branches for scale * (a w)^s / z^s, where `same` is the sign s of w for a > 0 and `other` for a < 0."""
    q = over(layer.output, _products(layer, same, other))
    if scale != 1:
        q *= scale
    if layer.nonnegative:
        return [Branch(q, layer.part(same))]
    x = layer.input
    return [
        Branch(q, layer.part(same), (x > 0).to(x.dtype)),
        Branch(q, layer.part(other), (x < 0).to(x.dtype)),
    ]


def _products(layer: Layer, same: str, other: str) -> Tensor:
    """sum_j (a_j w_jk)+ for same="positive", sum_j (a_j w_jk)- for same="negative"."""
    if layer.nonnegative:
        return layer.forward(layer.input, layer.part(same))
    x = layer.input
    return layer.forward(x.clamp(min=0), layer.part(same)) + layer.forward(x.clamp(max=0), layer.part(other))


def _bias_share(layer: Layer, denominator: Tensor) -> Tensor | None:
    """b_k / z_k, 0 where z_k is 0 (no relevance arrives there)."""
    if layer.bias is None:
        return None
    return over(layer.bias.expand_as(denominator), denominator)


def over(numerator: Tensor, denominator: Tensor) -> Tensor:
    """numerator / denominator, and 0 where there is nothing to divide by: such a unit passes nothing on.

    (A small constant added to the denominator would not do: it sends 1 / constant through convolution
    algorithms that mix neighbours.)
    """
    return (numerator / denominator).nan_to_num_(nan=0.0, posinf=0.0, neginf=0.0)


def _sign(z: Tensor) -> Tensor:
    """1 or -1, and 1 at zero."""
    return torch.where(z < 0, -1.0, 1.0).to(z.dtype)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise RuleError(otherwise)
