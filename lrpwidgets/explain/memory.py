"""Out of memory: one error for every way in which torch says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ..errors import LrpError, OutOfMemoryError


def is_short(error: BaseException) -> bool:
    """Whether an error says that memory ran out; on the CPU torch raises a plain RuntimeError."""
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or (
        isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    )


def ran_out(doing: str, error: BaseException) -> OutOfMemoryError:
    """The error to raise from `error`; `doing` says what, where and on which shapes."""
    reason = str(error).strip().split("\n")[0] or type(error).__name__
    return OutOfMemoryError(
        f"{doing} ran out of memory: {reason}; explain fewer samples at a time, and keep no denominators for a next "
        "question (lw.trace(..., keep=0))"
    )


@contextmanager
def room_for(doing: str) -> Iterator[None]:
    """Raise `OutOfMemoryError` wherever memory runs out inside; `doing` says what is done there."""
    try:
        yield
    except Exception as error:
        if is_short(error) and not isinstance(error, LrpError):
            raise ran_out(doing, error) from error
        raise
