"""What a workbench can be asked: its public traits, each checked as it is set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lrpwidgets.errors import InputError, TargetError, unknown
from lrpwidgets.explain import presets
from lrpwidgets.explain.methods import METHODS
from lrpwidgets.measure.integers import count
from lrpwidgets.widgets import panels
from lrpwidgets.widgets.inputs import Inputs
from lrpwidgets.widgets.traits import Checked
from lrpwidgets.widgets.view import View

MOST_SHIFTS = 1089  # 33 x 33


class ExploreQuestion(View):
    """The traits of `Explore` that are set rather than found."""

    inputs: Inputs
    window: tuple[int, int] | None
    _labels: tuple[str, ...] | None

    index = Checked("_check_index", 0)
    """Which input is explained, counted from 0."""

    target = Checked("_check_target", "top")
    """What is explained: "top", a class index, a label, or a callable on the output."""

    minus = Checked("_check_target", None, allow_none=True)
    """A second target B that is subtracted; the map then sums to f_A - f_B. None: nothing."""

    method = Checked("_check_method", "lrp")
    """A name in `lw.METHODS`."""

    rules = Checked("_check_rules", "deep-taylor")
    """For methods with rules: a name in `lw.PRESETS`, a preset, or rules by module path."""

    parameters = Checked("_check_parameters", {})
    """Other parameters of the method, by name."""

    shifts = Checked("_check_shifts", 0)
    """The translation trick. {"range": r, "step": s}: the mean over the maps of all shifts of at most r pixels up,
    down, left and right, s pixels apart, each moved back (section 6.4); s = 1 unless given. 0: off."""

    panel = Checked("_check_panel", None, allow_none=True)
    """Which panel is open under the heat map, beside it where there is room: "filters", "regions", ...; None: none."""

    def _check_index(self, value: Any) -> int:
        if (
            isinstance(value, bool)
            or not hasattr(value, "__index__")
            or not 0 <= int(value) < len(self.inputs)
        ):
            raise InputError(f"there is no input {value!r}: there are {len(self.inputs)}, counted from 0.")
        return int(value)

    def _check_target(self, value: Any) -> Any:
        if callable(value):
            return value
        if isinstance(value, str):
            if value != "top" and self._labels is None:
                raise TargetError(
                    f"{value!r} is a label, but the classes have no names: give labels=, or an index."
                )
            if value != "top" and value not in self._labels:
                raise TargetError(unknown("label", value, ("top", *self._labels)))
            return value
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise TargetError(
                f"target {value!r}: give 'top', a class index, a label, or a callable on the output."
            )
        return int(value)

    def _check_method(self, value: Any) -> str:
        return METHODS.choose(value).name

    def _check_rules(self, value: Any) -> Any:
        presets.choose(value)
        return value

    def _check_panel(self, value: Any) -> str | None:
        return panels.check(value)

    def _check_parameters(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
            raise InputError(f"parameters are values by name, such as {{'samples': 20}}, not {value!r}.")
        return dict(value)

    def _check_shifts(self, value: Any) -> int | dict[str, int]:
        if value == 0 and not isinstance(value, bool):
            return 0
        if not isinstance(value, Mapping) or "range" not in value:
            raise InputError(f'shifts are 0 (off) or {{"range": pixels, "step": pixels}}, not {value!r}.')
        self.check_names(value, ("range", "step"))
        if self.window is not None:
            raise InputError(
                "shifts of the input and windows over it do not go together: leave one of them out."
            )
        reach, step = (
            count("the range of shifts", value["range"]),
            count("the step of shifts", value.get("step", 1)),
        )
        if step > reach:
            raise InputError(
                f"shifts of at most {reach} pixels that are {step} apart: only the input itself is left."
            )
        if (2 * (reach // step) + 1) ** 2 > MOST_SHIFTS:
            raise InputError(f"shifts of at most {reach} pixels, {step} apart, are more than {MOST_SHIFTS}.")
        return {"range": reach, "step": step}
