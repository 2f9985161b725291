"""Bytes allocated for tensors: exact on the CPU (the profiler sees every allocation), CUDA's own count there."""

from __future__ import annotations

import gc
from collections.abc import Callable

import torch
from torch.profiler import ProfilerActivity, profile

MB = 1e6


def peak(work: Callable[[], object], device: torch.device) -> float:
    """The most MB that `work` has allocated at a time, above what was there."""
    return _measure(work, device)[0]


def held(work: Callable[[], object], device: torch.device) -> float:
    """MB that are still allocated while the result of `work` is alive."""
    return _measure(work, device)[1]


def _measure(work: Callable[[], object], device: torch.device) -> tuple[float, float]:
    """(peak, held while the result is alive) in MB."""
    work()  # caches fill the first time
    gc.collect()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        result = work()
        gc.collect()
        top, after = torch.cuda.max_memory_allocated(device), torch.cuda.memory_allocated(device)
        del result
        return (top - before) / MB, (after - before) / MB
    if device.type != "cpu":
        return float("nan"), float("nan")
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        result = work()
        gc.collect()
    del result
    assert recorded.profiler is not None
    events = [event for event in recorded.profiler.kineto_results.events() if event.name() == "[memory]"]
    now = top = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        now += event.nbytes()
        top = max(top, now)
    return top / MB, now / MB
