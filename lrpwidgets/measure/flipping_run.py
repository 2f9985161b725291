"""The steps of one flipping experiment, lazily: orders fixed from the start, or recomputed at each step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from ..errors import InputError
from .order import best, given, ranked
from .patches import Places
from .rankers import RANDOM, Rank, checked, rank
from .removal import Remove
from .scored import Scored

ORDERS = ("most", "least")


@dataclass(frozen=True, eq=False)
class Step:
    """What is known after `number` flips: step 0 is the unflipped input.

    `scores` float64 (batch,), NaN where the output was not finite; `output` (batch, ...), what the model says of the
    input after this step, NaN where it was no longer asked; `picked` (batch, per_step) the regions flipped in
    this step, -1 for none; `removed`, all variables flipped so far, bool and broadcasting to the input; `relevance`,
    the map by which they were picked (None at step 0, at random, or in an order that was given).
    """

    method: str
    number: int
    scores: Tensor
    picked: Tensor
    removed: Tensor
    relevance: Tensor | None
    output: Tensor
    _remove: Remove = field(repr=False)

    @property
    def input(self) -> Tensor:
        """The input after this step, (batch, ...)."""
        return self._remove(self.removed)


@dataclass(frozen=True, eq=False)
class Run:
    """One experiment: what is flipped (`places`), how (`remove`), what is measured (`scored`), for how long."""

    x: Tensor
    places: Places
    remove: Remove
    scored: Scored
    steps: int
    per_step: int
    order: str
    recompute: bool
    seed: int

    def steps_of(self, methods: dict[str, Any], context: dict[str, Any]) -> Iterator[Step]:
        """All methods, step by step side by side."""
        if not bool(self.scored.finite.any()):
            raise InputError(
                "the model's output is NaN or infinite for every unflipped sample; nothing can fall"
            )
        walks = [self._walk(name, spec, context) for name, spec in methods.items()]
        return (next(walk) for _ in range(self.steps + 1) for walk in walks)

    def _walk(self, name: str, spec: Any, context: dict[str, Any]) -> Iterator[Step]:
        by = rank(name, spec, self.scored, **context)
        picks = self.steps * self.per_step
        if by is None:
            order = self._drawn(picks) if spec == RANDOM else given(spec, self.places, len(self.x), picks)
            return self._fixed(name, lambda: (order, None))
        if not (isinstance(spec, (str, Mapping)) or callable(spec)):
            if self.recompute:
                raise InputError(
                    f"method {name!r} is a map, which cannot be recomputed at each step; give a function"
                )
            checked(name, torch.as_tensor(spec), self.x)
        if self.recompute:
            return self._recomputed(name, by)

        def once() -> tuple[Tensor, Tensor]:
            relevance = self._relevance(name, by, self.x, self.scored.finite)
            return ranked(self._sign * self.places.pool(relevance), self.places, picks), relevance

        return self._fixed(name, once)

    @property
    def _sign(self) -> int:
        return 1 if self.order == "most" else -1

    def _drawn(self, picks: int) -> Tensor:
        """An order by chance for each sample, by the seed."""
        generator = torch.Generator().manual_seed(self.seed)
        draw = torch.rand(len(self.x), self.places.count, dtype=torch.float64, generator=generator)
        return ranked(draw.to(self.x.device), self.places, picks)

    def _relevance(self, name: str, by: Rank, x: Tensor, sound: Tensor) -> Tensor:
        """The map of every sample whose output is finite, else zeros; in chunks, which hold all activations."""
        kind = x.dtype if x.is_floating_point() else torch.float64  # of tokens
        found = torch.zeros(x.shape, dtype=kind, device=x.device)
        for rows in torch.split(sound.nonzero()[:, 0], max(1, self.scored.chunk // 4)):
            found[rows] = checked(name, by(x[rows], rows), x[rows]).to(kind)
        return found

    def _start(self, name: str) -> Step:
        picked = torch.empty(len(self.x), 0, dtype=torch.int64, device=self.x.device)
        return Step(
            name, 0, self.scored.first, picked, self._nothing(), None, self.scored.output, self.remove
        )

    def _nothing(self) -> Tensor:
        none = torch.full((len(self.x),), -1, dtype=torch.int64, device=self.x.device)
        return self.places.cover(none)

    def _fixed(self, name: str, order_of: Callable[[], tuple[Tensor, Tensor | None]]) -> Iterator[Step]:
        """Every flipped input is known beforehand, so that one forward takes several steps."""
        yield self._start(name)
        order, relevance = order_of()
        every = torch.arange(len(self.x), device=self.x.device)
        removed = self._nothing()
        together = max(1, self.scored.chunk // len(self.x))
        picked = torch.split(order, self.per_step, 1)
        for begin in range(0, self.steps, together):
            masks = []
            for regions in picked[begin : begin + together]:
                for region in regions.T:
                    removed = removed | self.places.cover(region)
                masks.append(removed)
            inputs = torch.cat([self.remove(mask) for mask in masks])
            scores, _, said = self.scored(inputs, every.repeat(len(masks)))
            answers = zip(
                masks, torch.split(scores, len(self.x)), torch.split(said, len(self.x)), strict=True
            )
            for at, (mask, values, output) in enumerate(answers, begin):
                yield Step(name, at + 1, values, picked[at], mask, relevance, output, self.remove)

    def _recomputed(self, name: str, by: Rank) -> Iterator[Step]:
        """One explanation of what is left, and one forward, at each step."""
        yield self._start(name)
        sound, free, removed = self.scored.finite.clone(), self.places.free(), self._nothing()
        now = self.x
        for number in range(1, self.steps + 1):
            relevance = self._relevance(name, by, now, sound)
            pooled = self._sign * self.places.pool(relevance)
            picked = []
            for _ in range(self.per_step):
                picked.append(best(pooled, free & sound[:, None]))
                free &= ~self.places.taken(picked[-1])
                removed = removed | self.places.cover(picked[-1])
            now = self.remove(removed)
            rows = sound.nonzero()[:, 0]
            scores = torch.full((len(self.x),), torch.nan, dtype=torch.float64, device=self.x.device)
            output = torch.full_like(self.scored.output, torch.nan)
            if len(rows):
                scores[rows], finite, output[rows] = self.scored(now[rows], rows)
                sound[rows] = finite
            yield Step(name, number, scores, torch.stack(picked, 1), removed, relevance, output, self.remove)
