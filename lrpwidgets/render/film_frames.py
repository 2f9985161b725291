"""Frames of a flipping film with what one must know to read them: input, relevance, curves, numbers, the caveat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.errors import InputError, unknown
from lrpwidgets.render import film_plot, lettering, wording
from lrpwidgets.render.figure import THEMES, Theme, wrap, write
from lrpwidgets.render.scale import enlarge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.render.film import Film, Track

SIDE = 320  # pixels that the longer side of a panel has at least; at most twice as many
MARGIN, GAP, CAP, PLOT = 14, 12, 9.5, 150
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
CAVEAT = (
    "The ranking of methods depends on how pixels are removed, and removal makes inputs unlike any data "
    "(section 7.2): compare several removals. One input says little of a method; lw.measure.flip averages over many."
)
INSEPARABLE = (
    "By probabilities, with relevance recomputed, sensitivity and LRP could not be told apart: see the logit."
)


def still(film: Film, view: Mapping[str, Any], *, theme: str = "light") -> NDArray[np.uint8]:
    """The frame of `view`: step, method, removal, score, cmap, pixelated. uint8 (height, width, 3)."""
    return _Frames(film, view, theme).at(view["step"])


def all_frames(
    film: Film, view: Mapping[str, Any], steps: list[int], *, theme: str = "light"
) -> Iterator[NDArray[np.uint8]]:
    """The frames of these steps, one after another."""
    frames = _Frames(film, view, theme)
    return (frames.at(step) for step in steps)


class _Frames:
    """What all frames share."""

    def __init__(self, film: Film, view: Mapping[str, Any], theme: str) -> None:
        if theme not in THEMES:
            raise InputError(unknown("theme", theme, THEMES))
        self.film, self.view, self.theme = film, view, THEMES[theme]
        self.track = film.track(view["method"], view["removal"])
        pixelated = view.get("pixelated")
        self.pixelated = film.pixelated if pixelated is None else bool(pixelated)
        longest = max(film.picture.shape[:2])
        self.factor = max(1, -(-SIDE // longest))
        self.every = max(1, longest // (2 * SIDE) + (longest % (2 * SIDE) > 0)) if self.factor == 1 else 1
        self.plot: NDArray[np.uint8] | None = None

    def at(self, step: int) -> NDArray[np.uint8]:
        film, track, theme = self.film, self.track, self.theme
        step = min(step, track.steps)
        coming = film.next(track, step)
        left = self._panel(film.seen(track, step), coming)
        colours = film.coloured(track, step, self.view["cmap"])
        panels = [left] if colours is None else [left, self._panel(colours, coming)]
        between = np.full((left.shape[0], GAP, 3), theme.background, np.uint8)
        row = np.concatenate([part for panel in panels for part in (panel, between)][:-1], axis=1)
        room = max(2 * left.shape[1] + GAP, 448)
        if self.plot is None or self.plot.shape[1] != room:
            self.plot = film_plot.curves(film, self.view, (room, PLOT), theme)
        plot = film_plot.marked(self.plot, film, self.view, step, theme)
        words = [(word, theme.ink) for word in facts(film, track, step, self.view["score"])]
        words += [(word, theme.muted) for word in details(film, track, step)]
        lines = wrap(words, CAP, room) + [
            line for word in sentences(film, self.view["score"]) for line in _broken(word, theme, room)
        ]
        line = lettering.height(CAP)
        legend = film_plot.legend(film, self.view, room, theme)
        rows = 2 * MARGIN + row.shape[0] + 3 * GAP + plot.shape[0] + legend.shape[0] + line * len(lines)
        canvas = np.full((rows, room + 2 * MARGIN, 3), theme.background, np.uint8)
        y = MARGIN
        for part in (row, plot, legend):
            canvas[y : y + part.shape[0], MARGIN : MARGIN + part.shape[1]] = part
            y += part.shape[0] + GAP
        write(canvas, lines, MARGIN, y, CAP)
        return canvas

    def _panel(self, picture: NDArray[np.uint8], coming: NDArray[np.bool_]) -> NDArray[np.uint8]:
        every = self.every
        shown = enlarge(picture[::every, ::every], self.factor, self.pixelated).copy()
        outline(shown, np.kron(coming[::every, ::every], np.ones((self.factor, self.factor), bool)))
        return shown


def outline(picture: NDArray[np.uint8], inside: NDArray[np.bool_]) -> None:
    """Draws a line around what is inside: black on the inner side, white on the outer one."""
    wide = np.pad(inside, 1)
    around = wide[:-2, 1:-1], wide[2:, 1:-1], wide[1:-1, :-2], wide[1:-1, 2:]
    picture[inside & ~np.logical_and.reduce(around)] = BLACK
    picture[~inside & np.logical_or.reduce(around)] = WHITE


def facts(film: Film, track: Track, step: int, kind: str) -> list[str]:
    """Step, score and areas, as the player prints them."""
    done = "" if track.steps == film.total else f" (known up to {track.steps})"
    said = [
        f"step {step} of {film.total}{done}",
        f"{kind} of {film.words['target']}: {wording.number(float(track.scores[kind][step]))}",
        f"AUC so far {wording.number(track.auc(kind, step))}",
    ]
    if track.steps == film.total:
        said.append(f"AUC {wording.number(track.auc(kind))}")
    if track.change is not None:
        said.append(f"class changes at step {track.change}")
    return said


def details(film: Film, track: Track, step: int) -> list[str]:
    """Whose order it is, what fills the removed pixels, and which relevance is shown."""
    found = film.map_of(track, step)
    if found is None:
        which = "no relevance"
    elif film.recomputed:
        which = f"relevance after step {found[1]}, limit {track.limit:.3g}"
    else:
        which = f"relevance of the whole input, limit {track.limit:.3g}"
    return [track.method, f"removed: {track.removal}", which, f"{film.words['order']} relevant first"]


def sentences(film: Film, kind: str) -> list[str]:
    """Notes and the caveats."""
    notes = film.words.get("notes")
    said = [str(note) for note in (notes if isinstance(notes, list) else [])]
    return [*said, CAVEAT, *([INSEPARABLE] if film.recomputed and kind == "probability" else [])]


def _broken(sentence: str, theme: Theme, room: int) -> list[list[tuple[str, tuple[int, int, int]]]]:
    """A sentence in lines; words of one line are one piece, so that blanks stay narrow."""
    lines: list[str] = []
    for word in sentence.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and lettering.width(longer, CAP) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return [[(line, theme.muted)] for line in lines]
