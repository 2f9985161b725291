"""The filter view: the units of a layer ranked by relevance, and the map through those that are kept."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets
from ipywidgets import widget_serialization

from lrpwidgets.errors import InputError, LayerError, LrpError, TargetError, unknown
from lrpwidgets.explain import presets
from lrpwidgets.explain.code import literal
from lrpwidgets.explain.filtering import Filter
from lrpwidgets.explain.methods import METHODS
from lrpwidgets.explain.trace import Trace
from lrpwidgets.render.kinds import kind
from lrpwidgets.widgets import filter_still
from lrpwidgets.widgets.filling import Filling
from lrpwidgets.widgets.filter_sums import filter_sums
from lrpwidgets.widgets.heatmap import HeatmapView
from lrpwidgets.widgets.inputs import Inputs
from lrpwidgets.widgets.layer_shapes import Shapes, default_layer
from lrpwidgets.widgets.liking import Liking
from lrpwidgets.widgets.still import still
from lrpwidgets.widgets.through import Through
from lrpwidgets.widgets.traits import Checked, Option
from lrpwidgets.widgets.unit_maps import UnitMaps
from lrpwidgets.widgets.worker import Token, model_lock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lrpwidgets.explain.explanation import Explanation

STATIC = Path(__file__).parent / "static"
PATIENCE = 1.0  # seconds that the picture in a saved notebook waits for small maps
QUESTION = ("target", "minus", "method", "rules", "parameters")


class FilterView(Filling, Liking, anywidget.AnyWidget):
    """The units of a layer, each with its share of relevance and its own map; choose which relevance must pass.

    Every control is a trait: `view.through = {"features.6": [3, 17]}` does what clicks do, and filters in several
    layers act together. The model works in a thread of the view; `wait()` waits for the answer. See `filters` for
    the arguments.
    """

    _esm = STATIC / "filters.js"

    trace = Checked("_check_trace", None)
    """The recorded forward pass that is asked, of one input; settable, filters stay."""

    layer = Checked("_check_layer", "", allow_none=False).tag(sync=True)
    """Module path of the layer whose units are shown."""

    through = Through()
    """{module path: units} that relevance must pass, as `lw.explain(through=...)` takes it; {}: nothing is filtered."""

    unit = Checked("_check_unit", None, allow_none=True).tag(sync=True)
    """The unit of `layer` that is looked at larger, counted from 0; None: none."""

    target = Checked("_check_target", "top")
    """What is explained, as `lw.explain` takes it."""

    minus = Checked("_check_target", None, allow_none=True)
    """A second target that is subtracted; None: nothing."""

    method = Checked("_check_method", "lrp")
    """A name in `lw.METHODS`, of a method that walks back."""

    rules = Checked("_check_rules", None, allow_none=True)
    """A name in `lw.PRESETS`, a preset, or rules by module path; None: the method's own."""

    parameters = traitlets.Dict({})
    """Other parameters of the method, by name."""

    cmap = Option("blue-red").tag(sync=True)
    """Colour map of the small maps and the heat map; zero is neutral, red is for and blue against."""

    explanation = traitlets.Any(None, allow_none=True, read_only=True)
    """The filtered map, for a heat map to follow; unfiltered while `through` is {}."""

    _heatmap = traitlets.Instance(HeatmapView, None, allow_none=True).tag(sync=True, **widget_serialization)
    _relevance = traitlets.Bytes(b"").tag(sync=True)  # float32 (channel,): of the units of `layer`
    _shape = traitlets.List([]).tag(sync=True)  # of the layer's output without batch
    _small_shape = traitlets.List([0, 0]).tag(sync=True)  # (rows, columns) of a small map
    _sums = traitlets.Dict({}).tag(sync=True)
    _unit_relevance = traitlets.Bytes(b"").tag(sync=True)  # float32, positions of `unit`
    _unit_activation = traitlets.Bytes(b"").tag(sync=True)

    def __init__(
        self,
        trace: Trace,
        layer: str | None = None,
        *,
        inputs: Any = None,
        heatmap: bool = True,
        **options: Any,
    ) -> None:
        self.check_names(options, (*self.options(), "inputs", "heatmap"))
        self._check_trace(trace)
        self.units: UnitMaps | None = None
        self._whole: Explanation | None = None
        self._ready = False
        self._asked: dict[str, Any] = {}
        self._answered: dict[str, Any] = {}  # the question whose whole map and units are kept
        self._halted = False
        self._given = None if inputs is None else Inputs(inputs)
        self._shows_map = heatmap
        super().__init__(trace=trace, layer=default_layer(self.shapes) if layer is None else layer, **options)
        self._inputs = 0 if self._given is None else len(self._given)
        try:
            # At once, so that what is wrong is said in the cell, and a saved notebook has the picture.
            asked = self._question()
            self._show(asked, self._answer(asked, Token()))
            if heatmap and kind(self.explanation) == "image":
                self._heatmap = HeatmapView(self.explanation, cmap=self.cmap)
                self._heatmap.follow(self)
                traitlets.link((self, "cmap"), (self._heatmap, "cmap"))
                traitlets.dlink((self, "explanation"), (self._heatmap, "explanation"))
        except BaseException:
            self.close()
            raise
        self._asked, self._ready = asked, True
        self._fill()

    # -- what users do ----------------------------------------------------------------------------

    def ask(self, **question: Any) -> None:
        """Set several traits for one answer, such as `trace` and `target`. With none, ask the same again."""
        self.check_names(question, ("trace", "layer", "through", *QUESTION))
        with self.hold_trait_notifications():
            for name, value in question.items():
                setattr(self, name, value)
        if not question:
            self._asked = self._answered = {}
            self._on_question(None)

    def follow(self, owner: Any) -> None:
        """Ask what `owner` asks, whenever its `explanation` changes: another filter view, or a workbench.

        The answer is worked out in this view's own thread, and so is what it says and stops.
        """

        def changed(_: Any) -> None:
            asked = {name: getattr(owner, name) for name in QUESTION}
            try:
                self.ask(trace=owner.trace, **asked)
            except LrpError as error:
                self.complain(error)

        owner.observe(changed, "explanation")
        changed(None)

    def close(self) -> None:
        """Take the view and its heat map off the screen and end its threads."""
        if self._heatmap is not None:
            self._heatmap.close()
        super().close()

    @property
    def code(self) -> str:
        """Python that makes this view, where `model` and `x` are the user's own."""
        given = "".join(f", {name}={text}" for name, text in self.trace._given)
        view = [f'layer="{self.layer}"']
        view += ["inputs=inputs"] if self._given is not None else []
        if self.through:
            view.append(f"through={Filter.of(self.through).code}")
        defaults = {name: trait.default_value for name, trait in self.class_traits().items()}
        changed = [
            name
            for name in ("target", "minus", "method", "rules", "parameters", "unit", "cmap")
            if not _same(getattr(self, name), defaults[name]) and getattr(self, name) != {}
        ]
        view += [
            f"{name}={value!r}"
            if isinstance(value := getattr(self, name), dict)
            else f"{name}={literal(value)}"
            for name in changed
        ]
        view += [] if self._shows_map else ["heatmap=False"]
        return f"import lrpwidgets as lw\n\nlw.filters(lw.trace(model, x{given}), {', '.join(view)})"

    def picture(self) -> Explanation | None:
        """The filtered map."""
        return self.explanation

    def picture_options(self) -> dict[str, Any]:
        """As the heat map shows it."""
        return {"cmap": self.cmap} if self._heatmap is None else self._heatmap.picture_options()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The live view, and for readers with no kernel the map and the strongest units."""
        if self.explanation is None:
            return still(self, None, repr(self), "")
        with suppress(RuntimeError):  # in an observer, which nothing may wait in
            self._filler.wait(PATIENCE)
        return still(self, filter_still.picture(self), repr(self), self.code)

    def __repr__(self) -> str:
        if self.explanation is None:
            return "FilterView(nothing yet)"
        kept = Filter.of(self.through).code if self.through else "nothing filtered"
        sums = self._sums
        return f"FilterView({self.layer!r}, {kept}, sum R {sums['passed']:.5g} of {sums['whole']:.5g})"

    # -- asking the model -------------------------------------------------------------------------

    @traitlets.observe("trace", "layer", "through", *QUESTION)
    def _on_question(self, _change: Any) -> None:
        if not self._ready:
            return
        question = self._question()
        if _same(question, self._asked):  # several traits may ask one question
            return
        self._asked, self._halted = question, False
        self._request(lambda token: self._answer(question, token), lambda found: self._show(question, found))

    def _plain_question(self) -> dict[str, Any]:
        takes = {parameter.name for parameter in METHODS[self.method].parameters}
        asked = {name: getattr(self, name) for name in ("target", "minus", "method")}
        asked |= {name: value for name, value in self.parameters.items() if name in takes}
        return asked | ({"rules": self.rules} if "rules" in takes and self.rules is not None else {})

    def _question(self) -> dict[str, Any]:
        through = {path: tuple(units) for path, units in self.through.items()}
        return {
            "trace": self.trace,
            "asked": self._plain_question(),
            "layer": self.layer,
            "through": through,
        }

    def _answer(self, question: Mapping[str, Any], token: Token) -> tuple[Explanation, UnitMaps, Explanation]:
        """The whole map, the units of the layer, and the filtered map; at most one backward for each that is new."""
        session, asked, through = question["trace"], question["asked"], question["through"]
        before = self._answered
        same = before and before["trace"] is session and _same(before["asked"], asked)
        whole, units = (self._whole, self.units) if same else (None, None)
        with model_lock(session.model):
            token.check()
            if whole is None:
                whole = session.explain(**asked)
                token.check()
            if units is None or units.path != question["layer"]:
                units = UnitMaps.of(session, question["layer"], **asked)
                token.check()
            if not through:
                return whole, units, whole
            chosen = {path: list(kept) for path, kept in through.items()}
            return whole, units, session.explain(through=chosen, **asked)

    def _catch_up(self, token: Token) -> None:
        """Answer first what a new request of another kind has pushed aside."""
        question = self._question()
        if _same(question, self._answered):
            return
        found = self._answer(question, token)
        with self.hold_sync():
            token.check()
            self._show(question, found)

    def _show(self, question: dict[str, Any], found: tuple[Explanation, UnitMaps, Explanation]) -> None:
        whole, units, filtered = found
        other = whole is not self._whole
        self._whole, self._answered = whole, question
        if units is not self.units:
            self.units = units
            self._serial += 1
            self._relevance = units.totals.astype("<f4").tobytes()
            self._shape = list(units.relevance.shape)
            self._small_shape = list(units.shape)
            self._filled = 0
            self.set_trait("limit", 0.0)
            if self.unit is not None and self.unit >= len(units.relevance):
                self.unit = None
            self._show_unit()
        if other or not self._layers:
            self._layers = [
                [path, record.kind, list(record.shape[1:]), None]
                for path, record in self.shapes.records.items()
            ]
        self._sums = filter_sums(whole, filtered, units, question["through"])
        self.set_trait("explanation", filtered)

    # -- one unit ---------------------------------------------------------------------------------

    @traitlets.observe("unit")
    def _on_unit(self, _change: Any) -> None:
        if self._ready:
            self._show_unit()

    def _show_unit(self) -> None:
        """The grids of the unit looked at: the model need not work for it."""
        if self.units is None or self.unit is None:
            self._unit_relevance = self._unit_activation = b""
            return
        self._unit_relevance = self.units.relevance[self.unit].astype("<f4").tobytes()
        self._unit_activation = self.units.activation[self.unit].astype("<f4").tobytes()

    # -- messages, and what may be asked ----------------------------------------------------------

    def _on_message(self, _view: object, content: object, _buffers: object) -> None:
        if not isinstance(content, dict):
            return
        what = content.get("kind")
        try:
            if what == "maps" and self.units is not None:
                self._deliver(self.units, sorted(self.units.small))
            elif what == "like":
                self.like(by=str(content.get("by", "relevance")))
            elif what == "imagine":
                self.imagine()
            else:
                super()._on_message(_view, content, _buffers)
        except LrpError as error:
            self.complain(error)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """From the browser; what cannot be asked is said in the view, not in a log."""
        try:
            super().set_state(sync_data)
        except LrpError as error:
            self.complain(error)
            self.send_state([name for name in sync_data if name in self.keys])  # what is true is shown again

    def _check_trace(self, value: Any) -> Trace:
        if not isinstance(value, Trace):
            raise InputError(f"a filter view asks a trace (lw.trace(model, x)), not {type(value).__name__}.")
        if len(value.input) != 1:
            raise InputError(
                f"a filter view shows one input; this trace has {len(value.input)}: trace x[i:i+1]."
            )
        self.shapes = Shapes(value)  # what the other traits are checked against
        return value

    def _check_layer(self, value: Any) -> str:
        if value not in self.shapes:
            raise LayerError(unknown("layer", value, self.shapes))
        return str(value)

    def _check_unit(self, value: Any) -> int:
        shape = self.shapes[self.layer]
        if isinstance(value, bool) or not hasattr(value, "__index__") or not 0 <= int(value) < shape[1]:
            raise LayerError(f"there is no unit {value!r} in {self.layer}: its output has shape {shape}.")
        return int(value)

    def _check_target(self, value: Any) -> Any:
        if isinstance(value, bool) or value is None:
            raise TargetError(f"target {value!r}: give 'top', a class, a unit, or a callable on the output.")
        return value

    def _check_method(self, value: Any) -> str:
        return METHODS.choose(value).name

    def _check_rules(self, value: Any) -> Any:
        presets.choose(value)
        return value


def _same(one: Any, other: Any) -> bool:
    """Whether two questions are the same; a tensor is the same as itself only."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    return one is other or (
        not hasattr(one, "tolist") and not hasattr(other, "tolist") and bool(one == other)
    )


def filters(trace: Trace, layer: str | None = None, **options: Any) -> FilterView:
    """The units of a layer, ranked by relevance, to choose which of it must pass.

    trace: `lw.trace(model, x)` of one input. layer: a module path (None: the last layer whose units have positions).
    options: `through`, `target`, `minus`, `method`, `rules`, `parameters`, `unit` and `cmap` to begin with;
    `inputs`: a set to find what a unit likes in, as `lw.explore` takes it; `heatmap=False` leaves the heat map to
    another view that follows `explanation`.

    Raises what `lw.explain` raises.
    """
    return FilterView(trace, layer, **options)
