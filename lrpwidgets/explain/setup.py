"""A preset as Python and as plain data: changed place by place, written, and read from files nobody vouches for."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

import torch

from ..errors import LrpError, PresetError, RuleError, unknown
from .presets import PRESETS, Preset
from .rules import Rule
from .rules.parameters import make

# Groups of layers that a preset tells apart, and the field that says their rule.
GROUPS = {"first": "first", "convolutions": "convolution", "dense": "dense"}
SHARED = ("pooling", "add", "response")  # what a preset says of operations without weights
MOST_ENTRIES = 10_000
MOST_NUMBERS = 1_000_000  # of a tensor in a file
MOST_LETTERS = 1000


def base_of(preset: Preset) -> Preset | None:
    """The registered preset that `preset` is made from, by its name or by its rules; None: there is none."""
    if PRESETS.get(preset.name) is preset:
        return preset
    named = next((one for one in PRESETS.values() if preset.name == _changed(one.name)), None)
    return named or _alike(preset)


def _alike(preset: Preset) -> Preset | None:
    """The registered preset with the same rules for groups of layers that differs least in the rest."""
    alike = [one for one in PRESETS.values() if not one.layers and _groups(one) == _groups(preset)]
    return max(
        alike,
        key=lambda one: sum(getattr(one, name) == getattr(preset, name) for name in SHARED),
        default=None,
    )


def entries(preset: Preset) -> dict[str, Rule]:
    """The rules by module path pattern; of two for the same pattern the last, which is the one that counts."""
    found: dict[str, Rule] = {}
    for pattern, rule in preset.layers:
        found.pop(pattern, None)
        found[pattern] = rule
    return found


def change(preset: Preset, where: str, rule: Rule | None, base: Preset | None = None) -> Preset:
    """`preset` with another rule at a group of layers or a module path pattern; None: what it says without.

    `base` is the preset it goes back to (by default `base_of`). What equals a registered preset becomes that one.
    Raises `PresetError` where a group has no rule to go back to.
    """
    base = base_of(preset) if base is None else base
    if where in GROUPS:
        name = GROUPS[where]
        if rule is None and base is None:
            raise PresetError(
                f"preset {preset.name!r} is of your own making: there is no rule of {where} to go back to"
            )
        field: dict[str, Any] = {name: getattr(base, name) if rule is None else rule}
        return settled(replace(preset, **field), base)
    layers = entries(preset)
    layers.pop(where, None)
    if rule is not None:
        layers[where] = rule
    return settled(replace(preset, layers=tuple(layers.items())), base)


def settled(preset: Preset, base: Preset | None) -> Preset:
    """The registered preset if `preset` equals `base`, else one whose name says that it was changed."""
    if base is None:
        return preset
    if _content(preset) == _content(base):
        return base
    return replace(preset, name=_changed(base.name), doc=f"{base.name} with other rules")


def code(preset: Preset) -> str:
    """Python that makes the preset again, as an argument of ``rules=``.

    >>> from lrpwidgets.explain.rules import Gamma
    >>> code(change(PRESETS["epsilon"], "features.*", Gamma(0.5)))
    'lw.preset({"features.*": lw.Gamma(gamma=0.5)}, base="epsilon", name="epsilon, changed")'
    """
    if PRESETS.get(preset.name) is preset:
        return json.dumps(preset.name)
    if preset not in _written:  # every explanation asks, and a preset is frozen
        _written[preset] = _code(preset)
    return _written[preset]


_written: WeakKeyDictionary[Preset, str] = WeakKeyDictionary()


def _code(preset: Preset) -> str:
    base = base_of(preset)
    layers = ", ".join(f"{_text(pattern)}: {rule.code}" for pattern, rule in entries(preset).items())
    if base is not None and _groups(base) == _groups(preset):
        other = [
            (name, getattr(preset, name)) for name in SHARED if getattr(preset, name) != getattr(base, name)
        ]
        said = [("base", base.name), ("name", preset.name), *other]
        return f"lw.preset({{{layers}}}, {', '.join(f'{name}={_text(value)}' for name, value in said)})"
    places = [(name, getattr(preset, name)) for name in GROUPS.values()]
    said = [(name, rule.code if isinstance(rule, Rule) else _text(rule)) for name, rule in places]
    said += [(name, _text(getattr(preset, name))) for name in (*SHARED, "start")]
    said += [("layers", f"tuple({{{layers}}}.items())")] if layers else []
    made = ", ".join(f"{name}={value}" for name, value in said)
    return f"lw.Preset({_text(preset.name)}, {_text(preset.doc)}, {made})"


def from_json(data: object) -> Preset:
    """The preset that `Preset.to_json` wrote, or somebody else: everything is checked, nothing is run.

    What equals a registered preset is that one; another preset under its name is called "..., changed".
    Raises `PresetError`.
    """
    try:
        return _read(data)
    except PresetError:
        raise
    except LrpError as error:
        raise PresetError(f"this setup of rules is damaged: {error}") from None


def _read(data: object) -> Preset:
    if not isinstance(data, Mapping):
        raise PresetError(
            f"a setup of rules is a mapping as preset.to_json() gives it, not a {type(data).__name__}"
        )
    known = ("name", *GROUPS.values(), *SHARED, "layers", "start")
    for key in data:
        if key not in known:
            raise PresetError(f"setup of rules: {unknown('key', key, known)}")
    for key in ("convolution", "dense"):
        if key not in data:
            raise PresetError(f"this setup of rules says nothing of {key!r}")
    name = data.get("name", "custom")
    if not isinstance(name, str) or not name or len(name) > MOST_LETTERS:
        raise PresetError(
            f"the name of a setup is a text of at most {MOST_LETTERS} letters, not {str(name)[:80]!r}"
        )
    first = data.get("first")
    shared = {key: data[key] for key in (*SHARED, "start") if key in data}
    if not all(isinstance(value, str) for value in shared.values()):
        raise PresetError(f"in a setup {', '.join(shared)} are words, not {str(shared)[:200]}")
    preset = Preset(
        name,
        "a setup of rules of your own",
        _rule(data["convolution"]),
        _rule(data["dense"]),
        first if first in (None, "box") else _rule(first),
        layers=tuple(_layers(data.get("layers", []))),
        **shared,
    )
    same = PRESETS.get(name)
    if same is None:
        base = base_of(preset)
        return preset if base is None else replace(preset, doc=f"{base.name} with other rules")
    return same if _content(same) == _content(preset) else replace(preset, name=_changed(name))


def _layers(data: object) -> list[tuple[str, Rule]]:
    if not isinstance(data, (list, tuple)) or len(data) > MOST_ENTRIES:
        raise PresetError(f"layers of a setup are a list of at most {MOST_ENTRIES} pairs [pattern, rule]")
    found = []
    for entry in data:
        if not isinstance(entry, (list, tuple)) or len(entry) != 2 or not isinstance(entry[0], str):
            raise PresetError(f"an entry of layers is a pair [pattern, rule], not {str(entry)[:200]!r}")
        if len(entry[0]) > MOST_LETTERS:
            raise PresetError(f"a pattern has at most {MOST_LETTERS} letters, not {len(entry[0])}")
        found.append((entry[0], _rule(entry[1])))
    return found


def _rule(data: object) -> Rule:
    if not isinstance(data, Mapping) or not all(isinstance(key, str) for key in data):
        raise RuleError(
            f"a rule is a mapping such as {{'rule': 'Epsilon', 'epsilon': 1e-6}}, not {str(data)[:80]!r}"
        )
    values = {
        key: _tensor(value) if isinstance(value, list) else value
        for key, value in data.items()
        if key != "rule"
    }
    return make(data.get("rule"), values)


def _tensor(data: list[Any]) -> torch.Tensor:
    """A tensor from nested lists of numbers, all of one shape."""
    shape, part = [], data
    while isinstance(part, list):
        shape.append(len(part))
        if not part or len(shape) > 8:
            raise RuleError("a tensor in a setup is a nested list of numbers, none of them empty")
        part = part[0]
    if math.prod(shape) > MOST_NUMBERS:
        raise RuleError(f"a tensor in a setup has at most {MOST_NUMBERS} numbers, not {math.prod(shape)}")
    try:
        return torch.tensor(data, dtype=torch.float64).to(torch.get_default_dtype())
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        raise RuleError(f"a tensor in a setup is a nested list of numbers: {error}") from None


def _groups(preset: Preset) -> list[Any]:
    """What a preset says of groups of layers, and where it starts."""
    data = preset.to_json()
    return [data[name] for name in (*GROUPS.values(), "start")]


def _content(preset: Preset) -> dict[str, Any]:
    """All of it but the name."""
    return preset.to_json() | {
        "name": "",
        "layers": [[p, rule.to_json()] for p, rule in entries(preset).items()],
    }


def _changed(name: str) -> str:
    return f"{name}, changed"


def _text(value: str | None) -> str:
    return "None" if value is None else json.dumps(value, ensure_ascii=False)
