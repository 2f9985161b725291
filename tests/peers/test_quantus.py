"""Flipping curves, localisation and continuity are those of Quantus 0.6.0, where the definitions agree.

Its curves leave out step 0, and those of RegionPerturbation are drops f(x) - f(x_k) over patches on a grid, the input
padded on both sides where it does not divide (0.5 took patches anywhere: tests/measure/test_flipping_quantus.py).
"""

from __future__ import annotations

from itertools import cycle

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.measure import (
    flip,
    local_lipschitz,
    mass_accuracy,
    max_sensitivity,
    pointing_game,
    rank_accuracy,
)
from tests.measure.maps import known, normal

peer = pytest.importorskip(
    "tests.peers.quantus_peer", reason="needs quantus; run `make peers`", exc_type=ImportError
)

CLOSE = {"rtol": 1e-5, "atol": 1e-5}  # Quantus rounds inputs to float32


@pytest.fixture
def net():
    torch.manual_seed(1)
    return nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 6 * 6, 3)).double().eval()


@pytest.fixture
def x():
    return torch.rand(4, 2, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(2)) + 0.1


@pytest.mark.parametrize("per_step", [1, 8, 64])
def test_pixel_flipping(net, x, per_step):
    relevance = lw.explain(net, x, rules="epsilon").relevance
    found = flip(net, x, {"map": relevance}, per_step=per_step)["map"]
    expected = peer.asked(
        "PixelFlipping", net, x, relevance, {}, features_in_step=per_step, perturb_baseline=0.0
    )
    assert expected.shape == (4, 128 // per_step)
    np.testing.assert_allclose(found.scores[:, 1:], expected, **CLOSE)


def centred(side, patch):
    """The number of the patch at each place of one axis, the first and the last patch cut alike."""
    before = (-side % patch) // 2
    return (torch.arange(side) + before) // patch


@pytest.mark.parametrize("order", ["most", "least"])
@pytest.mark.parametrize("patch", [1, 2, 3, 5])
def test_region_perturbation(net, x, order, patch):
    relevance = lw.explain(net, x, rules="epsilon").relevance
    number = centred(8, patch)
    labels = number[:, None] * (int(number[-1]) + 1) + number
    count = int(labels.max()) + 1
    found = flip(net, x, {"map": relevance}, regions=labels, order=order)["map"].scores
    expected = peer.asked(
        "RegionPerturbation",
        net,
        x,
        relevance,
        {},
        patch_size=patch,
        order={"most": "morf", "least": "lerf"}[order],
        regions_evaluation=count,
        perturb_baseline=0.0,
    )
    assert expected.shape == (4, count)
    np.testing.assert_allclose(found[:, :1] - found[:, 1:], expected, **CLOSE)
    if 8 % patch == 0:
        plain = flip(net, x, {"map": relevance}, patch=patch, order=order)["map"].scores
        np.testing.assert_array_equal(plain, found)


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("density", [0.1, 0.5])
def test_localisation(net, x, absolute, density):
    relevance = normal(len(x), 1, 8, 8, seed=5)
    masks = np.random.default_rng(6).random(relevance.shape) < density
    assert masks.any((1, 2, 3)).all()
    for ours, theirs in (
        (mass_accuracy, "RelevanceMassAccuracy"),
        (rank_accuracy, "RelevanceRankAccuracy"),
        (pointing_game, "PointingGame"),
    ):
        expected = peer.asked(theirs, net, x, relevance, {"s_batch": masks}, abs=absolute)
        found = ours(known(relevance), masks, absolute=absolute)
        np.testing.assert_allclose(found, expected, rtol=1e-6, err_msg=theirs)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(max_sensitivity, "MaxSensitivity"), (local_lipschitz, "LocalLipschitzEstimate")],
)
def test_continuity(net, x, ours, theirs):
    drawn = torch.Generator().manual_seed(3)
    near = [x + 0.04 * torch.rand(x.shape, dtype=x.dtype, generator=drawn) - 0.02 for _ in range(5)]
    target, relevance = net(x).argmax(1), lw.explain(net, x, rules="epsilon").relevance

    def explained(model, inputs, targets, **more):
        assert np.array_equal(targets, target)
        return lw.explain(net, torch.as_tensor(inputs), rules="epsilon", target=target).relevance.numpy()

    given = cycle(near)  # the same pairs for both
    expected = peer.asked(
        theirs,
        net,
        x,
        relevance,
        {"explain_func": explained},
        nr_samples=len(near),
        perturb_func=lambda arr, indices, **more: next(given).numpy().reshape(arr.shape),
    )
    found = ours(net, x, near, rules="epsilon")
    np.testing.assert_allclose(found.by_sample, expected, rtol=1e-6)
    assert found.strongest == pytest.approx(expected.max(), rel=1e-6)
