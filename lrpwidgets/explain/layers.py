"""One object for every linear layer (dense, convolution, matrix product), so that a rule is only its equation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from .node import Node, Value
from .operations import aten, kept
from .weights import Stamps, cached, prepared


@dataclass(eq=False, slots=True)
class Layer:
    """z_k = sum_j x_j w_jk + b_k, as one recorded operation did it."""

    node: Node
    kind: str  # "convolution" or "dense"
    weight: Tensor
    bias: Tensor | None  # broadcasts to the output
    source: Value  # x
    sink: Value  # z
    # Whether weights of several branches may be stacked along their input axis, for one pass instead of several.
    stackable: bool
    _forward: Callable[[Tensor, Tensor], Tensor]
    _backward: Callable[[Tensor, Tensor], Tensor]
    origin: tuple[Tensor, ...] = ()  # what the weight was computed from, if a batch norm is folded in
    stamps: Stamps = field(default_factory=Stamps)  # of the record's weights

    @classmethod
    def of(cls, node: Node) -> Layer | None:
        """The layer a node is, or None if its weights depend on the input or it is no layer at all."""
        build = _BUILDERS.get(node.op)
        return build(node) if build is not None and len(node.operands) == 1 else None

    @property
    def input(self) -> Tensor:
        """x, shape (batch, ...)."""
        return kept(self.source)

    @property
    def nonnegative(self) -> bool:
        """Whether x >= 0 everywhere, known from what produced it."""
        return self.source.nonnegative

    @property
    def rectified(self) -> bool:
        """Whether a ReLU (or ReLU6) alone reads z, so that no relevance comes back where z <= 0."""
        return self.sink.rectified and self.sink.readers == 1

    @property
    def stood_for(self) -> bool:
        """Whether `output` is relu(z), never negative."""
        return self.sink.tensor is None and self.sink.relu is not None

    @property
    def output(self) -> Tensor:
        """z, or relu(z) where a ReLU alone reads z: no relevance comes back where the two differ."""
        z = self.sink.standing
        if z is None:  # dropped for a batch norm that could not be folded
            z = self.forward(self.input, self.weight)
            return z if self.bias is None else z + self.bias
        return z.reshape(self.node.outputs[0].shape)

    def constant(self, key: str, inputs: tuple[Tensor, ...], make: Callable[[], Tensor]) -> Tensor:
        """What a rule makes of the weights and of `inputs` that hardly ever change, kept for the next explanation."""
        settings = self.node.args[3:] if self.kind == "convolution" else ()
        shapes = (self.node.op, str(settings), *(tuple(tensor.shape) for tensor in inputs))
        return cached((*(self.origin or (self.weight,)), *inputs), (key,), make, self.stamps, shapes)

    @property
    def linear_output(self) -> Tensor:
        """sum_j x_j w_jk, right wherever relevance comes back (see `output`)."""
        return self.output if self.bias is None else self.output - self.bias

    def stack(self, weights: list[Tensor]) -> Tensor:
        """Weights side by side along the input axis: `backward` then gives (batch, parts * channel, ...)."""
        return torch.cat(weights, 1 if self.kind == "convolution" else 0)

    def forward(self, x: Tensor, weight: Tensor) -> Tensor:
        """sum_j x_j w_jk, no bias."""
        return self._forward(x, weight)

    def backward(self, s: Tensor, weight: Tensor) -> Tensor:
        """sum_k w_jk s_k."""
        return self._backward(s, weight)

    def part(self, kind: str) -> Tensor:
        """The weights as a rule wants them: ``"positive"``, ``"negative"``, ``"squared"`` or ``"flat"``."""
        return prepared(self.weight, kind, self.origin, self.stamps)


def _convolution(node: Node) -> Layer | None:
    x, weight, bias, stride, padding, dilation, transposed, output_padding, groups = node.args[:9]
    if isinstance(x, Tensor):
        return None
    settings = (stride, padding, dilation, transposed, output_padding, groups)

    def forward(x: Tensor, weight: Tensor) -> Tensor:
        z: Tensor = aten.convolution(x, weight, None, *settings)
        return z

    def backward(s: Tensor, weight: Tensor) -> Tensor:
        # More than x has if weights are stacked.
        channels = x.shape[1] if transposed else weight.shape[1] * groups
        # Only the shape of the input is read. (Of one element, expanded, torch would make a whole copy.)
        placeholder = s.new_empty(s.shape[0], channels, *x.shape[2:])
        wanted = [True, False, False]  # the input's gradient, not the weight's and the bias's
        c: Tensor = aten.convolution_backward(s, placeholder, weight, None, *settings, wanted)[0]
        return c

    if bias is not None:
        bias = bias.reshape(1, -1, *[1] * (len(x.shape) - 2))
    stackable = not transposed and groups == 1
    return Layer(node, "convolution", weight, bias, x, node.outputs[0], stackable, forward, backward)


def _dense(node: Node) -> Layer | None:
    bias = None
    one, other = node.args[-2:]
    if node.op == "addmm":
        bias = node.args[0]
        if isinstance(bias, Value) or node.kwargs.get("beta", 1) != 1 or node.kwargs.get("alpha", 1) != 1:
            return None
    if isinstance(one, Value):
        return Layer(
            node,
            "dense",
            other,
            bias,
            one,
            node.outputs[0],
            node.op != "bmm",
            torch.matmul,
            lambda s, weight: torch.matmul(s, weight.mT),
        )
    return Layer(  # W x, columns of x being samples
        node,
        "dense",
        one,
        bias,
        other,
        node.outputs[0],
        False,
        # One row may stand for all: a rule that treats every variable of a sample alike.
        lambda x, weight: torch.matmul(weight, x.expand(*x.shape[:-2], weight.shape[-1], x.shape[-1])),
        lambda s, weight: torch.matmul(weight.mT, s),
    )


def _vector(node: Node) -> Layer | None:
    x, weight = node.args
    if isinstance(weight, Value):
        return None
    return Layer(
        node,
        "dense",
        weight,
        None,
        x,
        node.outputs[0],
        False,
        torch.mv,
        torch.outer,
    )


_BUILDERS: dict[str, Callable[[Node], Layer | None]] = {
    "convolution": _convolution,
    "addmm": _dense,
    "mm": _dense,
    "bmm": _dense,
    "mv": _vector,
}
LAYERS = frozenset(_BUILDERS)
