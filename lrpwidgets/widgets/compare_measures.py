"""Measures of one map of a comparison, computed when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lrpwidgets.errors import InputError
from lrpwidgets.measure.continuity_of_maps import continuity_steps
from lrpwidgets.measure.curve import Curve
from lrpwidgets.measure.flips import flip_steps
from lrpwidgets.measure.sparsity import gini
from lrpwidgets.render.wording import number

if TYPE_CHECKING:
    from torch import nn

    from lrpwidgets.widgets.compare_grid import Cell

PATCHES, STEPS = (
    16,
    32,
)  # a side is flipped in so many patches, in at most so many steps, unless told otherwise


@dataclass(frozen=True)
class Asked:
    """One measure of one cell. `given` are explain's keywords on input and output; `report` hears parts of 1."""

    model: nn.Module | None
    cell: Cell
    given: Mapping[str, Any]
    settings: Mapping[str, Any]
    report: Callable[[float], None]

    @property
    def needed(self) -> nn.Module:
        """The model. `InputError` where only explanations were given."""
        if self.model is None:
            raise InputError("this measure asks the model, but only explanations were given")
        return self.model

    @property
    def target(self) -> Any:
        """The class that was explained, or the user's own target."""
        index = self.cell.explanation.target[0].index
        return self.cell.question.get("target", "top") if index is None else index


Value = tuple[float, str]  # the number, and the words under the map


def _gini(asked: Asked) -> Value:
    value = float(gini(asked.cell.explanation.relevance))
    return value, f"Gini index {number(value)}"


def _flipping(asked: Asked) -> Value:
    """Area under the curve of the score while patches go, most relevant first."""
    explanation = asked.cell.explanation
    height, width = explanation.input.shape[-2:]
    settings = dict(asked.settings)
    if not {"patch", "regions"} & settings.keys():
        settings["patch"] = max(1, round(min(height, width) / PATCHES))
    patch = settings.get("patch")
    if "steps" not in settings and isinstance(patch, int):
        settings["steps"] = min(STEPS, (height // patch) * (width // patch))
    steps = flip_steps(
        asked.needed,
        explanation.input,
        {"map": explanation.relevance},
        **{"target": asked.target, **asked.given, **settings},
    )
    scores = []
    most = settings.get("steps")
    for step in steps:
        scores.append(step.scores)
        asked.report(min(1.0, step.number / most) if most else 0.0)
    curve = Curve("map", torch.stack(scores, 1).cpu().numpy(), np.empty((1, 0), np.int64))
    value = float(curve.auc[0])
    how = f"{patch} px patches, " if isinstance(patch, int) else ""
    return value, f"flipping AUC {number(value)} ({how}{curve.steps} steps)"


def _continuity(asked: Asked) -> Value:
    """max |R(x) - R(x')|_1 / |x - x'|_2 of maps scaled to sum |R| = 1, so that methods can be compared."""
    settings = {"unit": True, **asked.settings}
    how = {**asked.cell.question, **asked.given, "target": asked.target, **settings}
    value, tried = float("nan"), 0
    for found in continuity_steps(asked.needed, asked.cell.explanation.input, **how):
        value, tried = found.strongest, len(found.ratios)
        asked.report(min(1.0, tried / 5))
    return value, f"continuity {number(value)} ({tried} neighbours)"


def _ledger(asked: Asked) -> Value:
    explanation = asked.cell.explanation
    if not explanation.has_ledger:
        raise InputError("this map has no ledger")
    ledger = explanation.ledger
    bias, stabilizer, stopped = (
        sum(getattr(row, part) for row in ledger.rows) for part in ("bias", "stabilizer", "stopped")
    )
    kept = f"to biases {number(bias)}, stabilizers {number(stabilizer)}, stopped {number(stopped)}"
    return ledger.absorbed, f"{kept}; unaccounted {ledger.unaccounted:.2g}"


MEASURES: dict[str, Callable[[Asked], Value]] = {
    "gini": _gini,
    "flipping": _flipping,
    "continuity": _continuity,
    "ledger": _ledger,
}
"""What can be measured of each map, by name."""
