"""A picture with what one must know to read it: colour bar, limit, target, score and sum of relevance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.errors import InputError, unknown
from lrpwidgets.render import bars, colormap, kinds, lettering, reduce, sample, wording
from lrpwidgets.render import limit as limits
from lrpwidgets.render.heatmap import GAP, Rgb, paint
from lrpwidgets.render.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.explain.explanation import Explanation

SMALLEST = 448  # pixels that a picture is wide at least
TALLEST = 2048  # pixels beyond which a small picture is not enlarged


@dataclass(frozen=True)
class Theme:
    """Colours of everything that is not data."""

    background: Rgb
    ink: Rgb
    muted: Rgb


THEMES = {
    "light": Theme(background=(255, 255, 255), ink=(33, 33, 33), muted=(97, 97, 97)),
    "dark": Theme(background=(17, 17, 17), ink=(226, 226, 226), muted=(158, 158, 158)),
}


@dataclass(frozen=True)
class Figure:
    """What is drawn: the picture, the colour bar (a row of colours, or None) and its labels, the words."""

    picture: NDArray[np.uint8]
    ramp: NDArray[np.uint8] | None
    labels: tuple[str, str, str]
    facts: tuple[str, ...]
    details: tuple[str, ...]
    pixelated: bool
    theme: Theme
    vector: str | None = None  # the picture as SVG elements, in its pixels; None: SVG shows the pixels


Drawing = Callable[["Explanation", View, Theme], Figure]


def figure(
    explanation: Explanation,
    *,
    theme: str = "light",
    scale: float | None = None,
    longest: int | None = None,
    **options: Any,
) -> Figure:
    """The figure of one sample of an explanation.

    theme: "light" or "dark". scale: pixels per input pixel; None chooses a whole number that makes the
    picture at least `SMALLEST` wide. longest: larger pictures are reduced to it, which the figure then says.
    options: those of `View`. What is no picture, such as `(batch, features)`, is shown as bars.
    """
    if theme not in THEMES:
        raise InputError(unknown("theme", theme, THEMES))
    view = View.of(options)
    kind = kinds.kind(explanation)
    if kind in kinds.FIGURES:
        return kinds.drawing(kind)(explanation, view, THEMES[theme])
    if kind == kinds.PLAIN:
        return _features(explanation, view, THEMES[theme])
    whole = sample.image_sample(explanation, view.sample)
    one = whole if longest is None else reduce.smaller(whole, longest)
    remarks: tuple[str, ...] = ()
    if one is not whole:
        remarks = (f"{_size(one)} of {_size(whole)} px, relevance summed over areas",)
        view = reduce.for_areas(view, whole, one)
    values = limits.shown(one.relevance, view.channel, one.channel_names)
    limit = limits.limit(values, str(view.limit_rule), view.limit)
    return Figure(
        picture=paint(one, view, scale=scale or _scale(one, view), gap=THEMES[theme].background),
        ramp=_ramp(view),
        labels=wording.bar_labels(limit, view),
        facts=tuple(wording.facts(one.caption)),
        details=tuple(_details(explanation, one.caption, view, remarks)),
        pixelated=one.pixelated if view.pixelated is None else view.pixelated,
        theme=THEMES[theme],
    )


def compose(figure: Figure) -> NDArray[np.uint8]:
    """The figure as one picture, uint8 `(height, width, 3)`."""
    theme, picture = figure.theme, figure.picture
    room = max(picture.shape[1], SMALLEST)
    unit = max(1.0, room / 720)  # words grow with large pictures, so that they stay readable
    cap, margin, gap = 9.5 * unit, round(14 * unit), round(9 * unit)
    line = lettering.height(cap)
    words = [(word, theme.ink) for word in figure.facts] + [(word, theme.muted) for word in figure.details]
    lines = wrap(words, cap, room)
    thick, below = round(10 * unit), round(3 * unit)
    bar = 0 if figure.ramp is None else thick + below + line + gap
    rows = margin + picture.shape[0] + gap + bar + line * len(lines) + margin
    canvas = np.full((rows, room + 2 * margin, 3), theme.background, np.uint8)
    y = margin
    left = margin + (room - picture.shape[1]) // 2
    canvas[y : y + picture.shape[0], left : left + picture.shape[1]] = picture
    y += picture.shape[0] + gap
    if figure.ramp is not None:
        at = np.arange(room) * len(figure.ramp) // room
        canvas[y : y + thick, margin : margin + room] = figure.ramp[at]
        y += thick + below
        for label, place in zip(figure.labels, (0.0, 0.5, 1.0), strict=True):
            x = margin + round((room - lettering.width(label, cap)) * place)
            lettering.draw(canvas, label, x, y, cap, theme.muted)
        y += line + gap
    write(canvas, lines, margin, y, cap)
    return canvas


def write(canvas: NDArray[np.uint8], lines: list[list[tuple[str, Rgb]]], x: int, y: int, cap: float) -> None:
    """Draw what `wrap` made, its first line at the top left `x`, `y`."""
    for row, pieces in enumerate(lines):
        at = x
        for word, ink in pieces:
            lettering.draw(canvas, word, at, y + row * lettering.height(cap), cap, ink)
            at += lettering.width(word, cap) + round(2 * cap)


def wrap(
    words: list[tuple[str, Rgb]], cap: float, room: int, *, keep: bool = False
) -> list[list[tuple[str, Rgb]]]:
    """Words in lines no wider than `room` pixels, two capitals apart; a word that is too wide is cut.

    With `keep` the characters that our lettering cannot draw stay as they are.
    """
    lines: list[list[tuple[str, Rgb]]] = []
    x = room + 1
    for word, ink in words:
        fitted = lettering.fit(word, cap, room)
        wide = lettering.width(fitted, cap)
        if keep and not fitted.endswith(lettering.ELLIPSIS):
            fitted = word
        if x + wide > room:
            lines.append([])
            x = 0
        lines[-1].append((fitted, ink))
        x += wide + round(2 * cap)
    return lines


def _features(explanation: Explanation, view: View, theme: Theme) -> Figure:
    """Bars of relevance per feature."""
    index = sample.check_index(explanation, view.sample)
    values, each = bars.binned(sample.float32(explanation.relevance[index]).reshape(-1))
    limit = limits.limit(values[None], str(view.limit_rule), view.limit)
    shape = tuple(explanation.relevance.shape[1:])
    caption = sample.caption(explanation, index)
    flat = "" if len(shape) == 1 else f", {' x '.join(map(str, shape))} in reading order"
    remarks = [f"features 0..{math.prod(shape) - 1}{flat}", f"longest bar {np.abs(values).max():.3g}"]
    if each > 1:
        remarks.append(f"each bar sums {each} features")
    return Figure(
        picture=bars.chart(values, limit, view.cmap, background=theme.background, axis=theme.muted),
        ramp=colormap.colors(view.cmap),
        labels=wording.bar_labels(limit, view),
        facts=tuple(wording.facts(caption)),
        details=tuple(_details(explanation, caption, view, tuple(remarks))),
        pixelated=True,
        theme=theme,
    )


def _details(
    explanation: Explanation, caption: sample.Caption, view: View, remarks: tuple[str, ...]
) -> list[str]:
    count = int(explanation.relevance.shape[0])
    return wording.details(caption, sample.check_index(explanation, view.sample), count, remarks)


def _ramp(view: View) -> NDArray[np.uint8] | None:
    """The row of colours that stands for -L..L, or black to white for 0..L of a pattern."""
    if view.layout == "input":
        return None
    if view.layout == "pattern":
        return np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    return colormap.colors(view.cmap)


def _scale(one: sample.Sample, view: View) -> int:
    height, width = map(int, one.picture.shape[:2])
    total = 2 * width + GAP if view.layout == "side-by-side" else width
    return max(1, min(math.ceil(SMALLEST / total), TALLEST // height))


def _size(one: sample.Sample) -> str:
    height, width = one.picture.shape[:2]
    return f"{width} x {height}"
