"""How concentrated a map is (the choice of rules in section 6.2 of the tutorial weighs sparse against full maps)."""

from __future__ import annotations

import torch
from torch import Tensor

from ..errors import InputError


def gini(relevance: Tensor) -> Tensor:
    """Gini index of |R| over the n variables of each sample, from 0 (all equal) to 1 - 1/n (one has everything).

    G = sum_k (2k - n - 1) |R|_(k) / (n sum |R|), |R|_(1) <= ... <= |R|_(n) (Hurley and Rickard 2009, eq. 2). Shape
    (batch, ...) to (batch,), float64; NaN where the map is all zero.
    """
    if relevance.dim() < 2 or not relevance[0].numel() or not torch.isfinite(relevance).all():
        raise InputError(
            f"relevance must be finite numbers (batch, ...), not {tuple(relevance.shape)} or NaN; one map is "
            "relevance[None]"
        )
    size = relevance.detach().flatten(1).double().abs().sort(1).values
    n = size.shape[1]
    rank = torch.arange(1, n + 1, dtype=torch.float64, device=size.device)
    found: Tensor = (size * (2 * rank - n - 1)).sum(1) / (n * size.sum(1))
    return found
