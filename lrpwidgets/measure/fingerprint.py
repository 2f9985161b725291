"""What decides a study's numbers, as plain JSON that can be kept and compared: weights and settings."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType
from typing import Any

import torch
from torch import Tensor, nn


def model_print(model: nn.Module) -> dict[str, Any]:
    """Class, structure as printed, and a hash of every parameter and buffer."""
    held = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    return {
        "class": _named(type(model)),
        "structure": _short(repr(model).encode()),
        "weights": {name: _tensor(value) for name, value in held.items()},
    }


def plain(value: Any) -> Any:
    """`value` as JSON that is the same in every process for the same value.

    Tensors and arrays are hashed; a function is its name, its code, its defaults and what it closes over (not the
    globals that it uses); any other object is its class and its attributes.
    """
    return _Printing()(value)


class _Printing:
    """One walk through a value. An object that was seen before is not walked through again."""

    def __init__(self) -> None:
        self._seen: dict[int, Any] = {}  # by identity, and kept alive: identities are used again

    def __call__(self, value: Any) -> Any:
        if isinstance(value, (str, int, bool, type(None))):
            return value
        for kinds, form in self._forms():
            if isinstance(value, kinds):
                return form(value)
        if hasattr(value, "tobytes"):
            return f"{type(value).__name__} {getattr(value, 'shape', '')} {_short(value.tobytes())}"
        return self._object(value)

    def _forms(self) -> tuple[tuple[Any, Callable[[Any], Any]], ...]:
        return (
            ((float, complex, torch.dtype, torch.device), repr),
            (Mapping, lambda value: {str(key): self(item) for key, item in value.items()}),
            ((list, tuple), lambda value: [self(item) for item in value]),
            ((set, frozenset), lambda value: sorted((self(item) for item in value), key=repr)),
            (nn.Module, model_print),
            (Tensor, _tensor),
            ((type, BuiltinFunctionType), _named),
            (partial, lambda value: [self(value.func), self(value.args), self(value.keywords)]),
            (MethodType, lambda value: [self(value.__func__), self(value.__self__)]),
            (FunctionType, self._function),
        )

    def _function(self, value: FunctionType) -> Any:
        if id(value) in self._seen:
            return _named(value)
        self._seen[id(value)] = value
        return {
            "function": _named(value),
            "code": _short(_code(value.__code__)),
            "defaults": self([value.__defaults__, value.__kwdefaults__]),
            "closure": self([_cell(cell) for cell in value.__closure__ or ()]),
        }

    def _object(self, value: Any) -> Any:
        if id(value) in self._seen:
            return _named(type(value))
        self._seen[id(value)] = value
        names = (
            [one.name for one in fields(value)]
            if is_dataclass(value)
            else sorted(getattr(value, "__dict__", ()))
        )
        return {"class": _named(type(value)), **{name: self(getattr(value, name)) for name in names}}


def differences(old: Any, new: Any, path: str = "") -> list[str]:
    """Where two prints differ, a line each: `path: old, now new`."""
    if isinstance(old, dict) and isinstance(new, dict):
        found = []
        for key in [*old, *(key for key in new if key not in old)]:
            place = f"{path}.{key}" if path else str(key)
            if key not in old or key not in new:
                what = "is not there any more" if key in old else "was not there"
                found.append(f"{place} {what}")
            else:
                found += differences(old[key], new[key], place)
        return found
    return [] if old == new else [f"{path}: {_brief(old)}, now {_brief(new)}"]


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _tensor(value: Tensor) -> str:
    value = value.detach().cpu().contiguous()
    numbers = value.reshape(-1).view(torch.uint8).numpy() if value.numel() else b""
    return f"{str(value.dtype).removeprefix('torch.')} {tuple(value.shape)} {_short(numbers)}"


def _short(data: Any) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def _named(thing: Any) -> str:
    return f"{getattr(thing, '__module__', '')}.{getattr(thing, '__qualname__', type(thing).__name__)}"


def _cell(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not bound yet
        return None


def _code(code: CodeType) -> bytes:
    """What a function does, without where it stands."""
    parts = [code.co_code, repr((code.co_names, code.co_varnames)).encode()]
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            parts.append(_code(constant))
        else:
            parts.append(
                repr(sorted(constant, key=repr) if isinstance(constant, frozenset) else constant).encode()
            )
    return b"|".join(parts)
