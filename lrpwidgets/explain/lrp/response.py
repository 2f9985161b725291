"""Local response normalization, y_k = x_k / (k + a mean_j x_j^2)^b over neighbouring channels.

As a quotient it passes relevance on as it is, for a divisor counts as a constant (tutorial, section 5.3: "ignored").
With ``response="taylor"`` it is expanded instead (Binder et al. 2016): with u = k + a mean_j x_j^2 over size n,

    z_kk = x_k / (k + a x_k^2 / n)^b,    z_jk = -2 b (a / n) x_k x_j^2 / u_k^(b + 1)
    R_j = sum_k z_jk / sum_j z_jk R_k
"""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from ..node import Node, Value
from ..operations import kept
from ..propagate import Walk
from ..rules import over

_BETWEEN = frozenset("view _unsafe_view reshape squeeze unsqueeze constant_pad_nd".split())


@dataclass(frozen=True, slots=True)
class Response:
    """What torch's decomposition of the layer says of its settings."""

    x: Value
    size: int
    alpha: float
    beta: float
    k: float

    @classmethod
    def of(cls, quotient: Node, walk: Walk) -> Response | None:
        """The layer that a division ends, or None if it is another division."""
        numerator, divisor = quotient.args[:2]
        power = walk.maker(divisor)
        plus = _before(power, "pow", walk)
        times = _before(plus, "add", walk)
        pool = _before(times, "mul", walk)
        square = _before(pool, ("avg_pool3d", "avg_pool2d"), walk)
        if not (power and plus and times and pool and square) or square.operands != (numerator, numerator):
            return None
        settings = [node.args[1] for node in (times, power, plus)]
        if not all(isinstance(number, (int, float)) or not number.dim() for number in settings):
            return None
        alpha, beta, k = map(float, settings)
        return cls(numerator, pool.args[1][0], alpha, beta, k)

    def through(self, c: Tensor, y: Tensor) -> Tensor:
        """c at x, from c at y."""
        x = kept(self.x)
        each = self.alpha / self.size
        square = x.square()
        u = self.k + each * self._around(square, back=False)
        own = x * (self.k + each * square) ** -self.beta
        slope = -2 * self.beta * each * x * u ** (-self.beta - 1)
        total = own + slope * (self._around(square, back=False) - square)
        q = over(c * y, total)
        others = q * slope
        return over(q * own, x) + x * (self._around(others, back=True) - others)

    def _around(self, x: Tensor, *, back: bool) -> Tensor:
        """Sums over the channels that normalize each one; `back`: over those that each one normalizes."""
        sides = self.size // 2, (self.size - 1) // 2
        flat = F.pad(x.flatten(2), (0, 0, *(sides[::-1] if back else sides)))
        return flat.unfold(1, self.size, 1).sum(-1).reshape(x.shape)


def _before(node: Node | None, op: str | tuple[str, ...], walk: Walk) -> Node | None:
    """What made the first operand of `node`, views and padding aside; None if `node` is not an `op`."""
    if node is None or node.op not in ((op,) if isinstance(op, str) else op):
        return None
    return walk.maker(node.operands[0], past=_BETWEEN)
