"""What a choice of rules has found: candidates ranked by the area under their flipping curves, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..explain.presets import Preset
from .curve import Curve, Interval, average


@dataclass(frozen=True, slots=True)
class Ranked:
    """One candidate: the mean area under its curve, and how far that is `behind` the best, paired by sample."""

    name: str
    preset: Preset
    auc: Interval
    behind: Interval


@dataclass(frozen=True, eq=False, repr=False)
class Selection:
    """The candidates after `done` of `total` samples; `curves` (done, steps + 1) and `presets` are by name.

    `refused` says which candidates have no rule for one of the model's operations, and why. With `rectify` areas are
    those under max(f, 0).
    """

    curves: Mapping[str, Curve]
    presets: Mapping[str, Preset]
    refused: Mapping[str, str]
    done: int
    total: int
    rectify: bool = False
    confidence: float = 0.95
    seed: int = 0

    @property
    def complete(self) -> bool:
        """Whether every sample was flipped."""
        return self.done == self.total

    @property
    def ranking(self) -> tuple[Ranked, ...]:
        """The candidates from the lowest area up; of equals the one that was named first.

        Samples whose score became NaN under one candidate are left out for all. The best one was picked on these
        samples, so its own area looks a little better than it would on others.
        """
        areas = self._areas()
        means = {name: float(area.mean()) if len(area) else float("nan") for name, area in areas.items()}
        order = sorted(areas, key=lambda name: (np.isnan(means[name]), means[name]))
        return tuple(
            Ranked(
                name,
                self.presets[name],
                average(areas[name], self.confidence, self.seed),
                average(areas[name] - areas[order[0]], self.confidence, self.seed),
            )
            for name in order
        )

    @property
    def best(self) -> str:
        """The name of the candidate with the lowest area."""
        return self.ranking[0].name

    @property
    def preset(self) -> Preset:
        """The best candidate, ready for ``rules=``."""
        return self.ranking[0].preset

    @property
    def tied(self) -> tuple[str, ...]:
        """The best and those that these samples do not tell from it: the interval of `behind` reaches 0."""
        first, *others = self.ranking
        return (first.name, *(one.name for one in others if not one.behind.low > 0))

    def _areas(self) -> dict[str, np.ndarray]:
        curves = {name: curve.rectified() if self.rectify else curve for name, curve in self.curves.items()}
        found = {name: curve.auc for name, curve in curves.items()}
        sound = np.isfinite(np.stack(list(found.values()))).all(0)
        return {name: area[sound] for name, area in found.items()}

    def __repr__(self) -> str:
        ranking = self.ranking
        width = max(9, *(len(one.name) for one in ranking))
        what = "area under max(f, 0)" if self.rectify else "area under the curve"
        head = f"{what}, {100 * self.confidence:g} % interval"
        lines = [f"   {'candidate':{width}}  {head:38}  behind the best, paired"]
        for place, one in enumerate(ranking, 1):
            apart = "the best" if place == 1 else _said(one.behind)
            lines.append(f"{place:2} {one.name:{width}}  {_said(one.auc):38}  {apart}")
        lines.append(f"{self.done} of {self.total} samples{'' if self.complete else ': not finished'}")
        used = len(next(iter(self._areas().values())))
        if used < self.done:
            lines.append(f"{self.done - used} samples with scores that are NaN are left out")
        lines += [f"left out: {name}: {why}" for name, why in self.refused.items()]
        return "\n".join(lines)


def joined(one: Curve, other: Curve) -> Curve:
    """The curves of the samples of both; the orders, whose regions are numbered anew in each batch, are let go of."""
    scores = np.concatenate([one.scores, other.scores])
    return replace(one, scores=scores, order=np.empty((len(scores), 0), dtype=np.int64))


def _said(found: Interval) -> str:
    return f"{found.value:.4g} [{found.low:.4g}, {found.high:.4g}]"
