"""The workbench: choose an input, a class, a method; the model answers, the heat map follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from lrpwidgets.errors import InputError, LrpError
from lrpwidgets.explain.methods import METHODS
from lrpwidgets.widgets import explore_code
from lrpwidgets.widgets import state as states
from lrpwidgets.widgets.answers import Answers, same
from lrpwidgets.widgets.averages import Averages, pair
from lrpwidgets.widgets.controls import Controls
from lrpwidgets.widgets.explore_question import ExploreQuestion
from lrpwidgets.widgets.heatmap import HeatmapView
from lrpwidgets.widgets.inputs import Inputs
from lrpwidgets.widgets.panels import Panels
from lrpwidgets.widgets.traces import Traces
from lrpwidgets.widgets.view import View
from lrpwidgets.widgets.worker import Token, traits_lock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import Tensor, nn

    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.explain.trace import Trace

QUESTION = ("index", "target", "minus", "method", "rules", "parameters", "shifts")
ARGUMENTS = ("labels", "input", "truth", "input_range", "window", "stride", "state")
FIRST_SHIFTS = {"range": 1, "step": 1}  # that the toggle begins with: nine maps


class Explore(ExploreQuestion, ipywidgets.VBox):
    """A live workbench. Every control is a trait: `workbench.target = "lynx"` does what a click does.

    The model works in a thread of the view. Setting a trait returns at once, `wait()` waits for the answer. The
    last good picture stays while the model works and when it fails. See `explore` for the arguments.
    """

    explanation = traitlets.Any(None, allow_none=True, read_only=True)
    """The last answer. `view.explanation` is on the screen: the answer, or what the panel's filters leave of it."""

    def __init__(
        self,
        model: nn.Module,
        inputs: Any,
        labels: Sequence[str] | None = None,
        input: Any = None,
        *,
        truth: Sequence[int | str] | None = None,
        input_range: Any = None,
        window: Any = None,
        stride: Any = None,
        state: Any = None,
        **options: Any,
    ) -> None:
        self.check_names(options, (*self.options(), *HeatmapView.options(), *ARGUMENTS))
        options = (states.read(state, self.state_names()) if state is not None else {}) | options
        self.window, self.stride = (
            None if each is None else pair(name, each)
            for name, each in (("window", window), ("stride", stride))
        )
        if self.stride and not self.window:
            raise InputError(
                f"stride={stride!r} says how far windows lie apart: say window=(height, width), too."
            )
        shown = {name: options.pop(name) for name in HeatmapView.options() if name in options}
        card = getattr(model, "lrpwidgets_card", None)
        self.inputs = Inputs(inputs, truth)
        self.domain = getattr(card, "input", None) if input is None else input
        self._labels = (
            getattr(card, "labels", None) if labels is None else tuple(str(label) for label in labels)
        )
        self.model, self.given, self.truth = model, inputs, truth
        self.described = {"labels": labels, "input": input, "input_range": input_range}
        self._traces = Traces(model, self.inputs, **self.described)
        averages = Averages(model, self.inputs, self.window, self.stride, **self.described)
        self._answers = Answers(self._traces, averages)
        self._controls: Controls | None = None  # until there is a first answer
        self.panels: Panels | None = None
        self._asked: dict[str, Any] = {}
        self.last_shifts = dict(FIRST_SHIFTS)  # for when they are on again
        self._shown = 0  # the input that is on the screen
        super().__init__(**options)
        try:
            # At once, so that what is wrong with the model is said in the cell, and a saved notebook has the picture.
            first = self._first()
            if first.output.dim() != 2:
                shape = tuple(first.output.shape)
                raise InputError(f"the workbench shows class scores (batch, classes), not an output {shape}.")
            self.view = HeatmapView(first, **shown)
            self.view.follow(self)
            self.view._shifted = None if self.window else bool(self.shifts)
            self._asked = self._question()
            self._controls = Controls(self)
        except BaseException:
            self.close()
            raise
        self._controls.strip.observe(lambda _: self._predict_shown(), "first")
        self.view.observe(self._on_toggle, "_shifted")
        self.panels = Panels(self)
        self.children = self._controls.arrange(self.panels)
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
            self._answers.forget()
            self._on_question(None)

    @property
    def trace(self) -> Trace:
        """The recorded forward pass of the input on the screen. Waits while the model works."""
        return self._traces.get(self._shown)

    def outdated(self) -> bool:
        """Whether the model's weights have changed since the input on the screen was recorded."""
        with traits_lock():
            index = self._shown
        return self._traces.outdated(index)

    def answer(self) -> tuple[Explanation, Trace]:
        """The last answer and a trace of the same input, although another answer may be on its way.

        The trace is of the weights as they are now.
        """
        with traits_lock():
            explanation, index = self.explanation, self._shown
        return explanation, self._traces.current(index)

    def wait(self, timeout: float = 60.0) -> None:
        """Wait until every request is answered and the panel that was asked for is there; see `View.wait`."""
        for _ in range(2):  # a panel may ask anew, and is told of the answer
            super().wait(timeout)
            if self.panels is not None:
                self.panels.wait(timeout)
        super().wait(timeout)

    def watch(self, panel: View) -> None:
        """Keep the code on the screen true of a panel, too."""
        if self._controls is not None:
            self._controls.watch(panel)

    def toggle_shifts(self, on: bool | None = None) -> None:
        """The translation trick off, or on with the last range and step; the other way unless `on` says which."""
        on = not self.shifts if on is None else on
        if on != bool(self.shifts):
            self.ask(shifts=dict(self.last_shifts) if on else 0)

    def choose_shifts(self, shifts: dict[str, int]) -> None:
        """Range and step: at once where shifts are on, else for when they are."""
        self.last_shifts = self._check_shifts(shifts)
        if self.shifts:
            self.ask(shifts=dict(self.last_shifts))

    @property
    def state(self) -> dict[str, Any]:
        """What is asked and how it is shown, as JSON has it; `lw.explore(model, inputs, state=...)` goes on there.

        Raises `InputError` for what JSON cannot hold: a callable target, a large tensor as a parameter.
        """
        asked = {name: getattr(self, name) for name in (*QUESTION, "panel")}
        return states.plain(asked | self.view.changed_options())

    @state.setter
    def state(self, state: Any) -> None:
        asked = states.read(state, self.state_names())
        panel = self._check_panel(asked.pop("panel", None))
        shown = {name: asked.pop(name) for name in list(asked) if name not in QUESTION}
        defaults = {name: self.traits()[name].default_value for name in QUESTION}
        checked = {
            name: self.traits()[name]._validate(self, value) for name, value in (defaults | asked).items()
        }
        self.view.restore(shown)
        self.ask(**checked)
        self.panel = panel

    def save_state(self, path: str | Path) -> Path:
        """Write `state` to a JSON file, which `lw.explore(model, inputs, state=path)` reads."""
        return states.write(self.state, path)

    @classmethod
    def state_names(cls) -> tuple[str, ...]:
        """What a state may hold."""
        return (*QUESTION, "panel", *(name for name in HeatmapView.options() if name != "explanation"))

    @property
    def code(self) -> str:
        """Python that makes the heat map and the open panel; `model`, `inputs`, `labels` are what was given here."""
        panel = None if self.panels is None else self.panels.code
        return explore_code.together(self.view.code, panel, self.inputs.code(self._shown))

    def save(self, path: str | Path, **options: Any) -> Path:
        """Write the heat map to `path`; see `HeatmapView.save`."""
        return self.view.save(path, **options)

    def picture(self) -> Explanation | None:
        """The explanation on the screen: the last answer, or what the filters of the open panel leave of it."""
        return self.view.explanation

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
        if self._controls is None or same(question, self._asked):  # several traits may ask one question
            return
        self._asked = question
        index = question["index"]
        self._request(
            lambda token: self._answers.explain(token, **question),
            lambda explanation: self._show(index, explanation),
        )

    def _question(self) -> dict[str, Any]:
        """What is asked now, as arguments of `Answers.explain`."""
        takes = {parameter.name for parameter in METHODS[self.method].parameters}
        question = {name: getattr(self, name) for name in ("index", "target", "minus", "method", "shifts")}
        question |= {name: value for name, value in self.parameters.items() if name in takes}
        return question | ({"rules": self.rules} if "rules" in takes else {})

    def _first(self) -> Explanation:
        """The first answer. A net that the input is too large for is the commonest mistake: it is said what helps."""
        try:
            return self._answers.explain(Token(), **self._question())
        except InputError as error:
            if self.window is None and "shapes cannot be multiplied" in str(error):
                raise InputError(
                    f"{error}. If the picture is larger than what the net takes, say window=(height, width): "
                    "the net then looks at one window after another."
                ) from error
            raise

    def _on_toggle(self, change: Any) -> None:
        """Key t in the heat map."""
        try:
            self.toggle_shifts(change["new"])
        except LrpError as error:
            self.complain(error)

    @traitlets.observe("shifts")
    def _on_shifts(self, _change: Any) -> None:
        if self.shifts:
            self.last_shifts = dict(self.shifts)
        if self._controls is not None and self.window is None:
            self.view._shifted = bool(self.shifts)

    def _show(self, index: int, explanation: Explanation) -> None:
        self._shown = index
        self.set_trait("explanation", explanation)
        self.view.explanation = explanation
        self._controls.show(explanation)
        if not self.shifts:  # else these are means
            self._mark(index, explanation.output[0])
        self._predict_shown()

    def _mark(self, index: int, scores: Tensor) -> None:
        truth = self.inputs.truth(index, self._labels)
        self._controls.strip.mark(index, None if truth is None else int(scores.argmax()) == truth)

    def _predict_shown(self) -> None:
        """See which inputs of the page are predicted right, one by one, when nothing else is to be done."""
        unmarked = self._controls.strip.unmarked() if self.inputs.has_truth and self.window is None else []
        if not unmarked:
            return
        index = unmarked[0]

        def predicted(scores: Tensor) -> None:
            self._mark(index, scores)
            self._predict_shown()

        self._worker.submit(lambda _: self._traces.output(index), predicted, self.complain, background=True)

    @traitlets.observe("panel")
    def _on_panel(self, _change: Any) -> None:
        if self.panels is not None:
            self.panels.show(self.panel)


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
    window: (height, width) of what the net takes, for inputs that are larger; `stride` between windows, as large as
    they are unless given. Scores and relevance are then sums over all windows (section 6.5).
    state: what `Explore.state` gave, or the path of what `save_state` wrote; other options win over it.

    Raises what `lw.explain` raises for the first input.
    """
    return Explore(model, inputs, labels, input, **options)
