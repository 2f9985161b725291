"""Menus for the method and its parameters, built from the registries."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets

from lrpwidgets.explain.methods import METHODS
from lrpwidgets.explain.presets import PRESETS
from lrpwidgets.widgets.parameter_control import control, control_for, meant, show_value
from lrpwidgets.widgets.view import take_turns

if TYPE_CHECKING:
    from lrpwidgets.explain.methods import Parameter


class MethodForm(ipywidgets.HBox):
    """A menu of `lw.METHODS`, and a control for each parameter of the chosen one.

    `choose(name, value)` hears what the user sets: "method", or the name of a parameter ("rules" among them).
    """

    def __init__(self, choose: Callable[[str, Any], None]) -> None:
        self._choose = choose
        self._quiet = False
        self._method = control(
            ipywidgets.Dropdown, "method", "How relevance is computed", options=tuple(METHODS)
        )
        self._method.observe(lambda change: self._say("method", change["new"]), "value")
        self._controls: dict[str, Any] = {}
        self._shown: tuple[str, ...] | None = None
        self._doc = ipywidgets.Label()
        self._doc.add_class("lrpw-doc")
        super().__init__([self._method, self._doc])
        self.add_class("lrpw-method")

    def show(self, method: str, values: dict[str, Any]) -> None:
        """Set the controls: `values` by parameter, defaults where there is none."""
        self._quiet = True
        try:
            if self._method.options != tuple(METHODS):  # someone registered a method meanwhile
                self._method.options = tuple(METHODS)
            self._method.value = method
            parameters = METHODS[method].parameters
            names = (method, *(parameter.name for parameter in parameters))
            if names != self._shown:
                self._build(parameters)
                self._shown = names
            for parameter in parameters:
                show_value(self._controls[parameter.name], values.get(parameter.name, parameter.default))
            self._describe(method, values)
        finally:
            self._quiet = False

    def _build(self, parameters: tuple[Parameter, ...]) -> None:
        self._controls = {parameter.name: control_for(parameter) for parameter in parameters}
        for name, each in self._controls.items():
            each.observe(lambda change, name=name: self._say(name, meant(change["owner"])), "value")
            take_turns(each)
        old = self.children[1:-1]
        self.children = (self._method, *self._controls.values(), self._doc)
        for each in old:
            each.close()

    def _describe(self, method: str, values: dict[str, Any]) -> None:
        rules = values.get("rules")
        known = "rules" in self._controls and isinstance(rules, str) and rules in PRESETS
        text = PRESETS[rules].doc if known else METHODS[method].doc
        self._doc.value = self._doc.tooltip = text

    def _say(self, name: str, value: Any) -> None:
        if not self._quiet:
            self._choose(name, value)
