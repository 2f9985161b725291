"""How each primitive operation hands its cotangent back: the gradient table.

With c = R / a carried backwards, layer-wise relevance propagation *is* this table with a few
overrides (see ``lrp.py``). An entry says which operands and outputs it reads; that declaration alone
decides what a trace keeps. `linear` marks operations that move or add values without weighing them:
for those the gradient conserves relevance, so every rule shares them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from .node import Node, Value

if TYPE_CHECKING:
    from .propagate import Walk

aten = torch.ops.aten

Cotangents = Sequence[Tensor | None]
Handler = Callable[["Node", Tensor, "Walk"], Iterable[Tensor | None]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One entry of the table; `reads` holds operand positions, ``out0``, ``layer out``, ``others``."""

    handler: Handler
    reads: tuple[int | str, ...]
    linear: bool


OPERATIONS: dict[str, Operation] = {}

# Results that depend on the shapes of their operands only.
SHAPE_ONLY = frozenset(
    "empty_like zeros_like ones_like full_like rand_like randn_like new_empty new_zeros new_ones new_full "
    "new_empty_strided empty_strided size stride sym_size numel dim is_same_size detach bernoulli".split()
)

# Results that change in steps: constants for every method, but a model that reads one takes a branch.
STEPS = frozenset(
    "argmax argmin argsort eq ne lt le gt ge isnan isinf isfinite logical_not logical_and logical_or sign floor ceil "
    "round any all equal is_nonzero _local_scalar_dense".split()
)

# Operations whose result is >= 0 for any operand, and those that keep the sign of theirs.
_ALWAYS_NONNEGATIVE = frozenset("relu sigmoid hardsigmoid _softmax exp abs softplus".split())
_KEEPS_SIGN = frozenset(
    "view _unsafe_view reshape squeeze unsqueeze t transpose permute expand slice select cat stack constant_pad_nd "
    "clone alias _to_copy max_pool2d_with_indices avg_pool2d _adaptive_avg_pool2d mean sum add sqrt dropout".split()
)


def is_nonnegative(node: Node) -> bool:
    """Whether the node's outputs are known to be >= 0 from what went in."""
    if node.op in _ALWAYS_NONNEGATIVE:
        return True
    if node.op == "hardtanh":
        return len(node.args) > 1 and bool(node.args[1] >= 0)
    if node.op not in _KEEPS_SIGN or not all(value.nonnegative for value in node.operands):
        return False
    if node.op == "constant_pad_nd":
        return len(node.args) < 3 or bool(node.args[2] >= 0)
    if node.op in {"add", "cat", "stack"}:
        constants = [item for item in _flat(node.args) if isinstance(item, Tensor)]
        numbers = [
            item for item in (*node.args[1:2], node.kwargs.get("alpha", 1)) if isinstance(item, (int, float))
        ]
        at_least_zero = all(bool((item >= 0).all()) for item in constants)
        return at_least_zero and (node.op != "add" or all(item >= 0 for item in numbers))
    return True


def _flat(items: Any) -> list[Any]:
    """The leaves of a nest of lists."""
    return [leaf for item in items for leaf in (_flat(item) if isinstance(item, (list, tuple)) else [item])]


def places(node: Node) -> list[int]:
    """Positions among the arguments of the operands that depend on the input, in order."""
    return [place for place, item in enumerate(node.args) if isinstance(item, Value)]


def handles(*ops: str, reads: Sequence[int | str] = (), linear: bool = False) -> Callable[[Handler], Handler]:
    """Register the gradient of the operations `ops` (ATen base names, e.g. ``"relu"``)."""

    def register(handler: Handler) -> Handler:
        for op in ops:
            OPERATIONS[op] = Operation(handler, tuple(reads), linear)
        return handler

    return register


# -- moving values --------------------------------------------------------------------------------


@handles("view", "_unsafe_view", "reshape", "squeeze", "unsqueeze", linear=True)
def _reshape(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield c.reshape(node.operands[0].shape)


@handles("clone", "alias", "contiguous", "lift_fresh", "dropout", linear=True)
def _same(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield c


@handles("_to_copy", linear=True)
def _cast(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield c.to(node.operands[0].dtype)


@handles("t", linear=True)
def _t(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield c.t()


@handles("transpose", linear=True)
def _transpose(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield c.transpose(node.args[1], node.args[2])


@handles("permute", linear=True)
def _permute(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    order = [axis % c.dim() for axis in node.args[1]]
    yield c.permute([order.index(axis) for axis in range(c.dim())])


@handles("expand", linear=True)
def _expand(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield c.sum_to_size(node.operands[0].shape)


@handles("slice", linear=True)
def _slice(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    dim, start, end, step = _completed(node.args[1:], 0, None, None, 1)
    end = 2**63 - 1 if end is None else end
    yield aten.slice_backward(c, list(node.operands[0].shape), dim, start or 0, end, step)


@handles("select", linear=True)
def _select(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield aten.select_backward(c, list(node.operands[0].shape), node.args[1], node.args[2])


@handles("constant_pad_nd", linear=True)
def _pad(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield aten.constant_pad_nd(c, [-side for side in node.args[1]])


@handles("cat", linear=True)
def _cat(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    dim = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim", 0)
    lengths = [0 if tuple(part.shape) == (0,) else part.shape[dim] for part in node.args[0]]
    for part, piece in zip(node.args[0], torch.split(c, lengths, dim), strict=True):
        if isinstance(part, Value):
            yield piece.reshape(part.shape)
        elif walk.ledger is not None:
            walk.ledger.constant(node, piece * part)


@handles("copy", linear=True)
def _copy(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    for place, value in zip(places(node), node.operands, strict=True):
        yield None if place == 0 else c.sum_to_size(value.shape)


@handles("fill", "zero", linear=True)
def _fill(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    for place, value in zip(places(node), node.operands, strict=True):
        yield None if place == 0 else c.sum().reshape(value.shape)


@handles("overwrite", linear=True)
def _overwrite(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    here, written = node.args
    flat = c.new_zeros(max(here.end, written.end))
    here.view(flat).copy_(c)
    yield written.view(flat).clone()
    written.view(flat).zero_()
    if len(node.operands) == 2:
        yield here.view(flat).clone()


# -- sums and products ----------------------------------------------------------------------------


@handles("add", reads=("others", "out0"))
def _add(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield from _signed_sum(node, c, walk, node.kwargs.get("alpha", 1))


@handles("sub")
def _sub(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield from _signed_sum(node, c, walk, -node.kwargs.get("alpha", 1))


def _signed_sum(node: Node, c: Tensor, walk: Walk, weight: float) -> Iterable[Tensor | None]:
    """x + weight * y; a constant among the two is a bias, which takes its share."""
    for place, item in enumerate(node.args[:2]):
        share = c * weight if place == 1 and weight != 1 else c
        if isinstance(item, Value):
            yield share.sum_to_size(item.shape)
        elif walk.ledger is not None:
            walk.ledger.constant(node, share * item)


@handles("mul", reads=("others",))
def _mul(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    one, other = node.args
    if len(node.operands) == 1:
        yield _scaled(c, other if node.operands[0] is one else one, node.operands[0])
    else:
        yield _scaled(c, kept(other), one)
        yield _scaled(c, kept(one), other)


def _scaled(c: Tensor, factor: Any, operand: Value) -> Tensor:
    """c times a factor (its conjugate, if it is complex), summed over what was broadcast."""
    if isinstance(factor, (Tensor, complex)):
        factor = factor.conj() if isinstance(factor, Tensor) else factor.conjugate()
    product: Tensor = c * factor
    return product.sum_to_size(operand.shape)


@handles("div", reads=("all",))
def _div(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    one, other = node.args[:2]
    if len(node.operands) == 1 and node.operands[0] is one and len(node.args) == 2 and not node.kwargs:
        yield _scaled(c, 1 / other, one)
    else:
        yield from autograd(node, [c])


@handles("sum", linear=True)
def _sum(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield _spread(node, c)


@handles("mean", linear=True)
def _mean(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    value = node.operands[0]
    yield _spread(node, c) * (node.outputs[0].shape.numel() / value.shape.numel())


def _spread(node: Node, c: Tensor) -> Tensor:
    """Undo a reduction over the axes in the node's second argument (all axes if there is none)."""
    shape = node.operands[0].shape
    axes = node.args[1] if len(node.args) > 1 and node.args[1] else list(range(len(shape)))
    axes = {axis % len(shape) for axis in ([axes] if isinstance(axes, int) else axes)}
    kept = [1 if axis in axes else length for axis, length in enumerate(shape)]
    return c.reshape(kept).expand(shape)


# -- weighted sums --------------------------------------------------------------------------------


@handles("convolution", "addmm", "mm", reads=(0, 1, 2, "layer out"))
def _linear(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    from .layers import Layer

    layer = Layer.of(node)
    if layer is None:  # weights that depend on the input themselves
        yield from autograd(node, [c])
    else:
        found = layer.backward(c, layer.weight)
        if walk.ledger is not None:
            incoming, bias = c * layer.output, layer.bias
            walk.ledger.add(
                node, "gradient", incoming, [found * layer.input], None if bias is None else c * bias
            )
        yield found


# -- nonlinearities and pooling -------------------------------------------------------------------


@handles("relu", reads=("out0",))
def _relu(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield aten.threshold_backward(c, kept(node.outputs[0]), 0)


@handles("max_pool2d_with_indices", reads=(0, "out0", "out1"))
def _max_pool(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    x, kernel, stride, padding, dilation, ceil = pool_arguments(node)
    indices = kept(node.outputs[1])
    yield aten.max_pool2d_with_indices_backward(c, x, kernel, stride, padding, dilation, ceil, indices)


def pool_arguments(node: Node) -> tuple[Tensor, list[int], list[int], list[int], list[int], bool]:
    """Operand, kernel, stride, padding, dilation, ceil mode of a max pooling, defaults filled in."""
    value, kernel, stride, padding, dilation, ceil = _completed(node.args, None, None, [], 0, 1, False)
    return kept(value), kernel, stride or kernel, _pair(padding), _pair(dilation), ceil


def _completed(given: Sequence[Any], *defaults: Any) -> list[Any]:
    """Positional arguments with the schema's defaults for those left out."""
    return [*given, *defaults[len(given) :]]


def _pair(number: int | list[int]) -> list[int]:
    return [number, number] if isinstance(number, int) else number


@handles("avg_pool2d", linear=True)
def _avg_pool(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    value, kernel, stride, padding, ceil, count, divisor = _completed(
        node.args, None, None, [], 0, False, True, None
    )
    x = c.new_empty(1).expand(value.shape)  # only its shape is read
    yield aten.avg_pool2d_backward(c, x, kernel, stride, _pair(padding), ceil, count, divisor)


@handles("_adaptive_avg_pool2d", linear=True)
def _adaptive_avg_pool(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    x = c.new_empty(node.operands[0].shape)  # only its shape is read
    yield aten._adaptive_avg_pool2d_backward(c.contiguous(), x)


def kept(value: Value) -> Tensor:
    """The tensor of a value that the operation table said to keep."""
    assert value.tensor is not None, "an operation reads what its `reads` does not declare"
    return value.tensor


# -- everything else, for the gradient methods only -----------------------------------------------


def autograd(node: Node, cotangents: Cotangents) -> Iterable[Tensor | None]:
    """The exact vector-Jacobian product of one operation that has no entry, by torch's own autograd."""
    leaves = [kept(value).detach().requires_grad_(_differentiable(value)) for value in node.operands]
    if not any(leaf.requires_grad for leaf in leaves):
        return [None for _ in leaves]
    given = dict(zip(map(id, node.operands), leaves, strict=True))

    def bind(item: Any) -> Any:
        if id(item) in given:
            # An in-place operation must not write to a leaf, nor to what the trace keeps.
            return given[id(item)].clone() if node.func._schema.is_mutable else given[id(item)]
        if isinstance(item, Tensor) and (node.func._schema.is_mutable or item.requires_grad):
            return item.detach().clone()  # a training loop may write to a parameter meanwhile
        return [bind(part) for part in item] if isinstance(item, (list, tuple)) else item

    with torch.enable_grad():
        result = node.func(*(bind(arg) for arg in node.args), **{k: bind(v) for k, v in node.kwargs.items()})
        outputs = (
            [result] if isinstance(result, Tensor) else [part for part in result if isinstance(part, Tensor)]
        )
        pairs = [
            (out, c)
            for out, c in zip(outputs, cotangents, strict=False)
            if c is not None and out.requires_grad
        ]
        if not pairs:
            return [None for _ in leaves]
        wanted = [leaf for leaf in leaves if leaf.requires_grad]
        found = iter(
            torch.autograd.grad([p[0] for p in pairs], wanted, [p[1] for p in pairs], allow_unused=True)
        )
    return [next(found) if leaf.requires_grad else None for leaf in leaves]


def _differentiable(value: Value) -> bool:
    return value.dtype.is_floating_point or value.dtype.is_complex
