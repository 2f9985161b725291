"""What sections 6.1 and 6.2 of the tutorial recommend, against what a model is made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn

from ..explain.api import trace
from ..explain.first_layer import Bounds, is_first
from ..explain.operations.activations import ELEMENTWISE
from ..explain.operations.attention import ATTENTION
from ..explain.operations.normalization import BATCH_NORM
from ..explain.outputs import OutputLike
from ..explain.trace import Trace
from .anatomy import (
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
from .findings import SEVERITIES, Advice, Finding

FEW = 2  # dense layers; the paper gives no number
_SMOOTH = (ELEMENTWISE | {"gelu", "silu"}) - set("hardtanh clamp clamp_min abs sqrt pow square".split())
_OWN_STATISTICS = frozenset("native_layer_norm native_group_norm _fused_rms_norm".split())
_RECURRENT = (nn.RNNBase, nn.RNNCellBase)


def advise(
    model: nn.Module,
    x: Any,
    *,
    input: Any = None,
    input_range: Bounds | None = None,
    of: int | str | None = None,
    output: OutputLike = None,
) -> Advice:
    """What the tutorial recommends (6.1 which model, 6.2 which rules) against what `model` does on `x`.

    It looks at one recorded forward, so functional calls count as modules do; only dropout is known by its module,
    because in eval mode it does nothing that could be recorded. Arguments as in ``lw.trace``.
    """
    seen = trace(model, x, input=input, input_range=input_range, of=of, output=output, keep=0)
    findings = [finding for look in _LOOKS for finding in look(seen)]
    return Advice(sorted(findings, key=lambda one: -SEVERITIES.index(one.severity)))


# -- 6.1: the model -------------------------------------------------------------------------------


def _class_of_model(seen: Trace) -> Iterator[Finding]:
    """Convolutional ReLU nets are what LRP was studied on."""
    nodes = [node for node in seen.nodes if not is_end(node, seen)]
    attention = [node for node in nodes if node.op in ATTENTION or node.op in {"_softmax", "_safe_softmax"}]
    recurrent = calls_of(seen, _RECURRENT)
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


def _dense_layers(seen: Trace) -> Iterator[Finding]:
    """Few of them, with dropout."""
    recurrent = calls_of(seen, _RECURRENT)
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


def _pooling(seen: Trace) -> Iterator[Finding]:
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


def _biases(seen: Trace) -> Iterator[Finding]:
    """Zero or negative biases."""
    recurrent = calls_of(seen, _RECURRENT)  # their gates are no ReLU units
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


def _norms(seen: Trace) -> Iterator[Finding]:
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


# -- 6.2: the rules -------------------------------------------------------------------------------


def _range_of_input(seen: Trace) -> Iterator[Finding]:
    """The zB rule of Table 2 needs to know it."""
    source = seen._recording.source
    first = [layer.node for layer in linear_layers(seen) if is_first(layer.node, seen.nodes, source)]
    if not first or not seen.inputs.explained.is_floating_point():
        return
    if seen.input_range is None:
        yield Finding(
            "input range",
            "6.2",
            "advice",
            places(first),
            f"the range of the input is not known, so the first layer {listed(places(first))} uses w^2, which does not "
            "look at the input, in the place of Table 2's zB",
            "give input=lw.image(...) or input_range=(low, high)",
        )
        return
    low, high = seen.input_range
    outside = int(((seen.input < low) | (seen.input > high)).sum())
    if outside:
        yield Finding(
            "input range",
            "6.2",
            "warning",
            places(first),
            f"{outside} of {seen.input.numel()} input values lie outside the range that was given, where zB (Table 2) "
            "may give negative relevance",
            "check the preprocessing, or widen input_range",
        )


def _end(seen: Trace) -> Iterator[Finding]:
    """Scores before the softmax, and positive ones."""
    squashed = [node for node in seen.nodes if is_end(node, seen)]
    if squashed:
        where = places(squashed)
        yield Finding(
            "softmax at the end",
            "6.2",
            "warning",
            where,
            f"the output comes from {squashed[0].op.strip('_')} {listed(where)}, which saturates, and as "
            "softmax rises also when the evidence for other classes falls; Table 2 has no rule for it",
            "explain the scores before it: take it off the model, or say output= where the model returns both",
        )
    elif seen.output.dim() == 2:
        low = int((seen.output.amax(1) <= 0).sum())
        if low:
            yield Finding(
                "scores",
                "6.2",
                "note",
                (),
                f"the top score of {low} of {len(seen.output)} samples is not positive: deep Taylor gives "
                "positive maps for positive predictions",
                "read these maps with their sign, or use rules='alpha2-beta1', which shows evidence against",
            )


_LOOKS = (_class_of_model, _dense_layers, _pooling, _biases, _norms, _range_of_input, _end)
