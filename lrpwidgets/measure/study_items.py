"""The inputs of a study one after the other, whatever they came as; one that cannot be read does not end it."""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from ..errors import InputError, StoppedError

_IN_A_ROW = 100  # failures after which an iterator is taken to be broken


@dataclass(frozen=True, eq=False)
class Item:
    """Input number `index` as `explain` takes it, and its true class if that is known; `error` if it was not read."""

    index: int
    x: Any = None
    truth: int | str | None = None
    error: str | None = None


class Items:
    """A batch (tensor or array), a sequence, or an iterable, of inputs or of (input, label) pairs.

    The first axis of a tensor is the batch; a tensor within a sequence is one input, and gets its batch axis where it
    has one or three axes. `length` is None for an iterable that does not know it; `indexed`: any item can be read
    alone. Labels are those of the pairs, or of inputs with a `label`.
    """

    def __init__(self, dataset: Any) -> None:
        if hasattr(dataset, "pixels") or hasattr(dataset, "convert") or isinstance(dataset, str):
            dataset = [dataset]  # one picture, or a path
        if isinstance(dataset, Tensor) and dataset.dim() < 2:
            raise InputError(f"a tensor of shape {tuple(dataset.shape)} is no batch: add an axis, x[None]")
        self._dataset = dataset
        self.indexed = hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__")
        if isinstance(dataset, Mapping) or not (self.indexed or hasattr(dataset, "__iter__")):
            raise InputError(
                f"a study needs a batch, a sequence or an iterable of inputs or (input, label) pairs, not a "
                f"{type(dataset).__name__}"
            )
        try:
            self.length: int | None = len(dataset)
        except TypeError:  # iterables need not know, and some say so only when asked
            self.length = None
        if self.length == 0:
            raise InputError("the dataset is empty: there is nothing to study")

    def __call__(self, wanted: Callable[[int], bool]) -> Iterator[Item]:
        """The items whose number is `wanted`; a sequence reads no others."""
        if self.indexed:
            assert self.length is not None
            for index in filter(wanted, range(self.length)):
                yield self._read(index, lambda index=index: self._dataset[index])  # type: ignore[misc]
            return
        iterator = iter(self._dataset)
        index = failed = 0
        while failed < _IN_A_ROW:
            try:
                item = self._read(index, lambda: next(iterator))
            except StopIteration:
                return
            failed = failed + 1 if item.error else 0
            if wanted(index):
                yield item
            index += 1
        raise InputError(
            f"the dataset raised {failed} times in a row, up to item {index - 1}; it seems to be broken"
        )

    def _read(self, index: int, read: Callable[[], Any]) -> Item:
        try:
            x, label = _with_label(read())
            return Item(index, _single(x, batched=isinstance(self._dataset, Tensor)), _truth(label))
        except (StoppedError, StopIteration):
            raise
        except Exception as error:  # noqa: BLE001 (whatever a user's dataset raises belongs to this item)
            return Item(index, error=said(error))


def said(error: BaseException) -> str:
    """An error as one line of a table."""
    return f"{type(error).__name__}: {error}"


def _with_label(element: Any) -> tuple[Any, Any]:
    """The input and its label; a pair whose second is a whole tensor is an input of two."""
    if isinstance(element, (tuple, list)) and len(element) == 2:
        label = element[1]
        if label is None or isinstance(label, (str, int, np.integer)) or getattr(label, "size", None) == 1:
            return element[0], label
        if isinstance(label, Tensor) and label.numel() == 1 and not label.is_floating_point():
            return element[0], label
    return element, getattr(element, "label", None)


def _truth(label: Any) -> int | str | None:
    if label is None or isinstance(label, str):
        return label
    return operator.index(label.item() if hasattr(label, "item") else label)


def _single(x: Any, *, batched: bool) -> Any:
    """One input with its batch axis."""
    if not isinstance(x, Tensor):
        return x
    if batched or x.dim() == 1 or (x.dim() == 3 and x.is_floating_point()):
        return x[None]
    return x


def digest(x: Any) -> str | None:
    """A short hash of an input's numbers; None for what is no plain data."""
    hashed = hashlib.blake2b(digest_size=8)
    return hashed.hexdigest() if _feed(hashed, x) else None


def _feed(hashed: Any, x: Any) -> bool:
    """Whether all of `x` could be hashed."""
    if isinstance(x, Tensor):
        x = x.detach().cpu()
        hashed.update(str(x.dtype).encode())
        x = x.double().numpy() if x.is_floating_point() else x.numpy()
    if hasattr(x, "pixels"):
        x = x.pixels
    if hasattr(x, "tobytes") and hasattr(x, "size"):  # arrays, numbers of numpy, Pillow images
        hashed.update(f"{getattr(x, 'dtype', '')}{getattr(x, 'shape', x.size)}".encode())
        hashed.update(x.tobytes())
        return True
    if isinstance(x, (str, bytes, int, float, type(None))):
        hashed.update(repr(x).encode())
        return True
    if isinstance(x, Mapping):
        return all(_feed(hashed, (str(key), x[key])) for key in sorted(x, key=str))
    if isinstance(x, (tuple, list)):
        hashed.update(f"{len(x)}".encode())
        return all(_feed(hashed, part) for part in x)
    return False
