"""The code space and the density of digits: what they say about digits they never saw, and how they were made."""

from __future__ import annotations

import math

import pytest
import torch

import lrpwidgets as lw
from lrpwidgets.zoo.digit_codes import DigitCodes
from lrpwidgets.zoo.recipes import digit_codes as codes_recipe
from lrpwidgets.zoo.recipes import digit_rbm as rbm_recipe
from lrpwidgets.zoo.recipes.mnist import DigitSet


@pytest.fixture(scope="module")
def held_out():
    return lw.zoo.digits().lrpwidgets_card.input.encode(lw.zoo.mnist())


@pytest.fixture
def some() -> DigitSet:
    import numpy as np

    digits = lw.zoo.mnist()[:200]
    return DigitSet(np.stack([d.pixels for d in digits]), np.array([d.label for d in digits]))


def test_digits_come_back_from_their_codes(held_out):
    encoder, decoder = lw.zoo.digit_encoder(), lw.zoo.digit_decoder()
    with torch.no_grad():
        again = decoder(encoder(held_out))
        right = (lw.zoo.digits()(again).argmax(1) == torch.arange(500) % 10).float().mean()
    error = float((again - held_out).square().mean())
    spread = float((held_out - held_out.mean(0)).square().mean())
    assert error < spread / 5
    assert f"error {error:.4f} a pixel" in encoder.lrpwidgets_card.accuracy
    assert right > 0.93
    assert not encoder.training
    assert not decoder.training


def test_codes_are_about_standard_normal(held_out):
    """As the bound that was trained asks: a code drawn from N(0, I) is one of a digit."""
    with torch.no_grad():
        mean, log_variance = lw.zoo.digit_encoder().distribution(held_out)
    second = (mean**2 + log_variance.exp()).mean(0)
    assert ((second > 0.7) & (second < 1.4)).all()


def test_the_bound_is_below_the_evidence(some):
    """A net whose decoder ignores the code has log p(x) = sum log p(x_i): the bound is less by the divergence."""
    net = DigitCodes()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.zero_()
        net.encoder.mean.bias.fill_(0.5)
        x = torch.rand(3, 1, 28, 28)
        found = codes_recipe.bound(net, x, torch.randn(3, 20))
    assert torch.allclose(found, torch.full((3,), -784 * math.log(2) - 20 * 0.5**2 / 2), atol=1e-3)


def test_the_density_tells_digits_from_what_is_none(held_out):
    rbm = lw.zoo.digit_rbm()
    own = rbm.log_density(held_out)
    generator = torch.Generator().manual_seed(0)
    shuffled = held_out.flatten(2)[..., torch.randperm(784, generator=generator)].reshape(held_out.shape)
    for other in (shuffled, 1 - held_out, held_out.flip(2)):
        assert (rbm.log_density(other) < own).float().mean() > 0.9
    error = float((rbm_recipe.reconstructed(rbm, held_out) - held_out).square().mean())
    assert error < 0.022


def test_the_recipes_are_repeatable(some, monkeypatch):
    monkeypatch.setattr(codes_recipe, "EPOCHS", 2)
    with torch.random.fork_rng():
        one, two = (codes_recipe.train(some, some).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], two[name]) for name in one)
    first, second = rbm_recipe.fit(some), rbm_recipe.fit(some)
    assert torch.equal(first.weights, second.weights)


def test_the_kept_epoch_is_the_one_with_the_highest_bound(some, monkeypatch):
    monkeypatch.setattr(codes_recipe, "EPOCHS", 3)
    seen = []

    def judge(net, digits):
        seen.append({name: value.clone() for name, value in net.state_dict().items()})
        return [1.0, 2.0, 0.0][len(seen) - 1], 0.0

    monkeypatch.setattr(codes_recipe, "judge", judge)
    with torch.random.fork_rng():
        state = codes_recipe.train(some, some).state_dict()
    assert all(torch.equal(state[name], seen[1][name]) for name in state)
