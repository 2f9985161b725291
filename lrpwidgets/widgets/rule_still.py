"""What a notebook keeps of a rule view: the map, and below it the layers with their rules and what they absorb."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrpwidgets.render import wording
from lrpwidgets.render.figure import compose, figure
from lrpwidgets.render.page import stacked, table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lrpwidgets.widgets.rules import RuleView

MOST = 40  # layers
LONGEST = 640  # pixels a side of the map
HEAD = ["layer", "kind", "output", "rule", "R in", "R out"]


def picture(view: RuleView) -> NDArray[np.uint8]:
    """The whole page, uint8 `(height, width, 3)`."""
    whole = compose(figure(view.explanation, longest=LONGEST, **view.picture_options()))
    found = rows(view)
    more = f", the first {MOST} of {len(found)}" if len(found) > MOST else ""
    heading = f"rules: {view.preset.name}; layers with a rule{more}"
    return stacked([whole, table(heading, [HEAD, *found[:MOST]])])


def rows(view: RuleView) -> list[list[str]]:
    """A line for each layer that has a rule; relevance in and out, where the ledger has been read."""
    account = view._account if view._account.get("answer") == view._answer else {"rows": []}
    passed: dict[str, list[float]] = {}
    for one in account["rows"]:
        ends = passed.setdefault(one["path"], [0.0, 0.0])
        ends[0] += one["incoming"]
        ends[1] += one["outgoing"]
    return [
        [
            one["path"] or "(model)",
            one["kind"],
            one["shape"].replace("\u00d7", "x"),
            one["rule"],
            *(wording.number(end) for end in passed.get(one["path"], ())),
            *([] if one["path"] in passed else ["", ""]),
        ]
        for one in view._layers
        if one["rule"]
    ]
