"""The rows of the speed table: what is asked for, and what it may cost beside one forward + input gradient."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import lrpwidgets as lw

# Measured noise that is allowed above a target.
NOISE = 1.05

Z_PLUS = lw.Preset("z+", "z+ everywhere, the winner of a max pool takes all", lw.ZPlus(), lw.ZPlus())


@dataclass(frozen=True)
class Row:
    """One line: a method and its rules; targets by column of the table, of the first and of the next question."""

    name: str
    first: Mapping[str, float]
    following: Mapping[str, float]
    method: str = "lrp"
    rules: str | lw.Preset | None = None

    @property
    def asked(self) -> dict[str, Any]:
        """Keywords of `explain`."""
        return {"method": self.method} | ({} if self.rules is None else {"rules": self.rules})

    def missing(self) -> str | None:
        """Why this version of the package cannot be asked, or None."""
        if self.method not in lw.METHODS:
            return f"the method {self.method!r} is not in this version"
        if isinstance(self.rules, str) and self.rules not in lw.PRESETS:
            return f"the preset {self.rules!r} is not in this version"
        return None


def _row(
    name: str,
    first: tuple[float, float],
    following: tuple[float, float],
    digits: tuple[float, float] = (2.0, 1.0),
    **asked: Any,
) -> Row:
    """Targets are given as (layers with inputs >= 0, signed inputs too) and (first, next) of the digit net."""
    return Row(
        name,
        {"nonnegative": first[0], "signed": first[1], "digits": digits[0]},
        {"nonnegative": following[0], "signed": following[1], "digits": digits[1]},
        **asked,
    )


_ONE_BACKWARD = (0.65, 1.2)

ROWS = (
    _row("gradient-x-input", (1.15, 1.2), _ONE_BACKWARD, method="gradient-x-input"),
    _row("deconvnet", (1.15, 1.2), _ONE_BACKWARD, method="deconvnet"),
    _row("guided-backprop", (1.15, 1.2), _ONE_BACKWARD, method="guided-backprop"),
    _row("epsilon", (1.2, 1.5), _ONE_BACKWARD, rules="epsilon"),
    _row("z+", (1.6, 2.2), _ONE_BACKWARD, rules=Z_PLUS),
    _row("epsilon-plus", (1.6, 2.2), _ONE_BACKWARD, rules="epsilon-plus"),
    _row("deep-taylor", (1.75, 2.2), _ONE_BACKWARD, rules="deep-taylor"),
    _row("epsilon-gamma-box", (2.0, 2.6), (0.75, 1.3), rules="epsilon-gamma-box"),
    _row("alpha2-beta1", (2.6, 3.5), (1.3, 2.0), (2.5, 1.3), rules="alpha2-beta1"),
    Row("attn-lrp", {"transformer": 1.3}, {}, rules="attn-lrp"),
)


def no_filters() -> str | None:
    """Why this version of the package cannot be asked for one feature map, or None."""
    if "through" in inspect.signature(lw.Trace.explain).parameters:
        return None
    return "explain(through=...) is not in this version"
