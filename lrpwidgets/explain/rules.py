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
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import torch
from torch import Tensor

from ..errors import RuleError
from .layers import Layer
from .node import Node
from .operations import OPERATIONS, Cotangents, autograd, kept
from .operations.activations import ELEMENTWISE, WITHOUT_RULE


@dataclass(frozen=True, slots=True)
class Branch:
    """A share `ratio` of c, sent back through `weight`, times `factor` at the input (None: 1)."""

    ratio: Tensor | None
    weight: Tensor
    factor: Tensor | None = None
    parts: int = 1  # stacked along the input axis, to be added up
    own: bool = False  # no other branch and nobody else reads the memory of `ratio`


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
    # Whether the rule also holds for operations without weights, where a preset names their module.
    anywhere: ClassVar[bool] = False
    equation: ClassVar[str] = ""

    def branches(self, layer: Layer) -> list[Branch]:
        """The rule on this layer; independent of the relevance, hence kept for the next target."""
        raise NotImplementedError

    def shares(self, layer: Layer) -> Shares:
        """Where the relevance that does not go on ends up."""
        return Shares()

    def through(self, node: Node, c: Cotangents, walk: Any) -> list[Tensor | None]:
        """c at each operand of an operation without weights, for rules that hold `anywhere`."""
        raise NotImplementedError

    @property
    def code(self) -> str:
        """Python that makes the rule again."""
        parts = [
            f"{name}={f'torch.tensor({value.tolist()!r})' if isinstance(value, Tensor) else repr(value)}"
            for name, value in self._settings()
        ]
        return f"lw.{type(self).__name__}({', '.join(parts)})"

    def to_json(self) -> dict[str, Any]:
        """Name and parameters, as saved in files."""
        return {"rule": type(self).__name__} | {
            name: value.tolist() if isinstance(value, Tensor) else value for name, value in self._settings()
        }

    def _settings(self) -> Iterator[tuple[str, Any]]:
        """Names and values of the parameters; of the silent ones only those that are not as usual."""
        for each in fields(self):
            value = getattr(self, each.name)
            if each.init and each.repr and not (each.metadata.get("silent") and value == each.default):
                yield each.name, value

    def __str__(self) -> str:
        return self.code.removeprefix("lw.")


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
        size = layer.output if layer.stood_for else layer.output.abs()
        total = size + self.epsilon
        return [Branch(torch.div(size, total, out=total), layer.weight, own=True)]

    def shares(self, layer: Layer) -> Shares:
        size = layer.output.abs()
        return Shares(
            bias=_bias_share(layer, layer.output + self.epsilon * _sign(layer.output)),
            stabilizer=self.epsilon / (size + self.epsilon),
        )


@dataclass(frozen=True)
class Gamma(Rule):
    """LRP-gamma: positive contributions count 1 + gamma times, bias in (Montavon et al. 2019, table 10.1):

    R_j = sum_k (a_j w_jk + gamma (a_j w_jk)+) / (z_k + gamma (z_k+ + b_k+)) R_k.
    Where z_k < 0 the negative contributions are the favoured ones, so that signed units are treated alike.
    """

    gamma: float = 0.25
    equation = (
        "R_j = sum_k  (a_j w_jk + gamma (a_j w_jk)+) / (z_k + gamma sum_j (a_j w_jk)+ + gamma b_k+)  R_k"
    )

    def __post_init__(self) -> None:
        _require(
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
        q = over(z, favoured.mul_(self.gamma).add_(z), reuse=True)
        return q if layer.rectified else q.mul_((z > 0) if sign == "positive" else (z < 0))

    def branches(self, layer: Layer) -> list[Branch]:
        found = []
        for same, other, q in self._ratios(layer):
            parts = _by_sign(layer, same, other)
            for part, gate in parts:
                weight = torch.add(layer.weight, part, alpha=self.gamma)
                found.append(Branch(q, weight, gate, own=len(parts) == 1))
        return found

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

    alpha: float = 2.0
    beta: float = 1.0
    bias: bool = field(default=False, metadata={"silent": True})
    equation = "R_j = sum_k  (alpha (a_j w_jk)+ / z_k+  -  beta (a_j w_jk)- / z_k-)  R_k"

    def __post_init__(self) -> None:
        _require(
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
        q = over(layer.output, self._denominator(layer, same, other), reuse=True)
        if scale != 1:
            q *= scale
        parts = _by_sign(layer, same, other)
        return [Branch(q, part, gate, own=len(parts) == 1) for part, gate in parts]

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


@dataclass(frozen=True, eq=False)
class ZBox(Rule):
    """zB, for a first layer on l <= x <= h, bias out (tutorial, Table 2):

    R_j = sum_k (x_j w_jk - l_j w_jk+ - h_j w_jk-) / sum_j (x_j w_jk - l_j w_jk+ - h_j w_jk-) R_k

    `low` and `high` are numbers or tensors that broadcast to the input, shape (batch, channel, height, width):
    one box for all samples, or one for each.
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
        q = over(layer.output, self.denominator(layer), reuse=True)
        weights = [layer.weight, layer.part("positive"), layer.part("negative")]
        factors = [x, -low, -high]
        if not layer.stackable:
            return [Branch(q, weight, factor) for weight, factor in zip(weights, factors, strict=True)]
        together = torch.cat([factor.expand_as(x) for factor in factors], 1)
        return [Branch(q, layer.stack(weights), together, parts=3, own=True)]


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


@dataclass(frozen=True)
class Gradient(Rule):
    """The plain gradient: what to ask for where an operation has no rule. On a layer with weights, LRP-0."""

    anywhere = True
    equation = "R_j = x_j sum_k (d z_k / d x_j) R_k / z_k"

    def branches(self, layer: Layer) -> list[Branch]:
        return [Branch(None, layer.weight)]

    def shares(self, layer: Layer) -> Shares:
        return Shares(bias=_bias_share(layer, layer.output))

    def through(self, node: Node, c: Cotangents, walk: Any) -> list[Tensor | None]:
        entry = OPERATIONS.get(node.op)
        return (
            autograd(node, c)
            if entry is None
            else list(entry.handler(node, c if entry.every else c[0], walk))
        )


@dataclass(frozen=True)
class Pass(Rule):
    """R_j = R_j: relevance passes an operation that acts element by element as it is."""

    anywhere = True
    equation = "R_j = R_j"

    def branches(self, layer: Layer) -> list[Branch]:
        raise RuleError(
            f"Pass at {layer.node.where}: a layer with weights mixes its inputs; give it another rule"
        )

    def through(self, node: Node, c: Cotangents, walk: Any) -> list[Tensor | None]:
        entry = OPERATIONS.get(node.op)
        if entry is not None:  # passes R on by its own rule, or mixes elements
            handler = walk.table.get(node.op)
            if handler is not None and (entry.moves or node.op == "relu" or node.op in ELEMENTWISE):
                return list(handler(node, c if entry.every else c[0], walk))
        shapes = {value.shape for value in (*node.operands, node.outputs[0])}
        unknown = entry is not None and node.op not in WITHOUT_RULE
        if unknown or len(node.operands) != 1 or len(shapes) != 1 or c[0] is None:
            raise RuleError(
                f"Pass at {node.where}: aten.{node.op} on {node.shapes} does not act element by element on one "
                "operand; use Gradient() there"
            )
        return [c[0] * over(kept(node.outputs[0]), kept(node.operands[0]))]


RULES: dict[str, Callable[..., Rule]] = {
    rule.__name__: rule
    for rule in (Zero, Epsilon, Gamma, ZPlus, AlphaBeta, ZBox, WSquare, Flat, Gradient, Pass)
}


def _by_sign(layer: Layer, same: str, other: str) -> list[tuple[Tensor, Tensor | None]]:
    """Parts of the weights with the gate of the inputs they hold for: products of one sign s.

    `same` is the sign of w for a > 0, `other` for a < 0.
    """
    if layer.nonnegative:
        return [(layer.part(same), None)]
    x = layer.input
    return [(layer.part(same), (x > 0).to(x.dtype)), (layer.part(other), (x < 0).to(x.dtype))]


def _part(bias: Tensor, kind: str) -> Tensor:
    return bias.clamp(min=0) if kind == "positive" else bias.clamp(max=0)


def _products(layer: Layer, same: str, other: str) -> Tensor:
    """sum_j (a_j w_jk)+ for same="positive", sum_j (a_j w_jk)- for same="negative"."""
    if layer.nonnegative:
        return layer.forward(layer.input, layer.part(same))
    x = layer.input
    z = layer.forward(x.clamp(min=0), layer.part(same))
    return z.add_(layer.forward(x.clamp(max=0), layer.part(other)))


def _bias_share(layer: Layer, denominator: Tensor) -> Tensor | None:
    """b_k / z_k, 0 where z_k is 0 (no relevance arrives there)."""
    if layer.bias is None:
        return None
    return over(layer.bias.expand_as(denominator), denominator)


def over(numerator: Tensor, denominator: Tensor, *, reuse: bool = False) -> Tensor:
    """numerator / denominator, and 0 where there is nothing to divide by: such a unit passes nothing on.

    With `reuse` the denominator's memory holds the result.

    (A small constant added to the denominator would not do: it sends 1 / constant through convolution
    algorithms that mix neighbours.)
    """
    quotient = torch.div(numerator, denominator, out=denominator if reuse else None)
    return quotient.nan_to_num_(nan=0.0, posinf=0.0, neginf=0.0)


def _sign(z: Tensor) -> Tensor:
    """1 or -1, and 1 at zero."""
    return torch.where(z < 0, -1.0, 1.0).to(z.dtype)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise RuleError(otherwise)
