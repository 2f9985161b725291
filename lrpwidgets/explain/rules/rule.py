"""What a rule is: branches of relevance through a linear layer, and what bias and stabilizer absorb."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import torch
from torch import Tensor

from ...errors import RuleError
from ..layers import Layer
from ..node import Node
from ..operations import Cotangents


@dataclass(frozen=True, slots=True)
class Branch:
    """A share `ratio` of c, sent back through `weight`, times `factor` at the input (None: 1).

    With a `sign` ("positive", "negative") only inputs of that sign get something.
    """

    ratio: Tensor | None
    weight: Tensor
    factor: Tensor | None = None
    sign: str | None = None
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

    def branches(self, layer: Layer) -> Iterable[Branch]:
        """The rule on this layer; independent of the relevance, hence kept for the next target.

        Where each has weights of its own they are made one at a time, and let go of in between.
        """
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


def bias_share(layer: Layer, denominator: Tensor) -> Tensor | None:
    """b_k / z_k, 0 where z_k is 0 (no relevance arrives there)."""
    if layer.bias is None:
        return None
    return over(layer.bias.expand_as(denominator), denominator)


def over(numerator: Tensor, denominator: Tensor, *, out: Tensor | None = None) -> Tensor:
    """numerator / denominator, and 0 where there is nothing to divide by: such a unit passes nothing on.

    `out`: whose memory holds the result, one of the two where nobody else reads it.

    (A small constant added to the denominator would not do: it sends 1 / constant through convolution
    algorithms that mix neighbours.)
    """
    return torch.div(numerator, denominator, out=out).nan_to_num_(nan=0.0, posinf=0.0, neginf=0.0)


def require(holds: bool, otherwise: str) -> None:
    """Raise a RuleError with the text `otherwise` unless a rule's parameters are legal."""
    if not holds:
        raise RuleError(otherwise)
