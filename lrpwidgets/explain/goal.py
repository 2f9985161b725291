"""What a prototype is a prototype of: the score of a class, of a function of the output, or of a hidden unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import log_softmax

from ..errors import InputError, LayerError, LrpError, ModelError, TargetError, unknown
from .frozen import frozen
from .memory import is_short
from .outputs import OutputLike, scores
from .scene import scene
from .targets import Target, TargetLike, at_units, hidden, start

SCORES = ("log-probability", "logit")


class Goal:
    """f of the target for any input, differentiable; of a class also its probability by softmax over the outputs.

    The model is copied as it is now. `targets` are those of a batch like `x`, on which it runs once.
    """

    def __init__(
        self,
        model: nn.Module,
        target: TargetLike,
        x: Tensor,
        *,
        score: str | None,
        labels: Sequence[str] | None,
        output: OutputLike,
    ) -> None:
        if score is not None and score not in SCORES:
            raise InputError(unknown("score", score, SCORES))
        if isinstance(target, str) and target == "top":
            raise TargetError(
                "a prototype is sought for a class that is named, not for the top one; give its index or label"
            )
        self._name = type(model).__name__
        self._output, self._target = output, target
        self._path = hidden(target)
        self._model = frozen(model)
        self._units: list[Any] = []
        if self._path is not None:
            self._listen(self._path)
        with scene(x.device):
            returned, activation = self._run(x)
            if self._path is not None:
                begun = at_units(target, activation, self._path)
                self._cotangent = begun.c
            else:
                begun = start(target, returned, labels)
        self.targets: tuple[Target, ...] = begun.targets
        of_class = self._path is None and not callable(target)
        if not of_class and score is not None:
            raise InputError(
                f"score={score!r} is that of a class; a function's and a hidden unit's score is its value"
            )
        self._logarithm = of_class and score != "logit"
        outputs = returned.shape[1] if returned.dim() > 1 else 1
        if self._logarithm and outputs == 1:
            raise InputError(
                f"the model has one output ({tuple(returned.shape)}), whose softmax is 1 whatever the input; "
                "use score='logit'"
            )
        self._index: Tensor | None = None
        if of_class:
            self._index = torch.tensor([each.index for each in begun.targets], device=x.device)
        self._several = outputs > 1

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """The score and the probability, (batch,) each, of `x` (batch, ...); no probability without classes."""
        returned, activation = self._run(x)
        if self._path is not None:
            return (self._cotangent * activation).flatten(1).sum(1), None
        if self._index is None:
            assert callable(self._target)
            return self._target(returned), None
        logits = returned if returned.dim() > 1 else returned[:, None]
        logarithm = log_softmax(logits, 1).gather(1, self._index[:, None])[:, 0]
        chosen = logarithm if self._logarithm else logits.gather(1, self._index[:, None])[:, 0]
        return chosen, logarithm.detach().exp() if self._several else None

    def _run(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What the model returns, and what the hidden layer of the target did (else nothing)."""
        self._units = []
        try:
            returned = self._model(x.clone())  # a model may write into its input
        except LrpError:
            raise
        except Exception as error:
            if is_short(error):
                raise
            raise InputError(
                f"the model ({self._name}) fails on an input of shape {tuple(x.shape)}: {error}"
            ) from error
        found = scores(self._model, returned, self._output)
        if found.dim() == 0 or len(found) != len(x):
            raise ModelError(
                f"an input of shape {tuple(x.shape)} gives an output of shape {tuple(found.shape)}: the first axis of "
                "both must be the batch"
            )
        activation = found.new_empty(0) if self._path is None else self._heard(self._path)
        return found, activation

    def _listen(self, path: str) -> None:
        modules = dict(self._model.named_modules(remove_duplicate=False))
        bare = path.partition("#")[0]
        if bare not in modules:
            raise LayerError(unknown("layer", path, modules))
        if isinstance(modules[bare], torch.jit.ScriptModule):
            raise LayerError(f"{bare} is scripted, and compiled code cannot be listened to; use the original")
        keep: Callable[[Any, Any, Any], None] = lambda module, args, result: self._units.append(result)  # noqa: E731
        modules[bare].register_forward_hook(keep)

    def _heard(self, path: str) -> Tensor:
        bare, _, number = path.partition("#")
        calls = len(self._units)
        if calls == 0:
            raise LayerError(f"{bare} does not run when the model is called, so it has no unit to maximize")
        if not number and calls > 1:
            names = ", ".join(repr(f"{bare}#{call + 1}") for call in range(calls))
            raise LayerError(f"{bare} is called {calls} times; name one call: {names}")
        call = int(number) if number.isdecimal() else (0 if number else 1)
        if not 1 <= call <= calls:
            raise LayerError(f"{path} is no call of {bare}, which is called {calls} times")
        found = self._units[call - 1]
        if not isinstance(found, Tensor):
            raise LayerError(
                f"{bare} returns a {type(found).__name__}, not a tensor; name a module inside it"
            )
        return found
