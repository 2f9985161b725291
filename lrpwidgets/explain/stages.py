"""A walk back that is cut at chosen values: each stage starts where the one above ended."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from .node import Node, Value


@dataclass(frozen=True, eq=False, slots=True)
class Stage:
    """The walk from `starts` to `onward`; what ends at one of `ends` that is not `onward` has taken another path."""

    starts: tuple[Value, ...]
    onward: frozenset[Value]
    ends: frozenset[Value]
    nodes: list[Node]


def stages(nodes: list[Node], start: Value, end: Value, values: Collection[Value]) -> tuple[Stage, ...]:
    """The stages between `start` (above) and `end` (below) when relevance must pass `values`."""
    reach = _reach(nodes, end, values)
    bit = {value: 1 << place for place, value in enumerate(values, 1)}
    below = {value: reach[value] & ~bit[value] & ~1 for value in values}
    # What comes next below a value: whatever is not below something else that is below it.
    nearest = {
        value: below[value] & ~_union(below[other] for other in values if below[value] & bit[other])
        for value in values
    }
    highest = _union(bit.values()) & ~_union(below.values())

    def stage(starts: tuple[Value, ...], chosen: int) -> Stage:
        onward = frozenset(value for value in values if chosen & bit[value]) or frozenset({end})
        wanted = chosen or 1
        others = {value for value, bits in reach.items() if value in bit or not bits & wanted} | {end}
        ends = frozenset(others - set(starts)) | onward
        lowest = min(value.made_by for value in onward)
        top = max(value.made_by for value in starts)
        return Stage(starts, onward, ends, nodes[lowest + 1 : top + 1])

    # Values with the same continuation go on together; a group that feeds another comes before it.
    groups: dict[int, list[Value]] = {}
    for value in values:
        groups.setdefault(nearest[value], []).append(value)
    order = sorted(groups, key=lambda chosen: -min(value.made_by for value in groups[chosen]))
    return (stage((start,), highest), *(stage(tuple(groups[chosen]), chosen) for chosen in order))


def _reach(nodes: list[Node], end: Value, values: Collection[Value]) -> dict[Value, int]:
    """For every value on which of `values` it depends, itself among them: a bit each; bit 0 is `end`."""
    own = {value: 1 << place for place, value in enumerate(values, 1)}
    own[end] = own.get(end, 0) | 1
    reach = dict(own)
    for node in nodes:
        bits = _union(reach.get(value, 0) for value in node.operands)
        for value in node.outputs:
            reach[value] = bits | own.get(value, 0)
    return reach


def bypassed(way: Collection[Stage]) -> bool:
    """Whether some path goes round the values that the stages were made for."""
    return any(_leaves(stage) for stage in way)


def _leaves(stage: Stage) -> bool:
    reached = set(stage.starts)
    for node in reversed(stage.nodes):
        if reached.isdisjoint(node.outputs):
            continue
        for value in node.operands:
            if value not in stage.ends:
                reached.add(value)
            elif value not in stage.onward:
                return True
    return False


def depends(nodes: list[Node], output: Value, value: Value) -> bool:
    """Whether `output` is computed from `value`, or is it."""
    return bool(_reach(nodes, value, ()).get(output, 0))


def _union(sets: Any) -> int:
    found = 0
    for bits in sets:
        found |= bits
    return found
