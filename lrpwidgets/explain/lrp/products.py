"""Products of two parts that both depend on the input.

Each factor gets half of R (AttnLRP, Achtibat et al. 2024, prop. 3.3: the uniform rule), c_x = c y / 2.
A divisor, and a factor 1 / sqrt(...) as normalization layers write it, is taken as a constant and gets nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from ..node import Node, Value
from ..operations import OPERATIONS, autograd, kept
from ..operations.products import FACTORS, factors
from ..propagate import Walk, unsupported
from ..rules import over
from .table import handles

_DIVISORS = frozenset("rsqrt reciprocal".split())


@handles("mul")
def _gate(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    if len(node.operands) == 1:
        yield from OPERATIONS["mul"].handler(node, c, walk)
        return
    divisors = [_is_divisor(walk, value) for value in node.operands]
    if any(divisors) and not all(divisors):
        for value, part in zip(node.operands, OPERATIONS["mul"].handler(node, c, walk), strict=True):
            yield None if _is_divisor(walk, value) else part
    else:
        yield from through_product(node, c, walk)


def _is_divisor(walk: Walk, value: Value) -> bool:
    before = walk.maker(value)
    return before is not None and before.op in _DIVISORS


@handles("div")
def _divided(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    numerator, divisor = node.args[:2]
    if len(node.args) > 2 or node.kwargs or not isinstance(numerator, Value):
        raise unsupported(node, "of a constant by what depends on the input, or rounded")
    if isinstance(divisor, Value):
        yield (c / kept(divisor)).sum_to_size(numerator.shape)
        yield None
    else:
        yield (c / divisor).sum_to_size(numerator.shape)


def through_product(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    """Half of R to each factor; a third operand that is added gets its part of the sum."""
    if node.op not in FACTORS or len(node.operands) < 2:
        raise unsupported(node, "when its weights depend on the input or are scaled")
    handler = OPERATIONS[node.op].handler
    for factor, part in zip(factors(node), handler(node, c, walk), strict=True):
        yield part / 2 if factor and part is not None and sum(factors(node)) == 2 else part


@handles("baddbmm", "dot")
def _product(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    halves = sum(factors(node)) == 2
    for factor, part in zip(factors(node), autograd(node, [c]), strict=True):
        yield part / 2 if factor and halves and part is not None else part


@handles("glu")
def _gated_halves(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    """y = a sigmoid(b): half of R to the signal a, the other half passes through the gate to b."""
    x = kept(node.operands[0])
    dim = node.args[1] if len(node.args) > 1 else -1
    signal, gate = x.chunk(2, dim)
    opened = gate.sigmoid()
    yield torch.cat([c * opened / 2, c * over(signal * opened, gate) / 2], dim)
