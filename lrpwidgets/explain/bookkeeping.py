"""The ledger of an explanation: of one more walk, on a record that is made when somebody looks at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from torch import Tensor

from ..errors import ModelError
from .filtering import Filter
from .first_layer import of_samples
from .ledger import Entries, Ledger, total
from .passage import Question
from .presets import Preset
from .scene import scene
from .start import Start

if TYPE_CHECKING:
    from .trace import Trace


def of_one_walk(trace: Trace, preset: Preset | None, start: Start) -> tuple[Ledger, Tensor]:
    """The account of one walk, and its map; without a preset, of gradient x input."""
    entries = Entries()
    score = total(start.score)
    entries.target(score, float(start.remainder(trace.output).sum()))
    with scene(trace.input.device):
        if preset is None:
            relevance = trace.gradient(start.c, entries)[0] * trace.point
        else:
            relevance = trace.relevance(start.c, preset, entries)[0]
    relevance = trace._to_input(relevance)
    return Ledger(tuple(entries.rows), score, total(relevance)), relevance


def ledger_later(
    trace: Trace, preset: Preset | None, start: Start, relevance: Tensor, only: Filter | None
) -> Callable[[slice], Ledger]:
    """A function that records again when a ledger is asked for, so that no activations are kept for it."""
    model, inputs, input_range, output = trace.model, trace.inputs, trace.input_range, trace._output
    memory, kind = trace._memory, type(trace)
    layers = (*((start.layer,) if start.layer else ()), *(only.paths if only else ()))

    def ledger(samples: slice) -> Ledger:
        ends = of_samples(input_range, samples, inputs.explained.dim())
        again = kind(
            model,
            inputs.of(samples),
            input_range=ends,
            output=output,
            keep=0,
            layers=layers,
            memory=memory,
            _account=True,
        )._part(start)
        if only is not None:
            masks, names = only.of_samples(samples).masks(model, again._recording)
            passage = again._passage_through(Question("", {}, start.c, frozenset()), masks, names)
            again = again._view(again._recording, passage)
        found, same = of_one_walk(again, preset, start.of(samples))
        then = relevance[samples]
        # Up to what another batch size does to the last digits.
        if (same - then).abs().max() > 1e-2 * then.abs().max():
            raise ModelError("the model has changed since this explanation was made; explain again")
        return found

    return ledger
