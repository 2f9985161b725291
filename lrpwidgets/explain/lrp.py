"""Layer-wise relevance propagation: the gradient table in c-form, with these overrides.

Views, concatenations, ReLUs, sums and averages need none: with c = R / a the gradient conserves.
A product by a constant does too. What cannot be handled raises; there is no silent gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from torch import Tensor

from .layers import Layer
from .node import Node
from .operations import OPERATIONS, Handler, aten, kept, pool_arguments
from .propagate import Walk, unsupported
from .rules import over

LRP: dict[str, Handler] = {op: entry.handler for op, entry in OPERATIONS.items() if entry.linear}
LRP["relu"] = OPERATIONS["relu"].handler


def handles(*ops: str) -> Callable[[Handler], Handler]:
    """Register how relevance passes through the operations `ops` (ATen base names)::

        @lw.handles("frac")
        def through_frac(node, c, walk):      # c = R / a at the output, a tensor of its shape
            yield c                           # c at each operand that depends on the input

    Lasts for the process; a second registration replaces the first.
    """

    def register(handler: Handler) -> Handler:
        for op in ops:
            LRP[op] = handler
        return handler

    return register


@handles("convolution", "addmm", "mm")
def _layer(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    layer = Layer.of(node)
    if layer is None:
        raise unsupported(node, "when its weights depend on the input or are scaled")
    assert walk.rules is not None
    rule = walk.rules.rule(node)
    branches = walk.branches.get(node)
    if branches is None:
        branches = rule.branches(layer)
        if walk.keep:
            walk.branches[node] = branches
    total: Tensor | None = None
    for branch in branches:
        part = layer.backward(c if branch.ratio is None else c * branch.ratio, branch.weight)
        if branch.factor is not None:
            part *= branch.factor
        if branch.parts > 1:
            part = part.reshape(len(part), branch.parts, -1, *part.shape[2:]).sum(1)
        total = part if total is None else total.add_(part)
    assert total is not None
    if walk.ledger is not None:
        outgoing = total if rule.gives_relevance else total * layer.input
        incoming, shares = c * layer.output, rule.shares(layer)
        absorbed = [None if share is None else incoming * share for share in (shares.bias, shares.stabilizer)]
        walk.ledger.add(node, str(rule), incoming, [outgoing], *absorbed)
    if rule.gives_relevance:
        value = node.operands[0]
        walk.relevance[value] = walk.relevance[value] + total if value in walk.relevance else total
        yield None
    else:
        yield total


@handles("max_pool2d_with_indices")
def _max_pool(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    assert walk.rules is not None
    if walk.rules.pooling == "winner":
        found = next(iter(OPERATIONS[node.op].handler(node, c, walk)))
        rule = "winner takes all"
    else:
        found = _proportional(node, c, walk)
        rule = "proportional"
    if walk.ledger is not None and found is not None:
        output, x = kept(node.outputs[0]), kept(node.operands[0])
        walk.ledger.add(node, rule, c * output, [found * x])
    yield found


def _proportional(node: Node, c: Tensor, walk: Walk) -> Tensor:
    """R_j = x_j+ / sum_i x_i+ R_k over each window (tutorial, section 5.1: as if it were a sum).

    Where no operand of a window is positive the winner takes all.
    """
    x, kernel, stride, padding, dilation, ceil = pool_arguments(node)
    if max(dilation) > 1:
        raise unsupported(node, 'with dilation under proportional pooling; choose pooling="winner"')
    window = (kernel, stride, padding, ceil, True, 1)
    signed = not node.operands[0].nonnegative
    output = kept(node.outputs[0])
    ratio = walk.branches.get(node)
    if ratio is None:
        ratio = over(output, aten.avg_pool2d(x.clamp(min=0) if signed else x, *window))
        if walk.keep:
            walk.branches[node] = ratio
    found: Tensor = aten.avg_pool2d_backward(c * ratio, x, *window)
    if signed:
        winner = next(iter(OPERATIONS[node.op].handler(node, c * (output <= 0), walk)))
        assert winner is not None
        found = found * (x > 0) + winner
    return found


@handles("add")
def _add(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    """A residual sum z = x + y shares R in proportion: to x and y, or to their positive parts.

    A constant that is added is a bias: it takes its share.
    """
    assert walk.rules is not None
    if len(node.operands) == 1 or walk.rules.add == "epsilon":
        yield from OPERATIONS["add"].handler(node, c, walk)
        return
    if node.kwargs.get("alpha", 1) != 1:
        raise unsupported(node, "with alpha under the positive split of sums")
    parts = [kept(value).clamp(min=0) for value in node.operands]
    total = parts[0] + parts[1]
    ratio = over(kept(node.outputs[0]), total)
    shares = [(c * ratio * (part > 0)).sum_to_size(part.shape) for part in parts]
    if walk.ledger is not None:
        outgoing = [share * kept(value) for share, value in zip(shares, node.operands, strict=True)]
        walk.ledger.add(node, "positive parts", c * kept(node.outputs[0]), outgoing)
    yield from shares


@handles("sub")
def _subtract(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    if len(node.operands) > 1:
        raise unsupported(node, "of two parts that both depend on the input")
    yield from OPERATIONS["sub"].handler(node, c, walk)


@handles("mul", "div")
def _scale(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    if len(node.operands) > 1 or (node.op == "div" and node.operands[0] is not node.args[0]):
        raise unsupported(node, "of two parts that both depend on the input")
    yield from OPERATIONS[node.op].handler(node, c, walk)
