"""The score of a model at changed inputs, in forwards that keep within a memory budget."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ..errors import MethodError, ModelError, TargetError
from ..explain import targets
from ..explain.copied import Copied
from ..explain.inputs import Inputs
from ..explain.outputs import OutputLike
from ..explain.targets import TargetLike
from .integers import is_whole, whole

BUDGET = 2**28  # bytes of activations that one forward may hold


class Scores:
    """f of one target at `inputs` (`score`, shape (batch,)) and at variants of them.

    `together` is how many variants of the whole batch one forward may take within `budget` bytes, at least one:
    twice the most memory that the first forward's results took at any time stands for one. The target's classes
    are those of `inputs`: "top" does not wander with the variants. f may be a hidden unit's activation.
    """

    def __init__(
        self,
        model: nn.Module,
        inputs: Inputs,
        target: TargetLike,
        *,
        labels: Sequence[str] | None = None,
        output: OutputLike = None,
        budget: int = BUDGET,
    ) -> None:
        if not is_whole(budget) or budget < 1:
            raise MethodError(f"budget is a number of bytes, at least 1, not {budget!r}")
        self._layer = targets.hidden(target)
        self._copy = Copied(model, output, self._layer)  # in eval mode; the user's is not touched
        self.batch = len(inputs.explained)
        with Live(model) as live:
            self.output, read = self._copy(inputs)
        self.together = max(1, whole(budget) // max(1, 2 * live.peak))
        if not torch.isfinite(self.output).all():
            raise ModelError(
                f"the model's output holds NaN or infinite values (shape {tuple(self.output.shape)}) at the input "
                "itself: there is no score to compare with"
            )
        self._value: Callable[[Tensor], Tensor] | None = target if callable(target) else None
        self._units = target
        if self._layer is not None:
            self.targets = targets.at_units(target, read, self._layer).targets
        elif self._value is None:
            self.targets = targets.start(target, self.output, labels).targets
        else:
            self.targets = (targets.Target(None, getattr(target, "__name__", type(target).__name__)),)
            self.targets *= self.batch
        self.score = self._of(self.output, read)[0]

    def at(self, inputs: Inputs) -> Tensor:
        """f at variants of the whole batch, one after the other in `inputs`: shape (variant, batch)."""
        return self._of(*self._copy(inputs))

    def _of(self, output: Tensor, read: Tensor) -> Tensor:
        if self._layer is not None:
            parts = read.reshape(-1, self.batch, *read.shape[1:])
            return torch.stack([targets.at_units(self._units, part, self._layer).score for part in parts])
        parts = output.reshape(-1, self.batch, *output.shape[1:])
        if self._value is not None:
            # A callable may know the batch's own labels: it sees outputs of the batch's own size.
            return torch.stack([self._called(self._value, part) for part in parts])
        classes = torch.tensor([target.index for target in self.targets], device=output.device)
        return parts.reshape(len(parts), self.batch, -1)[:, torch.arange(self.batch), classes]

    def _called(self, value: Callable[[Tensor], Tensor], output: Tensor) -> Tensor:
        found = value(output)
        if not isinstance(found, Tensor) or found.shape != (self.batch,):
            shape = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
            raise TargetError(
                f"the target callable must return one value a sample, shape ({self.batch},), not {shape}"
            )
        return found.detach()


class Live(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the bytes that the results of operations hold, the model's own weights apart; `peak` is the most."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        own = [*model.parameters(), *model.buffers()]
        self._holders = {tensor.untyped_storage()._cdata: 1 for tensor in own}
        self._bytes = self.peak = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Run `func` and count what it returns."""
        result = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, Tensor) and tensor.layout == torch.strided:
                self._count(tensor)
        self.peak = max(self.peak, self._bytes)
        return result

    def _count(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        if key not in self._holders:
            self._bytes += size
        self._holders[key] = self._holders.get(key, 0) + 1
        weakref.finalize(tensor, self._let_go, key, size).atexit = False

    def _let_go(self, key: int, size: int) -> None:
        self._holders[key] -= 1
        if not self._holders[key]:
            del self._holders[key]
            self._bytes -= size


def chunks(count: int, size: int) -> Iterator[range]:
    """0 ... count - 1 in runs of at most `size`."""
    for first in range(0, count, size):
        yield range(first, min(first + size, count))


def last(steps: Iterator[Any]) -> Any:
    """What the last step gave."""
    for found in steps:  # noqa: B007 (the last one is what is asked for)
        pass
    return found


def not_finite(finite: int, asked: int) -> tuple[str, ...]:
    """A note on scores that are no numbers, among those `asked` so far; they stand in the map as NaN."""
    bad = asked - finite
    return (f"{bad} of {asked} scores are NaN or infinite",) if bad else ()
