"""What one search for prototypes climbs, and where it begins, checked before the first step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import InputError
from .ascent import Ascent, Point
from .experts import CodeSpace, Expert
from .first_layer import Bounds
from .frozen import reference
from .goal import Goal
from .inputs import bounds, described
from .outputs import OutputLike
from .scene import scene
from .shadow import check_model
from .targets import TargetLike


class Search:
    """score(x) + weight log p(x) - eta |x - near|^2 + diversity mean_j log |x_i - x_j|^2, of a batch of prototypes.

    Under an expert `CodeSpace` what moves is the code z, with x = g(z).
    """

    def __init__(
        self,
        model: nn.Module,
        target: TargetLike,
        expert: Expert,
        *,
        weight: float | None,
        near: Any,
        eta: float,
        count: int | None,
        diversity: float,
        start: Any,
        noise: float | None,
        shape: Sequence[int] | None,
        score: str | None,
        labels: Sequence[str] | None,
        domain: Any,
        input_range: Bounds | None,
        output: OutputLike,
        seed: int,
    ) -> None:
        self.expert, self.domain = expert, domain
        self.weight = amount("weight", expert.weight if weight is None else weight)
        self.eta, self.diversity = amount("eta", eta), amount("diversity", diversity)
        self.decode = expert.decode if isinstance(expert, CodeSpace) else None
        if self.eta and near is None:
            raise InputError(f"eta={eta} pulls towards a reference point; give near=, a tensor (batch, ...)")
        parameter = reference(model)
        kind = {} if parameter is None else {"device": parameter.device, "dtype": parameter.dtype}
        near, start = _given("near", near, kind, domain), _given("start", start, kind, domain)
        self.near = near
        begin = self._begin(start, shape, domain, kind)
        self.samples = self._samples(target, count, begin)
        if self.diversity and self.samples < 2:
            raise InputError(f"diversity={diversity} keeps prototypes apart, but there is one; give count=")
        begin = begin.expand(self.samples, *begin.shape[1:])
        # Where it begins may lie outside: what is found is clamped, and no rule for bounded inputs is used.
        self.box = bounds(input_range, domain, begin)[0] if self.decode is None else None
        if start is None and near is None and self.box is not None and expert.start() is None:
            low, high = self.box
            begin = ((low + high) / 2).expand(begin.shape)
        self.begin = self._scattered(begin, noise, seed, several=(count or 1) > 1)
        with scene(begin.device):
            x = self.begin if self.decode is None else self.decode(self.begin)
        if near is not None and tuple(near.shape[1:]) != tuple(x.shape[1:]):
            raise InputError(
                f"near has shape {tuple(near.shape)}, the model's input {tuple(x.shape)} (batch, ...)"
            )
        try:
            self.goal = Goal(model, target, x, score=score, labels=labels, output=output)
        except InputError as error:
            if start is not None or expert.shape is None:
                raise
            of = "" if self.decode is None else f" of codes {tuple(self.begin.shape)}"
            raise InputError(
                f"the expert {expert!r} makes inputs of shape {tuple(x.shape)}{of}{_wanted(domain)}; {error}"
            ) from error

    def ascent(self, first: float | None, tolerance: float) -> Ascent:
        """The search before its first step."""
        if first is None:
            first = 0.1 * self._width()
        if not (math.isfinite(first) and first > 0):
            raise InputError(f"step_size={first!r} must be positive and finite")
        if not (math.isfinite(tolerance) and tolerance >= 0):
            raise InputError(f"tolerance={tolerance!r} must be zero or positive")
        joint = self.diversity > 0
        made = Ascent(self.evaluate, self.begin, self.box, first=first, tolerance=tolerance, joint=joint)
        self._check(made.point)
        return made

    def evaluate(self, y: Tensor) -> Point:
        """The objective's terms and its gradient at y (batch, ...)."""
        with scene(y.device), torch.enable_grad():
            leaf = y.detach().clone().requires_grad_()
            x = leaf if self.decode is None else self.decode(leaf)
            score, probability = self.goal(x)
            density = self.expert.log_density(leaf).to(score.device)
            objective = score + self.weight * density if self.weight else score
            distance = None
            if self.near is not None:
                distance = (x - self.near).square().flatten(1).sum(1)
                objective = objective - self.eta * distance
                distance = distance.detach().sqrt()
            if self.diversity:
                objective = objective + self.diversity * _apart(leaf)
            if not objective.requires_grad:
                raise InputError(
                    "neither the score nor the expert's term depends on the input in a differentiable way, so there is "
                    "nothing to climb"
                )
            (gradient,) = torch.autograd.grad(objective.sum(), leaf, allow_unused=True)
        if gradient is None:
            gradient = torch.zeros_like(leaf)
        return Point(
            x.detach(),
            score.detach(),
            density.detach(),
            objective.detach(),
            gradient.detach(),
            probability,
            distance,
        )

    def _begin(
        self, start: Tensor | None, shape: Sequence[int] | None, domain: Any, kind: dict[str, Any]
    ) -> Tensor:
        """Where the search begins, (1 or batch, ...): as asked, at `near`, where the expert says, at zero."""
        wanted = self.expert.shape
        if start is not None:
            begin = start
        elif self.decode is None and self.near is not None:
            begin = self.near
        else:
            own = self.expert.start()
            known = shape if shape is not None else wanted
            begin = own.to(**kind) if own is not None else _zero(known, domain, kind)
        if wanted is not None and tuple(begin.shape[1:]) != tuple(wanted):
            raise InputError(
                f"the expert {self.expert!r} is for samples of shape {tuple(wanted)}, the search begins at "
                f"{tuple(begin.shape)} (batch, ...)"
            )
        if self.decode is None and shape is not None and tuple(begin.shape[1:]) != tuple(shape):
            raise InputError(
                f"shape={tuple(shape)}, but the search begins at {tuple(begin.shape)} (batch, ...)"
            )
        return begin

    def _samples(self, target: Any, count: int | None, begin: Tensor) -> int:
        if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
            raise InputError(f"count is a whole number of at least 1, not {count!r}")
        known = {f"the start {tuple(begin.shape)}": len(begin)}
        if isinstance(target, (list, tuple, range)) or len(getattr(target, "shape", "")) > 0:
            known["the targets"] = len(target)
        if count is not None:
            known["count"] = count
        if self.near is not None:
            known["near"] = len(self.near)
        owned = self.expert.start()
        if owned is not None:
            known["the expert's references"] = len(owned)
        numbers = {number for number in known.values() if number > 1}
        if len(numbers) > 1:
            listed = ", ".join(f"{name}: {number}" for name, number in known.items())
            raise InputError(f"how many prototypes? {listed}; they must agree, or be 1")
        return max(known.values())

    def _scattered(self, begin: Tensor, noise: float | None, seed: int, *, several: bool) -> Tensor:
        if noise is None:
            noise = 0.1 * self._width() if several else 0.0
        spread = amount("noise", noise)
        if not spread:
            return begin.clone()
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.randn(begin.shape, generator=generator, dtype=torch.float64).to(begin)
        return begin + spread * drawn

    def _width(self) -> float:
        return 1.0 if self.box is None else float((self.box[1] - self.box[0]).amax())

    def _check(self, point: Point) -> None:
        """The first values must be numbers."""
        for name, value in (
            ("the model's score", point.score),
            (f"the log density of {self.expert!r}", point.log_density),
            ("the gradient of the objective", point.gradient),
        ):
            bad = ~torch.isfinite(value).reshape(len(value), -1).all(1)
            if bad.any():
                raise InputError(
                    f"{name} is NaN or infinite where the search begins, for prototype {int(bad.nonzero()[0])} of "
                    f"{len(bad)}; begin elsewhere with start= or noise="
                )


def _apart(y: Tensor) -> Tensor:
    """mean over j != i of log |y_i - y_j|^2, (batch,)."""
    flat = y.flatten(1)
    squares = (flat[:, None] - flat[None]).square().sum(2)
    own = torch.eye(len(flat), dtype=torch.bool, device=y.device)
    return squares.masked_fill(own, 1.0).log().sum(1) / (len(flat) - 1)


def amount(name: str, value: Any) -> float:
    """`value` as a number, if it is finite and at least 0."""
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not (math.isfinite(value) and value >= 0)
    ):
        raise InputError(f"{name} is a finite number of at least 0, not {value!r}")
    return float(value)


def _given(name: str, value: Any, kind: dict[str, Any], domain: Any) -> Tensor | None:
    if value is None:
        return None
    if not isinstance(value, Tensor) and domain is not None:
        value = domain.encode(value)
    if not isinstance(value, Tensor) or not value.is_floating_point() or value.dim() < 2:
        what = (
            f"of shape {tuple(value.shape)}, {value.dtype}"
            if isinstance(value, Tensor)
            else type(value).__name__
        )
        raise InputError(f"{name} is {what}; give a floating point tensor (batch, ...)")
    if not torch.isfinite(value).all():
        raise InputError(f"{name} holds values that are NaN or infinite")
    return value.detach().clone().to(**kind)


def _zero(shape: Sequence[int] | None, domain: Any, kind: dict[str, Any]) -> Tensor:
    """Zeros of the input's shape, as told or known to the domain."""
    if shape is None:
        size = getattr(domain, "size", None)
        if size is None:
            raise InputError(
                "the shape of the model's input is not known; give shape=(channel, height, width), or start="
            )
        shape = (domain.channels, *size)
    try:
        return torch.zeros(1, *shape, **kind)
    except (TypeError, RuntimeError) as error:
        raise InputError(f"shape={shape!r} is that of one input, e.g. (1, 28, 28): {error}") from error


def _wanted(domain: Any) -> str:
    size = getattr(domain, "size", None)
    return (
        "" if size is None else f", the model takes (batch, {', '.join(map(str, (domain.channels, *size)))})"
    )


def made(
    model: nn.Module, target: TargetLike, expert: Expert, input: Any, labels: Any, **settings: Any
) -> Search:
    """The search, with what the model's card knows filled in."""
    check_model(model)
    with torch.inference_mode(False):  # its tensors could not be followed back through
        return Search(
            model,
            list(target) if isinstance(target, range) else target,
            expert,
            domain=described(model, input, "input"),
            labels=described(model, labels, "labels"),
            **settings,
        )
