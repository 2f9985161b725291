"""One question to a model about many inputs, a bounded number of them at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ..errors import InputError, MethodError
from ..explain.api import explain, trace
from ..explain.explanation import Explanation
from ..explain.inputs import Inputs, described, model_inputs
from ..explain.shadow import check_model
from .integers import count

Step = TypeVar("Step")

# Keywords of `explain` that say what the input and the output are, not what is asked.
_GIVEN = ("labels", "input", "input_range", "output")


@dataclass(frozen=True, slots=True)
class Asking:
    """`model`, its `inputs` and the keywords of `explain`; targets stay those of the input `x` that is explained.

    Of several inputs the others go along with the samples.
    """

    model: nn.Module
    inputs: Inputs
    how: Mapping[str, Any]
    batch: int

    @property
    def x(self) -> Tensor:
        """The input that is explained, (sample, ...)."""
        return self.inputs.explained

    @classmethod
    def about(cls, model: nn.Module, x: Any, how: Mapping[str, Any], batch: int) -> Asking:
        """Check and encode `x`; the target "top" becomes the top class at `x`, one for each sample.

        Raises `InputError` for integers, or what `explain` does not take.
        """
        check_model(model)
        encoded = model_inputs(model, x, described(model, how.get("input"), "input"), how.get("of"))
        if not encoded.explained.is_floating_point():
            raise InputError(
                f"this measure changes the input by a little, which {encoded.explained.dtype} values of shape "
                f"{tuple(encoded.explained.shape)} do not allow; explain the part of the model behind its embedding, "
                "or say with of= which input is meant"
            )
        how = {name: item for name, item in how.items() if name != "of"}
        asking = cls(model, encoded, how, count("batch", batch))
        fixed = {name: asking._top() for name in ("target", "minus") if asking._is_top(name)}
        return cls(model, encoded, {**how, **fixed}, asking.batch)

    def explain(self, x: Tensor, samples: list[int]) -> Explanation:
        """Explain `x` (n, ...), each for the target of the sample of that number; at most `batch` of them."""
        how = dict(self.how)
        for name in ("target", "minus"):
            each: Any = how.get(name)
            each = each.tolist() if hasattr(each, "tolist") else each
            if isinstance(each, (list, tuple)):
                if len(each) != len(self.x):
                    raise InputError(f"{len(each)} values of {name}= for a batch of {len(self.x)}")
                how[name] = [each[sample] for sample in samples]
        found = explain(self.model, self.inputs.versions(torch.tensor(samples), x), **how)
        finite = torch.isfinite(found.relevance).flatten(1).all(1)
        if not finite.all():
            sample = samples[int((~finite).nonzero()[0])]
            raise MethodError(
                f"the {found.method!r} map of sample {sample} (input {tuple(x.shape)}) holds values that are not "
                "finite; look at lw.explain(...).ledger, or choose other rules"
            )
        return found

    def over(self, x: Tensor) -> Iterator[tuple[slice, Explanation]]:
        """Explanations of `x`, as many as there are samples, `batch` at a time."""
        for first in range(0, len(x), self.batch):
            here = slice(first, min(first + self.batch, len(x)))
            yield here, self.explain(x[here], list(range(here.start, here.stop)))

    def _is_top(self, name: str) -> bool:
        chosen = self.how.get(name, "top" if name == "target" else None)
        return isinstance(chosen, str) and chosen == "top"

    def _top(self) -> list[int]:
        given = {name: self.how[name] for name in _GIVEN if name in self.how}
        found: list[int] = []
        for first in range(0, len(self.x), self.batch):
            part = self.inputs.of(slice(first, first + self.batch))
            output = trace(self.model, part, keep=0, **given).output
            if output.dim() != 2:
                raise InputError(
                    f"the model's output has shape {tuple(output.shape)}, so there is no top class; give target="
                )
            found += output.argmax(1).tolist()
        return found


def last(steps: Iterator[Step]) -> Step:
    """The last of at least one step; no other is held."""
    return deque(steps, maxlen=1)[0]
