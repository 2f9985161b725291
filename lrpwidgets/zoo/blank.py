"""Nets as they are before their weights are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def blank() -> Iterator[None]:
    """Make a net on the CPU, whatever the default device, and draw no number from the caller's random generator.

    For nets whose making computes something: on the "meta" device that may import torch's compiler, which takes
    longer than torch itself.
    """
    with torch.random.fork_rng(devices=[]), torch.device("cpu"):
        yield
