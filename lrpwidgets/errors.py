"""Errors of lrpwidgets: each says what went wrong, where (module path, shapes) and what to do.

Every class derives from :class:`LrpError` and from the built-in a caller would expect, so
``except ValueError`` keeps working.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class LrpError(Exception):
    """Base of every error that lrpwidgets raises on purpose."""


class InputError(LrpError, ValueError):
    """The input cannot be explained: wrong shape, type, device, or not finite."""


class ModelError(LrpError, ValueError):
    """The model cannot be traced, or it changed under a kept trace."""


class TargetError(LrpError, ValueError):
    """The target names no output of the model."""


class LayerError(LrpError, ValueError):
    """No such layer, or no such unit of a layer."""


class MethodError(LrpError, ValueError):
    """No such explanation method, or a parameter it does not take."""


class RuleError(LrpError, ValueError):
    """A rule's parameters contradict its equation."""


class PresetError(LrpError, ValueError):
    """No such preset, or an entry of a preset that matches no layer."""


class UnsupportedOperationError(LrpError, NotImplementedError):
    """The model uses an operation that the chosen method has no handler for."""


class OutOfMemoryError(LrpError, MemoryError):
    """The model's forward or the way back does not fit into memory; a smaller batch may."""


class FileFormatError(LrpError, ValueError):
    """A file is not an lrpwidgets explanation, is damaged, or is larger than allowed."""


class StoppedError(LrpError):
    """The user stopped the work; what was finished is kept."""


def unknown(kind: str, name: object, known: Iterable[object]) -> str:
    """Say that `name` is no known `kind`, which name is closest, and what there is.

    >>> unknown("method", "sensitvity", ["lrp", "sensitivity"])
    "unknown method 'sensitvity'; did you mean 'sensitivity'? Known: 'lrp', 'sensitivity'."
    """
    names = [str(item) for item in known]
    close = get_close_matches(str(name), names, n=1, cutoff=0.5)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    listed = ", ".join(repr(item) for item in names[:20])
    if len(names) > 20:
        listed += f" and {len(names) - 20} more"
    return f"unknown {kind} {str(name)[:100]!r}{hint} Known: {listed}."
