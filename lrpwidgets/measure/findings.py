"""What was found in a model against a recommendation of the paper, and the table of all that."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

SEVERITIES = ("note", "advice", "warning")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a recommendation of the paper is about, where it is in the model, and what to do.

    `severity` is "note" (good to know), "advice" (maps may be worse than they could be) or "warning" (the map answers
    another question than it seems to).
    """

    topic: str
    section: str
    severity: str
    where: tuple[str, ...]
    found: str
    do: str


class Advice(list[Finding]):
    """Findings, the gravest first; printed as a table."""

    def __repr__(self) -> str:
        if not self:
            return "nothing found against sections 6.1 and 6.2: start with rules='deep-taylor'"
        width = max(len(one.topic) for one in self)
        lines = [f"{'topic':{width}}  {'section':7}  {'severity':8}  found / what to do"]
        indent = " " * (width + 21)
        for one in self:
            head = f"{one.topic:{width}}  {one.section:7}  {one.severity:8}  "
            lines += textwrap.wrap(one.found, 110, initial_indent=head, subsequent_indent=indent)
            lines += textwrap.wrap(
                one.do, 110, initial_indent=f"{indent}-> ", subsequent_indent=f"{indent}   "
            )
        return "\n".join(lines)
