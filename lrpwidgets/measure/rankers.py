"""What orders the regions: a method of explanation, a map or a function of the user's, chance, or a given order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from ..errors import InputError, MethodError, unknown
from ..explain.api import explain
from ..explain.methods import METHODS
from ..explain.presets import PRESETS
from ..explain.tokens import split, without
from .scored import Scored

RANDOM = "random"
Rank = Callable[[Tensor, Tensor], Tensor]


def named(methods: Any) -> dict[str, Any]:
    """The methods by name: one or several names, or a mapping of names to what orders the regions."""
    if isinstance(methods, str):
        methods = [methods]
    if isinstance(methods, Mapping):
        found = {str(name): spec for name, spec in methods.items()}
    else:
        found = {}
        for item in methods if isinstance(methods, (list, tuple)) else [methods]:
            if not isinstance(item, str):
                raise MethodError(
                    f"a {type(item).__name__} has no name; give methods as {{'my method': ...}}"
                )
            if item in found:
                raise MethodError(f"method {item!r} is given twice; name them in a mapping")
            found[item] = item
    if not found:
        raise MethodError("no method is given; e.g. methods=['lrp', 'sensitivity', 'random']")
    for name, spec in found.items():
        if isinstance(spec, str) and spec != RANDOM and spec not in METHODS and spec not in PRESETS:
            raise MethodError(unknown("method", spec, [*METHODS, *PRESETS, RANDOM]))
        if isinstance(spec, Mapping) and {"target", "minus"} & set(spec):
            raise MethodError(f"method {name!r}: the target is that of the flipping; leave it out")
    return found


def rank(name: str, spec: Any, scored: Scored, **context: Any) -> Rank | None:
    """A function of (x, rows) that gives relevance of x's shape; None if the order does not come from a map.

    `x` (row, ...) are versions of the samples `rows`. What a function of the user's gets is (x, target).
    """
    if isinstance(spec, str):
        spec = {"method": spec} if spec in METHODS else {"rules": spec} if spec in PRESETS else None
        if spec is None:
            return None
    if isinstance(spec, Mapping):
        return _explaining(spec, scored, context)
    if callable(spec):
        function: Callable[[Tensor, Tensor | None], Tensor] = spec
        return lambda x, rows: function(x, None if scored.target is None else scored.target[rows])
    try:
        given = torch.as_tensor(spec)
    except (TypeError, ValueError, RuntimeError):
        raise MethodError(
            f"method {name!r} is a {type(spec).__name__}; give a name, explain's keywords, a function of (x, target), "
            "a map of relevance, or an order of whole numbers"
        ) from None
    if not given.is_floating_point():
        return None
    return lambda x, rows: given.to(x.device)[rows.to(x.device)]


def checked(name: str, relevance: Any, x: Tensor) -> Tensor:
    """A map that can order regions: of the input's shape, and finite."""
    found = torch.as_tensor(relevance)
    if found.shape != x.shape:
        raise InputError(
            f"method {name!r} gives relevance of shape {tuple(found.shape)} for an input of {tuple(x.shape)}; "
            "both must be the same"
        )
    if not torch.isfinite(found).all():
        raise InputError(f"method {name!r} gives relevance that is NaN or infinite, which orders nothing")
    return found.detach().to(x.device)


def _explaining(settings: Mapping[str, Any], scored: Scored, context: dict[str, Any]) -> Rank:
    def relevance(x: Tensor, rows: Tensor) -> Tensor:
        model, target = scored.model, scored.of_rows(rows)
        minus = None if scored.minus is None else scored.minus[rows]
        if scored.tokens:
            x, gone = split(x)
            model = without(model, scored.main, gone) if gone.any() else model
        return explain(
            model, scored.inputs(x, rows), target=target, minus=minus, **context, **settings
        ).relevance

    return relevance
