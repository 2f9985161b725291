"""Pixel-flipping: how fast the score falls when what a method calls relevant is removed (tutorial, section 7.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..errors import InputError, StoppedError, unknown
from ..explain.first_layer import Bounds
from ..explain.inputs import described, holding, model_inputs
from ..explain.outputs import OutputLike
from ..explain.targets import TargetLike
from .curve import Curve, Difference, paired
from .flipping_run import ORDERS, Run, Step
from .integers import count
from .patches import places
from .rankers import named
from .removal import NO_VECTOR, RemovalLike
from .removal import removal as removing
from .scored import Scored, ScoreLike

_ELEMENTS = 2**22  # of the input in one forward, if no chunk is given
_MOST = 256  # inputs in one forward; more are not faster


def flip_steps(
    model: nn.Module,
    x: Any,
    methods: Any = "lrp",
    *,
    patch: int | tuple[int, ...] | None = None,
    regions: Any = None,
    anywhere: bool = False,
    order: str = "most",
    recompute: bool = False,
    removal: RemovalLike = "neutral",
    sigma: float | None = None,
    score: ScoreLike = "logit",
    target: TargetLike = "top",
    minus: TargetLike | None = None,
    steps: int | None = None,
    per_step: int = 1,
    seed: int = 0,
    chunk: int | None = None,
    labels: Any = None,
    input: Any = None,
    input_range: Bounds | None = None,
    of: int | str | None = None,
    output: OutputLike = None,
) -> Iterator[Step]:
    """Flip regions of `x` one after another; each step as soon as it is known, all methods side by side.

    methods: names in ``lw.METHODS`` or ``lw.PRESETS``, or "random"; or a mapping of names to these, to keywords of
        ``explain``, to a function of (x, target) that gives relevance, to a map of relevance like `x`, or to an order,
        whole numbers (region,) or (batch, region).
    patch: flip patches of so many variables a side, on a grid or `anywhere` (without overlap), in all channels at
        once; regions: a map of whole numbers that broadcasts to `x`, one a region, negative: never flipped, such as
        superpixels (batch, 1, height, width). Without either, every variable is a region of its own.
    order: "most" or "least" relevant first, where relevance is summed over the region; recompute: explain what is left
        at each step, instead of once.
    removal: see :func:`~lrpwidgets.measure.removal.removal`: "neutral", "mean", "blur" (`sigma`), "noise" (`seed`),
        "inpaint", a value, a tensor, or a function of (x, removed). Of token ids: a number, or "embedding-zero", and
        then -1 stands in steps for tokens that are gone.
    score: "logit", "probability", or a function of (output, target) that gives one value a sample; target: as in
        ``explain``, chosen once, on the unflipped input; a hidden unit is followed by its activation. minus: a second
        class, whose score (logit or probability) is subtracted, as ``explain`` subtracts its relevance.
    steps: how many (None: until nothing is left), of `per_step` regions each; chunk: inputs in one forward.

    A sample whose output is no longer finite has the score NaN, and under `recompute` from there on. Costs one forward
    a step and sample, one for the start, and an explanation for each method, under `recompute` at each step.
    Raises `InputError` or `MethodError`, at once rather than at the first step.
    """
    domain = holding(described(model, input, "input"), x)
    inputs = model_inputs(model, x, domain, of)
    here = inputs.explained
    if order not in ORDERS:
        raise InputError(unknown("order", order, ORDERS))
    found = places(here, patch, regions, anywhere=anywhere, domain=domain)
    chosen = named(methods)
    if chunk is None:
        chunk = max(1, min(_MOST, _ELEMENTS // here[0].numel()))
    steps = None if steps is None else count("steps", steps)
    per_step, chunk, seed = count("per_step", per_step), count("chunk", chunk), count("seed", seed, low=0)
    most = -(-found.most // per_step)
    if steps is not None and steps > most:
        raise InputError(
            f"{steps} steps of {per_step}, but there are {found.most} regions: at most {most} steps; leave steps out "
            "to flip all"
        )
    remove = removing(removal, here, domain, sigma=sigma, seed=seed)
    scored = Scored(
        model,
        inputs,
        target=target,
        minus=minus,
        score=score,
        labels=described(model, labels, "labels"),
        output=output,
        chunk=chunk,
        tokens=isinstance(removal, str) and removal == NO_VECTOR,
    )
    run = Run(here, found, remove, scored, steps or most, per_step, order, recompute, seed)
    context = {"labels": labels, "input": input, "input_range": input_range, "output": output}
    return run.steps_of(chosen, context)


@dataclass(frozen=True, eq=False)
class Flips:
    """Curves by method; `complete` is False if the work was stopped, and then the curves are what was finished."""

    curves: Mapping[str, Curve]
    complete: bool = True
    notes: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, method: str) -> Curve:
        if method not in self.curves:
            raise InputError(unknown("method", method, self.curves))
        return self.curves[method]

    def __iter__(self) -> Iterator[str]:
        return iter(self.curves)

    def __len__(self) -> int:
        return len(self.curves)

    def rectified(self) -> Flips:
        """The same of max(f, 0)."""
        return replace(self, curves={name: curve.rectified() for name, curve in self.curves.items()})

    def difference(
        self,
        one: str,
        other: str,
        measure: Callable[[Curve], NDArray[np.float64]] = lambda curve: curve.auc,
        confidence: float = 0.95,
        seed: int = 0,
    ) -> Difference:
        """measure of `one` minus measure of `other`, paired by sample, with interval and p-value (needs scipy)."""
        return paired(self[one], self[other], measure, confidence, seed)

    def __repr__(self) -> str:
        width = max(map(len, self.curves))
        lines = [f"{'':{width}}  area under the curve, 95 % interval"]
        for name, curve in self.curves.items():
            value, low, high = curve.mean_auc()
            lines.append(f"{name:{width}}  {value:.4g}  [{low:.4g}, {high:.4g}]  ({curve.steps} steps)")
        return "\n".join([*lines, *self.notes])


def flip(model: nn.Module, x: Any, methods: Any = "lrp", **settings: Any) -> Flips:
    """All steps of :func:`flip_steps`, which says what the parameters are, as one curve for each method.

    Stopping it (an interrupt of the kernel) returns what is finished, with `complete` False.
    """
    steps = flip_steps(model, x, methods, **settings)
    kept: dict[str, list[tuple[Tensor, Tensor]]] = {}
    complete = True
    try:
        for step in steps:
            kept.setdefault(step.method, []).append((step.scores, step.picked))
    except (KeyboardInterrupt, StoppedError):
        if not kept:
            raise
        complete = False
    curves = {name: _curve(name, found) for name, found in kept.items()}
    notes = [] if complete else ["stopped: these are the steps that were finished"]
    for name, curve in curves.items():
        bad = int(np.isnan(curve.scores).any(1).sum())
        if bad:
            notes.append(f"{name}: the score of {bad} samples became NaN; they are left out of averages")
    return Flips(curves, complete, tuple(notes), dict(settings))


def _curve(name: str, found: list[tuple[Tensor, Tensor]]) -> Curve:
    scores, picked = zip(*found, strict=True)
    return Curve(name, torch.stack(scores, 1).cpu().numpy(), torch.cat(picked, 1).cpu().numpy())
