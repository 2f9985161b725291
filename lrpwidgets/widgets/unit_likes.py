"""What a unit likes: the inputs of a set that it answers to most, and a prototype of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from lrpwidgets.errors import StoppedError
from lrpwidgets.explain.api import trace
from lrpwidgets.explain.filtering import one_call
from lrpwidgets.explain.passage import activation
from lrpwidgets.explain.prototypes import Prototype, prototype
from lrpwidgets.explain.targets import Hidden
from lrpwidgets.explain.trace import Trace
from lrpwidgets.widgets.worker import Token, model_lock

if TYPE_CHECKING:
    from torch import Tensor

    from lrpwidgets.widgets.inputs import Inputs

Ranked = list[tuple[int, float]]  # (input, value), the largest value first


def ranked_inputs(
    session: Trace,
    inputs: Inputs,
    unit: Hidden,
    by: str,
    question: Mapping[str, Any],
    token: Token,
    hear: Callable[[Ranked], None],
) -> Ranked:
    """Inputs by the relevance of a unit under the question, or by its largest activation over positions.

    `hear` gets the ranking so far after each input; stopping returns it. One forward an input, and for relevance
    one backward down to the layer.
    """
    found: Ranked = []
    try:
        for index in range(len(inputs)):
            token.progress(index / len(inputs))
            with model_lock(session.model):
                found.append((index, _answer(session, inputs[index], unit, by, question)))
            found.sort(key=lambda pair: -pair[1])
            hear(list(found))
    except StoppedError:
        if not found:
            raise
    return found


def _answer(session: Trace, x: Any, unit: Hidden, by: str, question: Mapping[str, Any]) -> float:
    one = trace(
        session.model,
        x,
        labels=session.labels,
        input=session.domain,
        input_range=None if session.domain is not None else session.input_range,
        layers=[unit.path],
    )
    if by == "relevance":
        return float(one.units(unit.path, **question)[0, unit.channel])
    grid = activation(one_call(one.model, one._recording, unit.path), {})
    assert grid is not None  # it was asked to be kept
    return float(grid[0, unit.channel].max())


def unit_prototype(
    session: Trace, start: Tensor, unit: Hidden, steps: int, seed: int, token: Token
) -> Prototype:
    """An input that makes the unit most active; stopping keeps what there is.

    It begins at `start`, an input at which the unit is active: below a ReLU there is nothing to climb elsewhere.
    """
    described = session.domain is not None or session.input_range is None

    def going_on(frame: Any) -> bool:
        token.progress(frame.number / steps)
        return False

    return prototype(
        session.model,
        unit,
        until=going_on,
        steps=steps,
        seed=seed,
        start=start,
        input=session.domain,
        input_range=None if described else session.input_range,
    )
