"""Five freely licensed photos to explain, with their credits. Read with numpy alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.zoo.files import read_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

ARRAYS = "photos.npz"


@dataclass(frozen=True, eq=False, repr=False)
class Photo:
    """A photo and whom to thank for it. `lw.explain` and `lw.explore` take it as it is.

    `pixels` is uint8 `(height, width, 3)`, red, green, blue, and cannot be written to.
    """

    title: str
    pixels: NDArray[np.uint8]
    credit: str
    licence: str
    source: str

    def __repr__(self) -> str:
        height, width = self.pixels.shape[:2]
        return f"Photo({self.title!r}, {height} x {width} pixels, {self.credit}, {self.licence})"


# name in the file: title, credit, licence, source
CREDITS = {
    "chelsea": (
        "Chelsea the cat",
        "Stefan van der Walt",
        "CC0",
        "scikit-image, data.chelsea",
    ),
    "coffee": (
        "Cup of coffee",
        "Rachel Michetti, courtesy of Pikolo Espresso Bar",
        "CC0",
        "scikit-image, data.coffee",
    ),
    "camera": (
        "Photographer with a tripod",
        "Lav Varshney",
        "CC0",
        "scikit-image, data.camera",
    ),
    "rocket": (
        "Falcon 9 rocket",
        "SpaceX",
        "public domain",
        "scikit-image, data.rocket; flickr.com/photos/spacexphotos/16511594820",
    ),
    # No class of ImageNet is an astronaut: what does a network see when it has no right answer?
    "astronaut": (
        "Astronaut Eileen Collins",
        "NASA",
        "public domain",
        "scikit-image, data.astronaut; NASA Great Images, flic.kr/p/r9qvLn",
    ),
}


def photos() -> tuple[Photo, ...]:
    """Five photos: a cat, a cup of coffee, a photographer, a rocket and an astronaut.

    Squares of 240 to 320 pixels. Raises `FileFormatError` if the file in the installation is not the
    published one.

    >>> photos()[0]
    Photo('Chelsea the cat', 300 x 300 pixels, Stefan van der Walt, CC0)
    """
    stored = read_arrays(ARRAYS)
    found = []
    for name, (title, credit, licence, source) in CREDITS.items():
        pixels = from_differences(stored[name])
        pixels.flags.writeable = False
        found.append(Photo(title, pixels, credit, licence, source))
    return tuple(found)


def to_differences(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pixels `(height, width, 3)` as differences, modulo 256, that compress to two thirds.

    Red and blue are taken relative to green, then each pixel relative to the one on its left. The result
    is `(3, height, width)`: one colour plane after the other, as like stands best beside like.
    """
    colour = pixels.copy()
    colour[..., 0] -= pixels[..., 1]
    colour[..., 2] -= pixels[..., 1]
    colour[:, 1:] = np.diff(colour, axis=1)
    return np.ascontiguousarray(colour.transpose(2, 0, 1))


def from_differences(differences: NDArray[Any]) -> NDArray[np.uint8]:
    """The pixels `(height, width, 3)` that `to_differences` took: nothing is lost."""
    pixels = np.ascontiguousarray(np.cumsum(differences, axis=2, dtype=np.uint8).transpose(1, 2, 0))
    pixels[..., 0] += pixels[..., 1]
    pixels[..., 2] += pixels[..., 1]
    return pixels
