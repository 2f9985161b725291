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


def of_samples(bounds: Bounds | None, samples: slice, axes: int) -> Bounds | None:
    """The bounds of some samples of an input with so many axes: each of its samples may have its own."""
    if bounds is None:
        return None
    low, high = (
        end[samples] if isinstance(end, Tensor) and end.dim() == axes and len(end) > 1 else end
        for end in bounds
    )
    return low, high


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
        if before.op == "div" and (before.operands[0] is not before.args[0] or before.kwargs):
            return None  # neither c / x nor a rounded quotient is monotone
        way.append(before)
        value = before.operands[0]
    return way[::-1]


def box(node: Node, nodes: list[Node], source: Value, input_range: Bounds | None) -> Rule:
    """zB with the bounds the input has where it reaches this layer, or w^2 if its range is not known."""
    if input_range is None:
        return around_padding(WSquare(), node, nodes, source)
    way = _way(node, nodes, source)
    if not way:
        return ZBox(*input_range)
    # Each step is monotone in every element, so the box stays a box.
    ends = [
        _all_through(way, torch.as_tensor(end, dtype=source.dtype).expand(source.shape))
        for end in input_range
    ]
    return ZBox(_rows(torch.minimum(*ends)), _rows(torch.maximum(*ends)))


def around_padding(rule: Rule, node: Node, nodes: list[Node], source: Value) -> Rule:
    """A first-layer rule that gives nothing to the constants of a padding done before the layer."""
    way = _way(node, nodes, source) if rule.gives_relevance else None
    if not way or all(step.op != "constant_pad_nd" for step in way):
        return rule
    moves = [step for step in way if step.op not in _ARITHMETIC]  # the rule's bounds are the layer's own
    ones = torch.ones_like(kept(source))
    if isinstance(rule, WSquare):
        return replace(rule, real=_rows(_all_through(moves, ones) != _all_through(moves, ones * 2)).to(ones))
    assert isinstance(rule, ZBox)
    ends = [
        torch.as_tensor(end, dtype=source.dtype, device=kept(source).device) for end in (rule.low, rule.high)
    ]
    try:
        low, high = (_rows(_all_through(moves, end.expand(source.shape))) for end in ends)
    except RuntimeError:  # bounds of the padded shape already
        return rule
    return ZBox(low, high)


def _rows(spread: Tensor) -> Tensor:
    """One row for all where all are equal: a layer may fold time or patches into its batch, each with its own."""
    first = spread[:1]
    return first if bool((spread == first).all()) else spread


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
    result = func(*arguments, **step.kwargs)
    return result if isinstance(result, Tensor) else result[0]
