"""The gradient table, and what an entry says of its operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..node import Node, Value

if TYPE_CHECKING:
    from ..propagate import Walk

aten = torch.ops.aten

Cotangents = Sequence[Tensor | None]
# (node, c at its first output, walk) -> c at each operand. An entry with `every` gets c of every output, a list.
Handler = Callable[["Node", Any, "Walk"], Iterable[Tensor | None]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One entry of the table.

    `reads` holds what the handlers of all methods read: operand positions, ``out0``, ``others`` (the operands,
    where more than one depends on the input), ``all``; ``layer out`` is an output that only its own layer's rule
    reads. `denominators` names those among them that only denominators of rules read, as of ``layer out``: a kept
    trace lets go of them and makes them again when it is asked (``dispensable.py``).
    `linear`: the gradient conserves relevance, so LRP shares it. `moves`: elements only change places, so that
    relevance itself may pass too. `every`: the handler wants c of every output. `takes_over`: what reads a layer's
    output and stands for it from then on (a ReLU, a batch norm).
    """

    handler: Handler
    reads: tuple[int | str, ...]
    denominators: tuple[int | str, ...]
    linear: bool
    moves: bool
    every: bool
    takes_over: bool


OPERATIONS: dict[str, Operation] = {}


def handles(
    *ops: str,
    reads: Sequence[int | str] = (),
    denominators: Sequence[int | str] = (),
    linear: bool = False,
    moves: bool = False,
    every: bool = False,
    takes_over: bool = False,
) -> Callable[[Handler], Handler]:
    """Register the gradient of the operations `ops` (ATen base names, e.g. ``"relu"``)."""

    def register(handler: Handler) -> Handler:
        for op in ops:
            OPERATIONS[op] = Operation(
                handler, tuple(reads), tuple(denominators), linear or moves, moves, every, takes_over
            )
        return handler

    return register


# Besides the linear ones, layers and batch norms, whose handlers write rows of their own.
_CONSERVING = frozenset("relu max_pool2d_with_indices max_pool3d_with_indices".split())


def conserves(node: Node) -> bool:
    """Whether no ledger needs this operation's values: the gradient conserves, or the handler has them to account."""
    entry = OPERATIONS.get(node.op)
    return entry is not None and (
        entry.linear
        or "layer out" in entry.reads
        or node.op in _CONSERVING
        or (node.op in {"mul", "div"} and len(node.operands) == 1)
    )


def kept(value: Value) -> Tensor:
    """The tensor of a value that the operation table said to keep."""
    assert value.tensor is not None, "an operation reads what its `reads` does not declare"
    return value.tensor


def places(node: Node) -> list[int]:
    """Positions among the arguments of the operands that depend on the input, in order."""
    return [place for place, item in enumerate(node.args) if isinstance(item, Value)]


def completed(given: Sequence[Any], *defaults: Any) -> list[Any]:
    """Positional arguments with the schema's defaults for those left out."""
    return [*given, *defaults[len(given) :]]
