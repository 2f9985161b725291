"""Explanations on disk: pictures, a page, and `.lrp.json`, which brings everything back."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from lrpwidgets.errors import FileFormatError, InputError, unknown
from lrpwidgets.render import html, png, reading, svg
from lrpwidgets.render.figure import Figure, compose, figure
from lrpwidgets.render.payload import PAGE, dumps, payload

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation

LARGEST_FILE = 2**30  # bytes
JSON_SUFFIX = ".lrp.json"


def _png(explanation: Explanation, **options: Any) -> bytes:
    return png.encode(compose(figure(explanation, **options)))


def _svg(explanation: Explanation, **options: Any) -> bytes:
    return svg.document(explanation, **options).encode("utf-8")


def _html(explanation: Explanation, *, regions: Any = None, **options: Any) -> bytes:
    return html.page(explanation, regions=regions, **options).encode("utf-8")


def _json(explanation: Explanation, *, regions: Any = None, **options: Any) -> bytes:
    data = payload(explanation, budget=PAGE, with_exact=True, **options)
    return dumps(data if regions is None else data | {"regions": regions}).encode("ascii")


WRITERS: dict[str, Callable[..., bytes]] = {
    ".png": _png,
    ".svg": _svg,
    ".html": _html,
    JSON_SUFFIX: _json,
}


def save(explanation: Explanation, path: str | os.PathLike[str], **options: Any) -> Path:
    """Writes an explanation to `path` in the form that its ending names, and returns the path.

    .png and .svg: the picture of one sample with its colour bar and caption. .html: one interactive page
    that needs no network. .lrp.json: everything, bit for bit; `load` reads it.
    options: those of `View` (layout, opacity, limit, cmap, ...), and for pictures theme="light" or "dark".
    The file is complete or unchanged: it is written beside `path` and then put in its place.
    Raises `InputError` for another ending, an unknown option or a folder that is not there.
    """
    target = Path(path)
    for suffix, write in WRITERS.items():
        if target.name.lower().endswith(suffix):
            replace_file(target, write(explanation, **options))
            return target
    raise InputError(f"{unknown('file ending', target.suffix, WRITERS)} The path was {str(target)!r}.")


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Writes a figure that was already made to a .png or .svg, as `save` does."""
    target = Path(path)
    if target.suffix.lower() == ".png":
        replace_file(target, png.encode(compose(figure)))
    elif target.suffix.lower() == ".svg":
        replace_file(target, svg.write(figure).encode("utf-8"))
    else:
        raise InputError(
            f"{unknown('file ending', target.suffix, ('.png', '.svg'))} The path was {str(target)!r}."
        )
    return target


def load(path: str | os.PathLike[str]) -> Explanation:
    """The explanation in a `.lrp.json` file, equal in every bit to the one that was saved.

    The file may come from anybody: `FileFormatError` says what is wrong with it.
    """
    source = Path(path)
    data = _read(source)
    try:
        return reading.explanation(data)
    except FileFormatError as error:
        raise FileFormatError(f"{str(source)!r}: {error}") from error


def load_regions(path: str | os.PathLike[str]) -> tuple[Explanation, list[Any]]:
    """The explanation in a `.lrp.json` file and the regions that lie in it, unchecked; none if there are none."""
    explanation, regions = load(path), _read(Path(path)).get("regions")
    return explanation, regions if isinstance(regions, list) else []


def _read(source: Path) -> Any:
    """What the JSON of a file holds."""
    if not source.name.lower().endswith(JSON_SUFFIX):
        raise InputError(f"load reads {JSON_SUFFIX} files; {str(source)!r} is none.")
    try:
        if source.stat().st_size > LARGEST_FILE:
            raise FileFormatError(f"{str(source)!r} is larger than {LARGEST_FILE >> 20} MiB.")
        raw = source.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"there is no file {str(source)!r}.") from error
    try:
        data = json.loads(raw.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise FileFormatError(f"{str(source)!r} is not JSON: {str(error)[:200]}.") from error
    return data


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")


def replace_file(target: Path, content: bytes) -> None:
    """Puts `content` where `target` is, all or nothing: whatever was there stays until the last moment."""
    final = Path(os.path.realpath(target))  # a link keeps pointing where it pointed
    if not final.parent.is_dir():
        raise InputError(f"the folder {str(final.parent)!r} does not exist: create it first.")
    beside = final.with_name(f".{final.name}.{secrets.token_hex(6)}")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(final)
    finally:
        beside.unlink(missing_ok=True)
