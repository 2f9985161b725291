"""The units of one layer: the relevance of each, and the map through each alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..errors import LayerError
from .embedding import Point
from .filtering import Filter, Unit, Units, calls, one_call, place
from .methods import Method, complete
from .passage import Passage, activation
from .scene import scene
from .stages import stages
from .targets import TargetLike

if TYPE_CHECKING:
    from .trace import Trace


def of_layer(
    trace: Trace,
    path: str,
    positions: bool,
    *,
    method: str = "lrp",
    rules: Any = None,
    target: TargetLike = "top",
    minus: TargetLike | None = None,
    **parameters: Any,
) -> Tensor:
    """See :meth:`Trace.units`: the layer's activation is explained as if it were the input."""
    chosen, settings = complete(method, rules, parameters)
    trace._check_weights()
    with scene(trace.input.device):
        if activation(one_call(trace.model, trace._recording, path), {}) is None:
            trace._record_again(path)
        start, _, _ = trace._start(target, minus, settings["rules"])
        part = trace._part(start)
        preset = settings["rules"]
        stands = {} if preset is None else part.assignment(preset).layers.stands
        recording = part._recording
        value = one_call(trace.model, recording, path)
        question = part._ask(chosen, settings, start, {value})
        way = stages(recording.nodes, recording.sink, value, ())
        there = activation(value, stands)
        assert there is not None
        passage = Passage(recording.nodes, way, value, above=question.above)
        view = part._view(replace(recording, point=Point(value, there, None)), passage)
        relevance = chosen.run(view, start, settings).relevance
        passage.check_walked(chosen.name)
    return relevance if positions or relevance.dim() < 3 else relevance.flatten(2).sum(2)


def maps(
    trace: Trace,
    path: str,
    only: Units | None,
    budget: int,
    *,
    method: str = "lrp",
    rules: Any = None,
    target: TargetLike = "top",
    minus: TargetLike | None = None,
    **parameters: Any,
) -> Iterator[tuple[list[Unit], Tensor]]:
    """See :meth:`Trace.maps`; what is wrong with the question is said at once, of the method at the first map."""
    chosen, settings = complete(method, rules, parameters)
    trace._check_weights()
    wanted = _wanted(trace._part(trace._start(target, minus, settings["rules"])[0]), path, only)
    each = max(1, budget // max(1, trace.input.numel() * trace.input.element_size()))
    session = trace if trace.keep > 0 else trace._for_now()

    def chunks() -> Iterator[tuple[list[Unit], Tensor]]:
        for first in range(0, len(wanted), each):
            some = wanted[first : first + each]
            found = [_map(session, chosen, settings, target, minus, path, unit) for unit in some]
            yield some, torch.stack(found)

    return chunks()


def _wanted(trace: Trace, path: str, only: Units | None) -> list[Unit]:
    found = calls(trace.model, trace._recording, path)
    shape = found[0][1].shape
    if only is None:
        if len(shape) < 2:
            raise LayerError(f"the output of {path} has shape {tuple(shape)}, which has no channel axis")
        return list(range(shape[1]))
    wanted = Filter.of({path: only}).chosen[path]
    if isinstance(wanted, Tensor):
        raise LayerError("maps() makes one map a unit; give channels or (channel, position), not a mask")
    for unit in wanted:
        for name, value in found:
            place(unit, value.shape, name)
    return wanted


def _map(
    trace: Trace,
    method: Method,
    settings: Mapping[str, Any],
    target: TargetLike,
    minus: TargetLike | None,
    path: str,
    unit: Unit,
) -> Tensor:
    """The map through one unit; the part above the layer is walked the first time only."""
    with scene(trace.input.device):
        start, _, _ = trace._start(target, minus, settings["rules"])
        part = trace._part(start)
        masks, names = Filter.of({path: unit}).masks(trace.model, part._recording)
        passage = part._passage_through(part._ask(method, settings, start, masks), masks, names)
        found = method.run(part._view(part._recording, passage), start, settings).relevance
        passage.check_walked(method.name)
        return trace._to_input(found)
