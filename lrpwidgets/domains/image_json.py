"""Reading an `ImageDomain` from a file that nobody has to trust."""

from __future__ import annotations

import math

from lrpwidgets.domains.image import CHANNEL_NAMES, ImageDomain
from lrpwidgets.errors import FileFormatError, InputError, unknown

KEYS = ("kind", "channel_names", "mean", "std", "order", "range", "size", "note")
LONGEST_NOTE = 1000


def parse(data: object) -> ImageDomain:
    """The domain in `data`; `FileFormatError` for an entry that is missing, unknown or of the wrong type."""
    if not isinstance(data, dict):
        raise FileFormatError(f"an image domain must be a JSON object, not {type(data).__name__}.")
    for key in data:
        if key not in KEYS:
            raise FileFormatError(unknown("entry of an image domain", key, KEYS))
    for key in KEYS:
        if key not in data:
            raise FileFormatError(f"the image domain has no entry {key!r}.")
    if data["kind"] != ImageDomain.kind:
        raise FileFormatError(unknown("kind of domain", data["kind"], [ImageDomain.kind]))
    order = data["order"]
    if not isinstance(order, str) or order not in CHANNEL_NAMES:
        raise FileFormatError(unknown("channel order", order, CHANNEL_NAMES))
    if data["channel_names"] != list(CHANNEL_NAMES[order]):
        raise FileFormatError(f"the channel names do not belong to the channel order {order!r}.")
    note = data["note"]
    if note is not None and not (isinstance(note, str) and len(note) <= LONGEST_NOTE):
        raise FileFormatError(f"the domain's note must be text of at most {LONGEST_NOTE} characters.")
    size = None if data["size"] is None else _numbers("size", data["size"], 2)
    if size is not None and not all(isinstance(side, int) for side in size):
        raise FileFormatError("the domain's size must be whole pixels.")
    count = len(CHANNEL_NAMES[order])
    mean, std = _numbers("mean", data["mean"], count), _numbers("std", data["std"], count)
    ends = _numbers("range", data["range"], 2)
    try:
        return ImageDomain(
            mean=tuple(float(value) for value in mean),
            std=tuple(float(value) for value in std),
            order=order,
            range=(float(ends[0]), float(ends[1])),
            size=None if size is None else (int(size[0]), int(size[1])),
            note=note,
        )
    except InputError as error:
        raise FileFormatError(f"the image domain is not usable: {error}") from error


def _numbers(name: str, value: object, count: int) -> list[int | float]:
    """Exactly `count` finite numbers; true and false are not numbers."""
    if not isinstance(value, list) or len(value) != count:
        raise FileFormatError(f"the domain's {name} must be a list of {count} numbers.")
    for number in value:
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not _finite(number):
            raise FileFormatError(f"the domain's {name} must hold finite numbers.")
    return list(value)


def _finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # an integer beyond any float
        return False
