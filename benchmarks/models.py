"""The nets of the speed table: small copies of what users have, with random weights where none ship.

Written as users write them: in-place ReLUs, batch norms after convolutions, `x + y`. The one concession is a module
for that sum (`Add`) and one for each activation, because other libraries find their places by module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

import lrpwidgets as lw

Bounds = tuple[Any, Any]


@dataclass(frozen=True, eq=False)
class Subject:
    """A net, one sample of input, its range, and the layer whose filters are asked for."""

    name: str
    column: str  # of the speed table: "digits", "nonnegative", "signed" or "transformer"
    model: nn.Module
    x: Tensor
    bounds: Bounds
    layer: str

    def batch(self, size: int) -> Tensor:
        """`size` different inputs, shape (size, ...)."""
        copies = self.x.expand(size, *self.x.shape[1:]).clone()
        # Not one sample many times: brighter and darker ones, inside the range.
        return copies * torch.linspace(1, 0.5, size, dtype=copies.dtype).view(-1, *[1] * (copies.dim() - 1))


class Add(nn.Module):
    """x + y."""

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """The residual sum, shape of both."""
        return x + y


def digits() -> Subject:
    """The digit net that ships, on a real digit: what recording costs when there is little to compute."""
    model = lw.zoo.digits()
    return Subject(
        "digits", "digits", model, lw.trace(model, lw.zoo.mnist()[0]).input, (0.0, 1.0), "features.3"
    )


def squeezenet() -> Subject:
    """SqueezeNet 1.1 as it ships, on a photo."""
    model = lw.zoo.squeezenet()
    low, high = (torch.as_tensor(end).float() for end in model.lrpwidgets_card.input.input_range)
    x = lw.trace(model, lw.zoo.photos()[0]).input
    return Subject("squeezenet", "nonnegative", model, x, (low, high), "features.6.expand3x3")


class VGG(nn.Module):
    """VGG-11's convolutions at 128 px, a smaller classifier."""

    def __init__(self) -> None:
        super().__init__()
        parts: list[nn.Module] = []
        before = 3
        for width in (64, "pool", 128, "pool", 256, 256, "pool", 512, 512, "pool", 512, 512, "pool"):
            if isinstance(width, str):
                parts.append(nn.MaxPool2d(2))
            else:
                parts += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU(inplace=True)]
                before = width
        self.features = nn.Sequential(*parts)
        self.classifier = nn.Sequential(
            nn.Linear(8192, 512), nn.ReLU(inplace=True), nn.Dropout(), nn.Linear(512, 100)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Scores, shape (batch, 100)."""
        scores: Tensor = self.classifier(torch.flatten(self.features(x), 1))
        return scores


def _normed(before: int, width: int, kernel: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    """A convolution that keeps the size, and its batch norm."""
    convolution = nn.Conv2d(before, width, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [convolution, nn.BatchNorm2d(width)]


class BasicBlock(nn.Module):
    """relu(F(x) + x)."""

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.way = nn.Sequential(
            *_normed(before, width, 3, stride), nn.ReLU(inplace=True), *_normed(width, width, 3)
        )
        # An empty one is the identity.
        self.shortcut = nn.Sequential(*(_normed(before, width, 1, stride) if stride > 1 else []))
        self.add = Add()
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Shape (batch, channel, height, width)."""
        out: Tensor = self.relu(self.add(self.way(x), self.shortcut(x)))
        return out


class ResNet(nn.Module):
    """ResNet-18."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(*_normed(3, 64, 7, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, padding=1))
        blocks = []
        for before, width, stride in ((64, 64, 1), (64, 128, 2), (128, 256, 2), (256, 512, 2)):
            blocks += [BasicBlock(before, width, stride), BasicBlock(width, width, 1)]
        self.blocks = nn.Sequential(*blocks)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(512, 100)

    def forward(self, x: Tensor) -> Tensor:
        """Scores, shape (batch, 100)."""
        scores: Tensor = self.classifier(torch.flatten(self.pool(self.blocks(self.stem(x))), 1))
        return scores


class InvertedResidual(nn.Module):
    """Widen, filter each channel, narrow without an activation: what the next block reads is signed."""

    def __init__(self, before: int, width: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        inner = before * expansion
        widen = [*_normed(before, inner, 1), nn.ReLU6(inplace=True)] if expansion > 1 else []
        filters = [*_normed(inner, inner, kernel, stride, groups=inner), nn.ReLU6(inplace=True)]
        self.way = nn.Sequential(*widen, *filters, *_normed(inner, width, 1))
        self.add = Add() if stride == 1 and before == width else None

    def forward(self, x: Tensor) -> Tensor:
        """Shape (batch, channel, height, width)."""
        out: Tensor = self.way(x) if self.add is None else self.add(self.way(x), x)
        return out


class EfficientNetLite(nn.Module):
    """EfficientNet-Lite0: MobileNetV2's blocks, ReLU6, no squeeze and excitation."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(*_normed(3, 32, 3, 2), nn.ReLU6(inplace=True))
        blocks, before = [], 32
        for expansion, width, count, stride, kernel in (
            (1, 16, 1, 1, 3),
            (6, 24, 2, 2, 3),
            (6, 40, 2, 2, 5),
            (6, 80, 3, 2, 3),
            (6, 112, 3, 1, 5),
            (6, 192, 4, 2, 5),
            (6, 320, 1, 1, 3),
        ):
            for first in [True] + [False] * (count - 1):
                blocks.append(InvertedResidual(before, width, expansion, kernel, stride if first else 1))
                before = width
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Sequential(*_normed(320, 1280, 1), nn.ReLU6(inplace=True))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(1280, 100)

    def forward(self, x: Tensor) -> Tensor:
        """Scores, shape (batch, 100)."""
        features = self.pool(self.head(self.blocks(self.stem(x))))
        scores: Tensor = self.classifier(torch.flatten(features, 1))
        return scores


class Attention(nn.Module):
    """Multi-head self-attention."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """Shape (batch, head, token, width of a head)."""
        return scaled_dot_product_attention(q, k, v)

    def forward(self, x: Tensor) -> Tensor:
        """Shape (batch, token, width)."""
        batch, tokens, width = x.shape
        q, k, v = self.qkv(x).view(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        out: Tensor = self.out(self.attend(q, k, v).transpose(1, 2).reshape(batch, tokens, width))
        return out


class EncoderBlock(nn.Module):
    """A pre-norm transformer block."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(width), Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        """Shape (batch, token, width)."""
        x = x + self.attention(self.norm1(x))
        out: Tensor = x + self.mlp(self.norm2(x))
        return out


class Encoder(nn.Module):
    """Six blocks on vectors of 192 (word or patch embeddings), the mean token classified."""

    def __init__(self, width: int = 192, heads: int = 3, depth: int = 6) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(EncoderBlock(width, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)
        self.classifier = nn.Linear(width, 100)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, token, width) to scores (batch, 100)."""
        scores: Tensor = self.classifier(self.norm(self.blocks(x)).mean(1))
        return scores


def _seeded(build: Callable[[], nn.Module], shape: tuple[int, ...]) -> tuple[nn.Module, Tensor]:
    """A net with seeded weights, batch statistics of its own kind of input, and one input in [-1, 1]."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        model = build()
        for part in model.modules():
            if isinstance(part, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(part.weight, nonlinearity="relu")
                if part.bias is not None:
                    nn.init.normal_(part.bias, std=0.05)
            elif isinstance(part, nn.BatchNorm2d):
                part.momentum = None  # the average of what it has seen
        model(torch.rand(4, *shape) * 2 - 1)
        return model.eval(), torch.rand(1, *shape) * 2 - 1


def _random(
    name: str, column: str, build: Callable[[], nn.Module], shape: tuple[int, ...], layer: str
) -> Callable[[], Subject]:
    return lambda: Subject(name, column, *_seeded(build, shape), (-1.0, 1.0), layer)


SUBJECTS: dict[str, Callable[[], Subject]] = {
    "digits": digits,
    "squeezenet": squeezenet,
    "vgg": _random("vgg", "nonnegative", VGG, (3, 128, 128), "features.8"),
    "resnet": _random("resnet", "nonnegative", ResNet, (3, 224, 224), "blocks.4.way.0"),
    "efficientnet-lite": _random(
        "efficientnet-lite", "signed", EfficientNetLite, (3, 224, 224), "blocks.8.way.3"
    ),
    "encoder": _random("encoder", "transformer", Encoder, (64, 192), "blocks.3.mlp.0"),
}
