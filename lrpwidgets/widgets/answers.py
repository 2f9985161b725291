"""Answers to the workbench's questions, kept as long as the model is the same: before and after cost one click."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from lrpwidgets.errors import StoppedError
from lrpwidgets.explain.progress import heard_by
from lrpwidgets.explain.weights import stamp
from lrpwidgets.widgets.worker import model_lock

if TYPE_CHECKING:
    from torch import nn

    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.widgets.averages import Averages
    from lrpwidgets.widgets.traces import Traces
    from lrpwidgets.widgets.worker import Token

KEPT = 8  # means and sums; each holds a map and its input

Question = dict[str, Any]


class Answers:
    """`explain(token, index=, shifts=, ...)`: from `averages` what takes many model runs, the rest from `traces`.

    A question that was averaged before costs no model run, and neither does the last plain one. All are dropped when
    a weight or a buffer of the model is not what it was. Stopped work gives what there is, which is not kept.
    """

    def __init__(self, traces: Traces, averages: Averages) -> None:
        self._traces, self._averages = traces, averages
        self._plain: tuple[Question, Explanation] | None = None
        self._averaged: list[tuple[Question, Explanation]] = []  # the oldest first
        self._then: dict[str, Any] = {}

    def forget(self) -> None:
        """Run the model again, whatever is asked next."""
        self._plain = None
        self._averaged.clear()
        self._averages.forget()

    def explain(self, token: Token, **question: Any) -> Explanation:
        """The answer, kept or new."""
        now = self._state()
        if now != self._then:
            self.forget()
        self._then = now
        for known, answer in (*self._averaged, *([] if self._plain is None else [self._plain])):
            if same(known, question):
                return answer
        if question["shifts"] or self._averages.window:
            return self._average(token, question)
        asked = {name: value for name, value in question.items() if name != "shifts"}
        answer = self._traces.explain(token=token, **asked)
        self._plain = question, answer
        return answer

    def _average(self, token: Token, question: Question) -> Explanation:
        """Step by step; other threads get the model in between."""
        model = self._traces.model
        found: Explanation | None = None
        done, count = 0, 1
        steps = self._averages.steps(**question)
        try:
            while done < count:
                token.progress(done / count)
                with model_lock(model), heard_by(lambda _: token.check()):
                    found, done, count = next(steps)
        except StoppedError:
            if found is None:
                raise
            return replace(found, notes=(*found.notes, f"stopped after {done} of {count}"))
        assert found is not None
        if self._state() == self._then:
            self._averaged = [*self._averaged, (question, found)][-KEPT:]
            return found
        return replace(
            found, notes=(*found.notes, "the model changed meanwhile: this mixes steps of training")
        )

    def _state(self) -> dict[str, Any]:
        """What tells whether the model is the same; holds none of its tensors."""
        model: nn.Module = self._traces.model
        with model_lock(model):
            return {
                name: stamp(tensor) for name, tensor in chain(model.named_parameters(), model.named_buffers())
            }


def same(one: Question, other: Question) -> bool:
    """Whether two questions are the same; a tensor is the same as itself only."""
    if one.keys() != other.keys():
        return False
    pairs = ((one[name], other[name]) for name in one)
    return all(a is b or (not hasattr(a, "tolist") and not hasattr(b, "tolist") and a == b) for a, b in pairs)
