"""The line of Python that makes a comparison again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lrpwidgets.explain.code import given, literal

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation


def of_model(question: Mapping[str, Any], context: Mapping[str, Any], view: Mapping[str, str]) -> str:
    """`lw.compare(model, x, ...)`: `question` as it was asked, `context` on input and output, `view` already code."""
    methods, targets = question["methods"], question["targets"]
    if isinstance(methods, Mapping):
        named = keywords(methods)
    else:
        named = repr([methods] if isinstance(methods, str) else list(methods))
    words = {}
    if isinstance(targets, (list, tuple, range)):
        words["targets"] = f"[{', '.join(map(literal, targets))}]"
    elif not (isinstance(targets, str) and targets == "top"):
        words["targets"] = literal(targets)
    if question["minus"] is not None:
        words["minus"] = literal(question["minus"])
    described = dict(
        given(*(context.get(name) for name in ("labels", "input", "input_range", "of", "output")))
    )
    return _call(f"model, x, {named}", {**words, **described, **view})


def of_explanations(explanations: Sequence[Explanation | None], view: Mapping[str, str]) -> str:
    """`lw.compare([lw.explain(...), ...])`."""
    return _call(f"[{', '.join(one.code for one in explanations if one is not None)}]", view)


def keywords(named: Mapping[str, Any]) -> str:
    """A mapping of names to names, presets or keywords."""
    parts = []
    for name, spec in named.items():
        if isinstance(spec, Mapping):
            inner = ", ".join(f"{word!r}: {literal(value)}" for word, value in spec.items())
            parts.append(f"{name!r}: {{{inner}}}")
        else:
            parts.append(f"{name!r}: {literal(spec)}")
    return "{" + ", ".join(parts) + "}"


def _call(first: str, words: Mapping[str, str]) -> str:
    rest = "".join(f", {name}={value}" for name, value in words.items())
    return f"import lrpwidgets as lw\n\nlw.compare({first}{rest})"
