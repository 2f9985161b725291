"""Whole numbers may be numpy's or torch's; a truth value is none."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets import measure
from lrpwidgets.errors import LrpError

X = torch.rand(2, 1, 8, 8, generator=torch.Generator().manual_seed(0)).double()
SEQUENCE = torch.eye(4).double()[None]  # one-hot along axis 1


def net():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(108, 3)).double().eval()


def dense():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(nn.Flatten(), nn.Linear(16, 2)).double().eval()


def seen():
    return lw.explain(net(), X, input_range=(0, 1))


# What is asked with the whole number n, and a plain n for it.
ASKED = {
    "flip patch": (2, lambda n: measure.flip(net(), X, patch=n)["lrp"].scores),
    "flip patch sides": (2, lambda n: measure.flip(net(), X, patch=(n, 4))["lrp"].scores),
    "flip anywhere": (3, lambda n: measure.flip(net(), X, patch=n, anywhere=True)["lrp"].scores),
    "flip steps": (3, lambda n: measure.flip(net(), X, patch=2, steps=n)["lrp"].scores),
    "flip per_step": (3, lambda n: measure.flip(net(), X, patch=2, per_step=n)["lrp"].scores),
    "flip chunk": (3, lambda n: measure.flip(net(), X, patch=4, chunk=n)["lrp"].scores),
    "flip seed": (3, lambda n: measure.flip(net(), X, "random", patch=4, seed=n)["random"].scores),
    "occlusion patch": (2, lambda n: measure.occlusion(net(), X, n).drops),
    "occlusion stride": (3, lambda n: measure.occlusion(net(), X, 4, stride=(n, n)).drops),
    "occlusion budget": (9999, lambda n: measure.occlusion(net(), X, 4, budget=n).drops),
    "mutation axis": (1, lambda n: measure.mutation_map(dense(), SEQUENCE, axis=n).change),
    "window": (8, lambda n: measure.sliding_window(net(), X, n, n, target=0, batch=n).explanation.relevance),
    "shift grid": (2, lambda n: torch.tensor(measure.shift_grid(n, stride=n))),
    "draws": (2, lambda n: measure.continuity(net(), X, measure.Noise(0.01, draws=n, seed=n)).ratios),
    "batch": (2, lambda n: measure.continuity(net(), X, batch=n).ratios),
    "box": (2, lambda n: measure.pool(seen(), measure.Box(0, 0, n, 8)).net),
    "span": (2, lambda n: measure.pool(seen(), measure.Span(0, n, 2)).net),
    "along": (2, lambda n: measure.pool(seen(), measure.Along((2,), step=n)).net),
    "along an axis": (2, lambda n: measure.pool(seen(), measure.Along((n,))).net),
}
asked = pytest.mark.parametrize("name", ASKED)


@asked
@pytest.mark.parametrize("kind", [np.int64, np.uint8, torch.tensor], ids=["int64", "uint8", "tensor"])
def test_numbers_of_other_libraries_mean_the_same(name, kind):
    number, ask = ASKED[name]
    if kind is np.uint8 and number > 255:
        number = 255
    np.testing.assert_array_equal(np.asarray(ask(kind(number))), np.asarray(ask(number)))


@asked
@pytest.mark.parametrize("value", [True, np.bool_(True), torch.tensor(True), 2.5, "2"], ids=repr)
def test_truth_values_and_others_are_refused(name, value):
    with pytest.raises(LrpError):
        ASKED[name][1](value)
