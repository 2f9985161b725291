"""Quantus 0.6.0 as an independent implementation of flipping curves, localisation and continuity.

What has to be said to it: maps as they are (`normalise=False, abs=False`), logits (`softmax=False`), a removal by a
number (its "black" is the smallest value of a sample), and a model that takes float32, which is what it hands over.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

# Imported by Quantus for metrics and rotations of pictures that the tests do not use, and to cut batches.
_UNUSED = ("cv2", "sklearn", "sklearn.metrics", "sklearn.utils")


class _Nothing(ModuleType):
    """A module that has every name, and behind it nothing but what cuts batches."""

    __path__: list[str] = []  # noqa: RUF012 (what tells a package)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _batches if name == "gen_batches" else None


def _batches(count: int, size: int) -> Iterator[slice]:
    for first in range(0, count, size):
        yield slice(first, min(first + size, count))


@contextmanager
def _stood_in() -> Iterator[None]:
    """Empty modules in the place of what is not installed, only while Quantus is imported."""
    missing = [name for name in _UNUSED if find_spec(name.partition(".")[0]) is None]
    for name in missing:
        sys.modules[name] = _Nothing(name)
    try:
        yield
    finally:
        for name in missing:
            del sys.modules[name]


with _stood_in():
    import quantus


class _Widened(nn.Module):
    """float32 in, the net's own float64 inside."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.net(x.double())
        return found


def asked(
    metric: str, net: nn.Module, x: Tensor, relevance: Any, call: dict[str, Any], **settings: Any
) -> Any:
    """What a metric says of this batch; the target is the net's own top class."""
    quiet = {"disable_warnings": True, "display_progressbar": False}
    measure = getattr(quantus, metric)(**{"normalise": False, "abs": False, **quiet, **settings})
    found = measure(
        model=_Widened(net).eval(),
        x_batch=x.numpy(),
        y_batch=net(x).argmax(1).numpy(),
        a_batch=np.asarray(torch.as_tensor(relevance)),
        softmax=False,
        channel_first=True,
        device="cpu",
        **call,
    )
    return np.asarray(found)
