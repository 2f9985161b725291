"""How far long work is, and whether to go on: said to whoever listens, asked at every step.

A listener is set for the thread (`with heard_by(listener): ...`), so that no function has to hand it on. It takes the
part that is done, 0 to 1, and may raise to end the work; the trace answers the next question as if nothing had been.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[float], None]

_listener: ContextVar[Listener | None] = ContextVar("lrpwidgets_progress", default=None)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Everything that `report` says inside goes to `listener`."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def report(part: float) -> None:
    """Say that `part` (0 to 1) is done. Raises what the listener raises."""
    listener = _listener.get()
    if listener is not None:
        listener(part)
