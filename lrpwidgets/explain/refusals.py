"""What the recorder refuses: operations that would change the user's model, or write where nobody can follow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from ..errors import ModelError, UnsupportedOperationError
from .aliasing import Geometry, storage_key
from .node import Node

# Batch norm's `training` argument stands at this place, its running mean at 3.
TRAINING = {"native_batch_norm": 5, "_native_batch_norm_legit": 5, "cudnn_batch_norm": 5}


def check_arguments(func: Any, op: str, args: Sequence[Any], path: str) -> None:
    """Raise before an operation runs that would change the user's model or cannot be followed."""
    if op in TRAINING and args[TRAINING[op]] and args[3] is not None:
        raise ModelError(
            f"{path or 'the model'} runs batch norm in training mode though the copy of the model is in "
            "eval mode (a closure, a scripted part, or training=True in the forward); call model.eval() first"
        )
    if func is torch.ops.aten.view.dtype:
        raise UnsupportedOperationError(
            f"{path or 'the model'} reads its activations as {args[1]} bit by bit, which has no gradient"
        )


def check_owner(written: Sequence[Tensor], own: set[int], path: str) -> None:
    """Raise before the user's parameters and buffers, the memory `own`, are written to."""
    for tensor in written:
        if storage_key(tensor) in own:
            raise ModelError(
                f"{path or 'the model'} writes to a parameter or buffer of the model, shape "
                f"{tuple(tensor.shape)}, in the forward; explaining would change the model. Call model.eval() "
                "first, or keep the module in an attribute instead of a closure"
            )


def check_hidden(written: Sequence[Tensor], followed: Iterable[Tensor], op: str, path: str) -> None:
    """Raise where a `followed` activation is written through what does not stand for it: `h.data`, `h.detach()`."""
    others = list(followed)
    for tensor in written:
        key, here = storage_key(tensor), Geometry.of(tensor)
        for other in others:
            if other is tensor or storage_key(other) != key or not Geometry.of(other).overlaps(here):
                continue
            raise UnsupportedOperationError(
                f"{path or 'the model'} changes an activation of shape {tuple(other.shape)} by "
                f"{op}_ on its .data or .detach(), which writes in place where it cannot be followed; "
                "write to the activation itself"
            )


def check_layout(node: Node, tensor: Tensor) -> None:
    """Raise where a model leaves plain memory: what is sparse or a backend's own cannot be followed."""
    if tensor.layout is not torch.strided:
        raise UnsupportedOperationError(
            f"{node.where} makes a tensor of layout {tensor.layout} by {node.func.namespace}.{node.op} on "
            f"{node.shapes}; relevance is followed through plain dense tensors only: write that step with these "
            "(a mask instead of a sparse tensor)"
        )
