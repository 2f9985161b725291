"""Section 6.1: convolutional ReLU nets with few dense layers, dropout in these, and sum or average pooling."""

from __future__ import annotations

from collections.abc import Iterator

from ..explain.operations.activations import ELEMENTWISE
from ..explain.operations.attention import ATTENTION
from ..explain.trace import Trace
from .anatomy import (
    RECURRENT,
    calls_of,
    counted,
    distinct,
    dropped_values,
    is_dense,
    is_end,
    is_inside,
    linear_layers,
    listed,
    places,
    way_back,
)
from .findings import Finding

FEW = 2  # dense layers; the paper gives no number
_SMOOTH = (ELEMENTWISE | {"gelu", "silu"}) - set("hardtanh clamp clamp_min abs sqrt pow square".split())


def class_of_model(seen: Trace) -> Iterator[Finding]:
    """Convolutional ReLU nets are what LRP was studied on."""
    nodes = [node for node in seen.nodes if not is_end(node, seen)]
    attention = [node for node in nodes if node.op in ATTENTION or node.op in {"_softmax", "_safe_softmax"}]
    recurrent = calls_of(seen, RECURRENT)
    smooth = [node for node in nodes if node.op in _SMOOTH and not is_inside(node, recurrent)]
    for topic, where in (("attention", places(attention)), ("recurrent layers", tuple(recurrent))):
        if where:
            yield Finding(
                topic,
                "6.1",
                "advice",
                where,
                f"{topic} {listed(where)}: not the convolutional ReLU nets "
                "that LRP was most thoroughly studied on",
                "use rules='attn-lrp', which was made for products and softmax, and look at the ledger",
            )
    if smooth:
        kinds = ", ".join(sorted({node.op for node in smooth}))
        yield Finding(
            "activations",
            "6.1",
            "advice",
            places(smooth),
            f"activations other than ReLU ({kinds}) {listed(places(smooth))}: the deep Taylor "
            "rules are derived for ReLU",
            "look at the ledger, compare presets; if you train, use nn.ReLU",
        )


def dense_layers(seen: Trace) -> Iterator[Finding]:
    """Few of them, with dropout."""
    recurrent = calls_of(seen, RECURRENT)
    dense = distinct(layer for layer in linear_layers(seen) if is_dense(layer, seen))
    layers = [layer for layer in dense if not is_inside(layer.node, recurrent)]
    if len(layers) > FEW:
        where = places(layer.node for layer in layers)
        yield Finding(
            "dense layers",
            "6.1",
            "advice",
            where,
            f"{len(layers)} fully connected layers {listed(where)}: LRP spreads relevance over too many "
            f"of their inputs (the paper gives no number; more than {FEW} are reported)",
            "prefer a net with fewer, e.g. convolutions up to one dense layer; or try rules='epsilon-plus', which "
            "treats dense layers by another rule",
        )
    dropped = dropped_values(seen)
    before = {id(layer): way_back(layer.source, seen) for layer in layers}
    bare = [
        layer.node
        for layer in layers
        if not dropped & before[id(layer)]
        and not any(layer.sink in way and dropped & way for way in before.values())
    ]
    if bare:
        where = places(bare)
        yield Finding(
            "dropout",
            "6.1",
            "note",
            where,
            f"{counted(bare, 'fully connected layer')} without an nn.Dropout before or after {listed(where)}",
            "if you train it, use dropout in these layers (a functional dropout cannot be seen in eval mode)",
        )


def pooling(seen: Trace) -> Iterator[Finding]:
    """Sum or average pooling."""
    found = [
        node
        for node in seen.nodes
        if "max_pool" in node.op or (node.op in {"max", "amax"} and len(node.operands[0].shape) > 2)
    ]
    if found:
        where = places(found)
        yield Finding(
            "max-pooling",
            "6.1",
            "advice",
            where,
            f"{counted(found, 'max-pooling')} {listed(where)}: deep Taylor matches sum or average pooling",
            "if you train, use nn.AvgPool2d or lw.zoo.SumPool; else compare pooling='proportional' with 'winner' in "
            "lw.preset (5.3)",
        )
