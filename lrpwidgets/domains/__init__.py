"""Domains: what an input is. Its geometry, its channels and units, its preprocessing and the way back.

A domain turns what a user has (photos, recordings, texts) into model input with `encode`, and model input into what a
person can look at with `decode`. It is plain data: `to_json` and `from_json` carry it through files.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lrpwidgets.domains.domain import Domain
from lrpwidgets.errors import FileFormatError, unknown

if TYPE_CHECKING:
    from lrpwidgets.domains.features import FeaturesDomain
    from lrpwidgets.domains.image import ImageDomain
    from lrpwidgets.domains.molecule import MoleculeDomain
    from lrpwidgets.domains.sequence import SequenceDomain
    from lrpwidgets.domains.signal import SignalDomain
    from lrpwidgets.domains.text import TextDomain

__all__ = [
    "KINDS",
    "Domain",
    "FeaturesDomain",
    "ImageDomain",
    "MoleculeDomain",
    "SequenceDomain",
    "SignalDomain",
    "TextDomain",
    "from_json",
]

# kind -> (module, class); a module is imported when a domain of its kind is asked for
KINDS: dict[str, tuple[str, str]] = {
    "features": ("lrpwidgets.domains.features", "FeaturesDomain"),
    "image": ("lrpwidgets.domains.image", "ImageDomain"),
    "signal": ("lrpwidgets.domains.signal", "SignalDomain"),
    "sequence": ("lrpwidgets.domains.sequence", "SequenceDomain"),
    "molecule": ("lrpwidgets.domains.molecule", "MoleculeDomain"),
    "text": ("lrpwidgets.domains.text", "TextDomain"),
}


def from_json(data: object) -> Domain:
    """The domain that `to_json` described. Raises `FileFormatError` for anything else."""
    if not isinstance(data, dict):
        raise FileFormatError(f"a domain must be a JSON object, not {type(data).__name__}.")
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise FileFormatError(unknown("kind of domain", kind, KINDS))
    module, name = KINDS[kind]
    domain: Domain = getattr(import_module(module), name).from_json(data)
    return domain


def __getattr__(name: str) -> Any:
    for module, public in KINDS.values():
        if name == public:
            return getattr(import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
