"""Walk a recorded forward pass backwards, one handler for each operation.

Two quantities travel side by side: c = R / a (for the gradient methods simply the gradient) and, below a
first-layer rule that has no c, the relevance R itself. At the input, R = c * x + R.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from torch import Tensor

from ..errors import LrpError, UnsupportedOperationError
from .memory import is_short, ran_out
from .node import Node, Value
from .operations import OPERATIONS, Handler, autograd
from .operations.activations import ELEMENTWISE
from .operations.normalization import BATCH_NORM

if TYPE_CHECKING:
    from .assignment import Assignment
    from .ledger import Entries
    from .recompute import Remaking

# Element by element and without a sum: relevance passes as it is.
_ELEMENTWISE = frozenset({*"add sub rsub mul div neg relu".split(), *ELEMENTWISE, *BATCH_NORM})


@dataclass(eq=False)
class Walk:
    """One pass backwards: which handlers, which rules, what to write down."""

    table: Mapping[str, Handler]
    rules: Assignment | None = None  # None: a gradient method
    branches: dict[Any, Any] = field(default_factory=dict)  # of rules on layers, kept for the next target
    keep: bool = False
    ledger: Entries | None = None
    relevance: dict[Value, Tensor] = field(default_factory=dict)  # R where there is no c
    fallbacks: list[Node] = field(default_factory=list)  # operations left to autograd
    nodes: list[Node] = field(default_factory=list)  # the whole record
    left: dict[Value, Tensor] = field(default_factory=dict)  # c at every input, after the walk
    replay: Remaking | None = None  # makes activations that are not kept
    last: bool = False  # nobody walks this record again: let go of each activation once it is passed
    _waiting: dict[Value, Value] = field(default_factory=dict)  # what stands for a value until that is passed

    def run(
        self, nodes: list[Node], starts: Mapping[Value, Tensor], ends: Collection[Value]
    ) -> dict[Value, Tensor]:
        """c at `ends`, from c at `starts` and R in ``self.relevance``; R without c is left there for `ends`.

        What arrives at an end goes no further.
        """
        cotangents = dict(starts)
        try:
            for node in reversed(nodes):
                arrived = [None if value in ends else cotangents.pop(value, None) for value in node.outputs]
                if self.relevance:
                    carried = [
                        None if value in ends else self.relevance.pop(value, None) for value in node.outputs
                    ]
                    if any(part is not None for part in carried):
                        for value, part in zip(node.operands, self._carry(node, carried), strict=True):
                            _add(self.relevance, value, part)
                if any(part is not None for part in arrived):
                    if self.replay is not None:
                        self.replay.reach(node, self.last)
                    for value, part in zip(node.operands, self._accounted(node, arrived), strict=True):
                        _add(cotangents, value, part)
                if self.last:
                    self._let_go(node)
        except Exception as error:
            if is_short(error) and not isinstance(error, LrpError):
                where = f"{node.where} ({node.op} on {node.shapes})"
                raise ran_out(f"the way back through {where}", error) from error
            raise
        finally:
            if self.replay is not None:
                self.replay.rest()
        self.left = cotangents
        return cotangents

    def _let_go(self, node: Node) -> None:
        entry = OPERATIONS.get(node.op)
        if entry is not None and entry.takes_over and node.operands[0].tensor is None:
            self._waiting[node.operands[0]] = node.outputs[0]
            return
        for output in node.outputs:
            value: Value | None = output
            while value is not None:
                value.tensor = None
                value = self._waiting.pop(value, None)

    @property
    def stands(self) -> Mapping[Value, Value]:
        """Values that c is in terms of, where these are not the ones it arrives at (see ``folding.py``)."""
        return {} if self.rules is None else self.rules.layers.stands

    def at(self, value: Value) -> Tensor | None:
        """R at an input, after the walk."""
        c, relevance = self.left.get(value), self.relevance.get(value)
        if c is None or value.tensor is None:
            return relevance
        return c * value.tensor if relevance is None else c * value.tensor + relevance

    def maker(self, value: Value, past: Collection[str] = ()) -> Node | None:
        """The operation that made a value, looking `past` such operations; None for the input."""
        while value.made_by >= 0:
            node = self.nodes[value.made_by]
            if node.op not in past:
                return node
            value = node.operands[0]
        return None

    def _accounted(self, node: Node, arrived: list[Tensor | None]) -> Iterable[Tensor | None]:
        """c at each operand; in the ledger what is lost on the way, if the handler writes no row of its own."""
        if self.ledger is None:
            return self._handle(node, arrived)
        rows = len(self.ledger.rows)
        found = list(self._handle(node, arrived))
        folded = self.rules is not None and node in self.rules.layers.folded
        if len(self.ledger.rows) == rows and not folded:
            came, went = (
                [
                    c.conj() * value.standing
                    for value, c in pairs
                    if c is not None and value.standing is not None
                ]
                for pairs in (zip(node.outputs, arrived, strict=True), zip(node.operands, found, strict=True))
            )
            if len(came) == sum(c is not None for c in arrived) and len(went) == sum(
                c is not None for c in found
            ):
                self.ledger.lost(node, came, went, "gradient" if self.rules is None else node.op)
        return found

    def _handle(self, node: Node, arrived: list[Tensor | None]) -> Iterable[Tensor | None]:
        entry, handler = OPERATIONS.get(node.op), self.table.get(node.op)
        if self.rules is not None:
            own = self.rules.own.get(node)
            if own is not None:
                return own.through(node, arrived, self)
        if handler is not None and entry is not None and entry.every:
            return list(handler(node, arrived, self))
        if handler is not None and arrived[0] is not None:
            alone = len(arrived) == 1 or all(part is None for part in arrived[1:])
            if alone or self.rules is None:
                return list(handler(node, arrived[0], self))
        if self.rules is not None:
            raise unsupported(node, "" if handler is None else "for more than its first output")
        found = autograd(node, arrived)
        if entry is None:
            if all(part is None for part in found):
                raise unsupported(node, has="derivative")
            self.fallbacks.append(node)
        return found

    def _carry(self, node: Node, relevance: list[Tensor | None]) -> Iterable[Tensor | None]:
        """R through an operation between the input and the first layer."""
        entry, whole = OPERATIONS.get(node.op), relevance[0]
        if entry is not None and entry.moves:
            # No ledger: R is not c, and what of it falls on a constant is no product with it.
            found = list(entry.handler(node, relevance if entry.every else whole, Walk(self.table)))
            if self.ledger is not None:
                came, went = ([part for part in parts if part is not None] for parts in (relevance, found))
                self.ledger.lost(node, came, went, "constant")
            return found
        if node.op in _ELEMENTWISE and len(node.operands) == 1 and whole is not None:
            return [whole.sum_to_size(node.operands[0].shape)]
        raise unsupported(node, "between the input and the first layer, where only relevance itself is known")


def _add(sums: dict[Value, Tensor], value: Value, part: Tensor | None) -> None:
    if part is not None:
        if part.dtype is not value.dtype:  # an operation may have promoted its operands
            part = part.to(value.dtype)
        sums[value] = sums[value] + part if value in sums else part


def unsupported(node: Node, why: str = "", *, has: str = "relevance rule") -> UnsupportedOperationError:
    """The error for an operation that has no rule, or no derivative either: what, where, and what to do."""
    op = f"{node.where} uses {node.func.namespace}.{node.op} on {node.shapes}, which has no {has}"
    if node.func.namespace == "quantized":
        return UnsupportedOperationError(
            f"{op}: the model is quantised; explain the floating point model that it was made from"
        )
    register = f'Register one with @lrpwidgets.handles("{node.op}")'
    if has != "relevance rule":
        return UnsupportedOperationError(f"{op} that torch knows of. {register} and choose method='lrp'")
    return UnsupportedOperationError(
        f"{op}{' ' + why if why else ''}. {register}, ask for the plain gradient there "
        f'(rules=lw.preset({{"{node.path}": lw.Gradient()}})), or choose a method that follows the gradient '
        '(method="gradient-x-input" or "sensitivity")'
    )
