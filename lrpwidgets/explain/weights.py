"""Weights prepared for a rule (W+, W-, W squared), cached as long as they are true to the model's."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

from ..errors import ModelError

_PREPARE: dict[str, Callable[[Tensor], Tensor]] = {
    "positive": lambda w: w.clamp(min=0),
    "negative": lambda w: w.clamp(max=0),
    "squared": lambda w: w * w,
    "flat": torch.ones_like,
}

_ROW = 1024  # elements in a row of the fingerprint

_cache: Any = WeakTensorKeyDictionary()
_lock = threading.Lock()


def fingerprint(weight: Tensor) -> int:
    """A hash of the weights' content: weighted sums of rows of 1024 elements, in order; one pass.

    ``p.data`` edits and shared numpy memory change weights without a new version number.
    """
    flat = weight.detach().flatten()
    if flat.dtype not in (torch.float32, torch.float64):
        flat = flat.float()
    whole = flat.numel() // _ROW * _ROW
    rows = torch.mv(flat[:whole].view(-1, _ROW), torch.linspace(1, 2, _ROW).to(flat))
    return hash((rows.cpu().numpy().tobytes(), flat[whole:].cpu().numpy().tobytes()))


def identity(weight: Tensor) -> tuple[Any, ...]:
    """What tells, for free, that a weight was replaced or written by torch."""
    return (
        None if weight.is_inference() else weight._version,
        weight.data_ptr(),
        weight.dtype,
        weight.device,
    )


def stamp(weight: Tensor) -> tuple[Any, ...]:
    """What must be unchanged for numbers made from a weight to be true still."""
    return (*identity(weight), fingerprint(weight))


def owner_of(item: Any) -> Any:
    """The parameter behind a view such as ``weight.t()``; the item itself if it is no view."""
    return item._base if isinstance(item, Tensor) and item._base is not None else item


@dataclass(frozen=True, slots=True)
class Mark:
    """A weight as it was when a trace used it at module path `where`; holds neither weight nor trace."""

    where: str
    weight: weakref.ref[Tensor]
    seen: tuple[Any, ...]
    measure: Callable[[Tensor], tuple[Any, ...]]

    @classmethod
    def of(cls, where: str, weight: Tensor, measure: Callable[[Tensor], tuple[Any, ...]]) -> Mark:
        """Remember `weight` by what `measure` says of it."""
        return cls(where, weakref.ref(weight), measure(weight), measure)

    def check(self, since: str) -> None:
        """Raise if the weight is gone or another."""
        weight = self.weight()
        if weight is None or self.measure(weight) != self.seen:
            raise ModelError(f"the weights of {self.where} have changed since {since}; explain again")


def prepared(weight: Tensor, kind: str) -> Tensor:
    """`weight` as a rule wants it; kept for parameters, made anew for weights computed in the forward."""
    owner = owner_of(weight)
    if not isinstance(owner, torch.nn.Parameter) or owner.is_inference():
        return _PREPARE[kind](weight)
    key = (kind, tuple(weight.shape), weight.stride(), weight.storage_offset())
    now = stamp(owner)
    with _lock:
        entries = _cache.setdefault(owner, {})
        known = entries.get(key)
        if known is not None and known[0] == now:
            return known[1]  # type: ignore[no-any-return]
    result = _PREPARE[kind](weight)
    with _lock:
        entries[key] = (now, result)
    return result
