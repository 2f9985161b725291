"""Pooled relevance over a whole set of inputs, with confidence intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..errors import InputError
from ..explain.explanation import Explanation
from .integers import count
from .libraries import library
from .pooled import pool

QUANTITIES = ("net", "positive", "negative", "share")


def pool_table(
    explanations: Explanation | Iterable[Explanation],
    regions: Any,
    *,
    confidence: float = 0.95,
    resamples: int = 9999,
    seed: int = 0,
) -> Any:
    """Means of what `pool` finds, over all samples, as a pandas table with bootstrap intervals.

    explanations: one of a batch, or any number one after the other (a generator, so that only one is in memory).
    regions: as in `pool`, for every explanation; or a function from an explanation to its regions (the boxes of its
    pictures). One row a (region, quantity), with columns `mean`, `low`, `high` and `samples`. Samples are
    resampled with replacement (percentile bootstrap, reproducible by `seed`); `low` and `high` are NaN for fewer than
    two samples.
    Samples that lack a region are not counted in its rows, nor those whose total is 0 in the rows of the share.
    The table's ``attrs["notes"]`` holds what a reader should know. Needs pandas and scipy.
    """
    if not 0 < confidence < 1:
        raise InputError(f"confidence must lie between 0 and 1, not {confidence!r}")
    resamples = count("resamples", resamples)
    pandas = library("pandas", "pool_table")
    values: dict[tuple[str, str], list[float]] = {}
    notes: dict[str, None] = {}
    for explanation in [explanations] if isinstance(explanations, Explanation) else explanations:
        pooled = pool(explanation, regions(explanation) if callable(regions) else regions)
        notes.update(dict.fromkeys(pooled.notes))
        for at, name in enumerate(pooled.names):
            there = pooled.size[:, at] > 0
            for quantity in QUANTITIES:
                column = getattr(pooled, quantity)[there, at]
                values.setdefault((name, quantity), []).extend(column[column == column].tolist())  # noqa: PLR0124 (NaN)
    if not values:
        raise InputError("there is no explanation to pool")
    interval = _bootstrap(confidence, resamples, seed)
    rows = {key: (_mean(found), *interval(found), len(found)) for key, found in values.items()}
    index = pandas.MultiIndex.from_tuples(rows, names=["region", "quantity"])
    table = pandas.DataFrame(rows.values(), index=index, columns=["mean", "low", "high", "samples"])
    table.attrs["notes"] = tuple(notes)
    return table


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def _bootstrap(confidence: float, resamples: int, seed: int) -> Callable[[list[float]], tuple[float, float]]:
    """A function from values to the ends of the interval of their mean."""
    stats = library("scipy.stats", "pool_table")

    def interval(values: list[float]) -> tuple[float, float]:
        if len(values) < 2:
            return float("nan"), float("nan")
        found = stats.bootstrap(
            (np.asarray(values),),
            np.mean,
            confidence_level=confidence,
            n_resamples=resamples,
            batch=max(1, 4_000_000 // len(values)),
            method="percentile",
            rng=np.random.default_rng(seed),
        ).confidence_interval
        return float(found.low), float(found.high)

    return interval
