"""Operations that are linear in what they read and have no weights: picking, folding, resizing, summing up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from torch import Tensor

from ..node import Node
from .autograd import affine_part, autograd, pulled_back
from .table import handles

if TYPE_CHECKING:
    from ..propagate import Walk

_PICKING = (
    "index index_select gather take roll flip repeat tril triu diagonal diag_embed unfold unfold_copy pixel_shuffle "
    "pixel_unshuffle channel_shuffle native_channel_shuffle masked_fill masked_select masked_scatter where as_strided "
    "as_strided_copy slice_scatter select_scatter diagonal_scatter scatter index_copy index_put index_fill "
    "reflection_pad1d reflection_pad2d reflection_pad3d replication_pad1d replication_pad2d replication_pad3d im2col "
    "_pack_padded_sequence _reshape_alias view_as_complex view_as_real movedim swapaxes rot90 block_diag"
).split()
_MIXING = (
    "upsample_nearest1d upsample_nearest2d upsample_nearest3d _upsample_nearest_exact1d _upsample_nearest_exact2d "
    "_upsample_nearest_exact3d upsample_linear1d upsample_bilinear2d upsample_trilinear3d upsample_bicubic2d "
    "_upsample_bilinear2d_aa _upsample_bicubic2d_aa col2im cumsum trace scatter_add index_add "
    "lift_fresh_copy embedding_dense_backward"
).split()


@handles(*_PICKING, moves=True)
@handles(*_MIXING, linear=True)
def _by_torch(node: Node, c: Any, walk: Walk) -> Iterable[Tensor | None]:
    if walk.ledger is not None:
        constant = affine_part(node)
        if constant is not None:
            walk.ledger.constant(node, c * constant)
    yield from pulled_back(node, [c])


@handles("scatter_reduce", reads=("all",))
def _scattered(node: Node, c: Tensor, walk: Walk) -> Iterable[Tensor | None]:
    yield from autograd(node, [c])
