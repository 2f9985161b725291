"""Models whose graph is unusual: nested and shared modules, tied weights, branches taken by the data."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Shared(nn.Module):
    """One block under two names and called three times, tied weights, dictionaries and lists of modules.

    (batch, 10) to (batch, 4).
    """

    def __init__(self) -> None:
        super().__init__()
        block = nn.Sequential(nn.Linear(8, 8), nn.ReLU(inplace=True))
        self.encoder = nn.Linear(10, 8)
        self.left = nn.ModuleDict({"inner": nn.Sequential(block, nn.Sequential(nn.Linear(8, 8)))})
        self.right = nn.ModuleList([block, nn.Linear(8, 8)])
        self.head = nn.Linear(26, 4)

    def forward(self, x: Tensor) -> Tensor:
        hidden = F.relu(self.encoder(x))
        left = self.left["inner"](hidden)
        right = self.right[1](self.right[0](self.right[0](hidden)))
        both = (left + right).relu()
        back = torch.relu(F.linear(both, self.encoder.weight.t()))  # the encoder's weights, transposed
        return self.head(torch.cat([both, hidden, back], -1))


class SharedWrittenOut(Shared):
    """Every call spelled out with functions on the same parameters."""

    def forward(self, x: Tensor) -> Tensor:
        block, lefts, rights = self.right[0][0], self.left["inner"][1][0], self.right[1]
        hidden = (x @ self.encoder.weight.t() + self.encoder.bias).relu()
        once = F.relu(F.linear(hidden, block.weight, block.bias))
        left = F.linear(once, lefts.weight, lefts.bias)
        again = F.linear(hidden, block.weight, block.bias).clamp(min=0)
        again = F.relu(F.linear(again, block.weight, block.bias))
        both = F.relu(left + F.linear(again, rights.weight, rights.bias))
        back = F.relu(both @ self.encoder.weight)
        return F.linear(torch.cat([both, hidden, back], -1), self.head.weight, self.head.bias)


class Branching(nn.Module):
    """What runs, and how often, depends on the data: (batch, 6) to (batch, 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Linear(6, 8)
        self.bright = nn.Linear(8, 8)
        self.dark = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8))
        self.step = nn.Linear(8, 8)
        self.head = nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.stem(x))
        x = self.bright(x) if x.mean() > 0.35 else self.dark(x)
        x = F.relu(x)
        for _ in range(int(x.amax().item() * 4) % 3 + 1):
            x = F.relu(self.step(x)) + x
        return self.head(x)
