"""What a session knows of itself: its layers, where relevance passed, and what it keeps in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from torch import Tensor

from .ledger import Ledger
from .rules import Branch

if TYPE_CHECKING:
    from .trace import Trace


@dataclass(frozen=True, slots=True)
class LayerRecord:
    """One call of a module: `share` is the part of the score that arrived there under the last explanation.

    `rule` and `share` are None where the ledger has no row: modules that only pass relevance on, or no ledger yet.
    """

    path: str
    kind: str
    shape: tuple[int, ...] | None  # None: it returns nothing that depends on the input, or several tensors
    rule: str | None
    share: float | None


class Layers(list[LayerRecord]):
    """The calls of modules in the order in which they began, printed as a table."""

    def __repr__(self) -> str:
        width = max((len(record.path) for record in self), default=5)
        lines = [f"{'layer':{width}}  {'kind':18} {'shape':22} {'share':>8}  rule"]
        for one in self:
            shape = "" if one.shape is None else str(one.shape)
            share = "" if one.share is None else f"{one.share:.2%}"
            lines.append(
                f"{one.path:{width}}  {one.kind[:18]:18} {shape:22} {share:>8}  {one.rule or ''}".rstrip()
            )
        return "\n".join(lines)


def layers(trace: Trace, ledger: Ledger | None) -> Layers:
    """A record for every call of a module inside the model; shares from the rows of `ledger`."""
    modules = dict(trace.model.named_modules())
    rows = {row.path: row for row in reversed(ledger.rows if ledger is not None else ())}
    found = Layers()
    for path, values in trace._recording.outputs.items():
        module = modules.get(path.partition("#")[0])
        if not path or module is None:
            continue
        row = rows.get(path)
        start = 0.0 if ledger is None else ledger.start
        found.append(
            LayerRecord(
                path,
                type(module).__name__,
                tuple(values[0].shape) if len(values) == 1 else None,
                None if row is None else row.rule,
                None if row is None or start == 0 else row.incoming / start,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes that a trace keeps: activations that handlers read, denominators of presets, the last filter's question."""

    activations: int
    denominators: int
    question: int
    checkpoints: int = 0  # what activations are made from again, in a trace with a memory budget

    @property
    def total(self) -> int:
        """All of it."""
        return self.activations + self.denominators + self.question + self.checkpoints

    def __str__(self) -> str:
        sizes = {each.name: getattr(self, each.name) for each in fields(self)}
        parts = [f"{size / 2**20:.3g} MiB of {name}" for name, size in sizes.items()]
        return ", ".join(parts)


def kept(trace: Trace) -> Kept:
    """What `trace` keeps, each piece of memory counted once; the model's own weights are not counted."""
    counted: set[int] = {tensor.untyped_storage()._cdata for tensor in trace.model.parameters()}
    values = {value for node in trace.nodes for value in (*node.operands, *node.outputs)}
    replay = trace._recording.replay
    checkpoints = 0 if replay is None else _bytes(replay.held.values(), counted)
    activations = _bytes((value.held for value in values if value.held is not None), counted)
    denominators = _bytes(_tensors(list(trace._branches.values())), counted)
    flows = [[above.c, above.flow.c, above.flow.relevance] for q in trace._questions for above in q.above]
    question = _bytes(_tensors([flows, [q.remainder for q in trace._questions]]), counted)
    return Kept(activations, denominators, question, checkpoints)


def _bytes(tensors: Iterable[Tensor], counted: set[int]) -> int:
    size = 0
    for tensor in tensors:
        storage = tensor.untyped_storage()
        if storage._cdata not in counted:
            counted.add(storage._cdata)
            size += storage.nbytes()
    return size


def _tensors(item: Any) -> Iterator[Tensor]:
    """The tensors of a nest; of a rule's branch all but the weights, which every trace shares."""
    if isinstance(item, Tensor):
        yield item
    elif isinstance(item, Branch):
        yield from _tensors([item.ratio, item.factor])
    elif isinstance(item, dict):
        yield from _tensors(list(item.values()))
    elif isinstance(item, (list, tuple)):
        for part in item:
            yield from _tensors(part)
