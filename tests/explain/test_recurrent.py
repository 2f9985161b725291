"""A GPU hides a recurrent step in one kernel: written out, it is torch's own cell. cuDNN hides more, and is off.

torch has no such kernel for the CPU: what the recorder makes of them needs none.
"""

from __future__ import annotations

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError
from lrpwidgets.explain.recurrent import gru_cell, lstm_cell
from tests.explain import oracle
from tests.explain.nets import normal

aten = torch.ops.aten


class Steps(nn.Module):
    """A cell over (batch, steps, 5), run by torch, or by the operations that torch calls on a GPU."""

    def __init__(self, kind, *, bias=True, fused=False):
        super().__init__()
        self.cell, self.last, self.fused = kind(5, 4, bias=bias), nn.Linear(4, 3), fused

    def forward(self, x):
        hidden = cell = x.new_zeros(len(x), 4)
        for step in x.unbind(1):
            if isinstance(self.cell, nn.GRUCell):
                hidden = self.step(step, hidden, hidden)[0] if self.fused else self.cell(step, hidden)
            else:
                parts = self.step(step, hidden, cell) if self.fused else self.cell(step, (hidden, cell))
                hidden, cell = parts[:2]
        return self.last(hidden)

    def step(self, x, hidden, state):
        own = self.cell
        lstm = isinstance(own, nn.LSTMCell)
        func = aten._thnn_fused_lstm_cell if lstm else aten._thnn_fused_gru_cell
        return func(x @ own.weight_ih.T, hidden @ own.weight_hh.T, state, own.bias_ih, own.bias_hh)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", [nn.LSTMCell, nn.GRUCell])
def test_a_step_is_that_of_torch(kind, bias):
    torch.manual_seed(0)
    cell = kind(5, 4, bias=bias).double()
    x, hidden, state = normal(3, 5), normal(3, 4, seed=2), normal(3, 4, seed=3)
    gates = x @ cell.weight_ih.T, hidden @ cell.weight_hh.T
    if kind is nn.GRUCell:
        found, expected = gru_cell(*gates, hidden, cell.bias_ih, cell.bias_hh)[:1], [cell(x, hidden)]
    else:
        found = lstm_cell(*gates, state, cell.bias_ih, cell.bias_hh)[:2]
        expected = cell(x, (hidden, state))
    for one, other in zip(found, expected, strict=True):
        oracle.close(one.detach(), other.detach(), 1e-12)


@pytest.mark.parametrize(
    "how", [{"rules": "attn-lrp"}, {"rules": "epsilon"}, {"method": "gradient-x-input"}], ids=str
)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", [nn.LSTMCell, nn.GRUCell])
def test_a_gpus_kernel_is_recorded_step_by_step(kind, bias, how):
    nets = []
    for fused in (False, True):
        torch.manual_seed(0)
        nets.append(Steps(kind, bias=bias, fused=fused).double())
    x = normal(2, 6, 5)
    plain, fused = (lw.explain(net, x, target=1, **how) for net in nets)
    oracle.close(fused.output, plain.output, 1e-12)
    oracle.close(fused.relevance, plain.relevance, 1e-9)
    assert fused.notes == plain.notes


class Watched(nn.Module):
    """Says whether cuDNN was on, in a module of its own and inside a recurrent one."""

    def __init__(self, kind):
        super().__init__()
        seen = self.seen = {}

        class Recurrent(kind):
            def forward(self, x):
                seen["recurrent"] = torch.backends.cudnn.enabled
                if len(x) == 3:
                    raise ValueError("three")
                return super().forward(x)

        class Beside(nn.Conv1d):
            def forward(self, x):
                seen["beside"] = torch.backends.cudnn.enabled
                return super().forward(x)

        self.steps, self.conv, self.last = Recurrent(5, 4, batch_first=True), Beside(4, 4, 1), nn.Linear(4, 3)

    def forward(self, x):
        return self.last(self.conv(self.steps(x)[0].mT).mean(-1))


@pytest.mark.parametrize("hooked", [False, True])
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_cudnn_is_off_inside_recurrent_modules_only(kind, before, hooked, monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "enabled", before)
    net = Watched(kind)
    if hooked:
        net.steps.register_forward_hook(lambda module, args, result: None)
    lw.explain(net, torch.rand(2, 6, 5), rules="attn-lrp")
    assert net.seen == {"recurrent": False, "beside": before}
    assert torch.backends.cudnn.enabled == before
    with pytest.raises(InputError, match="three"):
        lw.explain(net, torch.rand(3, 6, 5))
    assert torch.backends.cudnn.enabled == before
    net.steps(torch.rand(2, 6, 5))
    assert net.seen["recurrent"] == before, "the user's own module is as it was"
