"""The digit net and held-out digits, in float64, one thread's worth of them."""

from __future__ import annotations

import pytest

import lrpwidgets as lw


@pytest.fixture(scope="session")
def digit_net():
    """The digit net in float64; tests must leave it as it is."""
    return lw.zoo.digits().double()


@pytest.fixture(scope="session")
def digits(digit_net):
    """100 held-out digits, 10 of each class, shape (100, 1, 28, 28)."""
    return digit_net.lrpwidgets_card.input.encode(list(lw.zoo.mnist()[:100])).double()


@pytest.fixture(scope="session")
def twos(digit_net):
    """30 held-out twos, shape (30, 1, 28, 28)."""
    found = [digit for digit in lw.zoo.mnist() if digit.label == 2]
    return digit_net.lrpwidgets_card.input.encode(found[:30]).double()
