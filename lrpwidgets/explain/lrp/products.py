"""Products of two parts that both depend on the input.

A gate (a factor that comes out of a sigmoid) and a divisor, also one written as a factor 1 / sqrt(...), count as
constants: the signal takes all (Arras et al. 2017). Otherwise each factor gets half of R, c_x = c y / 2 (AttnLRP,
Achtibat et al. 2024, the uniform rule).
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from ..node import Node, Value
from ..operations import OPERATIONS, kept
from ..operations.products import FACTORS, factors
from ..propagate import Walk, unsupported
from .response import Response
from .table import handles

_WEIGHING = frozenset("sigmoid hardsigmoid rsqrt reciprocal".split())
_VIEWS = frozenset("view _unsafe_view reshape squeeze unsqueeze expand".split())


@handles("mul")
def _gate(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    if len(node.operands) == 1:
        yield from OPERATIONS["mul"].handler(node, c, walk)
        return
    weighing = [_weighs(walk, value) for value in node.operands]
    if weighing[0] == weighing[1]:
        yield from through_product(node, c, walk)
        return
    for constant, part in zip(weighing, OPERATIONS["mul"].handler(node, c, walk), strict=True):
        yield None if constant else part


def _weighs(walk: Walk, value: Value) -> bool:
    """Whether a factor comes out of a sigmoid or a root's inverse."""
    before = walk.maker(value, past=_VIEWS)
    return before is not None and before.op in _WEIGHING


@handles("div")
def _divided(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    numerator, divisor = node.args[:2]
    if len(node.args) > 2 or node.kwargs or not isinstance(numerator, Value):
        raise unsupported(node, "of a constant by what depends on the input, or rounded")
    if isinstance(divisor, Value):
        assert walk.rules is not None
        layer = Response.of(node, walk) if walk.rules.preset.response == "taylor" else None
        found = c / kept(divisor)
        yield found.sum_to_size(numerator.shape) if layer is None else layer.through(c, kept(node.outputs[0]))
        yield None
    else:
        yield (c / divisor).sum_to_size(numerator.shape)


def through_product(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    """Half of R to each factor; a third operand that is added gets its part of the sum."""
    if node.op not in FACTORS or len(node.operands) < 2:
        raise unsupported(node, "when its weights depend on the input or are scaled")
    yield from _product(node, c, walk)


@handles("baddbmm", "dot")
def _product(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    halves = sum(factors(node)) == 2
    for factor, part in zip(factors(node), OPERATIONS[node.op].handler(node, c, walk), strict=True):
        yield part / 2 if factor and halves and part is not None else part


@handles("glu")
def _gated_half(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    """y = a sigmoid(b), a and b the halves of x: the signal a takes all."""
    dim = node.args[1] if len(node.args) > 1 else -1
    gate = kept(node.operands[0]).chunk(2, dim)[1]
    yield torch.cat([c * gate.sigmoid(), torch.zeros_like(c)], dim)
