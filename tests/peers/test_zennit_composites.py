"""zennit's own composites by the presets of the same name; batch norms, residual sums and signed inputs too."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from tests.peers.nets import agree, efficientnet_like, mnist_like, resnet_like, seeded, signed, vgg_like

peer = pytest.importorskip("tests.peers.peer", reason="needs zennit; run `make peers`", exc_type=ImportError)

NETS = {
    "VGG": (vgg_like, (3, 16, 16)),
    "MNIST, average": (lambda: mnist_like(nn.AvgPool2d), (1, 28, 28)),
    "ResNet": (resnet_like, (3, 32, 32)),
    "EfficientNet": (efficientnet_like, (3, 32, 32)),
}
PRESETS = (*peer.OWN, "epsilon")
TARGET = [0, 4, 2]


def bounds(like):
    """zennit's ZBox wants tensors."""
    ones = torch.ones_like(like[:1])
    return -ones, ones


def ours(model, x, rules, target=TARGET):
    return lw.explain(model, x, rules=rules, target=target, input_range=(-1, 1)).relevance


def zennit(model, x, rules, stabilizer, target=TARGET):
    return peer.relevance(model, x, rules, target, bounds=bounds(x), stabilizer=stabilizer)


@pytest.mark.parametrize("rules", PRESETS)
@pytest.mark.parametrize("net", NETS)
def test_in_float64(net, rules):
    """zennit's usual stabilizer of 1e-6, of sums and average pools above all, costs up to 5e-3 on these nets."""
    build, shape = NETS[net]
    model, x = seeded(build, *shape).double(), signed(3, *shape)
    agree(ours(model, x, rules), zennit(model, x, rules, 1e-15), 1e-9)


@pytest.mark.parametrize("rules", PRESETS)
@pytest.mark.parametrize("net", NETS)
def test_in_float32(net, rules):
    """Twice what zennit itself loses to float32, where that is more: up to 1e-4 by alpha-beta on signed inputs."""
    build, shape = NETS[net]
    model, x = seeded(build, *shape), signed(3, *shape)
    found, expected = ours(model, x.float(), rules), zennit(model, x.float(), rules, 1e-12)
    exact = zennit(model.double(), x, rules, 1e-15)
    lost = float((expected - exact).abs().max() / exact.abs().max())
    assert lost < 2e-4
    agree(found, expected, max(1e-5, 2 * lost))
    agree(found, exact, 1e-4)


@pytest.mark.parametrize("rules", peer.OWN)
def test_the_real_squeezenet_on_a_photo(rules):
    """With the stabilizers that both libraries use."""
    model, photo = lw.zoo.squeezenet(), lw.zoo.photos()[0]
    found = lw.explain(model, photo, rules=rules)
    ends = tuple(torch.as_tensor(end).float() for end in model.lrpwidgets_card.input.input_range)
    agree(found.relevance, peer.relevance(model, found.input, rules, [found.target[0].index], ends), 1e-5)


@pytest.mark.parametrize("gamma", [0.0, 0.25, 10.0])
@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (lambda: nn.Linear(6, 5), (6,)),
        (lambda: nn.Linear(6, 5, bias=False), (6,)),
        (lambda: nn.Conv2d(2, 3, 3, padding=1, stride=2), (2, 6, 6)),
        (lambda: nn.Conv2d(4, 4, 3, groups=2, bias=False), (4, 6, 6)),
    ],
    ids=["dense", "dense, no bias", "convolution", "groups, no bias"],
)
def test_gamma_alone_on_signed_inputs(layer, shape, gamma):
    """Scores of both signs: the negative ones favour negative contributions."""
    from zennit.rules import Gamma

    model = nn.Sequential(seeded(layer), nn.Flatten()).double()
    x = signed(40, *shape)
    scores = model(x)
    target = [row % scores.shape[1] for row in range(40)]
    start = scores[range(40), target]
    assert int((start < 0).sum()) > 5
    assert int((start > 0).sum()) > 5
    found = lw.explain(model, x, rules={"0": lw.Gamma(gamma)}, target=target).relevance
    one = peer.Recipe(lambda stabilizer: Gamma(gamma, stabilizer=stabilizer), "")
    agree(found, peer.relevance(model, x, one, target, stabilizer=1e-15), 1e-9)


@pytest.mark.parametrize("rules", PRESETS)
@pytest.mark.parametrize(
    "wrong", [{"0.0": lw.Flat()}, {"2.way.0": lw.Gamma(0.3)}, {"6": lw.Epsilon(0.1)}], ids=str
)
def test_the_comparison_can_fail(rules, wrong):
    """One layer of the ResNet with another rule."""
    model, x = seeded(resnet_like, 3, 32, 32).double(), signed(3, 3, 32, 32)
    expected = zennit(model, x, rules, 1e-15)
    with pytest.raises(AssertionError, match="of the largest value"):
        agree(ours(model, x, lw.preset(wrong, base=rules)), expected, 1e-4)
