"""The house style of docstrings as Markdown: what is indented is code, `name: text` lines are parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

Link = Callable[[str], str | None]

_CODE = re.compile(r"(?::\w+:)?(``.+?``|`[^`]+`)")
_MORE = r"(?: \([^)]*\))?"  # "patch (default 8)"
ANY = r"[a-z]\w*"
_EXAMPLE = ">>> "


def markdown(text: str, parameters: Collection[str] | None = (), link: Link = lambda _: None) -> str:
    """A docstring as Markdown.

    parameters: names that may begin a line; None: any, of a function that hands options on.
    link: the target that a name in backquotes has, if it has one.
    """
    blocks = re.split(r"\n\s*\n", text.replace("::\n", ":\n").strip("\n"))
    return "\n\n".join(_block(block.split("\n"), parameters, link) for block in blocks)


def _block(lines: list[str], parameters: Collection[str] | None, link: Link) -> str:
    if lines[0].startswith(_EXAMPLE):
        return "\n".join(["```python", *lines, "```"])
    if lines[0].startswith("    "):
        return "\n".join(["```text", *(line[4:] if line[:4].isspace() else line for line in lines), "```"])
    begins, found, told = _item(parameters), [], False
    for line in _joined(lines, begins):
        match = begins.match(line) if begins else None
        if match or line.startswith("- "):
            names = (
                re.sub(r"(\w+)(?=,|$| \()", r"**\1**", match[1]).replace("_", r"\_") + ": " if match else ""
            )
            found.append(
                f"{'' if told else chr(10)}- {names}{inline(line[match.end() if match else 2 :], link)}"
            )
            told = True
        else:
            found.append(("  " if told else "") + inline(line.strip(), link))
    return "\n".join(found).strip("\n")


def _item(parameters: Collection[str] | None) -> re.Pattern[str] | None:
    """What begins a line about parameters: "x: ", or "patch (default 8), regions: "."""
    if parameters is not None and not parameters:
        return None
    name = (ANY if parameters is None else f"(?:{'|'.join(map(re.escape, parameters))})") + _MORE
    return re.compile(f"({name}(?:, {name})*): ")


def _joined(lines: list[str], begins: re.Pattern[str] | None) -> list[str]:
    """The lines, a list of names that runs over the end of a line made one."""
    found: list[str] = []
    for line in lines:
        before = found[-1] if found else ""
        if begins and before.endswith(",") and begins.match(before[:-1] + ": ") and begins.match(line):
            found[-1] = f"{before} {line}"
        else:
            found.append(line)
    return found


def inline(text: str, link: Link) -> str:
    """Text with its code spans and roles; everything else means itself."""
    pieces, at = [], 0
    for match in _CODE.finditer(text):
        pieces.append(_plain(text[at : match.start()]))
        pieces.append(_code(match[1].strip("`"), link))
        at = match.end()
    return "".join([*pieces, _plain(text[at:])])


def _plain(text: str) -> str:
    return re.sub(r"([\\*_<>\[\]$|`#])", r"\\\1", text)


def _code(name: str, link: Link) -> str:
    """A name from a role (`~a.b.C`, shown as `C`) or a piece of code, linked where it has a place on the site."""
    shown = name.rpartition(".")[2] if name.startswith("~") else name
    target = link(name.lstrip("~"))
    return f"{{py:obj}}`{shown} <{target}>`" if target else f"`{shown}`"
