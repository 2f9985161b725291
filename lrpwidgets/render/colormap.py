"""Colour maps: 255 sRGB colours, index 127 is relevance 0 and neutral, red for, blue against."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.errors import InputError, unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENTRIES = 255
CENTRE = 127
_FILE = Path(__file__).parent / "colormaps.json"


@cache
def _table() -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return table


def names() -> tuple[str, ...]:
    """Names of the colour maps, the default first."""
    return tuple(_table())


def doc(name: str) -> str:
    """What a colour map is for, in one line."""
    _check(name)
    return _table()[name]["doc"]


@cache
def colors(name: str) -> NDArray[np.uint8]:
    """The colours of a map, uint8 `(255, 3)`, read-only. `InputError` for an unknown name."""
    _check(name)
    flat = np.frombuffer(bytes.fromhex(_table()[name]["colors"]), np.uint8)
    return flat.reshape(ENTRIES, 3)


def index(v: NDArray[np.float64]) -> NDArray[np.intp]:
    """Which colour stands for v = clip(R / L, -1, 1): floor(127 + 127 v + 0.5)."""
    return np.floor(CENTRE + CENTRE * v + 0.5).astype(np.intp)


def _check(name: str) -> None:
    if name not in _table():
        raise InputError(unknown("colour map", name, _table()))
