"""500 real MNIST digits, 50 of each, that the digit net has never seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.zoo.files import read_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

ARRAYS = "mnist_500.npz"


@dataclass(frozen=True, eq=False, repr=False)
class Digit:
    """A handwritten digit. `pixels` is uint8 `(28, 28)`, 0 is black background, and cannot be written to."""

    title: str
    pixels: NDArray[np.uint8]
    label: int

    def __repr__(self) -> str:
        return f"Digit({self.title!r}, label={self.label})"


def mnist() -> tuple[Digit, ...]:
    """500 held-out MNIST digits, 50 of each class, in the order 0, 1, ... 9, 0, 1, ...

    Neither the training nor the validation of `lw.zoo.digits()` has seen them. MNIST: Yann LeCun, Corinna
    Cortes, Christopher Burges, CC BY-SA 3.0. Raises `FileFormatError` if
    the file in the installation is not the published one.

    >>> mnist()[3]
    Digit('digit 3, no. 1 of 50', label=3)
    """
    stored = read_arrays(ARRAYS)
    found = []
    for k, (pixels, label) in enumerate(zip(stored["pixels"], stored["labels"].tolist(), strict=True)):
        pixels.flags.writeable = False
        found.append(Digit(f"digit {label}, no. {k // 10 + 1} of 50", pixels, label))
    return tuple(found)
