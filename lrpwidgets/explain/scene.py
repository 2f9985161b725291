"""The one place that sets torch's modes for a trace and restores them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from .memory import room_for

# The fast path is one switch for all threads: the first scene turns it off, the last one restores it.
_lock = threading.Lock()
_open = 0
_fast = True


@contextmanager
def scene(device: torch.device) -> Iterator[None]:
    """Out of inference mode, without gradients, autocast off, attention's fused fast path off.

    Raises `OutOfMemoryError` wherever memory runs out inside.

    Inference mode would hide the primitive operations; autocast was measured to change maps by 23 % of
    their maximum; the fast path is one opaque operation.
    """
    _enter()
    try:
        with (
            room_for("explaining"),
            torch.inference_mode(False),
            torch.no_grad(),
            torch.autocast(device.type, enabled=False),
        ):
            yield
    finally:
        _leave()


def _enter() -> None:
    global _open, _fast  # noqa: PLW0603 (torch's switch is global too)
    with _lock:
        if _open == 0:
            _fast = torch.backends.mha.get_fastpath_enabled()
            torch.backends.mha.set_fastpath_enabled(False)
        _open += 1


def _leave() -> None:
    global _open  # noqa: PLW0603
    with _lock:
        _open -= 1
        if _open == 0:
            torch.backends.mha.set_fastpath_enabled(_fast)
