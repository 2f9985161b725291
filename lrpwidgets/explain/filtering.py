"""Which units of which layers relevance must pass: what a user may write, checked against a recording."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ..errors import LayerError, unknown
from .code import literal
from .node import Value
from .stages import depends

if TYPE_CHECKING:
    from .forward import Recording

# A unit is a channel (axis 1), at every position or at one.
Unit = int | tuple[int, tuple[int, ...]]
Units = Unit | Sequence[Unit] | Tensor
Through = Mapping[str, Units]

# Masks of more elements go by their name in code, and by their shape in settings.
_LARGEST_IN_CODE = 64
_LARGEST_IN_SETTINGS = 4096


@dataclass(frozen=True, eq=False, slots=True)
class Filter:
    """`through` as it was asked for: units as lists, masks as tensors."""

    chosen: Mapping[str, list[Unit] | Tensor]
    samples: slice | None = None  # of the batch that masks were made for; None: all

    @classmethod
    def of(cls, through: Through) -> Filter:
        """What a user wrote, read."""
        if not isinstance(through, Mapping) or not through:
            raise LayerError(
                f"through= is {through!r}; give units by module path, e.g. through={{'features.6': [3, 17]}}"
            )
        return cls({str(path): _read(units, str(path)) for path, units in through.items()})

    def masks(self, model: nn.Module, recording: Recording) -> tuple[dict[Value, Tensor], dict[Value, str]]:
        """For each filtered value of a recording its mask, and the path it goes by in the ledger.

        A mask broadcasts to the value's shape (batch, channel, ...).
        """
        masks: dict[Value, Tensor] = {}
        names: dict[Value, str] = {}
        for path, units in self.chosen.items():
            for name, value in calls(model, recording, path):
                mask = as_mask(units, value, recording.output.device, name, self.samples)
                masks[value] = masks[value] * mask if value in masks else mask
                names[value] = f"{names[value]}, {name}" if value in names else name
        return masks, names

    def of_samples(self, samples: slice) -> Filter:
        """The filter of some samples of the batch: a mask that differs between samples is cut."""
        return replace(self, samples=samples)

    @property
    def paths(self) -> tuple[str, ...]:
        """The layers that are named."""
        return tuple(self.chosen)

    @property
    def code(self) -> str:
        """Python that says the same; a large mask goes by the name ``mask``."""
        entries = []
        for path, units in self.chosen.items():
            if isinstance(units, Tensor):
                text = literal(units) if units.numel() <= _LARGEST_IN_CODE else "mask"
            else:
                text = repr(units[0] if len(units) == 1 else units)
            entries.append(f"{literal(path)}: {text}")
        return "{" + ", ".join(entries) + "}"

    def to_json(self) -> dict[str, Any]:
        """Plain data for files: units as numbers and [number, position], masks as nested lists."""
        return {path: _json(units) for path, units in self.chosen.items()}


def _json(units: list[Unit] | Tensor) -> Any:
    if not isinstance(units, Tensor):
        return [unit if isinstance(unit, int) else [unit[0], list(unit[1])] for unit in units]
    if units.numel() <= _LARGEST_IN_SETTINGS:
        return {"mask": units.tolist()}
    return {"mask of shape": list(units.shape), "sum": float(units.sum(dtype=torch.float64))}


def _read(units: Any, path: str) -> list[Unit] | Tensor:
    if type(units).__module__ == "numpy":
        units = torch.as_tensor(units)
    if isinstance(units, Tensor):
        if units.dtype == torch.bool or units.is_floating_point():
            if not torch.isfinite(units).all():
                raise LayerError(f"the mask for {path!r} holds NaN or infinite values")
            return units.detach().clone()
        units = units.tolist()
    if _is_unit(units):
        return [_unit(units, path)]
    if not isinstance(units, Iterable) or isinstance(units, (str, bytes, Mapping)):
        raise _not_understood(units, path)
    found = [_unit(unit, path) for unit in units]
    if not found:
        raise LayerError(f"through= names no unit of {path!r}: nothing would pass; leave the layer out")
    return found


def _is_unit(item: Any) -> bool:
    pair = isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], (tuple, list))
    return pair or (hasattr(item, "__index__") and not isinstance(item, Tensor))


def _unit(item: Any, path: str) -> Unit:
    try:
        if isinstance(item, tuple):
            return _number(item[0]), tuple(_number(at) for at in item[1])
        return _number(item)
    except TypeError:
        raise _not_understood(item, path) from None


def _number(item: Any) -> int:
    if isinstance(item, bool):
        raise TypeError
    return operator.index(item)


def _not_understood(units: Any, path: str) -> LayerError:
    return LayerError(
        f"units {units!r} of {path!r} are not understood; give a channel, (channel, position) with a tuple of "
        "spatial indices, a list of these, or a boolean or float mask that broadcasts to the layer's output"
    )


def as_mask(
    units: list[Unit] | Tensor, value: Value, device: torch.device, name: str, samples: slice | None = None
) -> Tensor:
    """1 where relevance passes, in the type of the value, of a shape that broadcasts to it."""
    shape = tuple(value.shape)
    if isinstance(units, Tensor):
        mask = units.reshape(*[1] * (len(shape) - units.dim()), *units.shape).to(device, value.dtype)
        if samples is not None and len(mask) > 1:
            mask = mask[samples]
        try:
            return mask.expand(shape)
        except RuntimeError:
            raise LayerError(
                f"a mask of shape {tuple(units.shape)} does not broadcast to the output of {name}, {shape} "
                "(batch, channel, ...)"
            ) from None
    if len(shape) < 2:
        raise LayerError(f"the output of {name} has shape {shape}, which has no channel axis; give a mask")
    everywhere = all(isinstance(unit, int) for unit in units)
    mask = torch.zeros(
        1, shape[1], *([1] * (len(shape) - 2) if everywhere else shape[2:]), dtype=value.dtype, device=device
    )
    for unit in units:
        channel, position = place(unit, shape, name)
        mask[(0, channel, *(position or ()))] = 1
    return mask


def place(unit: Unit, shape: Sequence[int], name: str) -> tuple[int, tuple[int, ...] | None]:
    """Channel and position of a unit, counted from the front; an error if the layer has no such unit."""
    channel, position = (unit, None) if isinstance(unit, int) else unit
    if len(shape) < 2 or not -shape[1] <= channel < shape[1]:
        raise LayerError(
            f"unit {channel} is out of range: the output of {name} has shape {tuple(shape)}"
            + (
                f", channels 0 to {shape[1] - 1} (axis 1)"
                if len(shape) > 1
                else ", which has no channel axis"
            )
        )
    if position is None:
        return channel % shape[1], None
    if len(position) != len(shape) - 2 or any(
        not -n <= at < n for at, n in zip(position, shape[2:], strict=True)
    ):
        raise LayerError(
            f"position {tuple(position)} is out of range: the output of {name} has shape {tuple(shape)}, "
            f"positions {tuple(shape[2:])}"
        )
    return channel % shape[1], tuple(at % n for at, n in zip(position, shape[2:], strict=True))


def calls(model: nn.Module, recording: Recording, path: str) -> list[tuple[str, Value]]:
    """The calls that `path` means, with what they returned: ``path#2`` the second one, a bare path all of them."""
    outputs = recording.outputs
    names = _names(model, outputs, path)
    if not names:
        raise LayerError(unknown("layer", path, outputs))
    found = []
    for name in names:
        values = [value for value in outputs[name] if depends(recording.nodes, recording.sink, value)]
        if len(values) > 1:
            raise LayerError(
                f"{name} returns {len(values)} tensors that the explained output depends on; name a module inside it"
            )
        found += [(name, value) for value in values]
    if not found:
        raise LayerError(
            f"the explained output does not depend on what {path} returns; nothing flows through it"
        )
    return found


def _names(model: nn.Module, outputs: Mapping[str, Any], path: str) -> list[str]:
    if path.endswith("#1"):
        path = path[:-2]
        return [path] if path in outputs else []
    if path in outputs and "#" in path:
        return [path]
    bare, _, call = path.partition("#")
    if bare not in outputs:
        # A module that is registered twice goes by its first path.
        modules = dict(model.named_modules(remove_duplicate=False))
        first = {id(module): name for name, module in model.named_modules()}
        bare = first.get(id(modules.get(bare)), bare)
    if call:
        return [name for name in (f"{bare}#{call}",) if name in outputs]
    return [name for name in outputs if name == bare or name.startswith(f"{bare}#")]


def one_call(model: nn.Module, recording: Recording, path: str) -> Value:
    """What the one call that `path` means returned; an error if it means several."""
    found = calls(model, recording, path)
    if len(found) > 1:
        names = ", ".join(repr(name if "#" in name else f"{name}#1") for name, _ in found)
        raise LayerError(f"{path} is called {len(found)} times; name one call: {names}")
    return found[0][1]
