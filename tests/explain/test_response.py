"""Local response normalization: passed as it is, or by its local Taylor expansion (tutorial, section 5.3)."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import PresetError
from tests.explain import oracle
from tests.explain.nets import normal

SETTINGS = [{"size": 3}, {"size": 4, "alpha": 0.5}, {"size": 5, "alpha": 0.3, "beta": 0.6, "k": 2.0}]
SHAPES = [(2, 6, 3, 2), (2, 6, 4), (1, 6, 2, 2, 2)]


def expansion(x, r, size, alpha=1e-4, beta=0.75, k=1.0):
    """Binder et al. 2016, written out channel by channel."""
    batch, channels = x.shape[:2]
    flat, flat_r, found = (part.reshape(batch, channels, -1).clone() for part in (x, r, torch.zeros_like(x)))
    for at in range(channels):
        window = range(max(0, at - size // 2), min(channels, at - size // 2 + size))
        u = k + alpha / size * sum(flat[:, j] ** 2 for j in window)
        z = {
            j: -2 * beta * alpha / size * flat[:, at] * flat[:, j] ** 2 / u ** (beta + 1)
            for j in window
            if j != at
        }
        z[at] = flat[:, at] / (k + alpha / size * flat[:, at] ** 2) ** beta
        for j, part in z.items():
            found[:, j] += part / sum(z.values()) * flat_r[:, at]
    return found.reshape(x.shape)


class Net(nn.Module):
    """Response normalization and a weighted sum of what comes out."""

    def __init__(self, shape, **settings):
        super().__init__()
        self.norm, self.weight = nn.LocalResponseNorm(**settings), normal(*shape[1:], seed=3)

    def forward(self, x):
        return (self.norm(x) * self.weight).flatten(1).sum(1, keepdim=True)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("shape", SHAPES)
def test_taylor_equals_the_expansion_written_out(shape, settings):
    net, x = Net(shape, **settings), normal(*shape)
    arriving = net.norm(x) * net.weight
    preset = lw.preset({}, response="taylor")
    found = lw.explain(net, x, rules=preset)
    oracle.close(found.relevance, expansion(x, arriving, **settings), 1e-10)
    oracle.close(found.total, found.score, 1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_ignored_it_passes_relevance_as_it_is(shape):
    net, x = Net(shape, size=3, alpha=0.5), normal(*shape)
    oracle.close(lw.explain(net, x).relevance, net.norm(x) * net.weight, 1e-12)


def test_another_quotient_is_no_response_normalization():
    class Divided(nn.Module):
        def forward(self, x):
            return x / (1 + (x * x).sum(1, keepdim=True)) ** 0.5

    x = normal(2, 4)
    one = lw.explain(Divided(), x, rules=lw.preset({}, response="taylor"), target=1)
    oracle.close(one.relevance, lw.explain(Divided(), x, target=1).relevance, 1e-12)


def test_an_unknown_choice_is_an_error():
    with pytest.raises(PresetError, match=r"response normalization.*ignore.*taylor"):
        lw.preset({}, response="tailor")
