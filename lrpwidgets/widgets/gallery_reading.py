"""How a gallery is read: what is in sight is drawn and predicted first, the rest while nothing else is to be done."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import traitlets

from lrpwidgets.errors import InputError
from lrpwidgets.explain import presets
from lrpwidgets.explain.methods import METHODS
from lrpwidgets.widgets.gallery_question import GalleryQuestion
from lrpwidgets.widgets.gallery_table import SORTS, UNKNOWN, Filter, column
from lrpwidgets.widgets.predictor import Predictor, reason
from lrpwidgets.widgets.thumbnail import thumbnail
from lrpwidgets.widgets.traces import Traces
from lrpwidgets.widgets.worker import Token, traits_lock

DRAWN = 8  # thumbnails in a message
LARGEST = 64  # inputs in a forward
QUICK, SLOW = 0.05, 0.2  # seconds that a forward of several inputs should take: a click waits for one
REST = 0.5  # seconds between two arrangements while predictions come in


class GalleryReading(GalleryQuestion):
    """The work of a gallery, step by step, the most urgent first; it goes on until nothing is left to be done."""

    background = traitlets.Bool(True).tag(sync=True)
    """Whether inputs out of sight are predicted too, while nothing else is to be done. `stop` unsets it."""

    summary = traitlets.Unicode("", read_only=True).tag(sync=True)
    """How many inputs are shown and why those: "37 of 500: wrong"."""

    _order = traitlets.Bytes(b"").tag(sync=True)  # int32, the inputs that are shown
    _labels = traitlets.List([]).tag(sync=True)  # [class index, name] of the classes that occur
    _told = traitlets.Bool(False).tag(sync=True)  # whether true classes are known

    domain: Any
    _predict: Predictor
    _traces: Traces
    _question: dict[str, Any]
    _owner: Any = None

    def _choose(self) -> None:
        """Hears that the chosen input was predicted."""
        raise NotImplementedError

    def _start_reading(self) -> None:
        """Nothing is in sight, drawn or asked yet."""
        self._functions: dict[str, Any] = {}
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
