"""What a record is made of: operations, and the values that flow between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(eq=False, slots=True)
class Value:
    """What one operation hands to the next; `tensor` is there only where some handler reads it."""

    shape: torch.Size
    dtype: torch.dtype
    nonnegative: bool
    made_by: int = -1  # place of the node that made it in the record; -1: the input
    readers: int = 0
    tensor: Tensor | None = None
    # A linear layer's output z that only the layer's own rule reads: dropped when a ReLU takes it, because
    # the relevance that comes back is zero wherever z differs from relu(z).
    spare: bool = False
    relu: Value | None = None  # relu(z), where z was dropped for it
    rectified: bool = False  # the first who read it lets nothing back where it is <= 0

    @property
    def held(self) -> Tensor | None:
        """The tensor, if it is in memory."""
        return self.tensor

    @property
    def standing(self) -> Tensor | None:
        """The tensor, or relu of it where a ReLU alone reads it: no relevance comes back where the two differ."""
        return self.tensor if self.tensor is not None or self.relu is None else self.relu.tensor


@dataclass(eq=False, slots=True)
class Node:
    """One recorded operation; operands that depend on the input stand in `args` as values."""

    op: str
    func: torch._ops.OpOverload
    path: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    operands: tuple[Value, ...]
    outputs: tuple[Value, ...] = ()

    @property
    def where(self) -> str:
        """The module path, readable also for the model's own forward."""
        return self.path or "the model's own forward"

    @property
    def shapes(self) -> str:
        """Shapes of the operands, for messages."""
        return ", ".join(str(tuple(value.shape)) for value in self.operands)


def tensors_in(items: Any) -> Iterator[Tensor]:
    """Every tensor in a nest of tuples and lists."""
    if isinstance(items, Tensor):
        yield items
    elif isinstance(items, (tuple, list)):
        for item in items:
            yield from tensors_in(item)


def size_of(value: Value) -> int:
    """Bytes of a value's elements."""
    return value.shape.numel() * value.dtype.itemsize
