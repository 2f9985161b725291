"""Reading a `SequenceDomain` from a file that nobody has to trust."""

from __future__ import annotations

from lrpwidgets.domains.sequence import SequenceDomain
from lrpwidgets.errors import FileFormatError, InputError, unknown

KEYS = ("kind", "alphabet", "start", "zero", "axes", "frame", "note")
LONGEST_NOTE = 1000


def parse(data: object) -> SequenceDomain:
    """The domain in `data`; `FileFormatError` for an entry that is missing, unknown or of the wrong type."""
    if not isinstance(data, dict):
        raise FileFormatError(f"a sequence domain must be a JSON object, not {type(data).__name__}.")
    for key in data:
        if key not in KEYS:
            raise FileFormatError(unknown("entry of a sequence domain", key, KEYS))
    for key in KEYS:
        if key not in data:
            raise FileFormatError(f"the sequence domain has no entry {key!r}.")
    if data["kind"] != SequenceDomain.kind:
        raise FileFormatError(unknown("kind of domain", data["kind"], [SequenceDomain.kind]))
    axes, note = data["axes"], data["note"]
    if not isinstance(axes, list) or not all(isinstance(axis, str) for axis in axes):
        raise FileFormatError("the domain's axes must be a list of two names.")
    if note is not None and not (isinstance(note, str) and len(note) <= LONGEST_NOTE):
        raise FileFormatError(f"the domain's note must be text of at most {LONGEST_NOTE} characters.")
    try:
        return SequenceDomain(data["alphabet"], data["start"], data["zero"], tuple(axes), data["frame"], note)
    except InputError as error:
        raise FileFormatError(f"the sequence domain is not usable: {error}") from error
