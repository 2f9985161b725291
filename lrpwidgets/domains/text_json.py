"""Reading a `TextDomain` from a file that nobody has to trust."""

from __future__ import annotations

from typing import Any

from lrpwidgets.domains.reading import Reading
from lrpwidgets.domains.text import TextDomain
from lrpwidgets.errors import FileFormatError, unknown

KEYS = ("kind", "vocabulary", "bag", "lowercase", "padding", "unknown", "length", "note", "texts")
MOST_WORDS = 2**20  # of a vocabulary, or of one text
LONGEST = 2**24  # characters of a text; no token id or column is as large
LONGEST_NOTE = 1000


def parse(data: object) -> TextDomain:
    """The domain in `data`; `FileFormatError` for an entry that is missing, unknown or of the wrong type."""
    entries = _with_keys(data, KEYS, "a text domain")
    if entries["kind"] != TextDomain.kind:
        raise FileFormatError(unknown("kind of domain", entries["kind"], [TextDomain.kind]))
    vocabulary = _list(entries["vocabulary"], "vocabulary", MOST_WORDS)
    if not all(isinstance(word, str) for word in vocabulary):
        raise FileFormatError("the vocabulary of a text domain must hold words.")
    for name in ("bag", "lowercase"):
        if not isinstance(entries[name], bool):
            raise FileFormatError(f"{name} of a text domain must be true or false.")
    for name in ("unknown", "length"):
        if entries[name] is not None:
            _whole(entries[name], name)
    note = entries["note"]
    if note is not None and not (isinstance(note, str) and len(note) <= LONGEST_NOTE):
        raise FileFormatError(f"the domain's note must be text of at most {LONGEST_NOTE} characters.")
    return TextDomain(
        vocabulary=tuple(vocabulary),
        bag=entries["bag"],
        lowercase=entries["lowercase"],
        padding=_whole(entries["padding"], "padding"),
        unknown=entries["unknown"],
        length=entries["length"],
        texts=tuple(_reading(one) for one in _list(entries["texts"], "texts", MOST_WORDS)),
        note=note,
    )


def _reading(data: object) -> Reading:
    """A text whose words lie in it one after another, and whose pairs name words of it."""
    entries = _with_keys(data, ("text", "words", "pairs"), "a text")
    text = entries["text"]
    if not isinstance(text, str) or len(text) > LONGEST:
        raise FileFormatError(f"a text must be a string of at most {LONGEST} characters.")
    words = tuple(_pair(one, "words") for one in _list(entries["words"], "words", MOST_WORDS))
    before = 0
    for start, end in words:
        if not before <= start < end <= len(text):
            raise FileFormatError(
                f"the words of a text must lie in it one after another, not at {start} to {end}."
            )
        before = end
    pairs = tuple(_pair(one, "pairs") for one in _list(entries["pairs"], "pairs", MOST_WORDS))
    if any(word >= len(words) for _, word in pairs):
        raise FileFormatError(f"the pairs of a text name a word beyond the last of {len(words)}.")
    return Reading(text, words, pairs)


def _with_keys(data: object, keys: tuple[str, ...], what: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise FileFormatError(f"{what} must be a JSON object, not {type(data).__name__}.")
    for key in data:
        if key not in keys:
            raise FileFormatError(unknown(f"entry of {what}", key, keys))
    for key in keys:
        if key not in data:
            raise FileFormatError(f"{what} has no entry {key!r}.")
    return data


def _list(value: object, name: str, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise FileFormatError(f"{name} of a text domain must be a list of at most {most} entries.")
    return value


def _pair(value: object, name: str) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2:
        raise FileFormatError(f"{name} of a text must be pairs of whole numbers.")
    return _whole(value[0], name), _whole(value[1], name)


def _whole(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LONGEST:
        raise FileFormatError(f"{name} of a text domain must be whole numbers from 0 to {LONGEST}.")
    return value
