"""Section 6.1: biases at or below zero, and norms, which shift as biases do."""

from __future__ import annotations

from collections.abc import Iterator

from ..explain.operations.normalization import BATCH_NORM
from ..explain.trace import Trace
from .anatomy import RECURRENT, calls_of, counted, distinct, is_inside, linear_layers, listed, places
from .findings import Finding

_OWN_STATISTICS = frozenset("native_layer_norm native_group_norm _fused_rms_norm".split())


def biases(seen: Trace) -> Iterator[Finding]:
    """Zero or negative biases."""
    recurrent = calls_of(seen, RECURRENT)  # their gates are no ReLU units
    positive = [
        layer
        for layer in distinct(linear_layers(seen))
        if layer.bias is not None and bool((layer.bias > 0).any()) and not is_inside(layer.node, recurrent)
    ]
    if not positive:
        return
    biases = [layer.bias.detach() for layer in positive if layer.bias is not None]
    above, count = sum(int((bias > 0).sum()) for bias in biases), sum(bias.numel() for bias in biases)
    folded = any(layer.origin for layer in positive)
    where = places(layer.node for layer in positive)
    yield Finding(
        "positive biases",
        "6.1",
        "advice",
        where,
        f"{above} of {count} biases are positive, up to {max(float(bias.max()) for bias in biases):.3g}, in "
        f"{counted(positive, 'layer')} {listed(where)}{' (batch norms folded in)' if folded else ''}: they "
        "hold units up that no input explains",
        "if you train, hold them at or below zero with lw.zoo.hold_biases_nonpositive; else see in the ledger what "
        "they take",
    )


def norms(seen: Trace) -> Iterator[Finding]:
    """Batch norms that are no part of a layer, and norms with statistics of their own."""
    folded = seen._recording.layers.folded
    alone = [node for node in seen.nodes if node.op in BATCH_NORM and node not in folded]
    own = [node for node in seen.nodes if node.op in _OWN_STATISTICS]
    for nodes, name, what, do in (
        (
            alone,
            "batch norms",
            "with no linear layer beside to be folded into: the shift takes relevance",
            "see in the ledger what it takes; if you build the net, put norms right behind convolutions",
        ),
        (
            own,
            "layer norms",
            "with statistics of the input itself, which the deep Taylor rules do not know",
            "use rules='attn-lrp', which takes these statistics as constants, and look at the ledger (5.3)",
        ),
    ):
        if nodes:
            yield Finding(
                name,
                "6.1",
                "note",
                places(nodes),
                f"{counted(nodes, name[:-1])} {listed(places(nodes))}, {what}",
                do,
            )
