"""A pixel-flipping run as a film: any step of it as a picture, from arrays alone.

`js/src/flipping/` draws the same pictures from the same arrays. A frame depends on nothing but the film and the
number of its step, so that a step looked at again is the same to the bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.errors import InputError
from lrpwidgets.render import colormap
from lrpwidgets.render import limit as limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

GREY = 128  # what stands for removed pixels in a map of the first relevance
MOST_STEPS = 65_535  # what the ranks' 16 bits count


@dataclass(frozen=True, eq=False)
class Track:
    """What one method's order, under one removal, did to the score, step by step; step 0 is the whole input.

    scores: float64 (steps + 1,) by kind; top: int32 (steps + 1,), the predicted class, -1 where it is not known.
    picked: int64, the regions in the order in which they went, as in `lw.measure.Curve`.
    rank: uint16 (1 or 3, height, width), the step in which each pixel was removed, 0 for not yet.
    maps: int16 (n, height, width), times `scales` the relevance after `map_steps` steps; limit: of all of them.
    frames: uint8 (m, height, width, 3), the input after `frame_steps`, only where removed values change on the way.
    """

    method: str
    removal: str
    scores: Mapping[str, NDArray[np.float64]]
    top: NDArray[np.int32]
    picked: NDArray[np.int64]
    rank: NDArray[np.uint16]
    maps: NDArray[np.int16]
    scales: NDArray[np.float64]
    map_steps: NDArray[np.int32]
    limit: float
    frames: NDArray[np.uint8]
    frame_steps: NDArray[np.int32]

    @property
    def steps(self) -> int:
        """How many steps are known."""
        return len(self.top) - 1

    def auc(self, kind: str, step: int | None = None) -> float:
        """Area under the curve up to `step` (None: to the last known) by trapezoids, divided by the steps."""
        scores = self.scores[kind][: None if step is None else step + 1]
        if len(scores) == 1:
            return float(scores[0])
        return float(((scores[1:] + scores[:-1]) / 2).mean())

    @property
    def change(self) -> int | None:
        """The first step at which another class is predicted than for the whole input; None if there is none."""
        other = np.flatnonzero((self.top != self.top[0]) & (self.top >= 0))
        return int(other[0]) if len(other) else None


@dataclass(frozen=True, eq=False)
class Film:
    """The arrays of a run. `removed`: by removal the picture with everything removed, uint8 (height, width, 3).

    `recomputed`: the maps explain what is left, else the whole input. `total`: steps of the whole run. `words`:
    what is said of it, a JSON object of texts and numbers; `classes`: names of the predicted classes.
    """

    picture: NDArray[np.uint8]
    removed: Mapping[str, NDArray[np.uint8]]
    tracks: tuple[Track, ...]
    recomputed: bool
    total: int
    pixelated: bool
    words: Mapping[str, object]
    classes: Mapping[int, str]

    def track(self, method: str, removal: str) -> Track:
        """The track of a method under a removal."""
        for track in self.tracks:
            if (track.method, track.removal) == (method, removal):
                return track
        raise InputError(f"nothing was flipped by {method!r} under the removal {removal!r} yet.")

    def seen(self, track: Track, step: int) -> NDArray[np.uint8]:
        """The input after `step` steps, uint8 (height, width, 3)."""
        if len(track.frames):
            frame: NDArray[np.uint8] = track.frames[_latest(track.frame_steps, step)]
            return frame
        gone = np.moveaxis(self.gone(track, step), 0, -1)
        return np.where(gone, self.removed[track.removal], self.picture)

    def map_of(self, track: Track, step: int) -> tuple[NDArray[np.float32], int] | None:
        """Relevance (height, width) at `step`, and after which step it was computed; None before there is one."""
        if not len(track.maps):
            return None
        at = _latest(track.map_steps, step)
        return _values(track, at), int(track.map_steps[at])

    def coloured(self, track: Track, step: int, cmap: str) -> NDArray[np.uint8] | None:
        """Relevance as colours; in a map of the first relevance what is removed is grey."""
        found = self.map_of(track, step)
        if found is None:
            return None
        colours = colormap.colors(cmap)[colormap.index(limits.strength(found[0], track.limit))]
        if self.recomputed:
            return colours
        everything = np.asarray(self.gone(track, step).all(0))
        return np.where(everything[..., None], np.uint8(GREY), colours)

    @staticmethod
    def gone(track: Track, step: int) -> NDArray[np.bool_]:
        """Which pixels are removed after `step` steps, (1 or 3, height, width)."""
        found: NDArray[np.bool_] = (track.rank > 0) & (track.rank <= step)
        return found

    @staticmethod
    def next(track: Track, step: int) -> NDArray[np.bool_]:
        """The pixels that go in the step after `step`, (height, width); none where that is not known."""
        found: NDArray[np.bool_] = (track.rank == step + 1).any(0)
        return found


def quantised(relevance: NDArray[np.float32]) -> tuple[NDArray[np.int16], float]:
    """Relevance as whole numbers and what they are multiplied by: 16 bit of the largest."""
    scale = float(np.abs(relevance).max()) / 32767 or 1.0
    return np.rint(relevance.astype(np.float64) / scale).astype(np.int16), scale


def limit_of(values: NDArray[np.int16], scale: float) -> float:
    """The limit of a quantised map by the rule of all views, 99.5 % of |R|."""
    return limits.limit((values * scale).astype(np.float32), "99.5%")


def _values(track: Track, at: int) -> NDArray[np.float32]:
    return np.asarray(track.maps[at] * track.scales[at], np.float32)


def _latest(steps: NDArray[np.int32], step: int) -> int:
    """The place of the last of `steps` that is not after `step`."""
    return max(0, int(np.searchsorted(steps, step, side="right")) - 1)
