"""Branches that a model takes on its activations: the explanation holds for the one that this input takes."""

from __future__ import annotations

import weakref
from typing import Any

from torch import Tensor

from .node import tensors_in
from .operations import STEPS

_READ = frozenset({"_local_scalar_dense", "is_nonzero", "equal"})


class Branches:
    """Follows answers of yes and no that depend on the input to where the model reads a number out of them."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.answers: dict[int, weakref.ref[Tensor]] = {}

    def saw(self, op: str, path: str, direct: bool, constants: list[Tensor], result: Any) -> None:
        """A constant was made by `op`; `direct` if of what depends on the input, else of `constants` alone."""
        if not direct and not any(map(self._is_answer, constants)):
            return
        if op in _READ:
            self.notes.append(
                f"{path or 'the model'} reads a number out of its activations: "
                "the explanation holds for the branch that this input takes"
            )
        elif not direct or op in STEPS:
            for tensor in tensors_in(result):
                self.answers[id(tensor)] = weakref.ref(tensor)

    def _is_answer(self, tensor: Tensor) -> bool:
        reference = self.answers.get(id(tensor))
        return reference is not None and reference() is tensor
