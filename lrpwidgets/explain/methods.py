"""The registry of explanation methods; menus, forms and tables are built from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import MethodError, unknown
from . import baselines, gradients, taylor
from .gradients import Found
from .presets import PRESETS, choose
from .registry import Registry

if TYPE_CHECKING:
    from .start import Start
    from .trace import Trace


@dataclass(frozen=True, slots=True)
class Parameter:
    """One setting of a method: `range` is (low, high) of a number or the choices of a menu.

    `type` is "int", "float", "choice", or "number or tensor"; what a choice stands for may also be given itself
    (a preset, a root point).
    """

    name: str
    type: str
    default: Any
    range: tuple[Any, ...]
    unit: str
    doc: str

    def checked(self, value: Any) -> Any:
        """`value`, or an error if it is no number of this type and range; choices are checked where they are used."""
        if self.type not in ("int", "float"):
            return value
        index, real = hasattr(value, "__index__"), hasattr(value, "__float__")
        low, high = self.range
        if isinstance(value, (bool, str)) or not (index if self.type == "int" else real):
            raise MethodError(f"{self.name} must be {_KINDS[self.type]} from {low} to {high}, not {value!r}")
        number = value.__index__() if self.type == "int" else float(value)
        if not low <= number <= high:
            raise MethodError(f"{self.name} must be from {low} to {high}, not {value!r}")
        return number


_KINDS = {"int": "a whole number", "float": "a number"}


@dataclass(frozen=True, slots=True)
class Method:
    """How to get from a trace to a map; `decomposes` says whether the map is meant to sum to the score.

    `preset` names the preset of a method that is LRP with rules of its own. `walks_once` says that `run` walks the
    trace once, so that activations can be let go on the way where no other question follows.
    """

    name: str
    doc: str
    decomposes: bool
    run: Callable[[Trace, Start, Mapping[str, Any]], Found]
    parameters: tuple[Parameter, ...] = ()
    preset: str | None = None
    walks_once: bool = False

    @property
    def has_rules(self) -> bool:
        """Whether it is LRP; else it reads what the gradient reads."""
        return self.preset is not None or any(parameter.name == "rules" for parameter in self.parameters)

    def settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """`given` completed by the defaults and checked; an unknown name is an error."""
        names = [parameter.name for parameter in self.parameters]
        for name in given:
            if name not in names:
                raise MethodError(f"method {self.name!r}: {unknown('parameter', name, [*names, *_SHARED])}")
        try:
            return {
                parameter.name: parameter.checked(given.get(parameter.name, parameter.default))
                for parameter in self.parameters
            }
        except MethodError as error:
            raise MethodError(f"method {self.name!r}: {error}") from None


# Keywords of every explanation, whatever its method.
_SHARED = ("method", "target", "minus", "through")

METHODS: Registry[Method] = Registry("method", MethodError)

METHODS.register(
    Method(
        "lrp",
        "layer-wise relevance propagation: the score, redistributed layer by layer (tutorial, section 5)",
        True,
        lambda trace, start, settings: Found(*trace.relevance(start.c, settings["rules"])),
        (
            Parameter(
                "rules", "choice", "deep-taylor", tuple(PRESETS), "", "preset: which rule each layer uses"
            ),
        ),
        walks_once=True,
    )
)
METHODS.register(
    Method(
        "sensitivity",
        "R_i = (df / dx_i)^2: what would change the score; sums to the squared gradient norm (section 4.1)",
        False,
        lambda trace, start, settings: gradients.sensitivity(trace, start),
        walks_once=True,
    )
)
METHODS.register(
    Method(
        "gradient-x-input",
        "R_i = x_i df / dx_i: simple Taylor at zero; sums to the score where no bias takes part (section 4.2)",
        True,
        lambda trace, start, settings: gradients.gradient_x_input(trace, start),
        walks_once=True,
    )
)
METHODS.register(
    Method(
        "taylor",
        "R_i = (x_i - root_i) df/dx_i(root): the score, expanded at a point where it vanishes (section 4.2)",
        True,
        taylor.taylor,
        (
            Parameter(
                "root",
                "choice",
                "search",  # where there are biases, no ReLU may let anything through at eps x: an empty map
                taylor.ROOTS,
                "",
                'root point: "search" (the nearest root on the way from x to the baseline), "scaling" '
                f"({taylor.SCALING:g} x, right without biases), a number eps (the root is eps x), or a tensor",
            ),
            Parameter(
                "baseline",
                "number or tensor",
                0.0,
                (),
                "units of the model's input",
                "neutral input, where the search for a root ends",
            ),
        ),
    )
)
METHODS.register(
    Method(
        "excitation-backprop",
        "z+ in every layer, started with 1: shares of the decision that sum to 1 (section 5.3; Zhang et al. 2018)",
        True,
        lambda trace, start, settings: Found(*trace.relevance(start.c, settings["rules"])),
        preset="excitation-backprop",
        walks_once=True,
    )
)
METHODS.register(
    Method(
        "deconvnet",
        "the gradient with the ReLU applied to what comes back (section 4.3; Zeiler and Fergus 2014)",
        False,
        lambda trace, start, settings: gradients.rectified(trace, start, gradients.DECONVNET),
        walks_once=True,
    )
)
METHODS.register(
    Method(
        "guided-backprop",
        "the gradient, where the ReLU let through what came in and what comes back is positive (section 4.3; "
        "Springenberg et al. 2015)",
        False,
        lambda trace, start, settings: gradients.rectified(trace, start, gradients.GUIDED),
        walks_once=True,
    )
)
METHODS.register(
    Method(
        "integrated-gradients",
        "x - b times the mean gradient on the way from the baseline b to x (Sundararajan et al. 2017)",
        True,
        baselines.integrated_gradients,
        (
            Parameter("steps", "int", 32, (1, 1000), "", "points on the way, a forward and a backward each"),
            Parameter(
                "baseline",
                "number or tensor",
                0.0,
                (),
                "units of the model's input",
                "neutral input, where the way begins",
            ),
        ),
    )
)
METHODS.register(
    Method(
        "smoothgrad",
        "the mean gradient of noisy copies of the input (Smilkov et al. 2017)",
        False,
        baselines.smoothgrad,
        (
            Parameter(
                "noise",
                "float",
                0.15,
                (0.0, 1.0),
                "fraction of the input's range",
                "standard deviation of the noise",
            ),
            Parameter("samples", "int", 25, (1, 1000), "", "noisy copies, a forward and a backward each"),
            Parameter("seed", "int", 0, (0, 2**31 - 1), "", "of the noise: the same seed, the same map"),
        ),
    )
)


def complete(method: str, rules: Any, parameters: dict[str, Any]) -> tuple[Method, dict[str, Any]]:
    """The method of that name, and its settings completed; `rules` become a preset, None if it has none."""
    chosen = METHODS.choose(method)
    if rules is not None:
        if all(parameter.name != "rules" for parameter in chosen.parameters):
            raise MethodError(f"method {method!r} takes no rules; leave rules= out, or use method='lrp'")
        parameters["rules"] = rules
    settings = chosen.settings(parameters)
    named = settings.get("rules", chosen.preset)
    settings["rules"] = None if named is None else choose(named)
    return chosen, settings
