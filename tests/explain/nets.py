"""Small nets, in float64, that the tests of the engine share."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn


class Written(nn.Module):
    """A net whose forward is the function `body(net, x)`: 4 variables in, 3 scores out."""

    def __init__(self, body: Callable[[Any, Tensor], Tensor], seed: int = 0, **more: Any) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.first = nn.Linear(4, 4).double()
            self.last = nn.Linear(4, 3).double()
            self.bare = nn.Linear(4, 3, bias=False).double()
        self.body = body
        for name, item in more.items():
            setattr(self, name, item)
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        return self.body(self, x)


def dense(*, bias: bool = True, seed: int = 0, sizes: tuple[int, ...] = (6, 8, 5, 3)) -> nn.Sequential:
    """A ReLU net of dense layers."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        parts: list[nn.Module] = []
        for before, after in pairwise(sizes):
            parts += [nn.Linear(before, after, bias=bias), nn.ReLU()]
        return nn.Sequential(*parts[:-1]).double().eval()


def convolutional(
    *, bias: bool = True, seed: int = 0, pool: str = "max", negative: bool = False
) -> nn.Sequential:
    """(batch, 2, 10, 10) -> 4 scores; `negative` holds every bias <= 0."""
    pools = {"max": lambda: nn.MaxPool2d(2), "average": lambda: nn.AvgPool2d(2)}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = nn.Sequential(
            nn.Conv2d(2, 5, 3, bias=bias),
            nn.ReLU(),
            pools[pool](),
            nn.Conv2d(5, 6, 3, padding=1, bias=bias),
            nn.ReLU(),
            pools[pool](),
            nn.Flatten(),
            nn.Linear(24, 4, bias=bias),
        ).double()
    if negative:
        with torch.no_grad():
            for layer in net:
                if getattr(layer, "bias", None) is not None:
                    layer.bias.copy_(-layer.bias.abs())
    return net.eval()


def figure_6() -> nn.Sequential:
    """The net of Fig. 6: max(x1, x2) for x >= 0, as a ReLU net with two inputs."""
    net = nn.Sequential(
        nn.Linear(2, 3, bias=False), nn.ReLU(), nn.Linear(3, 1, bias=False), nn.ReLU()
    ).double()
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([[1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]]))
        net[2].weight.fill_(0.5)
    return net.eval()


def normal(*shape: int, seed: int = 1) -> Tensor:
    """Signed input."""
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def uniform(*shape: int, seed: int = 1) -> Tensor:
    """Input in [0, 1]."""
    return torch.rand(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def gradient(model: nn.Module, x: Tensor, weight: Tensor | None = None, target: int | None = 0) -> Tensor:
    """d score / d x by torch's autograd."""
    leaf = x.detach().clone().requires_grad_()
    with torch.enable_grad():
        output = model(leaf.clone())  # a model may write to its input
        score = (output * weight).sum() if weight is not None else output[:, target].sum()
        (found,) = torch.autograd.grad(score, leaf)
    return found
