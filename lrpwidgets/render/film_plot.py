"""The curves of a flipping film in pixels: one colour a method, one dash a removal, the step that is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.render import lettering
from lrpwidgets.render.lines import polyline

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.render.figure import Theme
    from lrpwidgets.render.film import Film, Track
    from lrpwidgets.render.heatmap import Rgb

# Told apart by colour-blind eyes, on white and on black; neither the red nor the blue of relevance.
COLOURS: tuple[Rgb, ...] = (
    (0, 158, 115),
    (230, 140, 0),
    (170, 100, 200),
    (60, 150, 200),
    (140, 120, 60),
    (120, 120, 120),
)
DASHES: tuple[tuple[int, int], ...] = ((1, 0), (7, 4), (2, 3), (11, 3))  # pixels on, off
CAP = 8.5
LEFT, TOP, RIGHT, BOTTOM = 54, 8, 8, 18


def curves(film: Film, view: Mapping[str, Any], size: tuple[int, int], theme: Theme) -> NDArray[np.uint8]:
    """Axes and all curves, uint8 (height, width, 3); `size` is (width, height)."""
    canvas = np.full((size[1], size[0], 3), theme.background, np.uint8)
    low, high = reach(film, view["score"])
    for value in (low, high):
        y = _y(value, (low, high), size)
        canvas[min(size[1] - 1, round(y)), LEFT : size[0] - RIGHT] = _mixed(theme, 0.25)
        word = f"{value:.3g}"
        lettering.draw(canvas, word, LEFT - 6 - lettering.width(word, CAP), round(y - CAP), CAP, theme.muted)
    if low < 0 < high:
        canvas[round(_y(0, (low, high), size)), LEFT : size[0] - RIGHT] = _mixed(theme, 0.5)
    for word, step in (("0", 0), (f"{film.total} steps", film.total)):
        x = min(_x(step, film, size), size[0] - lettering.width(word, CAP) - 1)
        lettering.draw(canvas, word, round(x), size[1] - BOTTOM + 3, CAP, theme.muted)
    for track in sorted(film.tracks, key=lambda track: track.removal == view["removal"]):
        scores = track.scores[view["score"]]
        points = [
            (_x(step, film, size), _y(float(score), (low, high), size))
            for step, score in enumerate(scores)
            if np.isfinite(score)
        ]
        shown = (track.method, track.removal) == (view["method"], view["removal"])
        polyline(canvas, points, colour(film, track), dash(film, track), 2.4 if shown else 1.4)
    return canvas


def marked(
    plot: NDArray[np.uint8], film: Film, view: Mapping[str, Any], step: int, theme: Theme
) -> NDArray[np.uint8]:
    """The same with a line at the step, and a tick where the predicted class changes."""
    canvas = plot.copy()
    size = (plot.shape[1], plot.shape[0])
    track = film.track(view["method"], view["removal"])
    if track.change is not None:
        x = round(_x(track.change, film, size))
        canvas[TOP : size[1] - BOTTOM : 3, x : x + 2] = colour(film, track)
    x = round(_x(step, film, size))
    canvas[TOP : size[1] - BOTTOM, x] = theme.ink
    return canvas


def legend(film: Film, view: Mapping[str, Any], room: int, theme: Theme) -> NDArray[np.uint8]:
    """A row for each track: its line, its name, its area and its class change."""
    line = lettering.height(CAP)
    canvas = np.full((line * len(film.tracks), room, 3), theme.background, np.uint8)
    for row, track in enumerate(film.tracks):
        y = row * line
        middle = y + line / 2
        polyline(canvas, [(0, middle), (34, middle)], colour(film, track), dash(film, track), 2.0)
        change = "" if track.change is None else f", class changes at {track.change}"
        words = f"{track.method}, {track.removal}: AUC {track.auc(view['score']):.4g}{change}"
        shown = (track.method, track.removal) == (view["method"], view["removal"])
        lettering.draw(
            canvas, lettering.fit(words, CAP, room - 44), 42, y, CAP, theme.ink if shown else theme.muted
        )
    return canvas


def colour(film: Film, track: Track) -> Rgb:
    """The colour of a method."""
    methods = list(dict.fromkeys(each.method for each in film.tracks))
    return COLOURS[methods.index(track.method) % len(COLOURS)]


def dash(film: Film, track: Track) -> tuple[int, int]:
    """The dash of a removal."""
    removals = list(dict.fromkeys(each.removal for each in film.tracks))
    return DASHES[removals.index(track.removal) % len(DASHES)]


def reach(film: Film, kind: str) -> tuple[float, float]:
    """Lowest and highest score of all tracks, with 0 in between."""
    every = np.concatenate([track.scores[kind] for track in film.tracks])
    every = every[np.isfinite(every)]
    low, high = (min(0.0, float(every.min())), max(0.0, float(every.max()))) if len(every) else (0.0, 1.0)
    return low, high if high > low else low + 1.0


def _x(step: int, film: Film, size: tuple[int, int]) -> float:
    return LEFT + (size[0] - LEFT - RIGHT - 1) * step / max(1, film.total)


def _y(value: float, ends: tuple[float, float], size: tuple[int, int]) -> float:
    return TOP + (size[1] - TOP - BOTTOM - 1) * (ends[1] - value) / (ends[1] - ends[0])


def _mixed(theme: Theme, part: float) -> Rgb:
    red, green, blue = (
        round(part * ink + (1 - part) * back) for ink, back in zip(theme.muted, theme.background, strict=True)
    )
    return red, green, blue
