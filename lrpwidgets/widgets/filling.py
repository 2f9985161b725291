"""Filling in the small maps of a layer's units while nobody waits for the model, those in sight first."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from lrpwidgets.errors import StoppedError
from lrpwidgets.widgets.layer_shapes import shares_of
from lrpwidgets.widgets.view import View
from lrpwidgets.widgets.worker import Token, Worker, model_lock, traits_lock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.explain.trace import Trace
    from lrpwidgets.widgets.unit_maps import UnitMaps

FIRST_ROWS = 24  # units whose maps come first, until the browser says which are in sight
CHUNK_SECONDS = 0.2  # between two deliveries


class Filling(View):
    """A view with a second thread, which makes small maps as long as the first one has nothing to do.

    The second thread is its own, because the newest request of a thread drops what runs there.
    """

    limit = traitlets.Float(0.0, read_only=True).tag(sync=True)
    """The mean relevance of a block that gets the strongest colour in every small map, in units of the score."""

    _filler = traitlets.Instance(Worker, ("lrpwidgets-maps",))
    _layers = traitlets.List([]).tag(sync=True)  # of [path, kind, shape without batch, share or None]
    _serial = traitlets.Int(0).tag(sync=True)  # of what is ranked; small maps carry it
    _filled = traitlets.Int(0).tag(sync=True)  # how many small maps there are
    _filling = traitlets.Bool(False).tag(sync=True)
    _visible = traitlets.List([0, FIRST_ROWS]).tag(sync=True)  # ranks in sight: from, up to

    units: UnitMaps | None
    """The units that are ranked now."""

    _whole: Explanation | None
    _answered: dict[str, Any]  # the question that `units` answers
    _ready = False
    _halted = False  # by the user, until something is asked again

    def stop(self) -> None:
        """Stop the work that is going on, and filling in maps; what is there stays."""
        self._halted = True
        self._filler.stop()
        super().stop()
        with traits_lock():
            self._filling = False

    def wait(self, timeout: float = 60.0, *, maps: bool = False) -> None:
        """Wait until every request is answered, with `maps` also until every small map is there."""
        end = time.monotonic() + timeout
        super().wait(timeout)
        if maps and not self._filler.wait(max(0.0, end - time.monotonic())):
            raise TimeoutError(f"maps were still being filled in after {timeout:g} seconds.")

    def close(self) -> None:
        """Take the view off the screen and end its threads."""
        self._filler.close()
        super().close()

    @traitlets.observe("status")
    def _on_status(self, _change: Any) -> None:
        """Small maps wait for whoever clicks."""
        if self._ready and self.status == "busy":
            self._filler.stop()
        else:
            self._fill()

    @traitlets.observe("_visible")
    def _on_visible(self, _change: Any) -> None:
        self._halted = False
        self._fill()

    def _fill(self) -> None:
        """Let the filler make the small maps that are missing, those in sight first, then the shares of layers."""
        units = self.units
        if not self._ready or self._halted or units is None or self.status == "busy":
            return
        todo = units.missing(*self._visible[:2])
        shares = any(layer[3] is None for layer in self._layers) and self._whole.has_ledger
        if not todo and not shares:
            self._filling = False
            return
        self._filling = bool(todo)
        session, asked, whole = self._answered["trace"], self._answered["asked"], self._whole

        def work(token: Token) -> None:
            self._make_maps(token, session, asked, units, todo[:FIRST_ROWS])
            if shares:
                token.check()
                with model_lock(session.model):
                    found = shares_of(session, whole)
                self._show_shares(whole, found)
            self._make_maps(token, session, asked, units, todo[FIRST_ROWS:])

        self._filler.submit(work, lambda _: self._filled_in(units), self._filled_in_failed)

    def _make_maps(
        self, token: Token, session: Trace, asked: Mapping[str, Any], units: UnitMaps, todo: list[int]
    ) -> None:
        """One backward a unit; what is there is delivered every now and then, and when this is stopped."""
        if not todo:
            return
        made: list[int] = []
        then = time.monotonic()
        try:
            with model_lock(session.model):
                token.check()
                chunks = session.maps(units.path, todo, budget=1, **asked)
            while True:
                token.check()
                with model_lock(session.model):
                    chunk = next(chunks, None)
                if chunk is None:
                    break
                ((unit,), maps) = chunk
                units.add(unit, maps[0, 0])
                made.append(unit)
                if time.monotonic() - then > CHUNK_SECONDS:
                    self._deliver(units, made)
                    made, then = [], time.monotonic()
        finally:
            self._deliver(units, made)

    def _deliver(self, units: UnitMaps, made: list[int]) -> None:
        """Send small maps to every view; all of them where a view asks."""
        with self.hold_sync():
            if units is not self.units or not made:
                return
            self.set_trait("limit", units.limit)
            self._filled = len(units.small)
            maps = np.stack([units.small[unit] for unit in made]).astype("<f4")
            self.send({"kind": "maps", "serial": self._serial, "units": made}, [maps.tobytes()])

    def _filled_in(self, units: UnitMaps) -> None:
        if units is self.units:
            self._filling = False

    def _filled_in_failed(self, error: Exception) -> None:
        self._filling = False
        if not isinstance(error, StoppedError):
            self.complain(error)

    def _show_shares(self, whole: Explanation, found: dict[str, float]) -> None:
        with self.hold_sync():
            if whole is self._whole:
                self._layers = [[*layer[:3], found.get(layer[0], -1.0)] for layer in self._layers]
