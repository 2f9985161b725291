"""Weighted sums: dense layers, convolutions, matrix products with constants."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from torch import Tensor

from ..node import Node
from .autograd import autograd
from .products import matrix_product
from .table import handles

if TYPE_CHECKING:
    from ..propagate import Walk


@handles("convolution", "addmm", "mm", "bmm", "mv", reads=(0, 1, 2, "layer out"))
def _linear(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    from ..layers import Layer

    layer = Layer.of(node)
    if layer is not None:
        found = layer.backward(c, layer.weight)
        if walk.ledger is not None:
            outgoing = found * layer.input
            absorbed = None if layer.bias is None else c * layer.bias
            walk.ledger.linear(node, "gradient", outgoing, absorbed)
        yield found
    elif node.op in {"mm", "bmm"}:  # both factors depend on the input
        yield from matrix_product(node, c)
    else:
        yield from autograd(node, [c])
