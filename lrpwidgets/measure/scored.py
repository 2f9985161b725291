"""The score of many changed inputs: forwards of a copy of the model, in chunks that fit into memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import InputError, ModelError, OutOfMemoryError, TargetError, unknown
from ..explain import outputs, targets
from ..explain.inputs import Inputs
from ..explain.memory import is_short
from ..explain.scene import scene
from ..explain.shadow import Shadow, eager

SCORES = ("logit", "probability")
ScoreLike = str | Callable[[Tensor, Tensor | None], Tensor]


class Scored:
    """f of each sample's target for any version of the sample; the targets are those of the unchanged input.

    `target` is (batch,) class indices, or None if the target is a function of the output.
    """

    def __init__(
        self,
        model: nn.Module,
        inputs: Inputs,
        *,
        target: targets.TargetLike,
        score: ScoreLike,
        labels: Any,
        output: outputs.OutputLike,
        chunk: int,
    ) -> None:
        if not callable(score) and score not in SCORES:
            raise InputError(unknown("score", score, SCORES) + " Or a function of (output, target).")
        if targets.hidden(target) is not None:
            raise TargetError(
                "flipping follows an output of the model; give a class or a function of the output"
            )
        self.chunk = chunk
        self.model, self._inputs, self._output, self._score = model, inputs, output, score
        self._shadow = Shadow(eager(model))
        self.function = target if callable(target) else None
        self.target: Tensor | None = None
        if self.function is not None and score == "probability":
            raise InputError(
                'score="probability" is that of a class, but the target is a function; give score too'
            )
        first = torch.cat([*self._outputs(inputs.explained, torch.arange(len(inputs.explained)))])
        if self.function is None:
            begun = targets.start(target, first, labels)
            self.target = torch.tensor([each.index for each in begun.targets], device=first.device)
        every = torch.arange(len(first), device=first.device)
        self.first, self.finite = self._of(first, every), self._sound(first)

    def __call__(self, x: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Scores, float64 (row,), of inputs `x` (row, ...), and whether all outputs are finite.

        `rows` (row,) says which sample each is a version of. A score that is not finite is given as NaN.
        """
        found, sound, begin = [], [], 0
        for part in self._outputs(x, rows):
            found.append(self._of(part, rows[begin : begin + len(part)]))
            sound.append(self._sound(part))
            begin += len(part)
        return torch.cat(found), torch.cat(sound)

    def inputs(self, x: Tensor, rows: Tensor) -> Inputs:
        """The model's call on versions `x` of the samples `rows`; what else it takes goes along."""
        batch = len(self._inputs.explained)
        along = self._inputs.map(lambda part: part[rows] if part.dim() and len(part) == batch else part)
        return along.at(x)

    def _outputs(self, x: Tensor, rows: Tensor) -> Any:
        rows = rows.to(x.device)
        for begin in range(0, len(x), self.chunk):
            part = slice(begin, begin + self.chunk)
            call = self.inputs(x[part].clone(), rows[part])  # a model may write into its input
            with scene(x.device):
                try:
                    returned = self._shadow.module(*call.args, **call.kwargs)
                except Exception as error:
                    if is_short(error):
                        raise OutOfMemoryError(
                            f"a forward on inputs of shape {tuple(call.explained.shape)} ran out of memory: {error}; "
                            f"chunk={self.chunk} is too large, give a smaller one"
                        ) from error
                    raise InputError(
                        f"the model ({type(self.model).__name__}) fails on an input of shape "
                        f"{tuple(call.explained.shape)}: {error}"
                    ) from error
                found = outputs.scores(self.model, returned, self._output)
            if found.dim() == 0 or len(found) != len(call.explained):
                raise ModelError(
                    f"an input of shape {tuple(call.explained.shape)} gives an output of shape {tuple(found.shape)}: "
                    "the first axis of both must be the batch"
                )
            yield found.clone()

    def _of(self, output: Tensor, rows: Tensor) -> Tensor:
        if callable(self._score):
            value = self._score(output, None if self.target is None else self.target[rows])
        elif self.function is not None:
            value = self.function(output)
        else:
            assert self.target is not None
            logits = output if output.dim() > 1 else output[:, None]
            values = logits.softmax(1) if self._score == "probability" else logits
            value = values.gather(1, self.target[rows][:, None])[:, 0]
        if not isinstance(value, Tensor) or value.shape != (len(output),):
            shape = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
            raise InputError(f"the score must be one value a sample, shape ({len(output)},), not {shape}")
        value = value.detach().double()
        return value.where(torch.isfinite(value), torch.nan)

    @staticmethod
    def _sound(output: Tensor) -> Tensor:
        return torch.isfinite(output).flatten(1).all(1) if output.dim() > 1 else torch.isfinite(output)
