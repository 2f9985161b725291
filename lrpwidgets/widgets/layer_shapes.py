"""The layers of a trace that have units: their shapes, which one to begin with, what flows through them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrpwidgets.errors import LayerError
from lrpwidgets.explain.session import layers

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.explain.trace import Trace


class Shapes(dict[str, tuple[int, ...]]):
    """Output shape by module path of the layers that have units; `records` has the rest of what is known."""

    def __init__(self, trace: Trace) -> None:
        found = [record for record in layers(trace, None) if record.shape is not None]
        paths = {record.path for record in found}
        self.records = {
            f"{record.path}#1" if f"{record.path}#2" in paths else record.path: record
            for record in found
            if len(record.shape) > 1
        }
        if not self.records:
            raise LayerError(
                "this model has no layer with units to filter by: no module returns (batch, channel, ...)."
            )
        super().__init__({path: record.shape for path, record in self.records.items()})


def default_layer(shapes: Shapes) -> str:
    """The last layer whose units have positions, before the model's own output; else the first one."""
    *before, last = shapes
    spatial = [path for path in before if len(shapes[path]) > 2 and shapes[path][1] != shapes[last][1]]
    return spatial[-1] if spatial else next(iter(shapes))


def shares_of(session: Trace, whole: Explanation) -> dict[str, float]:
    """The share of the score that arrives at each layer, where the account has it."""
    return {record.path: record.share for record in layers(session, whole.ledger) if record.share is not None}
