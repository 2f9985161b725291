"""Gradient ascent that never goes down: a step that would lower the objective is taken again, half as long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

_PATIENCE = 5  # moves in a row that gain next to nothing
_LONGER = 10.0  # by which a step grows at most


@dataclass(frozen=True, eq=False)
class Point:
    """The objective's terms at y, (batch,) each, and its gradient; `x` is what the model sees, y itself or g(y).

    `probability` and `distance` (to the reference of localisation) are None where there is none.
    """

    x: Tensor
    score: Tensor
    log_density: Tensor
    objective: Tensor
    gradient: Tensor
    probability: Tensor | None = None
    distance: Tensor | None = None

    @property
    def finite(self) -> Tensor:
        """Of which samples the objective and its gradient are numbers, (batch,)."""
        return torch.isfinite(self.objective) & torch.isfinite(self.gradient).flatten(1).all(1)

    def with_rows(self, other: Point, rows: Tensor) -> Point:
        """The same, with what `other` says about some samples (a mask)."""
        changed = {}
        for each in fields(self):
            mine, theirs = getattr(self, each.name), getattr(other, each.name)
            if mine is not None:
                changed[each.name] = torch.where(_like(rows, mine), theirs, mine)
        return replace(self, **changed)


class Ascent:
    """y <- clamp(y + t g), a step length t for each sample (`joint`: one for all).

    After a step that was taken t is that of Barzilai and Borwein (1988), |s|^2 / s.(g - g') with s the move; after one
    that was refused, half of what it was. A sample that has ended stays where it is; `ended` says why.
    """

    def __init__(
        self,
        evaluate: Callable[[Tensor], Point],
        y: Tensor,
        bounds: tuple[Tensor, Tensor] | None,
        *,
        first: float,
        tolerance: float,
        joint: bool,
    ) -> None:
        self._evaluate, self._bounds = evaluate, bounds
        self._tolerance, self._joint = tolerance, joint
        self.y = self._inside(y)
        self.point = evaluate(self.y)
        steepest = self.point.gradient.abs().flatten(1).amax(1)
        self.length = first / self._shared(steepest, torch.amax).clamp_min(torch.finfo(y.dtype).tiny)
        self.ended: list[str | None] = [None if steep else "flat" for steep in (steepest > 0).tolist()]
        self._idle = torch.zeros(len(y), dtype=torch.long, device=y.device)

    @property
    def live(self) -> Tensor:
        """Which samples still move, (batch,)."""
        return torch.tensor([reason is None for reason in self.ended], device=self.y.device)

    def step(self) -> None:
        """One try."""
        live = self.live
        there = self._inside(self.y + _like(self.length, self.y) * self.point.gradient)
        there = torch.where(_like(live, there), there, self.y)
        point = self._evaluate(there)
        gain = self._shared(point.objective - self.point.objective, torch.sum)
        sound = self._shared(point.finite, torch.all)
        taken = live & sound & (gain > 0)
        move = there - self.y
        small = self._shared(_largest(move), torch.amax) <= torch.finfo(move.dtype).eps * (
            1 + self._shared(_largest(self.y), torch.amax)
        )
        size = self._tolerance * self._shared(self.point.objective.abs(), torch.sum).clamp_min(1)
        self._idle = torch.where(taken, torch.where(gain <= size, self._idle + 1, 0), self._idle)
        for sample in (live & ((small & ~taken) | (self._idle >= _PATIENCE))).nonzero().flatten().tolist():
            self.ended[sample] = "converged" if bool(sound[sample]) else "not finite"
        longer = self._next(move, self.point.gradient - point.gradient)
        self.length = torch.where(taken, longer, torch.where(live, self.length / 2, self.length))
        self.y = torch.where(_like(taken, self.y), there, self.y)
        self.point = self.point.with_rows(point, taken)

    def _next(self, move: Tensor, bend: Tensor) -> Tensor:
        squares = self._shared(move.square().flatten(1).sum(1), torch.sum)
        curvature = self._shared((move * bend).flatten(1).sum(1), torch.sum)
        wanted = torch.where(curvature > 0, squares / curvature, torch.inf)
        return torch.minimum(wanted, self.length * _LONGER)

    def _inside(self, y: Tensor) -> Tensor:
        return y if self._bounds is None else torch.clamp(y, *self._bounds)

    def _shared(self, value: Tensor, over: Callable[..., Tensor]) -> Tensor:
        """Each sample's own value, or that of all of them together."""
        return over(value, 0).expand(len(value)) if self._joint else value


def _like(rows: Tensor, other: Tensor) -> Tensor:
    return rows.reshape(-1, *[1] * (other.dim() - 1))


def _largest(y: Tensor) -> Tensor:
    return y.abs().flatten(1).amax(1)
