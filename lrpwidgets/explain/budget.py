"""Recording within a memory budget: where checkpoints are taken, and which of them stay."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..errors import InputError, UnsupportedOperationError
from .aliasing import Geometry, storage_key
from .inputs import Inputs
from .layers import LAYERS
from .node import Node, Value, size_of
from .recompute import Replay, draws
from .record import Recorder

Memory = int | str

_UNITS = {"": 1, **{f"{p}b": 1000**n for n, p in enumerate(["", *"kmgt"])}}
_UNITS |= {f"{p}ib": 1024**n for n, p in enumerate("kmgt", 1)}
# What the walk works with beside activations: c on both sides of the largest layer, and a ratio.
_WORKING = 3
# A stretch takes at least this part of what is needed so far, and at most so much if no layer begins.
_SHORT, _LONG = 16, 2
# Stands for a tensor that a handler will read and that is not kept.
_ELSEWHERE = torch.empty(0)


def as_bytes(memory: Memory) -> int:
    """Bytes from a number of them, or from a text such as ``"2 GB"`` (10^9) or ``"512 MiB"`` (2^20)."""
    if isinstance(memory, str):
        found = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)\s*", memory, re.IGNORECASE)
        if found and found[2].lower() in _UNITS:
            return int(float(found[1]) * _UNITS[found[2].lower()])
    elif hasattr(memory, "__index__") and not isinstance(memory, bool) and memory.__index__() > 0:
        return memory.__index__()
    raise InputError(f"memory={memory!r} is no size; give bytes, or a text such as '2 GB' or '512 MiB'")


@dataclass(frozen=True, eq=False, slots=True)
class _Mark:
    """A checkpoint before the operation at `place`: what was alive there."""

    place: int
    values: frozenset[Value]


class SparingRecorder(Recorder):  # type: ignore[no-untyped-call]
    """Holds what is alive at checkpoints, and notes only what handlers will read."""

    def __init__(
        self,
        inputs: Inputs,
        owned: Sequence[Tensor],
        layers: Collection[str] = (),
        *,
        memory: int,
        account: bool = False,
        everything: bool = False,
    ) -> None:
        super().__init__(inputs, owned, layers, account=account, everything=everything)
        self._memory = memory
        self._wanted: dict[Value, int] = {}  # bytes of what handlers read
        self._held: dict[Value, Tensor] = {}
        self._holders: dict[int, list[Value]] = {}  # by storage
        self._marks: list[_Mark] = []
        self._since = 0  # bytes wanted since the last mark
        self._largest: int = max(inputs[name].nbytes for name in inputs.floating)
        self._needed = 0

    # -- instead of keeping ---------------------------------------------------------------------

    def _pin(self, value: Value, tensor: Tensor) -> None:
        if value.tensor is None:
            value.tensor = _ELSEWHERE
            self._wanted[value] = size_of(value)
            self._since += size_of(value)

    def _unpin(self, value: Value) -> None:
        if value.tensor is not None:
            value.tensor = None
            self._since -= self._wanted.pop(value)

    def _keep(self, value: Value, tensor: Tensor) -> None:
        super()._keep(value, tensor)
        if value.made_by >= 0:
            self._hold(value, tensor)

    def _hold(self, value: Value, tensor: Tensor) -> None:
        if value not in self._held:
            # A small part of much memory is held alone. The model's own tensor is not: it says what is alive.
            much = tensor.untyped_storage().nbytes() > 2 * size_of(value)
            self._held[value] = tensor = tensor.clone() if much else tensor.detach()
            self._holders.setdefault(storage_key(tensor), []).append(value)

    def _preserve(self, tensor: Tensor) -> None:
        """Before `tensor` is written: give every checkpoint that overlaps it a copy of its own."""
        here = Geometry.of(tensor)
        for value in tuple(self._holders.get(storage_key(tensor), ())):
            held = self._held.get(value)
            if held is None or storage_key(held) != storage_key(tensor):
                self._holders[storage_key(tensor)].remove(value)
            elif Geometry.of(held).overlaps(here):
                del self._held[value]
                self._hold(value, held.clone())

    # -- checkpoints ----------------------------------------------------------------------------

    def _pin_operands(self, node: Node, known: Any, pairs: list[tuple[Value, Tensor]]) -> None:
        if draws(node):
            raise UnsupportedOperationError(
                f"{node.where} draws random numbers in aten.{node.op}, which cannot be run again; leave memory= out"
            )
        # Before a layer, so that what stands for its output (a batch norm, a ReLU) lies in one stretch with it.
        if self._since * (_SHORT if node.op in LAYERS else _LONG) > self._needed:
            self._mark()
        super()._pin_operands(node, known, pairs)

    def _pin_outputs(self, node: Node, known: Any, result: Any, written: list[Tensor]) -> None:
        super()._pin_outputs(node, known, result, written)
        self._largest = max(self._largest, *map(size_of, node.outputs), 0)

    def _mark(self) -> None:
        """Hold what is alive. What a view shows that was written through another one is made from further back."""
        self._since = 0
        self._seen = {key: entry for key, entry in self._seen.items() if entry[0]() is not None}
        alive = set()
        for reference, value, time in self._seen.values():
            tensor = reference()
            if tensor is None or value is None or value.made_by < 0:
                continue
            if next(iter(self._writes.since(time, tensor)), None) is None:
                self._hold(value, tensor)
                alive.add(value)
        self._marks.append(_Mark(len(self.nodes), frozenset(alive)))
        self._thin(last=False)

    def _thin(self, *, last: bool) -> None:
        """Give up checkpoints between the smallest stretches while these stay below what checkpoints hold.

        The two are in balance where their sum is least. Whatever the budget: a stretch is made again once a walk, so
        fewer checkpoints save no time. `last`: the record is complete, and what needs least is taken.
        """
        left = list(self._marks)
        best = self._need(left), list(left)
        candidates = list(left if last else left[:-1])
        while candidates:
            sizes = self._sizes(left)
            together = {mark: sizes[at] + sizes[at + 1] for at, mark in enumerate(left)}
            least = min(candidates, key=lambda mark: together[mark])
            candidates.remove(least)
            left.remove(least)
            need = self._need(left)
            if need < best[0] if last else together[least] <= self._checkpoints(left):
                best = need, list(left)
            elif not last:
                break
        self._needed, self._marks = best
        stay = self._stay(self._marks)
        self._held = {value: tensor for value, tensor in self._held.items() if value in stay}

    def _stay(self, marks: list[_Mark]) -> set[Value]:
        always = (value for value in self.always if value.made_by >= 0)
        return set(always).union(*(mark.values for mark in marks))

    def _sizes(self, marks: list[_Mark]) -> list[int]:
        """Bytes that handlers read in each stretch, beside what is held."""
        stay, places = self._stay(marks), [mark.place for mark in marks]
        sizes = [0] * (len(places) + 1)
        for value, size in self._wanted.items():
            if value not in stay:
                sizes[bisect_right(places, value.made_by)] += size
        return sizes

    def _checkpoints(self, marks: list[_Mark]) -> int:
        return nbytes(self._held[value] for value in self._stay(marks))

    def _need(self, marks: list[_Mark]) -> int:
        need: int = self._checkpoints(marks) + max(self._sizes(marks)) + _WORKING * self._largest
        return need

    def replay(self, x: Tensor) -> Replay:
        """After the forward: what makes the values again; an error if the budget is too small for that."""
        read = {value: place for place, node in enumerate(self.nodes) for value in node.operands}  # last
        self._marks = [
            _Mark(mark.place, frozenset(v for v in mark.values if read.get(v, -1) >= mark.place))
            for mark in self._marks
        ]
        self._thin(last=True)
        need = self._needed
        if need > self._memory:
            parts = self._checkpoints(self._marks), max(self._sizes(self._marks)), _WORKING * self._largest
            held, stretch, working = (f"{part / 1e6:.3g} MB" for part in parts)
            raise InputError(
                f"memory={self._memory} bytes is too small for an input of shape {tuple(x.shape)}: this model needs "
                f"at least {need} bytes ({held} in checkpoints, {stretch} between two of them, {working} to work "
                "with); give so much, or a smaller input"
            )
        room = self._memory - need + max(self._sizes(self._marks))
        starts = [0, *(mark.place for mark in self._marks)]
        return Replay(self.nodes, self._wanted, self._held, starts, room, need)


def nbytes(tensors: Iterable[Tensor]) -> int:
    """Bytes of memory behind tensors, that which they share counted once."""
    storages = {storage_key(tensor): tensor.untyped_storage() for tensor in tensors}
    return sum(storage.nbytes() for storage in storages.values())
