"""Where the words and sentences of a text lie, in any script."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import groupby

Span = tuple[int, int]

# Scripts without blanks between words: each character stands for itself.
IDEOGRAPHS = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
SENTENCE_END = re.compile(
    r"[.!?\u061f\u0964\u06d4]+[\"'\u201d\u2019)\]]*(?=\s|$)|[\u3002\uff01\uff1f]+|\n\s*\n"
)


def words(text: str) -> tuple[Span, ...]:
    """(start, end) of each word: letters and digits with their marks, joined by apostrophes; an ideograph alone."""
    return tuple(found.span() for found in _pattern().finditer(text))


def sentences(text: str, spans: tuple[Span, ...]) -> tuple[int, ...]:
    """The number of the sentence that each word is in, counted from 0; sentences without a word do not count."""
    ends = [found.end() for found in SENTENCE_END.finditer(text)]
    numbers, before, at, last = [], -1, 0, -1
    for start, _ in spans:
        while at < len(ends) and ends[at] <= start:
            at += 1
        if at != last:
            before, last = before + 1, at
        numbers.append(before)
    return tuple(numbers)


@cache
def _pattern() -> re.Pattern[str]:
    """Letters, digits and the marks on them; `re` knows letters but not marks, which Arabic and Hindi write."""
    marks = [code for code in range(0x300, 0x10000) if unicodedata.category(chr(code)).startswith("M")]
    runs = (list(run) for _, run in groupby(enumerate(marks), lambda pair: pair[1] - pair[0]))
    marked = "".join(f"\\u{run[0][1]:04x}-\\u{run[-1][1]:04x}" for run in runs)
    letter = f"(?:(?![{IDEOGRAPHS}])[^\\W_]|[{marked}\u200c\u200d])"
    return re.compile(f"[{IDEOGRAPHS}]|{letter}+(?:['\u2019]{letter}+)*")
