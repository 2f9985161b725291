"""What the rule view shows of a trace: its layers, the rules they use and may use, the ledger, as plain data."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from lrpwidgets.errors import PresetError, RuleError
from lrpwidgets.explain import session
from lrpwidgets.explain.first_layer import is_first
from lrpwidgets.explain.operations import OPERATIONS
from lrpwidgets.explain.operations.activations import ELEMENTWISE, WITHOUT_RULE
from lrpwidgets.explain.presets import PRESETS, Preset
from lrpwidgets.explain.rules import RULES, Pass, Rule
from lrpwidgets.explain.rules.parameters import parameters
from lrpwidgets.explain.setup import GROUPS, SHARED, entries
from lrpwidgets.widgets.equations import EQUATIONS, mathml

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.explain.node import Node
    from lrpwidgets.explain.presets import Assignment
    from lrpwidgets.explain.trace import Trace

FIRST = tuple(name for name, rule in RULES.items() if getattr(rule, "gives_relevance", False))
# `Signal` is for a product that its author knows of: presets name it, menus do not.
OFFERED = {name: rule for name, rule in RULES.items() if name != "Signal"}
ANYWHERE = tuple(name for name, rule in OFFERED.items() if getattr(rule, "anywhere", False))
WEIGHTS = tuple(name for name in OFFERED if name not in FIRST and name != "Pass")


def assignment(trace: Trace, preset: Preset) -> Assignment:
    """Which rule runs where. Raises for a rule that cannot stand where the preset puts it."""
    found = trace.assignment(preset)
    for node, rule in found:
        if isinstance(rule, Pass):
            raise RuleError(
                f"Pass at {node.where}: a layer with weights mixes its inputs; give it another rule, or name "
                "modules without weights"
            )
    return found


def layers(trace: Trace, found: Assignment) -> list[dict[str, Any]]:
    """Every call of a module, and layers outside of any, with the rule that `found` gives them."""
    rules: dict[str, list[str]] = {}
    kinds: dict[str, dict[str, Any]] = {}
    source = trace._whole.source
    for node, rule in found:
        rules.setdefault(node.path, []).append(str(rule))
        first = is_first(node, trace._whole.nodes, source)
        kinds[node.path] = {
            "group": "first" if first else f"{found.layers.layers[node].kind}",
            "legal": [*WEIGHTS, *(FIRST if first else ())],
            "data": _numbers(rule),
        }
    for node, rule in found.own.items():
        rules.setdefault(node.path, []).append(str(rule))
        kinds.setdefault(node.path, {"data": _numbers(rule)})
    calls = [(one.path, one.kind, one.shape) for one in session.layers(trace, None)]
    known = {path for path, *_ in calls}
    calls += [(path, "layer", None) for path in rules if path not in known]
    inside: dict[str, list[Node]] = {}
    for node in trace._whole.nodes:
        inside.setdefault(node.path, []).append(node)
    plain = {"group": "", "data": None}
    return [
        {
            "path": path,
            "kind": kind,
            "shape": "" if shape is None else " \u00d7 ".join(map(str, shape[1:])),
            "rule": ", ".join(dict.fromkeys(rules.get(path, ()))),
            "weights": "group" in kinds.get(path, {}),
            **plain,
            "legal": _anywhere(inside.get(path, [])),
            **kinds.get(path, {}),
        }
        for path, kind, shape in calls
    ]


def _anywhere(nodes: list[Node]) -> list[str]:
    """The rules that hold for operations without weights: of a module that calls none itself, none."""
    return [name for name in ANYWHERE if nodes and (name != "Pass" or all(map(_element_by_element, nodes)))]


def _element_by_element(node: Node) -> bool:
    """Whether `Pass` holds there."""
    entry = OPERATIONS.get(node.op)
    if entry is not None and (entry.moves or node.op == "relu" or node.op in ELEMENTWISE):
        return True
    same = len(node.operands) == 1 and node.operands[0].shape == node.outputs[0].shape
    return same and (entry is None or node.op in WITHOUT_RULE)


def account(explanation: Explanation) -> dict[str, Any]:
    """The ledger as the browser draws it."""
    ledger = explanation.ledger
    rows = [asdict(row) for row in ledger.rows]
    return {"start": ledger.start, "end": ledger.end, "rows": rows, "samples": len(explanation)}


def forms() -> list[dict[str, Any]]:
    """Every rule: its parameters, its equation, where it was published."""
    return [
        {
            "name": name,
            "doc": (rule.__doc__ or "").strip().splitlines()[0],
            "parameters": [
                {
                    "name": each.name,
                    "type": each.type,
                    "default": each.default,
                    "doc": each.doc,
                    "low": each.low if each.low > -1e308 else None,
                    "above": each.above,
                    "tied": list(each.tied) if each.tied else None,
                }
                for each in parameters(rule)
            ],
            "equation": mathml(name),
            "source": EQUATIONS[name].source,
            "note": EQUATIONS[name].note,
        }
        for name, rule in OFFERED.items()
    ]


def differences(preset: Preset, base: Preset | None) -> list[dict[str, Any]]:
    """What of a preset is not as in `base`: where, and which rule."""
    found = []
    if base is not None:
        for where, name in GROUPS.items():
            one, other = getattr(preset, name), getattr(base, name)
            if _data(one) != _data(other):
                found.append(_change(where, one))
    return [*found, *(_change(where, rule) for where, rule in entries(preset).items())]


def _change(where: str, rule: Rule | str | None) -> dict[str, Any]:
    if isinstance(rule, Rule):
        return {"where": where, "rule": str(rule), "data": _numbers(rule)}
    return {"where": where, "rule": "none of its own" if rule is None else "zB, or w^2", "data": None}


def setup(preset: Preset, base: Preset | None) -> dict[str, Any]:
    """The menus above the layers: which preset, and what it says of operations without weights."""
    return {
        "preset": preset.name,
        "base": None if base is None else base.name,
        "doc": (preset if base is None else base).doc,
        "presets": [{"name": one.name, "doc": one.doc} for one in PRESETS.values()],
        **{name: getattr(preset, name) for name in SHARED},
        "changes": differences(preset, base),
    }


def choose_shared(name: object, value: object, choices: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """One of the menus, checked."""
    if name not in choices or value not in choices[str(name)]:
        raise PresetError(f"{name!r} cannot be {value!r}; there are {choices}")
    return {str(name): str(value)}


def _numbers(rule: Rule) -> dict[str, Any]:
    """A rule's name and those of its parameters that are one number for all variables."""
    found: dict[str, Any] = {"rule": type(rule).__name__}
    for each in parameters(type(rule)):
        value = getattr(rule, each.name)
        if hasattr(value, "tolist") and value.min() == value.max():
            value = float(value.min())
        if isinstance(value, (int, float)):
            found[each.name] = value
    return found


def _data(rule: Rule | str | None) -> Any:
    return rule.to_json() if isinstance(rule, Rule) else rule
