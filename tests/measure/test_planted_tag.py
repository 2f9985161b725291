"""Claim B11: a tag planted in the training images of one class shows as pooled relevance of the tag (section 8.1)."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets import measure

TAGGED, SHARE = 9, 0.8  # the class, and how many of its images carry the tag
TAG = measure.Box(1, 1, 5, 5)  # a white square where digits are black
SEEDS = (0, 1, 2)


def tagged(x, labels):
    """`x` with the tag in the first 80 % of the images of the class, and which these are."""
    where = (labels == TAGGED).nonzero()[:, 0]
    where = where[: round(SHARE * len(where))]
    x = x.clone()
    x[where, :, TAG.top : TAG.bottom, TAG.left : TAG.right] = 1
    return x, where


def trained(x, labels, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = nn.Sequential(
            nn.Conv2d(1, 16, 5, stride=2),
            nn.ReLU(),
            nn.Conv2d(16, 24, 5, stride=2),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(24 * 16, 10),
        )
        optimizer = torch.optim.Adam(net.parameters(), 3e-3)
        for _ in range(12):
            for rows in torch.randperm(len(x)).split(50):
                optimizer.zero_grad()
                nn.functional.cross_entropy(net(x[rows]), labels[rows]).backward()
                optimizer.step()
    return net.eval()


def points(net, x, labels):
    """Right answers in percent of all images."""
    with torch.no_grad():
        return 100 * float((net(x).argmax(1) == labels).double().mean())


def judged(net, x, labels):
    """The tag's share of the relevance for its class in held-out images that carry it, and what removing it costs."""
    with_tag, where = tagged(x, labels)
    seen = lw.explain(net, with_tag[where], target=TAGGED, input_range=(0, 1))
    pooled = measure.pool(seen, {"tag": TAG})
    share = float(pooled.net[:, 0].sum() / seen.total.sum())
    return share, points(net, with_tag, labels) - points(net, x, labels)


@pytest.fixture(scope="module")
def found():
    """Means over both halves of the 500 digits, each held out once, by seed: (seed, biased or clean, share or cost)."""
    digits = lw.zoo.mnist()
    x = torch.stack([torch.tensor(digit.pixels)[None] for digit in digits]).float() / 255
    labels = torch.tensor([digit.label for digit in digits])
    half = torch.arange(len(x)) // 10 % 2 == 1  # as many of each class in both
    rows = []
    for seed in SEEDS:
        for train in (half, ~half):
            biased = trained(tagged(x[train], labels[train])[0], labels[train], seed)
            clean = trained(x[train], labels[train], seed)
            rows.append([judged(net, x[~train], labels[~train]) for net in (biased, clean)])
    return torch.tensor(rows).double().reshape(len(SEEDS), 2, 2, 2).mean(1)


def test_b11_the_tag_has_four_times_the_share_in_the_biased_net(found):
    biased, clean = found[:, :, 0].unbind(1)
    assert bool((clean > 0).all())
    assert float(biased.mean() / clean.mean()) >= 4
    assert float((biased / clean).min()) >= 4  # with every seed


def test_b11_removing_the_tag_costs_the_biased_net_and_not_the_clean_one(found):
    biased, clean = found[:, :, 1].mean(0)
    assert float(biased) >= 2
    assert abs(float(clean)) <= 0.5
