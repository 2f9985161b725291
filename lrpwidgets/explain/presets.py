"""Which rule goes where: presets by name, and the user's own by module path (tutorial, section 6.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import PresetError, unknown
from .registry import Registry
from .rules import RULES, AlphaBeta, Epsilon, Gamma, Rule, Zero, ZPlus

POOLING = ("proportional", "winner")
ADD = ("positive", "epsilon")
START = ("score", "one")
RESPONSE = ("ignore", "taylor")


@dataclass(frozen=True, eq=False)
class Preset:
    """Rules by position: `first` layer, `convolution`, `dense`; `layers` overrides by module path pattern.

    `first` is a rule, ``"box"`` (zB if the input's range is known, else w^2) or None (the hidden rule).
    `add` shares residual sums among ``"positive"`` parts, or in proportion (``"epsilon"``); `pooling` shares max
    pooling as ``"proportional"`` or ``"winner"``; `start` is the relevance at the output, the ``"score"`` or ``"one"``;
    `response` passes local response normalization as it is (``"ignore"``) or by its local ``"taylor"`` expansion.
    """

    name: str
    doc: str
    convolution: Rule
    dense: Rule
    first: Rule | str | None = None
    add: str = "epsilon"
    pooling: str = "winner"
    layers: tuple[tuple[str, Rule], ...] = ()
    start: str = "score"
    response: str = "ignore"

    def __post_init__(self) -> None:
        if self.pooling not in POOLING:
            raise PresetError(unknown("pooling", self.pooling, POOLING))
        if self.add not in ADD:
            raise PresetError(unknown("sharing of sums", self.add, ADD))
        if self.start not in START:
            raise PresetError(unknown("start", self.start, START))
        if self.response not in RESPONSE:
            raise PresetError(unknown("response normalization", self.response, RESPONSE))
        for place, rule in (("convolution", self.convolution), ("dense", self.dense), *self.layers):
            if not isinstance(rule, Rule):
                raise PresetError(
                    f"preset {self.name!r}: {place!r} is {rule!r}; it must be a rule such as lw.Epsilon(1e-6). "
                    f"Rules: {', '.join(RULES)}"
                )
        if not (self.first is None or self.first == "box" or isinstance(self.first, Rule)):
            raise PresetError(
                f"preset {self.name!r}: first is {self.first!r}; it must be a rule, 'box' or None"
            )

    def explain(self, trace: Any) -> str:
        """Which rule runs where on a trace, a line a layer."""
        assignment = trace.assignment(self)
        rows = [f"preset {self.name}: pooling {self.pooling}, residual sums {self.add}"]
        rows += [f"  {node.where:40} {rule}" for node, rule in assignment]
        return "\n".join(rows)

    def to_json(self) -> dict[str, Any]:
        """Plain data for files."""
        first = self.first.to_json() if isinstance(self.first, Rule) else self.first
        return {
            "name": self.name,
            "convolution": self.convolution.to_json(),
            "dense": self.dense.to_json(),
            "first": first,
            "add": self.add,
            "pooling": self.pooling,
            "layers": [[pattern, rule.to_json()] for pattern, rule in self.layers],
            "start": self.start,
            "response": self.response,
        }


PRESETS: Registry[Preset] = Registry("preset", PresetError)

PRESETS.register(
    Preset(
        "deep-taylor",
        "zB (or w^2) at the input, z+ above: positive relevance only (tutorial, section 5.2 and Table 2)",
        convolution=ZPlus(),
        dense=ZPlus(),
        first="box",
        add="positive",
        pooling="proportional",
    )
)
PRESETS.register(
    Preset(
        "alpha1-beta0",
        "alpha 1, beta 0: as deep Taylor, a smooth map of what speaks for the target",
        convolution=AlphaBeta(1.0, 0.0),
        dense=AlphaBeta(1.0, 0.0),
        first="box",
        add="positive",
        pooling="proportional",
    )
)
PRESETS.register(
    Preset(
        "alpha2-beta1",
        "alpha 2, beta 1: evidence against shows too, and the map is sparser (tutorial, section 5.1)",
        convolution=AlphaBeta(2.0, 1.0),
        dense=AlphaBeta(2.0, 1.0),
        first="box",
        add="positive",
        pooling="proportional",
    )
)
_CONVENTIONS = "bias in the denominators, average pools and sums in proportion, the winner takes max pools"
PRESETS.register(
    Preset(
        "epsilon-plus",
        f"z+ in convolutions, epsilon in dense layers; {_CONVENTIONS}",
        convolution=ZPlus(bias=True),
        dense=Epsilon(),
    )
)
PRESETS.register(
    Preset(
        "epsilon-gamma-box",
        f"zB at the input, gamma (0.25) in convolutions, epsilon in dense layers; {_CONVENTIONS}",
        convolution=Gamma(0.25),
        dense=Epsilon(),
        first="box",
    )
)
PRESETS.register(
    Preset(
        "epsilon-alpha2-beta1",
        f"alpha 2, beta 1 in convolutions, epsilon in dense layers; {_CONVENTIONS}",
        convolution=AlphaBeta(2.0, 1.0, bias=True),
        dense=Epsilon(),
    )
)
PRESETS.register(
    Preset(
        "attn-lrp",
        "for transformers: attention, softmax and norms by AttnLRP (Achtibat et al. 2024), LRP-0 in layers",
        convolution=Zero(),
        dense=Zero(),
    )
)
PRESETS.register(
    Preset("lrp-0", "the basic rule: equals gradient x input on ReLU nets", convolution=Zero(), dense=Zero())
)
PRESETS.register(
    Preset(
        "epsilon",
        "LRP-epsilon (1e-6) everywhere, biases take their share (Bach et al. 2015)",
        convolution=Epsilon(),
        dense=Epsilon(),
    )
)
PRESETS.register(
    Preset(
        "excitation-backprop",
        "z+ in every layer, started with 1: shares of the decision that sum to 1 (Zhang et al. 2018)",
        convolution=ZPlus(),
        dense=ZPlus(),
        add="positive",
        pooling="proportional",
        start="one",
    )
)


def preset(
    layers: Mapping[str, Rule],
    *,
    base: str = "deep-taylor",
    name: str = "custom",
    pooling: str | None = None,
    add: str | None = None,
    response: str | None = None,
) -> Preset:
    """Your own preset: rules by module path pattern over the preset `base`.

    >>> preset({"features.*": Epsilon(1e-3), "classifier.1": ZPlus()}, pooling="winner").pooling
    'winner'
    """
    below = choose(base)
    return Preset(
        name,
        f"{below.name} with rules of your own",
        below.convolution,
        below.dense,
        below.first,
        add or below.add,
        pooling or below.pooling,
        tuple(layers.items()),
        below.start,
        response or below.response,
    )


def choose(rules: str | Preset | Mapping[str, Rule]) -> Preset:
    """The preset meant by a name, a preset, or a mapping from module paths to rules."""
    if isinstance(rules, Preset):
        return rules
    if isinstance(rules, Mapping):
        return preset(rules)
    if isinstance(rules, str):
        return PRESETS.choose(rules)
    raise PresetError(
        f"rules must be a preset's name, a preset or a mapping of module paths to rules, not {rules!r}"
    )
