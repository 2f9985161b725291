"""The same numbers as captum 0.9.0: gradients, the rules for ReLUs, integrated gradients and LRP-epsilon."""

from __future__ import annotations

import importlib.metadata

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from benchmarks.models import Add
from lrpwidgets.explain import baselines
from tests.explain import oracle
from tests.peers.nets import agree, dense, resnet_like, seeded, signed, squeezenet_like, vgg_like

peer = pytest.importorskip(
    "tests.peers.captum_peer", reason="needs captum; run `make peers`", exc_type=ImportError
)

pytestmark = pytest.mark.filterwarnings("ignore:(Input Tensor|Setting backward):UserWarning")

NETS = {
    "VGG": (vgg_like, (3, 16, 16)),
    "VGG, no bias": (lambda: vgg_like(bias=False), (3, 16, 16)),
    "dense": (dense, (20,)),
    "dense, no bias": (lambda: dense(bias=False), (20,)),
    "SqueezeNet": (squeezenet_like, (3, 33, 35)),
    "ResNet": (resnet_like, (3, 32, 32)),
}
TARGET = [0, 5, 2]


def made(net):
    build, shape = NETS[net]
    return seeded(build, *shape).double(), signed(3, *shape)


def captum(model, x, job, target=TARGET, **settings):
    with peer.explainer(model, job, **settings) as explain:
        return explain(x, target)


def test_the_peer_is_the_version_the_numbers_were_agreed_with():
    assert importlib.metadata.version("captum") == "0.9.0"


# -- gradients -------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["gradient-x-input", "guided-backprop", "deconvnet"])
@pytest.mark.parametrize("net", NETS)
def test_methods_that_follow_the_gradient(net, method):
    model, x = made(net)
    agree(lw.explain(model, x, method=method, target=TARGET).relevance, captum(model, x, method), 1e-8)


@pytest.mark.parametrize("net", NETS)
def test_sensitivity_is_the_square_of_captums_signed_saliency(net):
    model, x = made(net)
    gradient = captum(model, x, "saliency", abs=False)
    assert bool((gradient < 0).any())
    agree(lw.explain(model, x, method="sensitivity", target=TARGET).relevance, gradient**2, 1e-8)


def integrated(model, x, steps, baseline):
    """By ours and by captum's Gauss-Legendre sum."""
    asked = {"method": "gausslegendre", "n_steps": steps, "baselines": baseline}
    method = "integrated-gradients"
    found = lw.explain(model, x, method=method, target=TARGET, steps=steps, baseline=baseline)
    return found.relevance, captum(model, x, method, **asked)


@pytest.mark.parametrize("steps", [1, 7, 32])
@pytest.mark.parametrize("baseline", [0.0, 0.3])
@pytest.mark.parametrize("net", NETS)
def test_integrated_gradients_by_the_same_quadrature(net, baseline, steps):
    """captum rounds the weights of the sum to float32, whatever the model's type."""
    agree(*integrated(*made(net), steps, baseline), 3e-7)


@pytest.mark.parametrize("net", ["VGG", "ResNet"])
def test_integrated_gradients_with_weights_rounded_as_captums(net, monkeypatch):
    def rounded(steps):
        places, weights = (torch.from_numpy(part) / 2 for part in np.polynomial.legendre.leggauss(steps))
        return places + 0.5, weights.float().double()

    monkeypatch.setattr(baselines, "gauss_legendre", rounded)
    agree(*integrated(*made(net), 7, 0.3), 1e-12)


# -- LRP-epsilon -----------------------------------------------------------------------------------


@pytest.mark.parametrize("net", NETS)
def test_epsilon(net):
    model, x = made(net)
    agree(lw.explain(model, x, rules="epsilon", target=TARGET).relevance, captum(model, x, "epsilon"), 1e-8)


@pytest.mark.parametrize("net", ["VGG", "dense, no bias"])
def test_a_large_epsilon(net):
    model, x = made(net)
    rules = lw.preset({"*": lw.Epsilon(0.2)}, base="epsilon")
    found = lw.explain(model, x, rules=rules, target=TARGET).relevance
    agree(found, captum(model, x, "epsilon", epsilon=0.2), 1e-8)


class Residual(nn.Module):
    """relu(W2 relu(W1 x + b1) + b2 + shortcut(x)): 4 variables in and out."""

    def __init__(self, shortcut):
        super().__init__()
        self.way = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))
        self.shortcut, self.add, self.relu = shortcut, Add(), nn.ReLU()

    def forward(self, x):
        return self.relu(self.add(self.way(x), self.shortcut(x)))


def residual(shortcut):
    return nn.Sequential(
        nn.Linear(4, 4), nn.ReLU(), Residual(shortcut()), Residual(shortcut()), nn.Linear(4, 3)
    )


def by_matrices(net, x, target, *, twice=False):
    """LRP-epsilon on one sample of `residual` from its matrices; `twice`: shortcuts multiply by a once more."""
    first, _, *blocks, last = net
    inputs = [first(x).relu()]
    for block in blocks:
        inputs.append(block(inputs[-1]))
    start = torch.zeros(3, dtype=x.dtype)
    start[target] = last(inputs[-1])[target]
    r = oracle.epsilon(last.weight, last.bias, inputs[-1], start)
    for block, a in zip(reversed(blocks), reversed(inputs[:-1]), strict=True):
        one, _, two = block.way
        hidden = one(a).relu()
        through = two(hidden)
        share = r / (a + through).where(r != 0, 1)
        inside = oracle.epsilon(two.weight, two.bias, hidden, share * through)
        around = share * a
        r = oracle.epsilon(one.weight, one.bias, a, inside) + (around * a if twice else around)
    return oracle.epsilon(first.weight, first.bias, x, r).detach()


@pytest.mark.parametrize("shortcut", [nn.Sequential, nn.Dropout])
def test_captum_is_wrong_where_a_shortcut_is_a_dropout(shortcut):
    """Its activation modules hand R to the tensor they read, its layers R / a, and it multiplies the sum of both by a.

    So a ResNet's map is far off where a module that does nothing stands in the shortcut (here a dropout, which captum
    takes for an activation). Without that module captum is right, and we are right with both.
    """
    model = seeded(lambda: residual(shortcut)).double()
    x, target = signed(4, 4), [0, 1, 2, 0]
    right, wrong = (
        torch.stack([by_matrices(model, *case, twice=twice) for case in zip(x, target, strict=True)])
        for twice in (False, True)
    )
    with pytest.raises(AssertionError, match="of the largest value"):
        agree(wrong, right, 0.05)
    agree(lw.explain(model, x, rules="epsilon", target=target).relevance, right, 1e-10)
    agree(captum(model, x, "epsilon", target), wrong if shortcut is nn.Dropout else right, 1e-10)


# -- each comparison can fail ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("job", "wrong"),
    [
        ("gradient-x-input", {"method": "sensitivity"}),
        ("guided-backprop", {"method": "deconvnet"}),
        ("deconvnet", {"method": "guided-backprop"}),
        ("integrated-gradients", {"method": "integrated-gradients", "steps": 31}),
        ("epsilon", {"rules": {"0": lw.Epsilon(1e-4)}}),
        ("epsilon", {"rules": {"2": lw.Gamma(1e-4)}}),
    ],
)
def test_the_comparison_can_fail(job, wrong):
    model, x = made("VGG")
    settings = {"method": "gausslegendre", "n_steps": 32} if job == "integrated-gradients" else {}
    if "rules" in wrong:
        wrong = {"rules": lw.preset(wrong["rules"], base="epsilon")}
    with pytest.raises(AssertionError, match="of the largest value"):
        agree(lw.explain(model, x, target=TARGET, **wrong).relevance, captum(model, x, job, **settings), 1e-6)
