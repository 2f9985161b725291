"""Products of two parts that both depend on the input: matrix products, gates, bilinear forms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from torch import Tensor

from ..node import Node, Value
from .autograd import autograd
from .table import handles, kept

if TYPE_CHECKING:
    from ..propagate import Walk

# Products of two factors among their operands; `baddbmm` adds a third, which is no factor.
FACTORS = {
    "mul": (0, 1),
    "bmm": (0, 1),
    "mm": (0, 1),
    "mv": (0, 1),
    "dot": (0, 1),
    "addmm": (1, 2),
    "baddbmm": (1, 2),
}


@handles("baddbmm", "dot", "_trilinear", "glu", "prod", reads=("all",))
def _product(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield from autograd(node, [c])


def factors(node: Node) -> list[bool]:
    """Whether each operand that depends on the input is one of the two factors of a product."""
    at = FACTORS[node.op]
    return [place in at for place, item in enumerate(node.args) if isinstance(item, Value)]


def matrix_product(node: Node, c: Tensor) -> Iterable[Tensor]:
    """C = A B of two dependent parts: c B^T and A^T c."""
    one, other = (kept(value) for value in node.operands)
    yield c @ other.mT
    yield one.mT @ c
