"""What a comparison shows of its cells: which share a scale, and which are chosen, subtracted and measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lrpwidgets.errors import InputError, unknown
from lrpwidgets.widgets.compare_grid import Grid
from lrpwidgets.widgets.compare_measures import MEASURES
from lrpwidgets.widgets.heatmap import HeatmapView
from lrpwidgets.widgets.traits import Checked

SCALES = {
    "shared": "all maps",
    "row": "the maps of a row",
    "column": "the maps of a column",
    "cell": "one map",
}


class CompareChoice(HeatmapView):
    """The traits of `CompareView` beside the heat map's, each checked as it is set."""

    _grid: Grid
    _settings: dict[str, Mapping[str, Any]]

    scale = Checked("_check_scale", "shared").tag(sync=True)
    """Which maps share a limit: "shared" (all), "row", "column", or "cell" (each its own). Unless it is set, "column"
    where the columns are methods or rules that differ, whose relevance is of different size, else "shared"."""

    selected = Checked("_check_cell", 0).tag(sync=True)
    """The cell that is chosen, counted row by row from 0; `explanation` is its explanation."""

    difference = Checked("_check_difference", None, allow_none=True).tag(sync=True)
    """Two cells [a, b], whose difference R_a - R_b is shown on a scale of its own; None: none."""

    region = Checked("_check_region", None, allow_none=True).tag(sync=True)
    """[top, left, bottom, right] in source pixels, ends exclusive, whose relevance each cell sums up; None: none."""

    measures = Checked("_check_measures", ()).tag(sync=True)
    """What is measured of each map: names of "gini", "flipping", "continuity", "ledger"."""

    def _check_scale(self, value: Any) -> str:
        if value not in SCALES:
            raise InputError(unknown("scale", value, SCALES))
        return value

    def _check_cell(self, value: Any) -> int:
        count = len(self._grid)
        whole = not isinstance(value, bool) and hasattr(value, "__index__")
        if not whole or not 0 <= int(value) < max(1, count):
            raise InputError(f"there is no cell {value!r}: there are {count}, counted row by row from 0.")
        return int(value)

    def _check_difference(self, value: Any) -> list[int]:
        if not isinstance(value, (list, tuple)) or len(value) != 2:
            raise InputError(f"difference must be two cells [a, b] or None, not {value!r}.")
        one, other = map(self._check_cell, value)
        if one == other:
            raise InputError(f"difference takes two different cells, not {one} twice.")
        shapes = [
            cell.sample.relevance.shape
            for cell in (self._grid.cells[one], self._grid.cells[other])
            if cell.sample
        ]
        if len(set(shapes)) == 2:
            raise InputError(
                f"cells {one} and {other} differ in size, {shapes[0]} and {shapes[1]}: no difference."
            )
        return [one, other]

    def _check_region(self, value: Any) -> list[int]:
        try:
            top, left, bottom, right = (int(end.__index__()) for end in value)
        except (TypeError, ValueError, AttributeError):
            raise InputError(
                f"region must be [top, left, bottom, right] in whole pixels or None, not {value!r}."
            ) from None
        if not (0 <= top < bottom and 0 <= left < right):
            raise InputError(
                f"region {value!r} is empty: 0 <= top < bottom and 0 <= left < right, ends exclusive."
            )
        return [top, left, bottom, right]

    def _check_measures(self, value: Any) -> list[str]:
        names = [value] if isinstance(value, str) else list(value)
        for name in names:
            if name not in MEASURES:
                raise InputError(unknown("measure", name, MEASURES))
        if isinstance(value, Mapping):
            for name in names:
                if self._settings.get(name, {}) != value[name]:
                    self._settings[name] = dict(value[name])
                    for cell in self._grid:
                        cell.measured.pop(name, None)
        return list(dict.fromkeys(names))
