"""The way of relevance through chosen values: which part of a walk back passes them, and which goes round them.

Relevance is a sum over paths from the output down to the input. A path passes a filter if it meets every
filtered value on its way: of values that follow one another all, of values in parallel branches one. What takes
another path is the rest. The walk is cut at the filtered values into stages: each starts where the one above
ended, so that the part above a layer is walked once for all of the layer's units.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..errors import MethodError
from .ledger import Entries, total
from .node import Node, Value
from .stages import Stage

if TYPE_CHECKING:
    from .propagate import Walk


@dataclass(eq=False, slots=True)
class Flow:
    """What is under way: c at some values, and R at others that have no c."""

    c: dict[Value, Tensor] = field(default_factory=dict)
    relevance: dict[Value, Tensor] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.c or self.relevance)

    def add(self, other: Flow) -> None:
        """Join another flow, value by value."""
        for mine, theirs in ((self.c, other.c), (self.relevance, other.relevance)):
            for value, part in theirs.items():
                mine[value] = mine[value] + part if value in mine else part

    def take(self, values: Collection[Value]) -> Flow:
        """Take out what is at `values`."""
        return Flow(*({v: sums.pop(v) for v in values if v in sums} for sums in (self.c, self.relevance)))

    def masked(self, masks: Mapping[Value, Tensor]) -> Flow:
        """What the masks let through."""
        return Flow(*({v: part * masks[v] for v, part in sums.items()} for sums in (self.c, self.relevance)))

    @property
    def idle(self) -> bool:
        """Whether nothing flows, though values are reached."""
        return not any(bool(part.any()) for sums in (self.c, self.relevance) for part in sums.values())

    def amount_at(self, value: Value, stands: Mapping[Value, Value]) -> float:
        """R at a value, summed: sum(c * a), and what R is there itself."""
        found = 0.0
        if value in self.c:
            a = activation(value, stands)
            assert a is not None, "the account of a filter reads an activation that was not kept"
            found += total(self.c[value] * a)
        return found + (total(self.relevance[value]) if value in self.relevance else 0.0)


@dataclass(eq=False, slots=True)
class Above:
    """What the first stage brought for one c, by which handlers, and what it left to autograd."""

    c: Tensor
    handlers: list[Any]
    flow: Flow
    fallbacks: tuple[Node, ...]


@dataclass(eq=False, slots=True)
class Question:
    """One method and target, asked about the same values: what its next filter need not walk again."""

    method: str
    settings: Mapping[str, Any]
    c: Tensor
    values: frozenset[Value]
    above: list[Above] = field(default_factory=list)
    remainder: Tensor | None = None

    def is_also(self, other: Question) -> bool:
        """Whether the two ask the same."""
        return (
            self.method == other.method
            and self.values == other.values
            and self.settings.keys() == other.settings.keys()
            and all(_same(value, other.settings[name]) for name, value in self.settings.items())
            and torch.equal(self.c, other.c)
        )


def _same(one: Any, other: Any) -> bool:
    return one is other or (isinstance(one, (bool, int, float, str)) and bool(one == other))


@dataclass(eq=False)
class Passage:
    """One filter on one question; with `round`, what takes another path instead, whatever the masks say."""

    nodes: list[Node]
    stages: tuple[Stage, ...]
    end: Value
    masks: Mapping[Value, Tensor] = field(default_factory=dict)
    names: Mapping[Value, str] = field(default_factory=dict)  # of the filtered values, for the ledger
    above: list[Above] = field(default_factory=list)
    round: bool = False
    walked: bool = False

    def check_walked(self, method: str) -> None:
        """Raise `MethodError` if a method has gone another way than through here, so that it knows of no filter."""
        if not self.walked:
            raise MethodError(
                f"method {method!r} cannot be filtered: it does not walk this trace back; "
                "use 'lrp' or 'gradient-x-input'"
            )

    def walk(self, walk: Walk, c: Tensor) -> Tensor | None:
        """c at `end`; R that has no c is left in ``walk.relevance[end]``."""
        found, rest = self._through(walk, c)
        self.walked = True
        if self.round:
            found = self._down(walk, rest)
        elif walk.ledger is not None and rest and self.masks:
            self._enter_rest(walk, walk.ledger, rest)
        # A flow may be one that is kept, and the caller may add to what it gets.
        walk.relevance = {value: part.clone() for value, part in found.relevance.items()}
        return found.c.get(self.end)

    def others(self) -> Passage:
        """The passage of what goes round the filtered values."""
        return replace(self, round=True)

    def _through(self, walk: Walk, c: Tensor) -> tuple[Flow, Flow]:
        """What arrives at `end`, and what left the way before."""
        first = self._first(walk, c)
        rest = Flow(dict(first.c), dict(first.relevance))
        waiting = rest.take(self.stages[0].onward)
        for stage in self.stages[1:]:
            given = waiting.take(stage.starts)
            if self.round and stage.onward == {self.end}:
                continue  # all of it arrives
            if not self.round:
                through = given.masked(self.masks)
                if walk.ledger is not None:
                    self._enter_held(walk, walk.ledger, stage, given, through)
                elif through.idle:
                    continue
                given = through
            found = _run(walk, stage, given)
            waiting.add(found.take(stage.onward))
            rest.add(found)
        return waiting, rest

    def _first(self, walk: Walk, c: Tensor) -> Flow:
        stage, handlers = self.stages[0], []
        if walk.ledger is None:
            handlers = [walk.table.get(node.op) for node in stage.nodes]
            for known in self.above:
                if known.handlers == handlers and torch.equal(known.c, c):
                    walk.fallbacks.extend(known.fallbacks)
                    return known.flow
        before = len(walk.fallbacks)
        flow = _run(walk, stage, Flow({stage.starts[0]: c}))
        if walk.ledger is None:
            self.above.append(Above(c.clone(), handlers, flow, tuple(walk.fallbacks[before:])))
        return flow

    def _down(self, walk: Walk, flow: Flow) -> Flow:
        """A flow from wherever it is down to `end`."""
        starts = (*flow.c, *flow.relevance)
        highest = max((value.made_by for value in starts), default=-1)
        end = frozenset({self.end})
        found = _run(walk, Stage(starts, end, end, self.nodes[: highest + 1]), flow)
        return found.take(end)

    # -- the account ----------------------------------------------------------------------------

    def _enter_held(self, walk: Walk, ledger: Entries, stage: Stage, given: Flow, through: Flow) -> None:
        """A row a value for what its mask holds back."""
        for value in stage.starts:
            came, went = (flow.amount_at(value, walk.stands) for flow in (given, through))
            ledger.held(self.names[value], "through", came, went)

    def _enter_rest(self, walk: Walk, ledger: Entries, rest: Flow) -> None:
        """A row for what takes another path: what of it arrives, and what is absorbed on that path."""
        walk.ledger = type(ledger)()
        found = self._down(walk, rest)
        absorbed = sum(row.bias + row.stabilizer + row.stopped for row in walk.ledger.rows)
        walk.ledger = ledger
        ledger.held("(remainder)", "round the layer", found.amount_at(self.end, walk.stands) + absorbed, 0.0)


def _run(walk: Walk, stage: Stage, given: Flow) -> Flow:
    walk.relevance = dict(given.relevance)
    c = walk.run(stage.nodes, given.c, stage.ends)
    found = Flow(c, walk.relevance)
    walk.relevance = {}
    return found


def activation(value: Value, stands: Mapping[Value, Value]) -> Tensor | None:
    """What c at a value stands on, right wherever c is not zero; None if it was not kept."""
    found = stands.get(value, value).standing
    return None if found is None else found.reshape(value.shape)
