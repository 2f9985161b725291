"""Activations that are not kept but made again from checkpoints, stretch by stretch, on the walk back.

A record is a list of operations on values that are made once, so any value can be made again from those that are
held: run the operations between, each on its own memory (an in-place operation on a copy). The walk says which
operation it has reached; the stretch of the record around it is then made, and let go of when there is no room.
"""

from __future__ import annotations

import weakref
from bisect import bisect_right
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from .node import Node, Value, tensors_in
from .signature import written_by

# Where a value keeps its tensor; in a `Remade` this may also be the promise of one.
_PLACE: Any = Value.__dict__["tensor"]


class Remade(Value):
    """A value whose tensor is made when it is read. (A promise is a weak reference, so that there is no ring.)"""

    __slots__ = ()

    @property
    def tensor(self) -> Tensor | None:
        """The tensor, made from a checkpoint if it is not in memory; None once it was let go of for good."""
        found = _PLACE.__get__(self)
        if not isinstance(found, weakref.ref):
            return found  # type: ignore[no-any-return]
        remaking = found()
        return None if remaking is None else remaking.alone(self)

    @tensor.setter
    def tensor(self, tensor: Tensor | None) -> None:
        _PLACE.__set__(self, tensor)

    @property
    def held(self) -> Tensor | None:
        """The tensor if it is in memory."""
        found = _PLACE.__get__(self)
        return found if isinstance(found, Tensor) else None


@dataclass(eq=False)
class Remaking:
    """Makes values that are not in memory from those that are; `wanted` are the bytes of what it may be asked for.

    `nodes` is the whole record, `held` what is in memory beside the tensors of values (checkpoints).
    """

    nodes: list[Node]
    wanted: dict[Value, int]
    held: dict[Value, Tensor]
    _alone: list[Value] = field(default_factory=list, init=False)  # made because a handler read them

    def __post_init__(self) -> None:
        for value in self.wanted:
            value.__class__ = Remade
            _PLACE.__set__(value, weakref.ref(self))

    @property
    def size(self) -> int:
        """Bytes of all that it may be asked for."""
        return sum(self.wanted.values())

    def reach(self, node: Node, last: bool) -> None:
        """The walk is at `node`; with `last` nobody asks for what lies above it again."""
        raise NotImplementedError

    def rest(self) -> None:
        """The walk is over."""

    def alone(self, value: Value) -> Tensor:
        """One value, which a handler reads."""
        if value in self.held:
            return self.held[value]
        value.tensor = found = self._make([value])[value]
        self._alone.append(value)
        return found

    def _forget(self, values: Iterable[Value]) -> None:
        for value in values:
            if value.held is not None:
                value.tensor = weakref.ref(self)  # type: ignore[assignment]

    def _make(self, wanted: Collection[Value]) -> dict[Value, Tensor]:
        """The tensors of values, from the nearest that are in memory."""
        found: dict[Value, Tensor] = {}
        steps: set[int] = set()
        missing = list(wanted)
        while missing:
            value = missing.pop()
            ready = self._ready(value)
            if ready is not None:
                found[value] = ready
            elif value.made_by >= 0 and value.made_by not in steps:
                steps.add(value.made_by)
                missing += self.nodes[value.made_by].operands
        order = [self.nodes[at] for at in sorted(steps)]
        uses: dict[Value, int] = dict.fromkeys(wanted, 1)
        for node in order:
            for value in node.operands:
                uses[value] = uses.get(value, 0) + 1
        with torch.inference_mode(False), torch.no_grad():
            for node in order:
                for value, tensor in zip(node.outputs, again(node, found), strict=True):
                    if value in uses:
                        found.setdefault(value, tensor)
                for value in node.operands:
                    uses[value] -= 1
                    if not uses[value]:
                        del found[value]
        return {value: found[value] for value in wanted}

    def _ready(self, value: Value) -> Tensor | None:
        return self.held.get(value) if value.held is None else value.held


@dataclass(eq=False)
class Replay(Remaking):
    """Makes the values that handlers read, a stretch of `nodes` at a time.

    `starts` are the places where stretches begin, `held` the checkpoints, `wanted` the bytes of what handlers read,
    `room` the bytes that stretches may take, `need` all the bytes that are needed at least.
    """

    starts: list[int]
    room: int
    need: int
    _made: dict[int, list[Value]] = field(default_factory=dict)  # of the stretches in memory, in order

    def reach(self, node: Node, last: bool) -> None:
        """Make the stretch of the record around `node`."""
        at = bisect_right(self.starts, node.outputs[0].made_by) - 1
        if at in self._made:
            return
        self._forget(self._alone)
        self._alone = []
        if last:
            self.held = {value: held for value, held in self.held.items() if value.made_by < self.starts[at]}
        values = self._values(at)
        # What was made last is asked for last by the next walk, too.
        while self._made and (last or self._bytes(values, *self._made.values()) > self.room):
            self._forget(self._made.popitem()[1])
        for value, tensor in self._make(values).items():
            value.tensor = tensor
        self._made[at] = values

    def _values(self, at: int) -> list[Value]:
        start, end = [*self.starts, len(self.nodes)][at : at + 2]
        outputs = (value for node in self.nodes[start:end] for value in node.outputs)
        return [value for value in outputs if value in self.wanted and _promised(value)]

    def _bytes(self, *groups: list[Value]) -> int:
        return sum(self.wanted[value] for group in groups for value in group if value not in self.held)


def _promised(value: Value) -> bool:
    return isinstance(_PLACE.__get__(value), weakref.ref)


def again(node: Node, tensors: dict[Value, Tensor]) -> list[Tensor]:
    """What an operation gave, from the tensors of its operands; these and its constants are left as they are."""
    if node.op == "overwrite":
        return [_overwritten(node, [tensors[value] for value in node.operands])]
    written = written_by(node.func)
    args = [_bound(item, tensors, place in written) for place, item in enumerate(node.args)]
    kwargs = {name: _bound(item, tensors, False) for name, item in node.kwargs.items()}
    if any(isinstance(at, str) for at in written):  # out=, whose content was not read
        like = next(iter(tensors_in([tensors[value] for value in node.operands])))
        names = (at for at in written if isinstance(at, str))
        kwargs |= {
            name: like.new_empty(0, dtype=out.dtype) for name, out in zip(names, node.outputs, strict=True)
        }
    return list(tensors_in((node.func(*args, **kwargs),)))


def _bound(item: Any, tensors: dict[Value, Tensor], copied: bool) -> Any:
    """An argument with tensors in the place of values; a copy of what will be written."""
    if isinstance(item, (tuple, list)):
        return [_bound(part, tensors, copied) for part in item]
    if isinstance(item, Value):
        item = tensors[item]
    return item.clone() if copied and isinstance(item, Tensor) else item


def _overwritten(node: Node, operands: list[Tensor]) -> Tensor:
    """What a view reads after another view of its memory was written; see ``Recorder._overwrite``."""
    here, written, around = node.args
    new = operands[0]
    old = operands[1] if len(operands) > 1 else around
    flat = new.new_zeros(max(here.end, written.end))
    places = torch.arange(len(flat), device=flat.device)
    for geometry, part in ((here, old), (written, new)):
        if part is not None:
            flat[geometry.view(places)] = part  # an expanded view shows an element several times
    return flat[here.view(places)]


def draws(node: Node) -> bool:
    """Whether an operation draws random numbers: it says so, and dropout or training mode is not switched off."""
    if torch.Tag.nondeterministic_seeded not in node.func.tags:
        return False
    arguments = node.func._schema.arguments
    given = {argument.name: argument.default_value for argument in arguments} | node.kwargs
    given |= {argument.name: item for argument, item in zip(arguments, node.args, strict=False)}
    return all(given[name] for name in ("dropout_p", "train", "training") if name in given)
