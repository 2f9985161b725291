"""A trace: one recorded forward pass, and a session that answers many questions about it.

Recording costs a forward. Another target, method or preset costs one backward: activations are kept, and so
are the denominators of the last `keep` presets.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import InputError, MethodError, ModelError
from . import code, presets, targets
from .explanation import Explanation
from .first_layer import Bounds, of_samples
from .forward import record
from .gradients import GRADIENT
from .inputs import bounds, described, model_inputs
from .ledger import Entries, Ledger
from .lrp import LRP
from .methods import METHODS
from .node import Node
from .operations import Handler
from .outputs import OutputLike
from .presets import Assignment, Preset
from .propagate import Walk
from .rules import Rule
from .scene import scene
from .targets import Start, TargetLike
from .weights import Weights


class Trace:
    """The forward pass of `model` on `x`, recorded; ask it with :meth:`explain`.

    `x` is a floating point tensor (batch, ...), or whatever ``input.encode`` takes (a photo, a list of them).
    `input` describes preprocessing, `input_range` is (low, high) of the model's input if there is no `input`;
    `keep` is the number of presets whose denominators are kept for the next question.
    """

    def __init__(
        self,
        model: nn.Module,
        x: Any,
        *,
        labels: Sequence[str] | None = None,
        input: Any = None,
        input_range: Bounds | None = None,
        of: int | str | None = None,
        output: OutputLike = None,
        keep: int = 1,
    ) -> None:
        if not isinstance(model, nn.Module):
            raise ModelError(f"the model must be a torch.nn.Module, not {type(model).__name__}")
        self.model = model
        self.domain = described(model, input, "input")
        self.labels = _labels(described(model, labels, "labels"))
        self.inputs = model_inputs(model, x, self.domain, of)
        self.input_range, notes = bounds(input_range, self.domain, self.input)
        self.keep = keep
        self._output = output
        self._given = code.given(labels, input, input_range, of, output)
        self._recording = record(model, self.inputs, output)
        self.notes = (*self._recording.notes, *notes)
        self._check_labels()
        self._weights = Weights(model) if keep > 0 else None
        self._branches: OrderedDict[Preset, dict[Any, Any]] = OrderedDict()
        self._assignments: weakref.WeakKeyDictionary[Preset, Assignment] = weakref.WeakKeyDictionary()

    def __repr__(self) -> str:
        shapes = f"{tuple(self.input.shape)} to {tuple(self.output.shape)}"
        return f"<Trace of {type(self.model).__name__}: {shapes}, {len(self.nodes)} operations>"

    @property
    def input(self) -> Tensor:
        """The input that is explained, shape (batch, ...)."""
        return self.inputs.explained

    @property
    def point(self) -> Tensor:
        """Where it is explained: the input itself, or the vectors (batch, token, width) that its integers become."""
        return self._recording.point.tensor

    @property
    def output(self) -> Tensor:
        """What the model returned, shape (batch, classes)."""
        return self._recording.output

    @property
    def nodes(self) -> list[Node]:
        """The recorded operations that depend on the input, in the order they ran."""
        return self._recording.nodes

    def _check_labels(self) -> None:
        classes = self.output.shape[-1] if self.output.dim() == 2 else None
        if self.labels is not None and classes is not None and len(self.labels) != classes:
            raise InputError(
                f"{len(self.labels)} labels for a model with {classes} outputs; give one label for each output"
            )

    # -- asking ---------------------------------------------------------------------------------

    def explain(
        self,
        *,
        method: str = "lrp",
        rules: str | Preset | Mapping[str, Rule] | None = None,
        target: TargetLike = "top",
        minus: TargetLike | None = None,
        **parameters: Any,
    ) -> Explanation:
        """One explanation for one backward; see :func:`lrpwidgets.explain`."""
        chosen = METHODS.choose(method)
        if rules is not None:
            if all(parameter.name != "rules" for parameter in chosen.parameters):
                raise MethodError(f"method {method!r} takes no rules; leave rules= out, or use method='lrp'")
            parameters["rules"] = rules
        settings = chosen.settings(parameters)
        named = settings.get("rules", chosen.preset)
        preset = None if named is None else presets.choose(named)
        parameters = {name: value for name, value in settings.items() if name != "rules"}
        settings["rules"] = preset
        if self._weights is not None:
            self._weights.check(self.model)
        with scene(self.input.device):
            start = targets.start(target, self.output, self.labels)
            other = None if minus is None else targets.start(minus, self.output, self.labels)
            score = start.score if other is None else start.score - other.score
            if preset is not None and preset.start == "one":
                start = start.with_one(self.output)
                other = None if other is None else other.with_one(self.output)
            if other is not None:
                start = targets.minus(start, other)
            relevance, notes, account = chosen.run(self, start, settings)
            relevance = self._recording.point.to_input(relevance, self.input.shape)
        if self._recording.disturbed:
            notes = (
                *notes,
                "the weights changed while the model was explained: the map mixes two steps of training",
            )
        make_ledger = None
        if chosen.decomposes:
            make_ledger = account.ledger if account else self._ledger_later(preset, start, relevance)
        return Explanation(
            input=self.input,
            relevance=relevance,
            score=score,
            output=self.output,
            target=start.targets,
            minus=None if other is None else other.targets,
            method=method,
            rules=None if preset is None or chosen.preset else preset.name,
            settings=code.plain(parameters) | ({} if preset is None else {"rules": preset.to_json()}),
            labels=self.labels,
            domain=self.domain,
            notes=tuple(dict.fromkeys((*self.notes, *notes))),
            code=code.call(
                self._given, method, None if chosen.preset else rules or preset, target, minus, parameters
            ),
            _make_ledger=make_ledger,
        )

    def relevance(
        self, c: Tensor, preset: Preset, ledger: Entries | None = None
    ) -> tuple[Tensor, tuple[str, ...]]:
        """R at the input, shape of the input, from c at the output, by LRP; and notes."""
        assignment = self.assignment(preset)
        kept = self._kept_branches(preset)
        walk = Walk(LRP, assignment, kept, keep=self.keep > 0, ledger=ledger)
        found = self._walk(walk, c)
        relevance = walk.relevance.get(self._recording.source)
        if found is not None:
            part = found * self.point
            relevance = part if relevance is None else relevance.add_(part)
        return torch.zeros_like(self.point) if relevance is None else relevance, assignment.notes

    def gradient(
        self, c: Tensor, ledger: Entries | None = None, table: Mapping[str, Handler] = GRADIENT
    ) -> tuple[Tensor, tuple[str, ...]]:
        """d sum(c * output) / d input (or as `table` has it), shape of the input, memory of its own; and notes."""
        walk = Walk(table, ledger=ledger)
        found = self._walk(walk, c)
        names = sorted({f"{node.where} (aten.{node.op})" for node in walk.fallbacks})
        notes = (f"left to autograd: {', '.join(names)}",) if names else ()
        return torch.zeros_like(self.point) if found is None else found.clone(), notes

    def assignment(self, preset: str | Preset | Mapping[str, Rule]) -> Assignment:
        """Which rule each layer of this trace uses under a preset."""
        preset = presets.choose(preset)
        if preset not in self._assignments:
            recording = self._recording
            self._assignments[preset] = preset.assign(
                recording.nodes, recording.layers, recording.source, self.input_range
            )
        return self._assignments[preset]

    def at(self, x: Tensor) -> Trace:
        """The same model on another input of this shape (of a larger batch, too); keeps nothing for a next question."""
        inputs = self.inputs.repeated(len(x) // len(self.input)).at(x)
        return Trace(self.model, inputs, input=self.domain, output=self._output, keep=0)

    # -- walking --------------------------------------------------------------------------------

    def _walk(self, walk: Walk, c: Tensor) -> Tensor | None:
        recording = self._recording
        return walk.run(recording.nodes, recording.sink, c, recording.source)

    def _kept_branches(self, preset: Preset) -> dict[Any, Any]:
        if self.keep <= 0:
            return {}
        branches = self._branches.pop(preset, {})
        self._branches[preset] = branches
        while len(self._branches) > self.keep:
            self._branches.popitem(last=False)
        return branches

    def _ledger(self, preset: Preset | None, start: Start) -> tuple[Ledger, Tensor]:
        """The account of one walk, and its map; without a preset, of gradient x input."""
        entries = Entries()
        with scene(self.input.device):
            if preset is None:
                relevance = self.gradient(start.c, entries)[0] * self.point
            else:
                relevance = self.relevance(start.c, preset, entries)[0]
        relevance = self._recording.point.to_input(relevance, self.input.shape)
        total = float(relevance.sum(dtype=torch.float64))
        return Ledger(tuple(entries.rows), float(start.score.sum(dtype=torch.float64)), total), relevance

    def _ledger_later(
        self, preset: Preset | None, start: Start, relevance: Tensor
    ) -> Callable[[slice], Ledger]:
        """A function that records again when a ledger is asked for, so that no activations are kept for it."""
        model, inputs, input_range, output = self.model, self.inputs, self.input_range, self._output

        def ledger(samples: slice) -> Ledger:
            ends = of_samples(input_range, samples, inputs.explained.dim())
            again = Trace(model, inputs.of(samples), input_range=ends, output=output, keep=0)
            found, same = again._ledger(preset, start.of(samples))
            then = relevance[samples]
            # Up to what another batch size does to the last digits.
            if (same - then).abs().max() > 1e-2 * then.abs().max():
                raise ModelError("the model has changed since this explanation was made; explain again")
            return found

        return ledger


def _labels(labels: Any) -> tuple[str, ...] | None:
    return None if labels is None else tuple(str(label) for label in labels)
