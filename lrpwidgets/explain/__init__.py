"""Pure torch: a model and an input become numbers (trace, rule, preset, explanation)."""

from __future__ import annotations

import inspect
import sys
from types import ModuleType
from typing import Any


class _Package(ModuleType):
    """Importing this package binds its name over the function ``lw.explain``, so it forwards the call."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from .api import explain

        return explain(*args, **kwargs)

    @property
    def __signature__(self) -> inspect.Signature:
        from .api import explain

        return inspect.signature(explain)


sys.modules[__name__].__class__ = _Package
