"""The workbench: choose an input, a class, a method; the model answers, the heat map follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from lrpwidgets.errors import InputError, TargetError, unknown
from lrpwidgets.explain import presets
from lrpwidgets.explain.methods import METHODS
from lrpwidgets.widgets.controls import Controls
from lrpwidgets.widgets.heatmap import HeatmapView
from lrpwidgets.widgets.inputs import Inputs
from lrpwidgets.widgets.traces import Traces
from lrpwidgets.widgets.traits import Checked
from lrpwidgets.widgets.view import View
from lrpwidgets.widgets.worker import Token

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import Tensor, nn

    from lrpwidgets.explain.explanation import Explanation

QUESTION = ("index", "target", "minus", "method", "rules", "parameters")


class Explore(View, ipywidgets.VBox):
    """A live workbench. Every control is a trait: `workbench.target = "lynx"` does what a click does.

    The model works in a thread of the view. Setting a trait returns at once, `wait()` waits for the answer. The
    last good picture stays while the model works and when it fails. See `explore` for the arguments.
    """

    index = Checked("_check_index", 0)
    """Which input is explained, counted from 0."""

    target = Checked("_check_target", "top")
    """What is explained: "top", a class index, a label, or a callable on the output."""

    minus = Checked("_check_target", None, allow_none=True)
    """A second target B that is subtracted; the map then sums to f_A - f_B. None: nothing."""

    method = Checked("_check_method", "lrp")
    """A name in `lw.METHODS`."""

    rules = Checked("_check_rules", "deep-taylor")
    """For methods with rules: a name in `lw.PRESETS`, a preset, or rules by module path."""

    parameters = traitlets.Dict({})
    """Other parameters of the method, by name."""

    explanation = traitlets.Any(None, allow_none=True, read_only=True)
    """The last answer: what is on the screen."""

    def __init__(
        self,
        model: nn.Module,
        inputs: Any,
        labels: Sequence[str] | None = None,
        input: Any = None,
        *,
        truth: Sequence[int | str] | None = None,
        input_range: Any = None,
        **options: Any,
    ) -> None:
        self.check_names(
            options, (*self.options(), *HeatmapView.options(), "labels", "input", "truth", "input_range")
        )
        shown = {name: options.pop(name) for name in HeatmapView.options() if name in options}
        card = getattr(model, "lrpwidgets_card", None)
        self.inputs = Inputs(inputs, truth)
        self.domain = getattr(card, "input", None) if input is None else input
        self._labels = (
            getattr(card, "labels", None) if labels is None else tuple(str(label) for label in labels)
        )
        self._traces = Traces(model, self.inputs, labels=labels, input=input, input_range=input_range)
        self._controls: Controls | None = None  # until there is a first answer
        self._asked: dict[str, Any] = {}
        self._shown = 0  # the input that is on the screen
        super().__init__(**options)
        try:
            # At once, so that what is wrong with the model is said in the cell, and a saved notebook has the picture.
            first = self._traces.explain(token=Token(), **self._question())
            if first.output.dim() != 2:
                shape = tuple(first.output.shape)
                raise InputError(f"the workbench shows class scores (batch, classes), not an output {shape}.")
            self.view = HeatmapView(first, **shown)
            self.view.follow(self)
            self._asked = self._question()
            self._controls = Controls(self)
        except BaseException:
            self.close()
            raise
        self._controls.strip.observe(lambda _: self._predict_shown(), "first")
        self.children = self._controls.arrange()
        self.add_class("lrpw-explore")
        self._show(self.index, first)

    def ask(self, **question: Any) -> None:
        """Set several traits for one answer. With none, ask the same again, as after training the model."""
        self.check_names(question, QUESTION)
        with self.hold_trait_notifications():
            for name, value in question.items():
                setattr(self, name, value)
        if not question:
            self._asked = {}
            self._on_question(None)

    @property
    def code(self) -> str:
        """Python that makes the heat map, where `model`, `inputs` (and `labels`) are what was given here."""
        return self.view.code.replace("(model, x,", f"(model, {self.inputs.code(self._shown)},", 1)

    def save(self, path: str | Path, **options: Any) -> Path:
        """Write the heat map to `path`; see `HeatmapView.save`."""
        return self.view.save(path, **options)

    def picture(self) -> Explanation | None:
        """The explanation on the screen."""
        return self.explanation

    def picture_options(self) -> dict[str, Any]:
        """As the heat map shows it."""
        return self.view.picture_options()

    def __repr__(self) -> str:
        if self.explanation is None:
            return "Explore(nothing yet)"
        return f"Explore({self.inputs.title(self._shown)!r}, {self.view!r})"

    # -- asking the model -------------------------------------------------------------------------

    @traitlets.observe(*QUESTION)
    def _on_question(self, _change: Any) -> None:
        question = self._question()
        if self._controls is None or _same(question, self._asked):  # several traits may ask one question
            return
        self._asked = question
        index = question["index"]
        self._request(
            lambda token: self._traces.explain(token=token, **question),
            lambda explanation: self._show(index, explanation),
        )

    def _question(self) -> dict[str, Any]:
        """What is asked now, as arguments of `Traces.explain`."""
        takes = {parameter.name for parameter in METHODS[self.method].parameters}
        question = {name: getattr(self, name) for name in ("index", "target", "minus", "method")}
        question |= {name: value for name, value in self.parameters.items() if name in takes}
        return question | ({"rules": self.rules} if "rules" in takes else {})

    def _show(self, index: int, explanation: Explanation) -> None:
        self._shown = index
        self.set_trait("explanation", explanation)
        self.view.explanation = explanation
        self._controls.show(explanation)
        self._mark(index, explanation.output[0])
        self._predict_shown()

    def _mark(self, index: int, scores: Tensor) -> None:
        truth = self.inputs.truth(index, self._labels)
        self._controls.strip.mark(index, None if truth is None else int(scores.argmax()) == truth)

    def _predict_shown(self) -> None:
        """See which inputs of the page are predicted right, one by one, when nothing else is to be done."""
        unmarked = self._controls.strip.unmarked() if self.inputs.has_truth else []
        if not unmarked:
            return
        index = unmarked[0]

        def predicted(scores: Tensor) -> None:
            self._mark(index, scores)
            self._predict_shown()

        self._worker.submit(lambda _: self._traces.output(index), predicted, self.complain, background=True)

    # -- what may be asked ------------------------------------------------------------------------

    def _check_index(self, value: Any) -> int:
        if (
            isinstance(value, bool)
            or not hasattr(value, "__index__")
            or not 0 <= int(value) < len(self.inputs)
        ):
            raise InputError(f"there is no input {value!r}: there are {len(self.inputs)}, counted from 0.")
        return int(value)

    def _check_target(self, value: Any) -> Any:
        if callable(value):
            return value
        if isinstance(value, str):
            if value != "top" and self._labels is None:
                raise TargetError(
                    f"{value!r} is a label, but the classes have no names: give labels=, or an index."
                )
            if value != "top" and value not in self._labels:
                raise TargetError(unknown("label", value, ("top", *self._labels)))
            return value
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise TargetError(
                f"target {value!r}: give 'top', a class index, a label, or a callable on the output."
            )
        return int(value)

    def _check_method(self, value: Any) -> str:
        return METHODS.choose(value).name

    def _check_rules(self, value: Any) -> Any:
        presets.choose(value)
        return value


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two questions are the same; a tensor is the same as itself only."""
    if one.keys() != other.keys():
        return False
    pairs = ((one[name], other[name]) for name in one)
    return all(a is b or (not hasattr(a, "tolist") and not hasattr(b, "tolist") and a == b) for a, b in pairs)


def explore(
    model: nn.Module,
    inputs: Any,
    labels: Sequence[str] | None = None,
    input: Any = None,
    **options: Any,
) -> Explore:
    """The live workbench for a model and its inputs.

    model: any eager torch module. inputs: a batch (batch, ...), one picture, or a sequence of whatever `input`
    encodes, or of (input, true label) pairs. labels: names of the classes. input: preprocessing, `lw.image(...)`.
    options: `target`, `minus`, `method`, `rules`, `index` and `parameters` to begin with; options of the heat map
    (`layout`, `cmap`, ...); `truth`, a true label for each input, marks wrong predictions; `input_range`.

    Raises what `lw.explain` raises for the first input.
    """
    return Explore(model, inputs, labels, input, **options)
