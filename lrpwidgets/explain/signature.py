"""What the recorder must know of an ATen operation: what it writes, and which of its tensors a handler will read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from .operations import OPERATIONS, SHAPE_ONLY, SIGNS, STEPS, Operation
from .refusals import TRAINING
from .windows import KERNELS


@dataclass(frozen=True, slots=True)
class Signature:
    """Looked up once for each overload."""

    func: torch._ops.OpOverload
    run: Callable[..., Any]  # the operation itself, or what gives the same numbers sooner
    op: str
    operation: Operation | None
    written: tuple[int | str, ...]
    kept_operands: frozenset[int]
    kept_outputs: frozenset[int]
    others: bool  # operands are kept where there are several
    all: bool  # everything is kept
    layer_out: bool  # the output is its own layer's
    constant: bool  # the result is a constant, whatever the operands' values or up to steps
    signed: bool  # nothing is known of the outputs' signs, whatever goes in
    refusable: bool  # some arguments are refused


def written_by(func: torch._ops.OpOverload) -> tuple[int | str, ...]:
    """Which arguments an operation writes to: places, or names of keywords."""
    return tuple(
        argument.name if argument.kwarg_only else position
        for position, argument in enumerate(func._schema.arguments)
        if argument.alias_info is not None and argument.alias_info.is_write
    )


# By identity of the overload, which an entry holds: what rules read, and what the gradient alone reads.
SIGNATURES: dict[bool, dict[int, Signature]] = {True: {}, False: {}}


def signature_of(func: torch._ops.OpOverload, *, rules: bool) -> Signature:
    """Looks an overload up for `SIGNATURES`."""
    name = func._schema.name.split("::")[1]
    op = name.rstrip("_") if func._schema.is_mutable else name
    op = "convolution" if op == "_convolution" else op  # of torch.jit.trace, with the backend's flags behind
    operation = OPERATIONS.get(op)
    reads = operation.reads if operation else ()
    if operation and not rules:
        reads = tuple(at for at in reads if at not in operation.denominators)
    found = SIGNATURES[rules][id(func)] = Signature(
        func,
        KERNELS.get(func, func),
        op,
        operation,
        written_by(func),
        kept_operands=frozenset(at for at in reads if isinstance(at, int)),
        kept_outputs=frozenset(int(at[3:]) for at in reads if isinstance(at, str) and at.startswith("out")),
        others="others" in reads,
        all=operation is None or "all" in reads,
        layer_out="layer out" in reads,
        constant=op in SHAPE_ONLY or op in STEPS,
        signed=op not in SIGNS,
        refusable=op in TRAINING or func is torch.ops.aten.view.dtype,
    )
    return found
