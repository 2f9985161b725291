"""SqueezeNet 1.1 (Iandola et al., 2016) with its ImageNet weights: plain ReLU, one layer of classification.

A net as users write them: in-place ReLUs, a functional `torch.cat`, max-pooling that rounds up. The module
paths are those of torchvision (`features.3.expand3x3`, `classifier.1`).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lrpwidgets.domains.image import image
from lrpwidgets.zoo.card import ModelCard
from lrpwidgets.zoo.files import read_lines, read_weights

WEIGHTS = "squeezenet1_1.safetensors"
NAMES = "imagenet_names.txt"


class Fire(nn.Module):
    """Few 1x1 filters squeeze the channels, then 1x1 and 3x3 filters expand them side by side."""

    def __init__(self, channels: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeezed, kernel_size=1)
        self.squeeze_activation = nn.ReLU(inplace=True)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, kernel_size=1)
        self.expand1x1_activation = nn.ReLU(inplace=True)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, kernel_size=3, padding=1)
        self.expand3x3_activation = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """`(batch, channels, h, w)` -> `(batch, 2 * expanded, h, w)`."""
        x = self.squeeze_activation(self.squeeze(x))
        narrow = self.expand1x1_activation(self.expand1x1(x))
        wide = self.expand3x3_activation(self.expand3x3(x))
        return torch.cat([narrow, wide], dim=1)


class SqueezeNet(nn.Module):
    """`(batch, 3, height, width)` BGR -> logits `(batch, 1000)`; made for 227 x 227 pixels."""

    lrpwidgets_card: ModelCard

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, kernel_size=3, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),
            Fire(64, 16, 64),
            Fire(128, 16, 64),
            nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),
            Fire(128, 32, 128),
            Fire(256, 32, 128),
            nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),
            Fire(256, 48, 192),
            Fire(384, 48, 192),
            Fire(384, 64, 256),
            Fire(512, 64, 256),
        )
        # The original has a ReLU after this convolution. Here it is left out: it would cut off the evidence
        # against a class at every position, and a logit must be able to be negative for that to be explained.
        self.classifier = nn.Sequential(
            nn.Dropout(p=0.5),
            nn.Conv2d(512, 1000, kernel_size=1),
            nn.AdaptiveAvgPool2d((1, 1)),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Logits of the 1000 ImageNet classes."""
        return torch.flatten(self.classifier(self.features(x)), 1)


def squeezenet() -> SqueezeNet:
    """SqueezeNet 1.1 for ImageNet's 1000 classes, in eval mode, on the CPU, with its card.

    Every call reads the weights anew, so that changing one net leaves the next one whole. Raises
    `FileFormatError` if the weights in the installation are not the published ones.

    >>> squeezenet().lrpwidgets_card.labels[281]
    'tabby'
    """
    with torch.device("meta"):  # no memory filled, and no number drawn from the caller's random generator
        net = SqueezeNet()
    net.load_state_dict(read_weights(WEIGHTS), assign=True)
    net.lrpwidgets_card = ModelCard(
        name="SqueezeNet 1.1",
        input=image(
            mean=(103.939, 116.779, 123.68),
            order="BGR",
            range=(0, 255),
            size=227,
        ),
        labels=tuple(read_lines(NAMES)),
        licence="MIT (weights file, names), BSD-2-Clause (SqueezeNet); full texts in lrpwidgets/zoo/CARDS.md",
        source="SqueezeNet 1.1 by its authors (Caffe), as numpy arrays in the Python package ndf 0.1.4",
        accuracy="top-1 12 and top-5 19 of the 20 ImageNet-labelled photos in foolbox 3.3.4",
        made_by="lrpwidgets/zoo/recipes/squeezenet.py",
    )
    return net.eval()
