"""The workbench's state as one JSON object: written as plain data, read as what anybody may have written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lrpwidgets.errors import FileFormatError, InputError, LrpError, PresetError, unknown
from lrpwidgets.explain.presets import Preset, choose
from lrpwidgets.explain.rules import RULES, Rule
from lrpwidgets.render.view import View as Options

LARGEST = 2**20  # bytes of a file; what is asked fits into a few hundred


def plain(state: Mapping[str, Any]) -> dict[str, Any]:
    """`state` as JSON has it; `InputError` names what JSON cannot hold."""
    rules = state["rules"]
    return {
        name: rules_to_json(rules) if name == "rules" else _plain(name, value)
        for name, value in state.items()
    }


def _plain(name: str, value: Any) -> Any:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        raise InputError(
            f"the state cannot hold {name}={value!r}: a callable or a tensor has no JSON. Take a class or a number."
        ) from None
    return value


def write(state: Mapping[str, Any], path: str | Path) -> Path:
    """Write what `plain` gave; the same state gives the same bytes."""
    path = Path(path)
    path.write_text(json.dumps(state, indent=1, allow_nan=False, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def read(given: Any, names: Iterable[str]) -> dict[str, Any]:
    """A state from a mapping or a file, with no other keys than `names`; values are checked where they are set.

    Raises `FileFormatError` for a file that is no JSON object, `InputError` for an unknown key and for options of
    the heat map that it does not take, `PresetError` for rules.
    """
    state = _load(given) if isinstance(given, (str, Path)) else given
    if not isinstance(state, Mapping):
        raise InputError(
            f"a state is a dict, or the path of a file that holds one, not {type(state).__name__}."
        )
    for name in state:
        if name not in names:
            raise InputError(f"state: {unknown('entry', name, sorted(names))}")
    shown = {name: state[name] for name in state if name in Options.__dataclass_fields__}
    try:
        Options.of(shown)
    except TypeError as error:
        raise InputError(f"state: the heat map does not take {shown!r}: {error}") from None
    rules = state.get("rules")
    return dict(state) | ({"rules": rules_from_json(rules)} if isinstance(rules, Mapping) else {})


def _load(path: str | Path) -> Any:
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise FileFormatError(f"{path} has {size} bytes; the state of a workbench has at most {LARGEST}.")
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
    except OSError as error:
        raise InputError(f"the state {str(path)!r} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, LrpError):
            raise
        raise FileFormatError(f"{path} is no JSON: {str(error)[:200]}.") from None


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON")


def rules_to_json(rules: Any) -> Any:
    """A preset by its name if it has one here, else all its rules."""
    if isinstance(rules, str):
        return rules
    return choose(rules).to_json()


def rules_from_json(data: Mapping[str, Any]) -> Any:
    """What `rules_to_json` made of a preset, or rules by module path as a user's own dict has them."""
    if all(isinstance(rule, Rule) for rule in data.values()):
        return data
    known = ("name", "convolution", "dense", "first", "add", "pooling", "layers", "start", "response")
    for name in known:
        if name not in data:
            raise PresetError(f"state: the rules have no entry {name!r}; a preset has {', '.join(known)}")
    for name in data:
        if name not in known:
            raise PresetError(f"state: {unknown('entry of the rules', name, known)}")
    first, layers, places = data["first"], data["layers"], {}
    for name in ("name", "add", "pooling", "start", "response"):
        if not isinstance(data[name], str):
            raise PresetError(f"state: {name} of the rules must be text, not {data[name]!r}")
        places[name] = data[name]
    if not isinstance(layers, list) or not all(isinstance(row, list) and len(row) == 2 for row in layers):
        raise PresetError("state: layers of the rules must be a list of [module path, rule]")
    return Preset(
        doc="rules of a saved state",
        convolution=_rule(data["convolution"]),
        dense=_rule(data["dense"]),
        first=_rule(first) if isinstance(first, Mapping) else first,
        layers=tuple((str(pattern), _rule(rule)) for pattern, rule in layers),
        **places,
    )


def _rule(data: Any) -> Rule:
    if not isinstance(data, Mapping) or not isinstance(data.get("rule"), str):
        raise PresetError(f"state: a rule is {{'rule': name, parameters}}, not {data!r}")
    name = data["rule"]
    if name not in RULES:
        raise PresetError(f"state: {unknown('rule', name, RULES)}")
    try:
        return RULES[name](**{key: value for key, value in data.items() if key != "rule"})
    except LrpError:
        raise
    except (TypeError, ValueError, RuntimeError) as error:  # what the rule's parameters are made of
        raise PresetError(f"state: rule {name!r}: {error}") from None
