"""Selecting rules by pixel-flipping inside the rule view, in a thread of its own, with progress and a stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from lrpwidgets.errors import InputError, StoppedError, unknown
from lrpwidgets.explain import presets
from lrpwidgets.explain import setup as setups
from lrpwidgets.measure.selecting import CANDIDATES
from lrpwidgets.widgets.rule_selection import SelectionRun, candidates_of, default_patch, told
from lrpwidgets.widgets.view import View
from lrpwidgets.widgets.worker import Worker, traits_lock

if TYPE_CHECKING:
    from lrpwidgets.explain.presets import Preset
    from lrpwidgets.measure.selection import Selection


class RuleSelecting(View):
    """The part of `RuleView` that ranks candidates for its rules."""

    data: Any
    trace: Any
    target: Any
    preset: Preset
    _accounts: Worker

    selection = traitlets.Any(None, allow_none=True, read_only=True)
    """What `select` has found so far, a `lw.measure.Selection`; None: nothing yet."""

    _flipping = traitlets.Instance(Worker, ("lrpwidgets-selection",))
    _selection = traitlets.Dict({}).tag(sync=True)

    def select(self, candidates: Any = CANDIDATES, *, data: Any = None, **settings: Any) -> None:
        """Compare candidates by pixel-flipping (`lw.measure.selection_steps`, which says what the settings are).

        data: inputs to flip; None: what the view was given, else the traced input. Returns at once; `selection` is the
        ranking so far, `stop()` keeps it, `use()` takes the best.
        """
        chosen = self.data if data is None else data
        settings.setdefault("target", self.target if chosen is None else "top")
        run = SelectionRun.of(self.trace, chosen, candidates, settings)
        workers = (self._worker, self._accounts)

        def waiting() -> Any:
            busy = [worker for worker in workers if not worker.wait(0)]
            return (lambda: [worker.wait(30) for worker in busy]) if busy else None

        def found(selection: Selection) -> None:
            with traits_lock():
                self.set_trait("selection", selection)
                self._tell_selection(running=True)

        def progress(part: float) -> None:
            with traits_lock():
                self._selection = {**self._selection, "part": float(part)}

        def ended(_last: Any) -> None:
            self._tell_selection(running=False)

        def failed(error: Exception) -> None:
            self._tell_selection(running=False, stopped=isinstance(error, StoppedError))
            if not isinstance(error, StoppedError):
                self.complain(error)

        with traits_lock():
            self._selected_from = presets.choose(settings.get("base", "deep-taylor"))
            self.set_trait("selection", None)
            self._selection = {
                **told(None),
                **self._flipped(),
                "running": True,
                "part": 0.0,
                "total": run.samples,
            }
            self._flipping.submit(
                lambda token: run.run(token, found, waiting), ended, failed, progress=progress
            )

    def use(self, name: str | None = None) -> None:
        """Take a candidate of `selection` as `rules`; by default the best."""
        if self.selection is None:
            raise InputError("there is nothing to use yet: run select() first.")
        if name is not None and name not in self.selection.presets:
            raise InputError(unknown("candidate", name, self.selection.presets))
        preset = self.selection.preset if name is None else self.selection.presets[name]
        self._use(setups.settled(preset, setups.base_of(preset) or self._selected_from))

    def _tell_selection(self, *, running: bool, stopped: bool = False) -> None:
        part = self._selection.get("part", 0.0)
        self._selection = {
            **told(self.selection),
            **self._flipped(),
            "running": running,
            "part": part if running else 0.0,
            "stopped": stopped,
        }

    def _flipped(self) -> dict[str, Any]:
        """What would be flipped: for the form."""
        shape = tuple(self.trace.input.shape)
        given = self.data is not None
        return {
            "given": given,
            "patch": default_patch(shape) if len(shape) == 4 else None,
            "candidates": list(CANDIDATES),
        }

    def _select_by_hand(self, asked: dict[str, Any]) -> None:
        known = {name: name for name in presets.PRESETS} | {self.preset.name: self.preset}
        chosen = candidates_of(asked.get("candidates"), known)
        patch = asked.get("patch")
        self.select(chosen, rectify=bool(asked.get("rectify")), **({} if patch is None else {"patch": patch}))

    def _use(self, preset: Preset) -> None:
        """Make it the view's rules."""
        raise NotImplementedError
