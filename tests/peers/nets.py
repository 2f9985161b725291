"""Small nets that the peers understand: modules for activations and sums, everything called once."""

from __future__ import annotations

import torch
from torch import nn

from benchmarks.models import BasicBlock, InvertedResidual


def agree(found, expected, at_most):
    """Assert |found - expected| <= at_most * max |expected|."""
    scale = float(expected.abs().max())
    assert scale > 0
    error = float((found - expected).abs().max()) / scale
    assert error <= at_most, f"{error:.3g} of the largest value"


def seeded(build, *shape):
    """The net `build` makes, the same each time, in eval mode; with `shape`, its batch norms have seen such inputs."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        model = build()
        if shape:
            for part in model.modules():
                if isinstance(part, nn.BatchNorm2d):
                    part.momentum = None  # the average of what it has seen
            model(torch.rand(8, *shape) * 2 - 1)
        return model.eval()


def signed(samples, *shape, seed=1):
    """Inputs in [-1, 1], float64."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(samples, *shape, dtype=torch.float64, generator=generator) * 2 - 1


def dense(*, bias=True):
    return nn.Sequential(nn.Linear(20, 30, bias=bias), nn.ReLU(), nn.Linear(30, 10, bias=bias))


def mnist_like(pool):
    return nn.Sequential(
        nn.Conv2d(1, 8, 5),
        nn.ReLU(),
        pool(2),
        nn.Conv2d(8, 12, 5),
        nn.ReLU(),
        pool(2),
        nn.Flatten(),
        nn.Linear(192, 32),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(32, 10),
    )


class Fire(nn.Module):
    def __init__(self, before, squeezed, expanded):
        super().__init__()
        self.squeeze, self.act = nn.Conv2d(before, squeezed, 1), nn.ReLU(inplace=True)
        self.small, self.small_act = nn.Conv2d(squeezed, expanded, 1), nn.ReLU(inplace=True)
        self.large, self.large_act = nn.Conv2d(squeezed, expanded, 3, padding=1), nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.act(self.squeeze(x))
        return torch.cat([self.small_act(self.small(x)), self.large_act(self.large(x))], 1)


def squeezenet_like():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2, ceil_mode=True),
        Fire(8, 4, 6),
        nn.MaxPool2d(3, stride=2, ceil_mode=True),
        Fire(12, 4, 8),
        nn.Conv2d(16, 7, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )


def vgg_like(*, bias=True):
    parts, before = [], 3
    for width in (8, 12):
        for _ in range(2):
            parts += [nn.Conv2d(before, width, 3, padding=1, bias=bias), nn.ReLU(inplace=True)]
            before = width
        parts.append(nn.MaxPool2d(2))
    parts += [nn.Flatten(), nn.Linear(192, 20, bias=bias), nn.ReLU(inplace=True), nn.Dropout(0.5)]
    return nn.Sequential(*parts, nn.Linear(20, 10, bias=bias))


def normed(before, width, kernel, stride=1):
    return nn.Conv2d(before, width, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(width)


def resnet_like():
    return nn.Sequential(
        nn.Sequential(*normed(3, 6, 5, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, padding=1)),
        BasicBlock(6, 6, 1),
        BasicBlock(6, 10, 2),
        BasicBlock(10, 10, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(10, 7),
    )


def efficientnet_like():
    return nn.Sequential(
        nn.Sequential(*normed(3, 6, 3, 2), nn.ReLU6(inplace=True)),
        InvertedResidual(6, 4, 1, 3, 1),
        InvertedResidual(4, 6, 4, 3, 2),
        InvertedResidual(6, 6, 4, 5, 1),
        nn.Sequential(*normed(6, 12, 1), nn.ReLU6(inplace=True)),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(12, 7),
    )
