"""The searches that a view of prototypes shows side by side: one column an expert, its frames as pictures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

from lrpwidgets.errors import InputError
from lrpwidgets.render.prototypes import pictures

if TYPE_CHECKING:
    from lrpwidgets.explain.experts import Expert
    from lrpwidgets.explain.prototypes import Frame, Prototype, Run

FILM = 12 * 2**20  # bytes of a column's frames in the browser; of more, every second one stays behind


class Column:
    """One expert's search: it runs, it has ended (`record`), or it could not begin (`error`)."""

    def __init__(self, name: str, expert: Expert, run: Run | None = None, error: str = "") -> None:
        self.name, self.expert, self.run, self.error = name, expert, run, error
        self.record: Prototype | None = None

    def step(self) -> bool:
        """One try; False when it has ended, and then there is a record."""
        assert self.run is not None
        if self.run.step() is not None:
            return True
        self.end("steps")
        return False

    def end(self, why: str) -> None:
        """Make the record of what there is."""
        if self.run is not None and self.record is None:
            self.record = self.run.record(why)

    @property
    def running(self) -> bool:
        """Whether there is something left to do."""
        return self.run is not None and self.record is None

    @property
    def frames(self) -> tuple[Frame, ...]:
        """What can be looked at."""
        return () if self.run is None else self.run.frames

    def frame(self, number: int | None) -> Frame:
        """The last frame with at most this number; None: the last one. `InputError` if there is none."""
        if not self.frames:
            raise InputError(
                f"the column {self.name!r} has no prototype yet{f': {self.error}' * bool(self.error)}"
            )
        if number is None:
            return self.frames[-1]
        return max(
            (each for each in self.frames if each.number <= number),
            key=lambda each: each.number,
            default=self.frames[0],
        )

    def wire(self) -> dict[str, Any]:
        """The column for the browser, with all its frames."""
        about: dict[str, Any] = {
            "name": self.name,
            "expert": repr(self.expert),
            "error": self.error,
            "running": self.running,
            "ended": [] if self.record is None else list(self.record.ended),
            "notes": [] if self.record is None else list(self.record.notes),
        }
        if not self.frames:
            return {**about, **film((), None)}
        assert self.run is not None
        return {
            **about,
            "weight": self.run.weight,
            "labels": [str(target) for target in self.run.targets],
            **film(self.frames, self.run.domain),
        }

    def live(self) -> dict[str, Any]:
        """The newest frame alone."""
        if self.run is None or self.run.last is None:
            return film((), None)
        return film((self.run.last,), self.run.domain)


def film(frames: tuple[Any, ...], domain: Any) -> dict[str, Any]:
    """Frames (or records) as bytes (frame, batch, height, width, channel), with number and facts of each.

    `facts` are [score, probability, log density, distance] of each of the batch, None where there is none.
    """
    if not frames:
        return {"pixels": b"", "shape": [0, 0, 0, 0, 1], "numbers": [], "facts": [], "note": ""}
    chosen = list(frames)
    each = chosen[0].x.numel()
    while len(chosen) > 2 and each * len(chosen) > FILM:
        chosen = [*chosen[:-1][::2], chosen[-1]] if len(chosen) % 2 == 0 else chosen[::2]
    shown, note = pictures(torch.cat([frame.x for frame in chosen]), domain)
    if chosen[0].x.shape[1] == 1:
        shown = shown[..., :1]
    height, width, channels = (int(side) for side in shown.shape[1:])
    return {
        "pixels": shown.tobytes(),
        "shape": [len(chosen), len(chosen[0].x), height, width, channels],
        "numbers": [int(getattr(frame, "number", at)) for at, frame in enumerate(chosen)],
        "facts": [facts(frame) for frame in chosen],
        "note": note or "",
    }


def facts(frame: Any) -> list[list[float | None]]:
    """[score, probability, log density, distance] of each of the batch; JSON has no NaN, so that is None."""
    columns = (frame.score, frame.probability, frame.log_density, frame.distance)
    return [[_number(values, row) for values in columns] for row in range(len(frame.x))]


def _number(values: Any, row: int) -> float | None:
    if values is None:
        return None
    value = float(values[row])
    return value if math.isfinite(value) else None


def still(x: Any, domain: Any) -> dict[str, Any]:
    """The reference of localisation, for the browser."""
    encoded = x if hasattr(x, "dim") else domain.encode(x)
    shown, _ = pictures(encoded[:1], domain)
    return {"pixels": shown.tobytes(), "shape": [1, *map(int, shown.shape)]}
