"""The strip of inputs: thumbnails to choose from, a page at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

STATIC = Path(__file__).parent / "static"
PAGE = 24  # thumbnails that exist at once, however many inputs there are


class InputStrip(anywidget.AnyWidget):
    """Thumbnails of one page of inputs. `index` is the chosen one; a wrong prediction carries a mark.

    `draw(i)` gives title and PNG of an input and is called only for those on the page. `choose(i)` is called when
    the user picks one.
    """

    _esm = STATIC / "strip.js"
    _css = STATIC / "explore.css"

    index = traitlets.Int(0).tag(sync=True)
    """The chosen input, counted from 0."""

    first = traitlets.Int(0).tag(sync=True)
    """The first input of the page that is shown; a multiple of `page`."""

    count = traitlets.Int(0, read_only=True).tag(sync=True)
    """How many inputs there are."""

    page = traitlets.Int(PAGE, read_only=True).tag(sync=True)
    """How many are shown at once."""

    _thumbnails = traitlets.List([]).tag(sync=True)  # of {"title", "png"}
    _marks = traitlets.Dict({}).tag(sync=True)  # "index" -> "right" | "wrong"

    def __init__(self, count: int, draw: Callable[[int], tuple[str, bytes]], index: int = 0) -> None:
        self._draw = draw
        super().__init__()
        self.set_trait("count", count)
        self.index = index
        self._show_page()

    @property
    def shown(self) -> range:
        """The inputs on the page."""
        return range(self.first, min(self.first + self.page, self.count))

    def mark(self, index: int, right: bool | None) -> None:
        """Say whether an input is predicted right; None where that cannot be known."""
        word = {True: "right", False: "wrong", None: ""}[right]
        self._marks = {**self._marks, str(index): word}

    def unmarked(self) -> list[int]:
        """The inputs on the page of which nothing has been said."""
        return [index for index in self.shown if str(index) not in self._marks]

    @traitlets.validate("first")
    def _check_first(self, proposal: Any) -> int:
        last = max(0, (self.count - 1) // self.page * self.page)
        return min(max(0, proposal["value"] // self.page * self.page), last)

    @traitlets.observe("index")
    def _on_index(self, _change: Any) -> None:
        self.first = self.index // self.page * self.page

    @traitlets.observe("first")
    def _on_first(self, _change: Any) -> None:
        self._show_page()

    def _show_page(self) -> None:
        drawn = [self._draw(at) for at in self.shown]
        self._thumbnails = [{"title": title, "png": picture} for title, picture in drawn]

    def __repr__(self) -> str:
        return f"InputStrip({self.index} of {self.count})"
