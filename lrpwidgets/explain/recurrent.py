"""Recurrent layers, written out in the operations that fused kernels hide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn

from .scene import Off

# cuDNN runs all layers and steps of a recurrent module as one operation. Without it torch multiplies step by step and
# has kernels for the gates alone, which are written out below. (MIOpen, on AMD, listens to the same switch.)
_cudnn_off = Off(
    lambda: torch.backends.cudnn.enabled, lambda on: setattr(torch.backends.cudnn, "enabled", on)
)


def without_cudnn(modules: Iterable[nn.Module]) -> None:
    """Let the recurrent ones among the copied `modules` run without cuDNN; convolutions elsewhere keep it."""
    for module in modules:
        if isinstance(module, nn.RNNBase):
            module.__dict__["forward"] = _without_cudnn(module.forward)


def _without_cudnn(forward: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(forward)
    def stepwise(*args: Any, **kwargs: Any) -> Any:
        with _cudnn_off:
            return forward(*args, **kwargs)

    return stepwise


def lstm_layer(
    x: Tensor,
    input_weight: Tensor,
    hidden_weight: Tensor,
    input_bias: Tensor,
    hidden_bias: Tensor,
    hidden: Tensor,
    cell: Tensor,
    reverse: bool,
    *rest: Any,
) -> tuple[Tensor, Tensor, Tensor, None]:
    """`aten.mkldnn_rnn_layer` step by step: x (time, batch, feature) to outputs (time, batch, unit) and last states.

    i, f, g, o = W x_t + b + V h_t-1 + d;  c_t = sigmoid(f) c_t-1 + sigmoid(i) tanh(g);  h_t = sigmoid(o) tanh(c_t)
    """
    _, mode, _, _, has_biases, *_ = rest
    if mode != 2:  # torch's own numbering: 2 is the LSTM
        raise NotImplementedError(f"a fused recurrent layer of mode {mode}")
    inputs = _dense(x.reshape(-1, x.shape[-1]), input_weight, input_bias if has_biases else None)
    states = []
    steps = inputs.view(*x.shape[:2], -1).unbind(0)
    for gates in reversed(steps) if reverse else steps:
        hidden, cell = _lstm_step(
            gates + _dense(hidden, hidden_weight, hidden_bias if has_biases else None), cell
        )
        states.append(hidden)
    return torch.stack(states[::-1] if reverse else states), hidden, cell, None


def lstm_cell(
    input_gates: Tensor,
    hidden_gates: Tensor,
    cell: Tensor,
    input_bias: Tensor | None = None,
    hidden_bias: Tensor | None = None,
) -> tuple[Tensor, Tensor, None]:
    """`aten._thnn_fused_lstm_cell`: W x and V h of (batch, 4 * unit) to h, c and a workspace, which nobody reads."""
    return *_lstm_step(_plus(input_gates, input_bias) + _plus(hidden_gates, hidden_bias), cell), None


def gru_cell(
    input_gates: Tensor,
    hidden_gates: Tensor,
    hidden: Tensor,
    input_bias: Tensor | None = None,
    hidden_bias: Tensor | None = None,
) -> tuple[Tensor, None]:
    """`aten._thnn_fused_gru_cell`: W x and V h of (batch, 3 * unit) to h and a workspace, which nobody reads.

    n = tanh(W x + b + sigmoid(r) (V h + d));  h = n + sigmoid(z) (h - n)
    """
    size = hidden.shape[-1]
    reset, keep, proposed = torch.split(_plus(input_gates, input_bias), size, -1)
    own_reset, own_keep, own = torch.split(_plus(hidden_gates, hidden_bias), size, -1)
    proposed = (proposed + (reset + own_reset).sigmoid() * own).tanh()
    return proposed + (keep + own_keep).sigmoid() * (hidden - proposed), None


FUSED: Mapping[str, Callable[..., Any]] = {
    "mkldnn_rnn_layer": lstm_layer,
    "_thnn_fused_lstm_cell": lstm_cell,
    "_thnn_fused_gru_cell": gru_cell,
}


def _lstm_step(together: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    """h_t and c_t from the sums of all four gates and c_t-1."""
    let_in, forget, proposed, let_out = torch.split(together, cell.shape[-1], -1)
    cell = forget.sigmoid() * cell + let_in.sigmoid() * proposed.tanh()
    return let_out.sigmoid() * cell.tanh(), cell


def _plus(gates: Tensor, bias: Tensor | None) -> Tensor:
    return gates if bias is None else gates + bias


def _dense(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """W x + b of (batch, feature) by the primitive operations, which is all that a recorder knows."""
    return torch.mm(x, weight.t()) if bias is None else torch.addmm(bias, x, weight.t())
