"""Which values are known to be >= 0 from how they were made, so that branches of a rule can be left out."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ..node import Node

# Operations whose result is >= 0 for any operand, and those that keep the sign of theirs.
_ALWAYS_NONNEGATIVE = frozenset(
    "relu sigmoid hardsigmoid _softmax _safe_softmax exp abs softplus linalg_vector_norm".split()
)
_KEEPS_SIGN = frozenset(
    "view _unsafe_view reshape squeeze unsqueeze t transpose permute expand slice select cat stack "
    "constant_pad_nd clone alias _to_copy max_pool2d_with_indices max_pool3d_with_indices adaptive_max_pool2d "
    "avg_pool2d avg_pool3d _adaptive_avg_pool2d _adaptive_avg_pool3d mean sum amax add sqrt dropout split "
    "split_with_sizes unsafe_split unbind index index_select repeat flip roll pixel_shuffle pixel_unshuffle "
    "channel_shuffle reflection_pad1d reflection_pad2d reflection_pad3d replication_pad1d replication_pad2d "
    "replication_pad3d upsample_nearest1d upsample_nearest2d upsample_nearest3d upsample_linear1d "
    "upsample_bilinear2d upsample_trilinear3d hardswish silu gelu elu leaky_relu tanh".split()
)
# Operations whose result may be known to be >= 0.
SIGNS = _ALWAYS_NONNEGATIVE | _KEEPS_SIGN | {"hardtanh"}


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
