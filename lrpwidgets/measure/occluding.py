"""Occlusion: how much of the score goes when a patch of the input is covered (Zeiler and Fergus 2014)."""

from __future__ import annotations

import itertools
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

Sizes = int | Sequence[int | None]


@dataclass(frozen=True, eq=False)
class Occlusion:
    """What covering each patch takes from the score.

    `drops` (batch, *grid) holds f(x) - f(x with the patch covered), NaN where it was not asked yet or is no number;
    `patches` says what a place of the grid covers: one slice an axis of the input after the batch's.
    """

    input: Tensor
    score: Tensor
    target: tuple[Target, ...]
    drops: Tensor
    patches: dict[tuple[int, ...], tuple[slice, ...]]
    done: int  # of all patches
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every patch was asked."""
        return self.done == len(self.patches)

    @property
    def relevance(self) -> Tensor:
        """The drops on the input's variables, shape of the input, in units of the score.

        A patch's drop is shared equally among its variables; a variable gets the mean over the asked patches that
        cover it, NaN if there is none. For patches that tile the input the sum of R is the sum of the drops; for
        patches of one variable of a linear model R_i = w_i (x_i - value_i).
        """
        dtype = self.score.dtype
        total = torch.zeros(self.input.shape, dtype=dtype, device=self.input.device)
        covered = torch.zeros(self.input.shape[1:], dtype=dtype, device=self.input.device)
        drops = self.drops.flatten(1)
        for index, where in enumerate(itertools.islice(self.patches.values(), self.done)):
            drop = drops[:, index] / covered[where].numel()
            total[(slice(None), *where)] += drop.reshape(-1, *[1] * (total.dim() - 1))
            covered[where] += 1
        return total / covered  # 0 / 0: nobody asked


def occlusion(model: nn.Module, x: Any, patch: Sizes = 1, **settings: Any) -> Occlusion:
    """f(x) - f(x with a patch covered), for every patch; settings as in :func:`occlusion_steps`."""
    found: Occlusion = last(occlusion_steps(model, x, patch, **settings))
    return found


def occlusion_steps(
    model: nn.Module,
    x: Any,
    patch: Sizes = 1,
    *,
    stride: Sizes | None = None,
    value: float | Tensor = 0.0,
    target: TargetLike = "top",
    labels: Sequence[str] | None = None,
    input: Any = None,
    of: int | str | None = None,
    output: OutputLike = None,
    budget: int = BUDGET,
) -> Iterator[Occlusion]:
    """The same, chunk by chunk: each step is the map so far, a record of its own; stop when it is enough.

    patch: lengths over the last axes of the input, one a number, None for a whole axis; axes before them are covered
        whole. One number stands for every axis behind the channels' (batch, channel, height, width), or for the
        variables of (batch, variable) and the places of (batch, channel, place). ``patch=(1, None)`` covers one token
        of (batch, token, width).
    stride: from patch to patch, as `patch`; None: patches side by side. Patches at the far border are cut there.
    value: what covers: a number or a tensor that broadcasts to the input, in the model's own units (a mean, a
        blurred copy; for token numbers a number).
    target, labels, input, of, output: as in ``lw.explain``; the target is any output or a callable on the output,
        which needs no derivative. budget: bytes of activations that one forward may hold (at least one patch).

    Raises `InputError` for a patch larger than the input, or a value that does not fit.
    """
    check_model(model)
    given = model_inputs(model, x, described(model, input, "input"), of)
    inside = given.explained
    shape = tuple(inside.shape[1:])
    sizes = _sizes("patch", patch, shape)
    steps = sizes if stride is None else _sizes("stride", stride, shape, largest=False)
    cover = _cover(value, inside)
    starts = [
        range(0, max(1, -(-(length - size) // step) + 1) * step, step)
        for length, size, step in zip(shape, sizes, steps, strict=True)
    ]
    patches = {
        place: tuple(
            slice(start[at], min(start[at] + size, length))
            for start, at, size, length in zip(starts, place, sizes, shape, strict=True)
        )
        for place in itertools.product(*(range(len(start)) for start in starts))
    }
    scores = Scores(
        model, given, target, labels=described(model, labels, "labels"), output=output, budget=budget
    )
    drops = scores.score.new_full((len(inside), len(patches)), torch.nan)
    covered = list(patches.values())
    for chunk in chunks(len(patches), scores.together):
        variants = inside.repeat(len(chunk), *[1] * len(shape)).reshape(len(chunk), *inside.shape)
        for variant, index in zip(variants, chunk, strict=True):
            where = (slice(None), *covered[index])
            variant[where] = cover[where]
        found = scores.score - scores.at(given.repeated(len(chunk)).at(variants.flatten(0, 1)))
        drops[:, chunk.start : chunk.stop] = found.T
        yield Occlusion(
            inside,
            scores.score,
            scores.targets,
            drops.reshape(-1, *map(len, starts)).clone(),
            patches,
            chunk.stop,
            not_finite(int(torch.isfinite(drops).sum()), len(inside) * chunk.stop),
        )


def _sizes(name: str, given: Sizes, shape: tuple[int, ...], *, largest: bool = True) -> tuple[int, ...]:
    """One length for each axis after the batch's."""
    sizes: list[Any] = [None] * len(shape)
    if is_whole(given):
        axes = max(1, len(shape) - 1)
        wanted: list[Any] = [given] * axes
    elif isinstance(given, (tuple, list)):
        wanted = list(given)
    else:
        raise InputError(f"{name} {given!r} must be a whole number, or a tuple of them and of None")
    if len(wanted) > len(shape):
        raise InputError(f"{name} {given!r} has {len(wanted)} lengths for samples of shape {shape}")
    sizes[len(shape) - len(wanted) :] = wanted
    for size, length in zip(sizes, shape, strict=True):
        if size is None:
            continue
        if not is_whole(size) or size < 1:
            raise InputError(f"{name} {given!r} must hold whole numbers from 1, or None for a whole axis")
        if largest and size > length:
            raise InputError(f"the {name} {given!r} is larger than the samples, whose shape is {shape}")
    return tuple(length if size is None else whole(size) for size, length in zip(sizes, shape, strict=True))


def _cover(value: float | Tensor, x: Tensor) -> Tensor:
    try:
        cover = torch.as_tensor(value, dtype=x.dtype, device=x.device).detach().expand(x.shape)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(
            f"value must be a number or a tensor that broadcasts to the input {tuple(x.shape)}: {error}"
        ) from error
    if not torch.isfinite(cover).all():
        raise InputError("value holds numbers that are NaN or infinite; nothing is covered by those")
    return cover
