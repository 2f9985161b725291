"""Reading a `SignalDomain` from a file that nobody has to trust."""

from __future__ import annotations

import math

from lrpwidgets.domains.signal import LONGEST_NAME, MOST_CHANNELS, SignalDomain
from lrpwidgets.errors import FileFormatError, InputError, unknown

KEYS = ("kind", "channels", "rate", "unit", "start", "positions", "montage", "note")
LONGEST_NOTE = 1000


def parse(data: object) -> SignalDomain:
    """The domain in `data`; `FileFormatError` for an entry that is missing, unknown or of the wrong type."""
    if not isinstance(data, dict):
        raise FileFormatError(f"a signal domain must be a JSON object, not {type(data).__name__}.")
    for key in data:
        if key not in KEYS:
            raise FileFormatError(unknown("entry of a signal domain", key, KEYS))
    for key in KEYS:
        if key not in data:
            raise FileFormatError(f"the signal domain has no entry {key!r}.")
    if data["kind"] != SignalDomain.kind:
        raise FileFormatError(unknown("kind of domain", data["kind"], [SignalDomain.kind]))
    channels = data["channels"]
    if not isinstance(channels, list) or not 1 <= len(channels) <= MOST_CHANNELS:
        raise FileFormatError(f"the signal's channels must be a list of 1 to {MOST_CHANNELS} names.")
    names = tuple(_text("name of a channel", name, LONGEST_NAME) for name in channels)
    positions = data["positions"]
    if positions is not None:
        if not isinstance(positions, list) or len(positions) != len(names):
            raise FileFormatError(f"the signal's positions must be a list of {len(names)} pairs, or null.")
        if not all(isinstance(point, list) and len(point) == 2 for point in positions):
            raise FileFormatError("a position must be a pair of numbers.")
    try:
        return SignalDomain(
            channels=names,
            rate=_number("rate", data["rate"]),
            unit=_text("unit", data["unit"], LONGEST_NAME),
            start=_number("start", data["start"]),
            positions=None
            if positions is None
            else tuple((_number("position", x), _number("position", y)) for x, y in positions),
            montage=None if data["montage"] is None else _text("montage", data["montage"], LONGEST_NAME),
            note=None if data["note"] is None else _text("note", data["note"], LONGEST_NOTE),
        )
    except InputError as error:
        raise FileFormatError(f"the signal domain is not usable: {error}") from error


def _text(what: str, value: object, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise FileFormatError(f"the signal's {what} must be text of at most {longest} characters.")
    return value


def _number(what: str, value: object) -> float:
    """A finite number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise FileFormatError(f"the signal's {what} must be a number.")
    try:
        number = float(value)
    except OverflowError:  # an integer beyond any float
        number = math.inf
    if not math.isfinite(number):
        raise FileFormatError(f"the signal's {what} must be finite.")
    return number
