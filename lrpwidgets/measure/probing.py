"""Probe maps: what a test charge at each point of a grid adds to the score (section 8.2; Schuett et al. 2017)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import InputError, MethodError
from ..explain.inputs import Inputs, model_inputs
from ..explain.outputs import OutputLike
from ..explain.shadow import check_model
from ..explain.targets import Target, TargetLike
from .perturbation import BUDGET, Scores, chunks, last, not_finite

Axes = tuple[Tensor, Tensor, Tensor]


@dataclass(frozen=True, eq=False)
class ProbeMap:
    """The response of a molecule to a probe at each point of a grid.

    `values` (x, y, z) holds f(with the probe there) - f(reference), or f itself without a reference; NaN where it was
    not asked yet, or where the features or the score are no numbers (a probe on top of an atom).
    """

    axes: Axes  # coordinates, in the unit of the grid that was given
    values: Tensor
    reference: Tensor | None  # f without the probe, shape (1,)
    target: tuple[Target, ...]
    done: int  # of all points, in the order of `values.flatten()`
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every point was asked."""
        return self.done == self.values.numel()


def grid_around(atoms: Tensor, *, margin: float, step: float) -> Axes:
    """Three axes of a grid with a point every `step` that reaches `margin` beyond `atoms` (atom, 3), in their unit."""
    if atoms.dim() != 2 or atoms.shape[1] != 3 or not len(atoms) or not torch.isfinite(atoms).all():
        raise InputError(f"atoms must be finite positions of shape (atom, 3), not {tuple(atoms.shape)}")
    if not (step > 0 and margin >= 0):
        raise InputError(f"step must be positive and margin not negative, not {step!r} and {margin!r}")
    low, high = atoms.amin(0) - margin, atoms.amax(0) + margin
    counts = [int(-(-float(length) // step)) + 1 for length in high - low]
    x, y, z = (
        start + step * torch.arange(count, dtype=atoms.dtype, device=atoms.device)
        for start, count in zip(low, counts, strict=True)
    )
    return x, y, z


def probe_map(model: nn.Module, features: Callable[[Tensor], Any], grid: Axes, **settings: Any) -> ProbeMap:
    """The response to a probe at every point of `grid`; settings as in :func:`probe_steps`."""
    found: ProbeMap = last(probe_steps(model, features, grid, **settings))
    return found


def probe_steps(
    model: nn.Module,
    features: Callable[[Tensor], Any],
    grid: Axes,
    *,
    reference: Any = None,
    target: TargetLike = 0,
    labels: Sequence[str] | None = None,
    of: int | str | None = None,
    output: OutputLike = None,
    budget: int = BUDGET,
) -> Iterator[ProbeMap]:
    """The same, chunk by chunk: each step is the map so far, a record of its own; stop when it is enough.

    features: from probe positions (point, 3) to what the model takes for these points: a tensor (point, ...), a tuple
        of positional or a mapping of keyword inputs, one sample a point. A function of one position alone is
        ``lambda positions: torch.stack([one(position) for position in positions])``.
    grid: the coordinates of three axes, (x,), (y,) and (z,), as :func:`grid_around` makes them; one number makes a
        slice of an axis.
    reference: the model's input without the probe (one sample); None: the values are the scores themselves.
    target, labels, of, output: as in ``lw.explain``; budget: bytes of activations that one forward may hold.

    Raises `InputError` where `features` returns another number of samples than there are points.
    """
    check_model(model)
    if isinstance(target, str) and target == "top" and reference is None:
        raise MethodError(
            "target='top' is the top class of the reference, and there is none; give reference= or the index"
        )
    axes = _axes(grid)
    points = torch.cartesian_prod(*axes)
    first, _ = _built(model, features, points[:1], of)
    base = first if reference is None else model_inputs(model, reference, None, of)
    if len(base.explained) != 1:
        raise InputError(
            f"reference holds {len(base.explained)} samples; give one molecule, with a batch axis of 1"
        )
    scores = Scores(model, base, target, labels=labels, output=output, budget=budget)
    values = scores.score.new_full((len(points),), torch.nan)
    for chunk in chunks(len(points), scores.together):
        built, finite = _built(model, features, points[chunk.start : chunk.stop], of)
        found = scores.at(built)[:, 0]
        if reference is not None:
            found = found - scores.score
        values[chunk.start : chunk.stop] = torch.where(finite, found, torch.nan)
        yield ProbeMap(
            axes,
            values.reshape([len(axis) for axis in axes]).clone(),
            None if reference is None else scores.score,
            scores.targets,
            chunk.stop,
            not_finite(int(torch.isfinite(values).sum()), chunk.stop),
        )


def _axes(grid: Any) -> Axes:
    fits = isinstance(grid, (tuple, list)) and len(grid) == 3
    if not fits or not all(
        isinstance(axis, Tensor) and axis.is_floating_point() and axis.dim() == 1 and len(axis)
        for axis in grid
    ):
        raise InputError(
            "grid must be three tensors of floating point coordinates, (x,), (y,) and (z,), none of them empty"
        )
    if not all(torch.isfinite(axis).all() for axis in grid):
        raise InputError("grid holds coordinates that are NaN or infinite")
    x, y, z = grid
    return x, y, z


def _built(
    model: nn.Module, features: Callable[[Tensor], Any], points: Tensor, of: int | str | None
) -> tuple[Inputs, Tensor]:
    """The model's input for these points, and where it is finite; what is not is set to numbers meanwhile."""
    try:
        made = features(points)
    except Exception as error:
        raise InputError(
            f"features fails on positions of shape {tuple(points.shape)}, the first at {points[0].tolist()}: {error}"
        ) from error
    finite = torch.ones(len(points), dtype=torch.bool, device=points.device)

    def cleaned(part: Any) -> Any:
        nonlocal finite
        if not isinstance(part, Tensor):
            return part
        if part.dim() == 0 or len(part) != len(points):
            raise InputError(
                f"features returns a tensor of shape {tuple(part.shape)} for {len(points)} positions; "
                "it must hold one sample for each"
            )
        if not part.is_floating_point():
            return part
        good = torch.isfinite(part.flatten(1) if part.dim() > 1 else part[:, None]).all(1)
        finite = finite & good.to(finite.device)
        return torch.nan_to_num(part, 0.0, 0.0, 0.0)

    made = _mapped(cleaned, made)
    return model_inputs(model, made, None, of), finite


def _mapped(change: Callable[[Any], Any], made: Any) -> Any:
    if isinstance(made, dict):
        return {key: change(part) for key, part in made.items()}
    if isinstance(made, tuple):
        return tuple(change(part) for part in made)
    return change(made)
