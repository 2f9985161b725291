"""How the information in a region is removed: the ranking of methods depends on it (tutorial, section 7.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..errors import InputError, unknown
from ..explain.tokens import GONE
from .inpainting import inpainted

NO_VECTOR = "embedding-zero"
REMOVALS = ("neutral", "mean", "blur", "noise", "inpaint", NO_VECTOR)
RemovalLike = str | float | Tensor | Callable[[Tensor, Tensor], Tensor]
Remove = Callable[[Tensor], Tensor]


def removal(
    how: RemovalLike, x: Tensor, domain: Any = None, *, sigma: float | None = None, seed: int = 0
) -> Remove:
    """A function of `removed`, bool and broadcasting to `x`, that gives `x` with those variables removed.

    how: "neutral", black for pictures whose domain is known, else 0; "mean" of each sample's channel; "blur", a
    Gaussian of `sigma` pixels (a tenth of the longest side); "noise", uniform over the domain's range, else over each
    sample's channel, drawn once by `seed`; "inpaint", what is left is carried on smoothly into the holes
    (scikit-image); a number or a tensor that broadcasts to `x`; or a function of (x, removed). For token ids a
    number (the mask token's), or "embedding-zero": the vector of a token that is gone is zero, and -1 stands for it.
    """
    if callable(how) and not isinstance(how, Tensor):
        return lambda removed: _checked(how(x, removed), x)
    if isinstance(how, str) and how == "inpaint" and x.is_floating_point():
        return inpainted(x)
    value = _value(how, x, domain, sigma, seed)
    return lambda removed: torch.where(removed, value, x)


def _value(how: Any, x: Tensor, domain: Any, sigma: float | None, seed: int) -> Tensor:
    if isinstance(how, str):
        if how not in REMOVALS:
            raise InputError(unknown("removal", how, REMOVALS))
        if how == NO_VECTOR:
            return _no_vector(x)
        if not x.is_floating_point():
            raise InputError(
                f"the input holds whole numbers ({x.dtype}), which have no {how!r}; give the number that stands for "
                f"nothing, such as the mask token's, or {NO_VECTOR!r}"
            )
        if how == "neutral":
            return _neutral(x, domain)
        if how == "mean":
            return x.mean(_space(x), keepdim=True)
        return _blur(x, sigma) if how == "blur" else _noise(x, domain, seed)
    try:
        value = torch.as_tensor(how, device=x.device).to(x.dtype)
        fits = value.expand(x.shape).shape == x.shape
    except (RuntimeError, TypeError, ValueError):
        fits = False
    if not fits:
        raise InputError(
            f"removal {type(how).__name__} is neither one of {', '.join(REMOVALS)}, nor a function of (x, removed), "
            f"nor a number or tensor that broadcasts to the input {tuple(x.shape)}"
        )
    if not torch.isfinite(value).all():
        raise InputError("removal puts NaN or infinite values into the input; give finite ones")
    return value


def _no_vector(x: Tensor) -> Tensor:
    if x.is_floating_point():
        raise InputError(f"{NO_VECTOR!r} is for token ids; of an input of vectors ({x.dtype}) remove to 0.0")
    if bool((x < 0).any()):
        raise InputError(f"token ids are 0 or more; {GONE} is to stand for those that are gone")
    return torch.as_tensor(GONE).to(x)


def _neutral(x: Tensor, domain: Any) -> Tensor:
    bounds = getattr(domain, "input_range", None)
    return (
        torch.zeros((), dtype=x.dtype, device=x.device)
        if bounds is None
        else torch.as_tensor(bounds[0]).to(x)
    )


def _noise(x: Tensor, domain: Any, seed: int) -> Tensor:
    bounds = getattr(domain, "input_range", None)
    if bounds is None:
        low, high = x.amin(_space(x), keepdim=True), x.amax(_space(x), keepdim=True)
    else:
        low, high = (torch.as_tensor(end).to(x) for end in bounds)
    draw = torch.rand(x.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return low + (high - low) * draw.to(x)


def _blur(x: Tensor, sigma: float | None) -> Tensor:
    """Each spatial axis times a matrix of Gaussian weights; at borders they are normalised to sum to 1."""
    sides = [x.shape[axis] for axis in _space(x)]
    width = max(sides) / 10 if sigma is None else float(sigma)
    if not width > 0:
        raise InputError(f"sigma of the blur is in pixels and positive, not {sigma!r}")
    found = x
    for axis, side in zip(_space(x), sides, strict=True):
        place = torch.arange(side, dtype=torch.float64)
        weights = torch.softmax(-((place[:, None] - place) ** 2) / (2 * width**2), 1).to(x)
        found = torch.tensordot(found, weights, ([axis], [1])).movedim(-1, axis)
    return found


def _space(x: Tensor) -> tuple[int, ...]:
    """The axes over which a channel extends; of (batch, feature) the features."""
    return tuple(range(2, x.dim())) if x.dim() > 2 else (1,)


def _checked(found: Any, x: Tensor) -> Tensor:
    if not isinstance(found, Tensor) or found.shape != x.shape or found.dtype != x.dtype:
        what = f"{tuple(found.shape)}, {found.dtype}" if isinstance(found, Tensor) else type(found).__name__
        raise InputError(
            f"the removal function must return a tensor of {tuple(x.shape)}, {x.dtype}, not {what}"
        )
    return found
