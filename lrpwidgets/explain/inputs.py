"""From what the user hands in to what the model takes: through the domain, checked."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..errors import InputError


def described(model: nn.Module, given: Any, field: str) -> Any:
    """`given`, or what the model's card says (``card.input``, ``card.labels``)."""
    if given is not None:
        return given
    return getattr(getattr(model, "lrpwidgets_card", None), field, None)


def model_input(model: nn.Module, x: Any, domain: Any) -> Tensor:
    """The tensor the model takes, shape (batch, ...), a copy of its own; encoded by the domain if need be."""
    if not (isinstance(x, Tensor) and x.is_floating_point()):
        x = _encoded(model, x, domain)
    if x.layout != torch.strided:
        raise InputError(f"the input of shape {tuple(x.shape)} is {x.layout}; use x.to_dense()")
    if x.dim() < 2:
        raise InputError(
            f"the input has shape {tuple(x.shape)}; the first axis is the batch: use x[None] for one sample"
        )
    if len(x) == 0:
        raise InputError(f"the input of shape {tuple(x.shape)} holds no sample")
    if domain is not None and getattr(domain, "kind", None) == "image" and x.dim() != 4:
        raise InputError(
            f"the input has shape {tuple(x.shape)}, but images are (batch, channel, height, width)"
            + ("; use x[None] for one image" if x.dim() == 3 else "")
        )
    finite = torch.isfinite(x)
    if not finite.all():
        bad = int((~finite).sum())
        first = tuple(int(i) for i in (~finite).nonzero()[0])
        raise InputError(
            f"the input holds {bad} values that are NaN or infinite, the first at {first}; clean or mask them first"
        )
    reference = _reference(model)
    if reference is not None and reference.device != x.device:
        raise InputError(
            f"the model is on {reference.device}, the input of shape {tuple(x.shape)} on {x.device}; "
            f"use x.to({str(reference.device)!r}) or move the model"
        )
    if reference is not None and reference.dtype != x.dtype:
        raise InputError(
            f"the model computes in {reference.dtype}, the input of shape {tuple(x.shape)} is {x.dtype}; "
            f"use x.to({reference.dtype}) or model.to({x.dtype})"
        )
    # Out of inference mode and away from the caller's memory: the model may write to it in place.
    with torch.inference_mode(False):
        copy: Tensor = x.detach().clone(memory_format=torch.preserve_format)
    return copy


def bounds(given: Any, domain: Any, x: Tensor) -> tuple[tuple[Tensor, Tensor] | None, tuple[str, ...]]:
    """(low, high) of the model's input as tensors like `x`, given or known to the domain; and notes."""
    pair = given if given is not None else getattr(domain, "input_range", None)
    if pair is None:
        return None, ()
    try:
        low, high = (torch.as_tensor(end, dtype=x.dtype, device=x.device) for end in pair)
        inside = (x >= low) & (x <= high)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(
            f"input_range must be (low, high), numbers or tensors that broadcast to the input {tuple(x.shape)}, "
            f"e.g. (0, 1) or tensors of shape (1, channel, 1, 1): {error}"
        ) from error
    if not (torch.isfinite(low).all() and torch.isfinite(high).all() and (low <= high).all()):
        raise InputError("input_range must be finite with low <= high for every input variable")
    if inside.all():
        return (low, high), ()
    outside = int((~inside).sum())
    return (low, high), (
        f"{outside} of {x.numel()} input values lie outside input_range, where zB is not bounded",
    )


def _encoded(model: nn.Module, x: Any, domain: Any) -> Tensor:
    if domain is None:
        kind = (
            f"a {x.dtype} tensor of shape {tuple(x.shape)}"
            if isinstance(x, Tensor)
            else f"a {type(x).__name__}"
        )
        hint = "it has no embedding to explain it at, so " if isinstance(x, Tensor) else ""
        raise InputError(
            f"the input is {kind}; {hint}give a floating point tensor of shape (batch, ...), "
            "or say how pictures become model input with input=lw.image(...)"
        )
    encoded: Tensor = domain.encode(x)
    reference = _reference(model)
    if reference is None:
        return encoded
    return encoded.to(reference.device, reference.dtype)


def _reference(model: nn.Module) -> nn.Parameter | None:
    """A parameter that tells the model's device and dtype."""
    return next((p for p in model.parameters() if p.is_floating_point()), None)
