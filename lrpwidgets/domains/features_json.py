"""Reading a `FeaturesDomain` from a file that nobody has to trust."""

from __future__ import annotations

import math
from typing import Any

from lrpwidgets.domains.features import LONGEST_NAME, MOST_FEATURES, MOST_GROUPS, FeaturesDomain
from lrpwidgets.errors import FileFormatError, InputError, unknown

NUMBERS = ("mean", "std", "low", "high")
KEYS = ("kind", "names", "units", *NUMBERS, "groups", "note")
LONGEST_NOTE = 1000


def parse(data: object) -> FeaturesDomain:
    """The domain in `data`; `FileFormatError` for an entry that is missing, unknown or of the wrong type."""
    if not isinstance(data, dict):
        raise FileFormatError(f"a domain of features must be a JSON object, not {type(data).__name__}.")
    for key in data:
        if key not in KEYS:
            raise FileFormatError(unknown("entry of a domain of features", key, KEYS))
    for key in KEYS:
        if key not in data:
            raise FileFormatError(f"the domain of features has no entry {key!r}.")
    if data["kind"] != FeaturesDomain.kind:
        raise FileFormatError(unknown("kind of domain", data["kind"], [FeaturesDomain.kind]))
    names = _texts("names", data["names"])
    note = data["note"]
    if note is not None and not (isinstance(note, str) and len(note) <= LONGEST_NOTE):
        raise FileFormatError(f"the domain's note must be text of at most {LONGEST_NOTE} characters.")
    try:
        return FeaturesDomain(
            names=names,
            units=_texts("units", data["units"]),
            **{what: _numbers(what, data[what]) for what in NUMBERS},
            divisions=tuple(
                (name, tuple((group, _texts(group, members)) for group, members in _pairs(groups)))
                for name, groups in _pairs(data["groups"])
            ),
            note=note,
        )
    except InputError as error:
        raise FileFormatError(f"the domain of features is not usable: {error}") from error


def _texts(what: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_FEATURES:
        raise FileFormatError(f"the features' {what} must be a list of at most {MOST_FEATURES} texts.")
    for one in value:
        if not isinstance(one, str) or len(one) > LONGEST_NAME:
            raise FileFormatError(f"the features' {what} must be texts of at most {LONGEST_NAME} characters.")
    return tuple(value)


def _pairs(value: object) -> list[tuple[str, Any]]:
    """Of [[name, ...], ...]."""
    if not isinstance(value, list) or len(value) > MOST_GROUPS:
        raise FileFormatError(f"groups of features must be a list of at most {MOST_GROUPS} pairs.")
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], str):
            raise FileFormatError("a group of features must be a pair of a name and a list.")
    return [(name, members) for name, members in value]


def _numbers(what: str, value: object) -> tuple[float, ...] | None:
    """Finite numbers; true and false are none."""
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > MOST_FEATURES:
        raise FileFormatError(
            f"the features' {what} must be a list of at most {MOST_FEATURES} numbers, or null."
        )
    for number in value:
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not _finite(number):
            raise FileFormatError(f"the features' {what} must hold finite numbers.")
    return tuple(float(number) for number in value)


def _finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # an integer beyond any float
        return False
