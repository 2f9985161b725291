"""The translation trick's controls: off or T, how far the shifts reach, and how far they are apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets

from lrpwidgets.widgets.parameter_control import control

MOST = 16  # pixels that the boxes reach; from Python more can be asked
OFF, ON = "off", "T"


class ShiftForm(ipywidgets.HBox):
    """`toggle(on)` hears off and T, one click for before and after; `choose(shifts)` a range or a step."""

    def __init__(
        self,
        toggle: Callable[[bool], None],
        choose: Callable[[dict[str, int]], None],
        first: Mapping[str, int],
    ) -> None:
        self._toggle, self._choose = toggle, choose
        self._quiet = False
        self._switch = ipywidgets.ToggleButtons(
            options=[OFF, ON],
            description="shifts",
            tooltips=["The map of the input itself (t)", "The mean of the maps of shifted inputs (t)"],
        )
        self._switch.layout = ipywidgets.Layout(width="auto", min_width="0")
        self._switch.style = {"description_width": "initial", "button_width": "40px"}
        self._range = self._box("range", "Largest shift up, down, left and right, in pixels", first["range"])
        self._step = self._box("step", "From one shift to the next, in pixels", first["step"])
        self._switch.observe(self._on_switch, "value")
        self._range.observe(self._on_box, "value")
        self._step.observe(self._on_box, "value")
        super().__init__([self._switch, self._range, self._step])
        self.add_class("lrpw-shifts")

    @staticmethod
    def _box(name: str, doc: str, value: int) -> Any:
        return control(ipywidgets.BoundedIntText, name, doc, min=1, max=max(MOST, value), value=value)

    def show(self, shifts: Any, last: Mapping[str, int]) -> None:
        """`shifts` as they are asked for; `last`: range and step for when they are on again."""
        self._quiet = True
        try:
            self._switch.value = ON if shifts else OFF
            for box, name in ((self._range, "range"), (self._step, "step")):
                box.max = max(MOST, last[name])
                box.value = last[name]
        finally:
            self._quiet = False

    def _on_switch(self, change: Any) -> None:
        if not self._quiet:
            self._toggle(change["new"] == ON)

    def _on_box(self, _change: Any) -> None:
        if not self._quiet:
            self._choose({"range": self._range.value, "step": self._step.value})
