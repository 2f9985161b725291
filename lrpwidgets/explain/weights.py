"""Weights prepared for a rule (W+, W-, W squared), cached as long as they are true to the model's."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.weak import WeakTensorKeyDictionary

from ..errors import ModelError

_PREPARE: dict[str, Callable[[Tensor], Tensor]] = {
    "positive": lambda w: w.clamp(min=0),
    "negative": lambda w: w.clamp(max=0),
    "squared": lambda w: w * w,
    "flat": torch.ones_like,
}

_ROW = 1024  # elements in a row of the fingerprint
_SMALL = 4096  # elements that are hashed as they are
LIGHT = 2**15  # elements that are prepared sooner than it is told whether they changed


@cache
def _ramp(dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.linspace(1, 2, _ROW, dtype=dtype, device=device)


_cache: Any = WeakTensorKeyDictionary()
_lock = threading.Lock()


def fingerprint(weight: Tensor) -> int:
    """A hash of the weights' content: weighted sums of rows of 1024 elements, in order; one pass.

    ``p.data`` edits and shared numpy memory change weights without a new version number.
    """
    flat = weight.detach().flatten()
    if flat.numel() <= _SMALL:
        return hash(flat.cpu().contiguous().view(torch.uint8).numpy().tobytes())
    if flat.dtype not in (torch.float32, torch.float64):
        flat = flat.float()
    whole = flat.numel() // _ROW * _ROW
    rows = torch.mv(flat[:whole].view(-1, _ROW), _ramp(flat.dtype, flat.device))
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


def _parameters(module: nn.Module, seen: set[int]) -> list[nn.Parameter]:
    """Every parameter once, in the order of ``named_parameters``."""
    seen.add(id(module))
    found = [
        weight for weight in module._parameters.values() if weight is not None and id(weight) not in seen
    ]
    seen.update(map(id, found))
    for child in module._modules.values():
        if child is not None and id(child) not in seen:
            found += _parameters(child, seen)
    return found


class Weights:
    """A model's parameters as they were when a session began; holds none of them."""

    def __init__(self, model: nn.Module) -> None:
        named = list(model.named_parameters())
        self._then = [(name, weakref.ref(weight), stamp(weight)) for name, weight in named]
        self._order = [id(weight) for _, weight in named]

    def check(self, model: nn.Module) -> None:
        """Raise if a parameter was written or replaced since."""
        # The quick look first: names are wanted only where something was replaced.
        same = [id(weight) for weight in _parameters(model, set())] == self._order
        now = {} if same else dict(model.named_parameters())
        for name, reference, then in self._then:
            weight = reference()
            if weight is None or (not same and now.get(name) is not weight) or stamp(weight) != then:
                where = name.rpartition(".")[0] or "the model"
                raise ModelError(
                    f"the weights of {where} have changed since this trace was recorded; explain again"
                )


class Stamps:
    """Stamps of tensors, read once: a fingerprint reads all of them, and a record is of one moment."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Tensor, tuple[Any, ...]]] = {}  # the tensor is held for its id

    def of(self, tensor: Tensor) -> tuple[Any, ...]:
        """The stamp of `tensor` when it was first asked for."""
        known = self._known.get(id(tensor))
        if known is None:
            known = self._known[id(tensor)] = (tensor, stamp(tensor))
        return known[1]


def prepared(weight: Tensor, kind: str, origin: tuple[Tensor, ...], stamps: Stamps) -> Tensor:
    """`weight` as a rule wants it; kept for parameters, made anew for weights computed in the forward.

    `origin`: the parameter and statistics that `weight` was folded from, if it is not the parameter itself.
    """
    if weight.numel() <= LIGHT:
        return _PREPARE[kind](weight)
    return cached(origin or (weight,), (kind, bool(origin)), lambda: _PREPARE[kind](weight), stamps)


def cached(
    origin: tuple[Tensor, ...],
    key: tuple[Any, ...],
    make: Callable[[], Tensor],
    stamps: Stamps,
    settings: tuple[Any, ...] = (),
) -> Tensor:
    """`make()`, kept while every tensor in `origin` and the `settings` are as they were.

    The first tensor must be a parameter to keep the result by.
    """
    weight = origin[0]
    owner = owner_of(weight)
    if not isinstance(owner, nn.Parameter) or owner.is_inference():
        return make()
    key = (*key, tuple(weight.shape), weight.stride(), weight.storage_offset())
    # Of statistics and bounds only the content counts: they are copies.
    now = (stamps.of(owner), settings, *(stamps.of(tensor)[-1] for tensor in origin[1:]))
    with _lock:
        entries = _cache.setdefault(owner, {})
        known = entries.get(key)
        if known is not None and known[0] == now:
            return known[1]  # type: ignore[no-any-return]
    result = make()
    with _lock:
        entries[key] = (now, result)
    return result
