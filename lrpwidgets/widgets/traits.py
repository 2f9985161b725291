"""Traits that are checked as they are set, with errors that say what is allowed."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any

import traitlets

from lrpwidgets.errors import InputError, unknown
from lrpwidgets.render.kinds import PLAIN, kind
from lrpwidgets.render.limit import SUM
from lrpwidgets.render.sample import check_index, image_domain, image_sample
from lrpwidgets.render.view import View as Options

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation

WHOLE = {"x": 0.0, "y": 0.0, "zoom": 1.0}


class Option(traitlets.TraitType[Any, Any]):
    """An option of `render.view.View`, which knows what is allowed. `InputError` says it; the old value stays."""

    def set(self, obj: Any, value: Any) -> None:
        """Set it, and let the owner know that somebody chose it, were it the default."""
        super().set(obj, value)
        if hasattr(obj, "choose"):
            obj.choose(str(self.name))

    def validate(self, obj: Any, value: Any) -> Any:
        """The value as everybody else reads it: lists and plain numbers, as JSON has them."""
        name = str(self.name)
        if name == "viewport" and value is None:
            return dict(WHOLE)
        asked = {name: value}
        if name == "limit_rule" and value == "fixed":
            asked["limit"] = 0.0  # which number it is, the trait `limit` says
        checked = getattr(Options.of(asked), name)
        if isinstance(checked, tuple):
            return list(checked)
        if getattr(obj, "explanation", None) is None:
            return checked
        return self._fitting(obj.explanation, name, checked)

    @staticmethod
    def _fitting(explanation: Explanation, name: str, value: Any) -> Any:
        """Two options depend on what is shown."""
        if name == "sample":
            return check_index(explanation, value)
        if name == "channel" and value != SUM:
            known = (SUM, *image_domain(explanation).channel_names)
            if value not in known:
                raise InputError(unknown("channel", value, known))
        return value


class Pictures(traitlets.TraitType[Any, Any]):
    """An explanation of pictures, or None. Checked whole, before anything on the screen changes."""

    def validate(self, _obj: Any, value: Any) -> Any:
        """The explanation itself."""
        if not all(hasattr(value, name) for name in ("input", "relevance", "score", "target")):
            raise InputError(
                f"a heat map shows an explanation (lw.explain(...)), not {type(value).__name__}."
            )
        if kind(value) != "image":
            raise InputError(
                "a heat map shows pictures (batch, 1 or 3, height, width); this relevance is "
                f"{tuple(value.relevance.shape)}. {elsewhere(value)}"
            )
        for sample in range(int(value.relevance.shape[0])):
            image_sample(value, sample)
        return value


def elsewhere(explanation: Any) -> str:
    """Where to look at an explanation that is no picture."""
    found = kind(explanation)
    if found == PLAIN:
        return (
            "Its numbers are in explanation.relevance; input=lw.features(names) or another domain says what they are, "
            "and explanation.save('name.png') draws them as bars."
        )
    return f"An explanation of kind {found!r} has a view of its own: lw.view(lw.explain(...))."


class Checked(traitlets.TraitType[Any, Any]):
    """A trait that a method of its owner checks; what the method raises reaches whoever sets the trait."""

    def __init__(self, check: str, default: Any, **options: Any) -> None:
        super().__init__(default, **options)
        self._check = check

    def validate(self, obj: Any, value: Any) -> Any:
        """The checked value."""
        return getattr(obj, self._check)(value)


class Count(traitlets.TraitType[Any, Any]):
    """A whole number from `low` to `high`."""

    def __init__(self, default: int, low: int, high: int) -> None:
        super().__init__(default)
        self._low, self._high = low, high

    def validate(self, _obj: Any, value: Any) -> int:
        """The number."""
        whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
        if not whole or not self._low <= value <= self._high:
            raise InputError(
                f"{self.name} must be a whole number from {self._low} to {self._high}, not {value!r}."
            )
        return int(value)
