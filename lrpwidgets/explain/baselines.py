"""Methods of others, to compare with: averages of the gradient along a path or around the input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from .account import Account
from .gradients import Found
from .points import Points, like_input

if TYPE_CHECKING:
    from .start import Start
    from .trace import Trace

_NAMES = ("f at the baseline", "integration error of the path")


def integrated_gradients(trace: Trace, start: Start, settings: Mapping[str, Any]) -> Found:
    """R_i = (x_i - b_i) int_0^1 df/dx_i(b + t (x - b)) dt, in units of the score (Sundararajan et al. 2017, eq. 1).

    The integral is a Gauss-Legendre sum over `steps` points. With the exact integral f(x) = f(b) + sum_i R_i.
    """
    points = Points(trace, start, "integrated-gradients", settings["steps"] + 1)
    x, baseline = trace.input, like_input(trace, "baseline", settings["baseline"])
    places, weights = gauss_legendre(settings["steps"])
    mean = torch.zeros_like(x)
    for index, _, gradient in points.gradients(
        len(places), lambda index: baseline + float(places[index]) * (x - baseline)
    ):
        mean += float(weights[index]) * gradient
    relevance = mean.mul_(x - baseline)
    total = relevance.flatten(1).sum(1, dtype=torch.float64)
    account = Account(start.score, points.score(baseline.clone()), total, _NAMES)
    return Found(relevance, points.notes, account)


def smoothgrad(trace: Trace, start: Start, settings: Mapping[str, Any]) -> Found:
    """R_i = mean over samples of df/dx_i(x + n), n normal with sigma = noise * (max x - min x) (Smilkov et al. 2017).

    Every input of a batch gets the same draws, so that a batch gives what a loop gives; a generator of its own leaves
    torch's alone.
    """
    points = Points(trace, start, "smoothgrad", settings["samples"])
    x, samples = trace.input, settings["samples"]
    flat = x.flatten(1)
    spread = (flat.amax(1) - flat.amin(1)).reshape(-1, *[1] * (x.dim() - 1))
    generator = torch.Generator().manual_seed(settings["seed"])

    def noisy(_: int) -> Tensor:
        draw = torch.randn(x.shape[1:], dtype=torch.float64, generator=generator)
        noise: Tensor = settings["noise"] * spread * draw.to(x)
        return x + noise

    total = torch.zeros_like(x)
    for _, _, gradient in points.gradients(samples, noisy):
        total += gradient
    return Found(total.div_(samples), points.notes)


def gauss_legendre(steps: int) -> tuple[Tensor, Tensor]:
    """Places in (0, 1) and weights that sum to 1: exact for polynomials up to degree 2 steps - 1.

    Eigenvalues of the Jacobi matrix of the Legendre polynomials (Golub and Welsch 1969).
    """
    k = torch.arange(1, steps, dtype=torch.float64)
    beside = k / (4 * k * k - 1).sqrt()
    places, vectors = torch.linalg.eigh(torch.diag(beside, 1) + torch.diag(beside, -1))
    return (places + 1) / 2, vectors[0].square()
