"""The same numbers as zennit 1.0.0: on nets like MNIST's and SqueezeNet's, and on the real SqueezeNet."""

from __future__ import annotations

import importlib.metadata

import pytest
import torch
from torch import nn

import lrpwidgets as lw

peer = pytest.importorskip("tests.peers.peer", reason="needs zennit; run `make peers`", exc_type=ImportError)

PRESETS = ("deep-taylor", "alpha1-beta0", "alpha2-beta1", "epsilon")


def agree(found, expected, at_most):
    scale = float(expected.abs().max())
    assert scale > 0
    error = float((found - expected).abs().max()) / scale
    assert error <= at_most, f"{error:.3g} of the largest value"


def test_the_peer_is_the_version_the_numbers_were_agreed_with():
    assert importlib.metadata.version("zennit") == "1.0.0"


def seeded(build):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return build().eval()


def mnist_like(pool):
    return nn.Sequential(
        nn.Conv2d(1, 8, 5),
        nn.ReLU(),
        pool(2),
        nn.Conv2d(8, 12, 5),
        nn.ReLU(),
        pool(2),
        nn.Flatten(),
        nn.Linear(192, 32),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(32, 10),
    )


class Fire(nn.Module):
    def __init__(self, before, squeezed, expanded):
        super().__init__()
        self.squeeze, self.act = nn.Conv2d(before, squeezed, 1), nn.ReLU(inplace=True)
        self.small, self.small_act = nn.Conv2d(squeezed, expanded, 1), nn.ReLU(inplace=True)
        self.large, self.large_act = nn.Conv2d(squeezed, expanded, 3, padding=1), nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.act(self.squeeze(x))
        return torch.cat([self.small_act(self.small(x)), self.large_act(self.large(x))], 1)


def squeezenet_like():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2, ceil_mode=True),
        Fire(8, 4, 6),
        nn.MaxPool2d(3, stride=2, ceil_mode=True),
        Fire(12, 4, 8),
        nn.Conv2d(16, 7, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )


def vgg_like():
    parts, before = [], 3
    for width in (8, 12):
        for _ in range(2):
            parts += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU(inplace=True)]
            before = width
        parts.append(nn.MaxPool2d(2))
    return nn.Sequential(
        *parts, nn.Flatten(), nn.Linear(192, 20), nn.ReLU(inplace=True), nn.Dropout(0.5), nn.Linear(20, 10)
    )


NETS = {
    "MNIST, max": (lambda: mnist_like(nn.MaxPool2d), (1, 28, 28)),
    "MNIST, average": (lambda: mnist_like(nn.AvgPool2d), (1, 28, 28)),
    "SqueezeNet": (squeezenet_like, (3, 33, 35)),
    "VGG": (vgg_like, (3, 16, 16)),
    "dense": (lambda: nn.Sequential(nn.Linear(20, 30), nn.ReLU(), nn.Linear(30, 10)), (20,)),
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
