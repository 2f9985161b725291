"""A density of real-valued data: the restricted Boltzmann machine with Gaussian variables and binary hidden units.

    log p(x) = sum_j log(1 + exp(w_j x + b_j)) - 1/2 (x - m)^T S^-1 (x - m) - log Z

the Gaussian RBM of the tutorial's section 3.2 (there with m = 0), S diagonal. Given the hidden units h, the
variables are Gaussian, x_i ~ N(m_i + s_i^2 sum_j h_j w_ji, s_i^2); given x, h_j = 1 with probability
1 / (1 + exp(-w_j x - b_j)).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ..errors import InputError

ENUMERATED = 20  # hidden units whose 2^n states can be summed
_STATES = 2**14  # summed at a time
_RATES = (0.9, 0.999)  # of Adam's two averages


@dataclass(frozen=True, eq=False, repr=False)
class GaussianRBM:
    """w (hidden, variable), b (hidden,), the mean m and the variance s^2 (variable,); `shape` of one sample.

    As an expert it says where data are dense, and starts a search at its mean.
    """

    weights: Tensor
    bias: Tensor
    mean: Tensor
    variance: Tensor
    shape: tuple[int, ...]

    weight = 1.0  # in log p(c|x) + weight log p(x)

    def __post_init__(self) -> None:
        hidden, variables = self.weights.shape
        wanted = {"bias": (hidden,), "mean": (variables,), "variance": (variables,)}
        for name, shape in wanted.items():
            if tuple(getattr(self, name).shape) != shape:
                raise InputError(
                    f"the {name} of a Gaussian RBM with weights {(hidden, variables)} (hidden, variable) has shape "
                    f"{shape}, not {tuple(getattr(self, name).shape)}"
                )
        if math.prod(self.shape) != variables:
            raise InputError(
                f"a sample of shape {tuple(self.shape)} has {math.prod(self.shape)} variables, the weights {variables}"
            )
        if not (self.variance > 0).all():
            raise InputError("the variances of a Gaussian RBM must be positive")

    def __repr__(self) -> str:
        return f"GaussianRBM(hidden={len(self.bias)}, shape={tuple(self.shape)})"

    @classmethod
    def fit(
        cls,
        data: Any,
        hidden: int = 64,
        *,
        sigma: float | None = None,
        steps: int = 1000,
        batch: int = 100,
        rate: float = 0.003,
        gibbs: int = 10,
        persistent: bool = False,
        seed: int = 0,
    ) -> GaussianRBM:
        """Contrastive divergence (Hinton, 2002) on `data` (sample, ...): approximately maximum likelihood.

        d log p / d theta is a mean over data minus one over the model's own samples. These are found by `gibbs` rounds
        of sampling from the data of the step, which makes p right near data, where prototypes are sought;
        `persistent`: from where the step before ended (Tieleman, 2008), nearer to the likelihood where the chains mix.
        sigma: the s of every variable, in units of the data; None: two thirds of their standard deviation, as a root
        mean square over variables. The rate falls to zero. Draws from a generator of its own.
        """
        x, shape = _table(data)
        for name, number in (("hidden", hidden), ("steps", steps), ("batch", batch), ("gibbs", gibbs)):
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                raise InputError(f"{name} is a whole number of at least 1, not {number!r}")
        centre = x.mean(0)
        if sigma is None:
            sigma = float((x - centre).square().mean().sqrt()) * 2 / 3
        if not (math.isfinite(sigma) and sigma > 0):
            raise InputError(
                f"sigma={sigma!r} must be positive and finite"
                + ("; the samples are all the same" if sigma == 0 else "")
            )
        if not (math.isfinite(rate) and rate > 0):
            raise InputError(f"rate={rate!r} must be positive and finite")
        with torch.inference_mode(False), torch.no_grad():
            generator = torch.Generator(x.device).manual_seed(seed)
            # In u = (x - centre) / sigma the machine is (V, c, a): u ~ N(a + h V, 1), h ~ sigmoid(u V^T + c).
            u = (x - centre) / sigma
            learner = _Learner(u, hidden, min(batch, len(x)), generator, persistent=persistent)
            for step in range(steps):
                learner.step(gibbs, rate * (1 - step / steps))
            scaled, bias, shift = learner.parameters
            weights, mean = scaled / sigma, centre + sigma * shift
            return cls(weights, bias - weights @ centre, mean, torch.full_like(mean, sigma**2), shape)

    def log_density(self, x: Tensor) -> Tensor:
        """log p(x) + log Z, (sample,), of `x` (sample, ...)."""
        flat = self._flat(x)
        weights, bias, mean, variance = (part.to(flat) for part in self._parts)
        return softplus(flat @ weights.T + bias).sum(1) - ((flat - mean) ** 2 / variance).sum(1) / 2

    def log_partition(self) -> float:
        """log Z, exactly, in float64: the sum over all states of the hidden units, at most 2^20 of them.

        Z = prod_i (2 pi s_i^2)^1/2 sum_h exp(b h + w h m + 1/2 sum_i s_i^2 (sum_j h_j w_ji)^2).
        """
        hidden = len(self.bias)
        if hidden > ENUMERATED:
            raise InputError(
                f"log Z sums 2^{hidden} states of the hidden units; that can be done up to {ENUMERATED} of them"
            )
        weights, bias, mean, variance = (part.double() for part in self._parts)
        digits = torch.arange(hidden, device=bias.device)
        found = []
        for begin in range(0, 2**hidden, _STATES):
            numbers = torch.arange(begin, min(begin + _STATES, 2**hidden), device=bias.device)
            states = ((numbers[:, None] >> digits) & 1).double()
            pull = states @ weights
            found.append(states @ bias + pull @ mean + (pull**2 * variance).sum(1) / 2)
        return float(torch.cat(found).logsumexp(0) + (2 * math.pi * variance).log().sum() / 2)

    def sample(self, count: int, *, steps: int = 1000, seed: int = 0) -> Tensor:
        """`count` draws (count, ...) by `steps` rounds of Gibbs sampling from the machine's mean."""
        generator = torch.Generator(self.mean.device).manual_seed(seed)
        x = self.mean.expand(count, -1)
        for _ in range(steps):
            h = torch.bernoulli(torch.sigmoid(x @ self.weights.T + self.bias), generator=generator)
            noise = torch.randn(x.shape, generator=generator, dtype=x.dtype, device=x.device)
            x = self.mean + self.variance * (h @ self.weights) + self.variance.sqrt() * noise
        return x.reshape(count, *self.shape)

    def start(self) -> Tensor:
        """Where a search begins: the mean m, (1, ...)."""
        return self.mean.reshape(1, *self.shape)

    @property
    def _parts(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        return self.weights, self.bias, self.mean, self.variance

    def _flat(self, x: Tensor) -> Tensor:
        if tuple(x.shape[1:]) != tuple(self.shape):
            raise InputError(
                f"this Gaussian RBM knows samples of shape {tuple(self.shape)}, not {tuple(x.shape[1:])} "
                f"(of a batch {tuple(x.shape)})"
            )
        return x.flatten(1)


class _Learner:
    """Parameters V (hidden, variable), c (hidden,), a (variable,), their Adam averages, and the persistent chains."""

    def __init__(
        self, u: Tensor, hidden: int, batch: int, generator: torch.Generator, *, persistent: bool
    ) -> None:
        self._u, self._batch, self._generator, self._persistent = u, batch, generator, persistent
        start = 0.01 * self._normal(hidden, u.shape[1])
        self.parameters = [start, u.new_zeros(hidden), u.new_zeros(u.shape[1])]
        self._averages = [[torch.zeros_like(part) for part in self.parameters] for _ in _RATES]
        self._steps = 0
        self._order = torch.empty(0, dtype=torch.long)  # samples that this time round has not seen
        self._chains: Tensor | None = None

    def step(self, gibbs: int, rate: float) -> None:
        """Learn from the next samples; the order is drawn anew when all were seen."""
        if len(self._order) < self._batch:
            self._order = torch.randperm(len(self._u), generator=self._generator, device=self._u.device)
        chosen, self._order = self._order[: self._batch], self._order[self._batch :]
        data = self._u[chosen]
        if self._chains is None or not self._persistent:
            self._chains = data
        for _ in range(gibbs):
            self._chains = self._round(self._chains)
        pairs = zip(self._means(data), self._means(self._chains), strict=True)
        self._ascend([there - here for there, here in pairs], rate)

    def _means(self, u: Tensor) -> list[Tensor]:
        """The mean over samples of d log p*(u) / d (V, c, a)."""
        scaled, bias, shift = self.parameters
        h = torch.sigmoid(u @ scaled.T + bias)
        return [h.T @ u / len(u), h.mean(0), u.mean(0) - shift]

    def _round(self, u: Tensor) -> Tensor:
        scaled, bias, shift = self.parameters
        h = torch.bernoulli(torch.sigmoid(u @ scaled.T + bias), generator=self._generator)
        return shift + h @ scaled + self._normal(*u.shape)

    def _ascend(self, gradients: list[Tensor], rate: float) -> None:
        self._steps += 1
        corrections = [1 - keep**self._steps for keep in _RATES]
        for place, gradient in enumerate(gradients):
            first, second = (averages[place] for averages in self._averages)
            first.lerp_(gradient, 1 - _RATES[0])
            second.lerp_(gradient**2, 1 - _RATES[1])
            step = (first / corrections[0]) / ((second / corrections[1]).sqrt() + 1e-8)
            self.parameters[place] = self.parameters[place] + rate * step

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self._generator, dtype=self._u.dtype, device=self._u.device)


def _table(data: Any) -> tuple[Tensor, tuple[int, ...]]:
    """`data` as (sample, variable), and the shape of a sample."""
    with torch.inference_mode(False):
        try:
            x = torch.as_tensor(data).detach().clone()
        except (TypeError, ValueError, RuntimeError) as error:
            raise InputError(
                f"the data to fit must be a tensor (sample, ...), not {type(data).__name__}: {error}"
            ) from error
    if not x.is_floating_point():
        raise InputError(
            f"the data to fit are {x.dtype}; give floating point values, e.g. data.float() / 255"
        )
    if x.dim() < 2 or len(x) < 2 or x[0].numel() == 0:
        raise InputError(
            f"the data to fit have shape {tuple(x.shape)}; give at least two samples, (sample, ...)"
        )
    bad = int((~torch.isfinite(x)).sum())
    if bad:
        raise InputError(f"the data to fit hold {bad} values that are NaN or infinite; clean them first")
    return x.flatten(1), tuple(x.shape[1:])
