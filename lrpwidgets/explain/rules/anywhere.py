"""Rules that a preset may name for any operation, with weights or without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ...errors import RuleError
from ..layers import Layer
from ..node import Node
from ..operations import OPERATIONS, Cotangents, autograd, kept
from ..operations.activations import ELEMENTWISE, WITHOUT_RULE
from .rule import Branch, Rule, Shares, bias_share, over


@dataclass(frozen=True)
class Gradient(Rule):
    """The plain gradient: what to ask for where an operation has no rule. On a layer with weights, LRP-0."""

    anywhere = True
    equation = "R_j = x_j sum_k (d z_k / d x_j) R_k / z_k"

    def branches(self, layer: Layer) -> list[Branch]:
        return [Branch(None, layer.weight)]

    def shares(self, layer: Layer) -> Shares:
        return Shares(bias=bias_share(layer, layer.output))

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


@dataclass(frozen=True)
class Signal(Rule):
    """Of a product x g the first factor takes all, R_x = R: the others count as constants (Arras et al. 2017).

    For gates that are no sigmoids (those are known without it): name the module in whose forward the product is taken.
    What else happens in that module is done by the preset's own rules.
    """

    anywhere = True
    equation = "R_x = R, R_g = 0"

    def branches(self, layer: Layer) -> list[Branch]:
        raise RuleError(
            f"Signal at {layer.node.where}: a layer with weights is no product of two parts; give it another rule"
        )

    def through(self, node: Node, c: Cotangents, walk: Any) -> list[Tensor | None]:
        if node.op == "mul" and len(node.operands) > 1 and c[0] is not None:
            first, *others = OPERATIONS["mul"].handler(node, c[0], walk)
            return [first, *(None for _ in others)]
        entry, handler = OPERATIONS.get(node.op), walk.table.get(node.op)
        if entry is None or handler is None or len(node.operands) > 1:
            raise RuleError(
                f"Signal at {node.where}: aten.{node.op} on {node.shapes} is no product; name the module that takes it"
            )
        return list(handler(node, c if entry.every else c[0], walk))
