"""Which tensor of what a model returns holds the scores: logits of a dataclass, an entry of a dict or tuple."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from ..errors import ModelError, unknown

OutputLike = str | int | None


def scores(model: nn.Module, returned: Any, chosen: OutputLike) -> Tensor:
    """The tensor named `chosen`, else the only one, else the one called ``logits``."""
    name = type(model).__name__
    if isinstance(chosen, bool) or not isinstance(chosen, str | int | None):
        raise ModelError(f"output must be a key, an attribute's name or a place, not {chosen!r}")
    if isinstance(returned, Tensor):
        if chosen not in (None, 0):
            raise ModelError(f"{name} returns one tensor; leave output={chosen!r} out")
        return returned
    found = _tensors(returned)
    if not found:
        raise ModelError(
            f"{name} returns a {type(returned).__name__}, not a tensor; "
            "wrap it in a module whose forward returns the scores"
        )
    if chosen is not None:
        if chosen not in found:
            raise ModelError(
                f"{name} returns a {type(returned).__name__}: {unknown('output', chosen, found)}"
            )
        return found[chosen]
    if "logits" in found:
        return found["logits"]
    if len(found) > 1:
        shapes = ", ".join(f"{key!r} {tuple(tensor.shape)}" for key, tensor in found.items())
        raise ModelError(
            f"{name} returns a {type(returned).__name__} of {len(found)} tensors: {shapes}; "
            "say which one holds the scores with output=, e.g. output=" + repr(next(iter(found)))
        )
    return next(iter(found.values()))


def _tensors(returned: Any) -> dict[str | int, Tensor]:
    """The tensors of a dict, a dataclass (a HuggingFace output is both) or a sequence, by key, name or place."""
    if isinstance(returned, Mapping):
        items = dict(returned)
    elif hasattr(returned, "_fields"):  # a named tuple
        items = returned._asdict()
    elif isinstance(returned, (tuple, list)):
        items = dict(enumerate(returned))
    else:
        items = getattr(returned, "__dict__", {})
    return {key: item for key, item in items.items() if isinstance(item, Tensor)}
