"""Reading a record as a person would: layers, dropout, where the probabilities are made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from torch import nn

from ..explain.layers import Layer
from ..explain.node import Node, Value
from ..explain.trace import Trace

RECURRENT = (nn.RNNBase, nn.RNNCellBase)
_PROBABILITIES = frozenset("_softmax _safe_softmax _log_softmax sigmoid log_sigmoid_forward".split())
_VIEWS = frozenset(
    "view _unsafe_view reshape flatten squeeze unsqueeze transpose permute clone alias contiguous select".split()
)


def linear_layers(seen: Trace) -> list[Layer]:
    """Every call of a linear layer, with what is folded into it."""
    return list(seen._recording.layers)


def identity(layer: Layer) -> tuple[Any, ...]:
    """The same for two calls of one layer."""
    weight = (layer.origin or (layer.weight,))[0]
    return weight.data_ptr(), tuple(weight.shape), weight.stride()


def distinct(layers: Iterable[Layer]) -> list[Layer]:
    """Layers that were called several times once, by their first call."""
    found: dict[tuple[Any, ...], Layer] = {}
    for layer in layers:
        found.setdefault(identity(layer), layer)
    return list(found.values())


def is_dense(layer: Layer, seen: Trace) -> bool:
    """Whether it connects all variables of a sample: one vector a sample, not one a token or place."""
    shape = layer.node.outputs[0].shape
    return layer.kind == "dense" and len(shape) == 2 and shape[0] == len(seen.input)


def dropped_values(seen: Trace) -> set[Value]:
    """What dropouts hand on, as far as they can be seen in eval mode."""
    kinds = (nn.modules.dropout._DropoutNd,)
    modules = [module for module in calls_of(seen, kinds).items() if getattr(module[1], "p", 0) > 0]
    values = {value for path, _ in modules for value in seen._recording.outputs[path]}
    return values | {node.outputs[0] for node in seen.nodes if node.op == "dropout"}


def way_back(value: Value, seen: Trace) -> set[Value]:
    """`value` and what it was made of, back to the layers that lie before it."""
    ends = {layer.node for layer in linear_layers(seen)}
    found: set[Value] = set()
    open_ends = [value]
    while open_ends:
        one = open_ends.pop()
        if one in found:
            continue
        found.add(one)
        if one.made_by >= 0 and seen.nodes[one.made_by] not in ends:
            open_ends += seen.nodes[one.made_by].operands
    return found


def is_end(node: Node, seen: Trace) -> bool:
    """Whether a node makes probabilities, and nothing but views comes behind it."""
    value = seen._recording.sink
    while value.made_by >= 0 and seen.nodes[value.made_by].op in _VIEWS:
        value = seen.nodes[value.made_by].operands[0]
    return node.op in _PROBABILITIES and value in node.outputs


def calls_of(seen: Trace, kinds: tuple[type[nn.Module], ...]) -> dict[str, nn.Module]:
    """The calls of modules of these kinds, by path."""
    modules = dict(seen.model.named_modules())
    calls = {path: modules.get(path.partition("#")[0]) for path in seen._recording.outputs}
    return {path: module for path, module in calls.items() if isinstance(module, kinds)}


def is_inside(node: Node, calls: Iterable[str]) -> bool:
    """Whether an operation ran in one of these calls."""
    return any(node.path == path or node.path.startswith(f"{path}.") for path in calls)


def places(nodes: Iterable[Node]) -> tuple[str, ...]:
    """Module paths, each once."""
    return tuple(dict.fromkeys(node.where for node in nodes))


def listed(paths: tuple[str, ...]) -> str:
    """The first places, for a message."""
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return f"at {', '.join(paths[:3])}{more}"


def counted(items: Sequence[Any], name: str) -> str:
    """How many of what, for a message."""
    return f"{len(items)} {name}{'s' if len(items) > 1 else ''}"
