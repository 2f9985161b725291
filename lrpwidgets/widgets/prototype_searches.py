"""The work behind a view of prototypes: searches side by side, step by step in its worker, and sweeps of a weight."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import traitlets

from lrpwidgets.errors import InputError, LrpError, StoppedError
from lrpwidgets.explain.experts import as_expert
from lrpwidgets.explain.progress import heard_by
from lrpwidgets.explain.prototype_sweeps import Sweep, sweep_steps
from lrpwidgets.explain.prototypes import Run
from lrpwidgets.render.prototypes import pictures
from lrpwidgets.widgets.prototype_columns import Column, film, still
from lrpwidgets.widgets.prototype_kept import free
from lrpwidgets.widgets.prototype_question import QUESTION, PrototypeQuestion
from lrpwidgets.widgets.worker import Token, model_lock, traits_lock

if TYPE_CHECKING:
    from torch import nn

FACTORS = (1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0)  # of an expert's own weight, in a sweep; and zero
PAUSE = 0.06  # seconds between two frames on the wire, at least


class PrototypeSearches(PrototypeQuestion):
    """What `PrototypeView` does with a question: a column for each expert, all of them a step at a time."""

    found = traitlets.Tuple((), read_only=True)
    """The records (`lw.Prototype`) of the last run, one for each column that could run."""

    swept = traitlets.Any(None, allow_none=True, read_only=True)
    """The last sweep (`Sweep`) over the weight of an expert."""

    _columns = traitlets.List([]).tag(sync=True)
    _live = traitlets.List([]).tag(sync=True)
    _sweep = traitlets.Dict({}).tag(sync=True)
    _near = traitlets.Dict({}).tag(sync=True)

    _model: nn.Module
    _fixed: dict[str, Any]
    _asks = False  # whether a changed trait begins a search
    _asked: dict[str, Any] | None = None
    _searched: dict[str, Any]  # the question whose answer is on the screen
    _shown: list[Column]
    _answered: dict[str, Any]  # of the last sweep

    def run(self) -> None:
        """Search again from the start, for what the traits ask."""
        self._asked = question = self._question()
        with self.hold_sync():
            self._halt()
            self._request(lambda token: self._search(token, question), self._show)

    def sweep(self, weights: Sequence[float] | None = None, expert: str | int = 0) -> None:
        """Prototypes by the weight of one column's expert (Fig. 1): each begins where the one before ended.

        weights: None for zero, and the expert's own weight times 0.0001 to 10.
        """
        name = self._name(expert)
        chosen = self._weights(name) if weights is None else [float(weight) for weight in weights]
        question = self._question()
        with self.hold_sync():
            self._halt()
            self._request(lambda token: self._sweep_over(token, name, chosen, question), self._show_sweep)

    def _halt(self) -> None:
        """What runs is about to be replaced: it keeps its last frames until something takes their place."""
        if any(column.running for column in self._shown):
            for column in self._shown:
                column.end("stopped")
            self._show((self._searched, self._shown))

    @traitlets.observe(*QUESTION)
    def _on_question(self, change: Any) -> None:
        if change["name"] == "target":
            self._send_choice()
        if self._asks and self._question() != self._asked:
            self.run()

    def _settings(self, question: dict[str, Any], name: str) -> dict[str, Any]:
        """Keywords of `lw.prototype` for one column."""
        asked = {key: value for key, value in question.items() if key != "target"}
        return {**self._fixed, **asked, "weight": self._own_weight(name)}

    def _own_weight(self, name: str) -> float | None:
        """What was given for an expert; None: nothing."""
        given = self._fixed.get("weight")
        return given.get(name) if isinstance(given, Mapping) else given

    def _begin(self, question: dict[str, Any]) -> list[Column]:
        """Every column at its first frame. Raises the first error if none could begin."""
        columns, failures = [], []
        with model_lock(self._model):
            for name, expert in self.experts.items():
                try:
                    run = Run(self._model, question["target"], expert, **self._settings(question, name))
                    run.step()
                    pictures(run.last.x, run.domain)
                    columns.append(Column(name, expert, run))
                except LrpError as error:
                    failures.append(error)
                    columns.append(Column(name, expert, error=str(error)))
        if len(failures) == len(columns):
            raise failures[0]
        return columns

    def _search(
        self, token: Token, question: dict[str, Any], columns: list[Column] | None = None
    ) -> tuple[dict[str, Any], list[Column]]:
        if columns is None:
            columns = self._begin(question)
            self._deliver(token, lambda: self._start(question, columns))
        rested = 0.0
        running = [column for column in columns if column.running]
        while running and not token.stopped:
            for column in running:
                column.step()
            ended = [column for column in running if not column.running]
            running = [column for column in running if column.running]
            now = time.monotonic()
            if not running:
                break
            if ended:
                self._deliver(token, self._send_columns)
            elif now > rested:
                self._deliver(token, lambda live=running: self._send_live(live))
                done = time.monotonic()
                rested = done + max(PAUSE, 3 * (done - now))  # large pictures come less often
        for column in columns:
            column.end("stopped")
        return question, columns

    def _deliver(self, token: Token, send: Callable[[], None]) -> None:
        """Change traits from the worker, unless a newer request took this one's place."""
        with traits_lock():
            if not token.stopped:
                with self.hold_sync():
                    send()

    def _start(self, question: dict[str, Any], columns: list[Column]) -> None:
        self._shown, self._searched = columns, question
        self.step, self.at = None, {}
        self._send_columns()

    def _show(self, answer: tuple[dict[str, Any], list[Column]]) -> None:
        question, columns = answer
        if columns is not self._shown:  # it was stopped before its first frame was on the screen
            self._start(question, columns)
        self.set_trait("found", tuple(each.record for each in columns if each.record is not None))
        self._send_columns()

    def _send_columns(self) -> None:
        self._live = []
        self._columns = [column.wire() for column in self._shown]
        near = self._fixed.get("near")
        if near is not None and self._shown[0].run is not None:
            self._near = still(near, self._shown[0].run.domain)

    def _send_live(self, running: list[Column]) -> None:
        self._live = [column.live() if column in running else {} for column in self._shown]
        self.progress = max(column.run.last.number for column in running) / self._searched["steps"]

    def _sweep_over(
        self, token: Token, name: str, weights: list[float], question: dict[str, Any]
    ) -> dict[str, Any]:
        settings = self._settings(question, name)
        del settings["weight"]
        steps = sweep_steps(self._model, question["target"], self.experts[name], weights, **settings)
        found: list[Any] = []
        answer = {"name": name, "question": question, "weights": weights, "found": found}

        said = 0.0

        def heard(part: float) -> None:
            nonlocal said
            token.check()
            if time.monotonic() > said + PAUSE:
                said = time.monotonic()
                token.progress((len(found) + part) / len(weights))

        with heard_by(heard), suppress(StoppedError):
            while not token.stopped:
                with model_lock(self._model):
                    each = next(steps, None)
                if each is None or not each.complete:
                    break
                found.append(each)
                self._deliver(token, lambda: self._send_sweep(answer))
        if not found:
            raise StoppedError("the sweep was stopped before its first weight was finished")
        return answer

    def _show_sweep(self, answer: dict[str, Any]) -> None:
        count = len(answer["found"])
        whole = Sweep(
            tuple(answer["weights"][:count]), tuple(answer["found"]), count == len(answer["weights"])
        )
        self._send_sweep(answer)
        self.set_trait("swept", whole)

    def _send_sweep(self, answer: dict[str, Any]) -> None:
        found = answer["found"]
        self._answered = answer
        self.shown_weight = None
        self._sweep = {
            "name": answer["name"],
            "weights": [record.weight for record in found],
            "planned": len(answer["weights"]),
            "labels": [str(target) for target in found[0].target],
            **film(tuple(found), found[0].domain),
        }

    def _weights(self, name: str) -> list[float]:
        own = self._own_weight(name) or self.experts[name].weight
        return [0.0, *(float(f"{own * factor:.3g}") for factor in FACTORS)]


def named(given: Any) -> dict[str, Any]:
    """The experts by the names of their columns."""
    if isinstance(given, Mapping):
        named = {str(name): as_expert(expert) for name, expert in given.items()}
    else:
        several = list(given) if isinstance(given, (list, tuple)) else [given]
        named = {}
        for each in map(as_expert, several):
            named[
                free(
                    getattr(each, "name", "") if type(each).__name__ == "LogDensity" else type(each).__name__,
                    named,
                )
            ] = each
    if not named:
        raise InputError(
            "there is no expert to search with: give one, several by name, or None for L2 to zero"
        )
    return named
