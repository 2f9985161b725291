"""A copy of the model that is run on inputs; what goes wrong in its forward is said here, for traces and measures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor, nn

from ..errors import InputError, LayerError, LrpError, unknown
from .inputs import Inputs
from .memory import is_short, ran_out
from .node import tensors_in
from .outputs import OutputLike, scores
from .scene import scene
from .shadow import Shadow, check_model, copy_of, eager
from .tokens import split, zeroed


class Copied:
    """Runs a copy of `model` without recording: `copy(inputs)` is the output, and what the module at `layer` returned.

    `layer` is the path of a hidden target (``path#2``: its second call); without one, the output stands twice. With
    `tokens`, ids of -1 are tokens whose vectors are zero.
    """

    def __init__(
        self, model: nn.Module, output: OutputLike = None, layer: str | None = None, *, tokens: bool = False
    ) -> None:
        check_model(model)
        self._model = eager(model)
        self._output, self._layer, self._tokens = output, layer, tokens
        shadow = copy_of(self._model)
        self._module = shadow.module
        self._heard: list[list[Tensor]] = []
        if layer is not None:
            self._listen(shadow, layer)

    def __call__(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """The scores on `inputs`, (batch, ...), and the layer's activation (batch, channel, ...)."""
        self._heard.clear()
        x = inputs.explained
        run: Callable[..., Any] = self._module
        with scene(x.device):
            if self._tokens:
                ids, gone = split(x)
                inputs, run = inputs.at(ids), partial(zeroed, self._module, inputs.main, gone)
            try:
                returned = run(*inputs.args, **inputs.kwargs)
            except LrpError:
                raise
            except Exception as error:
                raise failure(self._model, "its forward", x, error) from error
            found = scores(self._model, returned, self._output)
            check_batch(x, found)
            found = found.detach().clone()
        return found, found if self._layer is None else self._activation(self._layer, x)

    def _listen(self, shadow: Shadow, path: str) -> None:
        bare = path.partition("#")[0]
        module = dict(self._model.named_modules(remove_duplicate=False)).get(bare)
        first = next((name for name, one in self._model.named_modules() if one is module), None)
        if module is None or first not in shadow.paths:
            raise LayerError(unknown("layer", path, shadow.paths))
        # The activation as it was returned, whatever writes into it later.
        shadow.paths[first].register_forward_hook(
            lambda module, args, result: self._heard.append(_cloned(result))
        )

    def _activation(self, path: str, x: Tensor) -> Tensor:
        _, _, call = path.partition("#")
        if call and not (call.isdigit() and 1 <= int(call) <= len(self._heard)):
            raise LayerError(f"there is no {path}: that module is called {len(self._heard)} times")
        if not call and len(self._heard) != 1:
            raise LayerError(f"{path} is called {len(self._heard)} times; say which one, such as {path}#1")
        found = self._heard[int(call) - 1 if call else 0]
        self._heard.clear()
        if len(found) != 1:
            raise LayerError(f"{path} returns {len(found)} tensors; name a module inside it")
        check_batch(x, found[0])
        return found[0]


def _cloned(result: Any) -> list[Tensor]:
    parts = tuple(result.values()) if isinstance(result, dict) else result
    return [part.detach().clone() for part in tensors_in(parts) if part.is_floating_point()]


def failure(model: nn.Module, where: str, x: Tensor, error: Exception) -> LrpError:
    """Our own error for what the model's forward raised at `where`."""
    shape, name = tuple(x.shape), type(model).__name__
    if is_short(error):
        return ran_out(f"the model ({name}) in {where}, on an input of shape {shape},", error)
    hint = "" if x.is_floating_point() else _INTEGERS
    return InputError(
        f"the model ({name}) fails in {where} on an input of shape {shape} and {x.dtype}: {error}{hint}"
    )


_INTEGERS = (
    " (integers are explained where an embedding reads them; a model with no embedding takes floating point)"
)


def check_batch(x: Tensor, output: Tensor) -> None:
    """Raise if the first axis of what came out is not the batch."""
    if output.dim() == 0 or len(output) != len(x):
        raise InputError(
            f"an input of shape {tuple(x.shape)} gives an output of shape {tuple(output.shape)}: "
            "the first axis of both must be the batch"
        )
