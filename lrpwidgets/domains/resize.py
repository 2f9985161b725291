"""Bringing a photo to the size a model expects: scale until it covers, cut out the centre."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def cover_and_crop(picture: NDArray[np.float64], size: tuple[int, int] | None) -> NDArray[np.float64]:
    """`picture` `(height, width, channel)` in levels 0..255 at `size` `(height, width)`; None: as it is.

    The scale is the smallest at which the picture covers `size`, so that for a square the shorter side fits.
    Bilinear with antialiasing. Levels are rounded to whole numbers, so that the picture which is shown is
    exactly the one the model saw.
    """
    if size is None or picture.shape[:2] == size:
        return picture
    import torch
    from torch.nn.functional import interpolate

    height, width = picture.shape[:2]
    scale = max(size[0] / height, size[1] / width)
    covering = (max(size[0], round(height * scale)), max(size[1], round(width * scale)))
    planes = torch.from_numpy(np.array(picture.transpose(2, 0, 1)))[None]
    scaled = interpolate(planes, size=covering, mode="bilinear", align_corners=False, antialias=True)
    top, left = (covering[0] - size[0]) // 2, (covering[1] - size[1]) // 2
    cut = scaled[0, :, top : top + size[0], left : left + size[1]].numpy().transpose(1, 2, 0)
    level: NDArray[np.float64] = np.floor(np.clip(cut, 0, 255) + 0.5)
    return level
