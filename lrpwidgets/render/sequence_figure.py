"""Explanations of sequences: a logo of relevance, and what every mutation would change, if that was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.render import colormap, sample, wording
from lrpwidgets.render import limit as limits
from lrpwidgets.render.figure import Figure, Theme
from lrpwidgets.render.logo import MOST, Logo, draw, heights, reach

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.render.view import View


def drawing(
    explanation: Explanation, view: View, theme: Theme, *, change: NDArray[np.float32] | None = None
) -> Figure:
    """The figure of one sample. change: of the score by every mutation, float32 (position, letter), NaN if unknown.

    A fixed limit is the relevance that gets the whole height; else the highest stack does. The colour bar is that of
    the mutations.
    """
    index = sample.check_index(explanation, view.sample)
    logo = logo_of(explanation, index, change)
    remarks = []
    count = len(logo.letters)
    fixed = view.limit if view.limit_rule == "fixed" else None
    below, above = reach(logo.heights)
    if count > MOST:
        first = window(logo.heights, MOST)
        logo = logo.cut(first, first + MOST)
        remarks.append(f"positions {logo.names[0]}..{logo.names[-1]} of {count}, the most relevant stretch")
    tallest = max(below, above)
    remarks.append(f"highest stack {tallest:.3g}" if fixed is None else f"full height {fixed:.3g}")
    change_limit = 0.0 if logo.change is None else limits.limit(_known(logo.change), "max")
    picture, vector = draw(logo, theme, limit=fixed, cmap=view.cmap, change_limit=change_limit)
    caption = sample.caption(explanation, index, note=getattr(explanation.domain, "note", None))
    return Figure(
        picture=picture,
        ramp=None if logo.change is None else colormap.colors(view.cmap),
        labels=_labels(change_limit),
        facts=tuple(wording.facts(caption)),
        details=tuple(wording.details(caption, index, len(explanation), tuple(remarks))),
        pixelated=False,
        theme=theme,
        vector=vector,
    )


def logo_of(explanation: Explanation, index: int, change: NDArray[np.float32] | None = None) -> Logo:
    """The logo of one sample."""
    domain = explanation.domain
    one = explanation.input[index : index + 1]
    there = domain.letters(one)[0]
    axis = domain.letters_axis - 1
    hot = np.moveaxis(one[0].detach().cpu().double().numpy(), axis, -1)
    relevance = np.moveaxis(sample.float32(explanation.relevance[index]), axis, -1)
    names = [domain.position(at) for at in range(len(there))]
    return Logo(domain.alphabet, there, heights(there, hot, relevance), names, change)


def window(high: NDArray[np.float32], count: int) -> int:
    """Where the stretch of `count` positions with the most |R| begins."""
    size = np.concatenate([[0.0], np.cumsum(np.abs(high).sum(-1, dtype=np.float64))])
    return int((size[count:] - size[:-count]).argmax())


def _known(change: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.where(np.isfinite(change), change, np.float32(0))


def _labels(limit: float) -> tuple[str, str, str]:
    if not limit > 0:
        return ("", "", "")
    return wording.short(-limit), "change of the score by a mutation, limit: largest", wording.short(limit)
