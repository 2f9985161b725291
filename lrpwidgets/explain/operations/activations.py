"""Activations and other functions of one number, element by element."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from torch import Tensor

from ..node import Node
from .autograd import autograd
from .table import aten, completed, handles, kept

if TYPE_CHECKING:
    from ..propagate import Walk

# Functions y = f(x) of each element; LRP passes relevance through them unchanged.
ELEMENTWISE = frozenset(
    "leaky_relu hardtanh clamp clamp_min clamp_max elu celu gelu silu mish hardswish hardsigmoid sigmoid tanh softplus "
    "log_sigmoid_forward hardshrink softshrink threshold abs sqrt pow square _prelu_kernel rrelu_with_noise".split()
)
# Functions that only a gradient makes sense of: LRP has no rule for them.
WITHOUT_RULE = frozenset(
    "exp expm1 log log1p log2 log10 sin cos erf erfc reciprocal rsqrt atan sinh cosh".split()
)


@handles("relu", reads=("out0",), takes_over=True)
def _relu(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield aten.threshold_backward(c, kept(node.outputs[0]), 0)


_FROM_OUTPUT: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "sigmoid": aten.sigmoid_backward,
    "tanh": aten.tanh_backward,
    "sqrt": lambda c, y: c / (2 * y.conj()),
    "rsqrt": lambda c, y: c * y.pow(3).conj() / -2,
    "reciprocal": lambda c, y: -c * (y * y).conj(),
    "exp": lambda c, y: c * y.conj(),
}


@handles(*_FROM_OUTPUT, reads=(0, "out0"), denominators=(0,))
def _from_output(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    """f' in terms of y = f(x), as autograd has it."""
    yield _FROM_OUTPUT[node.op](c, kept(node.outputs[0]))


_BACKWARD: dict[str, Callable[[Node, Tensor, Tensor], Tensor]] = {
    "gelu": lambda node, c, x: aten.gelu_backward(c, x, approximate=node.kwargs.get("approximate", "none")),
    "silu": lambda node, c, x: aten.silu_backward(c, x),
}


@handles(*_BACKWARD, reads=(0,))
def _direct(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield _BACKWARD[node.op](node, c, kept(node.operands[0]))


@handles("hardtanh", reads=(0, "out0"), denominators=(0,))
def _hardtanh(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    """1 where low < x < high, and there alone low < y < high."""
    low, high = completed(node.args, None, -1.0, 1.0)[1:3]
    yield aten.hardtanh_backward(c, kept(node.outputs[0]), low, high)


_OTHERS = (ELEMENTWISE | WITHOUT_RULE) - _FROM_OUTPUT.keys() - _BACKWARD.keys() - {"hardtanh"}


@handles(*_OTHERS, reads=("all",), denominators=("out0",))
def _derivative(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield from autograd(node, [c])


@handles("neg", linear=True)
def _neg(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield -c


def applied(node: Node) -> Tensor:
    """f(x) anew, in memory of its own, for an elementwise operation that keeps only x."""
    x = kept(node.operands[0])
    func: Any = node.func
    if func._schema.is_mutable:  # what `relu6_` does in place, `relu6` does elsewhere
        func = getattr(getattr(aten, node.op), func._overloadname)
    arguments = [x if item is node.operands[0] else item for item in node.args]
    result = func(*arguments, **node.kwargs)
    found: Tensor = result if isinstance(result, Tensor) else result[0]
    return found
