"""Menus for the method and its parameters, built from the registries."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets

from lrpwidgets.explain.methods import METHODS
from lrpwidgets.explain.presets import PRESETS
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
        self._method = _control(
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
                _set(self._controls[parameter.name], values.get(parameter.name, parameter.default))
            self._describe(method, values)
        finally:
            self._quiet = False

    def _build(self, parameters: tuple[Parameter, ...]) -> None:
        self._controls = {parameter.name: _parameter_control(parameter) for parameter in parameters}
        for name, control in self._controls.items():
            control.observe(lambda change, name=name: self._say(name, change["new"]), "value")
            take_turns(control)
        old = self.children[1:-1]
        self.children = (self._method, *self._controls.values(), self._doc)
        for control in old:
            control.close()

    def _describe(self, method: str, values: dict[str, Any]) -> None:
        rules = values.get("rules")
        known = "rules" in self._controls and isinstance(rules, str) and rules in PRESETS
        text = PRESETS[rules].doc if known else METHODS[method].doc
        self._doc.value = self._doc.tooltip = text

    def _say(self, name: str, value: Any) -> None:
        if not self._quiet:
            self._choose(name, value)


def _parameter_control(parameter: Parameter) -> Any:
    """The ipywidgets control for a parameter, by its type and range."""
    doc = parameter.doc + (f" ({parameter.unit})" if parameter.unit else "")
    if parameter.type == "choice":
        return _control(ipywidgets.Dropdown, parameter.name, doc, options=tuple(parameter.range))
    if parameter.type == "bool":
        return _control(ipywidgets.Checkbox, parameter.name, doc, indent=False)
    kinds = {"int": ipywidgets.BoundedIntText, "float": ipywidgets.BoundedFloatText}
    if parameter.type in kinds and parameter.range:
        low, high = parameter.range
        return _control(kinds[parameter.type], parameter.name, doc, min=low, max=high)
    free = {"int": ipywidgets.IntText, "float": ipywidgets.FloatText}
    return _control(free.get(parameter.type, ipywidgets.Text), parameter.name, doc, continuous_update=False)


def _control(kind: type[Any], name: str, doc: str, **options: Any) -> Any:
    control = kind(description=name, tooltip=doc, **options)
    control.layout = ipywidgets.Layout(width="auto", min_width="0")
    control.style = {"description_width": "initial"}
    return control


def _set(control: Any, value: Any) -> None:
    """A menu also shows a value that is not in the registry: rules of the user's own."""
    if isinstance(control, ipywidgets.Dropdown) and not isinstance(value, str):
        name = str(getattr(value, "name", "your own"))
        names = [option for option in control.options if isinstance(option, str)]
        control.options = (*((option, option) for option in names), (name, value))
    control.value = value
