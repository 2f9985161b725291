"""What stands between the model's input and a first layer, and what it does to the input's bounds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from .node import Node, Value
from .operations import kept
from .operations.normalization import BATCH_NORM
from .rules import Rule, WSquare, ZBox

# What may stand between the input and the first layer: one operand, no sum over variables.
_ARITHMETIC = frozenset({*"add sub rsub mul div neg".split(), *BATCH_NORM})
_PASSES = _ARITHMETIC | frozenset(
    "view _unsafe_view reshape squeeze unsqueeze t transpose permute clone alias _to_copy expand slice select "
    "constant_pad_nd".split()
)

Bounds = tuple[Tensor | float, Tensor | float]


def is_first(node: Node, nodes: list[Node], source: Value) -> bool:
    """Whether nothing but views, padding and constants stands between `source` and this layer."""
    return _way(node, nodes, source) is not None


def _way(node: Node, nodes: list[Node], source: Value) -> list[Node] | None:
    """The operations between `source` and a first layer, in order; None if it is no first layer."""
    way: list[Node] = []
    value = node.operands[0]
    while value is not source:
        before = nodes[value.made_by]
        if before.op not in _PASSES or len(before.operands) != 1:
            return None
        way.append(before)
        value = before.operands[0]
    return way[::-1]


def box(node: Node, nodes: list[Node], source: Value, input_range: Bounds | None) -> Rule:
    """zB with the bounds the input has where it reaches this layer, or w^2 if its range is not known."""
    if input_range is None:
        return WSquare()
    way = _way(node, nodes, source)
    if not way:
        return ZBox(*input_range)
    # Each step is monotone in every element, so the box stays a box.
    ends = [
        _all_through(way, torch.as_tensor(end, dtype=source.dtype).expand(source.shape))
        for end in input_range
    ]
    low, high = torch.minimum(*ends)[:1], torch.maximum(*ends)[:1]
    return ZBox(low, high)


def around_padding(rule: Rule, node: Node, nodes: list[Node], source: Value) -> Rule:
    """A first-layer rule that gives nothing to the constants of a padding done before the layer."""
    way = _way(node, nodes, source) if rule.gives_relevance else None
    if not way or all(step.op != "constant_pad_nd" for step in way):
        return rule
    moves = [step for step in way if step.op not in _ARITHMETIC]  # the rule's bounds are the layer's own
    ones = torch.ones_like(kept(source))
    if isinstance(rule, WSquare):
        return replace(rule, real=(_all_through(moves, ones) != _all_through(moves, ones * 2))[:1].to(ones))
    assert isinstance(rule, ZBox)
    ends = [
        torch.as_tensor(end, dtype=source.dtype, device=kept(source).device) for end in (rule.low, rule.high)
    ]
    try:
        low, high = (_all_through(moves, end.expand(source.shape))[:1] for end in ends)
    except RuntimeError:  # bounds of the padded shape already
        return rule
    return ZBox(low, high)


def _all_through(steps: list[Node], x: Tensor) -> Tensor:
    for step in steps:
        x = _through(step, x)
    return x


def _through(step: Node, x: Tensor) -> Tensor:
    """What `step` makes of `x` in the place of its operand."""
    if step.op in {"view", "_unsafe_view", "reshape"}:
        return x.reshape(step.outputs[0].shape)
    arguments = [x if item is step.operands[0] else item for item in step.args]
    func: Any = step.func
    if func._schema.is_mutable:
        arguments[0] = x.clone()
    result: Tensor = func(*arguments, **step.kwargs)
    return result
