"""The control of one parameter of a method, by its type and range: made, set, and read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets

if TYPE_CHECKING:
    from lrpwidgets.explain.methods import Parameter


class NumberOrTensor(ipywidgets.Text):
    """A field for a number. A tensor, which only Python can set, is named in it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(continuous_update=False, **options)
        self.given: Any = None  # the tensor, as long as its name stands in the field

    @property
    def meant(self) -> Any:
        """The number or the tensor; what is neither is left to the method to refuse."""
        if self.given is not None and self.value == _title(self.given):
            return self.given
        try:
            return float(self.value)
        except ValueError:
            return self.value

    @meant.setter
    def meant(self, value: Any) -> None:
        self.given = None if isinstance(value, (int, float, str)) else value
        self.value = _title(value)


class _Own:
    """A value in a menu that is no name. Equal to itself alone, as menus compare their options."""

    def __init__(self, value: Any) -> None:
        self.value = value


def control_for(parameter: Parameter) -> Any:
    """The ipywidgets control for a parameter."""
    doc = parameter.doc + (f" ({parameter.unit})" if parameter.unit else "")
    if parameter.type == "choice":
        return control(ipywidgets.Dropdown, parameter.name, doc, options=tuple(parameter.range))
    if parameter.type == "bool":
        return control(ipywidgets.Checkbox, parameter.name, doc, indent=False)
    kinds = {"int": ipywidgets.BoundedIntText, "float": ipywidgets.BoundedFloatText}
    if parameter.type in kinds and parameter.range:
        low, high = parameter.range
        return control(kinds[parameter.type], parameter.name, doc, min=low, max=high)
    if parameter.type == "number or tensor":
        return control(NumberOrTensor, parameter.name, doc)
    free = {"int": ipywidgets.IntText, "float": ipywidgets.FloatText}
    return control(free.get(parameter.type, ipywidgets.Text), parameter.name, doc, continuous_update=False)


def control(kind: type[Any], name: str, doc: str, **options: Any) -> Any:
    """A control with its name before it and its meaning as a tooltip, as narrow as it may be."""
    made = kind(description=name, tooltip=doc, **options)
    made.layout = ipywidgets.Layout(width="auto", min_width="0")
    made.style = {"description_width": "initial"}
    return made


def show_value(shown: Any, value: Any) -> None:
    """Set a control. A menu also shows what is none of its names: the user's own rules, a number, a tensor."""
    if isinstance(shown, NumberOrTensor):
        shown.meant = value
    elif not isinstance(shown, ipywidgets.Dropdown) or isinstance(value, str):
        shown.value = value
    elif meant(shown) is not value:
        own = _Own(value)
        names = [option for option in shown.options if isinstance(option, str)]
        names = names or [name for name, option in shown.options if isinstance(option, str)]
        shown.options = (*((name, name) for name in names), (_title(value), own))
        shown.value = own


def meant(shown: Any) -> Any:
    """The value that a control stands for."""
    if isinstance(shown, NumberOrTensor):
        return shown.meant
    return shown.value.value if isinstance(shown.value, _Own) else shown.value


def _title(value: Any) -> str:
    if isinstance(value, (int, float, str)):
        return str(value)
    if hasattr(value, "tolist"):
        return f"tensor {tuple(value.shape)}"
    return str(getattr(value, "name", "your own"))
