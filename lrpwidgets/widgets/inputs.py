"""The inputs that `explore` walks through, one at a time, whatever they came as."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lrpwidgets.errors import InputError, TargetError, unknown

ACCEPTED = "a batch (tensor or array), a picture, or a sequence of pictures or of (input, label) pairs"


class Inputs:
    """Inputs in the user's order. Nothing is read, scaled or encoded before it is asked for.

    A tensor's first axis is the batch; so is an array's, unless it is one picture. Elements of a sequence are
    whatever `lw.explain` takes; tensors among them get their batch axis. True labels come from `truth`, from
    `(input, label)` pairs, or from objects with a `label`.
    """

    def __init__(self, given: Any, truth: Sequence[int | str] | None = None) -> None:
        self._whole, self._given = given, _sequence(given)
        if len(self._given) == 0:
            raise InputError(f"there is no input: give {ACCEPTED}.")
        if truth is not None and len(truth) != len(self):
            raise InputError(f"truth has {len(truth)} labels for {len(self)} inputs: give one for each.")
        self._truth = truth
        self._last: tuple[int, Any] = (
            -1,
            None,
        )  # title, label and pixels of one input are asked one after another

    def __len__(self) -> int:
        return len(self._given)

    def __getitem__(self, index: int) -> Any:
        """Input `index` as `lw.trace` takes it: model input with batch 1, or what the domain encodes."""
        return _single(self._element(index)[0])

    def title(self, index: int) -> str:
        """What the input is called."""
        return str(getattr(self._element(index)[0], "title", f"input {index}"))

    def truth(self, index: int, labels: Sequence[str] | None) -> int | None:
        """The true class as an index; None if it is not known. `TargetError` for a label that does not exist."""
        told = self._element(index)[1] if self._truth is None else self._truth[index]
        if told is None:
            return None
        if isinstance(told, str):
            if labels is None or told not in labels:
                raise TargetError(f"true label of input {index}: {unknown('label', told, labels or ())}")
            return list(labels).index(told)
        return int(told)

    def code(self, index: int) -> str:
        """Python for input `index`, where `inputs` is what the user gave."""
        if self._given is not self._whole:
            return f"inputs[{index}:{index + 1}]" if isinstance(self._given, _Rows) else "inputs"
        element = self._given[index]
        x = _with_label(element)[0]
        return f"inputs[{index}]{'' if x is element else '[0]'}{'' if _single(x) is x else '[None]'}"

    @property
    def has_truth(self) -> bool:
        """Whether true labels are known, judged by the first input."""
        return self._truth is not None or self._element(0)[1] is not None

    @property
    def truth_at_hand(self) -> bool:
        """Whether true labels are known without reading inputs that may be slow to read."""
        return self._truth is not None or isinstance(self._given, (list, tuple))

    def _element(self, index: int) -> tuple[Any, Any]:
        at, element = self._last
        if at != index:
            element = self._given[index]
            if not isinstance(self._given, (list, tuple)):
                self._last = (index, element)
        return _with_label(element)


def _with_label(element: Any) -> tuple[Any, Any]:
    """The input and its true label, None if it has none."""
    if isinstance(element, tuple) and len(element) == 2 and not hasattr(element[1], "shape"):
        return element
    return element, getattr(element, "label", None)


def _sequence(given: Any) -> Any:
    """Something with a length and elements."""
    if hasattr(given, "pixels") or hasattr(given, "convert") or isinstance(given, str):
        return [given]  # one object with pixels, one Pillow image, one path
    if isinstance(given, np.ndarray) and (given.ndim == 2 or (given.ndim == 3 and given.shape[-1] in (1, 3))):
        return [given]
    if hasattr(given, "detach"):
        if given.ndim < 2:
            raise InputError(f"a tensor of shape {tuple(given.shape)} is no batch: add an axis, x[None].")
        return _Rows(given)
    if hasattr(given, "__len__") and hasattr(given, "__getitem__") and not isinstance(given, dict):
        return given
    if hasattr(given, "__fspath__"):
        return [given]
    raise InputError(f"cannot explore a {type(given).__name__}: give {ACCEPTED}.")


class _Rows:
    """The rows of a batch tensor, each still a batch."""

    def __init__(self, batch: Any) -> None:
        self._batch = batch

    def __len__(self) -> int:
        return len(self._batch)

    def __getitem__(self, index: int) -> Any:
        return self._batch[index : index + 1]


def _single(element: Any) -> Any:
    """A tensor that is one example, (channel, height, width) or (feature,), with its batch axis."""
    is_example = hasattr(element, "detach") and element.is_floating_point() and element.ndim in (1, 3)
    return element[None] if is_example else element
