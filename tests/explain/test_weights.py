"""Prepared weights (W+, W-, W squared) are never older than the model's, however these were edited."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from tests.explain.nets import uniform


def swapped(weight, one, other):
    first = weight[one].clone()
    weight[one] = weight[other]
    weight[other] = first


EDITS = {
    "one element": lambda w: w.__setitem__((3, 7), 5.0),
    "the last element": lambda w: w.__setitem__((-1, -1), 5.0),
    "two elements of a row swapped": lambda w: swapped(w, (0, 1), (0, 2)),
    "two elements of different rows swapped": lambda w: swapped(w, (0, 1), (5, 9)),
    "two rows swapped": lambda w: swapped(w, 0, 1),
    "one up, its neighbour down": lambda w: (w[0, 0].add_(0.5), w[0, 1].sub_(0.5)),
    "all": lambda w: w.mul_(-1),
    "one of many by a little": lambda w: w[2, 2].mul_(1 + 1e-4),
}


@pytest.mark.parametrize("way", ["data", "numpy", "no_grad"])
@pytest.mark.parametrize("width", [16, 61, 1024, 1100], ids=lambda width: f"{width} wide")
@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_weight_is_prepared_anew(edit, width, way):
    """`.data` and shared numpy memory leave no version number behind."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(width, 1024 if width == 1100 else 8)).double().eval()
    x = uniform(1, width) + 0.1
    rules = {"0": lw.AlphaBeta(2, 1)}
    whole = {"target": lambda output: (output * torch.linspace(1, 2, output.shape[1])).sum(1)}
    before = lw.explain(net, x, rules=rules, **whole).relevance
    if way == "data":
        EDITS[edit](net[0].weight.data)
    elif way == "numpy":
        EDITS[edit](torch.from_numpy(net[0].weight.detach().numpy()))
    else:
        with torch.no_grad():
            EDITS[edit](net[0].weight)
    after = lw.explain(net, x, rules=rules, **whole).relevance
    assert not torch.equal(before, after)
    assert torch.equal(after, lw.explain(copy.deepcopy(net), x, rules=rules, **whole).relevance)
