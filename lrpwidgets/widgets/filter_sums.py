"""The numbers of a filter that should add up: what passes, what is held back, what goes round, what is absorbed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lrpwidgets.explain.methods import METHODS

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.widgets.unit_maps import UnitMaps


def filter_sums(
    whole: Explanation, filtered: Explanation, units: UnitMaps, through: Mapping[str, Any]
) -> dict[str, Any]:
    """Sums of relevance in units of the score, of one input.

    whole = passed + held + round + absorbed. `passed` and `round` are sums of the maps. Where the only filter is in
    the layer of `units`, `held` is measured there, from the units that are not kept, and `absorbed` (by biases and
    stabilizers below the layer, or rounding) is what is then missing; else `held` is the rest, and `absorbed` None.
    """
    total, passed = float(whole.total[0]), float(filtered.total[0])
    around = 0.0 if filtered.remainder is None else float(filtered.remainder[0].sum())
    held: float = total - passed - around
    absorbed: float | None = 0.0 if not through else None
    if list(through) == [units.path]:
        held = float(units.totals.sum()) - units.amount(list(through[units.path]))
        absorbed = total - passed - around - held
    return {
        "whole": total,
        "passed": passed,
        "held": held if through else 0.0,
        "round": around,
        "absorbed": absorbed,
        "score": float(whole.score[0]),
        "target": str(whole.target[0]) + ("" if whole.minus is None else f" - {whole.minus[0]}"),
        "units": float(units.totals.sum()),
        "decomposes": METHODS[whole.method].decomposes,
    }
