"""Prototypes by the weight of the expert: between the class alone and the expert alone (tutorial, Fig. 1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import InputError, StoppedError
from .experts import Expert, as_expert
from .explanation import RENDERER
from .prototypes import Prototype, prototype, prototype_steps
from .search import amount
from .targets import TargetLike


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """Prototypes by the expert's weight (Fig. 1); `complete` is False if the sweep was stopped."""

    weights: tuple[float, ...]
    prototypes: tuple[Prototype, ...]
    complete: bool = True

    @property
    def log_density(self) -> Tensor:
        """log p(x*) up to a constant, (weight, batch)."""
        return torch.stack([each.log_density for each in self.prototypes])

    @property
    def score(self) -> Tensor:
        """log p(c|x*), or the target's other score, (weight, batch)."""
        return torch.stack([each.score for each in self.prototypes])

    def __len__(self) -> int:
        return len(self.prototypes)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle: dict[str, Any] = import_module(f"{RENDERER}.prototypes").sweep_bundle(self)
        return bundle

    def __repr__(self) -> str:
        lines = [f"{'weight':>10}  {'log p(x*)':>12}  {'score':>12}   means over {len(self.prototypes[0])}"]
        for weight, density, score in zip(self.weights, self.log_density, self.score, strict=True):
            lines.append(f"{weight:10.4g}  {float(density.mean()):12.4f}  {float(score.mean()):12.4f}")
        return "\n".join(
            lines if self.complete else [*lines, "stopped: these are the weights that were finished"]
        )


def sweep_steps(
    model: nn.Module,
    target: TargetLike,
    expert: Any,
    weights: Sequence[float],
    *,
    follow: bool = True,
    **settings: Any,
) -> Iterator[Prototype]:
    """A prototype for each weight of the expert, in the order given; `settings` as in :func:`prototype_steps`.

    follow: begin where the weight before ended, so that one optimum is followed instead of several being found.
    """
    chosen = [float(weight) for weight in weights]
    if not chosen:
        raise InputError("a sweep needs at least one weight of the expert")
    if "weight" in settings:
        raise InputError("a sweep has weights=; leave weight= out")
    expert = as_expert(expert)
    for weight in dict.fromkeys(chosen):  # what is wrong is said now, not after the first weights
        amount("weight", weight)
    prototype_steps(model, target, expert, **{**settings, "weight": chosen[0]})
    return _swept(model, target, expert, chosen, follow, settings)


def _swept(
    model: nn.Module,
    target: TargetLike,
    expert: Expert,
    weights: list[float],
    follow: bool,
    settings: dict[str, Any],
) -> Iterator[Prototype]:
    here = dict(settings)
    for weight in weights:
        found = prototype(model, target, expert, weight=weight, **here)
        yield found
        if not found.complete:
            return
        if follow:
            here |= {"start": found.x if found.z is None else found.z, "noise": 0.0}


def prototype_sweep(
    model: nn.Module, target: TargetLike, expert: Any, weights: Sequence[float], **settings: Any
) -> Sweep:
    """All of :func:`sweep_steps`: as the expert's weight grows, log p(x*) rises and log p(c|x*) falls (Fig. 1).

    Stopping it (an interrupt of the kernel) returns the weights that were finished, with `complete` False.
    """
    chosen = [float(weight) for weight in weights]
    steps = sweep_steps(model, target, expert, chosen, **settings)
    found: list[Prototype] = []
    complete = True
    try:
        for each in steps:
            complete = each.complete
            if complete:
                found.append(each)
    except (KeyboardInterrupt, StoppedError):
        complete = False
    if not found:
        raise StoppedError("the sweep was stopped before its first weight was finished")
    return Sweep(tuple(chosen[: len(found)]), tuple(found), complete)
