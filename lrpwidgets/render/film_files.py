"""A flipping film for the browser, and as files: a still, an animation, a page with the player in it."""

from __future__ import annotations

import base64
import itertools
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.errors import InputError, unknown
from lrpwidgets.render import apng, html, png
from lrpwidgets.render.files import replace_file
from lrpwidgets.render.film_frames import CAVEAT, INSEPARABLE, all_frames, still

if TYPE_CHECKING:
    from lrpwidgets.render.film import Film, Track

FORMAT = "lrpwidgets.film"
VERSION = 1
ENDINGS = (".png", ".apng", ".html")
MOST_FRAMES = 240  # of an animation: of a longer run every so many steps
LAST = 2.0  # seconds that its last frame stays


def state(film: Film) -> dict[str, Any]:
    """The film as the browser holds it: numbers as little-endian bytes, by the names of the view's own traits."""
    return {
        "_shape": list(film.picture.shape[:2]),
        "_picture": film.picture.tobytes(),
        "_removed": {name: picture.tobytes() for name, picture in film.removed.items()},
        "_tracks": [_track_state(track) for track in film.tracks],
        "_maps": [_maps_state(track) for track in film.tracks],
        "_words": {
            **film.words,
            "caveat": CAVEAT,
            "inseparable": INSEPARABLE,
            "classes": {str(index): label for index, label in film.classes.items()},
            "recomputed": film.recomputed,
            "total": film.total,
            "pixelated": film.pixelated,
        },
    }


def _track_state(track: Track) -> dict[str, Any]:
    return {
        "method": track.method,
        "removal": track.removal,
        "scores": {kind: scores.astype("<f8").tobytes() for kind, scores in track.scores.items()},
        "top": track.top.astype("<i4").tobytes(),
        "channels": len(track.rank),
        "rank": track.rank.astype("<u2").tobytes(),
    }


def _maps_state(track: Track) -> dict[str, Any]:
    return {
        "maps": track.maps.astype("<i2").tobytes(),
        "scales": track.scales.astype("<f8").tobytes(),
        "map_steps": track.map_steps.astype("<i4").tobytes(),
        "limit": track.limit,
        "frames": track.frames.tobytes(),
        "frame_steps": track.frame_steps.astype("<i4").tobytes(),
    }


def save(
    film: Film,
    path: str | os.PathLike[str],
    view: Mapping[str, Any],
    *,
    theme: str = "light",
    speed: float | None = None,
) -> Path:
    """Write a film to `path` as its ending says: .png, .apng or .html; see `FlipView.save`."""
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(f"{unknown('file ending', target.suffix, ENDINGS)} The path was {str(target)!r}.")
    rate = float(view["speed"]) if speed is None else speed
    if not rate > 0:
        raise InputError(f"speed is in steps a second and positive, not {speed!r}")
    if ending == ".png":
        content = png.encode(still(film, view, theme=theme))
    elif ending == ".apng":
        content = animation(film, view, rate, theme=theme)
    else:
        content = page(film, view, theme=theme).encode("utf-8")
    replace_file(target, content)
    return target


def animation(film: Film, view: Mapping[str, Any], speed: float, *, theme: str = "light") -> bytes:
    """All steps of the track that is shown as an animated PNG, `speed` steps a second."""
    known = film.track(view["method"], view["removal"]).steps
    stride = -(-(known + 1) // MOST_FRAMES)
    steps = [*range(0, known, stride), known]
    seconds = [(after - step) / speed for step, after in itertools.pairwise(steps)] + [LAST]
    return apng.encode(all_frames(film, view, steps, theme=theme), seconds)


def page(film: Film, view: Mapping[str, Any], *, theme: str = "light") -> str:
    """The HTML of a page with the player, which needs no network. Everything from the film is escaped."""
    title = f"Pixel-flipping of {film.words['target']}"
    payload = {
        "format": FORMAT,
        "version": VERSION,
        "state": _as_json(state(film)),
        "view": {**view, "steps": film.total, "recompute": film.recomputed},
    }
    return html.document(title, html.still(title, png.encode(still(film, view, theme=theme))), payload)


def _as_json(value: Any) -> Any:
    """The state with each run of bytes as how many they are and their base64, deflated."""
    if isinstance(value, bytes):
        return {"bytes": len(value), "zlib": base64.b64encode(zlib.compress(value, 6)).decode("ascii")}
    if isinstance(value, Mapping):
        return {str(key): _as_json(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_json(part) for part in value]
    return value.item() if isinstance(value, np.generic) else value
