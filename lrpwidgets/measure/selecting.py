"""Which rules suit a model: candidates compared by pixel-flipping (tutorial, sections 6.2 and 7.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import InputError, StoppedError, UnsupportedOperationError
from ..explain.api import trace
from ..explain.first_layer import Bounds, of_samples
from ..explain.inputs import Inputs, described, model_inputs
from ..explain.outputs import OutputLike
from ..explain.presets import Preset
from ..explain.targets import TargetLike
from .candidates import presets
from .curve import Curve
from .flipping_run import Step
from .flips import flip_steps
from .integers import count
from .patches import places
from .removal import RemovalLike
from .removal import removal as removing
from .selection import Selection, joined

CANDIDATES = ("deep-taylor", "alpha2-beta1", "epsilon", "epsilon-plus", "epsilon-gamma-box")


def select_rules(
    model: nn.Module,
    data: Any,
    candidates: Any = CANDIDATES,
    *,
    progress: Callable[[Selection], object] | None = None,
    **settings: Any,
) -> Selection:
    """The candidate whose relevance makes the score fall fastest, and how sure that is.

    Parameters are those of :func:`selection_steps`; `progress` is called after every batch. ``found.preset`` goes to
    ``rules=``. Stopping it (an interrupt of the kernel) returns the ranking over the samples that are finished.

    >>> import lrpwidgets as lw
    >>> net, digits = lw.zoo.digits(), lw.zoo.mnist()[:10]
    >>> groups = {"convolutions": [lw.ZPlus(), lw.Gamma(0.25)], "dense": [lw.ZPlus(), lw.Epsilon()]}
    >>> found = select_rules(net, list(digits), groups, patch=7)
    >>> len(found.ranking), found.complete
    (4, True)
    """
    found: Selection | None = None
    try:
        for found in selection_steps(model, data, candidates, **settings):
            if progress is not None:
                progress(found)
    except (KeyboardInterrupt, StoppedError):
        if found is None:
            raise
    assert found is not None
    return found


def selection_steps(
    model: nn.Module,
    data: Any,
    candidates: Any = CANDIDATES,
    *,
    base: str | Preset = "deep-taylor",
    batch: int = 16,
    rectify: bool = False,
    confidence: float = 0.95,
    target: TargetLike = "top",
    patch: int | tuple[int, ...] | None = None,
    regions: Any = None,
    anywhere: bool = False,
    removal: RemovalLike = "neutral",
    sigma: float | None = None,
    steps: int | None = None,
    per_step: int = 1,
    seed: int = 0,
    labels: Any = None,
    input: Any = None,
    input_range: Bounds | None = None,
    of: int | str | None = None,
    output: OutputLike = None,
    watch: Callable[[Step], object] | None = None,
    **settings: Any,
) -> Iterator[Selection]:
    """As :func:`select_rules`, the ranking so far after every `batch` of samples.

    candidates: names of presets, presets, rules, mappings of module paths to rules; or one mapping of groups of layers
        ("first", "convolutions", "dense", module paths with * and ?) to the rules that are combined; what is not said
        is as in `base`. One without a rule for an operation of the model is left out, with its reason.
    rectify: rank by the area under max(f, 0), which does not reward scores far below zero.
    watch: called after every step of every candidate; what it raises ends the work.
    The rest is as in :func:`~lrpwidgets.measure.flip_steps` (`settings`: order, recompute, score, chunk). Results do
    not depend on `batch`. Costs one forward a candidate, sample and step, and an explanation each.

    Raises `PresetError`, `InputError` or `UnsupportedOperationError` (no candidate can be used), at once.
    """
    chosen = presets(candidates, base)
    domain = described(model, input, "input")
    inputs = model_inputs(model, data, domain, of)
    x = inputs.explained
    batch, per_step = count("batch", batch), count("per_step", per_step)
    if not 0 < confidence < 1:
        raise InputError(f"confidence is a share between 0 and 1, not {confidence!r}")
    most = -(-places(x, patch, regions, anywhere=anywhere).most // per_step)
    last = most if steps is None else count("steps", steps)
    if last > most:
        raise InputError(f"{last} steps, but all is flipped after {most}; leave steps out to flip all")
    if not callable(removal) or isinstance(removal, Tensor):  # once for all, so that batches do not matter
        every = torch.ones(x.shape, dtype=torch.bool, device=x.device)
        removal = removing(removal, x, domain, sigma=sigma, seed=seed)(every)
    context = {"labels": labels, "input": input, "output": output}
    first = _rows(target, slice(0, 1), len(x), 1)
    usable, refused = _usable(model, inputs.of(slice(0, 1)), chosen, first, input_range, context)

    def begun(samples: slice) -> Iterator[Step]:
        here = inputs.of(samples)
        part = _rows(regions, samples, len(x), x.dim())
        found = places(here.explained, patch, part, anywhere=anywhere)
        return flip_steps(
            model,
            here,
            {name: {"rules": one} for name, one in usable.items()},
            target=_rows(target, samples, len(x), 1),
            patch=patch,
            regions=part,
            anywhere=anywhere,
            removal=_rows(removal, samples, len(x), x.dim()),
            steps=min(last, -(-found.most // per_step)),
            per_step=per_step,
            seed=seed,
            input_range=of_samples(input_range, samples, x.dim()),
            **context,
            **settings,
        )

    walk = begun(slice(0, batch))  # checks the settings

    def steps_of(walk: Iterator[Step]) -> Iterator[Selection]:
        curves: dict[str, Curve] = {}
        for begin in range(0, len(x), batch):
            new = _curves(walk if begin == 0 else begun(slice(begin, begin + batch)), last, watch)
            curves = {name: joined(curves[name], new[name]) if curves else new[name] for name in usable}
            done = min(begin + batch, len(x))
            yield Selection(curves, usable, refused, done, len(x), rectify, confidence, seed)

    return steps_of(walk)


def _usable(
    model: nn.Module,
    one: Inputs,
    chosen: dict[str, Preset],
    target: TargetLike,
    input_range: Bounds | None,
    context: dict[str, Any],
) -> tuple[dict[str, Preset], dict[str, str]]:
    """The candidates that can explain a first sample, and why the others cannot."""
    bounds = of_samples(input_range, slice(0, 1), one.explained.dim())
    seen = trace(model, one, input_range=bounds, **context)
    usable, refused = {}, {}
    for name, preset in chosen.items():
        try:
            seen.explain(rules=preset, target=target)
        except UnsupportedOperationError as error:
            refused[name] = str(error)
        else:
            usable[name] = preset
    if not usable:
        raise UnsupportedOperationError(
            f"no candidate can explain the model ({type(model).__name__}): {next(iter(refused.values()))}"
        )
    return usable, refused


def _rows(value: Any, samples: slice, batch: int, axes: int) -> Any:
    """The part of a setting that has one value a sample: a list, or an array with so many axes."""
    if isinstance(value, (list, tuple)) and axes == 1:
        if len(value) != batch:
            raise InputError(f"there are {len(value)} targets for {batch} samples")
        return value[samples]
    if isinstance(value, (Tensor, np.ndarray)) and value.ndim == axes and len(value) == batch:
        return value[samples]
    return value


def _curves(walk: Iterator[Step], last: int, watch: Callable[[Step], object] | None) -> dict[str, Curve]:
    """Curves of `last` steps by name: where nothing is left to flip, the score stays."""
    kept: dict[str, list[Tensor]] = {}
    for step in walk:
        kept.setdefault(step.method, []).append(step.scores)
        if watch is not None:
            watch(step)
    found = {}
    for name, scores in kept.items():
        stays = scores[-1:] * (last + 1 - len(scores))
        values = torch.stack(scores + stays, 1).cpu().numpy()
        found[name] = Curve(name, values, np.empty((len(values), 0), dtype=np.int64))
    return found
