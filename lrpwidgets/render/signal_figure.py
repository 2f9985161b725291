"""Signals as traces coloured by relevance, one below the other, beside a head map of relevance summed over time.

trace: v = clip(R / L, -1, 1),   a = sqrt(|v|),   colour = (1 - a) grey + a map[v],   thicker where a is larger
head:  sum over t of R[electrode, t], interpolated by `headmap`, with a limit of its own
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.render import colormap, headmap, lettering, sample, wording
from lrpwidgets.render import limit as limits
from lrpwidgets.render.figure import Figure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.render.figure import Theme
    from lrpwidgets.render.view import View

WIDE = 640  # pixels of the traces
TALL = 640  # pixels that the traces fill, about
CAP = 7.5  # letters
MARGIN = 10
HEAD = 340  # pixels of the head map
SHADES = 4  # steps of smooth edges; a few colours make small files of many traces
NAMED = 24  # electrodes that all get their names on the head; of more, the strongest few
STRONGEST = 5


def drawing(explanation: Explanation, view: View, theme: Theme, window: slice | None = None) -> Figure:
    """The figure of one sample `(channel, time)`; its domain is a `SignalDomain`.

    `window`: the samples that the head map sums over; None: all.
    """
    index = sample.check_index(explanation, view.sample)
    domain: Any = explanation.domain
    relevance = sample.float32(explanation.relevance[index])
    signal = np.asarray(domain.decode(explanation.input[index : index + 1])[0], np.float64)
    shown = columns(relevance)
    limit = limits.limit(shown, str(view.limit_rule), view.limit)
    first, end, _ = (window or slice(None)).indices(relevance.shape[1])
    pooled = relevance[:, first:end].astype(np.float64).sum(1)
    span = "time" if end - first == relevance.shape[1] else _seconds(domain, first, end)
    picture = traces(signal, shown, limit, view.cmap, domain, theme)
    remarks = [_strongest(pooled, domain.channels, "" if span == "time" else f" ({span})")]
    if domain.positions is not None:
        picture = _beside(picture, head(pooled, domain, view.cmap, theme), theme)
        remarks.append(f"head map: R summed over {span}, limit {wording.short(float(np.abs(pooled).max()))}")
    if shown.shape[1] < relevance.shape[1]:
        remarks.append(f"each column sums {relevance.shape[1] / shown.shape[1]:.3g} samples")
    caption = sample.caption(explanation, index, note=domain.note)
    count = len(explanation.relevance)
    return Figure(
        picture=picture,
        ramp=colormap.colors(view.cmap),
        labels=wording.bar_labels(limit, view),
        facts=tuple(wording.facts(caption)),
        details=tuple(wording.details(caption, index, count, tuple(remarks))),
        pixelated=False,
        theme=theme,
    )


def columns(relevance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Relevance `(channel, time)` of what is drawn: samples, or sums over the samples that share a column."""
    samples = relevance.shape[1]
    if samples <= WIDE:
        return relevance
    starts = np.arange(WIDE) * samples // WIDE
    return np.add.reduceat(relevance.astype(np.float64), starts, axis=1).astype(np.float32)


def traces(
    signal: NDArray[np.float64],
    relevance: NDArray[np.float32],
    limit: float,
    cmap: str,
    domain: Any,
    theme: Theme,
) -> NDArray[np.uint8]:
    """The traces with their names, the time below and a bar of the unit, uint8 `(height, width, 3)`."""
    channels, samples = signal.shape
    pitch = max(lettering.height(CAP) * 3 // 4, min(120, TALL // channels))
    left = MARGIN + max(lettering.width(name, CAP) for name in _names(domain)) + 6
    line = lettering.height(CAP)
    top = pitch // 2 + MARGIN
    bottom = top + pitch * channels + pitch // 2
    canvas = np.full((bottom + 2 * line + MARGIN, left + WIDE + MARGIN, 3), theme.background, np.uint8)
    _time(canvas, domain, samples, left, bottom, theme)
    centred = signal - np.median(signal, axis=1, keepdims=True)
    size = float(np.quantile(np.abs(centred), 0.99)) or 1.0
    per_unit = 0.75 * pitch / size
    at = np.minimum(np.arange(WIDE) * relevance.shape[1] // WIDE, relevance.shape[1] - 1)
    low, high = _reach(centred)
    strength = limits.strength(relevance, limit)[:, at]
    strength = np.sign(strength) * np.floor(np.abs(strength) * SHADES**2 + 0.5) / SHADES**2
    a = np.floor(np.sqrt(np.abs(strength)) * 2 * SHADES + 0.5)[..., None] / (2 * SHADES)
    ink = (1 - a) * np.array(_grey(theme)) + a * colormap.colors(cmap)[colormap.index(strength)]
    apart = math.ceil(line / pitch)  # names that would lie over their neighbours are left out
    for row, name in enumerate(_names(domain)):
        middle = top + pitch * row + pitch / 2
        if row % apart == 0:
            lettering.draw(canvas, name, MARGIN, round(middle - line / 2), CAP, theme.muted)
        band = canvas[:bottom, left : left + WIDE]
        _trace(
            band,
            middle - per_unit * high[row],
            middle - per_unit * low[row],
            ink[row],
            0.55 + 0.9 * a[row, :, 0],
        )
    _bar(canvas, size, per_unit, domain.unit, left, bottom, theme)
    return canvas


def head(pooled: NDArray[np.float64], domain: Any, cmap: str, theme: Theme) -> NDArray[np.uint8]:
    """The head map of sums over time, with names of electrodes, uint8 `(HEAD, HEAD, 3)`."""
    picture = headmap.picture(
        pooled, domain.positions, cmap=cmap, size=HEAD, ink=theme.muted, paper=theme.background
    )
    order = np.argsort(-np.abs(pooled))
    named = order if len(order) <= NAMED else order[:STRONGEST]
    for electrode, (x, y) in enumerate(headmap.places(domain.positions, HEAD)):
        if electrode in named:
            name = lettering.fit(domain.channels[electrode], CAP, 60)
            below = round(y) + 2
            lettering.draw(picture, name, round(x - lettering.width(name, CAP) / 2), below, CAP, (33, 33, 33))
    return picture


def _trace(
    band: NDArray[np.uint8],
    upper: NDArray[np.float64],
    lower: NDArray[np.float64],
    ink: NDArray[np.float64],
    half: NDArray[np.float64],
) -> None:
    """Draws one trace, in each column from `upper` to `lower`, `half` as thick, with smooth edges."""
    first = max(0, math.floor(float(upper.min())) - 3)
    last = min(len(band), math.ceil(float(lower.max())) + 3)
    rows = np.arange(first, last)[:, None] + 0.5
    away = np.maximum(np.maximum(upper[None] - rows, rows - lower[None]), 0)
    cover = np.clip(half[None] + 0.5 - away, 0, 1)[..., None]
    cover = np.floor(cover * SHADES + 0.5) / SHADES
    area = band[first:last]
    area[:] = np.floor(area * (1 - cover) + ink[None] * cover + 0.5).astype(np.uint8)


def _reach(signal: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest value of the line in each of the `WIDE` columns, `(channel, WIDE)` each."""
    samples = signal.shape[1]
    edges = (np.arange(WIDE + 1) / WIDE * samples - 0.5).clip(0, samples - 1)
    known = np.arange(samples)
    ends = np.stack([np.interp(edges, known, row) for row in signal])
    low, high = np.minimum(ends[:, :-1], ends[:, 1:]), np.maximum(ends[:, :-1], ends[:, 1:])
    if samples > WIDE:
        starts = np.arange(WIDE) * samples // WIDE
        low = np.minimum(low, np.minimum.reduceat(signal, starts, axis=1))
        high = np.maximum(high, np.maximum.reduceat(signal, starts, axis=1))
    return low, high


def _time(canvas: NDArray[np.uint8], domain: Any, samples: int, left: int, bottom: int, theme: Theme) -> None:
    """Seconds below the traces, with a faint line through them."""
    begin, seconds = domain.time(0), samples / domain.rate
    step = _round(seconds / 5)
    faint = tuple((3 * paper + ink) // 4 for paper, ink in zip(theme.background, theme.muted, strict=True))
    for k in range(math.ceil(begin / step - 1e-9), math.floor((begin + seconds) / step + 1e-9) + 1):
        x = left + min(WIDE - 1, round((k * step - begin) / seconds * WIDE))
        canvas[MARGIN:bottom, x] = faint
        words = f"{k * step:.6g} s"
        start = min(x - lettering.width(words, CAP) // 2, canvas.shape[1] - lettering.width(words, CAP))
        lettering.draw(canvas, words, start, bottom + 4, CAP, theme.muted)


def _bar(
    canvas: NDArray[np.uint8], size: float, per_unit: float, unit: str, left: int, bottom: int, theme: Theme
) -> None:
    """A vertical bar as long as a round number of units, and that number, right of the traces."""
    value = _round(size)
    tall = min(max(1, round(value * per_unit)), bottom - MARGIN)
    right = left + WIDE + 5
    canvas[bottom - tall : bottom, right - 2 : right] = theme.ink
    words = lettering.fit(f"{value:.6g} {unit}", CAP, WIDE)
    line = lettering.height(CAP)
    lettering.draw(canvas, words, right - lettering.width(words, CAP), bottom + 4 + line, CAP, theme.muted)


def _beside(traces: NDArray[np.uint8], head: NDArray[np.uint8], theme: Theme) -> NDArray[np.uint8]:
    """Two pictures side by side, their middles level."""
    tall = max(len(traces), len(head))
    canvas = np.full((tall, traces.shape[1] + head.shape[1], 3), theme.background, np.uint8)
    start = (tall - len(traces)) // 2
    canvas[start : start + len(traces), : traces.shape[1]] = traces
    start = (tall - len(head)) // 2
    canvas[start : start + len(head), traces.shape[1] :] = head
    return canvas


def _seconds(domain: Any, first: int, end: int) -> str:
    return f"{domain.time(first):.4g} to {domain.time(end):.4g} s"


def _strongest(pooled: NDArray[np.float64], names: tuple[str, ...], when: str) -> str:
    order = np.argsort(-np.abs(pooled))[:STRONGEST]
    return f"most R{when}: " + ", ".join(
        f"{lettering.fit(names[k], CAP, 90)} {wording.short(float(pooled[k]))}" for k in order
    )


def _names(domain: Any) -> list[str]:
    return [lettering.fit(name, CAP, 90) for name in domain.channels]


def _grey(theme: Theme) -> tuple[int, ...]:
    """The colour of a trace without relevance: between ink and paper."""
    return tuple((paper + ink) // 2 for paper, ink in zip(theme.background, theme.muted, strict=True))


def _round(value: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is no larger."""
    power = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return max((k * power for k in (1, 2, 5) if k * power <= value * (1 + 1e-9)), default=power)
