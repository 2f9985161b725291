"""The comparison's scales, and its whole grid as one picture: what the browser draws, once more for files."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.render import wording
from lrpwidgets.render.grid import GridCell, GridRow, compose_grid, shared_limit
from lrpwidgets.render.heatmap import paint
from lrpwidgets.render.limit import SUM, shown
from lrpwidgets.render.view import DEFAULT_LIMIT_RULE
from lrpwidgets.render.view import View as Options
from lrpwidgets.widgets.view import message

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.render.sample import Sample
    from lrpwidgets.widgets.compare_grid import Cell, Grid

SMALLEST = 224  # pixels that a saved cell is wide at least


@dataclass(frozen=True)
class Scales:
    """Which cells share a limit, and which one: `fixed`, or by `rule` of all their values as one map."""

    grid: Grid
    scale: str
    channel: str
    rule: str
    fixed: float | None

    def shown(self, sample: Sample) -> NDArray[np.float32]:
        """The relevance that is coloured, `(height, width)`."""
        channel = self.channel if self.channel in sample.channel_names else SUM
        return shown(sample.relevance, channel, sample.channel_names)

    def limit_of(self, cell: Cell) -> float:
        """The limit of a cell's group."""
        if self.rule == "fixed":
            return float(self.fixed)
        return self.limit([self.shown(one.sample) for one in self.sharing(cell)])

    def limit(self, maps: Sequence[NDArray[np.float32]]) -> float:
        """The automatic limit of maps together."""
        return shared_limit(maps, DEFAULT_LIMIT_RULE if self.rule == "fixed" else self.rule)

    def sharing(self, cell: Cell) -> list[Cell]:
        """The cells with a map that share this one's scale, itself among them."""
        own = self._group(cell)
        return [one for one in self.grid.done if self._group(one) == own]

    def among(self, cell: Cell) -> str:
        """The same as words."""
        count = len(self.sharing(cell))
        return f"shared by {count} maps" if count > 1 else "of this map alone"

    def _group(self, cell: Cell) -> Hashable:
        each = {"row": cell.row, "column": cell.column, "cell": (cell.row, cell.column)}
        return each.get(self.scale)


@dataclass(frozen=True)
class Look:
    """How all cells are drawn: options of `render.view.View` but the limit, the region, the two of the difference."""

    options: dict[str, Any]
    region: list[int] | None
    difference: list[int] | None


def region_sum(scales: Scales, sample: Sample, region: list[int]) -> float:
    """The relevance inside a region, in units of the score."""
    top, left, bottom, right = region
    return float(scales.shown(sample)[top:bottom, left:right].astype(np.float64).sum())


def picture(scales: Scales, look: Look, theme: str) -> NDArray[np.uint8]:
    """The whole grid, uint8 `(height, width, 3)`."""
    grid, rows = scales.grid, []
    columns = len(grid.titles)
    for at, heading in enumerate(grid.headings):
        cells = grid.cells[at * columns : (at + 1) * columns]
        bar = _bar(scales, cells, look) if scales.scale == "row" else None
        rows.append(GridRow(heading, tuple(_cell(scales, cell, look) for cell in cells), bar))
    if look.difference is not None:
        rows += _difference(scales, look)
    bar = _bar(scales, grid.cells, look) if scales.scale == "shared" else None
    return compose_grid(rows, cmap=look.options["cmap"], theme=theme, bar=bar)


def _cell(scales: Scales, cell: Cell, look: Look) -> GridCell:
    if cell.sample is None:
        return GridCell(
            None, cell.name, ("Not computed." if cell.failure is None else message(cell.failure),)
        )
    limit = scales.limit_of(cell)
    words = [*cell.sums(), *(text for _, text in cell.measured.values())]
    if look.region is not None:
        words.append(f"region: sum R {wording.number(region_sum(scales, cell.sample, look.region))}")
    if scales.scale in ("column", "cell"):
        words.append(f"limit {limit:.3g}, {scales.among(cell)}")
    return GridCell(_painted(cell.sample, limit, look), _title(cell), tuple(words))


def _difference(scales: Scales, look: Look) -> list[GridRow]:
    """R_a - R_b on a scale of its own; nothing as long as one of the two is not there."""
    one, other = (scales.grid.cells[at] for at in look.difference)
    if (
        one.sample is None
        or other.sample is None
        or one.sample.relevance.shape != other.sample.relevance.shape
    ):
        return []
    sample = replace(one.sample, relevance=one.sample.relevance - other.sample.relevance)
    shown_gap = scales.shown(sample)
    limit = scales.limit([shown_gap])
    gap = wording.number(float(shown_gap.astype(np.float64).sum()))
    words = (f"sum R_A - sum R_B {gap}", f"on a scale of its own, limit {limit:.3g}")
    title = f"A - B: {_title(one)} - {_title(other)}"
    return [GridRow("", (GridCell(_painted(sample, limit, look), title, words),))]


def _title(cell: Cell) -> str:
    return f"{cell.name}: {cell.sample.caption.asked}"


def _painted(sample: Sample, limit: float, look: Look) -> NDArray[np.uint8]:
    channel = look.options["channel"] if look.options["channel"] in sample.channel_names else SUM
    view = Options.of({**look.options, "channel": channel, "limit": limit})
    wide = sample.picture.shape[1] * (2 if view.layout == "side-by-side" else 1)
    return paint(sample, view, scale=max(1, -(-SMALLEST // wide)))


def _bar(scales: Scales, cells: Sequence[Cell], look: Look) -> tuple[str, str, str] | None:
    done = [cell for cell in cells if cell.sample is not None]
    if not done or look.options["layout"] == "input":
        return None
    fixed = {"limit": scales.fixed} if scales.rule == "fixed" else {"limit_rule": scales.rule}
    low, how, high = wording.bar_labels(scales.limit_of(done[0]), Options.of(fixed))
    return low, f"{how}, {scales.among(done[0])}", high
