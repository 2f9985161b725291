"""A trace: one recorded forward pass, and a session that answers many questions about it.

Recording costs a forward. Another target, method or preset costs one backward: activations are kept, and so
are the denominators of the last `keep` presets.
"""

from __future__ import annotations

import copy
import weakref
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import InputError, ModelError
from . import code, presets, session, targets, units
from .assignment import Assignment, assign, check
from .bookkeeping import ledger_later
from .budget import Memory, as_bytes
from .explanation import Explanation
from .filtering import Filter, Through, Unit, Units, calls, one_call
from .first_layer import Bounds
from .forward import Recording, record
from .gradients import GRADIENT, Found
from .inputs import bounds, described, holding, model_inputs
from .ledger import Entries
from .lrp import LRP
from .memory import room_for
from .methods import Method, complete
from .node import Node, Value
from .operations import Handler, kept
from .outputs import OutputLike
from .passage import Passage, Question
from .presets import Preset
from .propagate import Walk
from .rules import Rule
from .scene import scene
from .session import Kept, Layers
from .shadow import check_model
from .stages import bypassed, stages
from .start import Start, difference
from .targets import TargetLike
from .weights import Weights

_NOT_LINEAR = (
    "the target is not linear in the model's output, so the map sums to sum of c * output, c its gradient, not to "
    'the score; the row "target" of the ledger holds the difference'
)


class Trace:
    """The forward pass of `model` on `x`, recorded; ask it with :meth:`explain`.

    `x` is a floating point tensor (batch, ...), or whatever ``input.encode`` takes (a photo, a list of them).
    `input` describes preprocessing, `input_range` is (low, high) of the model's input if there is no `input`;
    `keep` is the number of presets whose denominators are kept for the next question. `layers` are paths of
    modules whose outputs are kept in any case, for :meth:`units` and hidden targets. `memory` is how many bytes
    activations may take (a number, or "2 GB"; see :func:`lrpwidgets.trace`).
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
        layers: Sequence[str] = (),
        memory: Memory | None = None,
        _account: bool = False,
        _everything: bool = False,
        _once: bool = False,
        _rules: bool = True,
    ) -> None:
        check_model(model)
        self.model = model
        self.domain = holding(described(model, input, "input"), x)
        self.labels = _labels(described(model, labels, "labels"))
        with room_for("copying the input"):
            self.inputs = model_inputs(model, x, self.domain, of)
            self.input_range, notes = bounds(input_range, self.domain, self.input)
        self.keep = keep
        self._output = output
        self._layers = tuple(layers)
        self._memory = None if memory is None else as_bytes(memory)
        self._recording = record(
            model,
            self.inputs,
            output,
            self._layers,
            account=_account,
            everything=_everything,
            memory=self._memory,
            once=_once,
            rules=_rules,
        )
        self._given = code.given(labels, input, input_range, of, output)
        for path in self._layers:
            calls(model, self._recording, path)
        self.notes = (*self._recording.notes, *notes)
        self._check_labels()
        with room_for("looking at the model's weights"):
            self._weights = Weights(model) if keep > 0 else None
        self._branches: OrderedDict[Preset, dict[Any, Any]] = OrderedDict()
        self._assignments: weakref.WeakKeyDictionary[Preset, Assignment] = weakref.WeakKeyDictionary()
        # A view of a part of the trace has another recording; its rules may be those of the whole.
        self._whole = self._assigned = self._recording
        self._once = _once  # no question follows the first one
        self._passage: Passage | None = None
        self._last: Explanation | None = None
        self._questions: list[Question] = []  # the last one

    def __repr__(self) -> str:
        shapes = f"{tuple(self.input.shape)} to {tuple(self.output.shape)}"
        held = self.kept
        kept = f"{held.total / 2**20:.3g} MiB kept"
        if self._memory is not None:
            kept += f", {held.checkpoints / 2**20:.3g} MiB of it in checkpoints"
        return f"<Trace of {type(self.model).__name__}: {shapes}, {len(self.nodes)} operations, {kept}>"

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

    @property
    def layers(self) -> Layers:
        """Every call of a module: path, kind, shape, and under the last explanation its rule and share of the score.

        The share comes from that explanation's ledger, which is made when this is looked at.
        """
        return session.layers(self, None if self._last is None else self._last.ledger)

    @property
    def kept(self) -> Kept:
        """How many bytes are kept: activations, denominators of `keep` presets, the last filter's question."""
        return session.kept(self)

    def _check_labels(self) -> None:
        classes = self.output.shape[-1] if self.output.dim() == 2 else None
        if self.labels is not None and classes is not None and len(self.labels) != classes:
            raise InputError(
                f"{len(self.labels)} labels for a model with {classes} outputs; give one label for each output"
            )

    @property
    def current(self) -> bool:
        """Whether the model's weights are those that were recorded; always where nothing is kept of them."""
        try:
            self._check_weights()
        except ModelError:
            return False
        return True

    # -- asking ---------------------------------------------------------------------------------

    def explain(
        self,
        *,
        method: str = "lrp",
        rules: str | Preset | Mapping[str, Rule] | None = None,
        target: TargetLike = "top",
        minus: TargetLike | None = None,
        through: Through | None = None,
        **parameters: Any,
    ) -> Explanation:
        """One explanation for one backward; see :func:`lrpwidgets.explain`."""
        chosen, settings = complete(method, rules, parameters)
        preset = settings["rules"]
        only = None if through is None else Filter.of(through)
        self._once = self._once and chosen.walks_once and only is None
        with scene(self.input.device):
            self._check_weights()
            start, other, score = self._start(target, minus, preset)
            part = self._part(start)
            remainder = None
            if only is None:
                relevance, notes, account = chosen.run(part, start, settings)
            else:
                (relevance, notes, account), rest = part._filtered(chosen, settings, start, only)
                remainder = self._to_input(rest)
            relevance = self._to_input(relevance)
            curved = not start.linear and start.remainder(part.output).any()
            if chosen.decomposes and account is None and curved:
                notes = (*notes, _NOT_LINEAR)
        if self._recording.disturbed:
            notes = (
                *notes,
                "the weights changed while the model was explained: the map mixes two steps of training",
            )
        make_ledger = None
        if chosen.decomposes:
            make_ledger = account.ledger if account else ledger_later(self, preset, start, relevance, only)
        parameters = {name: value for name, value in settings.items() if name != "rules"}
        recorded = code.plain(parameters) | ({} if preset is None else {"rules": preset.to_json()})
        if only is not None:
            recorded["through"] = only.to_json()
        found = Explanation(
            input=self.input,
            relevance=relevance,
            score=score,
            output=self.output,
            target=start.targets,
            minus=None if other is None else other.targets,
            method=method,
            rules=None if preset is None or chosen.preset else preset.name,
            settings=recorded,
            labels=self.labels,
            domain=self.domain,
            notes=tuple(dict.fromkeys((*self.notes, *notes))),
            code=code.call(
                self._given,
                method,
                None if chosen.preset else rules or preset,
                target,
                minus,
                only,
                parameters,
            ),
            remainder=remainder,
            _make_ledger=make_ledger,
        )
        self._last = found if self.keep > 0 and found.has_ledger else None
        return found

    def _check_weights(self) -> None:
        if self._weights is not None:
            self._weights.check(self.model)

    def _start(
        self, target: TargetLike, minus: TargetLike | None, preset: Preset | None
    ) -> tuple[Start, Start | None, Tensor]:
        """Where the walk begins (for the difference, with `minus`), the start of `minus` alone, and the score."""
        one = self._start_of(target)
        other = None if minus is None else self._start_of(minus)
        score = one.score if other is None else one.score - other.score
        if preset is not None and preset.start == "one":
            at = self.output if one.layer is None else kept(self._kept(one.layer))
            one = one.with_one(at)
            other = None if other is None else other.with_one(at)
        return (one if other is None else difference(one, other)), other, score

    def _start_of(self, target: TargetLike) -> Start:
        path = targets.hidden(target)
        if path is None:
            return targets.start(target, self.output, self.labels)
        return targets.at_units(target, kept(self._kept(path)), path)

    def relevance(
        self, c: Tensor, preset: Preset, ledger: Entries | None = None
    ) -> tuple[Tensor, tuple[str, ...]]:
        """R at the input, shape of the input, from c at the output, by LRP; and notes."""
        assignment = self.assignment(preset)
        kept = self._kept_branches(preset)
        walk = Walk(
            LRP,
            assignment,
            kept,
            keep=self._keeps_denominators,
            ledger=ledger,
            nodes=self._whole.nodes,
            replay=self._whole.replay,
            last=self._once,
        )
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
        walk = Walk(table, ledger=ledger, nodes=self._whole.nodes, replay=self._whole.replay, last=self._once)
        found = self._walk(walk, c)
        names = sorted({f"{node.where} (aten.{node.op})" for node in walk.fallbacks})
        notes = (f"left to autograd: {', '.join(names)}",) if names else ()
        return torch.zeros_like(self.point) if found is None else found.clone(), notes

    def assignment(self, preset: str | Preset | Mapping[str, Rule]) -> Assignment:
        """Which rule each layer of this trace uses under a preset."""
        preset = presets.choose(preset)
        if preset not in self._assignments:
            check(preset, self._whole.nodes, self._whole.layers)
            recording = self._assigned
            self._assignments[preset] = assign(
                preset, recording.nodes, recording.layers, recording.source, self.input_range
            )
        return self._assignments[preset]

    def at(self, x: Tensor) -> Trace:
        """The same model on another input of this shape (of a larger batch, too); keeps nothing for a next question."""
        inputs = self.inputs.repeated(len(x) // len(self.input)).at(x)
        return Trace(self.model, inputs, input=self.domain, output=self._output, keep=0, memory=self._memory)

    def _to_input(self, relevance: Tensor) -> Tensor:
        """R of the input, from R where it is explained."""
        return self._whole.point.to_input(relevance, self.input.shape)

    # -- parts of the trace ---------------------------------------------------------------------

    def _kept(self, path: str) -> Value:
        """What the one call that `path` means returned, kept: recorded again if it was not."""
        value = one_call(self.model, self._recording, path)
        if value.tensor is None:
            self._record_again(path)
            value = one_call(self.model, self._recording, path)
        return value

    def _record_again(self, *paths: str) -> None:
        """Run the model once more to keep what the modules at `paths` return."""
        self._layers = (*self._layers, *paths)
        recording = record(self.model, self.inputs, self._output, self._layers, memory=self._memory)
        if not torch.equal(recording.output, self.output):
            raise ModelError(
                f"the model gives another output than when it was recorded, and {', '.join(paths)} was not kept then; "
                "trace again, with layers=[...]"
            )
        self._recording = self._whole = self._assigned = recording
        self._branches.clear()
        self._assignments.clear()
        self._questions.clear()

    def _view(self, recording: Recording, passage: Passage | None = None) -> Trace:
        """This trace with another start or end, or a filter; everything that is kept is shared."""
        view = copy.copy(self)
        view._recording, view._passage = recording, passage
        return view

    def _part(self, start: Start) -> Trace:
        """The trace up to the hidden layer where `start` is; itself if that is the model's output."""
        if start.layer is None:
            return self
        value = one_call(self.model, self._recording, start.layer)
        nodes = self.nodes[: value.made_by + 1]
        view = self._view(replace(self._recording, nodes=nodes, sink=value, output=kept(value)))
        # What is folded into a layer may lie above the unit.
        view._assigned, view._assignments = view._recording, weakref.WeakKeyDictionary()
        view._branches, view._questions = OrderedDict(), []
        return view

    def _filtered(
        self, method: Method, settings: Mapping[str, Any], start: Start, only: Filter
    ) -> tuple[Found, Tensor]:
        """What passes the filter, and what goes round it."""
        masks, names = only.masks(self.model, self._recording)
        question = self._ask(method, settings, start, masks)
        passage = self._passage_through(question, masks, names)
        found = method.run(self._view(self._recording, passage), start, settings)
        passage.check_walked(method.name)
        if not bypassed(passage.stages):
            return found, torch.zeros_like(found[0])
        if question.remainder is None:
            others = self._view(self._recording, passage.others())
            question.remainder = method.run(others, start, settings)[0]
        return found, question.remainder

    def _ask(
        self, method: Method, settings: Mapping[str, Any], start: Start, values: Collection[Value]
    ) -> Question:
        """The question, with what is kept of it if it was the last one."""
        question = Question(method.name, settings, start.c, frozenset(values))
        if self._questions and self._questions[0].is_also(question):
            return self._questions[0]
        if self.keep > 0:
            self._questions[:] = [question]
        return question

    def _passage_through(
        self, question: Question, masks: Mapping[Value, Tensor], names: Mapping[Value, str]
    ) -> Passage:
        recording = self._recording
        way = stages(recording.nodes, recording.sink, recording.source, masks)
        return Passage(recording.nodes, way, recording.source, masks, names, question.above)

    # -- units ----------------------------------------------------------------------------------

    def units(self, path: str, *, positions: bool = False, **question: Any) -> Tensor:
        """The relevance of every unit of what the module at `path` returns, from one backward down to there.

        `question`: method, rules, target, minus and parameters as in :meth:`explain`. Shape (batch, channel), summed
        over positions; with `positions` the shape of the module's output. In units of the score (of the method's
        own map, for a method that does not decompose it).
        """
        return units.of_layer(self, path, positions, **question)

    def maps(
        self, path: str, only: Units | None = None, *, budget: int = 2**28, **question: Any
    ) -> Iterator[tuple[list[Unit], Tensor]]:
        """The map through each unit of a layer alone, in chunks: (units, relevance (unit, batch, ...)).

        What lies above the layer is walked once, what lies below once for each unit that anything flows through.
        `only` names units as ``through=`` does, each with a map of its own; None: every channel. `budget` is how
        many bytes of maps one chunk may hold (at least one map). `question` as in :meth:`units`.
        """
        return units.maps(self, path, only, budget, **question)

    def _for_now(self) -> Trace:
        """This trace, keeping what one question needs, but only as long as the caller does."""
        view = self._view(self._recording)
        view.keep, view._branches, view._questions = 1, OrderedDict(), []
        return view

    # -- walking --------------------------------------------------------------------------------

    def _walk(self, walk: Walk, c: Tensor) -> Tensor | None:
        if self._passage is not None:
            return self._passage.walk(walk, c)
        recording = self._recording
        found = walk.run(recording.nodes, {recording.sink: c}, {recording.source})
        if walk.ledger is not None:
            for name, value in recording.sources.items():
                if value is not recording.source:
                    walk.ledger.input(name, walk.at(value))
        return found.get(recording.source)

    @property
    def _keeps_denominators(self) -> bool:
        return self.keep > 0 and self._memory is None

    def _kept_branches(self, preset: Preset) -> dict[Any, Any]:
        if not self._keeps_denominators:
            return {}
        branches = self._branches.pop(preset, {})
        self._branches[preset] = branches
        while len(self._branches) > self.keep:
            self._branches.popitem(last=False)
        return branches


def _labels(labels: Any) -> tuple[str, ...] | None:
    return None if labels is None else tuple(str(label) for label in labels)
