"""What a kept trace lets go of after the forward: values that only denominators of rules read.

Autograd would not hold them either: outputs of layers, parts of sums, what goes into a sigmoid. Most rules ask for
each of them once, for a ratio that is kept from then on; it is made again for that from what the trace holds, on the
way from the first operation that reads it down to the one that made it. The gradient methods never ask.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import torch

from .aliasing import Geometry, storage_key
from .inputs import Inputs
from .layers import LAYERS
from .node import Node, Value, size_of
from .operations import OPERATIONS
from .recompute import Remaking, draws

# So many operations, none of them a layer, may lie between what is held and what is made, beside other such values;
_STEPS = 16
# and so many of these may be made of one another before one of them is held.
_DEPTH = 8


@dataclass(eq=False)
class Dispensed(Remaking):
    """Makes what the trace has let go of, and holds it until the walk has passed the operation that made it."""

    def reach(self, node: Node, last: bool) -> None:
        """Let go of what was made for the operations above `node`."""
        if self._alone:
            here = node.outputs[0].made_by
            self._forget(value for value in self._alone if value.made_by > here)
            self._alone = [value for value in self._alone if value.made_by <= here]

    def rest(self) -> None:
        """Let go of all that was made."""
        self._forget(self._alone)
        self._alone = []


def dispense(nodes: list[Node], always: Collection[Value]) -> Dispensed | None:
    """Let go of what a complete record can spare but for `always`; None if there is nothing."""
    needed = {value for node in nodes for value in _needed(node)}.union(always)
    # Memory that several values show is free only when all of them let go.
    sharing: dict[int, list[Value]] = {}
    for node in nodes:
        for value in node.outputs:
            if value.tensor is not None:
                sharing.setdefault(storage_key(value.tensor), []).append(value)
    for node in nodes:
        for value in node.operands:
            if value.made_by < 0 and value.tensor is not None:
                sharing.pop(storage_key(value.tensor), None)  # the input's own memory
    depths: dict[Value, int] = {}
    for values in sharing.values():
        if needed.isdisjoint(values):
            found = {value: _depth(value, nodes, depths, values) for value in values}
            if max(found.values()) <= _DEPTH:
                depths |= found
    return Dispensed(nodes, {value: size_of(value) for value in depths}, {}) if depths else None


def let_go_of_copies(nodes: list[Node], given: Inputs, fed: Inputs) -> None:
    """Views of the copies that the model was fed become views of the inputs, where it wrote nothing to them."""
    pairs = ((given[name], fed[name]) for name in given.floating)
    same = {
        storage_key(copy): x
        for x, copy in pairs
        if x.stride() == copy.stride() and not x.storage_offset() and torch.equal(x, copy)
    }
    for node in nodes:
        for value in node.outputs:
            x = None if value.tensor is None else same.get(storage_key(value.tensor))
            if x is not None and value.tensor is not None and value.tensor.dtype == x.dtype:
                value.tensor = x.as_strided(*Geometry.of(value.tensor).place)


def _needed(node: Node) -> Iterator[Value]:
    """What the handlers of an operation read for something else than a denominator."""
    entry = OPERATIONS.get(node.op)
    reads = ("all",) if entry is None else entry.reads
    spared = () if entry is None else entry.denominators
    for read in reads:
        if read in spared or read == "layer out":
            continue
        if read == "all" or (read == "others" and len(node.operands) > 1):
            yield from node.operands
        if read == "all":
            yield from (value for at, value in enumerate(node.outputs) if f"out{at}" not in spared)
        elif isinstance(read, int):
            if read < len(node.args) and isinstance(node.args[read], Value):
                yield node.args[read]
        elif read.startswith("out"):
            yield node.outputs[int(read[3:])]


def _depth(value: Value, nodes: list[Node], depths: dict[Value, int], beside: Collection[Value]) -> int:
    """How many values are made of one another up to this one; more than `_DEPTH` if it cannot or should not be made."""
    deepest, steps = 0, set()
    missing = [value]
    while missing:
        one = missing.pop()
        if one is not value and one in depths:
            deepest = max(deepest, depths[one])
        elif one is value or one.tensor is None or one in beside:
            if one.made_by < 0 or draws(nodes[one.made_by]):
                return _DEPTH + 1
            if one.made_by not in steps:
                steps.add(one.made_by)
                missing += nodes[one.made_by].operands
                if len(steps) > _STEPS or (
                    one is not value and one not in beside and nodes[one.made_by].op in LAYERS
                ):
                    return _DEPTH + 1
    return deepest + 1
