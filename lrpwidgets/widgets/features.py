"""Named features live: the strongest as bars, shares of their groups as pies, one feature's relevance over a batch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets
import numpy as np
import traitlets

from lrpwidgets.errors import InputError, LrpError, unknown
from lrpwidgets.measure.pooled import pool
from lrpwidgets.render import wording
from lrpwidgets.render.features_figure import MOST, rows
from lrpwidgets.render.files import save
from lrpwidgets.render.sample import caption, check_index
from lrpwidgets.widgets import feature_still
from lrpwidgets.widgets.feature_charts import FeatureCharts, slices
from lrpwidgets.widgets.still import still
from lrpwidgets.widgets.traits import Checked, Count, Option
from lrpwidgets.widgets.view import View, message, take_turns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.render.pies import Slice

STATIC = Path(__file__).parent / "static"
LARGEST = 200  # bars of features, at most
WIRED = ("cursor", "sample", "grouping", "most")  # what the browser may set
NUMBERED = ("explanation", "sample", "most", "cmap")


class FeatureBars(anywidget.AnyWidget):
    """The list of bars; what is set in it is checked by the view that owns it."""

    _esm = STATIC / "features.js"

    cursor = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    sample = traitlets.Int(0).tag(sync=True)
    grouping = traitlets.Unicode("").tag(sync=True)
    most = traitlets.Int(MOST).tag(sync=True)
    status = traitlets.Unicode("ready").tag(sync=True)
    progress = traitlets.Float(None, allow_none=True).tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)
    _rows = traitlets.List([]).tag(sync=True)  # of {"key", "name", "value", "relevance"}
    _caption = traitlets.Unicode("").tag(sync=True)
    _samples = traitlets.Int(0).tag(sync=True)
    _features = traitlets.Int(0).tag(sync=True)
    _groupings = traitlets.List([]).tag(sync=True)
    _cmap = traitlets.Unicode("").tag(sync=True)


class FeaturesView(View, ipywidgets.VBox):
    """Which named features speak for and against the decision, with their values.

    ``FeaturesView(explanation)``: bars of the strongest features of a sample, the others summed; pies of positive and
    of negative relevance by group; a histogram of the chosen feature's relevance over the batch. Every keyword is a
    trait. Raises `InputError` for an explanation whose domain is no `lw.features(...)`.
    """

    explanation = Checked("_check_explanation", None, allow_none=True)
    """The explanation that is shown; settable, the options stay. None: nothing yet."""

    sample = Checked("_check_sample", 0)
    """Which sample of a batch is shown, counted from 0."""

    cursor = Checked("_check_cursor", None, allow_none=True)
    """The chosen feature by its name, which the histogram shows; None: none, and the histogram shows the strongest."""

    grouping = Checked("_check_grouping", None, allow_none=True)
    """Which of the domain's groupings the pies show, by name; None: the first."""

    most = Count(MOST, 1, LARGEST)
    """How many features have a bar of their own."""

    cmap = Option("blue-red")
    """Colour map whose two ends colour for and against."""

    def __init__(self, explanation: Explanation | None = None, **options: Any) -> None:
        self.bars, self.charts = FeatureBars(), FeatureCharts()
        self._fitting = False
        super().__init__()
        self.children = [self.bars, self.charts]
        for child in self.children:
            take_turns(child)
        self.add_class("lrpw-features-view")
        self.check_names(options, self.options())
        for name in ("status", "progress", "error"):
            traitlets.dlink((self, name), (self.bars, name))
        self.bars.on_msg(self._on_message)
        try:
            self.explanation = explanation
            for name, value in options.items():
                setattr(self, name, value)
        except BaseException:
            self.close()
            raise
        self.bars.observe(self._on_wire, WIRED)

    # -- what it shows ------------------------------------------------------------------------------

    @property
    def feature(self) -> str | None:
        """The feature of the histogram: the chosen one, else the strongest of the sample."""
        return self.cursor if self.cursor is not None or not self.bars._rows else self.bars._rows[0]["key"]

    def values(self, feature: str | None = None) -> NDArray[np.float64]:
        """The relevance of a feature in every sample `(batch,)`; by default of the one that the histogram shows."""
        shown = self._present()
        at = shown.domain.index(self.feature if feature is None else feature)
        return np.asarray(shown.relevance[:, at].detach().cpu().double().numpy())

    def shares(self) -> tuple[list[Slice], list[Slice]]:
        """What the groups of `grouping` hold of the positive and of the negative relevance of the sample.

        Raises `MethodError` where sums over the map mean nothing.
        """
        return slices(pool(self._present()[self.sample], self._grouping()), self.cmap)

    @property
    def code(self) -> str:
        """Python that makes this view, up to the names of the model and its input."""
        defaults = {name: trait.default_value for name, trait in self.class_traits().items()}
        changed = "".join(
            f", {name}={getattr(self, name)!r}"
            for name in ("sample", "cursor", "grouping", "most", "cmap")
            if getattr(self, name) != defaults[name]
        )
        return f"import lrpwidgets as lw\n\nlw.view({self._present().code}{changed})"

    def picture(self) -> Explanation | None:
        """The explanation that is shown."""
        return self.explanation

    def picture_options(self) -> dict[str, Any]:
        """The view as options of `render`."""
        return {"sample": self.sample, "cmap": self.cmap}

    def save(self, path: str | Path, **options: Any) -> Path:
        """Write the bars to `path`: .png, .svg, .html or .lrp.json."""
        return save(self._present(), path, **{**self.picture_options(), **options})

    def follow(self, owner: View) -> None:
        """Become a part of `owner`: its status is shown here, and its explanation, if it has one."""
        super().follow(owner)
        if owner.has_trait("explanation"):
            traitlets.dlink((owner, "explanation"), (self, "explanation"))

    def __repr__(self) -> str:
        if self.explanation is None:
            return "FeaturesView(nothing yet)"
        first = ", ".join(f"{row['name']} {wording.short(row['relevance'])}" for row in self.bars._rows[:3])
        return f"FeaturesView({first}; {self.bars._caption})"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The live view, and for readers with no kernel its bars, pies and histogram as a picture."""
        if self.explanation is None:
            return still(self, None, repr(self), "")
        return still(self, feature_still.picture(self), repr(self), self.code)

    # -- drawing ------------------------------------------------------------------------------------

    @traitlets.observe("explanation", "sample", "cursor", "grouping", "most", "cmap")
    def _on_shown(self, change: Any) -> None:
        name, shown = change["name"], self.explanation
        if self._fitting:
            return
        if shown is None:
            self.bars._rows, self.bars._samples, self.bars._caption = [], 0, ""
            return
        with self.hold_sync(), self.bars.hold_sync():
            if name == "explanation":
                self._fit()
            for wired in ("cursor", "sample", "most"):
                setattr(self.bars, wired, getattr(self, wired))
            self.bars.grouping, self.bars._cmap = self._grouping(), self.cmap
            self.bars._groupings = list(shown.domain.groupings)
            self.bars._samples, self.bars._features = shown.relevance.shape
            if name in NUMBERED:
                words = caption(shown, self.sample)
                self.bars._caption = "  ".join([*wording.facts(words), words.recipe])
                self.bars._rows = [
                    {
                        "key": None if row.feature is None else row.name,
                        "name": row.name,
                        "value": row.value,
                        "relevance": row.relevance,
                    }
                    for row in rows(shown, self.sample, self.most)
                ]
            if name in (*NUMBERED, "grouping"):
                self._draw_shares()
            self._draw_counts()

    def _fit(self) -> None:
        """Another explanation: what it has not is not chosen any more."""
        shown, self._fitting = self._present(), True
        if self.sample >= len(shown.relevance):
            self.sample = 0
        if self.cursor is not None and self.cursor not in shown.domain.places:
            self.cursor = None
        if self.grouping is not None and self.grouping not in shown.domain.groupings:
            self.grouping = None
        self._fitting = False

    def _draw_shares(self) -> None:
        try:
            self.charts.show_shares(self.shares())
        except LrpError as error:
            self.charts.refuse_shares(message(error))

    def _draw_counts(self) -> None:
        feature = self.feature
        if feature is not None:
            self.charts.show_counts(feature, self.values(feature), self.sample, self.cmap)

    # -- the browser, and what may be asked -----------------------------------------------------------

    def _on_wire(self, change: Any) -> None:
        """Somebody chose in the list; what cannot be is said there, and the list shows again what is."""
        name = change["name"]
        if change["new"] == self._wired(name):  # Python set it
            return
        try:
            setattr(self, name, change["new"])
        except LrpError as error:
            self.complain(error)
            setattr(self.bars, name, self._wired(name))
        else:
            self._settle("ready", "")

    def _wired(self, name: str) -> Any:
        return self._grouping() if name == "grouping" else getattr(self, name)

    def _present(self) -> Explanation:
        if self.explanation is None:
            raise InputError("there is nothing to show yet: set the view's explanation first.")
        return self.explanation

    def _grouping(self) -> str:
        return str(self.grouping or self._present().domain.groupings[0])

    def _check_explanation(self, value: Any) -> Any:
        if value is None:
            return None
        if getattr(getattr(value, "domain", None), "kind", None) != "features":
            raise InputError(
                "this view shows explanations of named features: explain with input=lw.features(names=[...])."
            )
        for sample in range(len(value.relevance)):
            rows(value, sample, 1)  # finite, or said so before anything changes
        return value

    def _check_sample(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise InputError(f"sample must be a whole number, not {value!r}.")
        return value if self.explanation is None else check_index(self.explanation, value)

    def _check_cursor(self, value: Any) -> Any:
        if value is not None and self.explanation is not None:
            self.explanation.domain.index(value)
        return value

    def _check_grouping(self, value: Any) -> Any:
        if value is not None and self.explanation is not None:
            known = self.explanation.domain.groupings
            if value not in known:
                raise InputError(unknown("grouping of features", value, known))
        return value
