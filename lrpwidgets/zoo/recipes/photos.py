"""Makes `photos.npz` from the photos that come with scikit-image 0.26.0.

Run `python -m lrpwidgets.zoo.recipes.photos` with scikit-image and Pillow installed.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from lrpwidgets.zoo.photo import ARRAYS, CREDITS, to_differences
from lrpwidgets.zoo.recipes.output import write

LARGEST = 320  # pixels a side: enough for the 224 to 299 that ImageNet networks take

# left, top, side of the square that is kept; the rest of a photo would be cut off by preprocessing anyway
SQUARES = {
    "chelsea": (75, 0, 300),
    "coffee": (100, 0, 400),
    "camera": (0, 0, 512),
    "rocket": (204, 17, 271),  # the tip and one tower; in the whole picture the towers win
    "astronaut": (0, 0, 512),
}


def square(name: str) -> NDArray[np.uint8]:
    """The kept square of scikit-image's photo `name`, `(side, side, 3)`, at most `LARGEST` a side."""
    left, top, side = SQUARES[name]
    picture = Image.fromarray(getattr(data, name)()).convert("RGB")
    cut = picture.crop((left, top, left + side, top + side))
    if side > LARGEST:
        cut = cut.resize((LARGEST, LARGEST), Image.Resampling.LANCZOS)
    return np.asarray(cut)


def main() -> None:
    """Cut, compress, write."""
    file = io.BytesIO()
    np.savez_compressed(file, **{name: to_differences(square(name)) for name in CREDITS})
    write(ARRAYS, file.getvalue())


if __name__ == "__main__":
    main()
