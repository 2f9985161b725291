"""The relevant pattern: the image, seen through its heatmap (tutorial, section 6.6)."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from ..errors import InputError
from ..explain.explanation import Explanation


def relevance_mask(relevance: Tensor, ceiling: float | None = None) -> Tensor:
    """Relevance (sample, channel, height, width), summed over channels, as weights in [0, 1], one channel.

    ceiling: the relevance that becomes 1, larger ones are clipped; unless given, the largest of each sample. What is
    zero or negative becomes 0; a map without positive relevance becomes all 0.
    """
    if relevance.dim() != 4:
        raise InputError(f"relevance must be (sample, channel, height, width), not {tuple(relevance.shape)}")
    if not torch.isfinite(relevance).all():
        raise InputError(f"the relevance {tuple(relevance.shape)} holds values that are not finite")
    if ceiling is not None and not 0 < ceiling < float("inf"):
        raise InputError(f"ceiling must be a positive relevance, not {ceiling!r}")
    positive = relevance.sum(1, keepdim=True).clamp(min=0)
    top = positive.amax((1, 2, 3), keepdim=True) if ceiling is None else torch.full_like(positive, ceiling)
    return torch.where(top > 0, positive / top.masked_fill(top == 0, 1), 0.0).clamp(max=1)


def relevant_pattern(
    found: Explanation, picture: ArrayLike | None = None, *, ceiling: float | None = None
) -> NDArray[np.uint8]:
    """P(x) = x * R: uint8 colours (sample, height, width, 3), black where nothing is relevant.

    The heatmap is summed over channels and scaled to [0, 1], see :func:`relevance_mask`; x is `picture`, or the
    input as its domain shows it. P is x where R is largest, and 0 where R <= 0.
    """
    if picture is None:
        if found.domain is None or not hasattr(found.domain, "decode"):
            raise InputError(
                "the explanation does not know how its input looks: give input=lw.image(...) to lw.explain, or picture="
            )
        colours = np.asarray(found.domain.decode(found.input))
    else:
        colours = np.asarray(picture)
    mask = relevance_mask(found.relevance.detach().double(), ceiling)[:, 0, :, :, None].cpu().numpy()
    if colours.dtype != np.uint8 or colours.ndim != 4 or colours.shape[:3] != mask.shape[:3]:
        raise InputError(f"picture must be uint8 {(*mask.shape[:3], 3)}, not {colours.dtype} {colours.shape}")
    pattern: NDArray[np.uint8] = np.floor(colours * mask + 0.5).astype(np.uint8)
    return pattern
