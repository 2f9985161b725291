"""Integers of the main input on their way to where they become vectors or numbers: there they are explained."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..errors import UnsupportedOperationError
from .node import Value, tensors_in
from .operations import SHAPE_ONLY

# What may happen to integers before they are embedded, one tensor going in.
_MOVES = frozenset(
    "view _unsafe_view reshape squeeze unsqueeze t transpose permute expand slice select clone alias _to_copy split "
    "split_with_sizes unbind repeat flip roll index_select index".split()
)

# What makes another integer of each one, in its place: an offset, a limit, a stand-in for what is masked.
_EACH = frozenset(
    "add sub rsub mul remainder fmod floor_divide clamp clamp_min clamp_max minimum maximum masked_fill where "
    "bitwise_and".split()
)
# What asks something of them, and is embedded by nobody.
_QUESTIONS = frozenset("eq ne lt le gt ge equal is_nonzero _local_scalar_dense any all sum max min".split())


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
        self.lost: list[str] = []  # what made other integers of them, and where: those stand for no place
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
        self, op: str, func: Any, args: Any, kwargs: dict[str, Any], path: str
    ) -> tuple[Any, Value | None] | None:
        """Run what moves or embeds the integers: the result, and what it stands for; None for what does neither."""
        places = self.embedded(op, args, kwargs)
        if places is not None:
            result = func(*args, **kwargs)
            kept = result.clone()
            value = Value(kept.shape, kept.dtype, bool((kept >= 0).all()), tensor=kept)
            self.points.append(Point(value, kept, places))
            return result, value
        moved, result = self.moved(op, func, args, kwargs)
        if moved:
            return result, None
        if (
            op not in _QUESTIONS
            and op not in SHAPE_ONLY
            and any(self._of(item) is not None for item in tensors_in(args))
        ):
            self.lost.append(f"aten.{op} in {path or 'its forward'}")
        return None

    def refusal(self, x: Tensor) -> UnsupportedOperationError:
        """What to raise where integers that stand for no place were embedded."""
        return UnsupportedOperationError(
            f"the model makes other integers of its input of shape {tuple(x.shape)} and {x.dtype} before it embeds "
            f"them ({', '.join(dict.fromkeys(self.lost))}), so which vector stands for which of them is not known: do "
            "that before the model is called, or give the model the vectors as a floating point input"
        )

    def embedded(self, op: str, args: Any, kwargs: dict[str, Any]) -> Tensor | None:
        """The places whose integers an operation turns into vectors or numbers; None if it does not."""
        if op == "embedding":
            return self._of(args[1])
        becomes_number = op == "_to_copy" and kwargs.get("dtype", torch.long).is_floating_point
        return self._of(args[0]) if becomes_number else None

    def moved(self, op: str, func: Any, args: Any, kwargs: dict[str, Any]) -> tuple[bool, Any]:
        """Run an operation that moves the integers or changes each alone: (True, its result); else (False, None)."""
        at = next((place for place, item in enumerate(args) if self._of(item) is not None), None)
        if at is None or any(self._of(one) is not None for one in tensors_in(args[at + 1 :])):
            return False, None
        places = self._of(args[at])
        assert places is not None
        if op in _EACH:
            # Tensors beside it may stretch it.
            places = places.expand(_broadcast(*(item.shape for item in tensors_in(args))))
        elif op not in _MOVES:
            return False, None
        result = func(*args, **kwargs)
        same = op in _EACH or op == "_to_copy"
        moved = places if same else func(*args[:at], places, *args[at + 1 :], **kwargs)
        for tensor, where in zip(tensors_in(result), tensors_in(moved), strict=True):
            if not tensor.is_floating_point():
                self._note(tensor, where)
        return True, result


def _broadcast(*shapes: torch.Size) -> torch.Size:
    return torch.broadcast_shapes(*shapes)  # type: ignore[no-any-return, no-untyped-call]
