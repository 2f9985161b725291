"""The score of many changed inputs: forwards of a copy of the model, in chunks that fit into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import InputError, OutOfMemoryError, unknown
from ..explain import targets
from ..explain.copied import Copied
from ..explain.inputs import Inputs
from ..explain.outputs import OutputLike

SCORES = ("logit", "probability")
ScoreLike = str | Callable[[Tensor, Tensor | None], Tensor]


class Scored:
    """f of each sample's target for any version of the sample; the targets are those of the unchanged input.

    `target` is (batch,) class indices, None if the target is a function of the output or a hidden unit; `minus` those
    of classes whose score is subtracted, None if none is. With `tokens`, ids of -1 are tokens whose vectors are zero.
    """

    def __init__(
        self,
        model: nn.Module,
        inputs: Inputs,
        *,
        target: targets.TargetLike,
        minus: targets.TargetLike | None = None,
        score: ScoreLike,
        labels: Any,
        output: OutputLike,
        chunk: int,
        tokens: bool = False,
    ) -> None:
        if not callable(score) and score not in SCORES:
            raise InputError(unknown("score", score, SCORES) + " Or a function of (output, target).")
        self.chunk, self.tokens = chunk, tokens
        self.model, self._inputs, self._score = model, inputs, score
        self._layer = targets.hidden(target)
        if minus is not None and any(callable(one) or targets.hidden(one) for one in (target, minus)):
            raise InputError(
                "minus subtracts the score of a class from that of a class: give both as classes"
            )
        if minus is not None and callable(score):
            raise InputError("minus goes with the scores by name; subtract in the function that is the score")
        self._copy = Copied(model, output, self._layer, tokens=tokens)
        self._function = target if callable(target) else None
        self.target: Tensor | None = None
        self.minus: Tensor | None = None
        self._units: list[targets.Hidden] = []
        if score == "probability" and (self._function is not None or self._layer is not None):
            what = "a function" if self._function is not None else "a hidden unit"
            raise InputError(
                f'score="probability" is that of a class, but the target is {what}; give score too'
            )
        every = torch.arange(len(inputs.explained), device=inputs.explained.device)
        begun = [*self._outputs(inputs.explained, every)]
        first, read = (torch.cat(parts) for parts in zip(*begun, strict=True))
        if self._layer is not None:
            several = isinstance(target, (list, tuple))
            self._units = list(target) if several else [target] * len(first)  # type: ignore[arg-type, list-item]
            targets.at_units(self._units, read, self._layer)
        elif self._function is None:
            self.target = _classes(target, first, labels)
            self.minus = None if minus is None else _classes(minus, first, labels)
        self.output = first  # of the unchanged input
        self.first, self.finite = self._of(first, read, every), self._sound(first)

    def __call__(self, x: Tensor, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Scores, float64 (row,), of inputs `x` (row, ...), whether all outputs are finite, and the outputs.

        `rows` (row,) says which sample each is a version of. A score that is not finite is given as NaN.
        """
        found, sound, said, begin = [], [], [], 0
        for output, read in self._outputs(x, rows):
            found.append(self._of(output, read, rows[begin : begin + len(output)]))
            sound.append(self._sound(output))
            said.append(output)
            begin += len(output)
        return torch.cat(found), torch.cat(sound), torch.cat(said)

    def inputs(self, x: Tensor, rows: Tensor) -> Inputs:
        """The model's call on versions `x` of the samples `rows`; what else it takes goes along."""
        return self._inputs.versions(rows, x)

    @property
    def main(self) -> int | str:
        """Which of the model's inputs is flipped."""
        return self._inputs.main

    def of_rows(self, rows: Tensor) -> Any:
        """The target of these samples, as `explain` takes it."""
        if self._function is not None:
            return self._function
        if self.target is not None:
            return self.target[rows]
        return [self._units[row] for row in rows.tolist()]

    def _outputs(self, x: Tensor, rows: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        rows = rows.to(x.device)
        for begin in range(0, len(x), self.chunk):
            part = slice(begin, begin + self.chunk)
            try:
                # A model may write into its input.
                yield self._copy(self.inputs(x[part].clone(), rows[part]))
            except OutOfMemoryError as error:
                raise OutOfMemoryError(
                    f"{error}; chunk={self.chunk} is too large, give a smaller one"
                ) from error

    def _of(self, output: Tensor, read: Tensor, rows: Tensor) -> Tensor:
        if callable(self._score):
            value = self._score(output, None if self.target is None else self.target[rows])
        elif self._function is not None:
            value = self._function(output)
        elif self._layer is not None:
            value = targets.at_units(self.of_rows(rows), read, self._layer).score
        else:
            assert self.target is not None
            logits = output if output.dim() > 1 else output[:, None]
            values = logits.softmax(1) if self._score == "probability" else logits
            value = values.gather(1, self.target[rows][:, None])[:, 0]
            if self.minus is not None:
                value = value - values.gather(1, self.minus[rows][:, None])[:, 0]
        if not isinstance(value, Tensor) or value.shape != (len(output),):
            shape = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
            raise InputError(f"the score must be one value a sample, shape ({len(output)},), not {shape}")
        value = value.detach().double()
        return value.where(torch.isfinite(value), torch.nan)

    @staticmethod
    def _sound(output: Tensor) -> Tensor:
        return torch.isfinite(output).flatten(1).all(1) if output.dim() > 1 else torch.isfinite(output)


def _classes(asked: targets.TargetLike, output: Tensor, labels: Any) -> Tensor:
    chosen = targets.start(asked, output, labels).targets
    return torch.tensor([each.index for each in chosen], device=output.device)
