"""Operations that move elements: views, slices, joins and writes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..node import Node, Value
from .table import aten, completed, handles, places

if TYPE_CHECKING:
    from ..propagate import Walk


@handles("view", "_unsafe_view", "reshape", "squeeze", "unsqueeze", moves=True)
def _reshape(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield c.reshape(node.operands[0].shape)


@handles("clone", "alias", "contiguous", "lift_fresh", "dropout", moves=True)
def _same(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield c


@handles("_to_copy", moves=True)
def _cast(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield c.to(node.operands[0].dtype)


@handles("t", moves=True)
def _t(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield c.t()


@handles("transpose", moves=True)
def _transpose(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield c.transpose(node.args[1], node.args[2])


@handles("permute", moves=True)
def _permute(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    order = [axis % c.dim() for axis in node.args[1]]
    yield c.permute([order.index(axis) for axis in range(c.dim())])


@handles("expand", moves=True)
def _expand(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield c.sum_to_size(node.operands[0].shape)


@handles("slice", moves=True)
def _slice(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    dim, start, end, step = completed(node.args[1:], 0, None, None, 1)
    end = 2**63 - 1 if end is None else end
    yield aten.slice_backward(c, list(node.operands[0].shape), dim, start or 0, end, step)


@handles("select", moves=True)
def _select(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield aten.select_backward(c, list(node.operands[0].shape), node.args[1], node.args[2])


@handles("constant_pad_nd", moves=True)
def _pad(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    sides, value = completed(node.args[1:], None, 0)
    found = aten.constant_pad_nd(c, [-side for side in sides])
    if walk.ledger is not None and value != 0:
        walk.ledger.constant(node, (c - aten.constant_pad_nd(found, sides)) * value)
    yield found


@handles("cat", moves=True)
def _cat(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    dim = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim", 0)
    lengths = [0 if tuple(part.shape) == (0,) else part.shape[dim] for part in node.args[0]]
    for part, piece in zip(node.args[0], torch.split(c, lengths, dim), strict=True):
        if isinstance(part, Value):
            yield piece.reshape(part.shape)
        elif walk.ledger is not None:
            walk.ledger.constant(node, piece.reshape(part.shape) * part)


@handles("stack", moves=True)
def _stack(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    dim = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim", 0)
    for part, piece in zip(node.args[0], c.unbind(dim), strict=True):
        if isinstance(part, Value):
            yield piece
        elif walk.ledger is not None:
            walk.ledger.constant(node, piece * part)


@handles("split", "split_with_sizes", "unsafe_split", "unsafe_split_with_sizes", moves=True, every=True)
def _split(node: Node, c: list[Tensor | None], walk: Walk) -> Iterable[Tensor | None]:
    dim = node.args[2] if len(node.args) > 2 else node.kwargs.get("dim", 0)
    yield torch.cat(_all_parts(node, c), dim)


@handles("unbind", moves=True, every=True)
def _unbind(node: Node, c: list[Tensor | None], walk: Walk) -> Iterable[Tensor | None]:
    yield torch.stack(_all_parts(node, c), node.args[1] if len(node.args) > 1 else node.kwargs.get("dim", 0))


def _all_parts(node: Node, c: list[Tensor | None]) -> list[Tensor]:
    """c at every output, zero where nothing comes back."""
    like = next(part for part in c if part is not None)
    parts = zip(c, node.outputs, strict=True)
    return [like.new_zeros(value.shape) if part is None else part for part, value in parts]


@handles("copy", "fill", "zero", moves=True)
def _copy(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    source = node.args[1] if len(node.args) > 1 else 0
    if walk.ledger is not None and not isinstance(source, Value):
        walk.ledger.constant(node, c * source)
    for place, value in zip(places(node), node.operands, strict=True):
        yield None if place == 0 else c.sum_to_size(value.shape)


@handles("overwrite", moves=True)
def _overwrite(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    here, written, around = node.args
    if walk.ledger is not None and around is not None:
        walk.ledger.constant(node, c * around)
    flat = c.new_zeros(max(here.end, written.end))
    # An expanded view shows an element several times.
    flat.index_put_((here.view(torch.arange(len(flat), device=c.device)),), c, accumulate=True)
    yield written.view(flat).clone()
    if len(node.operands) == 2:
        yield written.outside(c, here)
