"""What surrounds the heat map of the workbench: strip, scores, menus, the numbers that add up, the code."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets

from lrpwidgets.errors import LrpError
from lrpwidgets.render import wording
from lrpwidgets.widgets.method_form import MethodForm
from lrpwidgets.widgets.scores import ClassScores
from lrpwidgets.widgets.shift_form import ShiftForm
from lrpwidgets.widgets.strip import InputStrip
from lrpwidgets.widgets.thumbnail import thumbnail
from lrpwidgets.widgets.view import take_turns

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.widgets.explore import Explore
    from lrpwidgets.widgets.view import View


class Controls:
    """The controls of an `Explore`: they set its traits, and show what it answered."""

    def __init__(self, workbench: Explore) -> None:
        self._workbench = workbench
        self.strip = InputStrip(len(workbench.inputs), self._draw_input, workbench.index)
        self._scores = ClassScores(
            lambda target: self._set(target=target), lambda minus: self._set(minus=minus)
        )
        self._form = MethodForm(self._set_parameter)
        self._shifts = ShiftForm(
            self._try(workbench.toggle_shifts), self._try(workbench.choose_shifts), workbench.last_shifts
        )
        if workbench.window is not None:  # shifts and windows do not go together
            self._shifts.layout.display = "none"
        self._sums = ipywidgets.HTML()
        self._sums.add_class("lrpw-sum")
        self._code = ipywidgets.HTML()
        self._code.add_class("lrpw-code")
        self._code.layout.display = "none"
        self._show_code = ipywidgets.ToggleButton(
            description="</>", tooltip="The Python that makes this view"
        )
        self._show_code.add_class("lrpw-tool")
        self._show_code.observe(lambda _: self._write_code(), "value")
        workbench.view.observe(lambda _: self._write_code())
        self.strip.observe(self._on_strip, "index")

    def arrange(self, panels: ipywidgets.Widget) -> list[ipywidgets.Widget]:
        """The rows of the workbench; where there is room the panels stand beside the picture."""
        picture = _box(
            "lrpw-picture",
            _box("lrpw-main", self._scores, self._workbench.view),
            _box("lrpw-bottom", self._form, self._shifts, self._sums),
        )
        rows = [_box("lrpw-top", self.strip, self._show_code), self._code, picture]
        for row in rows:
            take_turns(row)
        return [*rows[:-1], _box("lrpw-body", picture, panels)]

    def show(self, explanation: Explanation) -> None:
        """Bars, boxes, menus and sums of the explanation that is on the screen."""
        asked = self._workbench
        target = (asked.target, explanation.target[0].index)
        minus = None if explanation.minus is None else explanation.minus[0].index
        self._scores.show(explanation.output[0].tolist(), explanation.labels, target, minus)
        self._form.show(asked.method, {**asked.parameters, "rules": asked.rules})
        self._shifts.show(asked.shifts, asked.last_shifts)
        self._sums.value = sums(explanation)
        self.strip.index = asked.index
        self._write_code()

    def _draw_input(self, index: int) -> tuple[str, bytes]:
        inputs = self._workbench.inputs
        return inputs.title(index), thumbnail(inputs[index], self._workbench.domain)

    def _on_strip(self, change: Any) -> None:
        if change["new"] != self._workbench.index:  # one wants to see first what it is taken for
            self._set(index=change["new"], target="top", minus=None)

    def _set_parameter(self, name: str, value: Any) -> None:
        if name in ("method", "rules"):
            self._set(**{name: value})
        else:
            self._set(parameters={**self._workbench.parameters, name: value})

    def _set(self, **asked: Any) -> None:
        """Set traits for the user's hands."""

        def ask() -> None:
            for name in ("target", "minus"):
                if isinstance(asked.get(name), str) and asked[name] != "top":
                    asked[name] = self._scores.find(asked[name])
            self._workbench.ask(**asked)

        self._try(ask)()

    def _try(self, act: Callable[..., None]) -> Callable[..., None]:
        """`act` for the user's hands. What cannot be asked is said in the view, not in a log."""

        def tried(*given: Any) -> None:
            try:
                act(*given)
            except LrpError as error:
                self._workbench.complain(error)
                self.show(self._workbench.explanation)

        return tried

    def watch(self, panel: View) -> None:
        """Keep the code true of a panel, too."""
        panel.observe(lambda _: self._write_code())

    def _write_code(self) -> None:
        """The code is made only while somebody looks at it."""
        shown = self._show_code.value
        self._code.layout.display = "block" if shown else "none"
        if shown:
            with suppress(LrpError):  # between two answers there may be none to make
                self._code.value = f"<pre>{escape(self._workbench.code)}</pre>"


def sums(explanation: Explanation) -> str:
    """The numbers that should add up, beside each other, as HTML."""
    text = escape(wording.sums(explanation)).replace("f_A - f_B", "f<sub>A</sub> \u2212 f<sub>B</sub>")
    return text.replace("1 - 1", "1 \u2212 1")


def _box(name: str, *children: ipywidgets.Widget) -> ipywidgets.Box:
    box = ipywidgets.Box(children)
    box.add_class(name)
    return box
