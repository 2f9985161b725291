"""What a unit likes, as a part of the filter view: inputs given and a prototype."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import traitlets

from lrpwidgets.errors import InputError, LayerError, unknown
from lrpwidgets.explain.targets import unit as hidden_unit
from lrpwidgets.render import png
from lrpwidgets.widgets.thumbnail import thumbnail
from lrpwidgets.widgets.unit_likes import Ranked, ranked_inputs, unit_prototype
from lrpwidgets.widgets.view import View

if TYPE_CHECKING:
    from lrpwidgets.explain.prototypes import Prototype
    from lrpwidgets.explain.targets import Hidden
    from lrpwidgets.explain.trace import Trace
    from lrpwidgets.widgets.inputs import Inputs
    from lrpwidgets.widgets.worker import Token

LIKED = 8  # inputs that are shown of those that a unit likes
PROTOTYPE_STEPS = 60
REPORT_SECONDS = 0.3  # between two pictures of a ranking that goes on


class Liking(View):
    """A view of units that can say what the one looked at likes."""

    liked = traitlets.List([], read_only=True)
    """What `like` found: (input, value) pairs, the largest value first."""

    prototype = traitlets.Any(None, allow_none=True, read_only=True)
    """What `imagine` found: a `lw.Prototype` of `unit`."""

    _inputs = traitlets.Int(0).tag(sync=True)  # how many there are to be ranked
    _likes = traitlets.Dict({}).tag(sync=True)
    _prototype = traitlets.Dict({}).tag(sync=True)

    trace: Trace
    layer: str
    unit: int | None
    _given: Inputs | None

    def _plain_question(self) -> dict[str, Any]:
        raise NotImplementedError

    def _catch_up(self, token: Token) -> None:
        raise NotImplementedError

    def like(self, unit: int | None = None, by: str = "relevance") -> None:
        """Rank the inputs given by what they mean to a unit (None: the one looked at); see `liked`.

        by: "relevance" of the unit under the question, summed over positions, or its largest "activation".
        """
        if self._given is None:
            raise InputError("there are no inputs to rank: give inputs= to lw.filters(...).")
        if by not in ("relevance", "activation"):
            raise InputError(unknown("order", by, ("relevance", "activation")))
        hidden = hidden_unit(self.layer, self._looked_at(unit))
        session, inputs, asked = self.trace, self._given, self._plain_question()

        pictures: dict[int, bytes] = {}
        shown = time.monotonic()

        def show(found: Ranked) -> None:
            self._show_liked(hidden, by, found, pictures)

        def hear(found: Ranked) -> None:
            nonlocal shown
            if time.monotonic() - shown >= REPORT_SECONDS:
                show(found)
                shown = time.monotonic()

        def work(token: Token) -> Ranked:
            self._catch_up(token)
            return ranked_inputs(session, inputs, hidden, by, asked, token, hear)

        self._request(work, show)

    def imagine(self, unit: int | None = None, steps: int = PROTOTYPE_STEPS, seed: int = 0) -> None:
        """Search for an input that makes a unit (None: the one looked at) most active; see `prototype`.

        It begins at the input on the screen.
        """
        hidden = hidden_unit(self.layer, self._looked_at(unit))
        session = self.trace

        def work(token: Token) -> Prototype:
            self._catch_up(token)
            return unit_prototype(session, session.input, hidden, steps, seed, token)

        self._request(work, lambda found: self._show_prototype(hidden, found))

    def _looked_at(self, unit: int | None) -> int:
        if unit is not None:
            self.unit = unit
        if self.unit is None:
            raise LayerError("no unit is looked at: set `unit`, or give one.")
        return int(self.unit)

    def _show_liked(self, hidden: Hidden, by: str, found: Ranked, pictures: dict[int, bytes]) -> None:
        inputs = self._given
        for at, _ in found[:LIKED]:
            if at not in pictures:
                pictures[at] = thumbnail(inputs[at], self.trace.domain)
        best = [
            {"title": inputs.title(at), "value": value, "png": pictures[at]} for at, value in found[:LIKED]
        ]
        with self.hold_sync():
            self.set_trait("liked", found)
            self._likes = {
                "layer": hidden.path,
                "unit": hidden.channel,
                "by": by,
                "seen": len(found),
                "best": best,
            }

    def _show_prototype(self, hidden: Hidden, found: Prototype) -> None:
        self.set_trait("prototype", found)
        picture = b""
        if found.domain is not None or found.x.dim() == 4:
            picture = thumbnail(found.x, found.domain) if found.domain is None else _photo(found)
        self._prototype = {
            "layer": hidden.path,
            "unit": hidden.channel,
            "score": float(found.score[0]),
            "ended": found.ended[0],
            "png": picture,
        }


def _photo(found: Prototype) -> bytes:
    return png.encode(found.domain.decode(found.x)[0])
