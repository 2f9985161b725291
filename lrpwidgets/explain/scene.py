"""The one place that sets torch's modes for a trace and restores them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from .memory import room_for


class Off:
    """A switch of torch's that holds for all threads: off while anybody is inside, then as it was before."""

    def __init__(self, read: Callable[[], bool], write: Callable[[bool], object]) -> None:
        self._read, self._write = read, write
        self._lock, self._inside, self._before = threading.Lock(), 0, True

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._before = self._read()
                self._write(False)
            self._inside += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._write(self._before)


_fast_path_off = Off(torch.backends.mha.get_fastpath_enabled, torch.backends.mha.set_fastpath_enabled)


@contextmanager
def scene(device: torch.device) -> Iterator[None]:
    """Out of inference mode, without gradients, autocast off, attention's fused fast path off.

    Raises `OutOfMemoryError` wherever memory runs out inside.

    Inference mode would hide the primitive operations; autocast was measured to change maps by 23 % of
    their maximum; the fast path is one opaque operation.
    """
    # There may be nothing to switch off but gradients.
    plain = not (torch.is_inference_mode_enabled() or torch.is_autocast_enabled(device.type))
    with _fast_path_off, room_for("explaining"), torch.no_grad() if plain else _off(device):
        yield


@contextmanager
def _off(device: torch.device) -> Iterator[None]:
    with torch.inference_mode(False), torch.no_grad(), torch.autocast(device.type, enabled=False):
        yield
