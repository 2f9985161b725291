"""The rules of layer-wise relevance propagation, one class an equation.

Notation: a layer computes z_k = sum_j a_j w_jk + b_k; (.)+ and (.)- are positive and negative parts of the
*products* a_j w_jk, so that signed inputs are right. R_k comes in at the output, R_j goes out at the input.
The engine carries c = R / a, and R_k = c_k z_k: a rule is a list of branches, each the share q_k of c_k that
goes back through weights w, and where:

    c_j = sum over branches of  gate_j * sum_k w_jk q_k c_k          (hidden layers)
    R_j = sum over branches of  factor_j * sum_k w_jk q_k c_k        (first-layer rules)

Sources: Montavon, Samek, Mueller, "Methods for interpreting and understanding deep neural networks",
sections 5 and 6 and Table 2 ("the tutorial"); Bach et al. 2015 for alpha-beta and epsilon.
"""

from __future__ import annotations

from collections.abc import Callable

from .anywhere import Gradient, Pass, Signal
from .basic import Epsilon, Zero
from .first import Flat, WSquare, ZBox
from .rule import Branch, Rule, Shares, over
from .signed import AlphaBeta, Gamma, ZPlus

__all__ = [
    "RULES",
    "AlphaBeta",
    "Branch",
    "Epsilon",
    "Flat",
    "Gamma",
    "Gradient",
    "Pass",
    "Rule",
    "Shares",
    "Signal",
    "WSquare",
    "ZBox",
    "ZPlus",
    "Zero",
    "over",
]

RULES: dict[str, Callable[..., Rule]] = {
    rule.__name__: rule
    for rule in (Zero, Epsilon, Gamma, ZPlus, AlphaBeta, ZBox, WSquare, Flat, Gradient, Pass, Signal)
}
