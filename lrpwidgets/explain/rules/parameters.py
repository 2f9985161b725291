"""What a rule can be told: its parameters with their legal ranges, for forms and for files."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import Any

from ...errors import RuleError, unknown
from . import RULES
from .rule import Rule


@dataclass(frozen=True, slots=True)
class RuleParameter:
    """One parameter of a rule: `type` is "float", "bool" or "number or tensor".

    A number is at least `low`, or `above` it; `tied` = (name, difference) says that it is always the parameter of that
    name plus the difference.
    """

    name: str
    type: str
    default: Any
    doc: str
    low: float = -math.inf
    above: bool = False
    tied: tuple[str, float] | None = None


def parameters(rule: Callable[..., Rule]) -> tuple[RuleParameter, ...]:
    """The parameters of a rule's class, in the order of its equation.

    >>> [(each.name, each.low) for each in parameters(RULES["AlphaBeta"])]
    [('alpha', 1.0), ('beta', 0.0), ('bias', -inf)]
    """
    found = []
    for each in fields(rule):  # type: ignore[arg-type]
        if not (each.init and each.repr) or each.default is MISSING:
            continue
        said = each.metadata
        kind = "bool" if isinstance(each.default, bool) else "float"
        if "Tensor" in str(each.type):
            kind = "number or tensor"
        low = said.get("above", said.get("low", -math.inf))
        found.append(
            RuleParameter(
                each.name, kind, each.default, said.get("doc", ""), low, "above" in said, said.get("tied")
            )
        )
    return tuple(found)


def make(name: object, values: dict[str, Any]) -> Rule:
    """The rule of that name; `RuleError` for an unknown rule, an unknown parameter, or a value out of its range."""
    if not isinstance(name, str) or name not in RULES:
        raise RuleError(unknown("rule", name, RULES))
    known = {each.name: each for each in parameters(RULES[name])}
    for key, value in values.items():
        if key not in known:
            raise RuleError(f"{name}: {unknown('parameter', key, known)}")
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        fits = {"bool": isinstance(value, bool), "float": number}.get(
            known[key].type, number or hasattr(value, "tolist")
        )
        if not fits:
            raise RuleError(f"{name}: {key} must be a {known[key].type}, not {str(value)[:80]!r}")
    try:
        return RULES[name](**values)
    except (OverflowError, TypeError, ValueError) as error:
        if isinstance(error, RuleError):
            raise
        raise RuleError(f"{name}: {error}") from None
