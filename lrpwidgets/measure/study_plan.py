"""What a study asks about every input, and one input's answers; the same here and on a worker of a cluster."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import InputError, MethodError, StoppedError, TargetError
from ..explain import targets
from ..explain.api import explain, trace
from ..explain.explanation import Explanation
from ..explain.methods import METHODS, complete
from .fingerprint import plain
from .rankers import RANDOM, checked, named
from .study_items import Item, digest, said
from .study_measures import Asked, Measure

TRUTH = "truth"  # the target that is each item's own label

# Random numbers are the process's, and two studies of one process would draw each other's.
_DRAWING = threading.RLock()


@dataclass(frozen=True, eq=False)
class Answer:
    """What was found about one item by one method: `values` by measure, and `errors` by the measure that raised.

    The error of an item that could not be read, or not be explained, has the name "". `kept`: it was on disk already.
    """

    item: int
    method: str
    truth: int | str | None = None
    target: str | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    input: str | None = None
    kept: bool = False


@dataclass(frozen=True, eq=False)
class Plan:
    """A study without its dataset: it can be pickled, and answers for any item."""

    model: nn.Module
    methods: Mapping[str, Any]
    measures: Mapping[str, Measure]
    target: Any
    given: Mapping[str, Any]
    seed: int

    def settings(self) -> dict[str, Any]:
        """What decides the numbers besides the model and the data, as JSON."""
        found = {"methods": self.methods, "measures": self.measures, "target": self.target, "seed": self.seed}
        return {name: plain(value) for name, value in {**found, **self.given}.items()}

    def answers(self, item: Item, methods: Sequence[str]) -> Iterator[Answer]:
        """One answer a method, as soon as it is known. Errors are part of the answer, except an interrupt."""
        seen = None if item.error else digest(item.x)
        for name in methods:
            if item.error:
                yield Answer(item.index, name, errors={"": item.error})
            else:
                yield self._answer(item, name, seen)

    def _answer(self, item: Item, name: str, seen: str | None) -> Answer:
        try:
            asked = self._explained(item, name)
        except StoppedError:
            raise
        except Exception as error:  # noqa: BLE001 (one item must not end the study)
            return Answer(item.index, name, item.truth, errors={"": said(error)}, input=seen)
        values: dict[str, float] = {}
        errors: dict[str, str] = {}
        for label, measure in self.measures.items():
            seed = seed_of(self.seed, item.index, label)
            try:
                with drawing(seed):
                    values |= measure(label, Asked(**asked, seed=seed))
            except StoppedError:
                raise
            except Exception as error:  # noqa: BLE001
                errors[label] = said(error)
        target = str(asked["explanation"].target[0])
        return Answer(item.index, name, item.truth, target, values, errors, seen)

    def _explained(self, item: Item, name: str) -> dict[str, Any]:
        """The explanation and what measures want to know of it."""
        seed = seed_of(self.seed, item.index, name)
        how = keywords(self.methods[name], seed)
        target = self.target
        if isinstance(target, str) and target == TRUTH:
            if item.truth is None:
                raise TargetError(
                    f"item {item.index} has no label, and target='truth' asks for it; give pairs"
                )
            target = item.truth
        with drawing(seed):
            begin = time.perf_counter()
            if how is None:
                found = self._by_function(item.x, name, target)
            else:
                found = explain(self.model, item.x, target=target, **self.given, **how)
            seconds = time.perf_counter() - begin
        if len(found) != 1:
            raise InputError(
                f"item {item.index} is a batch of {len(found)} inputs {tuple(found.input.shape)}; a study takes them "
                "one by one: give a batch as the dataset, or items with a batch axis of 1"
            )
        index = found.target[0].index
        return {
            "model": self.model,
            "x": item.x,
            "item": item.index,
            "method": name,
            "explanation": found,
            "how": how,
            "given": self.given,
            "target": target if index is None else index,
            "seconds": seconds,
        }

    def _by_function(self, x: Any, name: str, target: Any) -> Explanation:
        """A map by a function of (x, target), or by chance, about the same score as any other."""
        spec = self.methods[name]
        session = trace(self.model, x, keep=0, **self.given)
        start = targets.start(target, session.output, session.labels)
        index = start.targets[0].index
        function: Callable[..., Any] = _by_chance if isinstance(spec, str) else spec
        relevance = function(session.input, None if index is None else torch.tensor([index]))
        return Explanation(
            input=session.input,
            relevance=checked(name, relevance, session.input),
            score=start.score,
            output=session.output,
            target=start.targets,
            method=name,
            labels=session.labels,
            domain=session.domain,
        )


def _by_chance(x: Tensor, target: Tensor | None) -> Tensor:  # noqa: ARG001 (as a user's function)
    return torch.rand(x.shape, dtype=torch.float64).to(x.device)


def methods_by_name(given: Any) -> dict[str, Any]:
    """The methods: names, or a mapping of names to a name, explain's keywords, or a function of (x, target)."""
    found = named(given)
    for name, spec in found.items():
        if not (isinstance(spec, (str, Mapping)) or callable(spec)):
            raise MethodError(
                f"method {name!r} is a {type(spec).__name__}; a study takes names, explain's keywords, or functions of "
                "(x, target) that give relevance"
            )
        how = keywords(spec, 0)
        if how is not None:
            asked = {
                key: value
                for key, value in how.items()
                if key not in ("method", "rules", "through", "memory")
            }
            complete(
                how.get("method", "lrp"), how.get("rules"), asked
            )  # an unknown name is no matter of an item
    return found


def keywords(spec: Any, seed: int) -> dict[str, Any] | None:
    """explain's keywords of a method, with this item's seed where it takes one; None for a function."""
    if isinstance(spec, str):
        spec = {} if spec == RANDOM else {"method": spec} if spec in METHODS else {"rules": spec}
        if not spec:
            return None
    if not isinstance(spec, Mapping):
        return None
    how = dict(spec)
    method = how.get("method", "lrp")
    if method in METHODS and any(parameter.name == "seed" for parameter in METHODS[method].parameters):
        how.setdefault("seed", seed)
    return how


def seed_of(seed: int, item: int, name: str) -> int:
    """The seed of one method or measure for one item, whatever else was drawn before: 31 bits."""
    drawn = hashlib.blake2b(f"{seed}/{item}/{name}".encode(), digest_size=4).digest()
    return int.from_bytes(drawn, "big") >> 1


@contextmanager
def drawing(seed: int) -> Iterator[None]:
    """torch's, numpy's and Python's own random numbers begin at `seed`, and go on afterwards where they were."""
    used = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    devices = list(range(torch.cuda.device_count())) if used else []
    with _DRAWING, torch.random.fork_rng(devices=devices):
        torch.default_generator.manual_seed(seed)
        if devices:
            torch.cuda.manual_seed_all(seed)
        here, there = random.getstate(), np.random.get_state()  # noqa: NPY002 (users' functions may draw from it)
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        try:
            yield
        finally:
            random.setstate(here)
            np.random.set_state(there)  # noqa: NPY002
