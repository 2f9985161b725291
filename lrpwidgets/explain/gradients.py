"""Methods that follow the gradient, plain or with another rule at ReLUs (tutorial, sections 4.1, 4.2 and 4.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from .account import Account
from .node import Node
from .operations import OPERATIONS, Handler, kept
from .operations.activations import ELEMENTWISE
from .propagate import Walk

if TYPE_CHECKING:
    from .start import Start
    from .trace import Trace


class Found(NamedTuple):
    """A map of the input's shape, what a reader should know of it, and where the score went if no layer says."""

    relevance: Tensor
    notes: tuple[str, ...] = ()
    account: Account | None = None


GRADIENT: dict[str, Handler] = {op: entry.handler for op, entry in OPERATIONS.items()}


def _deconvnet(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    """c_j = max(0, c_k): the ReLU is applied to what comes back (Zeiler and Fergus 2014)."""
    yield c.clamp(min=0)


def _guided(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    """c_j = max(0, c_k) where a_k > 0, else 0 (Springenberg et al. 2015)."""
    yield torch.ops.aten.threshold_backward(c, kept(node.outputs[0]), 0).clamp_(min=0)


DECONVNET: dict[str, Handler] = {**GRADIENT, "relu": _deconvnet}
GUIDED: dict[str, Handler] = {**GRADIENT, "relu": _guided}

# What else bends: deconvnet and guided backprop define nothing for these.
_OTHER_ACTIVATIONS = ELEMENTWISE - {"abs", "sqrt", "pow", "square"}


def sensitivity(trace: Trace, start: Start) -> Found:
    """R_i(x) = (df / dx_i)^2, in units of the score squared per unit of the input squared."""
    gradient, notes = trace.gradient(start.c)
    return Found(gradient.square_(), notes)


def gradient_x_input(trace: Trace, start: Start) -> Found:
    """R_i(x) = x_i df / dx_i, in units of the score."""
    gradient, notes = trace.gradient(start.c)
    return Found(gradient.mul_(trace.point), notes)


def rectified(trace: Trace, start: Start, table: Mapping[str, Handler]) -> Found:
    """What comes back with a changed rule at ReLUs; the plain gradient at other activations, which a note names."""
    relevance, notes = trace.gradient(start.c, table=table)
    others = sorted(
        {f"{node.where} (aten.{node.op})" for node in trace.nodes if node.op in _OTHER_ACTIVATIONS}
    )
    if others:
        notes = (*notes, f"the rule is for ReLUs; plain gradient at {', '.join(others)}")
    return Found(relevance, notes)
