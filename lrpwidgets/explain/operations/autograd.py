"""The vector-Jacobian product of one recorded operation, by torch's own autograd."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from ...errors import UnsupportedOperationError
from ..node import Node, Value
from .table import Cotangents, kept


def autograd(node: Node, cotangents: Cotangents) -> list[Tensor | None]:
    """c at each operand, exact; reads all operands."""
    return _vjp(node, [kept(value) for value in node.operands], cotangents)


def pulled_back(node: Node, cotangents: Cotangents) -> list[Tensor | None]:
    """c at each operand of an operation that is linear in them: only their shapes are read."""
    like = next(c for c in cotangents if c is not None)
    return _vjp(node, [_standing_for(value, like) for value in node.operands], cotangents)


def affine_part(node: Node) -> Tensor | None:
    """What an operation that is linear up to constants gives at zero; None if it has no constants."""
    if not any(isinstance(item, (Tensor, float, int)) for item in node.args):
        return None
    like = torch.zeros((), dtype=node.outputs[0].dtype)
    zeros = [_standing_for(value, like) for value in node.operands]
    return _outputs(node, zeros)[0]


def _standing_for(value: Value, like: Tensor) -> Tensor:
    """Zeros in the place of a value whose content does not matter."""
    return like.new_zeros(value.shape, dtype=value.dtype)


def _vjp(node: Node, operands: list[Tensor], cotangents: Cotangents) -> list[Tensor | None]:
    leaves = [
        tensor.detach().requires_grad_(_differentiable(value))
        for tensor, value in zip(operands, node.operands, strict=True)
    ]
    if not any(leaf.requires_grad for leaf in leaves):
        return [None for _ in leaves]
    with torch.enable_grad():
        outputs = _outputs(node, leaves)
        pairs = [
            (out, c)
            for out, c in zip(outputs, cotangents, strict=False)
            if c is not None and out.requires_grad
        ]
        if not pairs:
            return [None for _ in leaves]
        wanted = [leaf for leaf in leaves if leaf.requires_grad]
        try:
            found = iter(
                torch.autograd.grad([p[0] for p in pairs], wanted, [p[1] for p in pairs], allow_unused=True)
            )
        except RuntimeError as error:
            if "not implemented" not in str(error):
                raise
            raise UnsupportedOperationError(
                f"{node.where} uses aten.{node.op} on {node.shapes}, of which torch has no derivative ({error}); "
                "write that step by operations that have one, or .detach() what goes into it"
            ) from error
    return [next(found) if leaf.requires_grad else None for leaf in leaves]


def _outputs(node: Node, operands: list[Tensor]) -> list[Tensor]:
    """The operation once more, on `operands`: one value in two places is two operands."""
    given, mutable = iter(operands), node.func._schema.is_mutable
    args = [_bound(arg, given, mutable) for arg in node.args]
    kwargs = {name: _bound(arg, given, mutable) for name, arg in node.kwargs.items()}
    result = node.func(*args, **kwargs)
    return [result] if isinstance(result, Tensor) else [part for part in result if isinstance(part, Tensor)]


def _bound(item: Any, given: Iterator[Tensor], mutable: bool) -> Any:
    """An argument with values replaced by the next operands; a function of its own, for a closure would be a ring."""
    if isinstance(item, Value):
        # An in-place operation must not write to a leaf, nor to what the trace keeps.
        return next(given).clone() if mutable else next(given)
    if isinstance(item, Tensor) and (mutable or item.requires_grad):
        return item.detach().clone()  # a training loop may write to a parameter meanwhile
    return [_bound(part, given, mutable) for part in item] if isinstance(item, (list, tuple)) else item


def _differentiable(value: Value) -> bool:
    return value.dtype.is_floating_point or value.dtype.is_complex
