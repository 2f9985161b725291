"""The layer graph: the traced network, its edges as wide as the relevance they carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from lrpwidgets.errors import InputError, LayerError, unknown
from lrpwidgets.explain import presets
from lrpwidgets.explain.code import literal
from lrpwidgets.explain.layer_graph import OUTPUT, LayerGraph, Nesting, bare, layer_graph
from lrpwidgets.explain.methods import METHODS
from lrpwidgets.explain.progress import heard_by
from lrpwidgets.explain.routes import Routes, routes
from lrpwidgets.explain.trace import Trace
from lrpwidgets.render.graph import Scene, paint, scene
from lrpwidgets.widgets.canvas import Sheet
from lrpwidgets.widgets.graph_drawing import LIGHT, drawing
from lrpwidgets.widgets.graph_overlay import GraphOverlay
from lrpwidgets.widgets.graph_words import asked, box_text, edge_text, table
from lrpwidgets.widgets.still import still
from lrpwidgets.widgets.traits import Checked
from lrpwidgets.widgets.view import View, take_turns
from lrpwidgets.widgets.worker import Token, model_lock, traits_lock

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUESTION = ("trace", "target", "minus", "method", "rules", "parameters")
ZOOM = (0.5, 3.0)


class GraphView(View, ipywidgets.VBox):
    """The network of a trace as a graph; a click chooses a layer, a double click opens a module.

    `GraphView(trace, rules="epsilon", layer="features.3")`: keywords are traits that can be set, observed and linked.
    Setting a part of the question asks the model again, in the view's worker. The graph is drawn by Python on a
    canvas; what a hand, a keyboard or a screen reader meets are elements over it.
    """

    trace = Checked("_check_trace", None, allow_none=True)
    """The recorded forward pass that is shown; settable."""

    layer = Checked("_check_layer", "")
    """The chosen layer: path of a call of a module, as in `trace.layers`; empty: none. One that lies in a closed
    module is kept, and the module is framed."""

    opened = traitlets.List(traitlets.Unicode(), None, allow_none=True)
    """Paths of the modules whose inside is shown; None: as many levels as fit into 40 nodes."""

    zoom = traitlets.Float(1.0)
    """Magnification, 0.5..3."""

    target = traitlets.Any("top")
    """What is explained, as in `lw.explain`."""

    minus = traitlets.Any(None, allow_none=True)
    """A second target that is subtracted; None: nothing."""

    method = Checked("_check_method", "lrp")
    """A method with rules, or "gradient-x-input"."""

    rules = Checked("_check_rules", None, allow_none=True)
    """A preset's name, a preset, or rules by module path; None: the method's own."""

    parameters = traitlets.Dict({})
    """Other parameters of the method, by name."""

    graph = traitlets.Instance(LayerGraph, None, allow_none=True, read_only=True)
    """What is shown: nodes, and edges with their relevance in units of the score."""

    routes = traitlets.Instance(Routes, None, allow_none=True, read_only=True)
    """The last answer: what every operation passed on."""

    def __init__(self, trace: Trace, **options: Any) -> None:
        self._ready = False  # until the first answer
        self._screen: tuple[float, dict[str, str]] = (1.0, LIGHT)
        self._scene: Scene | None = None
        self._node = ""  # the chosen node: a layer's, an operation's, or the output
        self._asked: dict[str, Any] = {}
        self._sheet = Sheet()
        self._overlay = GraphOverlay(self._choose, self._toggle, self._on_screen)
        self._words = ipywidgets.HTML()
        self._words.add_class("lrpw-graph-words")
        super().__init__(trace=trace, **options)
        self._overlay.follow(self)
        try:
            self._asked = self._question()
            first = self._ask(Token(), self._asked)
        except BaseException:
            self.close()
            raise
        self.children = self._arrange()
        self.add_class("lrpw-graph-view")
        self._ready = True
        self._show(first)

    def ask(self, **question: Any) -> None:
        """Set several parts of the question for one answer; with none, ask again, as after training the model."""
        self.check_names(question, QUESTION)
        with self.hold_trait_notifications():
            for name, value in question.items():
                setattr(self, name, value)
        if not question:
            self._asked = {}
            self._on_question(None)

    def toggle(self, path: str) -> None:
        """Show what is inside a module, or hide it again."""
        if self.routes is None or path not in map(bare, Nesting(self.routes.shapes).containers):
            known = (
                [] if self.routes is None else sorted(set(map(bare, Nesting(self.routes.shapes).containers)))
            )
            raise LayerError(unknown("module with modules inside", path, known))
        now = list(self.graph.opened)
        if path in now:
            self.opened = [other for other in now if other != path and not other.startswith(f"{path}.")]
        else:
            self.opened = [*now, path]

    @property
    def code(self) -> str:
        """Python that makes this view, where `model` and `x` are what was traced."""
        context = "".join(f", {name}={value}" for name, value in self.trace._given)
        options = [(name, literal(getattr(self, name))) for name in ("method", "rules", "target", "minus")]
        options = [(name, text) for name, text in options if text not in ("None", '"top"', '"lrp"')]
        options += [(name, repr(self.parameters)) for name in ("parameters",) if self.parameters]
        options += [("layer", literal(self.layer))] if self.layer else []
        options += [("opened", repr(self.opened))] if self.opened is not None else []
        options += [("zoom", repr(self.zoom))] if self.zoom != 1 else []
        keywords = "".join(f", {name}={text}" for name, text in options)
        return f"import lrpwidgets as lw\n\nlw.graph(lw.trace(model, x{context}){keywords})"

    def picture(self) -> None:
        """There is no one explanation: see `image`."""
        return

    def image(self, theme: str = "light") -> NDArray[Any]:
        """The graph as a picture uint8 (height, width, 3), as a saved notebook keeps it."""
        words = (*asked(self._asked, self.routes), *([f"layer {self.layer}"] if self.layer else []))
        return paint(self._scene, words=words, chosen=self._node, theme=theme)

    def __repr__(self) -> str:
        if self.graph is None:
            return "GraphView(nothing yet)"
        return (
            f"GraphView({len(self.graph.nodes)} nodes, {len(self.graph.edges)} edges, layer={self.layer!r})"
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The live view, and for readers with no kernel its picture."""
        return still(self, self.image(), repr(self), self.code)

    # -- asking -----------------------------------------------------------------------------------

    def _question(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in QUESTION}

    @traitlets.observe(*QUESTION)
    def _on_question(self, _change: Any) -> None:
        question = self._question()
        if not self._ready or all(question[name] is self._asked.get(name) for name in QUESTION):
            return
        self._asked = question
        self._request(lambda token: self._ask(token, question), self._show)

    @staticmethod
    def _ask(token: Token, question: dict[str, Any]) -> Routes:
        takes = {parameter.name for parameter in METHODS[question["method"]].parameters}
        names = ("target", "minus", "method", *({"rules"} & takes))
        settings = {name: question[name] for name in names}
        with model_lock(question["trace"].model), heard_by(token.progress):
            token.check()
            found = routes(question["trace"], **settings, **question["parameters"])
            token.check()
        return found

    def _show(self, found: Routes) -> None:
        self.set_trait("routes", found)
        self._gather()

    # -- showing ----------------------------------------------------------------------------------

    @traitlets.observe("opened")
    def _gather(self, _change: Any = None) -> None:
        if self.routes is None:
            return
        self.set_trait("graph", layer_graph(self.routes, self.opened))
        self._scene = scene(self.graph, self.routes.start)
        if self.layer:
            self._node = self._seen(self.layer)
        elif self._node not in {node.name for node in self.graph.nodes}:
            self._node = OUTPUT
        self._draw()

    @traitlets.observe("layer")
    def _on_layer(self, _change: Any) -> None:
        if self.graph is None:
            return
        if self.layer:
            self._node = self._seen(self.layer)
        elif any(node.name == self._node and node.layer for node in self.graph.nodes):
            self._node = OUTPUT
        self._mark()

    @traitlets.observe("zoom")
    def _on_zoom(self, _change: Any) -> None:
        self._draw()

    def _seen(self, layer: str) -> str:
        """The node that shows a layer: its own, or that of the closed module around it."""
        names = {node.name for node in self.graph.nodes}
        chain = Nesting(self.routes.shapes).chain(layer)
        inside = [node.name for node in self.graph.nodes if node.name.startswith(f"{layer} (")]
        return next((call for call in chain if call in names), inside[0] if inside else OUTPUT)

    def _draw(self) -> None:
        if self._scene is None or not self._ready:
            return
        ratio, colours = self._screen
        drawn, zoom, graph = self._scene, self.zoom, self.graph
        start = self.routes.start
        width, height = round(drawn.width * zoom), round(drawn.height * zoom)
        with traits_lock():
            self._sheet_box.layout.width, self._sheet_box.layout.height = f"{width}px", f"{height}px"
            self._sheet.show(drawing(drawn, colours, zoom, graph.opened), width, height, ratio)
            with self._overlay.hold_sync():
                self._overlay._size = [drawn.width, drawn.height]
                self._overlay._zoom = zoom
                self._overlay._boxes = [
                    {
                        "name": box.name,
                        "text": box_text(graph.node(box.name), start),
                        **{side: getattr(box, side) for side in ("x", "y", "width", "height")},
                    }
                    for box in drawn.boxes
                ]
                self._overlay._edges = [
                    {
                        "above": stroke.edge.above,
                        "below": stroke.edge.below,
                        "weight": abs(stroke.edge.relevance),
                        "text": edge_text(stroke.edge, start),
                        "width": stroke.width,
                        "path": "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in stroke.points),
                    }
                    for stroke in drawn.strokes
                ]
        self._mark()

    def _mark(self) -> None:
        with traits_lock():
            self._overlay._chosen = self._node
            self._words.value = table(self.graph, self._node, self.routes, self._asked, self._scene.legend)

    # -- hands ------------------------------------------------------------------------------------

    def _choose(self, name: str) -> None:
        self._node = name
        layer = self.graph.node(name).layer
        if layer is not None:
            self.layer = layer
        self._mark()

    def _toggle(self, name: str) -> None:
        """Open a closed module; close the one that an operation or a layer lies in."""
        node = self.graph.node(name)
        if node.opens:
            self.toggle(bare(node.layer))
        elif node.layer is not None and len(chain := Nesting(self.routes.shapes).chain(node.layer)) > 1:
            self.toggle(bare(chain[-2]))

    def _on_screen(self, ratio: float, colours: dict[str, str]) -> None:
        if (ratio, colours) != self._screen:  # a second page with the same theme needs no other picture
            self._screen = (ratio, colours)
            self._draw()

    def _arrange(self) -> list[ipywidgets.Widget]:
        self._sheet_box = _box("lrpw-graph-sheet", self._sheet.widget, self._overlay)
        stage = _box("lrpw-graph-stage", self._sheet_box)
        buttons = [
            _button("Fewer", "Show a level less", lambda: self._step_depth(-1)),
            _button("More", "Show a level more", lambda: self._step_depth(1)),
            _button("\u2212", "Smaller", lambda: self._step_zoom(1 / 1.25)),
            _button("+", "Larger", lambda: self._step_zoom(1.25)),
        ]
        rows = [ipywidgets.HBox(buttons), _box("lrpw-graph-main", stage, self._words)]
        for row in rows:
            take_turns(row)
        return rows

    def _step_zoom(self, by: float) -> None:
        self.zoom = min(max(round(self.zoom * by, 3), ZOOM[0]), ZOOM[1])

    def _step_depth(self, by: int) -> None:
        nesting = Nesting(self.routes.shapes)
        now = set(self.graph.opened)
        levels = [nesting.opened_at(depth) for depth in range(1, nesting.depth + 1)]
        at = max(at for at, level in enumerate(levels) if set(level) <= now)
        self.opened = list(levels[min(max(at + by, 0), len(levels) - 1)])

    # -- what may be set --------------------------------------------------------------------------

    @staticmethod
    def _check_trace(value: Any) -> Any:
        if not isinstance(value, Trace):
            raise InputError(f"a layer graph shows a trace (lw.trace(model, x)), not {type(value).__name__}.")
        return value

    def _check_layer(self, value: Any) -> Any:
        known = list(dict.fromkeys(path for path in self.trace._recording.outputs if path))
        if value not in ("", *known):
            raise LayerError(unknown("layer", str(value), known))
        return str(value)

    @traitlets.validate("zoom")
    def _check_zoom(self, proposal: Any) -> float:
        if not ZOOM[0] <= proposal["value"] <= ZOOM[1]:
            raise InputError(f"zoom {proposal['value']:g}: it goes from {ZOOM[0]:g} to {ZOOM[1]:g}.")
        return float(proposal["value"])

    @staticmethod
    def _check_method(value: Any) -> str:
        return METHODS.choose(value).name

    @staticmethod
    def _check_rules(value: Any) -> Any:
        presets.choose(value)
        return value


def _box(name: str, *children: ipywidgets.Widget) -> ipywidgets.Box:
    box = ipywidgets.Box(children)
    box.add_class(name)
    return box


def _button(text: str, tooltip: str, press: Any) -> ipywidgets.Button:
    button = ipywidgets.Button(description=text, tooltip=tooltip, layout=ipywidgets.Layout(width="auto"))
    button.on_click(lambda _: press())
    return button


def graph(trace: Trace, **options: Any) -> GraphView:
    """The layer graph of a trace; `options` are the traits of `GraphView` (`rules`, `target`, `layer`, ...)."""
    return GraphView(trace, **options)
