"""What is flipped in one go: single variables, patches on a grid or anywhere, regions of a label map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import torch
from torch import Tensor

from ..errors import InputError
from .integers import is_whole, whole
from .named_groups import named_groups
from .places import disjoint
from .regions import Along, Box, Labels, Polygon, Span
from .superpixel import segments

NONE = -1  # in a list of picks: nothing was left to pick


class Places(Protocol):
    """Regions of the input, numbered from 0 to `count` - 1; `overlap` says whether two of them can share a variable."""

    count: int
    most: int  # how many can be picked from one sample
    overlap: bool

    def free(self) -> Tensor:
        """Which regions each sample has, bool (batch, count)."""

    def pool(self, relevance: Tensor) -> Tensor:
        """The sum of relevance in each region, float64 (batch, count)."""

    def cover(self, picked: Tensor) -> Tensor:
        """The variables of each sample's picked region (batch,): bool, broadcasts to the input."""

    def taken(self, picked: Tensor) -> Tensor:
        """The regions that cannot be picked after `picked` (batch,), itself among them: bool (batch, count)."""


class Groups:
    """Regions of a label map that broadcasts to the input; variables with a negative label are never flipped."""

    overlap = False

    def __init__(self, labels: Tensor, x: Tensor) -> None:
        known = torch.unique(labels[labels >= 0])
        if len(known) == 0:
            raise InputError("the label map has no region: every label is negative")
        self.count = self.most = len(known)
        self.names = known  # the user's own labels, by region number
        numbers = torch.searchsorted(known, labels.clamp(min=int(known[0])))
        # -2 is no region's number and not NONE either.
        self.labels = numbers.where(labels >= 0, -2).reshape(*[1] * (x.dim() - labels.dim()), *labels.shape)
        self._shape = x.shape

    def free(self) -> Tensor:
        there = torch.zeros(len(self.labels), self.count + 1, dtype=torch.bool, device=self.labels.device)
        there.scatter_(1, self._columns(), True)
        return there[:, :-1].expand(self._shape[0], -1).clone()

    def pool(self, relevance: Tensor) -> Tensor:
        columns = self._columns(relevance.shape)
        sums = torch.zeros(len(relevance), self.count + 1, dtype=torch.float64, device=relevance.device)
        return sums.scatter_add_(1, columns, relevance.flatten(1).double())[:, :-1]

    def cover(self, picked: Tensor) -> Tensor:
        return self.labels == picked.reshape(-1, *[1] * (len(self._shape) - 1))

    def taken(self, picked: Tensor) -> Tensor:
        return torch.arange(self.count, device=picked.device) == picked[:, None]

    def _columns(self, shape: torch.Size | None = None) -> Tensor:
        """The column of each variable in a table of sums; the last one is for variables of no region."""
        numbers = self.labels.where(self.labels >= 0, self.count)
        return (numbers if shape is None else numbers.expand(shape)).flatten(1)


class Anywhere:
    """Patches at every place, also hanging over the far borders; picked ones never overlap (Samek et al. 2017)."""

    overlap = True

    def __init__(self, patch: tuple[int, ...], x: Tensor) -> None:
        self.patch, self._shape = patch, x.shape
        self.sides = x.shape[x.dim() - len(patch) :]
        self.count = self.sides.numel()
        self.most = 1
        for side, length in zip(self.sides, patch, strict=True):
            self.most *= -(-side // length)
        places = torch.arange(self.count, device=x.device)
        self._corners = torch.stack(torch.unravel_index(places, self.sides))  # (axis, count)

    def free(self) -> Tensor:
        return torch.ones(self._shape[0], self.count, dtype=torch.bool, device=self._corners.device)

    def pool(self, relevance: Tensor) -> Tensor:
        axes = len(self.patch)
        sums = relevance.double().reshape(len(relevance), -1, *self.sides).sum(1)
        for axis, length in enumerate(self.patch, start=1):
            beyond = sums.new_zeros(*sums.shape[:axis], length - 1, *sums.shape[axis + 1 :])
            sums = torch.cat([sums, beyond], axis).unfold(axis, length, 1).sum(-1)
        assert sums.dim() == axes + 1
        return sums.flatten(1)

    def cover(self, picked: Tensor) -> Tensor:
        first = self._corners[:, picked.clamp(min=0)]  # (axis, batch)
        inside = (picked >= 0)[:, None]
        for axis, length in enumerate(self.patch):
            away = self._corners[axis] - first[axis, :, None]
            inside = inside & (away >= 0) & (away < length)
        return inside.reshape(len(picked), *[1] * (len(self._shape) - 1 - len(self.sides)), *self.sides)

    def taken(self, picked: Tensor) -> Tensor:
        first = self._corners[:, picked.clamp(min=0)]
        near = (picked >= 0)[:, None]
        for axis, length in enumerate(self.patch):
            near = near & ((self._corners[axis] - first[axis, :, None]).abs() < length)
        return near


def places(
    x: Tensor, patch: Any = None, regions: Any = None, *, anywhere: bool = False, domain: Any = None
) -> Places:
    """Regions of `x`: a patch of `patch` variables a side, `regions` as `flip` takes them, or single variables."""
    if patch is not None and regions is not None:
        raise InputError("give patch or regions, not both")
    if regions is not None:
        return Groups(_labels(regions, x, domain), x)
    if patch is None:
        if anywhere:
            raise InputError("anywhere=True places patches; give their size, e.g. patch=4")
        return Groups(torch.arange(x[0].numel(), device=x.device).reshape(x.shape[1:]), x)
    sides = _sides(patch, x)
    return Anywhere(sides, x) if anywhere else Groups(grid(x.shape[x.dim() - len(sides) :], sides, x), x)


def grid(shape: torch.Size, patch: tuple[int, ...], like: Tensor) -> Tensor:
    """Labels of patches side by side from the first corner; those at the far borders may be smaller."""
    labels = torch.zeros((), dtype=torch.int64, device=like.device)
    for axis, (side, length) in enumerate(zip(shape, patch, strict=True)):
        place = torch.arange(side, device=like.device) // length
        labels = labels * -(-side // length) + place.reshape(-1, *[1] * (len(shape) - 1 - axis))
    return labels


def _sides(patch: Any, x: Tensor) -> tuple[int, ...]:
    axes = max(x.dim() - 2, 1)
    sides = tuple(patch) if isinstance(patch, (tuple, list)) else (patch,) * axes
    if not all(is_whole(side) and side >= 1 for side in sides):
        raise InputError(f"patch must be whole numbers of at least 1, not {patch!r}")
    sides = tuple(map(whole, sides))
    if not 1 <= len(sides) <= x.dim() - 1:
        raise InputError(
            f"patch {sides} has {len(sides)} sides, the input of shape {tuple(x.shape)} has {axes} axes"
        )
    room = tuple(x.shape[x.dim() - len(sides) :])
    if any(side > whole for side, whole in zip(sides, room, strict=True)):
        raise InputError(
            f"a patch of {sides} is larger than the input's {room} (shape {tuple(x.shape)}); make it smaller"
        )
    return sides


def _labels(regions: Any, x: Tensor, domain: Any) -> Tensor:
    if isinstance(regions, str) and regions == "superpixels":
        regions = segments(x, domain)
    regions = named_groups(regions, domain, x)
    if isinstance(regions, (str, Along, Box, Polygon, Span, Mapping)):
        regions = disjoint(regions, tuple(x.shape))
    elif isinstance(regions, Labels):
        regions = regions.map
    labels = torch.as_tensor(regions, device=x.device)
    if labels.is_floating_point() or labels.is_complex() or labels.dtype == torch.bool:
        raise InputError(f"regions is a map of whole numbers, one a region, not {labels.dtype}")
    try:
        fits = labels.expand(x.shape).shape == x.shape
    except RuntimeError:
        fits = False
    if not fits:
        raise InputError(
            f"a label map of shape {tuple(labels.shape)} does not broadcast to the input {tuple(x.shape)}; give "
            f"{tuple(x.shape[2:] or x.shape[1:])} for one map, ({len(x)}, 1, ...) for one a sample"
        )
    # Axes of length 1 that stand for several variables stay: one label for all of them.
    return labels.to(torch.int64)
