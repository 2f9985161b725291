"""The model at other inputs than the one explained, for the same targets: root points, paths, noisy copies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..errors import InputError, MethodError
from .progress import report
from .recompute import Replay
from .start import Start

if TYPE_CHECKING:
    from .trace import Trace

# Bytes of activations that the points of one forward may hold; more points are asked in several forwards.
MEMORY = 2**28


class Points:
    """f and its gradient at points of the input's shape, several in one forward within `MEMORY`.

    `planned` is how many points will be asked at most: between forwards the part that is done is reported.
    """

    def __init__(self, trace: Trace, start: Start, method: str, planned: int) -> None:
        if not trace.input.is_floating_point():
            raise InputError(
                f"method {method!r} moves the input, which {trace.input.dtype} values of shape "
                f"{tuple(trace.input.shape)} do not allow; choose 'lrp' or 'gradient-x-input', or explain the part of "
                "the model behind its embedding"
            )
        if start.again is None:
            raise MethodError(
                f"method {method!r} asks the model at other inputs, where this target has no score; choose a class or "
                "a callable on the output"
            )
        self._trace, self._again = trace, start.again
        together = MEMORY // (2 * held(trace))
        replay = trace._recording.replay
        if isinstance(replay, Replay) and trace._memory is not None:
            together = min(together, trace._memory // replay.need)
        self._together = max(1, together)
        self._planned, self._asked = planned, 0
        self.notes: tuple[str, ...] = ()

    def scores(self, count: int, point: Callable[[int], Tensor]) -> Tensor:
        """f at `point(0)` ... `point(count - 1)`, shape (count, batch)."""
        return torch.cat([scores for _, scores, _ in self._visit(count, point, gradient=False)])

    def score(self, x: Tensor) -> Tensor:
        """f at one point, shape (batch,)."""
        return self.scores(1, lambda _: x)[0]

    def gradients(self, count: int, point: Callable[[int], Tensor]) -> Iterator[tuple[int, Tensor, Tensor]]:
        """(index, f, df / dx) at each point; shapes (batch,) and that of the input."""
        for first, scores, gradients in self._visit(count, point, gradient=True):
            for at, score in enumerate(scores):
                yield first + at, score, gradients[at]

    def _visit(
        self, count: int, point: Callable[[int], Tensor], *, gradient: bool
    ) -> Iterator[tuple[int, Tensor, Tensor]]:
        for first in range(0, count, self._together):
            group = [point(index) for index in range(first, min(first + self._together, count))]
            report(self._asked / self._planned)
            yield first, *self._ask(group, gradient=gradient)
            self._asked += len(group)

    def _ask(self, group: list[Tensor], *, gradient: bool) -> tuple[Tensor, Tensor]:
        """f (points, batch) and df / dx (points, batch, ...; empty if not wanted) from one forward."""
        shape = self._trace.input.shape
        there = self._trace.at(torch.cat(group))
        # A callable may know the batch's own labels: it sees outputs of the batch's own size.
        outputs = there.output.reshape(len(group), shape[0], *there.output.shape[1:])
        starts = [self._again(output) for output in outputs]
        scores = torch.stack([start.score for start in starts])
        if not gradient:
            return scores, scores.new_empty(0)
        found, notes = there.gradient(torch.cat([start.c for start in starts]))
        self.notes = tuple(dict.fromkeys((*self.notes, *notes)))
        return scores, found.reshape(len(group), *shape)


def held(trace: Trace) -> int:
    """Bytes of the activations that a trace keeps, or would keep without a memory budget."""
    replay = trace._recording.replay
    if replay is not None and trace._memory is not None:
        return max(1, replay.size)
    tensors = (value.held for node in trace.nodes for value in (*node.operands, *node.outputs))
    storages = {
        t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors if t is not None
    }
    return max(1, sum(storages.values()) + (0 if replay is None else replay.size))


def like_input(trace: Trace, name: str, value: Any) -> Tensor:
    """A number or a tensor, spread over the input's shape."""
    x = trace.input
    try:
        spread = torch.as_tensor(value, dtype=x.dtype, device=x.device).detach().expand(x.shape)
    except (TypeError, ValueError, RuntimeError) as error:
        raise MethodError(
            f"{name} must be a number or a tensor that broadcasts to the input {tuple(x.shape)}: {error}"
        ) from error
    if not torch.isfinite(spread).all():
        raise MethodError(f"{name} holds values that are NaN or infinite")
    return spread
