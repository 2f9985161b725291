"""The layer graph as a scene: boxes, and edges as wide as the relevance they carry; painted as pixels in pure numpy."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.render import colormap, lettering, wording
from lrpwidgets.render.figure import THEMES, Theme, wrap, write
from lrpwidgets.render.layering import layout

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.explain.layer_graph import GraphEdge, GraphNode, LayerGraph
    from lrpwidgets.render.heatmap import Rgb

WIDEST = 16.0  # pixels of the edge with the largest |R|
THINNEST = 1.0
MARGIN = 16
GAP = 20  # between boxes that stand side by side
LANE = 20  # for an edge that passes a rank
STEP = 64  # from rank to rank
MODULE = (168, 38)  # pixels of a module's box
SMALL = 26  # height of an operation's
CAP = 8.6  # pixels of a capital in a 12 px font
STRENGTH = 0.8  # of the colour map, for an edge of either sign
PIECES = 14  # straight pieces between two corners


@dataclass(frozen=True)
class Box:
    """A node: upper left corner and size in pixels, two lines of words (the second may be empty)."""

    name: str
    x: float
    y: float
    width: float
    height: float
    label: str
    note: str
    opens: bool
    module: bool


@dataclass(frozen=True)
class Stroke:
    """An edge: points (n, 2) from above to below, its width in pixels, and 1 for, -1 against, 0 nothing."""

    edge: GraphEdge
    points: NDArray[np.float64]
    width: float
    sign: int


@dataclass(frozen=True)
class Scene:
    """What is drawn, in pixels."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    strokes: tuple[Stroke, ...]
    largest: float

    def under(self, name: str) -> Box | None:
        """The box of a node."""
        return next((box for box in self.boxes if box.name == name), None)

    @property
    def legend(self) -> str:
        """What widths and colours mean."""
        return f"widest edge |R| = {wording.number(self.largest)}; red for, blue against"


def scene(graph: LayerGraph, start: float) -> Scene:
    """Lay out a graph; shares are of `start`, the relevance at the output."""
    boxes = {node.name: _size(node) for node in graph.nodes}
    placed = layout(
        [node.name for node in graph.nodes],
        [(edge.above, edge.below) for edge in graph.edges],
        {name: size[0] for name, size in boxes.items()},
        gap=GAP,
        step=STEP,
        lane=LANE,
    )
    drawn = []
    for node in graph.nodes:
        (x, y), (width, height) = placed.centres[node.name], boxes[node.name]
        drawn.append(
            Box(
                node.name,
                MARGIN + x - width / 2,
                MARGIN + y - height / 2,
                width,
                height,
                tail(node.label, CAP, width - (28 if node.opens else 14)),
                _note(node, start) if node.layer else "",
                node.opens,
                node.layer is not None,
            )
        )
    strokes = []
    for edge in graph.edges:
        points = _curve(placed.corners[edge.above, edge.below]) + MARGIN
        part = abs(edge.relevance) / graph.largest if graph.largest else 0.0
        sign = int(np.sign(edge.relevance))
        strokes.append(Stroke(edge, points, max(THINNEST, WIDEST * part), sign))
    width, height = round(placed.width + 2 * MARGIN), round(placed.height + 2 * MARGIN)
    return Scene(width, height, tuple(drawn), tuple(strokes), graph.largest)


def colour(sign: int, theme: Theme) -> Rgb:
    """The colour of an edge: the colour map's for and against, or that of quiet words for no relevance."""
    if sign == 0:
        return theme.muted
    at = int(colormap.index(np.array(sign * STRENGTH)))
    red, green, blue = (int(part) for part in colormap.colors("blue-red")[at])
    return red, green, blue


def paint(
    scene: Scene, *, words: tuple[str, ...] = (), chosen: str | None = None, theme: str = "light"
) -> NDArray[np.uint8]:
    """The scene as a picture uint8 (height, width, 3), with `words` below it, a frame round the chosen node."""
    style = THEMES[theme]
    room = max(scene.width, 360)
    line = lettering.height(CAP)
    lines = wrap([(word, style.muted) for word in (scene.legend, *words)], CAP, room - 2 * MARGIN)
    left = (room - scene.width) // 2
    canvas = np.full((scene.height + line * len(lines) + MARGIN, room, 3), style.background, np.uint8)
    for stroke in sorted(scene.strokes, key=lambda stroke: -stroke.width):
        _stroke(canvas, stroke.points + np.array([left, 0]), stroke.width, colour(stroke.sign, style))
    for box in scene.boxes:
        frame = style.ink if box.name == chosen else style.muted
        _box(canvas, box, left, style, frame, 2 if box.name == chosen else 1)
    write(canvas, lines, MARGIN, scene.height, CAP)
    return canvas


def tail(text: str, cap: float, room: float) -> str:
    """`text`, its beginning cut off if it is wider than `room` pixels: paths differ at their ends."""
    if lettering.width(text, cap) <= room:
        return text
    while text and lettering.width(lettering.ELLIPSIS + text, cap) > room:
        text = text[1:]
    return lettering.ELLIPSIS + text


def _size(node: GraphNode) -> tuple[float, float]:
    if node.layer is not None:
        return MODULE
    return max(34.0, min(140.0, lettering.width(node.label, CAP) + 18.0)), float(SMALL)


def _note(node: GraphNode, start: float) -> str:
    share = "" if start == 0 else f"{100 * node.incoming / start:.1f} %"
    kind = node.kind if len(node.kind) <= 16 else node.kind[:15] + "."
    return f"{kind}  {share}".strip()


def _curve(corners: tuple[tuple[float, float], ...]) -> NDArray[np.float64]:
    """Straight down at every corner, a smooth step between."""
    t = np.linspace(0, 1, PIECES + 1)
    parts = [np.array(corners[:1])]
    for (x0, y0), (x1, y1) in pairwise(corners):
        pieces = t if x0 != x1 else t[[0, -1]]
        parts.append(
            np.stack([x0 + (x1 - x0) * pieces**2 * (3 - 2 * pieces), y0 + (y1 - y0) * pieces], axis=1)[1:]
        )
    return np.concatenate(parts)


def _stroke(canvas: NDArray[np.uint8], points: NDArray[np.float64], width: float, ink: Rgb) -> None:
    """A smooth line: coverage by the distance of each pixel's middle from the nearest piece."""
    reach = width / 2 + 1
    low = np.maximum(np.floor(points.min(axis=0) - reach).astype(int), 0)
    high = np.ceil(points.max(axis=0) + reach).astype(int)
    area = canvas[low[1] : high[1], low[0] : high[0]]
    cover = np.zeros(area.shape[:2])
    for one, other in pairwise(points):
        first = np.maximum(np.floor(np.minimum(one, other) - reach).astype(int) - low, 0)
        last = np.ceil(np.maximum(one, other) + reach).astype(int) - low
        part = cover[first[1] : last[1], first[0] : last[0]]
        y, x = np.mgrid[: part.shape[0], : part.shape[1]]
        pixels = np.stack([x + first[0] + low[0], y + first[1] + low[1]], axis=-1) + 0.5
        along = other - one
        t = np.clip(((pixels - one) @ along) / max(float(along @ along), 1e-12), 0, 1)
        away = np.hypot(*np.moveaxis(pixels - one - t[..., None] * along, -1, 0))
        np.maximum(part, np.clip(width / 2 + 0.5 - away, 0, 1), out=part)
    cover = cover[..., None]
    area[:] = np.floor(area * (1 - cover) + np.array(ink) * cover + 0.5).astype(np.uint8)


def _box(canvas: NDArray[np.uint8], box: Box, left: int, style: Theme, frame: Rgb, thick: int) -> None:
    x, y = round(box.x) + left, round(box.y)
    wide, high = round(box.width), round(box.height)
    canvas[y : y + high, x : x + wide] = frame
    canvas[y + thick : y + high - thick, x + thick : x + wide - thick] = style.background
    line = lettering.height(CAP)
    top = y + (high - line * (2 if box.note else 1)) // 2
    across = x + 7 if box.module else x + (wide - lettering.width(box.label, CAP)) // 2
    lettering.draw(canvas, box.label, across, top, CAP, style.ink)
    if box.opens:
        lettering.draw(canvas, "+", x + wide - 14, top, CAP, style.muted)
    if box.note:
        lettering.draw(canvas, box.note, x + 7, top + line, CAP * 0.92, style.muted)
