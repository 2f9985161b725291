"""Ratios of times in one run: paired, interleaved, with their spread."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import quantiles

import torch

Work = Callable[[], object]

_SHORTEST = 5e-3  # seconds: what one measurement of the base should take at least


@dataclass(frozen=True)
class Spread:
    """The middle of some ratios, and the quarters below and above it."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, ratios: list[float]) -> Spread:
        """Median and interquartile range."""
        if len(ratios) == 1:
            return cls(ratios[0], ratios[0], ratios[0])
        return cls(*quantiles(ratios, n=4, method="inclusive"))

    def __str__(self) -> str:
        return f"{self.median:.2f} [{self.low:.2f}-{self.high:.2f}]"


@dataclass(frozen=True)
class Clock:
    """Seconds of work: CPU time of this process, or wall time until an accelerator is done."""

    device: torch.device

    def __call__(self, work: Work, number: int = 1) -> float:
        """Seconds of one call, averaged over `number` calls."""
        on_cpu = self.device.type == "cpu"
        now = time.process_time if on_cpu else time.perf_counter
        synchronize(self.device)
        start = now()
        for _ in range(number):
            work()
        synchronize(self.device)
        return (now() - start) / number

    def warm(self, work: Work, number: int) -> float:
        """The same after one call that is not counted, where calls are short and caches matter."""
        if number > 1:
            work()
        return self(work, number)


def synchronize(device: torch.device) -> None:
    """Wait until everything sent to an accelerator is done."""
    if device.type != "cpu":
        getattr(torch, device.type).synchronize()


def times(works: Mapping[str, Work], repeats: int, clock: Clock) -> dict[str, list[float]]:
    """Seconds of each piece of work, `repeats` times; one round runs each once, in an order of its own.

    Garbage is collected before every measurement, so that nobody pays for another's cycles.
    """
    names = list(works)
    for name in names:
        works[name]()
    number = max(1, math.ceil(_SHORTEST / max(clock(works[names[0]]), 1e-6)))
    found: dict[str, list[float]] = {name: [] for name in names}
    shuffled = torch.Generator().manual_seed(0)
    gc.collect()
    gc.freeze()  # what is there now is not searched again and again
    try:
        for _ in range(repeats):
            for place in torch.randperm(len(names), generator=shuffled).tolist():
                gc.collect()
                found[names[place]].append(clock.warm(works[names[place]], number))
    finally:
        gc.unfreeze()
    return found


def ratios(measured: Mapping[str, list[float]], base: str) -> dict[str, Spread]:
    """Each work's times over those of `base` in the same round."""
    return {
        name: Spread.of([one / other for one, other in zip(seconds, measured[base], strict=True)])
        for name, seconds in measured.items()
    }
