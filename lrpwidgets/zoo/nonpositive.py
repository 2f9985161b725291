"""Biases that cannot become positive (section 6.1 of the tutorial), whatever the optimizer does.

    b = -softplus(raw) = -log(1 + exp(raw)) <= 0

With b <= 0 an input of zero activates nothing, a ReLU unit has a root point on the way to zero, and the
deep Taylor rules rest on the theory they were derived from (section 5.2).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus
from torch.nn.utils import parametrize

LARGEST_START = -0.01  # where a bias starts that was set to more: near zero, with a gradient to move it


class NonPositive(nn.Module):
    """Parametrization b = -softplus(raw): smooth, with a gradient everywhere, so that no bias gets stuck.

    For `torch.nn.utils.parametrize.register_parametrization(layer, "bias", NonPositive())`.
    """

    def forward(self, raw: Tensor) -> Tensor:
        """The bias, same shape, never above zero."""
        return -softplus(raw)

    def right_inverse(self, bias: Tensor) -> Tensor:
        """The `raw` that gives `bias`; a bias above -0.01 gives -0.01."""
        size = bias.clamp(max=LARGEST_START).neg()
        return size + torch.log(-torch.expm1(-size))


def hold_biases_nonpositive(model: nn.Module) -> nn.Module:
    """Hold the bias of every layer in `model` that has one at or below zero, from now on. Returns `model`.

    A bias that has a parametrization already is left as it is.
    """
    for layer in list(model.modules()):
        if isinstance(getattr(layer, "bias", None), nn.Parameter):  # a parametrized one is a plain tensor
            parametrize.register_parametrization(layer, "bias", NonPositive())
    return model
