"""Where the walk back begins, and with what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..errors import TargetError

if TYPE_CHECKING:
    from .targets import Target


@dataclass(frozen=True, slots=True)
class Start:
    """Where the walk back begins: c at the output, or at what the module call `layer` returned, and each score f.

    `again` gives the start of the same targets on what the model says to another input (None: there is no such).
    """

    c: Tensor
    score: Tensor
    targets: tuple[Target, ...]
    again: Callable[[Tensor], Start] | None = None
    layer: str | None = None
    linear: bool = True  # the score is sum(c * output) by construction; a function's need not be

    def remainder(self, output: Tensor) -> Tensor:
        """What of each score is not sum(c * output), shape (batch,): of a target that is not linear in the output."""
        parts = (self.c * output).reshape(len(output), -1).double()
        rest = self.score.double() - parts.sum(1)
        rounding = 1e3 * torch.finfo(output.dtype).eps * torch.maximum(self.score.abs(), parts.abs().sum(1))
        return rest.where(rest.abs() > rounding, 0.0)

    def of(self, samples: slice) -> Start:
        """The start of some samples of the batch."""
        return replace(self, c=self.c[samples], score=self.score[samples], targets=self.targets[samples])

    def with_one(self, output: Tensor) -> Start:
        """The same targets, each started with relevance 1 instead of its score: sum(c * output) = 1.

        A score of exactly zero has nothing to start from: c stays zero there.
        """
        begun = (self.c * output).flatten(1).sum(1)
        c = (self.c / begun.reshape(-1, *[1] * (self.c.dim() - 1))).nan_to_num_(
            nan=0.0, posinf=0.0, neginf=0.0
        )
        return replace(self, c=c, score=(begun != 0).to(self.score), again=None)


def difference(one: Start, other: Start) -> Start:
    """A - B: each starts with its own score. LRP is linear in c; other methods explain the function f_A - f_B."""
    if one.layer != other.layer:
        places = " and ".join(each.layer or "the model's output" for each in (one, other))
        raise TargetError(f"target and minus lie at {places}; a difference needs both at one layer")
    again = None
    if one.again is not None and other.again is not None:
        again = partial(_difference_again, one.again, other.again)
    linear = one.linear and other.linear
    return replace(one, c=one.c - other.c, score=one.score - other.score, again=again, linear=linear)


def _difference_again(
    one: Callable[[Tensor], Start], other: Callable[[Tensor], Start], output: Tensor
) -> Start:
    return difference(one(output), other(output))
