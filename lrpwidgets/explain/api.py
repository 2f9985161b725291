"""`explain` and `trace`: the two calls most users need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from .budget import Memory
from .explanation import Explanation
from .filtering import Through
from .first_layer import Bounds
from .methods import METHODS
from .outputs import OutputLike
from .presets import Preset
from .rules import Rule
from .targets import TargetLike, hidden
from .trace import Trace


def explain(
    model: nn.Module,
    x: Any,
    *,
    method: str = "lrp",
    rules: str | Preset | Mapping[str, Rule] | None = None,
    target: TargetLike = "top",
    minus: TargetLike | None = None,
    through: Through | None = None,
    labels: Sequence[str] | None = None,
    input: Any = None,
    input_range: Bounds | None = None,
    of: int | str | None = None,
    output: OutputLike = None,
    memory: Memory | None = None,
    **parameters: Any,
) -> Explanation:
    """Why did `model` decide that about `x`? Relevance of every input variable for the target's score.

    model: any eager torch module; it is explained in eval mode and never modified.
    x: a floating point tensor (batch, ...), token ids (batch, token), or what `input` can encode (a photo, a list of
    photos); for several inputs a tuple of positional or a mapping of keyword inputs, of which `of` says which one is
    explained (the first of floating point numbers, else the first of integers).
    method: a name in ``lw.METHODS``; rules: for "lrp", a name in ``lw.PRESETS``, a preset, or rules by module path.
    target: "top", a class index, a label, one of these for each sample, a callable on the output,
        or a hidden unit, ``lw.unit("features.6", 3)``.
    minus: a second target; the map is then R_A - R_B and sums to f_A - f_B.
    through: units by module path: only what flows through them. Units are channels (axis 1), (channel, position) with
        a tuple of spatial indices, lists of these, or a mask that broadcasts to the module's output. Several layers:
        what passes all of those that follow one another, any of those side by side. ``path#2`` is the second call
        of a module that is called again, a bare path every call.
    labels: names of the classes; input: preprocessing (``lw.image(...)``); input_range: (low, high) for the zB rule.
    output: which one of the tensors that the model returns holds the scores (key, attribute or place; "logits").
    memory: bytes that activations may take, for large inputs: see :func:`trace`.

    Returns an :class:`~lrpwidgets.explain.explanation.Explanation`; its `relevance` has the shape of the model's input.
    """
    layers = [path for path in map(hidden, (target, minus)) if path is not None]
    chosen = METHODS.choose(method)
    session = Trace(
        model,
        x,
        labels=labels,
        input=input,
        input_range=input_range,
        of=of,
        output=output,
        memory=memory,
        keep=0,
        layers=layers,
        _once=True,
        _rules=chosen.has_rules or not chosen.walks_once or through is not None,
    )
    return session.explain(
        method=method, rules=rules, target=target, minus=minus, through=through, **parameters
    )


def trace(
    model: nn.Module,
    x: Any,
    *,
    labels: Sequence[str] | None = None,
    input: Any = None,
    input_range: Bounds | None = None,
    of: int | str | None = None,
    output: OutputLike = None,
    keep: int = 1,
    layers: Sequence[str] = (),
    memory: Memory | None = None,
) -> Trace:
    """Record one forward pass and ask it many times: ``trace.explain(target=...)`` costs one backward.

    keep: how many presets' denominators are kept; layers: paths of modules whose outputs are kept too.
    memory: bytes (or "2 GB", "512 MiB") within which activations are held: the forward keeps checkpoints only, and
        the walk back makes the rest again between two of them, the same numbers for one more forward a question.
        It covers checkpoints, what is made again, and three tensors of the largest layer's size to work with, beside
        the model's own weights and input; denominators are not kept. An error says what the model needs at least.
    """
    return Trace(
        model,
        x,
        labels=labels,
        input=input,
        input_range=input_range,
        of=of,
        output=output,
        keep=keep,
        layers=layers,
        memory=memory,
    )
