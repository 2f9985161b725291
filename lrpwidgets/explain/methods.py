"""The registry of explanation methods; menus, forms and tables are built from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor

from ..errors import MethodError, unknown
from . import gradients
from .presets import PRESETS
from .registry import Registry

if TYPE_CHECKING:
    from .trace import Trace


@dataclass(frozen=True, slots=True)
class Parameter:
    """One setting of a method: `range` is (low, high) of a number or the choices of a menu."""

    name: str
    type: str
    default: Any
    range: tuple[Any, ...]
    unit: str
    doc: str


@dataclass(frozen=True, slots=True)
class Method:
    """How to get from a trace to a map; `decomposes` says whether the map is meant to sum to the score."""

    name: str
    doc: str
    decomposes: bool
    run: Callable[[Trace, Tensor, Mapping[str, Any]], gradients.Found]
    parameters: tuple[Parameter, ...] = ()

    def settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """`given` completed by the defaults; an unknown name is an error."""
        names = [parameter.name for parameter in self.parameters]
        for name in given:
            if name not in names:
                raise MethodError(f"method {self.name!r}: {unknown('parameter', name, [*names, *_SHARED])}")
        return {parameter.name: given.get(parameter.name, parameter.default) for parameter in self.parameters}


# Keywords of every explanation, whatever its method.
_SHARED = ("method", "target", "minus")

METHODS: Registry[Method] = Registry("method", MethodError)

METHODS.register(
    Method(
        "lrp",
        "layer-wise relevance propagation: the score, redistributed layer by layer (tutorial, section 5)",
        True,
        lambda trace, c, settings: trace.relevance(c, settings["rules"]),
        (
            Parameter(
                "rules", "choice", "deep-taylor", tuple(PRESETS), "", "preset: which rule each layer uses"
            ),
        ),
    )
)
METHODS.register(
    Method(
        "sensitivity",
        "R_i = (df / dx_i)^2: what would change the score; sums to the squared gradient norm (section 4.1)",
        False,
        lambda trace, c, settings: gradients.sensitivity(trace, c),
    )
)
METHODS.register(
    Method(
        "gradient-x-input",
        "R_i = x_i df / dx_i: simple Taylor at zero; sums to the score where no bias takes part (section 4.2)",
        True,
        lambda trace, c, settings: gradients.gradient_x_input(trace, c),
    )
)
