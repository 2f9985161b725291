"""The trait that holds which units relevance must pass, layer by layer, checked against the layers of a trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import traitlets
from torch import Tensor

from lrpwidgets.errors import LayerError, unknown
from lrpwidgets.explain.filtering import Filter, Unit, place

Chosen = dict[str, list[Unit]]


class Through(traitlets.TraitType[Any, Any]):
    """{module path: units}, as ``through=`` of `lw.explain` takes it; {} filters nothing. `LayerError` says why not.

    Units are numbers, or (number, position). The owner's `shapes` has the shape of each layer by path. On the wire a
    unit at a position is [number, [row, column]].
    """

    def __init__(self) -> None:
        super().__init__({})
        self.tag(sync=True, to_json=lambda value, _: _plain(value), from_json=lambda value, _: _units(value))

    def validate(self, obj: Any, value: Any) -> Chosen:
        """Every unit once, counted from the front, in the order in which it was given."""
        return checked(value, obj.shapes)


def checked(through: Any, shapes: Mapping[str, tuple[int, ...]]) -> Chosen:
    """`through` with every unit once and counted from the front; layers without a unit are left out."""
    if not isinstance(through, Mapping):
        raise LayerError(f"through is {through!r}; give units by module path, e.g. {{'features.6': [3, 17]}}")
    given = {path: units for path, units in through.items() if not _is_empty(units)}
    found: Chosen = {}
    for path, units in (Filter.of(given).chosen if given else {}).items():
        if isinstance(units, Tensor):
            raise LayerError(f"a view filters by units, not by a mask: give the units of {path!r} by number")
        if path not in shapes:
            raise LayerError(unknown("layer", path, shapes))
        placed = [place(unit, shapes[path], path) for unit in units]
        found[path] = list(dict.fromkeys(at if where is None else (at, where) for at, where in placed))
    return found


def _is_empty(units: Any) -> bool:
    return isinstance(units, (list, tuple)) and len(units) == 0


def _plain(through: Chosen) -> dict[str, Any]:
    return {} if not through else Filter.of(through).to_json()


def _units(wire: Any) -> Any:
    """From JSON, where a pair is a list too."""
    if not isinstance(wire, dict):
        return wire
    return {
        path: [(unit[0], tuple(unit[1])) if _is_pair(unit) else unit for unit in units]
        if isinstance(units, list)
        else units
        for path, units in wire.items()
    }


def _is_pair(unit: Any) -> bool:
    return isinstance(unit, list) and len(unit) == 2 and isinstance(unit[1], list)
