"""Regions as a hand draws them: ellipses, and the pixels that a brush went over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..errors import InputError
from .regions import Box, Shape, _plane


@dataclass(frozen=True, slots=True)
class Ellipse:
    """The pixels whose centres lie inside the ellipse that touches the sides of the box of the same numbers.

    (2 x / width)^2 + (2 y / height)^2 <= 1 with x and y the distances of a pixel's centre from the middle, computed
    in whole numbers.
    """

    top: int
    left: int
    bottom: int
    right: int

    def mask(self, shape: Shape) -> Tensor:
        """Booleans of shape (1, ..., 1, height, width)."""
        inside = Box(self.top, self.left, self.bottom, self.right).mask(shape)
        height, width = _plane(shape, self)
        tall, wide = int(self.bottom) - int(self.top), int(self.right) - int(self.left)
        y = 2 * torch.arange(height) + 1 - int(self.top) - int(self.bottom)
        x = 2 * torch.arange(width) + 1 - int(self.left) - int(self.right)
        round_ = (y * wide)[:, None] ** 2 + (x * tall) ** 2 <= (tall * wide) ** 2
        return inside & round_


@dataclass(frozen=True, slots=True)
class Runs:
    """Pixels counted in reading order from the top left, as (start, stop) runs, ends exclusive.

    They stand in order and do not overlap: the shortest way to write down a mask of any form.
    """

    runs: Sequence[tuple[int, int]]

    def mask(self, shape: Shape) -> Tensor:
        """Booleans of shape (1, ..., 1, height, width)."""
        height, width = _plane(shape, "Runs")
        try:
            runs = torch.as_tensor(self.runs)
        except (TypeError, ValueError, RuntimeError) as error:
            raise InputError(f"runs must be (start, stop) pairs of whole numbers: {error}") from error
        if runs.dim() != 2 or runs.shape[1] != 2 or runs.is_floating_point():
            raise InputError(
                f"runs must be (start, stop) pairs of whole numbers, not {runs.dtype} of shape {tuple(runs.shape)}"
            )
        ends = runs.flatten()
        inside = not len(ends) or (int(ends[0]) >= 0 and int(ends[-1]) <= height * width)
        if not inside or not bool((runs[:, 0] < runs[:, 1]).all() and (runs[1:, 0] >= runs[:-1, 1]).all()):
            raise InputError(
                f"runs must stand in order, not overlap, and end by the {height * width} pixels of the input of "
                f"{height} rows and {width} columns"
            )
        change = torch.zeros(height * width + 1, dtype=torch.int8)
        change[runs[:, 0]] += 1
        change[runs[:, 1]] -= 1
        return change.cumsum(0)[:-1].bool().reshape(*[1] * (len(shape) - 2), height, width)

    @classmethod
    def of(cls, mask: Any) -> Runs:
        """The runs of a mask (height, width); none goes past the end of a row, so that a row is easily found."""
        filled = torch.as_tensor(mask).bool()
        padded = torch.zeros(filled.shape[0], filled.shape[1] + 2, dtype=torch.int8)
        padded[:, 1:-1] = filled
        step = padded.diff(dim=1)
        starts, stops = (step == 1).nonzero(), (step == -1).nonzero()
        width = filled.shape[1]
        return cls(
            tuple(
                (row * width + start, row * width + stop)
                for (row, start), (_, stop) in zip(starts.tolist(), stops.tolist(), strict=True)
            )
        )
