"""Sum-pooling sums, and relevance is conserved through it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize(("size", "stride", "padding"), [(2, None, 0), (3, 1, 0), (3, 2, 1)])
def test_each_window_is_summed(axes, size, stride, padding):
    x = torch.randn(2, 3, *[6] * axes, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    windows = nn.functional.pad(x, [padding, padding] * axes)
    for axis in range(2, 2 + axes):
        windows = windows.unfold(axis, size, size if stride is None else stride)
    expected = windows.sum(tuple(range(-axes, 0)))
    assert torch.allclose(lw.zoo.SumPool(size, stride, padding)(x), expected, rtol=0, atol=1e-12)


def test_relevance_is_conserved_through_it():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = nn.Sequential(
            nn.Conv2d(1, 4, 3, bias=False),
            nn.ReLU(),
            lw.zoo.SumPool(2),
            nn.Flatten(),
            nn.Linear(36, 2, bias=False),
        ).double()
    found = lw.explain(net, torch.rand(3, 1, 8, 8, dtype=torch.float64), rules="lrp-0")
    assert (found.total - found.score).abs().max() < 1e-10


def test_what_has_no_places_is_refused():
    with pytest.raises(InputError, match="1 to 3 axes"):
        lw.zoo.SumPool(2)(torch.rand(2, 3))
