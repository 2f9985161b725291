"""The zoo's models and digits, read once, in float64."""

from __future__ import annotations

import pytest
import torch
from torch.nn.utils import parametrize

import lrpwidgets as lw


@pytest.fixture(scope="session")
def digit_net():
    """The digit net in float64; tests must leave it as it is."""
    return lw.zoo.digits().double()


@pytest.fixture(scope="session")
def bias_free_net():
    """The digit net without its biases."""
    net = lw.zoo.digits().double()
    for layer in list(net.modules()):
        if parametrize.is_parametrized(layer):
            parametrize.remove_parametrizations(layer, "bias")
            torch.nn.init.zeros_(layer.bias)
    return net


@pytest.fixture(scope="session")
def digits(digit_net):
    """200 held-out digits, 20 of each class, shape (200, 1, 28, 28)."""
    return digit_net.lrpwidgets_card.input.encode(list(lw.zoo.mnist()[:200])).double()
