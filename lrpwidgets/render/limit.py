"""Which relevance is shown, and which size of it gets the strongest colour."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.errors import InputError, unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUANTILE = 0.995
SUM = "sum"


def shown(
    relevance: NDArray[np.float32], channel: str, channel_names: tuple[str, ...]
) -> NDArray[np.float32]:
    """The relevance that is coloured: `(channel, height, width)` to `(height, width)`.

    "sum" adds the channels in their order in float64 and rounds once to float32; else one channel.
    """
    if channel == SUM:
        total = np.zeros(relevance.shape[1:], np.float64)
        for plane in relevance:
            total += plane
        return total.astype(np.float32)
    if channel not in channel_names:
        raise InputError(unknown("channel", channel, (SUM, *channel_names)))
    one: NDArray[np.float32] = relevance[channel_names.index(channel)]
    return one


def limit(values: NDArray[np.float32], rule: str, fixed: float | None = None) -> float:
    """The limit L >= 0 of the shown relevance `(height, width)`.

    "max": max |R|. "99.5%": of the n values |R| sorted ascending the one at floor(0.995 (n - 1)), and the
    largest if that is 0. "fixed": the number given. 0 means that nothing is to be seen.
    """
    if rule == "fixed":
        if fixed is None:
            raise InputError("limit_rule='fixed' needs a limit: give limit=<number>.")
        return float(fixed)
    size = np.abs(values).reshape(-1)
    largest = float(size.max())
    if rule == "max":
        return largest
    at = math.floor(QUANTILE * (size.size - 1))
    quantile = float(np.partition(size, at)[at])
    return quantile if quantile > 0 else largest


def strength(values: NDArray[np.float32], limit: float) -> NDArray[np.float64]:
    """v = clip(R / L, -1, 1) in float64, and 0 everywhere if L is 0."""
    if not limit > 0:
        return np.zeros(values.shape, np.float64)
    return np.clip(values.astype(np.float64) / limit, -1.0, 1.0)


def describe(rule: str) -> str:
    """How a limit was chosen, in words for the colour bar."""
    return {"max": "max of |R|", "99.5%": "99.5% of |R|", "fixed": "fixed"}[rule]
