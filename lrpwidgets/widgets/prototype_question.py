"""What a view of prototypes can be asked: its public traits, each checked as it is set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import traitlets

from lrpwidgets.errors import InputError, TargetError, unknown
from lrpwidgets.explain.targets import Hidden
from lrpwidgets.widgets.prototype_kept import Kept, checked
from lrpwidgets.widgets.traits import Checked
from lrpwidgets.widgets.view import View

if TYPE_CHECKING:
    from torch import nn

QUESTION = ("target", "seed", "count", "diversity", "eta", "steps")


class PrototypeQuestion(View):
    """The traits of `PrototypeView` that are set rather than found."""

    experts: dict[str, Any]
    _classes: tuple[str, ...] = ()

    target = Checked("_check_target", 0)
    """A class index or label, a hidden unit (`lw.unit(path, channel)`), a function, or a list of these."""

    seed = Checked("_check_whole", 0).tag(sync=True)
    """Decides all chance."""

    count = Checked("_check_count", None, allow_none=True).tag(sync=True)
    """Several prototypes of the target, which begin at different places; None: one."""

    diversity = Checked("_check_amount", 0.0).tag(sync=True)
    """How strongly several keep apart."""

    eta = Checked("_check_amount", 0.0).tag(sync=True)
    """How strongly `near` pulls, eta in - eta |x - near|^2."""

    steps = Checked("_check_steps", 300).tag(sync=True)
    """Tries at most."""

    step = Checked("_check_step", None, allow_none=True).tag(sync=True)
    """The frame that all columns show, by the number of its try; None: each its last."""

    at = Checked("_check_at", {}).tag(sync=True)
    """The frame that a column shows where that is not its last, {name: number of its try}."""

    shown_weight = Checked("_check_step", None, allow_none=True).tag(sync=True)
    """Which weight of the sweep is shown, counted from 0; None: the last."""

    kept = Checked("_check_kept", ())
    """What was kept, a tuple of `Kept`; it can be set, and no run touches it."""

    _choice = traitlets.Dict({}).tag(sync=True)  # of the target: {"index"}, {"path", "channel"} or {"text"}
    _cards = traitlets.List([]).tag(sync=True)

    def _question(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in QUESTION}

    def _send_choice(self) -> None:
        target = self.target
        if isinstance(target, Hidden):
            self._choice = {"path": target.path, "channel": target.channel, "text": repr(target)}
        elif isinstance(target, int):
            self._choice = {"index": target, "text": str(target)}
        elif isinstance(target, str) and target in self._classes:
            self._choice = {"index": self._classes.index(target), "text": target}
        else:
            self._choice = {"text": getattr(target, "__name__", None) or str(target)}

    def _name(self, column: str | int) -> str:
        names = list(self.experts)
        if isinstance(column, str) and column in names:
            return column
        if isinstance(column, int) and -len(names) <= column < len(names):
            return names[column]
        raise InputError(unknown("column", column, names))

    @traitlets.observe("step")
    def _on_step(self, _change: Any) -> None:
        self.at = {}  # all columns follow

    @traitlets.observe("kept")
    def _on_kept(self, _change: Any) -> None:
        self._cards = [each.wire() for each in self.kept]

    def _check_target(self, value: Any) -> Any:
        if isinstance(value, (str, Hidden)) or callable(value):
            return value
        if isinstance(value, (list, tuple, range)) and len(value):
            return list(value)
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise TargetError(
                f"target {value!r}: give a class index, a label, lw.unit(path, channel), a function, or "
                "a list of these."
            )
        return int(value)

    def _check_whole(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
            raise InputError(f"seed is a whole number of at least 0, not {value!r}")
        return value

    def _check_count(self, value: Any) -> int | None:
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 100
        ):
            raise InputError(f"count is a whole number from 1 to 100, or None, not {value!r}")
        return value

    def _check_amount(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
            raise InputError(f"diversity and eta are finite numbers of at least 0, not {value!r}")
        return float(value)

    def _check_steps(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InputError(f"steps is a whole number of at least 1, not {value!r}")
        return value

    def _check_step(self, value: Any) -> int | None:
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            raise InputError(f"a step is a whole number of at least 0, or None for the last, not {value!r}")
        return value

    def _check_at(self, value: Any) -> dict[str, int]:
        if not isinstance(value, Mapping):
            raise InputError(f"at is {{column: step}}, not {value!r}")
        return {self._name(name): step for name, step in value.items() if self._check_step(step) is not None}

    def _check_kept(self, value: Any) -> tuple[Kept, ...]:
        return checked(value)


def layers_of(model: nn.Module) -> list[str]:
    """The paths of the modules that hold no others; how their weights are made is no layer."""
    found = []
    for path, part in model.named_modules():
        inside = [name for name, _ in part.named_children() if name != "parametrizations"]
        if path and not inside and "parametrizations" not in path.split("."):
            found.append(path)
    return found
