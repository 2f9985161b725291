"""The direct convolutional way to explain a large image, and where it differs from sliding windows (section 6.5)."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from ..errors import ModelError
from ..explain.api import trace
from ..explain.explanation import Explanation
from ..explain.methods import METHODS
from ..explain.node import Node
from ..explain.presets import choose
from ..explain.trace import Trace
from .windows import Pair, check_windows, class_sums

# Where an operation's padding stands among its arguments.
_PADDING = {"convolution": 4, "max_pool2d_with_indices": 3, "avg_pool2d": 3}
_PADS = frozenset({"constant_pad_nd", "reflection_pad2d", "replication_pad2d"})
# Linear in the relevance at the output, so that a sum of scores is explained by the sum of the explanations.
_LINEAR = frozenset({"lrp", "gradient-x-input"})


def convolutional_window(
    model: nn.Module, x: Any, size: int | Pair, stride: int | Pair, *, target: Any, **how: Any
) -> Explanation:
    """Explain the sum of a class's score over all positions of a fully convolutional model, in one pass.

    Arguments as for :func:`sliding_window`; the model must return (batch, class, row, column). Without padding, and
    if `stride` is the model's own, it equals the sliding windows and is cheaper. Where it does not, a `UserWarning`
    says why, and so do the notes; then use :func:`sliding_window`.
    """
    inputs, size, stride = check_windows(model, x, size, stride, how)
    asked = class_sums(model, target, how)
    given: dict[str, Any] = {
        name: how.pop(name) for name in ("labels", "input", "input_range", "output") if name in how
    }
    session = trace(model, inputs, keep=0, **given)
    if session.output.dim() != 4:
        raise ModelError(
            f"the model returns {tuple(session.output.shape)} for images {tuple(session.input.shape)}; the direct way "
            "needs a fully convolutional model that returns (batch, class, row, column): use sliding_window"
        )
    found = session.explain(**asked, **how)
    reasons = [*_padded(session.nodes), *_not_linear(how), *_scores(session, model, size, stride, given)]
    if not reasons:
        return found
    message = (
        f"the direct way differs from sliding windows: {'; '.join(reasons)}. If in doubt use sliding_window."
    )
    warnings.warn(message, UserWarning, stacklevel=2)
    return replace(found, notes=(*found.notes, message))


def _padded(nodes: list[Node]) -> list[str]:
    """Layers that see a border where a window has one, and none where the large image goes on."""
    found = []
    for node in nodes:
        place = _PADDING.get(node.op)
        padding = node.args[place] if place is not None and len(node.args) > place else ()
        if node.op in _PADS or any(padding):
            found.append(node.where)
    paths = ", ".join(dict.fromkeys(found))
    return [f"padding at {paths}: a window's border is padded, inside the image it is not"] if found else []


def _not_linear(how: dict[str, Any]) -> list[str]:
    method = METHODS.choose(how.get("method", "lrp"))
    rules = how.get("rules") or method.preset
    one = rules is not None and choose(rules).start == "one"
    if method.name in _LINEAR and not one:
        return []
    why = "every window starts with relevance 1" if one else "its map of a sum is not the sum of the maps"
    return [f"the method {method.name!r} is not additive: {why}"]


def _scores(session: Trace, model: nn.Module, size: Pair, stride: Pair, given: dict[str, Any]) -> list[str]:
    """Compare the shape of the output, and the scores of some windows, with the windows by themselves."""
    output, x = session.output, session.input
    rows, columns = (
        (end - side) // step + 1 for end, side, step in zip(x.shape[2:], size, stride, strict=True)
    )
    if output.shape[2:] != (rows, columns):
        has = " x ".join(map(str, output.shape[2:]))
        return [
            f"the model has {has} positions where there are {rows} x {columns} windows of {size} at {stride}"
        ]
    places = sorted({(i, j) for i in (0, rows // 2, rows - 1) for j in (0, columns // 2, columns - 1)})
    cut = [
        x[0, :, i * stride[0] : i * stride[0] + size[0], j * stride[1] : j * stride[1] + size[1]]
        for i, j in places
    ]
    largest = 0.0
    for (i, j), window in zip(places, cut, strict=True):
        first = session.inputs.versions(torch.tensor([0]), window[None])
        alone = trace(model, first, keep=0, **given).output.reshape(-1)
        here = output[0, :, i, j]
        if alone.shape != here.shape:
            return [f"a window of {size} gives {alone.numel()} scores where a position has {here.numel()}"]
        largest = max(largest, float((alone - here).abs().max()))
    scale = float(output.abs().max())
    if largest <= 1e3 * torch.finfo(output.dtype).eps * scale:
        return []
    return [
        f"scores of single windows differ from those in the image by up to {largest:.3g} (largest {scale:.3g})"
    ]
