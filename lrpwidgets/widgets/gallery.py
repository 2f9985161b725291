"""Thousands of inputs to browse: mistakes first, or by any measure; choose one, and everything follows."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets

from lrpwidgets.errors import InputError, TargetError, unknown
from lrpwidgets.explain import code, presets
from lrpwidgets.explain.inputs import described
from lrpwidgets.explain.methods import METHODS
from lrpwidgets.render.sheet import Tile, sheet
from lrpwidgets.widgets.gallery_table import NUMBERS, SORTS, UNKNOWN, Filter, Table, column
from lrpwidgets.widgets.inputs import Inputs
from lrpwidgets.widgets.predictor import Predictor, reason
from lrpwidgets.widgets.still import still
from lrpwidgets.widgets.thumbnail import small, thumbnail
from lrpwidgets.widgets.traces import Traces
from lrpwidgets.widgets.traits import Checked
from lrpwidgets.widgets.view import View
from lrpwidgets.widgets.worker import Token, traits_lock

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import nn

STATIC = Path(__file__).parent / "static"
PAGE = 24  # inputs that are drawn before the browser says what is in sight, and in a saved notebook
DRAWN = 8  # thumbnails in a message
LARGEST = 64  # inputs in a forward
QUICK, SLOW = 0.05, 0.2  # seconds that a forward of several inputs should take: a click waits for one
REST = 0.5  # seconds between two arrangements while predictions come in
PATIENCE = 1.0  # seconds that the picture in a saved notebook waits
SIGHT = 2000  # inputs that a browser may ask for at once
FILTERS = ("sort", "descending", "show", "true_class", "predicted_class", "search", "within")


class GalleryView(View, anywidget.AnyWidget):
    """A live gallery. See `gallery` for the arguments.

    Only what is in sight is read and drawn, and predicted first; the rest is predicted while nothing else is to be
    done. Sorting and filtering take what is known so far.
    """

    _esm = STATIC / "gallery.js"

    index = Checked("_check_index", 0).tag(sync=True)
    """The chosen input, counted from 0."""

    target = traitlets.Any("top", read_only=True)
    """What to ask about the chosen input: its predicted class if that is wrong ("why this"), else "top"."""

    minus = traitlets.Int(None, allow_none=True, read_only=True)
    """The true class of the chosen input if the prediction is wrong ("and not that"), else None."""

    sort = Checked("_check_sort", "margin").tag(sync=True)
    """"given", "margin" (mistakes first), "score", "truth", "predicted", or the name of a measure."""

    descending = traitlets.Bool(False).tag(sync=True)
    """Whether the largest comes first."""

    show = traitlets.Enum(("all", "right", "wrong"), default_value="all").tag(sync=True)
    """Which predictions are shown."""

    true_class = Checked("_check_class", None, allow_none=True).tag(sync=True)
    """Only inputs of this class, an index or a label. None: of all."""

    predicted_class = Checked("_check_class", None, allow_none=True).tag(sync=True)
    """Only inputs that the model takes for this class, an index or a label. None: for any."""

    search = traitlets.Unicode("").tag(sync=True)
    """Only inputs with this text in the label of the true or predicted class, or in a title that was read."""

    within = Checked("_check_within", {}).tag(sync=True)
    """Ranges by column: {"score": (3, None)} shows scores of at least 3."""

    background = traitlets.Bool(True).tag(sync=True)
    """Whether inputs out of sight are predicted too, while nothing else is to be done. `stop` unsets it."""

    summary = traitlets.Unicode("", read_only=True).tag(sync=True)
    """How many inputs are shown and why those: "37 of 500: wrong"."""

    _order = traitlets.Bytes(b"").tag(sync=True)  # int32, the inputs that are shown
    _labels = traitlets.List([]).tag(sync=True)  # [class index, name] of the classes that occur
    _sorts = traitlets.List([]).tag(sync=True)  # names
    _told = traitlets.Bool(False).tag(sync=True)  # whether true classes are known

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
        self._functions: dict[str, Any] = {}
        self._add_measures(measures or {})
        self._lock = threading.RLock()  # of the four below, which the worker and the browser's messages share
        self._working = False
        self._sight: list[int] = []
        self._undrawn: list[int] = []
        self._pending = UNKNOWN  # the chosen input, until it is predicted
        self._sent: set[int] = set()
        self._broken: dict[str, Exception] = {}
        self._heard: Exception | None = None
        self._batch = 1
        self._arranged = 0.0
        self._stale = False
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

    # -- the work ---------------------------------------------------------------------------------

    def _wake(self) -> None:
        """Let the worker look what is to be done."""
        with self._lock:
            if self._working:
                return
            self._working = True
        self._request(self._work, lambda _: None)

    def _work(self, token: Token) -> None:
        try:
            while self._step(token):
                token.progress(float(self.table.done.mean()))
        except BaseException:
            with self._lock:
                self._working = False
            if self._stale:
                self._arrange()
            raise

    def complain(self, error: Exception) -> None:
        """Show an error in the view; what is known stays. Being stopped is none."""
        with self._lock:
            self._working = False
        super().complain(error)

    def _step(self, token: Token) -> bool:
        """Do the most urgent thing; False if there is none."""
        if self._stale and time.monotonic() - self._arranged > REST:
            self._arrange()
        with self._lock:
            drawn, self._undrawn = self._undrawn[:DRAWN], self._undrawn[DRAWN:]
            first = [at for at in (self._pending, *self._sight) if at != UNKNOWN and not self.table.done[at]]
        if drawn:
            self._draw(drawn)
        elif first:
            self._predict_some(first[: self._batch])
        elif self._measure(self._sight, token):
            pass
        elif not self._background(token):
            return self._rest()
        return True

    def _rest(self) -> bool:
        """Nothing is left to be done, unless something was asked this moment."""
        if self._stale:
            self._arrange()
            return True  # another input may be in sight now
        with self._lock:
            if self._undrawn or (self._pending != UNKNOWN and not self.table.done[self._pending]):
                return True
            self._working = False
            heard, self._heard = self._heard, None
        if heard is not None:
            raise heard
        return False

    def _background(self, token: Token) -> bool:
        """Predict some that are out of sight; False if there are none, or they are not wanted."""
        if not self.background:
            return False
        while self._owner is not None and self._owner.status == "busy":
            token.check()
            if self._undrawn:
                return True
            time.sleep(0.02)
        rest = np.flatnonzero(~self.table.done)[: self._batch].tolist()
        if rest:
            self._predict_some(rest)
            return True
        return self._measure(range(len(self.table)), token)

    def _predict_some(self, indices: list[int]) -> None:
        begun = time.monotonic()
        answers = self._predict(indices)
        took = time.monotonic() - begun
        if took < QUICK:
            self._batch = min(LARGEST, 2 * self._batch)
        elif took > SLOW:
            self._batch = max(1, self._batch // 2)
        for at, answer in zip(indices, answers, strict=True):
            if isinstance(answer, Exception):
                self.table.fail(at, reason(answer))
                continue
            try:
                self._read(at)
                self.table.put(at, answer)
            except Exception as error:  # noqa: BLE001 - a broken input must not keep the others from being seen
                self.table.fail(at, reason(error))
        self._stale = True
        self._tell(indices)
        with self._lock:
            waited = self._pending in indices
        if waited:
            self._choose()

    def _measure(self, indices: Sequence[int], token: Token) -> bool:
        """Ask one measure about one of the inputs; only measures by which one sorts or filters are asked."""
        used = [name for name in (self.sort, *self.within) if name in self._functions]
        for name in dict.fromkeys(used):
            if name in self._broken:
                continue
            known = self._functions[name][1]
            at = next((at for at in indices if not known[at] and self.table.predicted[at] != UNKNOWN), None)
            if at is None:
                continue
            known[at] = True
            try:
                explanation = self._traces.explain(at, token=token, **self._question)
                value = float(self._functions[name][0](self._traces.model, explanation.input, explanation))
                self.table.columns[name][at] = value if np.isfinite(value) else np.nan
            except BaseException as error:
                if token.stopped or not isinstance(error, Exception):
                    known[at] = False
                    raise
                self._broken[name] = self._heard = InputError(
                    f"measure {name!r}, input {at}: {reason(error)}"
                )
                self._heard.__cause__ = error
            self._stale = True
            self._tell([at])
            return True
        return False

    def _draw(self, indices: list[int]) -> None:
        """Thumbnails, and what is known of these inputs, to the browser."""
        tiles, pictures = [], []
        for at in indices:
            try:
                picture = thumbnail(self.inputs[at], self.domain)
                self._read(at)
            except Exception as error:  # noqa: BLE001 - a broken file is told where it would stand
                picture = b""
                self.table.fail(at, reason(error))
            tiles.append({**self._facts(at), "picture": len(pictures) if picture else -1})
            pictures += [picture] if picture else []
        self._sent.update(indices)
        with traits_lock():
            self.send({"kind": "tiles", "tiles": tiles}, buffers=pictures)

    def _tell(self, indices: Sequence[int]) -> None:
        """What is newly known of inputs that the browser has drawn."""
        tiles = [self._facts(at) for at in indices if at in self._sent]
        if tiles:
            with traits_lock():
                self.send({"kind": "tiles", "tiles": tiles})

    def _facts(self, at: int) -> dict[str, Any]:
        """What a tile says."""
        table = self.table
        truth, predicted = int(table.truth[at]), int(table.predicted[at])
        numbers = {name: values[at] for name, values in table.columns.items()}
        return {
            "index": at,
            "title": table.titles[at] or f"input {at}",
            "truth": None if truth == UNKNOWN else table.name(truth),
            "predicted": None if predicted == UNKNOWN else table.name(predicted),
            "wrong": bool(UNKNOWN not in (truth, predicted) and truth != predicted),
            "failure": table.failures.get(at, ""),
            "numbers": {name: float(value) for name, value in numbers.items() if np.isfinite(value)},
        }

    def _read(self, at: int) -> None:
        if self.table.titles[at] is None:
            self.table.titles[at] = self.inputs.title(at)
            self._read_truth(at)

    def _read_truth(self, at: int) -> None:
        truth = self.inputs.truth(at, self.table.labels)
        self.table.truth[at] = UNKNOWN if truth is None else truth

    def _arrange(self) -> None:
        """Sort and filter what is known."""
        self._stale, self._arranged = False, time.monotonic()
        wanted = Filter(
            self.show,
            self.true_class,
            self.predicted_class,
            self.search,
            {k: tuple(v) for k, v in self.within.items()},
        )
        order = self.table.order(self.sort, self.descending, wanted)
        classes = np.union1d(self.table.truth, self.table.predicted).tolist()
        with self.hold_sync():
            self._order = order.tobytes()
            self._labels = [[label, self.table.name(label)] for label in classes if label != UNKNOWN]
            self._told = bool((self.table.truth != UNKNOWN).any())
            self.set_trait("summary", self.table.summary(len(order), wanted))

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

    # -- what may be asked ------------------------------------------------------------------------

    def _add_measures(self, measures: Mapping[str, Any]) -> None:
        count = len(self.table)
        for name, given in measures.items():
            if not isinstance(name, str) or name in SORTS:
                raise InputError(f"a measure needs a name of its own, not {name!r}.")
            self.table.columns[name] = (
                np.full(count, np.nan) if callable(given) else column(name, given, count)
            )
            if callable(given):
                self._functions[name] = (given, np.zeros(count, bool))

    @staticmethod
    def _asked(method: str, rules: Any) -> dict[str, Any]:
        """The question behind the explanations that measures are given."""
        chosen = METHODS.choose(method)
        presets.choose(rules)
        takes = {parameter.name for parameter in chosen.parameters}
        return {"method": chosen.name, "target": "top"} | ({"rules": rules} if "rules" in takes else {})

    def _check_index(self, value: Any) -> int:
        whole = hasattr(value, "__index__") and not isinstance(value, bool)
        if not whole or not 0 <= int(value) < len(self.inputs):
            raise InputError(f"there is no input {value!r}: there are {len(self.inputs)}, counted from 0.")
        return int(value)

    def _check_sort(self, value: Any) -> str:
        known = tuple(dict.fromkeys((*SORTS, *self.table.columns)))
        if value not in known:
            raise InputError(unknown("order", value, known))
        return str(value)

    def _check_class(self, value: Any) -> int:
        labels = self.table.labels
        if isinstance(value, str):
            if labels is None or value not in labels:
                raise TargetError(unknown("label", value, labels or ()))
            return labels.index(value)
        if isinstance(value, bool) or not hasattr(value, "__index__") or int(value) < 0:
            raise TargetError(f"a class is an index or a label, not {value!r}.")
        return int(value)

    def _check_within(self, value: Any) -> dict[str, list[float | None]]:
        if not isinstance(value, Mapping):
            raise InputError(f"within is {{column: (low, high)}}, not {value!r}.")
        checked: dict[str, list[float | None]] = {}
        for name, ends in value.items():
            if name not in self.table.columns:
                raise InputError(unknown("column", name, tuple(self.table.columns)))
            numbers = (int, float, type(None))
            if len(ends) != 2 or any(isinstance(end, bool) or not isinstance(end, numbers) for end in ends):
                raise InputError(f"within {name!r} is (low, high), numbers or None, not {ends!r}.")
            checked[name] = list(ends)
        return checked


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
