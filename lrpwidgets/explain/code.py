"""The line of Python that makes an explanation again, with `model` and `x` standing for the user's own."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from . import setup
from .presets import Preset

# Elements of a parameter's tensor that the code and files still show; a larger one goes by the parameter's name.
SPELT_OUT = 64


def given(labels: Any, domain: Any, input_range: Any, of: Any, output: Any) -> list[tuple[str, str]]:
    """The keywords of ``lw.trace`` that were given; long ones by the name of the user's variable."""
    found = []
    if labels is not None:
        found.append(("labels", "labels"))
    if domain is not None:
        found.append(("input", getattr(domain, "code", "input")))
    if input_range is not None:
        found.append(("input_range", f"({', '.join(literal(end) for end in input_range)})"))
    found += [(name, literal(value)) for name, value in (("of", of), ("output", output)) if value is not None]
    return found


def call(
    context: list[tuple[str, str]],
    method: str,
    rules: Any,
    target: Any,
    minus: Any,
    through: Any,
    parameters: Mapping[str, Any],
) -> str:
    """``lw.explain(model, x, ...)`` with every setting spelt out."""
    settings = [
        ("method", method),
        ("rules", rules),
        ("target", target),
        ("minus", minus),
        ("through", through),
    ]
    keywords = [(name, literal(value)) for name, value in settings if value is not None]
    keywords += [(name, name if _is_large(value) else literal(value)) for name, value in parameters.items()]
    return (
        "lw.explain(model, x, " + ", ".join(f"{name}={value}" for name, value in [*keywords, *context]) + ")"
    )


def plain(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A method's parameters as plain data for files; of a large tensor, the shape."""
    return {
        name: f"tensor of shape {tuple(value.shape)}"
        if _is_large(value)
        else value.tolist()
        if hasattr(value, "tolist")
        else value
        for name, value in parameters.items()
    }


def _is_large(value: Any) -> bool:
    return hasattr(value, "tolist") and math.prod(value.shape) > SPELT_OUT


def literal(value: Any) -> str:
    """Python that makes `value` again; a callable of the user's goes by its name."""
    if isinstance(getattr(value, "code", None), str):
        text = str(value.code)
    elif isinstance(value, Tensor):
        text = f"torch.tensor({value.tolist()!r})"
    elif isinstance(value, Preset):
        text = setup.code(value)
    elif isinstance(value, Mapping):
        text = "{" + ", ".join(f"{json.dumps(key)}: {rule.code}" for key, rule in value.items()) + "}"
    elif isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
    elif callable(value):
        name = str(getattr(value, "__name__", ""))
        text = name if name.isidentifier() else "target"
    else:
        text = repr(value.tolist() if hasattr(value, "tolist") else value)
    return text
