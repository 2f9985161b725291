"""One layer of an LSTM, written out in the operations that a fused kernel hides."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


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
        together = gates + _dense(hidden, hidden_weight, hidden_bias if has_biases else None)
        let_in, forget, proposed, let_out = torch.split(together, hidden.shape[-1], -1)
        cell = forget.sigmoid() * cell + let_in.sigmoid() * proposed.tanh()
        hidden = let_out.sigmoid() * cell.tanh()
        states.append(hidden)
    return torch.stack(states[::-1] if reverse else states), hidden, cell, None


def _dense(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """W x + b of (batch, feature) by the primitive operations, which is all that a recorder knows."""
    return torch.mm(x, weight.t()) if bias is None else torch.addmm(bias, x, weight.t())
