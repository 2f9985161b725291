"""Methods that follow the gradient (tutorial, sections 4.1 and 4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

from .operations import OPERATIONS, Handler

if TYPE_CHECKING:
    from .trace import Trace

# A map of the input's shape, and what a reader should know of it.
Found = tuple[Tensor, tuple[str, ...]]

GRADIENT: dict[str, Handler] = {op: entry.handler for op, entry in OPERATIONS.items()}


def sensitivity(trace: Trace, c: Tensor) -> Found:
    """R_i(x) = (df / dx_i)^2, in units of the score squared per unit of the input squared."""
    gradient, notes = trace.gradient(c)
    return gradient.square_(), notes


def gradient_x_input(trace: Trace, c: Tensor) -> Found:
    """R_i(x) = x_i df / dx_i, in units of the score."""
    gradient, notes = trace.gradient(c)
    return gradient.mul_(trace.point), notes
