"""Tensors that share memory: which writes a view has not seen yet, and which elements they touched."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef

from ..errors import ModelError

if TYPE_CHECKING:
    from .node import Value


def storage_key(tensor: Tensor) -> int:
    """Identity of the memory behind a tensor; valid while somebody holds that memory."""
    return int(tensor.untyped_storage()._cdata)


@dataclass(slots=True)
class Geometry:
    """Which elements of a storage a tensor shows, in elements of its dtype."""

    size: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    dtype: torch.dtype

    @classmethod
    def of(cls, tensor: Tensor) -> Geometry:
        """The geometry of a strided tensor."""
        return cls(tensor.shape, tensor.stride(), tensor.storage_offset(), tensor.dtype)  # type: ignore[arg-type]

    @property
    def place(self) -> tuple[tuple[int, ...], tuple[int, ...], int]:
        """Size, stride and offset, as ``as_strided`` takes them."""
        return self.size, self.stride, self.offset

    @property
    def end(self) -> int:
        """One past the last element shown."""
        if 0 in self.size:
            return self.offset
        return self.offset + 1 + sum((n - 1) * step for n, step in zip(self.size, self.stride, strict=True))

    def view(self, flat: Tensor) -> Tensor:
        """These elements of a flat tensor."""
        return flat.as_strided(*self.place)

    def outside(self, tensor: Tensor, here: Geometry) -> Tensor:
        """A copy of `tensor`, whose elements lie at `here`, with zero at those that this geometry shows too."""
        shown = torch.zeros(max(self.end, here.end), dtype=torch.bool, device=tensor.device)
        self.view(shown).fill_(True)
        return tensor.masked_fill(here.view(shown), 0)

    def overlaps(self, other: Geometry) -> bool:
        """Whether the two show a common element; exact."""
        if self == other:
            return 0 not in self.size
        if self.dtype != other.dtype:
            raise ModelError(
                "the model writes in place through a view of another dtype, which cannot be followed; "
                "write out of place there"
            )
        if self.end <= other.offset or other.end <= self.offset:
            return False
        marks = torch.zeros(max(self.end, other.end), dtype=torch.bool)
        self.view(marks).fill_(True)
        return bool(other.view(marks).any())


# So many geometries are compared one by one; for more, a number at each element of the storage tells at once.
_FEW = 4


class _Marks:
    """Which of many geometries, numbered from 1 in the order they come, shows an element as the last one."""

    def __init__(self) -> None:
        self.number = 0
        self._top: Tensor | None = None  # made when it is needed, which is seldom

    def add(self, geometry: Geometry) -> None:
        """The next number."""
        self.number += 1
        self._at(geometry).fill_(self.number)

    def on_top(self, geometry: Geometry) -> list[int]:
        """The numbers at the elements shown, ascending."""
        numbers: list[int] = torch.unique(self._at(geometry)).tolist()
        return [number for number in numbers if number]

    def _at(self, geometry: Geometry) -> Tensor:
        if self._top is None:
            self._top = torch.zeros(geometry.end, dtype=torch.int32, device="cpu")
        missing = geometry.end - len(self._top)
        if missing > 0:
            more = max(missing, len(self._top))
            self._top = torch.cat([self._top, self._top.new_zeros(more)])
        return geometry.view(self._top)


@dataclass(eq=False, slots=True)
class Write:
    """`value` was written to the elements of `geometry` at `time`."""

    time: int
    geometry: Geometry
    value: Value


@dataclass(eq=False, slots=True)
class _Written:
    """The writes to one storage; a weak reference keeps its identity, not its memory, from another one."""

    storage: StorageWeakRef
    writes: list[Write] = field(default_factory=list)
    dtypes: set[torch.dtype] = field(default_factory=set)
    marks: _Marks = field(default_factory=_Marks)


class Writes:
    """In-place writes of dependent values, per storage, in order."""

    def __init__(self) -> None:
        self.time = 0  # 0: nothing was written
        self._by_storage: dict[int, _Written] = {}
        self._many = 8  # look then which storages are gone

    def reached(self, tensor: Tensor) -> bool:
        """Whether something was written to the memory of `tensor`."""
        return self.time > 0 and storage_key(tensor) in self._by_storage

    def add(self, tensor: Tensor, value: Value) -> None:
        """Note that `tensor` now holds `value`."""
        self.time += 1
        storage = tensor.untyped_storage()
        entry = self._by_storage.get(storage._cdata)
        if entry is None:
            if len(self._by_storage) == self._many:
                self._forget()
            entry = self._by_storage[storage._cdata] = _Written(
                StorageWeakRef(storage)  # type: ignore[no-untyped-call]
            )
        entry.writes.append(Write(self.time, Geometry.of(tensor), value))
        entry.dtypes.add(tensor.dtype)

    def _forget(self) -> None:
        """Let go of storages that are gone."""
        gone = [key for key, other in self._by_storage.items() if other.storage.expired()]  # type: ignore[no-untyped-call]
        for key in gone:
            del self._by_storage[key]
        self._many = 2 * len(self._by_storage) + 8

    def since(self, time: int, tensor: Tensor) -> Iterator[Write]:
        """Writes later than `time` that changed what `tensor` shows; of many only those that still show."""
        entry = self._by_storage.get(storage_key(tensor))
        if entry is None:
            return
        here, writes = Geometry.of(tensor), entry.writes
        start = bisect_right(writes, time, key=lambda write: write.time)
        if len(writes) - start <= _FEW or entry.dtypes != {here.dtype}:
            yield from (write for write in writes[start:] if write.geometry.overlaps(here))
            return
        for write in islice(writes, entry.marks.number, None):
            entry.marks.add(write.geometry)
        yield from (writes[number - 1] for number in entry.marks.on_top(here) if number > start)


class _Stack:
    """Many kept values of one storage, numbered, and for each the numbers of those it lies on."""

    def __init__(self) -> None:
        self._marks = _Marks()
        self._numbers: dict[Value, int] = {}
        self._values: dict[int, Value] = {}
        self._below: dict[int, list[int]] = {}

    def update(self, values: dict[Value, None]) -> None:
        """Take in those that came last and are new."""
        new: list[Value] = list(takewhile(lambda value: value not in self._numbers, reversed(values)))
        for value in reversed(new):
            geometry = _geometry(value)
            below = self._reached(geometry)
            self._marks.add(geometry)
            number = self._numbers[value] = self._marks.number
            self._values[number], self._below[number] = value, below

    def forget(self, value: Value) -> None:
        """It lies here no more."""
        number = self._numbers.pop(value, None)
        if number is not None:
            del self._values[number]

    def near(self, here: Geometry) -> list[Value]:
        """Values among which are all that show an element of `here`."""
        return [self._values[number] for number in self._reached(here)]

    def _reached(self, here: Geometry) -> list[int]:
        found: set[int] = set()
        left = self._marks.on_top(here)
        while left:
            number = left.pop()
            if number not in found:
                found.add(number)
                left += self._below[number]
        return sorted(number for number in found if number in self._values)


class Kept:
    """Values whose tensors are kept, per storage: which of them a write would change."""

    def __init__(self) -> None:
        self._by_storage: dict[int, dict[Value, None]] = {}  # in order
        self._stacks: dict[int, _Stack] = {}

    def add(self, value: Value, tensor: Tensor) -> None:
        """`value` keeps `tensor` from now on."""
        self._by_storage.setdefault(storage_key(tensor), {})[value] = None

    def remove(self, value: Value, tensor: Tensor) -> None:
        """It no longer does."""
        key = storage_key(tensor)
        del self._by_storage[key][value]
        if key in self._stacks:
            self._stacks[key].forget(value)

    def overlapping(self, tensor: Tensor) -> list[Value]:
        """The values that a write to `tensor` would change."""
        key = storage_key(tensor)
        values = self._by_storage.get(key)
        if not values:
            return []
        here = Geometry.of(tensor)
        if len(values) <= _FEW:
            near = list(values)
        else:
            stack = self._stacks.setdefault(key, _Stack())
            stack.update(values)
            near = stack.near(here)
        return [value for value in near if _geometry(value).overlaps(here)]


def _geometry(value: Value) -> Geometry:
    assert value.tensor is not None
    return Geometry.of(value.tensor)
