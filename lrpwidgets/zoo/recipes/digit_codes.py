"""Trains the digit encoder and decoder and makes `digit_codes.safetensors`: about seven minutes on one CPU core.

Get the digits as in `recipes/mnist.py` and run `python -m lrpwidgets.zoo.recipes.digit_codes package`. What is
maximized is the evidence's lower bound with Bernoulli pixels (Kingma and Welling, 2013):

    E_{z ~ q(z|x)} log p(x|z) - KL(q(z|x) || N(0, I))

Seeds are fixed, as in `recipes/digits.py`, and the digits are divided as there: nothing of the held-out ones enters.
"""

from __future__ import annotations

import copy
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from lrpwidgets.zoo.digit_codes import WEIGHTS, DigitCodes
from lrpwidgets.zoo.recipes.digits import as_tensors
from lrpwidgets.zoo.recipes.mnist import DigitSet, read_package, split
from lrpwidgets.zoo.recipes.output import say, write

SEED = 20
EPOCHS = 120
BATCH = 100
RATE = 3e-3


def bound(net: DigitCodes, x: Tensor, noise: Tensor) -> Tensor:
    """The lower bound of log p(x) in nats, `(batch,)`, with one draw of the code."""
    mean, log_variance = net.encoder.distribution(x)
    code = mean + noise * (0.5 * log_variance).exp()
    right = -binary_cross_entropy_with_logits(net.decoder.logits(code), x, reduction="none").sum((1, 2, 3))
    divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1)
    return right - divergence


@torch.no_grad()
def judge(net: DigitCodes, digits: DigitSet) -> tuple[float, float]:
    """The bound in nats, and the mean squared error of a digit's reconstruction, a pixel."""
    x, _ = as_tensors(digits)
    noise = torch.randn(len(x), *net.decoder.code_shape, generator=torch.Generator().manual_seed(SEED))
    again = net.decoder(net.encoder(x))
    return bound(net, x, noise).mean().item(), (again - x).square().mean().item()


def train(training: DigitSet, validation: DigitSet) -> DigitCodes:
    """The weights of the epoch with the highest bound on `validation`."""
    torch.manual_seed(SEED)
    net = DigitCodes()
    x, _ = as_tensors(training)
    steps = EPOCHS * (len(x) // BATCH)
    optimizer = torch.optim.Adam(net.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    best, highest = copy.deepcopy(net.state_dict()), -float("inf")
    for epoch in range(EPOCHS):
        started = time.monotonic()
        for chosen in torch.randperm(len(x))[: len(x) // BATCH * BATCH].view(-1, BATCH):
            loss = -bound(net, x[chosen], torch.randn(BATCH, *net.decoder.code_shape)).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        value, error = judge(net, validation)
        if value > highest:
            best, highest = copy.deepcopy(net.state_dict()), value
        seconds = time.monotonic() - started
        say(f"epoch {epoch + 1}: validation bound {value:.2f} nats, error {error:.5f}, {seconds:.1f} s")
    net.load_state_dict(best)
    return net.eval()


def main(folder: str) -> None:
    """Train, report, write."""
    torch.use_deterministic_algorithms(True)
    training, validation, held_out = split(read_package(Path(folder)))
    net = train(training, validation)
    for name, digits in {"training": training, "validation": validation, "held-out": held_out}.items():
        value, error = judge(net, digits)
        say(f"{name}: bound {value:.2f} nats, squared error {error:.5f} a pixel, of {len(digits)} digits")
    write(WEIGHTS, save({name: value.contiguous() for name, value in net.state_dict().items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
