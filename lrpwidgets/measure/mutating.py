"""Mutation maps: every base at every position of a sequence (section 8.2; Alipanahi et al. 2015)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import InputError
from ..explain.inputs import described, model_inputs
from ..explain.outputs import OutputLike
from ..explain.shadow import check_model
from ..explain.targets import Target, TargetLike
from .integers import is_whole, whole
from .perturbation import BUDGET, Scores, chunks, last, not_finite


@dataclass(frozen=True, eq=False)
class Mutations:
    """What each point mutation adds to the score.

    `change`, shape of the input, holds f(x with this base at this position) - f(x): zero at the base that is there,
    NaN where it was not asked yet or is no number.
    """

    input: Tensor
    score: Tensor
    target: tuple[Target, ...]
    change: Tensor
    axis: int  # of the bases
    done: int  # of `total` steps, each one position and one other base for every sequence of the batch
    total: int
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every mutation was asked."""
        return self.done == self.total

    @property
    def relevance(self) -> Tensor:
        """What the base that is there is worth: the mean loss over the other bases, at that base; zero elsewhere.

        Shape of the input, in units of the score: heights for a sequence logo. A position of unknown base gets zero.
        """
        loss = -self.change.sum(self.axis, keepdim=True) / (self.input.shape[self.axis] - 1)
        return torch.where(_known(self.input, self.axis) & (self.input == 1), loss, torch.zeros_like(loss))


def mutation_map(model: nn.Module, x: Any, **settings: Any) -> Mutations:
    """f(x with another base) - f(x), for every base at every position; settings as in :func:`mutation_steps`."""
    found: Mutations = last(mutation_steps(model, x, **settings))
    return found


def mutation_steps(
    model: nn.Module,
    x: Any,
    *,
    axis: int | None = None,
    target: TargetLike = "top",
    labels: Sequence[str] | None = None,
    input: Any = None,
    of: int | str | None = None,
    output: OutputLike = None,
    budget: int = BUDGET,
) -> Iterator[Mutations]:
    """The same, chunk by chunk: each step is the map so far, a record of its own; stop when it is enough.

    x: one-hot sequences, (batch, base, position) or any shape whose `axis` holds the bases (amino acids, words);
        strings where the model's card or `input` says how to read them, ``lw.sequence(...)``. Where all bases hold the
        same number (zeros, 0.25) the base is unknown, and every base is tried.
    axis: None is the letters' axis of such a domain, else 1.
    target, labels, input, of, output: as in ``lw.explain``; budget: bytes of activations that one forward may hold.

    Raises `InputError` where a position is neither one base nor unknown.
    """
    check_model(model)
    domain = described(model, input, "input")
    given = model_inputs(model, x, domain, of)
    inside = given.explained
    axis = _axis(getattr(domain, "letters_axis", 1) if axis is None else axis, inside)
    sequences = inside.movedim(axis, -1).flatten(1, -2)  # (batch, position, base)
    bases = sequences.shape[-1]
    unknown = ~_known(inside, axis).movedim(axis, -1).flatten(1)  # (batch, position)
    own = sequences.argmax(-1)
    # A shift k stands for base own + k of each sequence; k = 0 is another base only where the own one is unknown.
    steps = [
        (position, shift)
        for position in range(sequences.shape[1])
        for shift in range(bases)
        if shift or unknown[:, position].any()
    ]
    scores = Scores(
        model, given, target, labels=described(model, labels, "labels"), output=output, budget=budget
    )
    rows = torch.arange(len(inside), device=inside.device)
    change = torch.full_like(sequences, torch.nan, dtype=scores.score.dtype)
    change[rows[:, None], torch.arange(sequences.shape[1], device=inside.device), own] = torch.where(
        unknown, torch.nan, 0.0
    ).to(change)
    order = inside.movedim(axis, -1).shape
    finite = 0
    for chunk in chunks(len(steps), scores.together):
        variants = sequences.repeat(len(chunk), 1, 1).reshape(len(chunk), *sequences.shape)
        for variant, index in zip(variants, chunk, strict=True):
            position, shift = steps[index]
            variant[:, position] = 0
            variant[rows, position, (own[:, position] + shift) % bases] = 1
        shaped = variants.reshape(len(chunk) * len(inside), *order[1:]).movedim(-1, axis).contiguous()
        found = scores.at(given.repeated(len(chunk)).at(shaped)) - scores.score
        finite += int(torch.isfinite(found).sum())
        for added, index in zip(found, chunk, strict=True):
            position, shift = steps[index]
            at = (own[:, position] + shift) % bases
            here = added if shift else torch.where(unknown[:, position], added, 0.0)
            change[rows, position, at] = here
        yield Mutations(
            inside,
            scores.score,
            scores.targets,
            change.reshape(order).movedim(-1, axis).clone(),
            axis,
            chunk.stop,
            len(steps),
            not_finite(finite, len(inside) * chunk.stop),
        )


def _axis(axis: int, x: Tensor) -> int:
    if not x.is_floating_point():
        raise InputError(
            f"the sequences of shape {tuple(x.shape)} are {x.dtype}; give them one-hot, in floating point"
        )
    if not is_whole(axis) or not -x.dim() < axis < x.dim() or axis == 0:
        raise InputError(
            f"axis {axis!r} is no axis of bases in an input of shape {tuple(x.shape)}: axis 0 is the batch"
        )
    axis = whole(axis) % x.dim()
    if x.dim() < 3:
        raise InputError(
            f"the input has shape {tuple(x.shape)}; one-hot sequences are (batch, base, position)"
        )
    if x.shape[axis] < 2:
        raise InputError(f"axis {axis} of an input of shape {tuple(x.shape)} holds no two bases")
    one = ((x == 1).sum(axis) == 1) & ((x == 0).sum(axis) == x.shape[axis] - 1)
    same = (x == x.narrow(axis, 0, 1)).all(axis)
    wrong = ~(one | same)
    if wrong.any():
        first = tuple(int(at) for at in wrong.nonzero()[0])
        raise InputError(
            f"the input of shape {tuple(x.shape)} is not one-hot along axis {axis}: {int(wrong.sum())} positions hold "
            f"neither one base nor the same number for all, the first at {first} (sample, position)"
        )
    return axis


def _known(x: Tensor, axis: int) -> Tensor:
    """Where one base is there, with an axis of 1 in the place of the bases'."""
    return (x != x.narrow(axis, 0, 1)).any(axis, keepdim=True)
