"""The Python that makes a view of prototypes, and each prototype that was kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lrpwidgets.explain.code import literal
from lrpwidgets.explain.targets import Hidden

DEFAULTS = {"count": None, "diversity": 0.0, "eta": 0.0}
OWN = ("labels", "near", "start", "output", "input_range")  # go by the names of the user's variables


def view(question: dict[str, Any], given: Any, fixed: dict[str, Any]) -> str:
    """``lw.prototypes(...)``, where `given` were the experts."""
    experts = "" if given is None else ", experts" if _several(given) else ", expert"
    return (
        f"lw.prototypes(model, {_spelt('target', question['target'])}{experts}{_keywords(question, fixed)})"
    )


def found(question: dict[str, Any], expert: str, fixed: dict[str, Any], number: int) -> str:
    """The record whose last frame has this number; of the first one, a record that begins with it."""
    asked = {**question, "steps": max(1, number)}
    frame = "" if number else ".frames[0]"
    return (
        f"lw.prototype(model, {_spelt('target', question['target'])}{expert}{_keywords(asked, fixed)}){frame}"
    )


def swept(question: dict[str, Any], expert: str, fixed: dict[str, Any], weights: list[float]) -> str:
    """The record of the last of these weights of a sweep."""
    target, keywords = _spelt("target", question["target"]), _keywords(question, {**fixed, "weight": None})
    of = f"{expert or ', None'}, {literal(weights)}"
    return f"lw.prototype_sweep(model, {target}{of}{keywords}).prototypes[{len(weights) - 1}]"


def expert(given: Any, name: str, names: list[str]) -> str:
    """One of the experts as an argument."""
    if given is None:
        return ""
    if not _several(given):
        return ", expert"
    return f", experts[{name!r}]" if isinstance(given, Mapping) else f", experts[{names.index(name)}]"


def _several(given: Any) -> bool:
    return isinstance(given, (Mapping, list, tuple))


def _keywords(question: dict[str, Any], fixed: dict[str, Any]) -> str:
    """What was asked, without what is asked anyway."""
    asked = {key: value for key, value in question.items() if key not in DEFAULTS or value != DEFAULTS[key]}
    return "".join(
        f", {key}={_spelt(key, value)}"
        for key, value in {**asked, **fixed}.items()
        if value is not None and key != "target"
    )


def _spelt(name: str, value: Any) -> str:
    """Python for a setting; tensors, long lists and what is the user's own go by their keyword's name."""
    if name == "input":
        return str(getattr(value, "code", name))
    if name in OWN or (callable(value) and not isinstance(value, Hidden)):
        return name
    return literal(value)
