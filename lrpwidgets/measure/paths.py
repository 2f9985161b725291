"""How an explanation goes along while its input moves (tutorial, figure 7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import InputError
from .asking import Asking
from .shifts import Border, Shift, check_border, check_shifts, translate

QUADRANTS = ("top left", "bottom left", "top right", "bottom right")  # R1 to R4 of figure 7


@dataclass(frozen=True, eq=False, repr=False)
class Trajectory:
    """Scores and pooled relevance of each sample at each step of the way.

    `move`: the shifts (down, right) in pixels. `score` (step, sample) and `parts` (step, sample, part), named by
    `names`, in units of the model's output; `size` (step, sample) is the sum of |R|.
    """

    move: tuple[Shift, ...]
    score: Tensor
    parts: Tensor
    size: Tensor
    names: tuple[str, ...]

    @property
    def shares(self) -> Tensor:
        """`parts` of maps scaled to sum |R| = 1; zero where a map is empty."""
        return self.parts / self.size.masked_fill(self.size == 0, 1.0)[..., None]

    @property
    def roughness(self) -> Tensor:
        """Mean over the way of sum_k |s_k(t-1) - 2 s_k(t) + s_k(t+1)| of the shares s, shape (sample,)."""
        if len(self.move) < 3:
            raise InputError(f"a second difference needs 3 steps, this way has {len(self.move)}")
        return self.shares.diff(n=2, dim=0).abs().sum(-1).mean(0)

    def __repr__(self) -> str:
        steps, samples, parts = self.parts.shape
        return f"<Trajectory of {samples} samples in {steps} steps, relevance in {parts} parts>"


def trajectory(
    model: nn.Module,
    x: Any,
    move: Iterable[Shift],
    *,
    masks: Tensor | None = None,
    names: Sequence[str] | None = None,
    border: Border = "edge",
    batch: int = 64,
    **how: Any,
) -> Trajectory:
    """Explain `x` moved by each shift (down, right), also by parts of a pixel, and pool relevance.

    masks: weights (part, height, width) to pool with, the four quadrants unless given. how: keywords of
    ``lw.explain``; the target "top" is the top class where `x` lies, on the whole way.
    """
    check_border(border)
    way = check_shifts(move)
    asking = Asking.about(model, x, how, batch)
    x = asking.x
    if x.dim() != 4:
        raise InputError(f"a trajectory needs images (batch, channel, height, width), not {tuple(x.shape)}")
    if masks is None:
        masks, names = _quadrants(*x.shape[2:]), names or QUADRANTS
    if masks.dim() != 3 or masks.shape[1:] != x.shape[2:] or not len(masks):
        raise InputError(
            f"masks must be (part, {x.shape[2]}, {x.shape[3]}) for images of that size, not {tuple(masks.shape)}"
        )
    names = [f"part {k}" for k in range(len(masks))] if names is None else names
    if len(names) != len(masks):
        raise InputError(f"{len(names)} names for {len(masks)} parts")
    weights = masks.to(x.device, torch.float64)
    scores, parts, sizes = [], [], []
    for down, right in way:
        for _, found in asking.over(translate(x, down, right, border)):
            relevance = found.relevance.double()
            scores.append(found.score)
            parts.append(torch.einsum("bchw,khw->bk", relevance, weights))
            sizes.append(relevance.abs().flatten(1).sum(1))
    shape = (len(way), len(x))
    return Trajectory(
        tuple(way),
        torch.cat(scores).reshape(shape),
        torch.cat(parts).reshape(*shape, -1),
        torch.cat(sizes).reshape(shape),
        tuple(names),
    )


def _quadrants(height: int, width: int) -> Tensor:
    """0 or 1, shape (4, height, width); of an odd size the middle belongs to the bottom and the right."""
    top = (torch.arange(height) < height // 2)[:, None].expand(height, width)
    left = (torch.arange(width) < width // 2).expand(height, width)
    return torch.stack([top & left, ~top & left, top & ~left, ~top & ~left])
