"""Explanation continuity: how much a map changes where the input hardly does (tutorial, section 7.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import InputError
from ..explain.explanation import Explanation
from ..explain.inputs import bounds, described
from .asking import Asking, last
from .integers import count, whole
from .shifts import Border, Shift, check_border, check_shifts, translate


@dataclass(frozen=True, slots=True)
class Noise:
    """Neighbours x' = x + sigma N, N standard normal, held inside the model's input range where that is known.

    `sigma` in units of the model's input. With ``ball=True`` uniform in [-sigma, sigma] instead.
    """

    sigma: float = 0.003
    draws: int = 5
    seed: int = 0
    ball: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.sigma < float("inf"):
            raise InputError(f"sigma must be a positive number in units of the input, not {self.sigma!r}")
        count("draws", self.draws)
        count("seed", self.seed, low=0)


@dataclass(frozen=True, slots=True)
class Moved:
    """Neighbours x' = x translated by each shift (down, right) in pixels; see :func:`translate` for the border."""

    shifts: Sequence[Shift] = ((0, 1), (1, 0), (0, -1), (-1, 0))
    border: Border = "edge"

    def __post_init__(self) -> None:
        check_shifts(self.shifts)
        check_border(self.border)


@dataclass(frozen=True, eq=False, repr=False)
class Variation:
    """How much maps differ between neighbours: `ratios` (neighbour, sample), NaN where x' = x.

    `first` and `second` are the explanations of the strongest pair found, of sample `sample`, to be looked at.
    The maximum over the pairs tried is a lower bound of the maximum over all pairs.
    """

    ratios: Tensor
    strongest: float
    sample: int
    first: Explanation
    second: Explanation

    @property
    def by_sample(self) -> Tensor:
        """The largest ratio of each sample, shape (sample,); NaN where no neighbour differs."""
        found = self.ratios.nan_to_num(nan=-1.0).amax(0)
        return found.masked_fill(found < 0, float("nan"))

    def __repr__(self) -> str:
        pairs = int(self.ratios.isfinite().sum())
        return f"<Variation: strongest {self.strongest:.4g} of {pairs} pairs, at sample {self.sample}>"


Near = Noise | Moved | Tensor | Sequence[Tensor]


def continuity(
    model: nn.Module, x: Any, near: Near | None = None, *, unit: bool = False, batch: int = 64, **how: Any
) -> Variation:
    """max over pairs of |R(x) - R(x')|_1 / |x - x'|_2, in units of the score by units of the input.

    near: `Noise` (the default: sigma .003, 5 draws), `Moved`, or x' itself: a tensor of the shape of `x`, or several.
    unit: scale each map to sum |R| = 1 first, which makes methods comparable. how: keywords of ``lw.explain``; the
    target "top" is the top class at x, for x' as well.
    """
    return last(continuity_steps(model, x, near, unit=unit, batch=batch, **how))


def continuity_steps(
    model: nn.Module, x: Any, near: Near | None = None, *, unit: bool = False, batch: int = 64, **how: Any
) -> Iterator[Variation]:
    """As :func:`continuity`, what is known after each set of neighbours."""
    return _steps(model, x, near, _Ratio(1, 2, unit), batch, how)


def local_lipschitz(
    model: nn.Module, x: Any, near: Near | None = None, *, unit: bool = False, batch: int = 64, **how: Any
) -> Variation:
    """max over pairs of |R(x) - R(x')|_2 / |x - x'|_2 (Alvarez-Melis and Jaakkola 2018, eq. 6, over samples)."""
    return last(_steps(model, x, near, _Ratio(2, 2, unit), batch, how))


def max_sensitivity(
    model: nn.Module, x: Any, near: Near | None = None, *, batch: int = 64, **how: Any
) -> Variation:
    """max over pairs of |R(x) - R(x')|_2 / |R(x)|_2 (Yeh et al. 2019, definition 2, over samples and relative).

    near: x' uniform in the ball |x' - x|_max <= .02 unless given.
    """
    near = Noise(0.02, draws=10, ball=True) if near is None else near
    return last(_steps(model, x, near, _Ratio(2, None, False), batch, how))


@dataclass(frozen=True, slots=True)
class _Ratio:
    """|R - R'| in the norm `above`, by |x - x'| in the norm `below`, or by |R| where `below` is None."""

    above: int
    below: int | None
    unit: bool

    def map_of(self, found: Explanation) -> Tensor:
        relevance = found.relevance.flatten(1).double()
        if not self.unit:
            return relevance
        size = relevance.abs().sum(1, keepdim=True)
        return relevance / size.masked_fill(size == 0, 1.0)

    def __call__(self, one: Tensor, two: Tensor, x: Tensor, moved: Tensor) -> Tensor:
        distance = (x.double() - moved.double()).flatten(1).norm(dim=1)
        size = one.norm(dim=1) if self.below is None else distance
        ratio: Tensor = (one - two).norm(p=self.above, dim=1) / size
        return ratio.masked_fill((distance == 0) | (size == 0), float("nan"))


def _steps(
    model: nn.Module, x: Any, near: Near | None, ratio: _Ratio, batch: int, how: dict[str, Any]
) -> Iterator[Variation]:
    asking = Asking.about(model, x, how, batch)
    x = asking.x
    known: Tensor | None = None
    ratios: list[Tensor] = []
    strongest, sample = -1.0, -1
    pair: list[Explanation] = []
    for moved in _neighbours(asking, Noise() if near is None else near):
        if known is None:
            known = torch.cat([ratio.map_of(found) for _, found in asking.over(x)])
        row = [
            ratio(known[here], ratio.map_of(found), x[here], moved[here])
            for here, found in asking.over(moved)
        ]
        ratios.append(torch.cat(row))
        top, index = ratios[-1].nan_to_num(nan=-1.0).max(0)
        if float(top) > strongest:
            strongest, sample = float(top), int(index)
            pair = [asking.explain(end[sample : sample + 1], [sample]) for end in (x, moved)]
        if pair:
            yield Variation(torch.stack(ratios), strongest, sample, *pair)
    if not pair:
        raise InputError(
            f"no pair to compare among {len(ratios)} x {len(x)}: every x' equals its x (or, relative to |R|, every "
            "map is empty); give neighbours that differ"
        )


def _neighbours(asking: Asking, near: Near) -> Iterator[Tensor]:
    x = asking.x
    if isinstance(near, Noise):
        domain = described(asking.model, asking.how.get("input"), "input")
        held, _ = bounds(asking.how.get("input_range"), domain, x)
        generator = torch.Generator().manual_seed(whole(near.seed))
        for _ in range(near.draws):
            if near.ball:
                draw = torch.rand(x.shape, dtype=torch.float64, generator=generator) * 2 - 1
            else:
                draw = torch.randn(x.shape, dtype=torch.float64, generator=generator)
            moved = x + near.sigma * draw.to(x)
            yield moved if held is None else torch.maximum(torch.minimum(moved, held[1]), held[0])
    elif isinstance(near, Moved):
        for down, right in near.shifts:
            yield translate(x, down, right, near.border)
    else:
        given = [near] if isinstance(near, Tensor) else list(near)
        if not given:
            raise InputError("near= is empty; give at least one x'")
        for one in given:
            if not isinstance(one, Tensor) or one.shape != x.shape:
                shape = tuple(one.shape) if isinstance(one, Tensor) else type(one).__name__
                raise InputError(
                    f"a neighbour x' must be a tensor of the shape of x, {tuple(x.shape)}, not {shape}"
                )
            yield one.to(x)
