"""What a prototype should look like beside its class: a distance, a density p(x), or the codes of a decoder.

An expert's `log_density` is the second term of what activation maximization climbs (tutorial, sections 3.1 to 3.3):

    log p(c|x) + weight * log_density(x)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from ..errors import InputError
from .frozen import frozen
from .rbm import GaussianRBM

__all__ = ["L2", "CodeSpace", "Expert", "GaussianRBM", "LogDensity", "class_means"]


@runtime_checkable
class Expert(Protocol):
    """What a search needs of an expert.

    `weight` is used where none is asked for; `shape` is that of one sample, None where the expert does not know it.
    """

    weight: float
    shape: tuple[int, ...] | None

    def log_density(self, x: Tensor) -> Tensor:
        """Up to a constant, (batch,), of x (batch, ...)."""
        ...

    def start(self) -> Tensor | None:
        """Where a search begins, (1 or batch, ...); None: the expert does not say."""
        ...


class L2:
    """-|x - x_ref|^2, so that `weight` is the paper's lambda: near zero, or near a class's mean (section 3.1).

    reference: a number, or a tensor (1, ...), or (batch, ...) with one for each prototype.
    """

    weight = 0.01

    def __init__(self, reference: float | Tensor = 0.0) -> None:
        self.reference = _finite(reference, "the reference of L2")
        self.shape = tuple(self.reference.shape[1:]) if self.reference.dim() else None

    def log_density(self, x: Tensor) -> Tensor:
        """Minus the squared distance, (batch,)."""
        return -(x - self.reference.to(x)).square().flatten(1).sum(1)

    def start(self) -> Tensor | None:
        """The reference, if it has a shape."""
        return self.reference if self.reference.dim() else None

    def __repr__(self) -> str:
        return f"L2({_brief(self.reference)})"


class LogDensity:
    """Any log p(x): a module or a function of (batch, ...) that gives (batch,), differentiable, up to a constant.

    A module is copied as it is now and runs in eval mode.
    """

    weight = 1.0

    def __init__(
        self,
        function: Callable[[Tensor], Tensor],
        shape: Sequence[int] | None = None,
        name: str | None = None,
    ) -> None:
        if not callable(function):
            raise InputError(
                f"a log density is a module or a function of (batch, ...), not {type(function).__name__}"
            )
        self.name = name or str(getattr(function, "__name__", type(function).__name__))
        self.shape = None if shape is None else tuple(shape)
        self._function = frozen(function) if isinstance(function, nn.Module) else function

    def log_density(self, x: Tensor) -> Tensor:
        """log p(x), (batch,)."""
        try:
            found = self._function(x)
        except Exception as error:
            raise InputError(
                f"the expert {self.name} fails on an input of shape {tuple(x.shape)}: {error}"
            ) from error
        if not isinstance(found, Tensor) or found.shape != (len(x),):
            shape = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
            raise InputError(
                f"the expert {self.name} must give one value a sample, shape ({len(x)},) for an input "
                f"{tuple(x.shape)}, not {shape}"
            )
        return found

    def start(self) -> None:
        """It does not say."""
        return

    def __repr__(self) -> str:
        return f"LogDensity({self.name})"


class CodeSpace:
    """Search for the code z of a decoder g, x = g(z), with -|z - z_ref|^2: `weight` is lambda of section 3.3.

    reference: a number, or codes (1, ...) or (batch, ...), such as the class's mean code. code_shape: that of one
    code; not needed where the reference has a shape or the decoder an attribute `code_shape`. The decoder is copied as
    it is now and runs in eval mode.
    """

    weight = 0.01

    def __init__(
        self,
        decoder: Callable[[Tensor], Tensor],
        reference: float | Tensor = 0.0,
        code_shape: Sequence[int] | None = None,
    ) -> None:
        if not callable(decoder):
            raise InputError(
                f"a decoder is a module or a function of codes (batch, ...), not {type(decoder).__name__}"
            )
        self.reference = _finite(reference, "the reference of CodeSpace")
        known = code_shape if code_shape is not None else getattr(decoder, "code_shape", None)
        if self.reference.dim():
            if known is not None and tuple(known) != tuple(self.reference.shape[1:]):
                raise InputError(
                    f"the reference holds codes of shape {tuple(self.reference.shape[1:])} "
                    f"(of a batch {tuple(self.reference.shape)}), the decoder takes {tuple(known)}"
                )
            known = self.reference.shape[1:]
        if known is None:
            raise InputError("the shape of a code is not known; give code_shape=, or a reference (1, ...)")
        self.shape: tuple[int, ...] = tuple(known)
        self.name = type(decoder).__name__
        self._decoder = frozen(decoder) if isinstance(decoder, nn.Module) else decoder

    def decode(self, z: Tensor) -> Tensor:
        """x = g(z), (batch, ...)."""
        try:
            x = self._decoder(z)
        except Exception as error:
            raise InputError(
                f"the decoder {self.name} fails on codes of shape {tuple(z.shape)}: {error}"
            ) from error
        if not isinstance(x, Tensor) or x.dim() < 2 or len(x) != len(z):
            shape = tuple(x.shape) if isinstance(x, Tensor) else type(x).__name__
            raise InputError(
                f"the decoder {self.name} makes {shape} of codes {tuple(z.shape)}; it must give inputs (batch, ...)"
            )
        return x

    def log_density(self, z: Tensor) -> Tensor:
        """Minus the squared distance of codes, (batch,)."""
        return -(z - self.reference.to(z)).square().flatten(1).sum(1)

    def start(self) -> Tensor:
        """The reference."""
        if self.reference.dim():
            return self.reference
        return self.reference.expand(1, *self.shape)

    def __repr__(self) -> str:
        return f"CodeSpace({self.name}, {_brief(self.reference)})"


def class_means(data: Tensor, labels: Any) -> Tensor:
    """The mean of each class's samples, (class, ...), of `data` (sample, ...) and whole numbers `labels` (sample,).

    Of inputs for :class:`L2`, of their codes for :class:`CodeSpace`; ``means[[7]]`` is that of one class.
    """
    numbers = torch.as_tensor(labels)
    if not isinstance(data, Tensor) or not data.is_floating_point() or data.dim() < 2:
        raise InputError("class means are taken of a floating point tensor (sample, ...)")
    if numbers.shape != (len(data),) or numbers.is_floating_point() or len(data) == 0 or numbers.min() < 0:
        raise InputError(
            f"labels of shape {tuple(numbers.shape)} for data of shape {tuple(data.shape)}: one whole number >= 0 a "
            "sample is needed"
        )
    counts = numbers.bincount()
    if (counts == 0).any():
        missing = (counts == 0).nonzero().flatten().tolist()
        raise InputError(f"there is no sample of class {', '.join(map(str, missing))}: it has no mean")
    sums = data.new_zeros(len(counts), *data.shape[1:]).index_add(0, numbers.to(data.device), data.detach())
    return sums / counts.to(data).reshape(-1, *[1] * (data.dim() - 1))


def as_expert(given: Any) -> Expert:
    """`given` if it is an expert, zero's L2 for None, a log density for any other callable."""
    if given is None:
        return L2()
    if isinstance(given, type):
        raise InputError(f"the expert is the class {given.__name__}; make one, e.g. {given.__name__}(...)")
    return given if isinstance(given, Expert) else LogDensity(given)


def _finite(given: Any, what: str) -> Tensor:
    found = torch.as_tensor(given).detach().clone()
    if not found.is_floating_point():
        found = found.float()
    if found.dim() == 1:
        raise InputError(
            f"{what} has shape {tuple(found.shape)}; the first axis is the batch: use it as [None]"
        )
    if not torch.isfinite(found).all():
        raise InputError(f"{what} holds values that are NaN or infinite")
    return found


def _brief(reference: Tensor) -> str:
    return f"{float(reference):g}" if not reference.dim() else f"reference {tuple(reference.shape)}"
