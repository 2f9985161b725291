"""Neighbouring operations that are one linear layer: batch norms around it, a bias added apart.

Folding changes numbers only, never the model: the layer's weight and bias become those of the pair, and the
folded operation hands c on as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from torch import Tensor

from .first_layer import is_first
from .layers import Layer
from .node import Node, Value
from .operations.normalization import BATCH_NORM, affine, over_channels
from .weights import LIGHT, Stamps, cached

_VIEWS = frozenset("view _unsafe_view reshape".split())


@dataclass(frozen=True, slots=True)
class Layers:
    """The linear layers of a record, and the operations that were folded into them."""

    layers: Mapping[Node, Layer]
    folded: frozenset[Node]
    # Where c is in terms of another value than the one it arrives at, because of a fold.
    stands: Mapping[Value, Value]

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers.values())


def fold(nodes: list[Node], source: Value) -> Layers:
    """Every linear layer of the record `nodes` that begins at `source`, with what can be folded into it."""
    return _Folding(nodes, source).layers()


class _Folding:
    def __init__(self, nodes: list[Node], source: Value) -> None:
        self._nodes, self._source = nodes, source
        stamps = Stamps()
        self._layers = {
            node: replace(layer, stamps=stamps) for node in nodes if (layer := Layer.of(node)) is not None
        }
        self._folded: set[Node] = set()
        self._stands: dict[Value, Value] = {}

    def layers(self) -> Layers:
        for node in self._nodes:
            if node.op in BATCH_NORM and len(node.operands) == 1:
                self._norm_after(node)
            elif node.op == "add":
                self._bias_after(node)
        for node in list(self._layers):
            self._norm_before(node)
        return Layers(self._layers, frozenset(self._folded), self._stands)

    def _maker(self, value: Value) -> Node | None:
        return self._nodes[value.made_by] if value.made_by >= 0 else None

    def _norm_after(self, norm: Node) -> None:
        before, found = self._maker(norm.operands[0]), affine(norm)
        if before not in self._layers or norm.operands[0].readers != 1 or found is None:
            return
        scaled = _scaled_output(self._layers[before], norm, found)
        if scaled is not None:
            self._layers[before] = scaled
            self._folded.add(norm)
            self._stands[norm.operands[0]] = norm.outputs[0]

    def _norm_before(self, node: Node) -> None:
        layer = self._layers[node]
        norm = self._maker(layer.source)
        if norm is None or norm.op not in BATCH_NORM or norm in self._folded or len(norm.operands) != 1:
            return
        found = affine(norm)
        # At the input itself it stays a step of its own, so that first-layer rules see the layer's own input.
        if found is None or layer.source.readers != 1 or is_first(node, self._nodes, self._source):
            return
        scaled = _scaled_input(layer, norm, found)
        if scaled is not None:
            self._layers[node] = scaled
            self._folded.add(norm)
            self._stands[norm.outputs[0]] = norm.operands[0]

    def _bias_after(self, plus: Node) -> None:
        """A vector that is added to the output, reshaped, of a matrix product without bias is its bias."""
        value, constant = plus.args[:2]
        if (
            not isinstance(value, Value)
            or not isinstance(constant, Tensor)
            or constant.dim() != 1
            or plus.kwargs
        ):
            return
        passed = []
        before = self._maker(value)
        while before is not None and value.readers == 1 and before.outputs[0].shape[-1] == len(constant):
            passed.append(value)
            layer = self._layers.get(before)
            if layer is not None and before.op in {"mm", "bmm"} and layer.bias is None:
                self._layers[before] = replace(layer, bias=constant, sink=plus.outputs[0])
                self._folded.add(plus)
                self._stands.update(dict.fromkeys(passed, plus.outputs[0]))
            if before.op not in _VIEWS:
                return
            value = before.operands[0]
            before = self._maker(value)


def _scaled_output(layer: Layer, norm: Node, by: tuple[Tensor, Tensor]) -> Layer | None:
    """Layer, then batch norm: W s and b s + t."""
    transposed = layer.kind == "convolution" and layer.node.args[6]
    if (transposed and layer.node.args[8] != 1) or len(norm.outputs[0].shape) != len(layer.sink.shape):
        return None
    scale, shift = by
    if layer.kind == "convolution":
        axis = 1 if transposed else 0
        factor = scale.reshape([-1 if at == axis else 1 for at in range(layer.weight.dim())])
    elif len(layer.sink.shape) == 2:
        factor = scale
    else:
        return None
    origin = _origin(layer, norm)
    weight = _times(layer, factor, "folded after", origin)
    spread_scale, spread_shift = over_channels(scale, norm.outputs[0]), over_channels(shift, norm.outputs[0])
    bias = spread_shift if layer.bias is None else layer.bias * spread_scale + spread_shift
    return replace(layer, weight=weight, bias=bias, sink=norm.outputs[0], origin=origin)


def _scaled_input(layer: Layer, norm: Node, by: tuple[Tensor, Tensor]) -> Layer | None:
    """Batch norm, then layer: W s and b + W t; not where padding puts zeros between the two."""
    scale, shift = by
    if layer.kind == "convolution":
        _, _, _, _, padding, _, transposed, _, groups = layer.node.args[:9]
        if any(padding) or transposed:
            return None
        grouped = scale.reshape(groups, -1).repeat_interleave(layer.weight.shape[0] // groups, 0)
        factor = grouped.reshape(*grouped.shape, *[1] * (layer.weight.dim() - 2))
        constant = layer.forward(
            over_channels(shift, layer.source).expand(1, *layer.source.shape[1:]), layer.weight
        )
        constant = over_channels(constant.flatten(2)[0, :, 0], constant)  # the same at every position
    elif layer.node.op in {"addmm", "mm"} and layer.source is layer.node.args[-2]:
        factor = scale[:, None]
        constant = shift @ layer.weight
    else:
        return None
    origin = _origin(layer, norm)
    weight = _times(layer, factor, "folded before", origin)
    bias = constant if layer.bias is None else layer.bias + constant
    return replace(layer, weight=weight, bias=bias, source=norm.operands[0], origin=origin)


def _times(layer: Layer, factor: Tensor, key: str, origin: tuple[Tensor, ...]) -> Tensor:
    if layer.weight.numel() <= LIGHT:
        return layer.weight * factor
    return cached(origin, (key,), lambda: layer.weight * factor, layer.stamps)


def _origin(layer: Layer, norm: Node) -> tuple[Tensor, ...]:
    tensors = (item for item in norm.args[1:] if isinstance(item, Tensor))
    return (*(layer.origin or (layer.weight,)), *tensors)
