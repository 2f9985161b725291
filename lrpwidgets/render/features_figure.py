"""Named features as horizontal bars, the strongest first: name, value, a bar red for and blue against, R.

What has no bar of its own is summed into one, so that the bars add up to the map: sum over bars = sum of R.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.render import colormap, lettering, sample, wording
from lrpwidgets.render.figure import Figure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.render.figure import Theme
    from lrpwidgets.render.heatmap import Rgb
    from lrpwidgets.render.view import View

MOST = 15  # bars, the one of the others not counted
CAP = 9.5  # letters
WIDE, NAME, VALUE, NUMBER = 672, 220, 110, 70  # pixels: of all, and of the columns of words at most
GAP, MARGIN = 12, 8
FOR, AGAINST = 230, 24  # where in a colour map the bars' two colours are


@dataclass(frozen=True)
class Row:
    """A bar: `feature` counts from 0, and is None for the sum of all others."""

    feature: int | None
    name: str
    value: str
    relevance: float


def rows(explanation: Explanation, index: int, most: int = MOST) -> list[Row]:
    """The features of largest |R| in sample `index`, and the others as one; together they hold all relevance."""
    domain: Any = explanation.domain
    x = explanation.input[index].detach().cpu()
    relevance = sample.float32(explanation.relevance[index]).astype(np.float64)
    order = np.argsort(-np.abs(relevance), kind="stable")
    if len(order) == most + 1:  # a bar of one other would not say which
        most += 1
    found = [
        Row(int(at), domain.names[at], domain.value(int(at), float(x[at])), float(relevance[at]))
        for at in order[:most]
    ]
    rest = order[most:]
    if len(rest):
        found.append(Row(None, f"{len(rest)} others", "", float(relevance[rest].sum())))
    return found


def drawing(explanation: Explanation, view: View, theme: Theme) -> Figure:
    """The figure of one sample `(feature,)`; its domain is a `FeaturesDomain`."""
    index = sample.check_index(explanation, view.sample)
    bars = rows(explanation, index)
    shown = sum(row.feature is not None for row in bars)
    total = explanation.relevance.shape[1]
    remarks = [f"{shown} of {total} features by |R|"] if shown < total else [f"{total} features by |R|"]
    caption = sample.caption(explanation, index, note=getattr(explanation.domain, "note", None))
    return Figure(
        picture=chart(bars, view.cmap, theme),
        ramp=None,
        labels=("", "", ""),
        facts=tuple(wording.facts(caption)),
        details=tuple(wording.details(caption, index, len(explanation.relevance), tuple(remarks))),
        pixelated=False,
        theme=theme,
    )


def chart(bars: list[Row], cmap: str, theme: Theme) -> NDArray[np.uint8]:
    """The bars with their words, uint8 `(height, width, 3)`."""
    line = lettering.height(CAP)
    names = [lettering.fit(row.name, CAP, NAME) for row in bars]
    values = [lettering.fit(row.value, CAP, VALUE) for row in bars]
    numbers = [wording.short(row.relevance) for row in bars]
    name, value, number = (
        max(lettering.width(word, CAP) for word in words) for words in (names, values, numbers)
    )
    left = name + GAP + (value + GAP if value else 0)
    right = WIDE - number - GAP
    low = min(0.0, *(row.relevance for row in bars))
    high = max(0.0, *(row.relevance for row in bars))
    per_unit = (right - left - 1) / ((high - low) or 1.0)
    zero = left + round(-low * per_unit)
    pitch = line + MARGIN
    canvas = np.full((pitch * len(bars), WIDE, 3), theme.background, np.uint8)
    ramp = colormap.colors(cmap)
    for at, row in enumerate(bars):
        top = at * pitch + MARGIN // 2
        ink: Rgb = theme.muted if row.feature is None else theme.ink
        lettering.draw(canvas, names[at], 0, top, CAP, ink)
        _right(canvas, values[at], left - GAP, top, theme.muted)
        _right(canvas, numbers[at], WIDE, top, ink)
        end = zero + round(row.relevance * per_unit)
        start, stop = sorted((zero, end))
        canvas[top : top + line, start:stop] = ramp[FOR if row.relevance > 0 else AGAINST]
    canvas[:, zero] = theme.muted
    return canvas


def _right(canvas: NDArray[np.uint8], word: str, right: int, y: int, ink: Rgb) -> None:
    lettering.draw(canvas, word, right - lettering.width(word, CAP), y, CAP, ink)
