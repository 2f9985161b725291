"""The network as a person knows it: modules, joins and inputs, and the relevance that passes between them.

Operations are gathered into the calls of modules that ran them, down to those that are opened. An operation of an
opened module (or of the model's own forward) stands alone, unless it only passes on what it gets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from .operations import OPERATIONS
from .operations.activations import ELEMENTWISE
from .routes import Passed, Routes

OUTPUT = "(output)"
MOST = 40  # nodes that a graph begins with at most, if it can
_SIGNS = {"add": "+", "sub": "-", "mul": "x", "cat": "concat"}


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A call of a module, an operation, an input, or the output.

    incoming = outgoing + bias + stabilizer + stopped, in units of the score (see `LedgerRow`). `layer` is the path
    of the call, None if this is no module; `opens`: there are modules inside.
    """

    name: str
    label: str
    kind: str
    layer: str | None
    shape: tuple[int, ...] | None
    rules: tuple[str, ...]
    opens: bool
    incoming: float
    outgoing: float
    bias: float
    stabilizer: float
    stopped: float


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """Relevance that the node `above` sends to `below`."""

    above: str
    below: str
    relevance: float


@dataclass(frozen=True)
class LayerGraph:
    """Nodes from the output down to the inputs, edges between them; `opened` are the modules that stand open."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    opened: tuple[str, ...]

    @cached_property
    def largest(self) -> float:
        """The largest |R| of an edge."""
        return max((abs(edge.relevance) for edge in self.edges), default=0.0)

    def node(self, name: str) -> GraphNode:
        """The node of a name; `KeyError` if there is none."""
        return self._by_name[name]

    def above(self, name: str) -> list[GraphEdge]:
        """Edges from which relevance comes."""
        return [edge for edge in self.edges if edge.below == name]

    def below(self, name: str) -> list[GraphEdge]:
        """Edges by which relevance leaves."""
        return [edge for edge in self.edges if edge.above == name]

    @cached_property
    def _by_name(self) -> dict[str, GraphNode]:
        return {node.name: node for node in self.nodes}


class Nesting:
    """Which calls of modules lie in which, from the order in which they began."""

    def __init__(self, calls: Collection[str]) -> None:
        self._parent: dict[str, str | None] = {}
        latest: dict[str, str] = {}  # of each module, the call that began last
        for call in calls:
            path, parent = bare(call), None
            while parent is None and "." in path:
                path = path.rpartition(".")[0]
                parent = latest.get(path)  # a container that is never called has none
            self._parent[call] = parent
            latest[bare(call)] = call
        self.containers = {parent for parent in self._parent.values() if parent is not None}

    def chain(self, call: str) -> list[str]:
        """The calls around a call and itself, outermost first."""
        found: list[str] = []
        at: str | None = call
        while at is not None and at in self._parent:
            found.append(at)
            at = self._parent[at]
        return found[::-1]

    def opened_at(self, depth: int) -> tuple[str, ...]:
        """The modules to open so that `depth` levels are seen."""
        found = [
            bare(call) for call in self._parent if call in self.containers and len(self.chain(call)) < depth
        ]
        return tuple(dict.fromkeys(found))

    @property
    def depth(self) -> int:
        """How many levels there are."""
        return max((len(self.chain(call)) for call in self._parent), default=1)


def bare(call: str) -> str:
    """The path of the module that a call is of."""
    return call.partition("#")[0]


def layer_graph(routes: Routes, opened: Collection[str] | None = None) -> LayerGraph:
    """The graph with the modules of `opened` (paths) open; None: as many levels as give at most `MOST` nodes."""
    nesting = Nesting(routes.shapes)
    if opened is not None:
        return _Gathering(routes, nesting, tuple(opened)).graph()
    found = _Gathering(routes, nesting, ()).graph()
    for depth in range(2, nesting.depth + 1):
        deeper = _Gathering(routes, nesting, nesting.opened_at(depth)).graph()
        if len(deeper.nodes) > MOST:
            break
        found = deeper
    return found


class _Gathering:
    def __init__(self, routes: Routes, nesting: Nesting, opened: tuple[str, ...]) -> None:
        self._routes, self._nesting, self._opened = routes, nesting, opened
        self._passed: Mapping[int, Passed] = {one.place: one for one in routes.passed}
        self._numbers: Counter[str] = Counter()
        self._calls: dict[str, str] = {}  # name of a node -> call of a module
        self._names: dict[int, str] = {-1 - at: f"({name})" for at, name in enumerate(self._inputs())}
        self._members: dict[str, list[Passed]] = {}
        for one in routes.passed:
            name = self._name(one)
            self._names[one.place] = name
            self._members.setdefault(name, []).append(one)

    def graph(self) -> LayerGraph:
        edges = self._edges()
        incoming: Counter[str] = Counter()
        outgoing: Counter[str] = Counter()
        for (above, below), relevance in edges.items():
            outgoing[above] += relevance  # type: ignore[assignment]
            incoming[below] += relevance  # type: ignore[assignment]
        linked = {name for pair in edges for name in pair}
        order = [OUTPUT, *reversed(self._members), *(f"({name})" for name in self._inputs())]
        nodes = [
            self._node(name, float(incoming[name]), float(outgoing[name])) for name in order if name in linked
        ]
        return LayerGraph(
            tuple(nodes), tuple(GraphEdge(*pair, part) for pair, part in edges.items()), self._opened
        )

    def _inputs(self) -> list[str]:
        names = self._routes.inputs
        return ["input"] if len(names) == 1 else [f"input {name}" for name in names]

    def _name(self, one: Passed) -> str:
        for call in self._nesting.chain(one.path):
            if call not in self._nesting.containers or bare(call) not in self._opened:
                self._calls[call] = call
                return call
        stem = f"{one.path} ({one.op})" if one.path else f"({one.op})"
        self._numbers[stem] += 1
        return stem if self._numbers[stem] == 1 else f"{stem} {self._numbers[stem]}"

    def _edges(self) -> dict[tuple[str, str], float]:
        last = self._routes.passed[-1]
        edges = {(OUTPUT, self._maker(last.place)): last.incoming}
        for one in reversed(self._routes.passed):
            above = self._names[one.place]
            if self._passes_on(one):
                continue
            for place, relevance in one.operands:
                below = self._maker(place)
                if below != above:
                    edges[above, below] = edges.get((above, below), 0.0) + relevance
        return edges

    def _maker(self, place: int) -> str:
        """The node that made a value, past operations that only pass on."""
        while place in self._passed and self._passes_on(self._passed[place]):
            place = self._passed[place].operands[0][0]
        return self._names[place]

    def _passes_on(self, one: Passed) -> bool:
        if self._names[one.place] in self._calls or len(one.operands) != 1 or one.rows:
            return False
        entry = OPERATIONS.get(one.op)
        plain = one.op == "relu" or one.op in ELEMENTWISE or (entry is not None and entry.moves)
        gone = abs(one.incoming - one.operands[0][1])
        return plain and gone <= 1e-5 * abs(one.incoming)

    def _node(self, name: str, incoming: float, outgoing: float) -> GraphNode:
        members = self._members.get(name, [])
        rows = [row for one in members for row in one.rows]
        bias, stabilizer, stopped = (
            sum(getattr(row, part) for row in rows) for part in ("bias", "stabilizer", "stopped")
        )
        call = self._calls.get(name)
        rules = tuple(dict.fromkeys(row.rule for row in reversed(rows) if row.rule != "constant"))
        if call is not None:
            kind, label = self._routes.kinds.get(bare(call), ""), call
        elif members:
            kind = members[0].op
            label = _SIGNS.get(kind, kind)
        else:
            kind = label = "output" if name == OUTPUT else name.strip("()")
        return GraphNode(
            name,
            label,
            kind,
            call,
            None if call is None else self._routes.shapes.get(call),
            rules,
            call in self._nesting.containers,
            incoming,
            outgoing,
            bias,
            stabilizer,
            stopped,
        )
