"""The rule `Signal`: of a product the first factor takes all, whatever the gate is made of."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import RuleError

X = torch.tensor([[1.0, -2.0, 0.5, 3.0]], dtype=torch.float64)
KERNEL = torch.tensor(
    [[1.0, 2.0, -1.0, 0.5], [0.3, -0.2, 0.7, 1.0], [2.0, 0.1, 0.4, -0.6]], dtype=torch.float64
)


class Product(nn.Module):
    """x * g, views of both on the way."""

    def forward(self, x, g):
        return x.reshape(x.shape) * g.unsqueeze(-1).squeeze(-1)


class Gated(nn.Module):
    """sum_k softmax(U x)_k * (W x)_k: a gate that the engine does not know by itself."""

    def __init__(self):
        super().__init__()
        self.values = nn.Linear(4, 3, bias=False).double()
        self.gates = nn.Linear(4, 3).double()
        self.product = Product()
        self.values.weight.data = KERNEL.clone()

    def forward(self, x):
        return self.product(self.values(x), self.gates(x).softmax(1)).sum(1, keepdim=True)


def explained(**options):
    torch.manual_seed(0)
    net = Gated()
    rules = lw.preset({"product": lw.Signal()}, base="lrp-0")
    return net, lw.explain(net, X, rules=rules, target=0, **options)


def test_the_signal_takes_all_and_the_gate_is_a_constant():
    """As if the gate had been numbers: R_j = x_j sum_k g_k w_kj."""
    net, found = explained()
    gate = net.gates(X).softmax(1).detach()
    torch.testing.assert_close(found.relevance, X * (gate @ KERNEL), rtol=0, atol=1e-14)
    assert abs(float(found.relevance.sum() - found.score)) < 1e-14


def test_its_ledger_closes():
    _, found = explained()
    assert abs(found.ledger.unaccounted) < 1e-12
    assert any(row.path == "values" for row in found.ledger)
    assert not any(row.path == "gates" for row in found.ledger)


def test_without_it_each_factor_gets_a_half():
    net, found = explained()
    half = lw.explain(net, X, rules="lrp-0", target=0)
    assert float((half.relevance - found.relevance).abs().max()) > 0.1


def test_where_there_is_no_product_it_says_so():
    net = Gated()
    with pytest.raises(RuleError, match="Signal at values: a layer with weights"):
        lw.explain(net, X, rules={"values": lw.Signal()}, target=0)

    class Sum(nn.Module):
        def forward(self, x, g):
            return x + g

    net.product = Sum()
    with pytest.raises(RuleError, match=r"Signal at product: aten\.add .* is no product"):
        lw.explain(net, X, rules=lw.preset({"product": lw.Signal()}, base="lrp-0"), target=0)


def test_a_preset_with_it_survives_files_and_code():
    from lrpwidgets.explain import setup

    rules = lw.preset({"product": lw.Signal()}, base="lrp-0", name="gated")
    assert setup.from_json(rules.to_json()).layers == rules.layers
    assert eval(setup.code(rules), {"lw": lw}).layers == rules.layers  # noqa: S307
