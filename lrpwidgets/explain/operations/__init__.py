"""How each primitive operation hands its cotangent back: the gradient table, one file a kind of operation.

With c = R / a carried backwards, layer-wise relevance propagation *is* this table with a few
overrides (see ``lrp/``). To add an operation, register its gradient in the file of its kind; what it
declares to read decides what a trace keeps.
"""

from . import (  # noqa: F401  each registers its operations
    activations,
    arithmetic,
    attention,
    linear,
    moving,
    normalization,
    pooling,
    products,
    resampling,
)
from .autograd import autograd
from .constants import SHAPE_ONLY, STEPS
from .signs import SIGNS, is_nonnegative
from .table import OPERATIONS, Cotangents, Handler, Operation, aten, completed, conserves, kept, places

__all__ = [
    "OPERATIONS",
    "SHAPE_ONLY",
    "SIGNS",
    "STEPS",
    "Cotangents",
    "Handler",
    "Operation",
    "aten",
    "autograd",
    "completed",
    "conserves",
    "is_nonnegative",
    "kept",
    "places",
]
