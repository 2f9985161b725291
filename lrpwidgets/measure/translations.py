"""The translation trick: average explanations over slightly shifted inputs (tutorial, section 6.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import InputError
from ..explain.explanation import Explanation
from .asking import Asking, last
from .shifts import Border, Shift, check_border, check_shifts, shift_grid, translate


@dataclass(frozen=True, eq=False, repr=False)
class Translated:
    """The average over `shifts` so far.

    `explanation` holds R*(x), its score is the mean of f over the shifts. `border` (sample,) is the relevance that
    fell on what the shifts brought in at the border and that no pixel of x has: R* sums to the mean of what the
    maps sum to, less `border`. `scores` (shift, sample) are the single values of f.
    """

    explanation: Explanation
    shifts: tuple[Shift, ...]
    scores: Tensor
    border: Tensor

    def __repr__(self) -> str:
        lost = float(self.border.abs().max())
        return f"<Translated: {len(self.shifts)} shifts, at most {lost:.3g} left at the border>"


def translation_average(
    model: nn.Module,
    x: Any,
    shifts: Iterable[Shift] | None = None,
    *,
    border: Border = "edge",
    batch: int = 64,
    **how: Any,
) -> Translated:
    """R*(x) = 1/|T| sum over t in T of t^-1(R(t(x))), T whole shifts (down, right) in pixels.

    shifts: `shift_grid(4)` unless given; [(0, 0)] is the plain explanation. A net whose first layers step by s has
    its grid of period s removed by `shift_grid(s)`. border: what comes in, the nearest pixel ("edge"), a number in
    units of the input, or the other side ("wrap"), which loses nothing. how: keywords of ``lw.explain``; the target
    "top" is the top class at `x`, for all shifts. Holds at most `batch` inputs at a time.
    """
    return last(translation_steps(model, x, shifts, border=border, batch=batch, **how))


def translation_steps(
    model: nn.Module,
    x: Any,
    shifts: Iterable[Shift] | None = None,
    *,
    border: Border = "edge",
    batch: int = 64,
    **how: Any,
) -> Iterator[Translated]:
    """As :func:`translation_average`, the average so far after each batch."""
    check_border(border)
    todo = check_shifts(shift_grid(4) if shifts is None else shifts, whole=True)
    asking = Asking.about(model, x, how, batch)
    x = asking.x
    if x.dim() != 4:
        raise InputError(
            f"the translation trick needs images (batch, channel, height, width), not {tuple(x.shape)}"
        )
    for down, right in todo:
        if abs(down) >= x.shape[2] or abs(right) >= x.shape[3]:
            raise InputError(
                f"shift ({down}, {right}) leaves nothing of images of {x.shape[2]} x {x.shape[3]}"
            )
    back: Border = "wrap" if border == "wrap" else 0.0
    total, lost = torch.zeros_like(x), torch.zeros_like(x[:, 0, 0, 0])
    scores: list[Tensor] = []
    output: Tensor | None = None
    plain: list[Explanation] = []  # of the first shift
    at_once = max(1, asking.batch // len(x))
    for first in range(0, len(todo), at_once):
        part = todo[first : first + at_once]
        moved = torch.cat([translate(x, down, right, border) for down, right in part])
        maps, values, outputs = [], [], []
        for start in range(0, len(moved), asking.batch):
            samples = [k % len(x) for k in range(start, min(start + asking.batch, len(moved)))]
            found = asking.explain(moved[start : start + asking.batch], samples)
            maps.append(found.relevance)
            values.append(found.score)
            outputs.append(found.output)
            if sum(map(len, plain)) < len(x):
                plain.append(found)
        summed = torch.stack(torch.split(torch.cat(outputs), len(x))).sum(0)
        output = summed if output is None else output + summed
        scores.append(torch.cat(values).reshape(len(part), len(x)))
        for (down, right), relevance in zip(part, torch.split(torch.cat(maps), len(x)), strict=True):
            returned = translate(relevance, -down, -right, back)
            total += returned
            lost += (relevance.flatten(1).sum(1) - returned.flatten(1).sum(1)).to(lost)
        done = tuple(todo[: first + len(part)])
        mean = replace(
            plain[0],
            input=x,
            relevance=total / len(done),
            score=torch.cat(scores).mean(0),
            output=output / len(done),
            target=tuple(each for found in plain for each in found.target)[: len(x)],
            minus=plain[0].minus and tuple(each for found in plain for each in found.minus or ())[: len(x)],
            notes=(
                *dict.fromkeys(note for found in plain for note in found.notes),
                _note(done, border, lost / len(done)),
            ),
            settings={**plain[0].settings, "shifts": [list(pair) for pair in done], "border": border},
            code="",
            remainder=None,
            _make_ledger=None,
        )
        yield Translated(mean, done, torch.cat(scores), lost / len(done))


def _note(shifts: tuple[Shift, ...], border: Border, lost: Tensor) -> str:
    far = max(abs(end) for pair in shifts for end in pair)
    return (
        f"mean over {len(shifts)} shifts of up to {far:g} px, border {border!r}; score and output are means over the "
        f"shifts too; the border took {' and '.join(f'{float(each):.3g}' for each in lost[:4])} of R"
    )
