"""Stands in for matplotlib, which captum imports for pictures that the tests never draw."""

import sys
from types import ModuleType


class _Part(ModuleType):
    """A submodule in which every name is an empty class."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


for _name in ("axes", "cm", "collections", "colors", "figure", "image", "pyplot"):
    sys.modules[f"{__name__}.{_name}"] = globals()[_name] = _Part(f"{__name__}.{_name}")
