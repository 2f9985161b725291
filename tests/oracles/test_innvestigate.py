"""Claim E11: the 98 single-layer cases of iNNvestigate's own tests (float32, made by its authors)."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import lrpwidgets as lw

FILE = "oracles/innvestigate_layer_references.npz"
LAYERS = ("Dense", "Dense_relu", "Conv2D", "Conv2D_relu", "AveragePooling2D", "MaxPooling2D")

# Analyzer: rule of a dense layer, rule of a convolution. "Flat" presets change the first layer only, which is the
# layer of each of these nets.
RULES = {
    "LRPZ": (lw.Zero(), lw.Zero()),
    "LRPEpsilon": (lw.Epsilon(1e-7), lw.Epsilon(1e-7)),
    "LRPZPlus": (lw.ZPlus(), lw.ZPlus()),
    "LRPAlpha1Beta0": (lw.AlphaBeta(1, 0), lw.AlphaBeta(1, 0)),
    "LRPAlpha2Beta1": (lw.AlphaBeta(2, 1), lw.AlphaBeta(2, 1)),
    "LRPWSquare": (lw.WSquare(), lw.WSquare()),
    "LRPFlat": (lw.Flat(), lw.Flat()),
    "LRPZ_Flat_input_layer_rule": (lw.Flat(), lw.Flat()),
    "LRPZ_boxed_input_layer_rule": (lw.ZBox(-10, 10), lw.ZBox(-10, 10)),
    "BoundedDeepTaylor": (lw.ZBox(-128, 128), lw.ZBox(-128, 128)),
    "DeepTaylor": (lw.ZPlus(), lw.ZPlus()),
    "LRPSequentialPresetA": (lw.Epsilon(0.1), lw.AlphaBeta(1, 0)),
    "LRPSequentialPresetB": (lw.Epsilon(0.1), lw.AlphaBeta(2, 1)),
    "LRPSequentialPresetAFlat": (lw.Flat(), lw.Flat()),
    "LRPSequentialPresetBFlat": (lw.Flat(), lw.Flat()),
}
GRADIENTS = {"Gradient": "sensitivity", "InputTimesGradient": "gradient-x-input"}
# Not in the file: bounded deep Taylor of average pooling, and deep Taylor of layers without a ReLU.
ABSENT = {
    ("AveragePooling2D", "BoundedDeepTaylor"),
    *((layer, "DeepTaylor") for layer in ("AveragePooling2D", "Conv2D", "Dense")),
}
CASES = [
    (layer, analyzer)
    for layer in LAYERS
    for analyzer in [*RULES, *GRADIENTS]
    if (layer, analyzer) not in ABSENT
]


class ChannelsLast(nn.Module):
    """`layer`, which wants (batch, channel, height, width), on (batch, height, width, channel); output flat."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1).flatten(1)


def built(kind, file, group):
    if kind == "AveragePooling2D":
        return ChannelsLast(nn.AvgPool2d(2)).eval()
    if kind == "MaxPooling2D":
        return ChannelsLast(nn.MaxPool2d(2)).eval()
    w, b = (torch.from_numpy(file[f"g{group}__{name}"]) for name in ("W", "b"))
    layer = nn.Linear(3, 5) if kind.startswith("Dense") else nn.Conv2d(3, 5, 3)
    with torch.no_grad():
        layer.weight.copy_(w.t() if w.dim() == 2 else w.permute(3, 2, 0, 1))
        layer.bias.copy_(b)
    whole = nn.Sequential(layer, nn.ReLU()) if kind.endswith("relu") else layer
    return (nn.Sequential(whole, nn.Flatten()) if w.dim() == 2 else ChannelsLast(whole)).eval()


@pytest.fixture(scope="module")
def file(references):
    with np.load(references / FILE, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def test_every_case_of_the_file_is_compared(file):
    found = {tuple(name.split("__")[:2]) for name in file if name.endswith("__attribution")}
    assert found == set(CASES)
    assert len(CASES) == 98


@pytest.mark.parametrize(("kind", "analyzer"), CASES)
def test_attribution(file, kind, analyzer):
    expected = torch.from_numpy(file[f"{kind}__{analyzer}__attribution"])
    group = int(file[f"{kind}__{analyzer}__group"])
    model, x = built(kind, file, group), torch.from_numpy(file["input"]).float()
    output = torch.from_numpy(file[f"g{group}__output"]).flatten(1)
    torch.testing.assert_close(model(x).detach(), output, rtol=1e-5, atol=1e-5)
    if analyzer in GRADIENTS:
        found = lw.explain(model, x, method=GRADIENTS[analyzer]).relevance
        expected = expected.square() if analyzer == "Gradient" else expected
    else:
        dense, convolution = RULES[analyzer]
        preset = lw.Preset("case", "", convolution=convolution, dense=dense)
        found = lw.explain(model, x, rules=preset).relevance
    error = float((found - expected).abs().max() / expected.abs().max())
    assert error <= (1e-3 if analyzer == "LRPAlpha2Beta1" and kind.startswith("Dense") else 1e-5)
