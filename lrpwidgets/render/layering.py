"""Where the nodes of a graph stand: in ranks by longest path, with few crossings, long edges in lanes of their own.

Sugiyama, Tagawa and Toda 1981, "Methods for visual understanding of hierarchical system structures".
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 8
Edge = tuple[str, str]


@dataclass(frozen=True)
class Layout:
    """Centres (x, y) of nodes, and for each edge its corners from centre to centre; x from 0, in pixels."""

    centres: dict[str, tuple[float, float]]
    corners: dict[Edge, tuple[tuple[float, float], ...]]
    ranks: dict[str, int]
    width: float
    height: float


def ranks(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """The longest path from above to each node; edges against the order of `nodes` are not counted."""
    order = {name: at for at, name in enumerate(nodes)}
    found = dict.fromkeys(nodes, 0)
    for above, below in sorted(edges, key=lambda edge: order[edge[0]]):
        if order[above] < order[below]:
            found[below] = max(found[below], found[above] + 1)
    return found


def layout(
    nodes: Sequence[str],
    edges: Sequence[Edge],
    widths: Mapping[str, float],
    *,
    gap: float,
    step: float,
    lane: float,
) -> Layout:
    """Place `nodes` (in the order of their ranks or any topological one), `widths` in pixels.

    `gap` lies between neighbours, `step` between the middles of ranks; a long edge takes a
    `lane` in the ranks it passes.
    """
    rank = ranks(nodes, edges)
    rows: list[list[Hashable]] = [[] for _ in range(max(rank.values(), default=0) + 1)]
    for name in nodes:
        rows[rank[name]].append(name)
    size: dict[Hashable, float] = {name: widths[name] for name in nodes}
    ways: dict[Edge, list[Hashable]] = {}
    for edge in edges:
        above, below = edge
        first, last = sorted((rank[above], rank[below]))
        lanes: list[Hashable] = [(edge, at) for at in range(first + 1, last)]
        for at, one in zip(range(first + 1, last), lanes, strict=True):
            rows[at].append(one)
            size[one] = lane
        ways[edge] = [above, *(lanes if rank[above] < rank[below] else lanes[::-1]), below]
    near: dict[Hashable, list[Hashable]] = {one: [] for row in rows for one in row}
    level = {one: at for at, row in enumerate(rows) for one in row}
    for way in ways.values():
        for one, other in pairwise(way):
            near[one].append(other)
            near[other].append(one)
    x = _place(rows, near, level, size, gap)
    left = min((x[one] - size[one] / 2 for one in x), default=0.0)
    right = max((x[one] + size[one] / 2 for one in x), default=0.0)
    places = {one: (x[one] - left, (level[one] + 0.5) * step) for one in x}
    return Layout(
        {name: places[name] for name in nodes},
        {edge: tuple(places[one] for one in way) for edge, way in ways.items()},
        rank,
        right - left,
        len(rows) * step,
    )


def _place(
    rows: list[list[Hashable]],
    near: Mapping[Hashable, list[Hashable]],
    level: Mapping[Hashable, int],
    size: Mapping[Hashable, float],
    gap: float,
) -> dict[Hashable, float]:
    """x of everything: each sweep orders a row by the mean of its neighbours, then moves it as near to them as fits."""
    x: dict[Hashable, float] = {}
    for row in rows:
        _pack(row, dict.fromkeys(row, 0.0), size, gap, x)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            wanted = {}
            for one in row:
                beyond = [x[other] for other in near[one] if (level[other] < level[one]) == down]
                wanted[one] = sum(beyond) / len(beyond) if beyond else x[one]
            row.sort(key=lambda one: wanted[one])  # stable: ties keep their order
            _pack(row, wanted, size, gap, x)
    return x


def _pack(
    row: list[Hashable],
    wanted: Mapping[Hashable, float],
    size: Mapping[Hashable, float],
    gap: float,
    x: dict[Hashable, float],
) -> None:
    """Least squares of x - wanted in the order of the row, without overlap: pool blocks that touch."""
    blocks: list[tuple[float, list[tuple[Hashable, float]]]] = []  # mean start, (item, offset from the start)
    for one in row:
        start, items = wanted[one], [(one, 0.0)]
        while blocks:
            before, members = blocks[-1]
            reach = members[-1][1] + (size[members[-1][0]] + size[items[0][0]]) / 2 + gap
            if before + reach <= start:
                break
            blocks.pop()
            total = len(members) + len(items)
            start = (before * len(members) + (start - reach) * len(items)) / total
            items = [*members, *((item, offset + reach) for item, offset in items)]
        blocks.append((start, items))
    for start, items in blocks:
        for item, offset in items:
            x[item] = start + offset
