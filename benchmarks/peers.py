"""The same job by other libraries: who can be asked, and whether the numbers are the same before time is taken.

They live in an environment of their own (`make peers`); where one is missing, its column says so.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

import lrpwidgets as lw
from benchmarks.models import Subject
from benchmarks.rows import Row

# In float64 with the peer's stabilizer as small as it can be: what is left is a different formula.
SAME = 1e-6

Explain = Callable[[Tensor, list[int]], Tensor]


@dataclass(frozen=True)
class Peer:
    """One library, by the module of tests/peers that knows how to ask it."""

    name: str
    module: str
    jobs: tuple[str, ...]  # names of rows
    stabilized: bool = False  # whether a stabilizer can be given
    zero: bool = False  # whether its LRP-epsilon has no epsilon: the numbers are compared without ours

    def missing(self) -> str | None:
        """Why it cannot be asked, or None."""
        try:
            importlib.metadata.version(self.name)
            importlib.import_module(self.module)
        except ImportError as error:
            return f"not installed ({error}); `make bench` runs where it is"
        return None

    def version(self) -> str:
        """Of the installed package."""
        return importlib.metadata.version(self.name)

    def explainer(self, subject: Subject, row: Row, exact: bool) -> Any:
        """A context with (x, one class a sample) -> map; `exact`: on a float64 model, without a stabilizer."""
        module = importlib.import_module(self.module)
        model = deepcopy(subject.model).double() if exact else subject.model
        settings: dict[str, Any] = {}
        if self.name == "zennit":
            like = next(model.parameters())
            settings["bounds"] = tuple(torch.as_tensor(end).to(like) for end in subject.bounds)
        if exact and self.stabilized:
            settings["stabilizer"] = 1e-15
        return module.explainer(model, row.name, **settings)

    def difference(self, subject: Subject, row: Row, x: Tensor, target: list[int]) -> float:
        """Largest difference from our map in float64, as a part of its largest value."""
        module = importlib.import_module(self.module)
        model = deepcopy(subject.model).double()
        if hasattr(module, "comparable"):
            model = module.comparable(model)
        x = x.double()
        bounds = tuple(torch.as_tensor(end).to(x) for end in subject.bounds)
        asked = row.asked
        if self.zero:
            zero = lw.Zero()
            asked["rules"] = replace(lw.PRESETS[asked["rules"]], convolution=zero, dense=zero)
        ours = lw.explain(model, x, target=target, input_range=bounds, **asked).relevance
        with self.explainer(subject, row, exact=True) as explain:
            theirs = explain(x, target)
        return float((ours - theirs).abs().max() / ours.abs().max())


_ZENNIT = (
    "epsilon",
    "z+",
    "epsilon-plus",
    "deep-taylor",
    "epsilon-gamma-box",
    "alpha2-beta1",
)

PEERS = (
    Peer("zennit", "tests.peers.peer", _ZENNIT, True),
    Peer(
        "captum",
        "tests.peers.captum_peer",
        ("gradient-x-input", "deconvnet", "guided-backprop", "epsilon"),
    ),
    Peer("autolrp", "tests.peers.autolrp_peer", ("z+",), True),
    Peer("lxt", "tests.peers.lxt_peer", ("attn-lrp",), zero=True),
)


@contextmanager
def agreeing(
    peers: tuple[Peer, ...], subject: Subject, row: Row, x: Tensor, target: list[int]
) -> Iterator[tuple[dict[str, Explain], dict[str, str]]]:
    """(peers to be timed, why the others are not), once their numbers are compared."""
    ready: dict[str, Explain] = {}
    refused: dict[str, str] = {}
    with ExitStack() as stack:
        for peer in peers:
            if row.name not in peer.jobs:
                continue
            try:
                difference = peer.difference(subject, row, x[:1], target[:1])
                if difference > SAME:
                    refused[peer.name] = (
                        f"its numbers differ by {difference:.2g} of the largest, so it does another job"
                    )
                    continue
                explain = stack.enter_context(peer.explainer(subject, row, exact=False))
                explain(x, target)
            except Exception as error:  # noqa: BLE001 (whatever another library does, the table goes on and says it)
                refused[peer.name] = f"{type(error).__name__}: {str(error).splitlines()[0][:160]}"
                continue
            ready[peer.name] = explain
        yield ready, refused
