"""The head map alone: relevance of electrodes summed over a window of time, without the traces."""

from __future__ import annotations

from typing import Any

import traitlets

from lrpwidgets.errors import InputError
from lrpwidgets.widgets.signal import SignalView


class HeadMapView(SignalView):
    """The head of a `SignalView`, with a line of time below it on which the window is dragged.

    Raises `InputError`, beside what `SignalView` raises, for signals whose positions are not known.
    """

    _traces = traitlets.Bool(False).tag(sync=True)

    maker = "lw.HeadMapView"

    def _check_explanation(self, value: Any) -> Any:
        checked = super()._check_explanation(value)
        if checked.domain.positions is None:
            raise InputError(
                "a head map needs the electrodes' places: explain with input=lw.signal(channels, rate=..., "
                "positions={name: (x, y)}) or a montage's name; lw.view(explanation) shows the traces."
            )
        return checked
