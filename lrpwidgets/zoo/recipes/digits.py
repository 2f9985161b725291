"""Trains the digit net and makes `digits.safetensors`: about three minutes on two CPU cores.

Get the digits as in `recipes/mnist.py` and run `python -m lrpwidgets.zoo.recipes.digits package`. Seeds are
fixed: one machine with one number of threads gives the same weights each time; elsewhere sums round
differently, and training amplifies that. Which digits train, validate and are held out is the same
everywhere, and nothing of the held-out ones enters the training or the choice of the epoch.
"""

from __future__ import annotations

import copy
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor
from torch.nn.functional import affine_grid, avg_pool2d, cross_entropy, grid_sample

from lrpwidgets.zoo.digit_net import WEIGHTS, DigitNet
from lrpwidgets.zoo.recipes.mnist import DigitSet, read_package, split
from lrpwidgets.zoo.recipes.output import say, write

SEED = 20
EPOCHS = 40
BATCH = 100
RATE = 4e-3
DECAY = 1e-4


def as_tensors(digits: DigitSet) -> tuple[Tensor, Tensor]:
    """Model input `(n, 1, 28, 28)` in [0, 1] and labels `(n,)`."""
    return torch.from_numpy(digits.pixels)[:, None].float() / 255, torch.from_numpy(digits.labels)


def vary(x: Tensor) -> Tensor:
    """Each digit turned, scaled, slanted, shifted and bent a little: `(n, 1, 28, 28)` in [0, 1]."""
    n = len(x)
    turn = torch.empty(n).uniform_(-0.2, 0.2)
    slant = torch.empty(n).uniform_(-0.2, 0.2)
    size = torch.empty(n).uniform_(0.88, 1.12)
    shift = torch.empty(n, 2).uniform_(-2, 2) / 14  # two pixels; the grid spans 28 pixels by -1..1
    row_x = torch.stack([size * turn.cos(), -turn.sin() + slant, shift[:, 0]], dim=1)
    row_y = torch.stack([turn.sin(), size * turn.cos(), shift[:, 1]], dim=1)
    grid = affine_grid(torch.stack([row_x, row_y], dim=1), list(x.shape), align_corners=False)
    noise = torch.empty(n, 2, 28 + 18, 28 + 18).uniform_(-1, 1)
    bend = avg_pool2d(avg_pool2d(noise, 10, stride=1), 10, stride=1)  # smooth over about ten pixels
    return grid_sample(x, grid + 0.6 * bend.permute(0, 2, 3, 1), align_corners=False)


@torch.no_grad()
def judge(net: DigitNet, digits: DigitSet) -> tuple[float, float]:
    """Share of right answers, and mean cross-entropy."""
    x, labels = as_tensors(digits)
    scores = net.eval()(x)
    return (scores.argmax(1) == labels).float().mean().item(), cross_entropy(scores, labels).item()


def train(training: DigitSet, validation: DigitSet) -> DigitNet:
    """The net of the epoch with the lowest cross-entropy on `validation`."""
    torch.manual_seed(SEED)
    net = DigitNet()
    x, labels = as_tensors(training)
    steps = EPOCHS * (len(x) // BATCH)
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    best, lowest = copy.deepcopy(net.state_dict()), float("inf")
    for epoch in range(EPOCHS):
        started = time.monotonic()
        net.train()
        for chosen in torch.randperm(len(x))[: len(x) // BATCH * BATCH].view(-1, BATCH):
            loss = cross_entropy(net(vary(x[chosen])), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        right, entropy = judge(net, validation)
        if entropy < lowest:
            best, lowest = copy.deepcopy(net.state_dict()), entropy
        seconds = time.monotonic() - started
        say(f"epoch {epoch + 1}: validation {right:.2%}, cross-entropy {entropy:.4f}, {seconds:.1f} s")
    net.load_state_dict(best)
    return net.eval()


def main(folder: str) -> None:
    """Train, report, write."""
    torch.use_deterministic_algorithms(True)
    training, validation, held_out = split(read_package(Path(folder)))
    net = train(training, validation)
    for name, digits in {"training": training, "validation": validation, "held-out": held_out}.items():
        right, entropy = judge(net, digits)
        say(f"{name}: {right:.2%} of {len(digits)} digits, cross-entropy {entropy:.4f}")
    write(WEIGHTS, save({name: value.contiguous() for name, value in net.state_dict().items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
