"""What a notebook keeps of a filter view: the map that is shown, and the units below it with their shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrpwidgets.render import wording
from lrpwidgets.render.figure import compose, figure
from lrpwidgets.render.heatmap import colour_map
from lrpwidgets.render.page import stacked
from lrpwidgets.render.sheet import Tile, sheet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lrpwidgets.widgets.filters import FilterView

MOST = 16  # units by |R|; those that are kept come in addition
LONGEST = 640  # pixels a side of the map


def picture(view: FilterView) -> NDArray[np.uint8]:
    """The whole page, uint8 `(height, width, 3)`."""
    whole = compose(figure(view.explanation, longest=LONGEST, **view.picture_options()))
    return stacked([whole, sheet(_heading(view), tiles(view))])


def shown_units(view: FilterView) -> list[int]:
    """The units with a tile: the strongest, and those of the layer that are kept."""
    ranking = view.units.ranking
    kept = _kept(view)
    return [unit for rank, unit in enumerate(ranking) if rank < MOST or unit in kept]


def tiles(view: FilterView) -> list[Tile]:
    """A small map of each, with its share; those whose map was not walked yet are named only."""
    units, sums, kept = view.units, view._sums, _kept(view)
    totals, found = units.totals, []
    for unit in shown_units(view):
        relevance = float(totals[unit])
        amount = (
            f"{relevance / sums['whole']:.1%}"
            if sums["decomposes"] and sums["whole"]
            else wording.short(relevance)
        )
        small = units.small.get(unit)
        pixels = None if small is None else colour_map(small, units.limit, view.cmap)
        name = f"{unit} kept" if unit in kept else str(unit)
        found.append(Tile(pixels, f"unit {unit}", f"{name}: {amount}", wrong=False))
    return found


def _kept(view: FilterView) -> set[Any]:
    """Units of the layer that relevance must pass, also those that are kept at a position only."""
    return {unit if isinstance(unit, int) else unit[0] for unit in view.through.get(view.layer, ())}


def _heading(view: FilterView) -> str:
    count, total = len(shown_units(view)), len(view.units.relevance)
    limit = f"small maps: limit {view.units.limit:.3g}" if view.units.small else "small maps: none yet"
    return f"{view.layer}: {count} of {total} units by |R|, share of the sum; {limit}"
