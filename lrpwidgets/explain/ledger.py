"""Where the relevance went: for each layer what came in, went out, and was absorbed on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor

from ..errors import FileFormatError
from .node import Node


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One layer: incoming = outgoing + bias + stabilizer + stopped, in units of the score.

    `stopped` is relevance that arrived at units the rule sends nothing on from (or, negative, that a rule
    which does not conserve added).
    """

    path: str
    rule: str
    incoming: float
    outgoing: float
    bias: float
    stabilizer: float
    stopped: float


@dataclass(frozen=True, slots=True)
class Ledger:
    """Rows from the output down to the input; `start` is the score, `end` the sum of the map."""

    rows: tuple[LedgerRow, ...]
    start: float
    end: float

    @property
    def absorbed(self) -> float:
        """Everything that did not reach the input by the account of the rows."""
        return sum(row.bias + row.stabilizer + row.stopped for row in self.rows)

    @property
    def unaccounted(self) -> float:
        """start - end - absorbed: zero up to rounding."""
        return self.start - self.end - self.absorbed

    def __iter__(self) -> Iterator[LedgerRow]:
        return iter(self.rows)

    def __str__(self) -> str:
        head = f"{'layer':32} {'in':>12} {'out':>12} {'bias':>12} {'stabilizer':>12} {'stopped':>12}  rule"
        lines = [head]
        for row in self.rows:
            numbers = (row.incoming, row.outgoing, row.bias, row.stabilizer, row.stopped)
            lines.append(f"{row.path[:32]:32} " + " ".join(f"{n:12.5g}" for n in numbers) + f"  {row.rule}")
        lines.append(f"score {self.start:.6g} = sum of R {self.end:.6g} + absorbed {self.absorbed:.6g}")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Plain data for files."""
        return {"start": self.start, "end": self.end, "rows": [asdict(row) for row in self.rows]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Ledger:
        """The ledger of a file."""
        try:
            rows = tuple(
                LedgerRow(
                    str(row["path"]),
                    str(row["rule"]),
                    *(float(row[key]) for key in ("incoming", "outgoing", "bias", "stabilizer", "stopped")),
                )
                for row in data["rows"]
            )
            return cls(rows, float(data["start"]), float(data["end"]))
        except (KeyError, TypeError, ValueError) as error:
            raise FileFormatError(f"the ledger in this file is damaged: {error!r}") from error


@dataclass(eq=False)
class Entries:
    """Rows as the walk writes them."""

    rows: list[LedgerRow] = field(default_factory=list)
    names: Counter[str] = field(default_factory=Counter)

    def add(
        self,
        node: Node,
        rule: str,
        incoming: Tensor,
        outgoing: Sequence[Tensor],
        bias: Tensor | None = None,
        stabilizer: Tensor | None = None,
    ) -> None:
        """One row from R at the outputs, R at the operands, and R that bias and stabilizer absorbed."""
        name = self._name(node)
        came = total(incoming)
        went = sum(total(part) for part in outgoing)
        to_bias = 0.0 if bias is None else total(bias)
        to_stabilizer = 0.0 if stabilizer is None else total(stabilizer)
        stopped = came - went - to_bias - to_stabilizer
        self.rows.append(LedgerRow(name, rule, came, went, to_bias, to_stabilizer, stopped))

    def linear(self, node: Node, rule: str, outgoing: Tensor, bias: Tensor | None) -> None:
        """One row of a sum in which the bias takes its part: R at the operand, and at the bias."""
        went, to_bias = total(outgoing), 0.0 if bias is None else total(bias)
        self.rows.append(LedgerRow(self._name(node), rule, went + to_bias, went, to_bias, 0.0, 0.0))

    def constant(self, node: Node, absorbed: Tensor) -> None:
        """One row for what a constant takes that is added, joined, padded or written: it is a bias."""
        took = total(_unmasked(absorbed))
        if took != 0:
            self.rows.append(LedgerRow(self._name(node), "constant", took, 0.0, took, 0.0, 0.0))

    def target(self, start: float, rest: float) -> None:
        """The first row, where the score is not the sum that the walk back begins with."""
        if rest != 0:
            self.rows.append(LedgerRow("target", "target", start, start - rest, 0.0, 0.0, rest))

    def input(self, name: int | str, relevance: Tensor | None) -> None:
        """One row for what flows to another of the model's inputs than the one that is explained."""
        if relevance is not None:
            took = total(relevance)
            self.rows.append(LedgerRow(f"input {name!r}", "another input", took, 0.0, 0.0, 0.0, took))

    def lost(self, node: Node, came: Sequence[Tensor], went: Sequence[Tensor], rule: str) -> None:
        """One row for an operation that passes on less, or more, than what arrived."""
        came, went = ([_unmasked(part) for part in parts] for parts in (came, went))
        gone = sum(map(total, came)) - sum(map(total, went))
        rounding = 1e3 * max((torch.finfo(part.dtype).eps for part in came), default=0.0)
        if abs(gone) > rounding * sum(total(part.abs()) for part in (*came, *went)):
            incoming = sum(map(total, came))
            took = (gone, 0.0, 0.0) if rule == "constant" else (0.0, 0.0, gone)
            self.rows.append(LedgerRow(self._name(node), rule, incoming, incoming - gone, *took))

    def held(self, path: str, rule: str, incoming: float, outgoing: float) -> None:
        """One row for a filter: what came to the layer (or goes round it), and what its units let through."""
        self.rows.append(LedgerRow(path, rule, incoming, outgoing, 0.0, 0.0, incoming - outgoing))

    def _name(self, node: Node) -> str:
        name = node.path or f"({node.op})"
        self.names[name] += 1
        return name if self.names[name] == 1 else f"{name} ({self.names[name]})"


def _unmasked(relevance: Tensor) -> Tensor:
    """R = c a, real, and 0 where a is a mask of -inf that no c arrives at."""
    return (relevance.real if relevance.is_complex() else relevance).nan_to_num(nan=0.0)


def total(relevance: Tensor) -> float:
    """The sum, in double precision."""
    relevance = relevance.real if relevance.is_complex() else relevance
    return float(relevance.sum(dtype=torch.float64))
