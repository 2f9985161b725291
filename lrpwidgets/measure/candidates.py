"""The presets that a choice of rules is made from: named ones, one's own, or rules combined by group of layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

from ..errors import PresetError
from ..explain.presets import Preset, choose
from ..explain.rules import Rule
from ..explain.setup import GROUPS


def presets(candidates: Any, base: str | Preset = "deep-taylor") -> dict[str, Preset]:
    """The candidates by name, each a preset.

    candidates: a mapping of groups of layers ("first", "convolutions", "dense", or module paths with * and ?) to a rule
    or several, of which every combination is one; or presets' names, presets, rules (for every layer but the first),
    and mappings of module paths to rules. What a candidate does not say is as in `base`.
    Raises `PresetError`.
    """
    below = choose(base)
    if isinstance(candidates, Mapping):
        found = [_combined(choice, below) for choice in product(*_choices(candidates))]
    else:
        several = isinstance(candidates, Iterable) and not isinstance(candidates, str)
        found = [_single(one, below) for one in (candidates if several else [candidates])]
    by_name = {one.name: one for one in found}
    if not by_name:
        raise PresetError(
            "there is no candidate; e.g. ['deep-taylor', 'epsilon'], or {'convolutions': [lw.ZPlus(), lw.Gamma(0.25)]}"
        )
    if len(by_name) < len(found):
        names = [one.name for one in found]
        again = next(name for name in names if names.count(name) > 1)
        raise PresetError(
            f"two candidates are called {again!r}; give lw.preset(..., name=) to tell them apart"
        )
    return by_name


def _choices(groups: Mapping[Any, Any]) -> list[list[tuple[str, Any]]]:
    """For each group its rules, with the group's name."""
    found = []
    for group, given in groups.items():
        if not isinstance(group, str):
            raise PresetError(f"a group of layers is {', '.join(GROUPS)} or a module path, not {group!r}")
        rules = list(given) if isinstance(given, (list, tuple)) else [given]
        if not rules:
            raise PresetError(f"group {group!r} has no rule to choose from")
        for rule in rules:
            if not (isinstance(rule, Rule) or (group == "first" and rule in ("box", None))):
                raise PresetError(
                    f"group {group!r}: {rule!r} is no rule; give rules such as lw.Epsilon(1e-6)"
                    + (", 'box' or None" if group == "first" else "")
                )
        found.append([(group, rule) for rule in rules])
    return found


def _combined(choice: tuple[tuple[str, Any], ...], base: Preset) -> Preset:
    fields = {GROUPS[group]: rule for group, rule in choice if group in GROUPS}
    paths = tuple((group, rule) for group, rule in choice if group not in GROUPS)
    return replace(
        base,
        name=", ".join(f"{group} {rule}" for group, rule in choice) or base.name,
        doc=f"{base.name} with other rules",
        layers=(*base.layers, *paths),
        **fields,
    )


def _single(one: Any, base: Preset) -> Preset:
    if isinstance(one, Rule):
        doc = f"{base.name} with {one} in every layer but the first"
        return replace(base, name=str(one), doc=doc, convolution=one, dense=one, layers=())
    if isinstance(one, Mapping):
        named = ", ".join(f"{path} {rule}" for path, rule in one.items())
        return replace(
            base, name=named, doc=f"{base.name} with other rules", layers=(*base.layers, *one.items())
        )
    return choose(one)
