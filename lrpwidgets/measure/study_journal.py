"""A study on disk: a header that says what was asked, and a line for every answer.

`study.json` holds the header, `journal.jsonl` the answers. A line is on the disk when `append` returns. A process that
is killed while it writes leaves half a line at the end, which is cut off.
"""

from __future__ import annotations

import importlib
import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import FileFormatError, InputError
from .fingerprint import differences
from .study_plan import Answer

HEADER, JOURNAL = "study.json", "journal.jsonl"
_FORMAT = {"format": "lrpwidgets study", "version": 1}


class Journal:
    """Answers, `kept` from before by (item, method); without a folder they are kept in memory only."""

    def __init__(
        self, file: BinaryIO | None, kept: dict[tuple[int, str], Answer], notes: tuple[str, ...] = ()
    ) -> None:
        self._file, self.kept, self.notes = file, kept, notes

    def append(self, answer: Answer) -> None:
        """Write the answer down; it is on the disk when this returns."""
        if self._file is not None:
            line = json.dumps(to_json(answer), allow_nan=False) + "\n"
            self._file.write(line.encode())
            _to_disk(self._file)


@contextmanager
def opened(folder: str | os.PathLike[str] | None, header: Mapping[str, Any]) -> Iterator[Journal]:
    """The journal of a study with this header: begun, or gone on with.

    Raises `InputError` where the folder holds another study (what differs is said) or somebody is writing to it, and
    `FileFormatError` where it holds something else.
    """
    if folder is None:
        yield Journal(None, {})
        return
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    with (place / JOURNAL).open("a+b", buffering=0) as file:
        _lock(file, place)
        notes = _compared(place, dict(header), file)
        yield Journal(file, _read(file, place / JOURNAL, header), notes)


def _compared(place: Path, header: dict[str, Any], file: BinaryIO) -> tuple[str, ...]:
    """Write the header down, or compare it with what is there; notes on what may differ."""
    path = place / HEADER
    if not path.exists():
        if file.seek(0, os.SEEK_END):
            raise FileFormatError(
                f"{place / JOURNAL} has no {HEADER} beside it, so what it answers is unknown"
            )
        half = path.with_suffix(".half")
        with half.open("wb") as out:
            out.write(json.dumps({**_FORMAT, **header}, indent=1).encode())
            _to_disk(out)
        half.replace(path)
        _folder_to_disk(place)
        return ()
    try:
        found = json.loads(path.read_text("utf-8"))
        if not isinstance(found, dict):
            raise TypeError
        kind = {name: found.pop(name, None) for name in _FORMAT}
    except (ValueError, TypeError):
        raise FileFormatError(f"{path} is no header of a study: it is damaged, or something else") from None
    if kind != _FORMAT:
        raise FileFormatError(f"{path} is {kind}, and this version reads {_FORMAT}")
    new = json.loads(json.dumps(header))
    around = differences(found.pop("environment", {}), new.pop("environment", {}))
    differing = differences(found, new)
    if differing:
        more = f"\n  and {len(differing) - 5} more" if len(differing) > 5 else ""
        listed = "".join(f"\n  {line}" for line in differing[:5])
        raise InputError(
            f"{place} holds a study that asked something else, so it cannot be gone on with:{listed}{more}\n"
            "Give the same again, or another folder."
        )
    return tuple(f"gone on with under {line}: numbers may differ in the last digits" for line in around)


def _read(file: BinaryIO, path: Path, header: Mapping[str, Any]) -> dict[tuple[int, str], Answer]:
    """The answers so far; half a line at the end, or one that a crash of the machine left blank, is cut off."""
    file.seek(0)
    lines = file.read().splitlines(keepends=True)
    kept: dict[tuple[int, str], Answer] = {}
    whole = 0
    for number, line in enumerate(lines, 1):
        try:
            if not line.endswith(b"\n"):
                raise ValueError
            answer = from_json(json.loads(line))
        except (ValueError, TypeError, AttributeError, RecursionError):
            if number == len(lines):
                file.truncate(whole)
                _to_disk(file)
                break
            raise FileFormatError(
                f"line {number} of {path} is damaged; delete that line, and its item is done again"
            ) from None
        _belongs(answer, path, number, header)
        kept[answer.item, answer.method] = answer
        whole += len(line)
    return kept


def _belongs(answer: Answer, path: Path, number: int, header: Mapping[str, Any]) -> None:
    length = header.get("length")
    if answer.method not in header["settings"]["methods"] or (length is not None and answer.item >= length):
        raise FileFormatError(
            f"line {number} of {path} answers for item {answer.item} and method {answer.method!r}, which this study "
            "does not have"
        )


def to_json(answer: Answer) -> dict[str, Any]:
    """An answer as JSON; numbers that JSON does not have are their names."""
    return {
        "item": answer.item,
        "method": answer.method,
        "truth": answer.truth,
        "target": answer.target,
        "values": {
            name: value if math.isfinite(value) else repr(value) for name, value in answer.values.items()
        },
        "errors": dict(answer.errors),
        "input": answer.input,
    }


def from_json(data: Any) -> Answer:
    """The answer that `to_json` wrote. Raises `ValueError` or `TypeError` for anything else."""
    if not isinstance(data, dict) or set(data) != set(to_json(Answer(0, ""))):
        raise ValueError
    found = replace(Answer(**data), kept=True)
    numbers = all(
        isinstance(value, float) or value in ("nan", "inf", "-inf") for value in found.values.values()
    )
    texts = [*found.errors.values(), found.method]
    optional = (found.target, found.input)
    if (
        not numbers
        or type(found.item) is not int
        or found.item < 0
        or not all(isinstance(text, str) for text in texts)
        or not all(text is None or isinstance(text, str) for text in optional)
        or not isinstance(found.truth, (int, str, type(None)))
    ):
        raise ValueError
    return replace(found, values={name: float(value) for name, value in found.values.items()})


def _lock(file: BinaryIO, place: Path) -> None:
    """Keep other processes off until the file is closed, where the system can."""
    try:
        fcntl: Any = importlib.import_module("fcntl")
    except ImportError:  # not on Windows
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(
            f"another study is writing to {place} at this moment; wait for it, or stop it"
        ) from None
    except OSError:  # not on this file system
        return


def _to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _folder_to_disk(place: Path) -> None:
    """A new name in a folder outlives a crash once the folder itself is on the disk."""
    if os.name == "posix":
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
