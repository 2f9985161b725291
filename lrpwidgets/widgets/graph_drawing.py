"""The scene of a layer graph on a canvas, in the colours of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lrpwidgets.explain.layer_graph import bare
from lrpwidgets.render.figure import THEMES
from lrpwidgets.render.graph import Scene, colour

if TYPE_CHECKING:
    import ipycanvas

    from lrpwidgets.widgets.canvas import Paint

# Until a browser says which colours its theme has.
LIGHT = {
    "ink": "rgb(33, 33, 33)",
    "quiet": "rgb(97, 97, 97)",
    "surface": "rgb(255, 255, 255)",
    "line": "rgb(189, 189, 189)",
    "accent": "rgb(25, 118, 210)",
}
FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"


def drawing(scene: Scene, colours: Mapping[str, str], zoom: float, opened: Sequence[str]) -> Paint:
    """What draws `scene` on a canvas in CSS pixels."""

    def draw(canvas: ipycanvas.Canvas) -> None:
        canvas.scale(zoom)
        canvas.fill_style = colours["surface"]
        canvas.fill_rect(0, 0, scene.width, scene.height)
        canvas.line_cap, canvas.line_join = "round", "round"
        for stroke in sorted(scene.strokes, key=lambda stroke: -stroke.width):
            canvas.line_width = stroke.width
            red, green, blue = colour(stroke.sign, THEMES["light"])
            canvas.stroke_style = colours["quiet"] if stroke.sign == 0 else f"rgb({red}, {green}, {blue})"
            canvas.stroke_lines(stroke.points)
        canvas.line_width = 1.0
        canvas.text_baseline = "middle"
        for box in scene.boxes:
            _box(canvas, box, colours, is_open=bare(box.name) in opened)

    return draw


def _box(canvas: ipycanvas.Canvas, box: object, colours: Mapping[str, str], *, is_open: bool) -> None:
    canvas.fill_style, canvas.stroke_style = colours["surface"], colours["quiet"]
    canvas.fill_rect(box.x, box.y, box.width, box.height)
    canvas.stroke_rect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1)
    canvas.fill_style = colours["ink"]
    canvas.font = f"12px {FONT}"
    middle = box.y + box.height / 2
    if box.module:
        canvas.text_align = "left"
        first, room = middle - 8 if box.note else middle, box.width - (28 if box.opens else 14)
        canvas.fill_text(box.label, box.x + 7, first, room)
        canvas.fill_style = colours["quiet"]
        canvas.font = f"11px {FONT}"
        canvas.fill_text(box.note, box.x + 7, middle + 9, box.width - 14)
        if box.opens and not is_open:
            canvas.fill_text("+", box.x + box.width - 15, first)
    else:
        canvas.text_align = "center"
        canvas.fill_text(box.label, box.x + box.width / 2, middle, box.width - 8)
