"""Static orders are those of Quantus, whose definitions are written out here; its curves leave out step 0.

PixelFlipping of Quantus 0.6.0 (Bach et al. 2015): sort all features by attribution, highest first; set the next
`features_in_step` of them to the baseline; predict.
RegionPerturbation of Quantus 0.5.3 (Samek et al. 2017): the attribution of a patch at every place, zeros beyond the
borders, is its sum; from the highest down take each patch that touches none taken before, up to `regions_evaluation`;
set it to the baseline; predict. Quantus 0.6.0 takes patches on a grid: tests/peers/test_quantus.py, which runs it.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from lrpwidgets.measure import flip


@pytest.fixture
def model():
    torch.manual_seed(1)
    return nn.Sequential(nn.Conv2d(2, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(4 * 5 * 7, 3)).double().eval()


def pixel_flipping(predict, x, attribution, features_in_step):
    order = np.argsort(-attribution.flatten())
    now, curve = x.copy().flatten(), []
    for begin in range(0, len(order), features_in_step):
        now[order[begin : begin + features_in_step]] = 0.0
        curve.append(predict(now.reshape(x.shape)))
    return curve


def region_perturbation(predict, x, attribution, patch, most_first, regions_evaluation):
    _, height, width = x.shape
    padded = np.pad(attribution, ((0, 0), (0, patch - 1), (0, patch - 1)))
    corners = list(itertools.product(range(height), range(width)))
    sums = [padded[:, r : r + patch, c : c + patch].sum() for r, c in corners]
    order = np.argsort(sums)[::-1] if most_first else np.argsort(sums)
    blocked = np.zeros((height + patch, width + patch), bool)
    now, curve = x.copy(), []
    for r, c in (corners[place] for place in order):
        if len(curve) == regions_evaluation:
            break
        if blocked[r : r + patch, c : c + patch].any():
            continue
        blocked[r : r + patch, c : c + patch] = True
        now[:, r : r + patch, c : c + patch] = 0.0
        curve.append(predict(now))
    return curve


def problem(model, count=3):
    generator = torch.Generator().manual_seed(2)
    x, attribution = torch.rand(2, count, 2, 7, 9, dtype=torch.float64, generator=generator)
    target = model(x).argmax(1)

    def predict(sample, image):
        return model(torch.as_tensor(image)[None])[0, target[sample]].item()

    return x, attribution - 0.4, predict


@pytest.mark.parametrize("features_in_step", [1, 7, 50])
def test_pixel_flipping(model, features_in_step):
    x, attribution, predict = problem(model)
    found = flip(model, x, {"map": attribution}, per_step=features_in_step)["map"].scores[:, 1:]
    for sample in range(len(x)):
        expected = pixel_flipping(
            lambda image, sample=sample: predict(sample, image),
            x[sample].numpy(),
            attribution[sample].numpy(),
            features_in_step,
        )
        np.testing.assert_allclose(found[sample], expected, rtol=1e-9)


@pytest.mark.parametrize("patch", [1, 2, 3, 5])
@pytest.mark.parametrize("order", ["most", "least"])
@pytest.mark.parametrize("steps", [2, None])
def test_region_perturbation(model, patch, order, steps):
    x, attribution, predict = problem(model)
    found = flip(model, x, {"map": attribution}, patch=patch, anywhere=True, order=order, steps=steps)["map"]
    for sample in range(len(x)):
        expected = region_perturbation(
            lambda image, sample=sample: predict(sample, image),
            x[sample].numpy(),
            attribution[sample].numpy(),
            patch,
            order == "most",
            steps or 100,
        )
        count = len(expected)
        np.testing.assert_allclose(found.scores[sample, 1 : count + 1], expected, rtol=1e-9)
        assert (found.order[sample, count:] == -1).all()
        assert (found.scores[sample, count + 1 :] == found.scores[sample, count]).all()
