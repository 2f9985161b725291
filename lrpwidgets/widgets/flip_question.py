"""What a flipping player can be asked: its public traits, each checked as it is set."""

from __future__ import annotations

from typing import Any

import traitlets

from lrpwidgets.errors import InputError, unknown
from lrpwidgets.measure.removal import REMOVALS
from lrpwidgets.render.colormap import names as colormap_names
from lrpwidgets.widgets.flip_recording import Recording
from lrpwidgets.widgets.traits import WHOLE, Checked, Option
from lrpwidgets.widgets.view import View

SPEEDS = (0.5, 120.0)  # steps a second


class FlipQuestion(View):
    """The traits of `FlipView` that are set rather than found."""

    _recording: Recording | None
    _removals: dict[str, Any]

    step = Checked("_check_step", 0).tag(sync=True)
    """How many times something was removed from what is shown; 0 is the whole input. A step that is not known yet
    shows the last one that is."""

    method = Checked("_check_method", None, allow_none=True).tag(sync=True)
    """Whose order is shown in the pictures: one of `methods`."""

    removal = Checked("_check_removal", None, allow_none=True).tag(sync=True)
    """How removed pixels are filled in the pictures. Another one of "neutral", "mean", "blur" and "noise" is flipped
    when it is set, and the curves of those before stay beside it."""

    score = Checked("_check_score", "logit").tag(sync=True)
    """What the curves show: "logit" or "probability" of the target; "score" if a function gives it."""

    recompute = traitlets.Bool(False).tag(sync=True)
    """Whether what is left is explained again at each step; setting it flips anew."""

    speed = Checked("_check_speed", 5.0).tag(sync=True)
    """Steps a second while playing, 0.5 to 120."""

    cmap = Checked("_check_cmap", "blue-red").tag(sync=True)
    """Colour map; zero is neutral, red is for and blue against."""

    pixelated = traitlets.Bool(None, allow_none=True).tag(sync=True)
    """Squares (True) or smooth (False); None: squares for inputs of at most 64 pixels a side."""

    cursor = Option(None, allow_none=True).tag(sync=True)
    """The pinned pixel [row, column], counted from 0 at the top left; None: none."""

    viewport = Option(WHOLE).tag(sync=True)
    """{"x", "y", "zoom"} of both pictures, as in `HeatmapView`."""

    steps = traitlets.Int(0, read_only=True).tag(sync=True)
    """How many steps the whole run has."""

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that are compared."""
        return () if self._recording is None else self._recording.methods

    def _check_step(self, value: Any) -> int:
        whole = hasattr(value, "__index__") and not isinstance(value, bool)
        if not whole or not 0 <= int(value) <= (self.steps if self._recording else value):
            raise InputError(f"there is no step {value!r}: the run has steps 0 to {self.steps}")
        return int(value)

    def _check_method(self, value: Any) -> str:
        return self._check_kind(value, self.methods, "method")

    def _check_removal(self, value: Any) -> str:
        return self._check_kind(value, tuple(dict.fromkeys((*self._removals, *REMOVALS))), "removal")

    def _check_score(self, value: Any) -> str:
        kinds = ("logit", "probability") if self._recording is None else self._recording.kinds
        return self._check_kind(value, kinds)

    def _check_cmap(self, value: Any) -> str:
        return self._check_kind(value, colormap_names(), "colour map")

    @staticmethod
    def _check_kind(value: Any, known: tuple[str, ...], what: str = "score") -> str:
        if value not in known:
            raise InputError(unknown(what, value, known))
        return str(value)

    @staticmethod
    def _check_speed(value: Any) -> float:
        low, high = SPEEDS
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise InputError(f"speed is in steps a second, {low:g} to {high:g}, not {value!r}")
        return float(value)
