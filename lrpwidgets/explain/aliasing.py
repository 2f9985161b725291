"""Tensors that share memory: which writes a view has not seen yet, and which elements they touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..errors import ModelError

if TYPE_CHECKING:
    from .node import Value


def storage_key(tensor: Tensor) -> int:
    """Identity of the memory behind a tensor; valid while somebody holds that memory."""
    return int(tensor.untyped_storage()._cdata)


@dataclass(frozen=True, slots=True)
class Geometry:
    """Which elements of a storage a tensor shows, in elements of its dtype."""

    size: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    dtype: torch.dtype

    @classmethod
    def of(cls, tensor: Tensor) -> Geometry:
        """The geometry of a strided tensor."""
        return cls(tuple(tensor.shape), tensor.stride(), int(tensor.storage_offset()), tensor.dtype)

    @property
    def end(self) -> int:
        """One past the last element shown."""
        if 0 in self.size:
            return self.offset
        return self.offset + 1 + sum((n - 1) * step for n, step in zip(self.size, self.stride, strict=True))

    def view(self, flat: Tensor) -> Tensor:
        """These elements of a flat tensor."""
        return flat.as_strided(self.size, self.stride, self.offset)

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


def share_elements(one: Tensor, other: Tensor) -> bool:
    """Whether a write to one tensor changes the other."""
    return storage_key(one) == storage_key(other) and Geometry.of(one).overlaps(Geometry.of(other))


@dataclass(frozen=True, slots=True)
class Write:
    """`value` was written to the elements of `geometry` at `time`."""

    time: int
    geometry: Geometry
    value: Value


class Writes:
    """In-place writes of dependent values, per storage, in order."""

    def __init__(self) -> None:
        self.time = 0
        # The storage is held so that its identity is not given to another one.
        self._by_storage: dict[int, tuple[torch.UntypedStorage, list[Write]]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_storage)

    def add(self, tensor: Tensor, value: Value) -> None:
        """Note that `tensor` now holds `value`."""
        self.time += 1
        storage = tensor.untyped_storage()
        writes = self._by_storage.setdefault(int(storage._cdata), (storage, []))[1]
        writes.append(Write(self.time, Geometry.of(tensor), value))

    def since(self, time: int, tensor: Tensor) -> Iterator[Write]:
        """Writes later than `time` that changed what `tensor` shows."""
        entry = self._by_storage.get(storage_key(tensor))
        if entry is None:
            return
        here = Geometry.of(tensor)
        for write in entry[1]:
            if write.time > time and write.geometry.overlaps(here):
                yield write
