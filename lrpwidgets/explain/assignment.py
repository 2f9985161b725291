"""A preset, spread over the layers of one trace: the most specific entry wins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ..errors import PresetError, unknown
from .first_layer import Bounds, around_padding, box, is_first
from .folding import Layers
from .layers import Layer
from .node import Node, Value
from .rules import Rule, WSquare

if TYPE_CHECKING:
    from .presets import Preset


@dataclass(frozen=True)
class Assignment:
    """A preset spread over the layers of one trace."""

    preset: Preset
    rules: Mapping[Node, Rule]
    layers: Layers
    own: Mapping[Node, Rule]  # operations without weights that the preset names
    pooling: str
    add: str

    def rule(self, node: Node) -> Rule:
        """The rule of a layer."""
        return self.rules[node]

    def __iter__(self) -> Iterator[tuple[Node, Rule]]:
        return iter(self.rules.items())

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of this choice."""
        if self.preset.first == "box" and any(isinstance(rule, WSquare) for rule in self.rules.values()):
            note = (
                "the input's range is not known, so the first layer uses the w^2 rule; "
                "give input=lw.image(...) or input_range=(low, high) for zB"
            )
            return (note,)
        return ()


def assign(
    preset: Preset, nodes: list[Node], layers: Layers, source: Value, input_range: Bounds | None
) -> Assignment:
    """The rule of every layer among `nodes`."""
    rules: dict[Node, Rule] = {}
    own: dict[Node, Rule] = {}
    for node in nodes:
        layer = layers.layers.get(node)
        if layer is not None:
            rules[node] = _rule_of(preset, layer, nodes, source, input_range)
        elif node not in layers.folded:
            special = _override(preset, node.path, anywhere=True)
            if special is not None:
                own[node] = special
    return Assignment(preset, rules, layers, own, preset.pooling, preset.add)


def check(preset: Preset, nodes: list[Node], layers: Layers) -> None:
    """Raise if an entry matches nothing in a record."""
    places = {
        True: {node.path for node in nodes},
        False: {layer.node.path for layer in layers},
    }
    for pattern, rule in preset.layers:
        found = places[rule.anywhere]
        paths = sorted({*found, *map(_bare, found)})
        if not any(fnmatchcase(path, pattern) for path in paths):
            what = "module that was called" if rule.anywhere else "layer with weights"
            raise PresetError(
                f"preset {preset.name!r}: entry {pattern!r} matches no {what}; "
                + unknown("module" if rule.anywhere else "layer", pattern, paths)
            )


def _rule_of(
    preset: Preset, layer: Layer, nodes: list[Node], source: Value, input_range: Bounds | None
) -> Rule:
    node = layer.node
    rule = _override(preset, node.path)
    if rule is None and preset.first is not None and is_first(node, nodes, source):
        if isinstance(preset.first, str):
            return box(node, nodes, source, input_range)
        rule = preset.first
    if rule is None:
        rule = preset.convolution if layer.kind == "convolution" else preset.dense
    if rule.gives_relevance and not is_first(node, nodes, source):
        raise PresetError(
            f"preset {preset.name!r}: {rule!r} at {node.where} is a first-layer rule, but other layers come "
            "before it; use ZPlus, AlphaBeta or Epsilon there"
        )
    return around_padding(rule, node, nodes, source)


def _override(preset: Preset, path: str, *, anywhere: bool = False) -> Rule | None:
    """The most specific entry: the exact path, then the longest literal part, then the last.

    `anywhere`: of those that also hold for operations without weights.
    """
    best: tuple[tuple[bool, int, int], Rule] | None = None
    for order, (pattern, rule) in enumerate(preset.layers):
        if anywhere and not rule.anywhere:
            continue
        for name in (path, _bare(path)):
            if fnmatchcase(name, pattern):
                literal = len(pattern.translate({ord(sign): None for sign in "*?[]"}))
                rank = (pattern == name, literal, order)
                if best is None or rank >= best[0]:
                    best = (rank, rule)
    return best[1] if best else None


def _bare(path: str) -> str:
    """A module path without the number of its call."""
    return path.partition("#")[0]
