"""What lies over the canvas of the layer graph: what hands, keyboards and screen readers meet, as real elements."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from lrpwidgets.widgets.view import View

STATIC = Path(__file__).parent / "static"
COLOURS = ("ink", "quiet", "surface", "line", "accent")
_COLOUR = re.compile(r"(rgba?|color)\([a-z0-9 ,./%-]{1,60}\)")


class GraphOverlay(View, anywidget.AnyWidget):
    """A listbox of the graph's nodes, each where its box is drawn, and the edges as something to point at.

    Pointing, focus and arrow keys need no kernel. `choose(name)` and `toggle(name)` are called for what a person
    does, `screen(ratio, colours)` when a browser shows up or changes its theme or its zoom.
    """

    _esm = STATIC / "graph.js"

    _boxes = traitlets.List([]).tag(sync=True)  # of {name, text, x, y, width, height}
    _edges = traitlets.List([]).tag(sync=True)  # of {above, below, weight, text, width, path}
    _size = traitlets.List([1, 1]).tag(sync=True)
    _zoom = traitlets.Float(1.0).tag(sync=True)
    _chosen = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        choose: Callable[[str], None],
        toggle: Callable[[str], None],
        screen: Callable[[float, dict[str, str]], None],
    ) -> None:
        self._choose, self._toggle, self._screen = choose, toggle, screen
        super().__init__()

    def _on_message(self, view: object, content: object, buffers: object) -> None:
        super()._on_message(view, content, buffers)
        if not isinstance(content, dict):
            return
        name, kind = content.get("name"), content.get("kind")
        if kind in ("choose", "toggle") and any(box["name"] == name for box in self._boxes):
            (self._choose if kind == "choose" else self._toggle)(name)
        if kind == "screen":
            self._on_screen(content.get("ratio"), content.get("colours"))

    def _on_screen(self, ratio: Any, colours: Any) -> None:
        if not isinstance(ratio, (int, float)) or not isinstance(colours, dict):
            return
        known = {name: colours.get(name) for name in COLOURS}
        if all(isinstance(one, str) and _COLOUR.fullmatch(one) for one in known.values()):
            self._screen(min(max(float(ratio), 1.0), 4.0), known)

    def picture(self) -> None:
        """Its owner has the picture."""
        return
