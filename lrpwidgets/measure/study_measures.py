"""What a study can measure of one explanation: a registry of functions that give a number, or several by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ..errors import InputError, MethodError, unknown
from ..explain.explanation import Explanation
from .continuity_of_maps import Noise, Variation, continuity, local_lipschitz, max_sensitivity
from .flips import flip, flip_steps
from .localisation import mass_accuracy, pointing_game, rank_accuracy
from .pooled import finite, object_context
from .sparsity import gini


@dataclass(frozen=True, eq=False)
class Asked:
    """One explanation of one input, and how it was asked for.

    `how` are explain's keywords of the method, None where a map came from a function; `given` those that say what the
    input and the output are. `target` is the class that was explained. `seed` is this measure's for this item,
    `seconds` what the explanation took.
    """

    model: nn.Module
    x: Any
    item: int
    method: str
    explanation: Explanation
    how: Mapping[str, Any] | None
    given: Mapping[str, Any]
    target: Any
    seed: int
    seconds: float


def _score(asked: Asked) -> float:
    return float(asked.explanation.score)


def _total(asked: Asked) -> float:
    return float(finite(asked.explanation).double().sum())


def _conservation(asked: Asked) -> float:
    """sum_i R_i / f; NaN where f is 0."""
    score = _score(asked)
    return _total(asked) / score if score else float("nan")


def _sparsity(asked: Asked) -> float:
    return float(gini(asked.explanation.relevance))


def _flipping(asked: Asked, **settings: Any) -> dict[str, float]:
    """Areas under and over the curve of `flip`; `settings` are its own."""
    how: Any = asked.how
    if not settings.get("recompute"):
        how = asked.explanation.relevance  # which is known already
    elif how is None:
        raise MethodError(f"the map of {asked.method!r} comes from a function, and recompute=True asks again")
    keywords = {"target": asked.target, "seed": asked.seed, **asked.given, **settings}
    found = flip(asked.model, asked.x, {asked.method: how}, **keywords)
    if not found.complete:
        raise KeyboardInterrupt  # half a curve is no result
    curve = found[asked.method]
    return {"auc": float(curve.auc[0]), "area_over": float(curve.area_over[0])}


def _varying(measure: Callable[..., Variation], noise: Noise) -> Callable[..., float]:
    """How much maps vary between neighbours, by default over `noise` with the item's own seed."""

    def vary(
        asked: Asked,
        *,
        near: Any = None,
        sigma: float = noise.sigma,
        draws: int = noise.draws,
        batch: int = 64,
        **settings: Any,
    ) -> float:
        if asked.how is None:
            raise MethodError(
                f"the map of {asked.method!r} comes from a function, which cannot be asked again"
            )
        near = Noise(sigma, draws, asked.seed, noise.ball) if near is None else near
        how = {"target": asked.target, **asked.given, **asked.how, **settings}
        return measure(asked.model, asked.x, near, batch=batch, **how).strongest

    return vary


def _object(asked: Asked, *, region: Any) -> dict[str, float]:
    found = object_context(asked.explanation, _region(asked, region))
    return {name: float(getattr(found, name)) for name in ("object", "context", "share", "ratio")}


def _localised(measure: Callable[..., torch.Tensor]) -> Callable[..., float]:
    def locate(asked: Asked, *, region: Any, **settings: Any) -> float:
        return float(measure(asked.explanation, _region(asked, region), **settings))

    return locate


def _region(asked: Asked, region: Any) -> Any:
    """The item's own region, where a function of its number gives it."""
    return region(asked.item) if callable(region) else region


# Name -> function of (asked, **parameters).
MEASURES: dict[str, Callable[..., Any]] = {
    "score": _score,
    "total": _total,
    "conservation": _conservation,
    "sparsity": _sparsity,
    "flipping": _flipping,
    "continuity": _varying(continuity, Noise()),
    "local-lipschitz": _varying(local_lipschitz, Noise()),
    "max-sensitivity": _varying(max_sensitivity, Noise(0.02, draws=10, ball=True)),
    "object": _object,
    "mass-accuracy": _localised(mass_accuracy),
    "rank-accuracy": _localised(rank_accuracy),
    "pointing-game": _localised(pointing_game),
    "time": lambda asked: asked.seconds,
}

_OF_FLIP = {
    name
    for name in inspect.signature(flip_steps).parameters
    if name not in ("model", "x", "methods", "target", "labels", "input", "input_range", "of", "output")
}
_OF_NEAR = {"near", "sigma", "draws", "batch"}
_TAKES: dict[str, set[str]] = {
    "flipping": _OF_FLIP,
    "continuity": _OF_NEAR | {"unit"},
    "local-lipschitz": _OF_NEAR | {"unit"},
    "max-sensitivity": _OF_NEAR,
    "mass-accuracy": {"region", "absolute"},
    "rank-accuracy": {"region", "absolute"},
    "pointing-game": {"region", "absolute", "weighted"},
}


_ACCEPTED = (
    "a study takes names of measures, functions of (model, x, explanation), or a mapping of names to these or to "
    "parameters: {'coarse': {'measure': 'flipping', 'patch': 7}}"
)


@dataclass(frozen=True)
class Measure:
    """What is measured: a name in `MEASURES`, or a user's function of (model, x, explanation); with `parameters`."""

    kind: str | Callable[..., Any]
    parameters: Mapping[str, Any]

    def __call__(self, name: str, asked: Asked) -> dict[str, float]:
        """The numbers by name: `name` for one, "name.key" for several."""
        if isinstance(self.kind, str):
            found = MEASURES[self.kind](asked, **self.parameters)
        else:
            number = {"item": asked.item} if _asks_for_item(self.kind) else {}
            found = self.kind(asked.model, asked.x, asked.explanation, **{**number, **self.parameters})
        if not isinstance(found, Mapping):
            return {name: _number(name, found)}
        return {f"{name}.{key}": _number(f"{name}.{key}", value) for key, value in found.items()}


def _asks_for_item(function: Callable[..., Any]) -> bool:
    """Whether a user's function has, behind (model, x, explanation), a parameter `item` without a default."""
    try:
        behind = list(inspect.signature(function).parameters.values())[3:]
    except (TypeError, ValueError):  # not every callable knows its parameters
        return False
    return any(one.name == "item" and one.default is one.empty for one in behind)


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        raise InputError(
            f"measure {name!r} gave a {type(value).__name__}, not one number or a mapping of names to numbers"
        ) from None


def measures_by_name(given: Any) -> dict[str, Measure]:
    """The measures: a name, a function, several of these, or a mapping of names to what is measured."""
    if isinstance(given, str) or callable(given):
        given = [given]
    if not isinstance(given, Mapping):
        if not isinstance(given, Iterable):
            raise InputError(f"measures is a {type(given).__name__}; {_ACCEPTED}")
        pairs = [(_own_name(item), item) for item in given]
        names = [name for name, _ in pairs]
        for name in names:
            if not name or name == "<lambda>" or names.count(name) > 1:
                raise InputError(
                    f"measures need names that differ, and {name!r} is none; give {{'my measure': ...}}"
                )
        given = dict(pairs)
    if not given:
        raise InputError(f"no measure is given; there are {', '.join(MEASURES)}, or a function of yours")
    found = {str(name): _measure(str(name), spec) for name, spec in given.items()}
    for name in found:
        below = [other for other in found if other.startswith(f"{name}.")]
        if below:
            raise InputError(
                f"measure {below[0]!r} could be a part of measure {name!r}; give it another name"
            )
    return found


def _own_name(item: Any) -> str:
    """What an element of a list of measures is called; "" for a function without a name."""
    if isinstance(item, str):
        return item
    if not callable(item):
        raise InputError(f"a list of measures has a {type(item).__name__} in it; {_ACCEPTED}")
    return getattr(item, "__name__", "")


def _measure(name: str, spec: Any) -> Measure:
    """`spec` is a name, a function, or parameters, which may hold the name or the function as `measure`."""
    parameters = dict(spec) if isinstance(spec, Mapping) else {}
    kind = parameters.pop("measure", name) if isinstance(spec, Mapping) else spec
    if callable(kind):
        return Measure(kind, parameters)
    if not isinstance(kind, str):
        raise InputError(f"measure {name!r} is a {type(kind).__name__}; {_ACCEPTED}")
    if kind not in MEASURES:
        raise InputError(
            f"{unknown('measure', kind, MEASURES)} Or a function of (model, x, explanation) that gives a number."
        )
    signature = inspect.signature(MEASURES[kind]).parameters.values()
    takes = _TAKES.get(kind) or {one.name for one in signature if one.kind is one.KEYWORD_ONLY}
    for parameter in parameters:
        if parameter not in takes:
            raise InputError(f"measure {name!r}: {unknown('parameter', parameter, sorted(takes))}")
    for one in signature:
        if one.kind is one.KEYWORD_ONLY and one.default is one.empty and one.name not in parameters:
            raise InputError(
                f"measure {name!r} needs {one.name}=: a region, or a function of an item's number that gives its own"
            )
    return Measure(kind, parameters)
