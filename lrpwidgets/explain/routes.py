"""What relevance each edge of the recorded network carries: from every operation to each that fed it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from torch import Tensor

from ..errors import MethodError, ModelError
from .gradients import GRADIENT
from .ledger import Entries, Ledger, LedgerRow, total
from .lrp import LRP
from .methods import complete
from .node import Node, Value
from .passage import activation
from .propagate import Walk
from .scene import scene
from .targets import TargetLike

if TYPE_CHECKING:
    from .trace import Trace


@dataclass(frozen=True, slots=True)
class Passed:
    """One operation under a walk back: R that arrived at its outputs, and R that it sent to each operand.

    `operands` holds pairs (place of the operation that made it in the record, R); -1 - k is the k-th input.
    `rows` are the ledger's, of this operation alone.
    """

    place: int
    op: str
    path: str
    incoming: float
    operands: tuple[tuple[int, float], ...]
    rows: tuple[LedgerRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Routes:
    """Every operation that relevance reached, in the order of the forward, with what it passed on; sums over the batch.

    R of an edge is sum(c * a) over the value's elements, with c from that one reader, and R itself below a
    first-layer rule that has no c. For a value with several readers the edges therefore add up to its relevance.
    """

    passed: tuple[Passed, ...]
    inputs: tuple[str, ...]  # names of the model's inputs; the explained one first
    kinds: dict[str, str]  # module path (without the number of the call) -> class name
    shapes: dict[
        str, tuple[int, ...] | None
    ]  # of each call of a module, in the order they began; None: several
    ledger: Ledger

    @property
    def start(self) -> float:
        """R where the walk begins: what the last operation got."""
        return self.passed[-1].incoming if self.passed else 0.0


@dataclass(eq=False)
class _Counting(Walk):
    """A walk that writes down what passes each operand."""

    came: dict[int, float] = field(default_factory=dict)
    went: dict[int, list[float]] = field(default_factory=dict)
    rows: dict[int, list[LedgerRow]] = field(default_factory=dict)
    places: dict[Node, int] = field(default_factory=dict)

    def _accounted(self, node: Node, arrived: list[Tensor | None]) -> Iterable[Tensor | None]:
        # A first-layer rule hands no c down: it adds R to what is there.
        before, rows = {value: self._there(value) for value in node.operands}, self._written
        found = list(super()._accounted(node, arrived))
        self._take(node, rows)
        self._count(
            node, self._amounts(node, node.outputs, arrived), self._amounts(node, node.operands, found)
        )
        for at, value in enumerate(node.operands):
            if value in before:
                self.went[self.places[node]][at] += self._there(value) - before.pop(value)
        return found

    def _carry(self, node: Node, relevance: list[Tensor | None]) -> Iterable[Tensor | None]:
        rows = self._written
        found = list(super()._carry(node, relevance))
        self._take(node, rows)
        self._count(node, [_sum(part) for part in relevance], [_sum(part) for part in found])
        return found

    @property
    def _written(self) -> int:
        return 0 if self.ledger is None else len(self.ledger.rows)

    def _take(self, node: Node, since: int) -> None:
        if self.ledger is not None:
            self.rows.setdefault(self.places[node], []).extend(self.ledger.rows[since:])

    def _there(self, value: Value) -> float:
        return _sum(self.relevance.get(value))

    def _count(self, node: Node, came: list[float], went: list[float]) -> None:
        place = self.places[node]
        self.came[place] = self.came.get(place, 0.0) + sum(came)
        known = self.went.setdefault(place, [0.0] * len(went))
        for at, part in enumerate(went):
            known[at] += part

    def _amounts(self, node: Node, values: Iterable[Value], parts: Iterable[Tensor | None]) -> list[float]:
        found = []
        for value, c in zip(values, parts, strict=True):
            if c is None:
                found.append(0.0)
                continue
            a = activation(value, self.stands)
            if a is None:
                raise ModelError(
                    f"{node.where} ({node.op} on {node.shapes}) reads an activation that was not recorded, so the "
                    "relevance of its edges is not known"
                )
            found.append(_sum(c.conj() * a))
        return found


def _sum(relevance: Tensor | None) -> float:
    if relevance is None:
        return 0.0
    real = relevance.real if relevance.is_complex() else relevance
    return total(real.nan_to_num(nan=0.0))  # a mask of -inf that no c arrives at


def routes(
    trace: Trace,
    *,
    method: str = "lrp",
    rules: Any = None,
    target: TargetLike = "top",
    minus: TargetLike | None = None,
    **parameters: Any,
) -> Routes:
    """The relevance of every edge, from one more forward that keeps every activation, and one walk back.

    Arguments as in :meth:`Trace.explain`; numbers in units of the score. Raises `MethodError` for methods that do
    not walk the layers back with numbers that add up (all but those with rules, and gradient x input).
    """
    chosen, settings = complete(method, rules, parameters)
    preset = settings["rules"]
    if preset is None and chosen.name != "gradient-x-input":
        raise MethodError(
            f"method {chosen.name!r} does not say what relevance passes each layer; choose a method with rules "
            "('lrp'), or 'gradient-x-input'"
        )
    again = type(trace)(
        trace.model,
        trace.inputs,
        labels=trace.labels,
        input_range=trace.input_range,
        output=trace._output,
        keep=0,
        layers=trace._layers,
        memory=trace._memory,
        _account=True,
        _everything=True,
    )
    with scene(again.input.device):
        start, _, _ = again._start(target, minus, preset)
        part = again._part(start)
        recording = part._recording
        entries = Entries()
        score = total(start.score)
        entries.target(score, float(start.remainder(part.output).sum()))
        names = {recording.source: 0}
        inputs = [
            next((str(name) for name, v in recording.sources.items() if v is recording.source), "input")
        ]
        for name, value in recording.sources.items():
            if value is not recording.source:
                names[value] = len(inputs)
                inputs.append(str(name))
        walk = _Counting(
            GRADIENT if preset is None else LRP,
            None if preset is None else part.assignment(preset),
            ledger=entries,
            nodes=again._whole.nodes,
            replay=again._whole.replay,
            places={node: at for at, node in enumerate(recording.nodes)},
        )
        walk.run(recording.nodes, {recording.sink: start.c}, {recording.source})
        end = total(found) if (found := walk.at(recording.source)) is not None else 0.0
    passed = tuple(
        Passed(
            at,
            node.op,
            node.path,
            walk.came[at],
            tuple(
                (value.made_by if value not in names else -1 - names[value], went)
                for value, went in zip(node.operands, walk.went[at], strict=True)
            ),
            tuple(walk.rows.get(at, ())),
        )
        for at, node in enumerate(recording.nodes)
        if at in walk.came
    )
    kinds = {path: type(module).__name__ for path, module in trace.model.named_modules()}
    shapes = {
        path: tuple(values[0].shape) if len(values) == 1 else None
        for path, values in recording.outputs.items()
        if path
    }
    return Routes(passed, tuple(inputs), kinds, shapes, Ledger(tuple(entries.rows), score, end))
