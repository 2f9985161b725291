"""Reading a `MoleculeDomain` from a file that nobody has to trust."""

from __future__ import annotations

import math
from typing import Any

from lrpwidgets.domains.molecule import MoleculeDomain
from lrpwidgets.errors import FileFormatError, InputError, unknown

KEYS = ("kind", "numbers", "positions", "elements", "note")
LONGEST_NOTE = 1000
MOST_ATOMS = 200_000  # of all molecules together


def parse(data: object) -> MoleculeDomain:
    """The domain in `data`; `FileFormatError` for an entry that is missing, unknown or of the wrong type."""
    if not isinstance(data, dict):
        raise FileFormatError(f"molecules must be a JSON object, not {type(data).__name__}.")
    for key in data:
        if key not in KEYS:
            raise FileFormatError(unknown("entry of molecules", key, KEYS))
    for key in KEYS:
        if key not in data:
            raise FileFormatError(f"the molecules have no entry {key!r}.")
    if data["kind"] != MoleculeDomain.kind:
        raise FileFormatError(unknown("kind of domain", data["kind"], [MoleculeDomain.kind]))
    note = data["note"]
    if note is not None and not (isinstance(note, str) and len(note) <= LONGEST_NOTE):
        raise FileFormatError(f"the domain's note must be text of at most {LONGEST_NOTE} characters.")
    numbers = [[_whole(number) for number in _list(each)] for each in _list(data["numbers"])]
    positions = [[_point(point) for point in _list(each)] for each in _list(data["positions"])]
    try:
        return MoleculeDomain(
            tuple(map(tuple, numbers)),
            tuple(map(tuple, positions)),
            tuple(_whole(number) for number in _list(data["elements"])),
            note,
        )
    except InputError as error:
        raise FileFormatError(f"no molecules: {error}") from error


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MOST_ATOMS:
        raise FileFormatError(f"molecules are lists of at most {MOST_ATOMS} entries.")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise FileFormatError("an atomic number must be a whole number.")
    return value


def _point(value: Any) -> tuple[float, float, float]:
    numbers = _list(value)
    if len(numbers) != 3 or not all(
        isinstance(at, (int, float)) and not isinstance(at, bool) and math.isfinite(at) for at in numbers
    ):
        raise FileFormatError("a position must be three finite numbers.")
    return float(numbers[0]), float(numbers[1]), float(numbers[2])
