"""The same numbers as zennit 1.0.0: on nets like MNIST's and SqueezeNet's, and on the real SqueezeNet."""

from __future__ import annotations

import importlib.metadata

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from tests.peers.nets import agree, dense, mnist_like, seeded, squeezenet_like, vgg_like

peer = pytest.importorskip("tests.peers.peer", reason="needs zennit; run `make peers`", exc_type=ImportError)

PRESETS = ("deep-taylor", "alpha1-beta0", "alpha2-beta1", "epsilon")


def test_the_peer_is_the_version_the_numbers_were_agreed_with():
    assert importlib.metadata.version("zennit") == "1.0.0"


NETS = {
    "MNIST, max": (lambda: mnist_like(nn.MaxPool2d), (1, 28, 28)),
    "MNIST, average": (lambda: mnist_like(nn.AvgPool2d), (1, 28, 28)),
    "SqueezeNet": (squeezenet_like, (3, 33, 35)),
    "VGG": (vgg_like, (3, 16, 16)),
    "dense": (dense, (20,)),
}


@pytest.mark.parametrize("rules", PRESETS)
@pytest.mark.parametrize("net", NETS)
def test_in_float64(net, rules):
    """zennit's stabilizer is made small, so that nothing but the formulas is compared."""
    build, shape = NETS[net]
    model = seeded(build).double()
    x = torch.rand(3, *shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 3 - 1
    target = [0, 5, 2]
    found = lw.explain(model, x, rules=rules, target=target, input_range=(-1, 2)).relevance
    expected = peer.relevance(model, x, rules, target, bounds=(-1.0, 2.0), stabilizer=1e-15)
    agree(found, expected, 1e-9)


@pytest.mark.parametrize("net", NETS)
def test_w_square_and_flat_first(net):
    build, shape = NETS[net]
    model = seeded(build).double()
    x = torch.randn(2, *shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    found = lw.explain(model, x, target=1).relevance
    agree(found, peer.relevance(model, x, "deep-taylor", [1, 1], stabilizer=1e-15), 1e-9)
    name = next(name for name, part in model.named_modules() if isinstance(part, nn.Conv2d | nn.Linear))
    found = lw.explain(model, x, target=1, rules={name: lw.Flat()}).relevance
    agree(found, peer.relevance(model, x, "deep-taylor", [1, 1], stabilizer=1e-15, first="flat"), 1e-9)


@pytest.mark.parametrize("rules", PRESETS)
@pytest.mark.parametrize("net", ["MNIST, max", "MNIST, average", "SqueezeNet", "VGG"])
def test_in_float32(net, rules):
    """With zennit's usual stabilizer of 1e-6 it loses up to 1e-3 of the largest value here, to its pools above all."""
    build, shape = NETS[net]
    model = seeded(build)
    x = torch.rand(3, *shape, generator=torch.Generator().manual_seed(1))
    found = lw.explain(model, x, rules=rules, target=1, input_range=(0, 1)).relevance
    agree(found, peer.relevance(model, x, rules, [1] * 3, bounds=(0.0, 1.0), stabilizer=1e-12), 5e-6)


def test_the_digit_net():
    model = lw.zoo.digits()
    found = lw.explain(model, list(lw.zoo.mnist()[:20]))
    target = [item.index for item in found.target]
    flat = lw.zoo.digits()
    for part in flat.modules():
        if nn.utils.parametrize.is_parametrized(part):
            nn.utils.parametrize.remove_parametrizations(part, "bias")
    agree(found.relevance, peer.relevance(flat, found.input, "deep-taylor", target, bounds=(0.0, 1.0)), 1e-5)


@pytest.mark.parametrize("rules", PRESETS)
def test_the_real_squeezenet_on_a_photo(rules):
    model, photo = lw.zoo.squeezenet(), lw.zoo.photos()[0]
    found = lw.explain(model, photo, rules=rules)
    low, high = model.lrpwidgets_card.input.input_range
    target = [found.target[0].index]
    bounds = (torch.as_tensor(low).float(), torch.as_tensor(high).float())
    agree(found.relevance, peer.relevance(model, found.input, rules, target, bounds=bounds), 1e-5)


@pytest.mark.parametrize("wrong", [{"rules": "alpha2-beta1"}, {"first": "flat"}, {"bounds": (-1.0, 1.0)}])
def test_the_comparison_can_fail(wrong):
    """Another rule, another first layer or another box is far from the same."""
    model = seeded(vgg_like).double()
    x = torch.rand(2, 3, 16, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    found = lw.explain(model, x, target=0, input_range=(0, 1)).relevance
    asked = {"rules": "deep-taylor", "bounds": (0.0, 1.0), "stabilizer": 1e-15}
    agree(found, peer.relevance(model, x, target=[0, 0], **asked), 1e-9)
    with pytest.raises(AssertionError, match="of the largest value"):
        agree(found, peer.relevance(model, x, target=[0, 0], **(asked | wrong)), 1e-2)
