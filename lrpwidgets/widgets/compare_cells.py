"""How a comparison is filled: cell by cell, then measure by measure, each sent as soon as it is known."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import traitlets

from lrpwidgets.errors import StoppedError
from lrpwidgets.widgets.compare_choice import CompareChoice
from lrpwidgets.widgets.compare_grid import Cell, Grid
from lrpwidgets.widgets.compare_measures import MEASURES, Asked
from lrpwidgets.widgets.traces import Traces
from lrpwidgets.widgets.view import message
from lrpwidgets.widgets.worker import Token, model_lock


class CompareCells(CompareChoice):
    """The work of a comparison, and what the browser gets of it."""

    _model: Any
    _traces: Traces | None
    _context: Mapping[str, Any]

    _cells = traitlets.List([]).tag(sync=True)  # what is said of each cell, in order
    _headings = traitlets.List([]).tag(sync=True)  # of the rows
    _titles = traitlets.List([]).tag(sync=True)  # of the columns
    _known_measures = traitlets.List(list(MEASURES)).tag(sync=True)

    def _go_on(self) -> None:
        if self._grid.todo or self._unmeasured():
            self._request(self._work, lambda _: None)

    def _work(self, token: Token) -> None:
        """Cell by cell, then measure by measure; each is shown as soon as it is known, and kept when stopped."""
        todo = self._grid.todo
        for at, cell in enumerate(todo):
            token.progress(at / len(todo))
            self._answer(cell, token)
            with self.hold_sync():
                token.check()  # a newer question may have another grid
                self._put(cell)
        missing = self._unmeasured()
        for at, (cell, name) in enumerate(missing):
            token.progress(at / len(missing))
            answer = self._measure(cell, name, token, at, len(missing))
            with self.hold_sync():
                token.check()
                cell.measured[name] = answer
                self._put(cell)

    def _answer(self, cell: Cell, token: Token) -> None:
        """Explain one cell. What goes wrong is the cell's own, and the others go on."""
        try:
            cell.answer(self._traces.explain(cell.input, token, **cell.question))
        except StoppedError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a user's model raises is shown in its cell
            cell.failure = error

    def _unmeasured(self) -> list[tuple[Cell, str]]:
        done = self._grid.done
        return [(cell, name) for name in self.measures for cell in done if name not in cell.measured]

    def _measure(self, cell: Cell, name: str, token: Token, at: int, count: int) -> tuple[float, str]:
        def report(part: float) -> None:
            token.progress((at + part) / count)

        wanted = Asked(self._model, cell, self._context, self._settings.get(name, {}), report)
        try:
            with nullcontext() if self._model is None else model_lock(self._model):
                return MEASURES[name](wanted)
        except StoppedError:
            raise
        except Exception as error:  # noqa: BLE001 - shown under the map it could not be computed for
            return float("nan"), f"{name}: {message(error)}"

    # -- what the browser gets ---------------------------------------------------------------------

    def _show_grid(self, grid: Grid) -> None:
        """Show another grid: maps that it knows at once, and a place for each of the others."""
        self._grid = grid
        wire = [*(f"_map_{at}" for at in range(len(grid))), *(f"_picture_{cell.input}" for cell in grid)]
        new = {name: traitlets.Bytes(b"").tag(sync=True) for name in wire if not self.has_trait(name)}
        if new:
            self.add_traits(**new)
        with self.hold_sync():
            self._headings, self._titles = list(grid.headings), list(grid.titles)
            if self.selected >= len(grid):
                self.selected = 0
            if self.difference is not None and max(self.difference) >= len(grid):
                self.difference = None
            for at, cell in enumerate(grid):
                setattr(self, f"_map_{at}", b"")
                if cell.sample is not None:
                    self._send_arrays(at, cell)
            self._put()

    def _put(self, *cells: Cell) -> None:
        """Say how each cell is now, and send the arrays of those that are new."""
        with self.hold_sync():
            for at, cell in enumerate(self._grid):
                if cell in cells and cell.sample is not None:
                    self._send_arrays(at, cell)
            self._cells = [self._words(cell) for cell in self._grid]
            self._choose_limit()
            self._follow_selected()

    def _send_arrays(self, at: int, cell: Cell) -> None:
        setattr(self, f"_picture_{cell.input}", cell.sample.picture.tobytes())
        setattr(self, f"_map_{at}", cell.sample.relevance.astype("<f4").tobytes())

    def _words(self, cell: Cell) -> dict[str, Any]:
        said: dict[str, Any] = {
            "row": cell.row,
            "column": cell.column,
            "input": cell.input,
            "name": cell.name,
            "error": "" if cell.failure is None else message(cell.failure),
        }
        if cell.sample is None:
            return said
        return said | {
            "shape": list(cell.sample.relevance.shape),
            "channels": list(cell.sample.channel_names),
            "target": cell.sample.caption.asked,
            "lines": self._lines(cell),
            "notes": cell.sample.caption.note or "",
            "unit": cell.sample.unit,
        }

    @staticmethod
    def _lines(cell: Cell) -> list[str]:
        return ["; ".join(cell.sums()), *(text for _, text in cell.measured.values())]

    @traitlets.observe("selected")
    def _on_selected(self, _change: Any) -> None:
        self._follow_selected()

    def _follow_selected(self) -> None:
        """`explanation` is that of the chosen cell; as long as that has none, any."""
        chosen = self._grid.cells[self.selected : self.selected + 1]
        having = [cell for cell in (*chosen, *self._grid.cells) if cell.explanation is not None]
        self.explanation = having[0].explanation if having else None

    @traitlets.observe("explanation")
    def _on_explanation(self, _change: Any) -> None:
        """Arrays go out with their cells."""

    @traitlets.observe("sample")
    def _on_sample(self, _change: Any) -> None:
        """There is none to choose."""

    @traitlets.observe("measures")
    def _on_measures(self, _change: Any) -> None:
        for cell in self._grid:
            cell.measured = {name: value for name, value in cell.measured.items() if name in self.measures}
        self._put()
        self._go_on()

    def _on_message(self, view: object, content: object, buffers: object) -> None:
        if isinstance(content, dict) and content.get("kind") == "resume":
            self.resume()
        super()._on_message(view, content, buffers)
