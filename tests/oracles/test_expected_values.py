"""Claim E11: small cases worked out by others (captum's unit tests) and the closed form of Fig. 6."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lrpwidgets as lw
from lrpwidgets.explain import lrp
from lrpwidgets.explain.node import Node
from lrpwidgets.explain.rules import Branch, Rule, over

CHAINS = {
    "captum_eps_simple": "epsilon",
    "captum_eps_simple_batch": "epsilon",
    "captum_alpha1beta0": {"*": lw.AlphaBeta(1, 0)},
    "fig6_max_net": {"*": lw.AlphaBeta(1, 0)},
}


@pytest.fixture(scope="module")
def cases(references):
    return {
        case["id"]: case for case in json.loads((references / "oracles/expected_values.json").read_text())
    }


def numbers(item):
    return torch.tensor(item, dtype=torch.float64)


def chain(case):
    parts = []
    for layer in case["layers"]:
        if layer["type"] == "linear":
            weight = numbers(layer["W_out_in"])
            parts.append(nn.Linear(weight.shape[1], weight.shape[0]).double())
            with torch.no_grad():
                parts[-1].weight.copy_(weight)
                parts[-1].bias.copy_(numbers(layer["b"]))
        else:
            parts.append({"relu": nn.ReLU, "tanh": nn.Tanh}[layer["type"]]())
    return nn.Sequential(*parts).eval()


def agree(found, case):
    torch.testing.assert_close(found, numbers(case["expected"]), rtol=0, atol=case["tol"])


@dataclass(frozen=True)
class Gamma(Rule):
    """As a user would write it: R_j = sum_k a_j (w + gamma w+)_jk / sum_j (the same) R_k, for a >= 0."""

    gamma: float = 0.25

    def branches(self, layer):
        weight = layer.weight + self.gamma * layer.part("positive")
        return [Branch(over(layer.output, layer.forward(layer.input, weight)), weight)]


@dataclass(frozen=True)
class Pass(Rule):
    """R_j = R_k, for a square layer."""

    def branches(self, layer):
        return [Branch(layer.output, torch.eye(layer.weight.shape[0]).to(layer.weight), 1 / layer.input)]


def test_every_case_of_the_file_has_a_test(cases):
    written = {name.removeprefix("test_") for name in globals() if name.startswith("test_captum")}
    assert set(cases) == {*CHAINS, *written}
    assert len(cases) == 15


@pytest.mark.parametrize("name", CHAINS)
def test_chain(cases, name):
    case = cases[name]
    agree(lw.explain(chain(case), numbers(case["input"]), rules=CHAINS[name], target=0).relevance, case)


def test_captum_gamma1(cases):
    case = cases["captum_gamma1"]
    rules = {"0": Gamma(1), "2": Gamma(0.25)}
    agree(lw.explain(chain(case), numbers(case["input"]), rules=rules).relevance, case)


def test_captum_layer_gamma(cases):
    """Relevance of the first layer's output is the map of the net above it."""
    case = cases["captum_layer_gamma"]
    net = chain(case)
    hidden = net[0](numbers(case["input"])).detach()
    agree(lw.explain(net[1:], hidden, rules={"2": Gamma(0.25)}).relevance, case)


def test_captum_identity(cases):
    case = cases["captum_identity"]
    rules = {"0": Pass(), "2": lw.Epsilon(1e-9)}
    agree(lw.explain(chain(case), numbers(case["input"]), rules=rules).relevance, case)


def test_captum_tanh_skipped(cases):
    """An activation that passes relevance on: c' = c tanh(z) / z, registered as a user would."""
    case = cases["captum_tanh_skipped"]
    before = dict(lrp.LRP)
    try:

        @lw.handles("tanh")
        def through_tanh(node: Node, c, walk):
            yield c * node.outputs[0].tensor / node.operands[0].tensor

        agree(lw.explain(chain(case), numbers(case["input"]), rules="epsilon").relevance, case)
    finally:
        lrp.LRP.clear()
        lrp.LRP.update(before)


def test_captum_skip_connection(cases):
    case = cases["captum_skip_connection"]

    class Skip(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(2, 2, bias=False).double()
            nn.init.constant_(self.linear.weight, 5)

        def forward(self, x):
            return self.linear(x) + x

    x = numbers(case["input"])
    agree(lw.explain(Skip().eval(), x, rules="epsilon", target=case["target"]).relevance, case)


def test_captum_maxpool1d(cases):
    """Both operands of each pool are equal: the winner takes all. Captum pools the batch's second sample only."""
    case = cases["captum_maxpool1d"]
    linear = nn.Linear(2, 2, bias=False).double()
    nn.init.constant_(linear.weight, 2)
    net = nn.Sequential(linear, nn.MaxPool1d(2), nn.Flatten()).eval()
    found = lw.explain(net, numbers(case["input"]), rules="epsilon", target=case["target"]).relevance
    agree(found, case)


def test_captum_maxpool2d(cases):
    case = cases["captum_maxpool2d"]
    net = nn.Sequential(nn.MaxPool2d(2), nn.Flatten()).eval()
    x = numbers(case["input"])
    agree(lw.explain(net, x, rules="epsilon").relevance, case)
    shared = lw.explain(net, x, rules="deep-taylor").relevance
    torch.testing.assert_close(shared, 6 * x / 14)  # as the case's note says of the paper's rule


class Basic(nn.Module):
    """The convolutional net of captum's tests, with functional ReLUs; `shift` is added to the input."""

    def __init__(self, shift=0.0):
        super().__init__()
        self.conv1, self.fc1, self.shift = nn.Conv2d(1, 2, 3), nn.Linear(8, 4), shift
        with torch.no_grad():
            self.conv1.weight.fill_(1)
            self.conv1.bias.copy_(torch.tensor([-50.0, -75.0]))
            self.fc1.weight.copy_(torch.tensor([1.0] * 5 + [-1.0] * 3).expand(4, 8))
            self.fc1.bias.zero_()

    def forward(self, x):
        return F.relu(self.fc1(F.relu(self.conv1(x + self.shift)).view(-1, 8)))


COUNT = torch.arange(16.0, dtype=torch.float64).view(1, 1, 4, 4)


def test_captum_conv_basic(cases):
    preset = lw.preset({"*": lw.Epsilon(1e-9)}, base="epsilon")
    found = lw.explain(Basic().double().eval(), COUNT, rules=preset)
    assert found.target[0].index == 0
    assert float(found.score) == 54
    agree(found.relevance, cases["captum_conv_basic"])


def test_captum_guided_backprop_conv(cases):
    found = lw.explain(Basic().double().eval(), COUNT, method="guided-backprop", target=0)
    agree(found.relevance, cases["captum_guided_backprop_conv"])


def test_captum_guided_backprop_conv_multi(cases):
    """Two inputs that the net adds; the second one is all ones."""
    found = lw.explain(Basic(shift=1.0).double().eval(), COUNT, method="guided-backprop", target=0)
    agree(found.relevance, cases["captum_guided_backprop_conv_multi"])


def test_captum_deconvnet_conv(cases):
    found = lw.explain(Basic().double().eval(), COUNT, method="deconvnet", target=0)
    agree(found.relevance, cases["captum_deconvnet_conv"])
