"""A density of MNIST digits, the expert of section 3.2 of the tutorial."""

from __future__ import annotations

from lrpwidgets.explain.rbm import GaussianRBM
from lrpwidgets.zoo.files import read_weights

WEIGHTS = "digit_rbm.safetensors"


def digit_rbm() -> GaussianRBM:
    """A Gaussian RBM with 100 hidden units, fitted to real MNIST digits (batch, 1, 28, 28) in [0, 1], on the CPU.

    Every call reads the weights anew. Raises `FileFormatError` if the weights in the installation are not the
    published ones.
    """
    stored = read_weights(WEIGHTS)
    return GaussianRBM(**stored, shape=(1, 28, 28))
