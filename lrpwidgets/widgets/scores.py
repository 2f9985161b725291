"""Class scores as bars: a click asks for a class, Shift and click subtracts it; a box finds any class by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any

import bqplot
import ipywidgets
import numpy as np

from lrpwidgets.errors import TargetError, unknown
from lrpwidgets.render import colormap

ROWS = 10  # bars that are shown, however many classes there are
ROW_HEIGHT = 24  # CSS pixels
LONGEST = 18  # letters of a class name beside its bar; the whole name is in the box below
MOST_NAMES = 5000  # that are sent to the browser to complete what is typed; any can be typed

OTHER = "var(--jp-border-color1, #bdbdbd)"


class ClassScores(ipywidgets.VBox):
    """The highest scores, and those that were asked for. `ask(target)` and `subtract(target)` hear what is chosen.

    What they hear is "top", a label, an index where classes have no (unique) names, or None for no subtraction.
    """

    def __init__(self, ask: Callable[[Any], None], subtract: Callable[[Any], None]) -> None:
        self._ask, self._subtract = ask, subtract
        self._labels: tuple[str, ...] | None = None
        self._classes: list[int] = []  # of the bars, from top to bottom
        self._asked: int | None = None
        self._minus: int | None = None
        self._count = 0
        self._quiet = False  # while we set the controls ourselves
        reds, blues = colormap.colors("blue-red")[230], colormap.colors("blue-red")[24]
        self._for, self._against = (f"rgb({r},{g},{b})" for r, g, b in (reds, blues))
        # Rows are numbers on a linear scale: bqplot draws at NaN whatever leaves an ordinal one.
        rows = bqplot.LinearScale(min=-0.1, max=0.1, reverse=True)
        self._bars = bqplot.Bars(
            x=[0],
            y=[0.0],
            scales={"x": rows, "y": bqplot.LinearScale()},
            orientation="horizontal",
            color_mode="no_group",
            padding=0.25,
            interactions={"click": "select"},
            selected=[0],
        )
        self._names = bqplot.Axis(scale=rows, side="left", grid_lines="none", tick_values=[0])
        self.figure = bqplot.Figure(
            marks=[self._bars],
            axes=[self._names],
            fig_margin={"top": 0, "bottom": 0, "left": 184, "right": 8},
            min_aspect_ratio=0.1,
            max_aspect_ratio=100,
            padding_x=0,
            padding_y=0,
            background_style={"fill": "none"},
            display_toolbar=False,  # it would lie over the first bar
            layout=ipywidgets.Layout(width="100%", min_width="0", height=f"{ROW_HEIGHT}px"),
        )
        self._asked_box = self._box("asked", "Class that is explained; empty for the top one")
        self._minus_box = self._box("minus", "Class that is subtracted, A minus B; empty for none")
        self._bars.observe(self._on_bar, "selected")
        self._asked_box.observe(self._on_asked, "value")
        self._minus_box.observe(self._on_minus, "value")
        boxes = ipywidgets.VBox([self._asked_box, self._minus_box])
        boxes.add_class("lrpw-boxes")
        super().__init__([self.figure, boxes])
        self.add_class("lrpw-scores")

    @staticmethod
    def _box(name: str, doc: str) -> ipywidgets.Combobox:
        box = ipywidgets.Combobox(description=name, tooltip=doc, continuous_update=False, ensure_option=False)
        box.layout = ipywidgets.Layout(width="auto", min_width="0")
        box.style = {"description_width": "56px"}
        return box

    def show(
        self,
        scores: Sequence[float],
        labels: tuple[str, ...] | None,
        asked: tuple[Any, int | None],
        minus: int | None,
    ) -> None:
        """Draw the scores `(classes,)` of one input. `asked`: the target as it was given, and its class."""
        scores = np.asarray(scores, dtype=np.float64)
        self._quiet = True
        try:
            self._name_classes(labels, len(scores))
            self._asked, self._minus = asked[1], minus
            chosen = [at for at in (asked[1], minus) if at is not None]
            self._draw(scores, chosen)
            self._asked_box.value = "" if asked[0] == "top" else self._name(asked[1])
            self._asked_box.placeholder = f"top ({self._name(asked[1])})"
            self._minus_box.value = "" if minus is None else self._name(minus)
            self._minus_box.placeholder = "none"
        finally:
            self._quiet = False

    def target(self, index: int) -> str | int:
        """How a class is best named in code: by its label where that is unique."""
        if self._labels is not None and self._labels.count(self._labels[index]) == 1:
            return self._labels[index]
        return index

    def find(self, text: str) -> str | int:
        """The class that was typed: its label, its number, or the only label with these letters."""
        text = text.strip()
        labels = self._labels
        if labels is None:
            known = range(self._count)
            if text.isdecimal() and int(text) in known:
                return int(text)
            raise TargetError(unknown("class", text, known))
        if text in labels:
            return self.target(labels.index(text))
        containing = [at for at, label in enumerate(labels) if text.casefold() in label.casefold()]
        if len(containing) == 1:
            return self.target(containing[0])
        if containing:
            some = ", ".join(repr(labels[at]) for at in containing[:6])
            raise TargetError(f"{len(containing)} labels contain {text!r}: {some}. Type more of it.")
        close = get_close_matches(text, labels, n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(map(repr, close))}?" if close else "."
        raise TargetError(f"no label contains {text[:100]!r}{hint}")

    def _name_classes(self, labels: tuple[str, ...] | None, count: int) -> None:
        self._count = count
        self._labels = labels
        names = (
            tuple(labels[:MOST_NAMES]) if labels else tuple(str(at) for at in range(min(count, MOST_NAMES)))
        )
        for box in (self._asked_box, self._minus_box):
            if box.options != names:
                box.options = names

    def _name(self, index: int | None) -> str:
        if index is None:
            return "your own"
        return str(index) if self._labels is None else self._labels[index]

    def _draw(self, scores: Any, chosen: list[int]) -> None:
        rows = min(ROWS, len(scores))
        best = [int(at) for at in np.argsort(-scores, kind="stable")[:rows]]
        kept = best[: rows - len([at for at in chosen if at not in best])]
        self._classes = sorted({*kept, *chosen}, key=lambda at: -scores[at])
        lines = range(len(self._classes))
        names = [f"{_short(self._name(at))}\u2002{scores[at]:.2f}" for at in self._classes]
        bars, axis = self._bars, self._names
        with axis.hold_sync(), bars.hold_sync(), axis.scale.hold_sync():
            axis.scale.max = len(lines) - 0.9
            axis.tick_values, axis.tick_labels = list(lines), {str(at): name for at, name in enumerate(names)}
            bars.x, bars.y = list(lines), scores[self._classes]
            bars.colors = [self._colour(at, chosen) for at in self._classes]
        self._select_asked()
        self.figure.layout.height = f"{ROW_HEIGHT * rows}px"

    def _select_asked(self) -> None:
        """bqplot tells a click with Shift from one without only if something is selected before."""
        row = self._classes.index(self._asked) if self._asked in self._classes else 0
        self._quiet, before = True, self._quiet
        self._bars.selected = [row]
        self._quiet = before

    def _colour(self, at: int, chosen: list[int]) -> str:
        if at == self._asked:
            return self._for
        return self._against if at in chosen else OTHER

    def _on_bar(self, change: Any) -> None:
        if self._quiet:
            return
        row = picked(change["old"], change["new"])
        if row is None or row >= len(self._classes):  # a click beside the bars
            self._select_asked()
            return
        several = len(change["new"]) > 1  # bqplot extends the selection when Shift or Ctrl is held
        at = self._classes[row]
        if several:  # once more takes it back
            self._subtract(None if at == self._minus else self.target(at))
        else:
            self._ask(self.target(at))

    def _on_asked(self, change: Any) -> None:
        if not self._quiet:
            self._ask(change["new"] or "top")

    def _on_minus(self, change: Any) -> None:
        if not self._quiet:
            self._subtract(change["new"] or None)


def picked(old: Any, new: Any) -> int | None:
    """The bar that was clicked, from the selection before and after.

    A plain click leaves that bar alone selected. With Shift bqplot selects everything up to the clicked bar,
    with Ctrl it adds that bar: then it is the new one farthest from what was selected.
    """
    before = [] if old is None else [int(at) for at in old]
    after = [] if new is None else [int(at) for at in new]
    if len(after) == 1:
        return after[0]
    added = [at for at in after if at not in before]
    if not added or not before:
        return None
    return max(added, key=lambda at: abs(at - before[0]))


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1].rstrip() + "\u2026"
