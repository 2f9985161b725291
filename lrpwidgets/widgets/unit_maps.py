"""The units of one layer under one question: their relevance, where in the layer it is, and a small map of each."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.explain.filtering import one_call
from lrpwidgets.explain.passage import activation
from lrpwidgets.render.limit import limit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.explain.trace import Trace

SIDE = 40  # values a side of a small map, at most


@dataclass(eq=False)
class UnitMaps:
    """What is known of a layer's units.

    relevance, activation: float32 (channel, ...), of every unit at every position, one input. small: the map
    through a unit alone, in `shape` (rows, columns), for the units that have been walked so far. `limit` is shared
    by all of them: the largest of their own limits, so it can only grow while they fill in.
    """

    path: str
    relevance: NDArray[np.float32]
    activation: NDArray[np.float32]
    shape: tuple[int, int]
    small: dict[int, NDArray[np.float32]] = field(default_factory=dict)
    limit: float = 0.0

    @classmethod
    def of(cls, trace: Trace, path: str, **question: Any) -> UnitMaps:
        """One backward down to the layer."""
        relevance = trace.units(path, positions=True, **question)[0]
        found = activation(one_call(trace.model, trace._recording, path), {})
        assert found is not None  # trace.units keeps it
        return cls(path, _float32(relevance), _float32(found[0]), shrink(_float32(trace.input[0])).shape)

    @property
    def totals(self) -> NDArray[np.float64]:
        """Relevance of every unit, (channel,), in units of the score."""
        return self.relevance.reshape(len(self.relevance), -1).sum(1, dtype=np.float64)

    @property
    def ranking(self) -> list[int]:
        """The units from the largest |relevance| to the smallest; equal ones by number."""
        ranked: list[int] = np.argsort(-np.abs(self.totals.astype(np.float32)), kind="stable").tolist()
        return ranked

    def missing(self, first: int, last: int) -> list[int]:
        """Units that have no small map yet: those ranked from `first` up to `last`, then the others by rank."""
        ranked = self.ranking
        wanted = [*ranked[first:last], *ranked[:first], *ranked[last:]]
        return [unit for unit in wanted if unit not in self.small]

    def add(self, unit: int, relevance: Any) -> None:
        """Keep the map through a unit, (...), of one input."""
        small = shrink(_float32(relevance))
        self.small[unit] = small
        self.limit = max(self.limit, limit(small, "99.5%"))

    def amount(self, units: list[Any]) -> float:
        """The relevance of some units, or of units at a position (unit, position), each counted once."""
        chosen = np.zeros(self.relevance.shape, dtype=bool)
        for unit in units:
            channel, position = (unit, ()) if isinstance(unit, int) else unit
            chosen[(channel, *position)] = True
        return float(self.relevance[chosen].sum(dtype=np.float64))


def shrink(relevance: NDArray[np.float32]) -> NDArray[np.float32]:
    """A map (channel, height, width) summed over channels, each value the mean of a block, at most `SIDE` a side.

    A map of another shape is laid out in reading order, in rows of equal length. Blocks at the edge are smaller.
    """
    if relevance.ndim == 3:
        plane = relevance.sum(0, dtype=np.float64)
    else:
        columns = max(1, math.ceil(math.sqrt(relevance.size)))
        plane = np.zeros((-(-relevance.size // columns), columns))
        plane.flat[: relevance.size] = relevance.reshape(-1)
    step = -(-max(plane.shape) // SIDE)
    starts = [np.arange(0, length, step) for length in plane.shape]
    sums = np.add.reduceat(np.add.reduceat(plane, starts[0], axis=0), starts[1], axis=1)
    sizes = [
        np.diff([*first, length]).astype(float) for first, length in zip(starts, plane.shape, strict=True)
    ]
    return (sums / np.outer(*sizes)).astype("<f4")


def _float32(tensor: Any) -> NDArray[np.float32]:
    return tensor.detach().to("cpu").float().numpy().astype("<f4", copy=False)
