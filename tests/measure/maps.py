"""Explanations with a map that is known."""

from __future__ import annotations

import numpy as np
import torch

from lrpwidgets.explain.explanation import Explanation
from lrpwidgets.explain.targets import Target


def known(relevance, method="lrp"):
    """An explanation whose relevance, (batch, ...), is this array."""
    relevance = torch.as_tensor(np.asarray(relevance), dtype=torch.float64)
    total = relevance.flatten(1).sum(1)
    return Explanation(
        input=torch.ones_like(relevance),
        relevance=relevance,
        score=total,
        output=total[:, None],
        target=tuple(Target(0, "0") for _ in total),
        method=method,
    )


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)
