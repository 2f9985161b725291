"""Layer-wise relevance propagation: the gradient table in c-form, with the overrides of this package.

Views, concatenations, ReLUs and averages need none: with c = R / a the gradient conserves, as it does for a
product by a constant. What cannot be handled raises; there is no silent gradient.
"""

from . import activations, attention, layers, normalization, pooling, products, sums  # noqa: F401  each registers
from .table import LRP, handles

__all__ = ["LRP", "handles"]
