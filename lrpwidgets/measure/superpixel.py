"""Regions that follow what is seen: superpixels of the explained pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..errors import InputError
from ..explain.explanation import Explanation
from .integers import is_whole, whole
from .libraries import library
from .regions import Labels


def superpixels(
    explanation: Explanation, pieces: int = 50, *, compactness: float = 10.0, sigma: float = 0.0
) -> Labels:
    """Each picture cut into about `pieces` connected regions of similar colour, by SLIC (Achanta et al. 2012).

    Computed on the picture as people see it (through the explanation's domain; else on the input, each channel scaled
    to 0..1). compactness: nearness against likeness of colour, larger is squarer; sigma: smoothing before, in pixels.
    The same picture gives the same pieces. Needs scikit-image.
    """
    return Labels(
        segments(explanation.input, explanation.domain, pieces, compactness=compactness, sigma=sigma)
    )


def segments(
    x: Tensor, domain: Any, pieces: int = 50, *, compactness: float = 10.0, sigma: float = 0.0
) -> NDArray[np.int64]:
    """The label map of :func:`superpixels` for a model's input, (batch, 1, height, width)."""
    x = x.detach().cpu()
    if x.dim() != 4:
        raise InputError(
            f"superpixels are of images (batch, channel, height, width), not of an input of shape {tuple(x.shape)}"
        )
    height, width = x.shape[2:]
    if not is_whole(pieces) or not 1 <= pieces <= height * width:
        raise InputError(f"pieces must be from 1 to {height * width}, the number of pixels, not {pieces!r}")
    segmentation = library("skimage.segmentation", "superpixels")
    if hasattr(domain, "decode"):
        pictures = domain.decode(x).astype(np.float64) / 255
    else:
        low, high = x.amin((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)
        scaled = (x - low).double() / (high - low).double().clamp(min=1e-12)
        pictures = scaled.permute(0, 2, 3, 1).numpy()
    maps = [
        segmentation.slic(
            picture,
            n_segments=whole(pieces),
            compactness=compactness,
            sigma=sigma,
            start_label=0,
            channel_axis=-1,
            convert2lab=picture.shape[-1] == 3,
        )
        for picture in pictures
    ]
    return np.stack(maps)[:, None]
