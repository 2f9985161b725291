"""Simple Taylor decomposition at a root point (tutorial, section 4.2)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..errors import MethodError, unknown
from .account import Account
from .gradients import Found
from .points import Points, like_input

if TYPE_CHECKING:
    from .start import Start
    from .trace import Trace

ROOTS = ("search", "scaling")
# The limit eps -> 0 of section 4.2, as near as float32 needs.
SCALING = 1e-6
# Parts of the segment in which a change of sign is looked for.
PARTS = 32
# Bisections: the last bracket is 2^-64 of a part.
HALVINGS = 64
_FLAT = (
    "the gradient at the root point is zero for {} of {} samples: no ReLU lets anything through there, because of "
    'biases; root="search" looks for a root nearer to x'
)
_NO_ROOT = (
    "f keeps its sign between x and the baseline for {} of {} samples: the point of smallest |f| among {} on the way "
    "stands for the root there"
)
_NAMES = ("f at the root point", "terms of higher order")


def taylor(trace: Trace, start: Start, settings: Mapping[str, Any]) -> Found:
    """R_i = (x_i - root_i) df/dx_i(root), in units of the score; f(x) = f(root) + sum_i R_i + higher orders."""
    searches = isinstance(settings["root"], str) and settings["root"] == "search"
    points = Points(trace, start, "taylor", PARTS + 1 + HALVINGS + 1 if searches else 1)
    root, notes = _root(trace, start, points, settings["root"], settings["baseline"])
    ((_, score, gradient),) = points.gradients(1, lambda _: root)
    relevance = gradient * (trace.input - root)
    if flat := int((gradient.flatten(1) == 0).all(1).sum()):
        notes = (*notes, _FLAT.format(flat, len(root)))
    total = relevance.flatten(1).sum(1, dtype=torch.float64)
    return Found(relevance, (*notes, *points.notes), Account(start.score, score, total, _NAMES))


def _root(
    trace: Trace, start: Start, points: Points, root: Any, baseline: Any
) -> tuple[Tensor, tuple[str, ...]]:
    x = trace.input
    if isinstance(root, str):
        if root not in ROOTS:
            raise MethodError(
                f"method 'taylor': {unknown('root point', root, ROOTS)} Or a number eps (the root is eps * x), "
                "or a tensor of the input's shape"
            )
        if root == "search":
            return _search(points, start, x, like_input(trace, "baseline", baseline))
        root = SCALING
    if isinstance(root, (int, float)) and not isinstance(root, bool):
        if not (math.isfinite(root) and 0 <= root < 1):
            raise MethodError(f"method 'taylor': root = eps * x needs 0 <= eps < 1, not {root!r}")
        return root * x, ()
    if isinstance(root, bool) or root is None:
        raise MethodError(
            f"method 'taylor': root is {root!r}; give 'scaling', 'search', a number or a tensor"
        )
    return like_input(trace, "root", root).clone(), ()


def _search(points: Points, start: Start, x: Tensor, end: Tensor) -> tuple[Tensor, tuple[str, ...]]:
    """The root of f nearest to x on the way to `end`: end + s (x - end), s found by bisection for all samples.

    Of the last bracket the side of x is taken, so that the root lies in the linear region that x is seen from.
    """
    way, sign = x - end, start.score.sign()

    def at(s: Tensor) -> Tensor:
        return end + s.to(x).reshape(-1, *[1] * (x.dim() - 1)) * way

    grid = torch.linspace(1, 0, PARTS + 1, dtype=torch.float64, device=x.device)
    scores = points.scores(PARTS + 1, lambda index: at(grid[index]))
    crossed = scores * sign <= 0
    found = crossed.any(0)
    place = crossed.to(torch.uint8).argmax(0).clamp(min=1)
    near, far = grid[place - 1], grid[place]
    left = scores.gather(0, (place - 1)[None])[0]
    enough = start.score.abs() * torch.finfo(x.dtype).eps ** (2 / 3)
    for _ in range(HALVINGS):
        if not bool((found & (left.abs() > enough)).any()):
            break
        middle = (near + far) / 2
        score = points.score(at(middle))
        same = score * sign > 0
        near, far = torch.where(same, middle, near), torch.where(same, far, middle)
        left = torch.where(same, score, left)
    least = scores.abs().argmin(0)
    s = torch.where(found, near, grid[least])
    lost = int((~found).sum())
    return at(s), (_NO_ROOT.format(lost, len(x), PARTS + 1),) if lost else ()
