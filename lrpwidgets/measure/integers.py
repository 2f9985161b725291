"""Whole numbers as arguments: Python's, numpy's and torch's, but no booleans."""

from __future__ import annotations

import operator
from typing import Any

from ..errors import InputError


def whole(value: Any) -> int:
    """`value` as an int; raises `TypeError` if it is none."""
    kind = str(getattr(value, "dtype", ""))
    if isinstance(value, bool) or kind == "torch.bool":  # which also has an __index__
        raise TypeError(f"{value!r} is a truth value, no whole number")
    return operator.index(value)


def is_whole(value: Any) -> bool:
    """Whether it is one."""
    try:
        whole(value)
    except TypeError:
        return False
    return True


def count(name: str, value: Any, low: int = 1) -> int:
    """`value` as a whole number of at least `low`, or an `InputError` that names it."""
    if not is_whole(value) or whole(value) < low:
        raise InputError(f"{name} must be a whole number of at least {low}, not {value!r}")
    return whole(value)
