"""From what the user hands in to what the model takes: through the domain, checked."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves, tree_map_only

from ..errors import InputError, unknown


def described(model: nn.Module, given: Any, field: str) -> Any:
    """`given`, or what the model's card says (``card.input``, ``card.labels``)."""
    if given is not None:
        return given
    return getattr(getattr(model, "lrpwidgets_card", None), field, None)


def holding(domain: Any, x: Any) -> Any:
    """The domain with what it keeps of each sample of `x`, such as the words of texts, where it keeps anything."""
    return domain.of(x) if hasattr(domain, "of") and not _as_tensors(x) else domain


def _as_tensors(x: Any) -> bool:
    """Whether `x` is model input already, not what a domain encodes."""
    return isinstance(x, (Inputs, Mapping)) or any(isinstance(part, Tensor) for part in tree_leaves(x))


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a model is called with, by place or by name; `main` is the one that is explained."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    main: int | str

    def __getitem__(self, name: int | str) -> Any:
        return self.args[name] if isinstance(name, int) else self.kwargs[name]

    @property
    def explained(self) -> Tensor:
        """The main input, shape (batch, ...)."""
        tensor: Tensor = self[self.main]
        return tensor

    @property
    def floating(self) -> list[int | str]:
        """Names of the inputs that relevance can flow to; of integers only the main one."""
        names = [*range(len(self.args)), *self.kwargs]
        return [
            name
            for name in names
            if isinstance(self[name], Tensor) and (self[name].is_floating_point() or name == self.main)
        ]

    def map(self, change: Callable[[Tensor], Tensor]) -> Inputs:
        """The same call with every tensor changed."""
        if len(self.args) == 1 and isinstance(self.args[0], Tensor) and not self.kwargs:
            return Inputs((change(self.args[0]),), {}, self.main)
        args, kwargs = tree_map_only(Tensor, change, (self.args, self.kwargs))
        return Inputs(args, kwargs, self.main)

    def of(self, samples: slice | Tensor) -> Inputs:
        """The same call on some samples of the batch."""
        batch = len(self.explained)
        return self.map(lambda part: part[samples] if part.dim() and len(part) == batch else part)

    def versions(self, samples: Tensor, x: Tensor) -> Inputs:
        """The call on versions `x` of the main input of these samples; what else it takes goes along."""
        # The main input itself, which may be large, is not copied.
        return self.at(self.explained.new_empty(len(self.explained), 0)).of(samples).at(x)

    def repeated(self, times: int) -> Inputs:
        """The same call with the batch so many times over."""
        batch = len(self.explained)
        return self.map(lambda part: torch.cat([part] * times) if part.dim() and len(part) == batch else part)

    def at(self, x: Tensor) -> Inputs:
        """The same call with another main input."""
        if isinstance(self.main, int):
            args = (*self.args[: self.main], x, *self.args[self.main + 1 :])
            return Inputs(args, self.kwargs, self.main)
        return Inputs(self.args, {**self.kwargs, self.main: x}, self.main)


def model_inputs(model: nn.Module, x: Any, domain: Any, of: int | str | None) -> Inputs:
    """What `x` stands for: one input, a tuple of positional or a mapping of keyword inputs; all copies."""
    for part in tree_leaves(x) if not isinstance(x, Inputs) else ():
        if isinstance(part, Tensor):
            _check_kind(part)
    if hasattr(domain, "inputs") and not _as_tensors(x):
        named = domain.inputs(x)
        x = x if named is None else _taken(model, named)
    if isinstance(x, Inputs):
        inputs = x
    elif (isinstance(x, Mapping) and not _described(x, domain)) or (
        isinstance(x, tuple) and any(isinstance(part, Tensor) for part in x)
    ):
        args, kwargs = ((), dict(x)) if isinstance(x, Mapping) else (x, {})
        inputs = Inputs(args, kwargs, _main(args, kwargs, of))
        inputs = inputs.at(_checked(model, inputs.explained, domain))
    else:
        if of not in (None, 0):
            raise InputError(f"the model has one input; leave of={of!r} out")
        inputs = Inputs((_checked(model, x, domain),), {}, 0)
    # Out of inference mode and away from the caller's memory: the model may write to it in place.
    with torch.inference_mode(False):
        # A picture's own class would wrap what each operation returns.
        return inputs.map(
            lambda part: part.as_subclass(Tensor).detach().clone(memory_format=torch.preserve_format)
        )


def _taken(model: nn.Module, named: Mapping[str, Tensor]) -> Any:
    """Of what a tokenizer gives, what the model takes by name; the first by place where it knows no name of them."""
    parameters = inspect.signature(model.forward).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return named
    taken = {name: part for name, part in named.items() if name in parameters}
    return taken or next(iter(named.values()))


def _described(x: Mapping[Any, Any], domain: Any) -> bool:
    """Whether a mapping is an input of the domain, named values and no tensor, and not the model's keywords."""
    return domain is not None and not any(isinstance(part, Tensor) for part in tree_leaves(dict(x)))


def _check_kind(x: Tensor) -> None:
    """Only plain numbers in plain memory can be followed."""
    if x.is_nested:
        raise InputError(
            "the input is a nested tensor, whose samples differ in size; pad the batch to one size "
            "(torch.nested.to_padded_tensor(x, 0.0)) and give the model its mask"
        )
    if type(x).__torch_dispatch__ is not Tensor.__torch_dispatch__:
        raise InputError(
            f"the input is a {type(x).__name__}, which handles torch's operations itself; give a plain torch.Tensor"
        )
    if x.is_quantized or x.is_complex():
        cure = "x.dequantize()" if x.is_quantized else "torch.view_as_real(x) and a model that takes it"
        raise InputError(f"the input of shape {tuple(x.shape)} is {x.dtype}; use {cure}")


def _main(args: tuple[Any, ...], kwargs: dict[str, Any], of: int | str | None) -> int | str:
    """The input that is explained: the one asked for, else the first floating tensor, else the first of integers."""
    given: list[tuple[int | str, Any]] = [*enumerate(args), *kwargs.items()]
    tensors = {name: item for name, item in given if isinstance(item, Tensor)}
    if of is not None:
        if not isinstance(of, (int, str)) or of not in tensors:
            raise InputError(unknown("input", of, tensors))
        return of
    floating = [name for name, item in tensors.items() if item.is_floating_point()]
    integers = [name for name, item in tensors.items() if item.dtype != torch.bool]
    if not integers:
        kind = "dict" if kwargs or not args else "tuple"
        raise InputError(
            f"the input is a {kind} that holds no tensor of numbers: give a floating point tensor of shape "
            "(batch, ...), "
            "a tuple of the model's inputs, a mapping of its keyword inputs, or say how "
            f"{_becoming(kwargs or list(args))}"
        )
    return (floating or integers)[0]


def _checked(model: nn.Module, x: Any, domain: Any) -> Tensor:
    """The main input, shape (batch, ...); encoded by the domain if need be."""
    reference = _reference(model)
    if not (isinstance(x, Tensor) and (x.is_floating_point() or (domain is None and _ids(x)))):
        x = _encoded(reference, x, domain)
    x = _checked_shape(reference, x, domain)
    return x if _ids(x) else _checked_numbers(reference, x)


def _ids(x: Tensor) -> bool:
    """Whether these may be token ids, which are explained at their embedding."""
    return x.dtype in (torch.int64, torch.int32)


def _checked_shape(reference: Tensor | None, x: Tensor, domain: Any) -> Tensor:
    if x.layout != torch.strided:
        raise InputError(f"the input of shape {tuple(x.shape)} is {x.layout}; use x.to_dense()")
    if x.dim() < 2:
        raise InputError(
            f"the input has shape {tuple(x.shape)}; the first axis is the batch: use x[None] for one sample"
        )
    if len(x) == 0:
        raise InputError(f"the input of shape {tuple(x.shape)} holds no sample")
    if domain is not None and hasattr(domain, "check"):
        domain.check(tuple(x.shape))
    if reference is not None and reference.device != x.device:
        raise InputError(
            f"the model is on {reference.device}, the input of shape {tuple(x.shape)} on {x.device}; "
            f"use x.to({str(reference.device)!r}) or move the model"
        )
    return x


def ends(x: Tensor) -> tuple[float, float]:
    """The least and the greatest value; not finite if any value is not."""
    low, high = torch.aminmax(x.detach())
    return float(low), float(high)


def _checked_numbers(reference: Tensor | None, x: Tensor) -> Tensor:
    if not all(map(math.isfinite, ends(x))):
        finite = torch.isfinite(x)
        bad = int((~finite).sum())
        first = tuple(int(i) for i in (~finite).nonzero()[0])
        raise InputError(
            f"the input holds {bad} values that are NaN or infinite, the first at {first}; clean or mask them first"
        )
    if reference is not None and reference.dtype != x.dtype:
        raise InputError(
            f"the model computes in {reference.dtype}, the input of shape {tuple(x.shape)} is {x.dtype}; "
            f"use x.to({reference.dtype}) or model.to({x.dtype})"
        )
    return x


def bounds(given: Any, domain: Any, x: Tensor) -> tuple[tuple[Tensor, Tensor] | None, tuple[str, ...]]:
    """(low, high) of the model's input as tensors like `x`, given or known to the domain; and notes."""
    pair = given if given is not None else getattr(domain, "input_range", None)
    if pair is None:
        return None, ()
    try:
        low, high = (torch.as_tensor(end, dtype=x.dtype, device=x.device) for end in pair)
        inside = (x >= low) & (x <= high) if low.dim() or high.dim() else _between(x, low, high)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(
            f"input_range must be (low, high), numbers or tensors that broadcast to the input {tuple(x.shape)}, "
            f"e.g. (0, 1) or tensors of shape (1, channel, 1, 1): {error}"
        ) from error
    if given is not None and not _is_range(low, high):
        raise InputError("input_range must be finite with low <= high for every input variable")
    if inside is None or inside.all():
        return (low, high), ()
    outside = int((~inside).sum())
    return (low, high), (
        f"{outside} of {x.numel()} input values lie outside input_range, where zB is not bounded",
    )


def _between(x: Tensor, low: Tensor, high: Tensor) -> Tensor | None:
    """Which values lie from the number `low` to the number `high`; None if all do."""
    least, most = ends(x)
    return None if float(low) <= least and most <= float(high) else (x >= low) & (x <= high)


def _is_range(low: Tensor, high: Tensor) -> bool:
    finite = all(map(math.isfinite, (*ends(low), *ends(high))))
    return finite and bool(
        float(low) <= float(high) if low.numel() == high.numel() == 1 else (low <= high).all()
    )


def _encoded(reference: Tensor | None, x: Any, domain: Any) -> Tensor:
    if domain is None:
        kind = (
            f"a {x.dtype} tensor of shape {tuple(x.shape)}"
            if isinstance(x, Tensor)
            else f"a {type(x).__name__}"
        )
        hint = "it has no embedding to explain it at, so " if isinstance(x, Tensor) else ""
        raise InputError(
            f"the input is {kind}; {hint}give a floating point tensor of shape (batch, ...), "
            f"or say how {_becoming(x)}"
        )
    encoded: Tensor = domain.encode(x)
    if reference is None:
        return encoded
    return encoded.to(reference.device, encoded.dtype if _ids(encoded) else reference.dtype)


def _becoming(x: Any) -> str:
    """What to say of inputs that are no tensors."""
    first = x[0] if isinstance(x, (list, tuple)) and x else x
    if isinstance(first, str):
        return (
            "strings become model input with input=lw.text(...), input=lw.sequence(...), or input=lw.image(...) where "
            "they are names of pictures"
        )
    if isinstance(first, Mapping) or hasattr(first, "columns"):
        return "named values become model input with input=lw.features(...)"
    return "pictures become model input with input=lw.image(...)"


def _reference(model: nn.Module) -> nn.Parameter | None:
    """A parameter that tells the model's device and dtype."""
    return next((p for p in model.parameters() if p.is_floating_point()), None)
