"""Thousands of inputs to browse: mistakes first, or by any measure; choose one, and everything follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets

from lrpwidgets.explain import code
from lrpwidgets.explain.inputs import described
from lrpwidgets.render.sheet import Tile, sheet
from lrpwidgets.widgets.gallery_question import FILTERS
from lrpwidgets.widgets.gallery_reading import GalleryReading
from lrpwidgets.widgets.gallery_table import NUMBERS, SORTS, UNKNOWN, Table
from lrpwidgets.widgets.inputs import Inputs
from lrpwidgets.widgets.predictor import Predictor
from lrpwidgets.widgets.still import still
from lrpwidgets.widgets.thumbnail import small
from lrpwidgets.widgets.traces import Traces
from lrpwidgets.widgets.worker import traits_lock

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import nn

STATIC = Path(__file__).parent / "static"
PAGE = 24  # inputs that are drawn before the browser says what is in sight, and in a saved notebook
PATIENCE = 1.0  # seconds that the picture in a saved notebook waits
SIGHT = 2000  # inputs that a browser may ask for at once


class GalleryView(GalleryReading, anywidget.AnyWidget):
    """A live gallery. See `gallery` for the arguments.

    Only what is in sight is read and drawn, and predicted first; the rest is predicted while nothing else is to be
    done. Sorting and filtering take what is known so far.
    """

    _esm = STATIC / "gallery.js"

    target = traitlets.Any("top", read_only=True)
    """What to ask about the chosen input: its predicted class if that is wrong ("why this"), else "top"."""

    minus = traitlets.Int(None, allow_none=True, read_only=True)
    """The true class of the chosen input if the prediction is wrong ("and not that"), else None."""

    _sorts = traitlets.List([]).tag(sync=True)  # names

    def __init__(
        self,
        model: nn.Module,
        inputs: Any,
        labels: Sequence[str] | None = None,
        input: Any = None,
        *,
        truth: Sequence[int | str] | None = None,
        input_range: Any = None,
        measures: Mapping[str, Any] | None = None,
        method: str = "lrp",
        rules: Any = "deep-taylor",
        **options: Any,
    ) -> None:
        self.check_names(
            options,
            (*self.options(), "labels", "input", "truth", "input_range", "measures", "method", "rules"),
        )
        self.inputs = Inputs(inputs, truth)
        self.domain = described(model, input, "input")
        self._described = code.given(labels, input, input_range, None, None)
        self._described += [] if truth is None else [("truth", "truth")]
        names = described(model, labels, "labels")
        self.table = Table(len(self.inputs), None if names is None else [str(name) for name in names])
        self._predict = Predictor(model, self.inputs, self.domain)
        self._traces = Traces(model, self.inputs, labels=labels, input=input, input_range=input_range)
        self._question = self._asked(method, rules)
        self._start_reading()
        self._add_measures(measures or {})
        self._ready = False
        self._owner: Any = None
        self._mirrored = False
        super().__init__(**options)
        try:
            # At once, so that what is wrong with the model is said in the cell.
            (answer,) = self._predict([self.index])
            if isinstance(answer, Exception):
                raise answer
            if self.inputs.truth_at_hand:
                for at in range(len(self.inputs)):
                    self._read_truth(at)
            self._read(self.index)
            self.table.put(self.index, answer)
        except BaseException:
            self.close()
            raise
        self._ready = True
        with self.hold_sync():
            self._sorts = [*SORTS, *list(self.table.columns)[len(NUMBERS) :]]
            if "sort" not in options and not (self.table.truth != UNKNOWN).any():
                self.sort = "given"
            self._arrange()
        self._see(self.order[:PAGE].tolist(), draw=False)
        self._choose()

    @property
    def order(self) -> NDArray[np.int32]:
        """The inputs that are shown, in their order."""
        return np.frombuffer(self._order, np.int32)

    def ask(self) -> None:
        """Predict anew, as after training the model."""
        with self._lock:
            self.table.forget()
            for name, (_, known) in self._functions.items():
                self.table.columns[name][:] = np.nan
                known[:] = False
            self._broken.clear()
        self._traces = Traces(self._traces.model, self.inputs, **self._traces._described)
        self.background = True
        self._arrange()
        self._choose()

    def stop(self) -> None:
        """Predict no more than what comes into sight; what is known stays. `background = True` goes on."""
        self.background = False
        super().stop()

    def follow(self, owner: Any) -> None:
        """Become a part of `owner`, a workbench with `index` and `ask`: a choice here is a question there.

        The gallery works in a thread of its own, and waits while `owner` is busy.
        """
        self._owner = owner

        def chosen(_change: Any = None) -> None:
            if owner.index != self.index:
                self._mirrored = True  # it was asked there already
                self.index = owner.index

        owner.observe(chosen, "index")
        chosen()

    @property
    def code(self) -> str:
        """Python that makes this view, where `model` and `inputs` (and what else is named) are what was given here."""
        given = {name: getattr(self, name) for name in ("index", *FILTERS)}
        defaults = {"index": 0, **{name: self.class_traits()[name].default_value for name in FILTERS}}
        words = "".join(f", {name}={given[name]!r}" for name in given if given[name] != defaults[name])
        measures = ", measures=measures" if len(self.table.columns) > len(NUMBERS) else ""
        described = "".join(f", {name}={text}" for name, text in self._described)
        return f"import lrpwidgets as lw\n\nlw.gallery(model, inputs{described}{measures}{words})"

    def picture(self) -> None:
        """None: what stands for this view in a saved notebook is a page of thumbnails."""
        return

    def page(self) -> NDArray[np.uint8]:
        """The first page as a picture (height, width, 3)."""
        tiles = []
        for at in self.order[:PAGE].tolist():
            facts = self._facts(at)
            verdict = facts["predicted"] if facts["predicted"] is not None else facts["failure"] or ""
            wrong = bool(self.table.wrong[at])
            words = f"{facts['truth']} > {verdict}" if wrong else verdict
            tiles.append(Tile(self._small(at), facts["title"], words, wrong))
        return sheet(self.summary, tiles)

    def _small(self, at: int) -> NDArray[np.uint8] | None:
        try:
            return small(self.inputs[at], self.domain)
        except Exception:  # noqa: BLE001 - a broken file must not take the page with it
            return None

    def __repr__(self) -> str:
        return f"GalleryView({self.summary})"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The live view, and for readers with no kernel its first page."""
        with suppress(RuntimeError):  # in an observer, which nothing may wait in
            self._worker.wait(PATIENCE)
        return still(self, self.page(), repr(self), self.code)

    # -- what hands ask ---------------------------------------------------------------------------

    def _on_message(self, view: object, content: object, buffers: object) -> None:
        if isinstance(content, dict) and content.get("kind") == "sight":
            self._see(content.get("indices"), content.get("missing"))
        if isinstance(content, dict) and content.get("kind") == "choose":
            self._choose()
        super()._on_message(view, content, buffers)

    def _see(self, indices: Any, missing: Any = (), *, draw: bool = True) -> None:
        """These inputs are in sight, and of those in `missing` there is no picture yet."""
        count = len(self.table)

        def sound(given: Any) -> list[int]:
            given = given if isinstance(given, (list, tuple)) else []
            return [at for at in given[:SIGHT] if type(at) is int and 0 <= at < count]

        with self._lock:
            self._sight = sound(indices)
            self._undrawn = sound(missing) if draw else []
        self._wake()

    def _choose(self) -> None:
        """Say what to ask about the chosen input, once it is predicted."""
        at = self.index
        with self._lock:
            known = bool(self.table.done[at])
            self._pending = UNKNOWN if known else at
        if not known:
            self._wake()
            return
        wrong = bool(self.table.wrong[at])
        with traits_lock():
            self.set_trait("target", int(self.table.predicted[at]) if wrong else "top")
            self.set_trait("minus", int(self.table.truth[at]) if wrong else None)
            mirrored, self._mirrored = self._mirrored, False
            if self._owner is not None and not mirrored:
                self._owner.ask(index=at, target=self.target, minus=self.minus)

    @traitlets.observe("index")
    def _on_index(self, _change: Any) -> None:
        if self._ready:
            self._choose()

    @traitlets.observe(*FILTERS)
    def _on_filter(self, _change: Any) -> None:
        if self._ready:
            self._arrange()
            self._wake()

    @traitlets.observe("background")
    def _on_background(self, _change: Any) -> None:
        if self._ready and self.background:
            self._wake()


def gallery(
    model: nn.Module,
    inputs: Any,
    labels: Sequence[str] | None = None,
    input: Any = None,
    **options: Any,
) -> GalleryView:
    """Browse many inputs: sort and filter them by class, correctness, score, margin, or any measure.

    model, inputs, labels, input, truth, input_range: as in `lw.explore`. `inputs` is read lazily.
    measures: by name, a number for each input (array, pandas Series), or a function of (model, x, explanation), which
        is asked once one sorts or filters by it; the explanation is that of the predicted class by `method` and
        `rules`.
    index, sort, descending, show, true_class, predicted_class, search, within, background: see the traits of
        `GalleryView`.

    Returns at once. Raises what the first input raises; an input further on that cannot be read or predicted is
    told where it stands.
    """
    return GalleryView(model, inputs, labels, input, **options)
