"""Integers of the main input on their way to where they become vectors or numbers: there they are explained."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .node import Value, tensors_in

# What may happen to integers before they are embedded, one tensor going in.
_MOVES = frozenset(
    "view _unsafe_view reshape squeeze unsqueeze t transpose permute expand slice select clone alias _to_copy split "
    "split_with_sizes unbind repeat flip roll index_select index".split()
)


@dataclass(frozen=True, slots=True)
class Point:
    """Where the main input is explained: itself, or the vectors (batch, token, width) its integers become.

    `places` are the flat positions in the main input that these vectors belong to.
    """

    value: Value
    tensor: Tensor
    places: Tensor | None

    def to_input(self, relevance: Tensor, shape: torch.Size) -> Tensor:
        """R of the input, shape of the input: for integers the sum over the width of their vectors."""
        if self.places is None:
            return relevance
        summed = relevance.reshape(self.places.numel(), -1).sum(1)
        found = relevance.new_zeros(shape.numel())
        return found.index_add_(0, self.places.flatten(), summed).view(shape)


class Integers:
    """Which places of the main input each tensor of integers shows, and the `points` where they are embedded."""

    def __init__(self) -> None:
        self.points: list[Point] = []
        self._places: dict[int, tuple[weakref.ref[Tensor], Tensor]] = {}

    def __bool__(self) -> bool:
        return bool(self._places)

    def begin(self, given: Tensor) -> None:
        """Follow the main input."""
        self._note(given, torch.arange(given.numel(), device=given.device).view(given.shape))

    def _note(self, tensor: Tensor, places: Tensor) -> None:
        self._places[id(tensor)] = (weakref.ref(tensor), places)

    def _of(self, item: Any) -> Tensor | None:
        entry = self._places.get(id(item))
        return entry[1] if entry is not None and entry[0]() is item else None

    def follow(
        self, op: str, func: Any, args: Any, kwargs: dict[str, Any]
    ) -> tuple[Any, Value | None] | None:
        """Run what moves or embeds the integers: the result, and what it stands for; None for what does neither."""
        at = next((place for place, item in enumerate(args) if self._of(item) is not None), None)
        if at is None:
            return None
        places = self._of(args[at])
        assert places is not None
        becomes_number = op == "_to_copy" and kwargs.get("dtype", torch.long).is_floating_point
        if (op == "embedding" and at == 1) or becomes_number:
            result = func(*args, **kwargs)
            kept = result.clone()
            value = Value(kept.shape, kept.dtype, bool((kept >= 0).all()), tensor=kept)
            self.points.append(Point(value, kept, places))
            return result, value
        if op in _MOVES and all(self._of(item) is None for item in tensors_in(args[at + 1 :])):
            result = func(*args, **kwargs)
            moved = places if op == "_to_copy" else func(*args[:at], places, *args[at + 1 :], **kwargs)
            for tensor, where in zip(tensors_in(result), tensors_in(moved), strict=True):
                self._note(tensor, where)
            return result, None
        return None
