"""Section 6.2: what the rules of Table 2 need to know of the input and of the score."""

from __future__ import annotations

from collections.abc import Iterator

from ..explain.first_layer import is_first
from ..explain.trace import Trace
from .anatomy import is_end, linear_layers, listed, places
from .findings import Finding


def range_of_input(seen: Trace) -> Iterator[Finding]:
    """The zB rule of Table 2 needs to know it."""
    source = seen._recording.source
    first = [layer.node for layer in linear_layers(seen) if is_first(layer.node, seen.nodes, source)]
    if not first or not seen.inputs.explained.is_floating_point():
        return
    if seen.input_range is None:
        yield Finding(
            "input range",
            "6.2",
            "advice",
            places(first),
            f"the range of the input is not known, so the first layer {listed(places(first))} uses w^2, which does not "
            "look at the input, in the place of Table 2's zB",
            "give input=lw.image(...) or input_range=(low, high)",
        )
        return
    low, high = seen.input_range
    outside = int(((seen.input < low) | (seen.input > high)).sum())
    if outside:
        yield Finding(
            "input range",
            "6.2",
            "warning",
            places(first),
            f"{outside} of {seen.input.numel()} input values lie outside the range that was given, where zB (Table 2) "
            "may give negative relevance",
            "check the preprocessing, or widen input_range",
        )


def end(seen: Trace) -> Iterator[Finding]:
    """Scores before the softmax, and positive ones."""
    squashed = [node for node in seen.nodes if is_end(node, seen)]
    if squashed:
        where = places(squashed)
        yield Finding(
            "softmax at the end",
            "6.2",
            "warning",
            where,
            f"the output comes from {squashed[0].op.strip('_')} {listed(where)}, which saturates, and as "
            "softmax rises also when the evidence for other classes falls; Table 2 has no rule for it",
            "explain the scores before it: take it off the model, or say output= where the model returns both",
        )
    elif seen.output.dim() == 2:
        low = int((seen.output.amax(1) <= 0).sum())
        if low:
            yield Finding(
                "scores",
                "6.2",
                "note",
                (),
                f"the top score of {low} of {len(seen.output)} samples is not positive: deep Taylor gives "
                "positive maps for positive predictions",
                "read these maps with their sign, or use rules='alpha2-beta1', which shows evidence against",
            )
