"""How well a map finds an object that is known to be there: on any method's map, between 0 and 1 for useful ones.

Maps are first summed over the axes that the region does not tell apart (the channels, of a box), so that a pixel counts
once. Relevance mass and rank accuracy: Arras, Osman, Samek 2022, "CLEVR-XAI"; pointing game: Zhang et al. 2018,
"Top-down neural attention by excitation backprop". Defined as in Quantus.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..explain.explanation import Explanation
from .places import mask
from .pooled import finite


def mass_accuracy(explanation: Explanation, region: Any, *, absolute: bool = False) -> Tensor:
    """sum over i in region of R_i / sum over all i of R_i, float64 of shape (batch,); NaN where the map sums to 0.

    It stays in [0, 1] for maps without negative relevance; `absolute` takes |R_i|. region: as in `object_context`.
    """
    relevance, inside = _flat(explanation, region, absolute)
    total = relevance.sum(1)
    found = (relevance * inside).sum(1) / total
    return found.masked_fill(total == 0, torch.nan)


def rank_accuracy(explanation: Explanation, region: Any, *, absolute: bool = False) -> Tensor:
    """|region and the k most relevant| / k with k = |region|, float64 of shape (batch,).

    Of equal relevance the later position counts as the more relevant one.
    """
    relevance, inside = _flat(explanation, region, absolute)
    found = []
    for values, within in zip(relevance, inside, strict=True):
        k = int(within.sum())
        top = values.argsort(stable=True)[-k:]
        found.append(float(within[top].sum()) / k)
    return torch.tensor(found, dtype=torch.float64)


def pointing_game(
    explanation: Explanation, region: Any, *, absolute: bool = False, weighted: bool = False
) -> Tensor:
    """1 where a most relevant position lies in the region, else 0, float64 of shape (batch,).

    `weighted` gives a hit the fraction of positions outside the region instead, so that large regions count for less.
    """
    relevance, inside = _flat(explanation, region, absolute)
    hit = ((relevance == relevance.amax(1, keepdim=True)) & inside).any(1).double()
    return hit * (1 - inside.double().mean(1)) if weighted else hit


def _flat(explanation: Explanation, region: Any, absolute: bool) -> tuple[Tensor, Tensor]:
    """The map at the positions that the region tells apart, and the region, both (batch, position)."""
    relevance = finite(explanation).double()
    inside = mask(region, tuple(relevance.shape))
    alike = [axis for axis in range(1, relevance.dim()) if inside.shape[axis] == 1 < relevance.shape[axis]]
    if alike:
        relevance = relevance.sum(alike, keepdim=True)
    if absolute:
        relevance = relevance.abs()
    return relevance.flatten(1), inside.expand(relevance.shape).flatten(1)
