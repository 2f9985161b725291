"""Choosing rules by pixel-flipping, in a thread of its own: it shows how far it is, stops, and keeps what is there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lrpwidgets.errors import InputError
from lrpwidgets.explain.inputs import model_inputs
from lrpwidgets.measure.candidates import presets
from lrpwidgets.measure.patches import places
from lrpwidgets.measure.selecting import selection_steps
from lrpwidgets.widgets.worker import Token, model_lock

if TYPE_CHECKING:
    from lrpwidgets.explain.trace import Trace
    from lrpwidgets.measure.curve import Interval
    from lrpwidgets.measure.flipping_run import Step
    from lrpwidgets.measure.selection import Selection

STEPS_A_SIDE = 7  # patches, if nothing is said: 49 steps a sample
REPORT_SECONDS = 0.1


@dataclass(frozen=True, eq=False)
class SelectionRun:
    """What is flipped: `data` (None: the input of `trace`) under `candidates`; `settings` as in `selection_steps`."""

    trace: Trace
    data: Any
    candidates: Any
    settings: dict[str, Any]

    @classmethod
    def of(cls, trace: Trace, data: Any, candidates: Any, settings: dict[str, Any]) -> SelectionRun:
        """Completed by what suits the input; wrong candidates are an error at once."""
        presets(candidates)
        given = dict(settings)
        inputs = trace.inputs if data is None else model_inputs(trace.model, data, trace.domain, None)
        x = inputs.explained
        if x.dim() == 4 and "regions" not in given:
            given.setdefault("patch", default_patch(tuple(x.shape)))
        given.setdefault("batch", max(1, min(16, len(x) // 10)))
        if trace.domain is None:
            given.setdefault("input_range", trace.input_range)
        made = cls(trace, inputs, candidates, given)
        made.steps()  # raises for patches that cannot be
        return made

    @property
    def samples(self) -> int:
        """How many inputs are flipped."""
        return len(self.data.explained)

    def run(
        self,
        token: Token,
        found: Callable[[Selection], None],
        others_wait: Callable[[], Callable[[], Any] | None],
    ) -> Selection | None:
        """Flip; `found` hears the ranking after each batch. Between steps the model is lent to whoever waits.

        `others_wait` gives a function that waits until they are done, or None.
        """
        lock: Any = model_lock(self.trace.model)
        names = list(presets(self.candidates))
        most, done, last = self.steps(), 0, 0.0

        def watch(step: Step) -> None:
            nonlocal last
            part = (names.index(step.method) + step.number / most) / len(names)
            token.check()
            if time.monotonic() - last > REPORT_SECONDS:
                last = time.monotonic()
                token.progress(
                    (done + part * min(self.settings["batch"], self.samples - done)) / self.samples
                )
            wait = others_wait()
            if wait is not None:
                lock.release()
                try:
                    wait()
                finally:
                    lock.acquire()

        latest = None
        with lock:
            steps = selection_steps(
                self.trace.model,
                self.data,
                self.candidates,
                labels=self.trace.labels,
                input=self.trace.domain,
                output=self.trace._output,
                watch=watch,
                **self.settings,
            )
            for latest in steps:
                done = latest.done
                found(latest)
                token.progress(done / self.samples)
        return latest

    def steps(self) -> int:
        """Steps of one sample."""
        told = {name: self.settings[name] for name in ("patch", "regions") if name in self.settings}
        counted = places(
            self.data.explained,
            told.get("patch"),
            told.get("regions"),
            anywhere=self.settings.get("anywhere", False),
        ).most
        return self.settings.get("steps") or -(-counted // self.settings.get("per_step", 1))


def default_patch(shape: tuple[int, ...]) -> int:
    """Side of patches, in pixels, so that a sample takes about 49 steps."""
    return -(-max(shape[-2:]) // STEPS_A_SIDE)


def candidates_of(names: object, known: dict[str, Any]) -> list[Any]:
    """The candidates that a browser names: presets, or what the view calls by a name of its own."""
    if not isinstance(names, list) or not names:
        raise InputError("choose the presets that are to be compared; two or more tell something.")
    for name in names:
        if name not in known:
            raise InputError(f"there is no preset {str(name)[:80]!r} to compare.")
    return [known[name] for name in dict.fromkeys(names)]


def told(selection: Selection | None) -> dict[str, Any]:
    """A ranking as the browser shows it; numbers that are not known are None."""
    if selection is None:
        return {"done": 0, "total": 0, "ranking": [], "refused": []}
    return {
        "done": selection.done,
        "total": selection.total,
        "ranking": [
            {
                "name": one.name,
                "auc": _numbers(one.auc),
                "behind": _numbers(one.behind),
                "tied": one.name in selection.tied,
            }
            for one in selection.ranking
        ],
        "refused": [{"name": name, "why": why} for name, why in selection.refused.items()],
    }


def _numbers(found: Interval) -> list[float | None]:
    return [float(value) if float(value) == float(value) else None for value in found]
