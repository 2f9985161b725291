"""What sections 6.1 and 6.2 of the tutorial recommend, against what a model is made of."""

from __future__ import annotations

from typing import Any

from torch import nn

from ..explain.api import trace
from ..explain.first_layer import Bounds
from ..explain.outputs import OutputLike
from .advice_on_biases import biases, norms
from .advice_on_layers import class_of_model, dense_layers, pooling
from .advice_on_rules import end, range_of_input
from .findings import SEVERITIES, Advice

_LOOKS = (class_of_model, dense_layers, pooling, biases, norms, range_of_input, end)


def advise(
    model: nn.Module,
    x: Any,
    *,
    input: Any = None,
    input_range: Bounds | None = None,
    of: int | str | None = None,
    output: OutputLike = None,
) -> Advice:
    """What the tutorial recommends (6.1 which model, 6.2 which rules) against what `model` does on `x`.

    It looks at one recorded forward, so functional calls count as modules do; only dropout is known by its module,
    because in eval mode it does nothing that could be recorded. Arguments as in ``lw.trace``.
    """
    seen = trace(model, x, input=input, input_range=input_range, of=of, output=output, keep=0)
    findings = [finding for look in _LOOKS for finding in look(seen)]
    return Advice(sorted(findings, key=lambda one: -SEVERITIES.index(one.severity)))
