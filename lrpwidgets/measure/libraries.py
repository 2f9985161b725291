"""Libraries that only some measures need: imported when they are used, with advice where they are missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..errors import InputError


def library(name: str, what: str, extra: str = "measure") -> Any:
    """The module `name`, which `what` needs and `extra` installs. Raises `InputError` where it is not installed."""
    try:
        return import_module(name)
    except ImportError as error:
        raise InputError(
            f"{what} needs {name.partition('.')[0]}, which is not installed: pip install 'lrpwidgets[{extra}]'"
        ) from error
