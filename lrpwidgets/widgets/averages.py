"""Explanations that take many model runs, step by step: means over shifts, sums over windows; with their code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lrpwidgets.errors import InputError
from lrpwidgets.explain import code
from lrpwidgets.explain.api import trace
from lrpwidgets.explain.inputs import described, model_inputs
from lrpwidgets.explain.methods import complete
from lrpwidgets.explain.targets import Target
from lrpwidgets.measure.integers import count
from lrpwidgets.measure.shifts import shift_grid
from lrpwidgets.measure.translations import translation_steps
from lrpwidgets.measure.windows import Pair, check_windows, sliding_steps

if TYPE_CHECKING:
    from torch import nn

    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.widgets.inputs import Inputs

PIXELS = 200_000  # of the inputs that are explained at once: four photos of 224 x 224
MOST = 64  # inputs at once

Steps = Iterator[tuple["Explanation", int, int]]  # what there is, how much of it is done, of how much


class Averages:
    """`steps(index, shifts, **question)` about `inputs[index]`: over shifts of it, or over windows where there are any.

    `described`: labels, input and input_range as `lw.explain` takes them.
    """

    def __init__(
        self, model: nn.Module, inputs: Inputs, window: Pair | None, stride: Pair | None, **described: Any
    ) -> None:
        self.window = window
        self._model, self._inputs, self._stride = model, inputs, stride or window
        self._given = described
        self._tops: dict[int, int] = {}

    def forget(self) -> None:
        """The model is another one."""
        self._tops.clear()

    def steps(self, index: int, shifts: Any, **asked: Any) -> Steps:
        """What there is so far, after each batch."""
        return self._shifted(index, shifts, asked) if shifts else self._windowed(index, asked)

    def _shifted(self, index: int, shifts: dict[str, int], asked: dict[str, Any]) -> Steps:
        domain = described(self._model, self._given["input"], "input")
        x = model_inputs(self._model, self._inputs[index], domain, None).explained
        side, step = 2 * (shifts["range"] // shifts["step"]) + 1, shifts["step"]
        grid, batch = shift_grid(side, stride=step), _batch(*x.shape[-2:])
        spelt = f"lw.measure.shift_grid({side}{'' if step == 1 else f', stride={step}'})"
        for at in translation_steps(self._model, x, grid, batch=batch, **asked, **self._given):
            some = spelt if len(at.shifts) == len(grid) else repr(list(at.shifts))
            call = self._call(f"lw.measure.translation_average(model, x, {some}, batch={batch}, ", asked)
            yield replace(at.explanation, code=f"{call}.explanation"), len(at.shifts), len(grid)

    def _windowed(self, index: int, asked: dict[str, Any]) -> Steps:
        assert self.window is not None
        x, batch = self._inputs[index], _batch(*self.window)
        for name in ("target", "minus"):
            if isinstance(asked[name], str) and asked[name] == "top":
                asked[name] = self._top(index, batch)
        named = {name: self._named(asked[name]) for name in ("target", "minus")}
        how = {**asked, **self._given, "batch": batch}
        head = f"(model, x, {self.window}, {self._stride}, batch={batch}, "
        steps = sliding_steps(self._model, x, self.window, self._stride, **how)
        for number, at in enumerate(steps, 1):
            if at.done == at.windows:
                line = f"{self._call(f'lw.measure.sliding_window{head}', asked)}.explanation"
            else:
                some = self._call(f"lw.measure.sliding_steps{head}", asked)
                line = f"[at.explanation for _, at in zip(range({number}), {some})][-1]"
            targets = {name: (target,) for name, target in named.items() if target is not None}
            yield replace(at.explanation, code=line, **targets), at.done, at.windows

    def _top(self, index: int, batch: int) -> int:
        """The class whose scores are the largest, summed over all windows."""
        if index not in self._tops:
            how = dict(self._given)
            inputs, size, step = check_windows(
                self._model, self._inputs[index], self.window, self._stride, how
            )
            cut = inputs.explained.unfold(2, size[0], step[0]).unfold(3, size[1], step[1])
            cut = cut.permute(0, 2, 3, 1, 4, 5).flatten(0, 2)
            outputs = (
                trace(self._model, part, keep=0, labels=how["labels"]).output.sum(0)
                for part in cut.split(batch)
            )
            self._tops[index] = int(sum(outputs).argmax())
        return self._tops[index]

    def _named(self, target: Any) -> Target | None:
        """A class as the scores name it; None for what is no class."""
        if target is None or callable(target):
            return None
        labels = described(self._model, self._given["labels"], "labels")
        if isinstance(target, str):
            return Target(list(labels).index(target), target)
        known = labels is not None and -len(labels) <= target < len(labels)
        return Target(target, str(labels[target]) if known else str(target))

    def _call(self, head: str, asked: dict[str, Any]) -> str:
        """Python that asks the same, with `head` in the place of ``lw.explain(model, x, ``."""
        parameters = {
            name: asked[name] for name in asked if name not in ("method", "rules", "target", "minus")
        }
        chosen, settings = complete(asked["method"], asked.get("rules"), parameters)
        rules = settings.pop("rules")
        given = code.given(*(self._given[name] for name in ("labels", "input", "input_range")), None, None)
        rules = None if chosen.preset else asked.get("rules") or rules
        line = code.call(given, chosen.name, rules, asked["target"], asked["minus"], None, settings)
        return line.replace("lw.explain(model, x, ", head, 1)


def pair(name: str, given: Any) -> tuple[int, int]:
    """A number of pixels, or (height, width)."""
    both = given if isinstance(given, (tuple, list)) else (given, given)
    if len(both) != 2:
        raise InputError(f"{name} is a number of pixels or (height, width), not {given!r}.")
    return count(name, both[0]), count(name, both[1])


def _batch(height: int, width: int) -> int:
    return max(1, min(MOST, PIXELS // (height * width)))
