"""Tokens that are not there: their vectors are zero, on a copy of the model, whatever embeds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from ..errors import InputError, ModelError
from .embedding import Integers
from .shadow import copy_of, eager

GONE = -1  # in a tensor of token ids: no vector


class ZeroVectors(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """While it is on, what embeds `ids` gives zeros where `gone`, bool of their shape.

    What the model adds to the vectors itself, such as positions, stays.
    """

    def __init__(self, ids: Tensor, gone: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._integers = Integers()
        self._integers.begin(ids)
        self._gone = gone.flatten()
        self.found = False  # an embedding

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Run `func`, on the vectors of what is gone nothing of it."""
        kwargs = dict(kwargs or {})
        op = func._schema.name.split("::")[1].rstrip("_")
        places = self._integers.embedded(op, args, kwargs)
        if places is not None:
            self.found = True
            vectors = func(*args, **kwargs)
            gone = self._gone[places]
            return vectors.masked_fill(gone.reshape(*gone.shape, *[1] * (vectors.dim() - gone.dim())), 0)
        moved, result = self._integers.moved(op, func, args, kwargs)
        return result if moved else func(*args, **kwargs)


def without(model: nn.Module, main: int | str, gone: Tensor) -> nn.Module:
    """A copy of `model` to which the tokens `gone` (batch, token) of its input `main` are zero vectors."""
    module = copy_of(eager(model)).module
    if isinstance(module, torch.jit.ScriptModule):
        raise ModelError(
            "a scripted model cannot be copied, so its vectors cannot be set to zero; give the module"
        )
    module.__dict__["forward"] = partial(zeroed, module.forward, main, gone)
    return module


def zeroed(forward: Callable[..., Any], main: int | str, gone: Tensor, *args: Any, **kwargs: Any) -> Any:
    """forward(*args, **kwargs) where the tokens `gone` of the input `main` are zero vectors."""
    ids = args[main] if isinstance(main, int) else kwargs[main]
    with ZeroVectors(ids, gone) as mode:
        returned = forward(*args, **kwargs)
    if not mode.found:
        raise InputError(
            f"no embedding reads the {ids.dtype} input of shape {tuple(ids.shape)}, so there are no vectors to set to "
            "zero; remove to a number (the mask token's)"
        )
    return returned


def split(ids: Tensor) -> tuple[Tensor, Tensor]:
    """Token ids as a model takes them, and which of them are gone."""
    return ids.clamp(min=0), ids == GONE
