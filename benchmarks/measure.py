"""One line of the table: our first and next answers, one feature map, and every peer, in the same rounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

import lrpwidgets as lw
from benchmarks import memory, peers
from benchmarks.models import Subject
from benchmarks.rows import Row, no_filters
from benchmarks.timing import Clock, Spread, ratios, times

# The base is timed twice a round: its ratio to itself is the noise of the run.
BASE, AGAIN = "base", "base again"
FIRST, NEXT, FILTER = "first", "next", "filter"


@dataclass
class Line:
    """What was measured for one row on one net."""

    row: Row
    seconds: dict[str, list[float]] = field(default_factory=dict)
    ratio: dict[str, Spread] = field(default_factory=dict)  # to the base, by work or peer
    peak: dict[str, float] = field(default_factory=dict)  # MB
    skipped: dict[str, str] = field(default_factory=dict)  # work or peer, and why


@dataclass(frozen=True)
class Bench:
    """One net and batch, ready to be asked."""

    subject: Subject
    x: Tensor
    device: torch.device

    @property
    def model(self) -> nn.Module:
        """The net."""
        return self.subject.model

    def scores(self, x: Tensor, target: Tensor) -> Tensor:
        """The score of each sample's target, shape (batch,)."""
        output = self.model(x)
        chosen: Tensor = output[torch.arange(len(x), device=x.device), target]
        return chosen

    def target(self) -> Tensor:
        """The top class of each sample."""
        with torch.no_grad():
            top: Tensor = self.model(self.x).argmax(1)
            return top

    def base(self) -> Callable[[], object]:
        """One forward + input gradient by autograd."""
        target = self.target()

        def gradient() -> Tensor:
            leaf = self.x.clone().requires_grad_()
            return torch.autograd.grad(self.scores(leaf, target).sum(), leaf)[0]

        return gradient

    def graph(self) -> Tensor:
        """A forward whose autograd graph stays."""
        output: Tensor = self.model(self.x.clone().requires_grad_())
        return output

    def trace(self) -> lw.Trace:
        """A recorded forward."""
        return lw.trace(self.model, self.x, input_range=self.subject.bounds)

    def line(self, row: Row, others: tuple[peers.Peer, ...], repeats: int) -> Line:
        """Measure one row; what cannot be asked is skipped, with its reason."""
        line = Line(row)
        missing = row.missing()
        if missing:
            line.skipped[row.name] = missing
            return line
        target = self.target().tolist()
        base, bounds = self.base(), self.subject.bounds

        def first() -> object:
            return lw.explain(self.model, self.x, input_range=bounds, **row.asked)

        try:
            first()
            trace = self.trace()
            trace.explain(**row.asked)
        except lw.errors.UnsupportedOperationError as error:
            line.skipped[row.name] = str(error).split(";")[0].split(". Register")[0]
            return line
        turn = iter(range(10**9))

        def following() -> object:
            return trace.explain(target=next(turn) % trace.output.shape[1], **row.asked)

        works = {BASE: base, AGAIN: base, FIRST: first, NEXT: following}
        reason = no_filters()
        if reason:
            line.skipped[FILTER] = reason
        else:
            works[FILTER] = lambda: trace.explain(through={self.subject.layer: [next(turn) % 8]}, **row.asked)
        with peers.agreeing(others, self.subject, row, self.x, target) as (ready, refused):
            line.skipped |= refused
            for name, explain in ready.items():
                works[name] = lambda explain=explain: explain(self.x, target)
            line.seconds = times(works, repeats, Clock(self.device))
            line.ratio = ratios(line.seconds, BASE)
            for name, work in works.items():
                if name not in {AGAIN, NEXT, FILTER}:
                    line.peak[name] = memory.peak(work, self.device)
        return line

    def held(self) -> tuple[float, float]:
        """MB of a kept trace before a rule has run, and of autograd's graph of the same forward."""
        return memory.held(self.trace, self.device), memory.held(self.graph, self.device)
