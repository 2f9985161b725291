"""What is to be explained: a class by rank, index, label or sample, a difference, or any callable."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..errors import TargetError, unknown
from .filtering import place
from .start import Start


@dataclass(frozen=True, slots=True)
class Hidden:
    """A hidden unit as a target: see :func:`unit`."""

    path: str
    channel: int
    position: tuple[int, ...] | None = None

    @property
    def code(self) -> str:
        """Python that makes it again."""
        at = "" if self.position is None else f", position={self.position!r}"
        return f'lw.unit("{self.path}", {self.channel}{at})'

    def __repr__(self) -> str:
        return self.code


def unit(path: str, channel: int, position: Sequence[int] | int | None = None) -> Hidden:
    """A hidden unit as the target: a channel (axis 1) of what the module at `path` returns.

    `position` is a tuple of spatial indices, one for each axis after the channel's; None: the sum over positions.
    The score is the unit's activation, and the explanation says what in the input made it. ``path#2`` is the
    second call of a module that is called several times.
    """
    try:
        if position is not None:
            several = isinstance(position, (tuple, list))
            position = tuple(map(operator.index, position if several else (position,)))  # type: ignore[arg-type]
        return Hidden(str(path), operator.index(channel), position)
    except TypeError:
        raise TargetError(
            f"unit({path!r}, {channel!r}, {position!r}) is not understood; the channel is a whole number, "
            "the position a tuple of them"
        ) from None


TargetLike = str | int | Tensor | Hidden | Sequence[int | str | Hidden] | Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Target:
    """One sample's target; `index` is None for a callable."""

    index: int | None
    label: str

    def __str__(self) -> str:
        return self.label


def start(target: TargetLike, output: Tensor, labels: Sequence[str] | None) -> Start:
    """c at the output, shape of the output, such that sum(c * output) is the score of the target."""
    if callable(target):
        return _from_callable(target, output)
    scores = output if output.dim() > 1 else output[:, None]
    if scores.dim() != 2:
        raise TargetError(
            f"the model's output has shape {tuple(output.shape)}, so a class does not name one number; "
            "give a callable that returns one value a sample, e.g. target=lambda out: out[:, 3].mean((-1, -2))"
        )
    if isinstance(target, str) and target == "top":
        score, chosen = scores.max(1, keepdim=True)
        indices = chosen.flatten().tolist()
    else:
        indices = _indices(target, scores, labels)
        chosen = torch.tensor(indices, device=scores.device)[:, None]
        score = scores.gather(1, chosen)
    c = torch.zeros_like(scores).scatter_(1, chosen, 1)
    targets = tuple(Target(index, label_of(index, labels)) for index in indices)
    return Start(
        c.reshape(output.shape),
        score[:, 0],
        targets,
        lambda output: start(torch.tensor(indices), output, labels),
    )


def hidden(target: Any) -> str | None:
    """The path of the layer whose units a target names; None if it is about the model's output."""
    if isinstance(target, Hidden):
        return target.path
    if not isinstance(target, (list, tuple)) or not any(isinstance(item, Hidden) for item in target):
        return None
    paths = {item.path if isinstance(item, Hidden) else None for item in target}
    if len(paths) > 1:
        raise TargetError(f"the targets of one batch must lie at one layer, not at {paths}")
    return paths.pop()


def at_units(target: Any, activation: Tensor, layer: str) -> Start:
    """c at a layer's output, of the shape (batch, channel, ...) of its activation; the score is the unit's own."""
    batch = len(activation)
    units = list(target) if isinstance(target, (list, tuple)) else [target] * batch
    if len(units) != batch:
        raise TargetError(
            f"{len(units)} targets for a batch of {batch}; give one for each sample, or a single one"
        )
    c = torch.zeros_like(activation)
    found = []
    for sample, one in enumerate(units):
        chosen = one.channel if one.position is None else (one.channel, one.position)
        channel, position = place(chosen, activation.shape, layer)
        c[(sample, channel, *(position or ()))] = 1
        found.append(Target(None, f"{layer}[{', '.join(map(str, (channel, *(position or ()))))}]"))
    return Start(c, (c * activation).flatten(1).sum(1), tuple(found), layer=layer)


def label_of(index: int, labels: Sequence[str] | None) -> str:
    """The name of a class, its number if it has none."""
    return labels[index] if labels is not None and index < len(labels) else str(index)


def _indices(target: Any, scores: Tensor, labels: Sequence[str] | None) -> list[int]:
    batch, classes = scores.shape
    if isinstance(target, Tensor) or type(target).__module__ == "numpy":
        if not str(target.dtype).removeprefix("torch.").startswith(("int", "uint")):
            raise TargetError(f"a target tensor holds class indices (integers), not {target.dtype}")
        target = target.tolist()
    if isinstance(target, (list, tuple)):
        if len(target) != batch:
            raise TargetError(
                f"{len(target)} targets for a batch of {batch}; give one for each sample, or a single one"
            )
        return [_index(item, classes, labels) for item in target]
    return [_index(target, classes, labels)] * batch


def _index(target: Any, classes: int, labels: Sequence[str] | None) -> int:
    if isinstance(target, str):
        return _labelled(target, labels)
    if isinstance(target, bool) or not hasattr(target, "__index__"):
        raise TargetError(
            f"target {target!r} is not understood; give 'top', a class index, a label, one of these for each sample, "
            "or a callable on the output"
        )
    index = int(target.__index__())
    if not -classes <= index < classes:
        raise TargetError(
            f"class {index} is out of range: the model has {classes} outputs (0 to {classes - 1})"
        )
    return index % classes


def _labelled(label: str, labels: Sequence[str] | None) -> int:
    if labels is None:
        raise TargetError(
            f"target {label!r} is a label, but the classes have no names; give labels=[...] or an index"
        )
    found = [index for index, name in enumerate(labels) if name == label]
    if len(found) == 1:
        return found[0]
    if found:
        raise TargetError(f"label {label!r} names {len(found)} classes: {found}; give the index")
    raise TargetError(unknown("label", label, Counter(labels)))


def _from_callable(target: Callable[[Tensor], Tensor], output: Tensor) -> Start:
    """c = d value / d output; where value is not sum(c * output), `Start.remainder` is the rest."""
    with torch.inference_mode(False), torch.enable_grad():
        leaf = output.detach().clone().requires_grad_()
        try:
            value = target(leaf)
        except Exception as error:
            raise TargetError(
                f"the target callable fails on the model's output of shape {tuple(output.shape)}: {error}"
            ) from error
        if not isinstance(value, Tensor) or value.shape != (len(output),):
            shape = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
            raise TargetError(
                f"the target callable must return one value a sample, shape ({len(output)},), not {shape}"
            )
        if not value.requires_grad:
            raise TargetError(
                "the target callable does not depend on the model's output in a differentiable way"
            )
        (c,) = torch.autograd.grad(value.sum(), leaf)
    name = getattr(target, "__name__", type(target).__name__)
    targets = tuple(Target(None, name) for _ in range(len(output)))
    return Start(c, value.detach(), targets, lambda output: _from_callable(target, output), linear=False)
