"""The panels of the workbench: a view of each kind, made when it is first opened, and one on the screen at a time.

A view's module is imported when its panel is made, so that opening the workbench does not wait for all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from lrpwidgets.errors import InputError, LrpError, ModelError
from lrpwidgets.widgets.traces import MOST_TRIES
from lrpwidgets.widgets.view import View, close_all, take_turns
from lrpwidgets.widgets.worker import Token, Worker

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.explain.trace import Trace
    from lrpwidgets.widgets.explore import Explore


class Shown(traitlets.HasTraits):
    """What a panel follows: what the workbench shows, as long as the panel is open."""

    explanation = traitlets.Any(None, allow_none=True)

    def __init__(self, workbench: Explore) -> None:
        super().__init__()
        self._workbench = workbench
        self.trace: Trace | None = None  # of the input on the screen

    def look(self, explanation: Explanation, trace: Trace) -> None:
        """Take over what is shown now."""
        self.trace = trace
        self.explanation = explanation

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._workbench, name)  # what was asked: target, method, ...


def _filters(workbench: Explore, shown: Shown) -> View:
    from lrpwidgets.widgets.filters import FilterView

    inputs = [workbench.inputs[at] for at in range(min(len(workbench.inputs), MOST_INPUTS))]
    view = FilterView(shown.trace, inputs=inputs, heatmap=False)
    traitlets.link((workbench.view, "cmap"), (view, "cmap"))
    view.follow(shown)
    view.observe(lambda _: _filter(workbench, view), "explanation")
    return view


def _filter(workbench: Explore, view: Any) -> None:
    """The heat map of the workbench shows what the filters leave, while their panel is open."""
    if workbench.panel == "filters":
        workbench.view.explanation = view.explanation if view.through else workbench.explanation


def _regions(workbench: Explore, _shown: Shown) -> View:
    from lrpwidgets.widgets.regions import RegionView

    view = RegionView(workbench.explanation)
    view.follow(workbench)  # sums of what is there already: they cost nothing while nobody looks
    return view


def _flipping(workbench: Explore, shown: Shown) -> View:
    from lrpwidgets.widgets.flipping import FlipView

    x = workbench.explanation.input[:1]
    patch = max(1, min(x.shape[-2:]) // PATCHES)
    view = FlipView(workbench.model, x, patch=patch, **_described(workbench))
    view.follow(shown)
    return view


def _compare(workbench: Explore, shown: Shown) -> View:
    from lrpwidgets.widgets.compare import CompareView

    view = CompareView(workbench.model, workbench.explanation.input[:1], METHODS, **workbench.described)
    view.follow(shown)
    return view


def _described(workbench: Explore) -> dict[str, Any]:
    """What was said of the model's inputs and classes."""
    return {name: value for name, value in workbench.described.items() if value is not None}


def _gallery(workbench: Explore, _shown: Shown) -> View:
    from lrpwidgets.widgets.gallery import GalleryView

    view = GalleryView(workbench.model, workbench.given, truth=workbench.truth, **workbench.described)
    view.follow(workbench)
    return view


def _prototypes(workbench: Explore, shown: Shown) -> View:
    from lrpwidgets.widgets.prototypes import PrototypeView

    view = PrototypeView(workbench.model, run=False, **_described(workbench))
    view.follow(shown)
    return view


def _rules(workbench: Explore, shown: Shown) -> View:
    from lrpwidgets.widgets.rules import RuleView

    view = RuleView(shown.trace, heatmap=False)
    view.follow(workbench)
    shown.observe(lambda _: view.set_trait("trace", shown.trace), "explanation")
    return view


METHODS = ("sensitivity", "gradient-x-input", "guided-backprop", "lrp")  # compared to begin with
PATCHES = 14  # a side, to begin with
MOST_INPUTS = 64  # of those given, that a unit's favourites are looked for among


def _graph(workbench: Explore, shown: Shown) -> View:
    from lrpwidgets.widgets.graph import GraphView

    asked = {name: getattr(workbench, name) for name in GRAPHED}
    view = GraphView(shown.trace, **asked)
    view.follow(workbench)
    shown.observe(
        lambda _: view.ask(trace=shown.trace, **{name: getattr(workbench, name) for name in GRAPHED}),
        "explanation",
    )
    return view


GRAPHED = ("target", "minus", "method", "rules", "parameters")
# Name, what the button says, how the view is made.
PANELS: dict[str, tuple[str, Callable[[Explore, Shown], View]]] = {
    "gallery": ("All inputs: sort, filter, mistakes first", _gallery),
    "filters": ("Units of a layer, and what flows through them", _filters),
    "regions": ("Object against context: relevance in regions that you draw", _regions),
    "flipping": ("Remove patch after patch, and watch the score", _flipping),
    "rules": ("Which rule each layer uses, and where relevance goes", _rules),
    "graph": ("The network, its edges as wide as the relevance that they carry", _graph),
    "prototypes": ("What the class looks like to the net", _prototypes),
    "compare": ("Methods beside each other, on one scale", _compare),
}


class Panels(ipywidgets.VBox):
    """A row of buttons, and the panel whose button is pressed. What was done in a panel is there when it opens again.

    Panels are made, and told of the next input, in a thread: both may have to wait for the model.
    """

    def __init__(self, workbench: Explore) -> None:
        self._workbench = workbench
        self._made: dict[str, tuple[View, Shown]] = {}
        self._worker = Worker("lrpwidgets panels")
        self._complaint: Exception | None = None
        self._buttons = {
            name: ipywidgets.ToggleButton(description=name.capitalize(), tooltip=says)
            for name, (says, _) in PANELS.items()
        }
        for name, button in self._buttons.items():
            button.observe(lambda change, name=name: self._press(name, change["new"]), "value")
        self._opening = ipywidgets.Label("Opening.")
        tabs = ipywidgets.Box(tuple(self._buttons.values()))
        tabs.add_class("lrpw-panel-tabs")
        super().__init__((tabs,))
        self.add_class("lrpw-panels")
        take_turns(tabs)
        workbench.observe(lambda _: self.show(workbench.panel, again=False), "explanation")

    def show(self, name: str | None, *, again: bool = True) -> None:
        """Open a panel, or close the one that is open.

        Where the weights have changed since the last answer, the workbench asks `again` before.
        """
        for other, button in self._buttons.items():
            button.value = other == name
        if again:
            self._workbench.forgive(self._complaint)
        if name is None:
            self._put()
            self._workbench.view.explanation = self._workbench.explanation
            return
        self._put(self._made[name][0] if name in self._made else self._opening)
        self._worker.submit(
            lambda token: self._look(name, token, again=again),
            lambda there: self._arrive(name) if there else self._workbench.ask(),
            self._fail,
        )

    def wait(self, timeout: float = 60.0) -> None:
        """Wait until the panel that was asked for is there. Raises `TimeoutError`."""
        if not self._worker.wait(timeout):
            raise TimeoutError(f"the panel was not there after {timeout:g} seconds.")

    @property
    def code(self) -> str | None:
        """Python that makes the open panel; None if there is none."""
        view = self._made[self._workbench.panel][0] if self._workbench.panel in self._made else None
        with suppress(NotImplementedError):
            return None if view is None else view.code
        return None

    def view(self, name: str) -> View | None:
        """The view of a panel; None if it was never opened."""
        return self._made[name][0] if name in self._made else None

    def close(self) -> None:
        """Close every view that was made, in sight or not."""
        self._worker.close()
        for view, _ in self._made.values():
            close_all(view)
        close_all(self._opening)
        super().close()

    def _look(self, name: str, token: Token, *, again: bool) -> bool:
        """Let the panel look at what is shown; False where the workbench has to ask `again` first.

        A net that is being trained is another one than was recorded, maybe already when its panel is made.
        """
        if again and self._workbench.outdated():
            return False
        for left in reversed(range(MOST_TRIES)):
            token.check()
            try:
                self._make(name, self._workbench.answer())
                break
            except ModelError:
                if not left or not self._workbench.outdated():
                    raise
        return True

    def _make(self, name: str, answer: tuple[Explanation, Trace]) -> None:
        """Tell a panel of the last answer; make it first, if it was never opened."""
        if name in self._made:
            self._made[name][1].look(*answer)
            return
        shown = Shown(self._workbench)
        shown.look(*answer)
        view = PANELS[name][1](self._workbench, shown)
        self._made[name] = view, shown
        self._workbench.watch(view)
        if view.has_trait("layer"):
            view.observe(self._share_layer, "layer")

    def _share_layer(self, change: Any) -> None:
        """A layer that was chosen in one panel is chosen in the others that know it."""
        for view, _ in self._made.values():
            if view is not change["owner"] and view.has_trait("layer") and change["new"]:
                with suppress(LrpError):  # one lists modules, another the layers with weights
                    view.layer = change["new"]

    def _arrive(self, name: str) -> None:
        if name != self._workbench.panel:
            return
        view = self._made[name][0]
        self._put(view)
        self._workbench.view.explanation = self._workbench.explanation
        if name == "filters" and view.status == "ready":
            _filter(self._workbench, view)

    def _fail(self, error: Exception) -> None:
        if self._workbench.panel not in self._made:
            self._workbench.panel = None
        self._complaint = error
        self._workbench.complain(error)

    def _put(self, *shown: ipywidgets.Widget) -> None:
        self.children = (self.children[0], *shown)
        (self.add_class if shown else self.remove_class)("lrpw-open")

    def _press(self, name: str, pressed: bool) -> None:
        """A button was pressed, or set from here: then it agrees with what is open already."""
        if pressed != (self._workbench.panel == name):
            self._workbench.panel = name if pressed else None


def check(value: Any) -> str | None:
    """A panel's name or None. Raises `InputError` for anything else."""
    if value is not None and value not in PANELS:
        raise InputError(f"there is no panel {value!r}: give None, or one of {', '.join(PANELS)}.")
    return None if value is None else str(value)
