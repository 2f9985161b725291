"""Max and lp pooling: the winner takes all, or shares in proportion (tutorial, section 5.3)."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor

from ..node import Node
from ..operations import OPERATIONS, aten, completed, kept
from ..operations.pooling import max_pool_arguments
from ..propagate import Walk, unsupported
from ..rules import over
from ..windows import average_pool
from .table import handles


@handles("max_pool2d_with_indices", "max_pool3d_with_indices", "adaptive_max_pool2d", "adaptive_max_pool3d")
def _max_pool(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    assert walk.rules is not None
    if walk.rules.pooling == "winner":
        found = _winner(node, c, walk)
        rule = "winner takes all"
    else:
        found = _proportional(node, c, walk)
        rule = "proportional"
    if walk.ledger is not None:
        output, x = kept(node.outputs[0]), kept(node.operands[0])
        walk.ledger.add(node, rule, c * output, [found * x])
    yield found


def _winner(node: Node, c: Tensor, walk: Walk) -> Tensor:
    found = next(iter(OPERATIONS[node.op].handler(node, c, walk)))
    assert found is not None
    return found


def _proportional(node: Node, c: Tensor, walk: Walk) -> Tensor:
    """R_j = x_j+ / sum_i x_i+ R_k over each window: as if it were a sum.

    Where no operand of a window is positive the winner takes all.
    """
    x, output = kept(node.operands[0]), kept(node.outputs[0])
    signed = not node.operands[0].nonnegative
    if node.op.startswith("adaptive"):
        sums = f"_adaptive_avg_pool{node.op[-2:]}"
        window: tuple[object, ...] = (node.args[1],)
        back: tuple[object, ...] = (x,)
    else:
        _, kernel, stride, padding, dilation, ceil = max_pool_arguments(node)
        if max(dilation) > 1:
            raise unsupported(node, 'with dilation under proportional pooling; choose pooling="winner"')
        window = (kernel, stride, padding, ceil, True, 1)
        sums, back = f"avg_pool{node.op[8:10]}", (x, *window)
    ratio = walk.branches.get(node)
    if ratio is None:
        pool = average_pool if sums == "avg_pool2d" else getattr(aten, sums)
        z = pool(x.clamp(min=0) if signed else x, *window)
        ratio = over(output, z, out=z)
        if walk.keep:
            walk.branches[node] = ratio
    found: Tensor = getattr(aten, f"{sums}_backward")(c * ratio, *back)
    if signed:
        found = aten.threshold_backward(found, x, 0) + _winner(node, c * (output <= 0), walk)
    return found


@handles("avg_pool2d", "avg_pool3d")
def _average_pool(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    """Averages share in proportion by themselves; so does lp pooling, (mean x^p)^(1/p), where asked to."""
    assert walk.rules is not None
    before = walk.maker(node.operands[0], past=("squeeze", "unsqueeze"))  # pooling along one axis
    if (
        walk.rules.pooling == "proportional"
        and before is not None
        and before.op == "pow"
        and len(before.operands) == 1
        and before.operands[0] is before.args[0]
    ):
        yield _lp(node, before, c, walk)
    else:
        yield from OPERATIONS[node.op].handler(node, c, walk)


def _lp(node: Node, power: Node, c: Tensor, walk: Walk) -> Tensor:
    """R_j = x_j+ / sum_i x_i+ R_k instead of x_j^p / sum_i x_i^p R_k; c_j stands on x_j^p."""
    kernel, stride, padding, *rest = completed(node.args[1:], None, [], 0, False, True, None)
    padding = [padding] * len(kernel) if isinstance(padding, int) else padding
    window = (kernel, stride, padding, *rest)
    pooled, backward = getattr(aten, node.op), getattr(aten, f"{node.op}_backward")
    shape = node.operands[0].shape
    x, raised = (kept(value).reshape(shape) for value in (power.operands[0], power.outputs[0]))
    x = x.clamp(min=0)
    incoming = c * pooled(raised, *window)
    outgoing = backward(over(incoming, pooled(x, *window)), x, *window) * x
    found = over(outgoing, raised)
    if walk.ledger is not None:
        walk.ledger.add(node, "proportional", incoming, [found * raised])
    return found
