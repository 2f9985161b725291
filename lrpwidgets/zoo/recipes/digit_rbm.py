"""Fits the Gaussian RBM of digits and makes `digit_rbm.safetensors`: half a minute on one CPU core.

Get the digits as in `recipes/mnist.py` and run `python -m lrpwidgets.zoo.recipes.digit_rbm package`. Seeds are fixed,
as in `recipes/digits.py`, and the digits are divided as there: nothing of the held-out ones enters.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from lrpwidgets.explain.rbm import GaussianRBM
from lrpwidgets.zoo.digit_density import WEIGHTS
from lrpwidgets.zoo.recipes.digits import as_tensors
from lrpwidgets.zoo.recipes.mnist import DigitSet, read_package, split
from lrpwidgets.zoo.recipes.output import say, write

SEED = 20
HIDDEN = 100
SIGMA = 0.3


def reconstructed(machine: GaussianRBM, x: Tensor) -> Tensor:
    """The mean of x given the hidden units' probabilities given x."""
    hidden = torch.sigmoid(x.flatten(1) @ machine.weights.T + machine.bias)
    return (machine.mean + machine.variance * (hidden @ machine.weights)).reshape(x.shape)


def fit(training: DigitSet) -> GaussianRBM:
    """Ten rounds of contrastive divergence a step, twenty times over the digits."""
    steps = 20 * (len(training) // 100)
    return GaussianRBM.fit(as_tensors(training)[0], HIDDEN, sigma=SIGMA, steps=steps, seed=SEED)


def main(folder: str) -> None:
    """Fit, report, write."""
    training, validation, held_out = split(read_package(Path(folder)))
    machine = fit(training)
    for name, digits in {"training": training, "validation": validation, "held-out": held_out}.items():
        x, _ = as_tensors(digits)
        error = (reconstructed(machine, x) - x).square().mean().item()
        density = machine.log_density(x).mean().item()
        say(
            f"{name}: log p + log Z {density:.1f} nats, squared error {error:.5f} a pixel, of {len(digits)} digits"
        )
    parts = {name: getattr(machine, name).contiguous() for name in ("weights", "bias", "mean", "variance")}
    write(WEIGHTS, save(parts))


if __name__ == "__main__":
    main(*sys.argv[1:])
