"""Divisions of the input that its domain knows by name, such as the electrodes of a recording."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..errors import InputError, unknown
from .places import DIVISIONS
from .regions import Labels

NO_GROUP = -1


def named_groups(regions: Any, domain: Any, x: Tensor) -> Any:
    """`regions`, or the label map that they are the domain's name of; what is in no group is "rest"."""
    known = getattr(domain, "groupings", ())
    if not isinstance(regions, str) or regions not in known:
        if isinstance(regions, str) and regions not in DIVISIONS:
            names = dict.fromkeys((*known, *DIVISIONS))  # a domain may say again what all inputs have
            raise InputError(unknown("division of the input", regions, names))
        return regions
    labels, names = domain.groups(regions, x)
    found = torch.unique(labels).tolist()
    return Labels(labels, {label: "rest" if label == NO_GROUP else names[label] for label in found})
