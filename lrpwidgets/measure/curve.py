"""A flipping curve: scores from the unflipped input on, the area under it, and how sure its average is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

Floats = Any  # a float, or an array of floats


class Interval(NamedTuple):
    """An average over samples and the interval in which it lies with the confidence asked for."""

    value: Floats
    low: Floats
    high: Floats


class Difference(NamedTuple):
    """The mean of paired differences, its interval, and the p-value of Wilcoxon's signed-rank test."""

    value: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, eq=False)
class Curve:
    """Scores f(x_0), f(x_1), ... of one method: `scores` float64 (batch, steps + 1), the first one unflipped.

    `order` (batch, picks) holds the regions in the order in which they were flipped, -1 where none was left. A score
    that was NaN is NaN here; averages leave such samples out.
    """

    method: str
    scores: NDArray[np.float64]
    order: NDArray[np.int64]

    @property
    def steps(self) -> int:
        """How often something was flipped."""
        return int(self.scores.shape[1]) - 1

    @property
    def auc(self) -> NDArray[np.float64]:
        """Area under each curve by trapezoids, divided by the number of steps, (batch,), in units of the score."""
        if self.steps == 0:
            return self.scores[:, 0].copy()
        area: NDArray[np.float64] = (self.scores[:, 1:] + self.scores[:, :-1]).mean(1) / 2
        return area

    @property
    def area_over(self) -> NDArray[np.float64]:
        """1 / (steps + 1) sum_k (f(x_0) - f(x_k)), (batch,): area over the curve (Samek et al. 2017)."""
        area: NDArray[np.float64] = self.scores[:, 0] - self.scores.mean(1)
        return area

    def rectified(self) -> Curve:
        """The curve of max(f, 0)."""
        return replace(self, scores=np.maximum(self.scores, 0))

    def mean(self, confidence: float = 0.95, seed: int = 0) -> Interval:
        """The average curve with its interval at every step: arrays (steps + 1,)."""
        return average(self.scores, confidence, seed)

    def mean_auc(self, confidence: float = 0.95, seed: int = 0) -> Interval:
        """The average of `auc` with its interval."""
        return average(self.auc, confidence, seed)

    def mean_area_over(self, confidence: float = 0.95, seed: int = 0) -> Interval:
        """The average of `area_over` with its interval."""
        return average(self.area_over, confidence, seed)


def average(
    values: NDArray[np.float64], confidence: float = 0.95, seed: int = 0, resamples: int = 2000
) -> Interval:
    """The mean over the first axis and its percentile bootstrap interval; rows with NaN are left out.

    One row says nothing about others: its interval is NaN.
    """
    if not 0 < confidence < 1:
        raise InputError(f"confidence is a share between 0 and 1, not {confidence!r}")
    rows = values.reshape(len(values), -1)
    rows = rows[np.isfinite(rows).all(1)]
    tail = values.shape[1:]
    if len(rows) == 0:
        nothing = _shaped(np.full(rows.shape[1], np.nan), tail)
        return Interval(nothing, nothing, nothing)
    value = _shaped(rows.mean(0), tail)
    if len(rows) == 1:
        unsure = _shaped(np.full(rows.shape[1], np.nan), tail)
        return Interval(value, unsure, unsure)
    drawn = np.random.default_rng(seed)
    # How often each row is drawn: one product gives all means, without copies of the rows.
    times = drawn.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=resamples)
    means = times @ rows / len(rows)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return Interval(value, _shaped(low, tail), _shaped(high, tail))


def paired(
    one: Curve,
    other: Curve,
    measure: Callable[[Curve], NDArray[np.float64]] = lambda curve: curve.auc,
    confidence: float = 0.95,
    seed: int = 0,
) -> Difference:
    """measure(one) - measure(other), sample by sample, over the steps that both have; the p-value needs scipy."""
    try:
        wilcoxon = import_module("scipy.stats").wilcoxon
    except ImportError as error:
        raise ImportError(
            "paired differences need scipy, which is not installed: pip install 'lrpwidgets[measure]'"
        ) from error

    if len(one.scores) != len(other.scores):
        raise InputError(f"{len(one.scores)} and {len(other.scores)} samples cannot be paired")
    steps = min(one.steps, other.steps) + 1
    first, second = (measure(replace(curve, scores=curve.scores[:, :steps])) for curve in (one, other))
    apart = first - second
    apart = apart[np.isfinite(apart)]
    value, low, high = average(apart, confidence, seed)
    if not apart.any():
        p = 1.0 if len(apart) else float("nan")
    else:
        p = float(wilcoxon(apart, zero_method="zsplit").pvalue)
    return Difference(value, low, high, p)


def _shaped(values: NDArray[np.float64], tail: tuple[int, ...]) -> Floats:
    return values.reshape(tail) if tail else float(values[0])
