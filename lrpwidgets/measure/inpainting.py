"""Removal by inpainting: holes are filled with what surrounds them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from .libraries import library


def inpainted(x: Tensor) -> Callable[[Tensor], Tensor]:
    """A function of `removed`, bool and broadcasting to `x`, that carries what is left on smoothly into the holes.

    Biharmonic: in a hole the Laplacian of the Laplacian is zero, with the values around it, within the range of what is
    left. A channel of which nothing is left gets its mean. `x` (batch, channel, ...) has one or more axes of positions.
    A hole of n positions costs a sparse system of n equations for each sample. Needs scikit-image.
    """
    if x.dim() < 3:
        raise InputError(
            f'removal="inpaint" needs positions with neighbours; the input of shape {tuple(x.shape)} has none'
        )
    restoration = library("skimage.restoration", 'removal="inpaint"')
    known = x.detach().cpu().double().numpy()

    def fill(removed: Tensor) -> Tensor:
        holes = removed.detach().cpu().expand(x.shape).numpy()
        found = known.copy()
        for sample, channel in zip(*np.nonzero(holes.reshape(*holes.shape[:2], -1).any(-1)), strict=True):
            here, hole = known[sample, channel], holes[sample, channel]
            if hole.all():
                found[sample, channel] = here.mean()
            else:
                found[sample, channel][hole] = restoration.inpaint_biharmonic(here, hole)[hole]
        return torch.where(removed, torch.as_tensor(found).to(x), x)

    return fill
