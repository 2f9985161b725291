"""Sliding windows: explain what a model says all over a large image (tutorial, section 6.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import InputError, TargetError, unknown
from ..explain.api import explain
from ..explain.explanation import Explanation
from ..explain.inputs import Inputs, described, model_inputs
from ..explain.shadow import check_model
from ..explain.targets import Hidden
from .asking import last
from .integers import count

Pair = tuple[int, int]


@dataclass(frozen=True, eq=False, repr=False)
class Windowed:
    """What is summed so far, `done` of `windows` windows.

    `explanation` has the large image's shape, its score is g(X) = sum over s of f(X[s]), its output the sum too.
    `scores` (sample, row, column) is f at each location, NaN where it is not done; `tops` and `lefts` are the
    pixels where rows and columns of windows begin.
    """

    explanation: Explanation
    scores: Tensor
    tops: tuple[int, ...]
    lefts: tuple[int, ...]
    done: int

    @property
    def windows(self) -> int:
        """How many windows there are."""
        return self.scores.numel()

    def __repr__(self) -> str:
        return f"<Windowed: {self.done} of {self.windows} windows of {tuple(self.explanation.input.shape)}>"


def sliding_window(
    model: nn.Module,
    x: Any,
    size: int | Pair,
    stride: int | Pair,
    *,
    target: Any,
    batch: int = 16,
    **how: Any,
) -> Windowed:
    """g(X) = sum over windows s of f(X[s]), explained: each pixel sums what it got in every window it lies in.

    x: images (batch, channel, height, width) of any size, a tensor on the model's device, or what the model's
    preprocessing encodes (which is not resized here). size, stride: of the windows, a number or (height, width);
    windows begin at multiples of the stride and lie wholly inside. target: a class, a label, a hidden unit or a
    callable, for all windows. Of several inputs the one that is explained is cut, and the others go along with their
    sample. Memory: the image, one map of its size, and one `batch` of windows under way.
    """
    return last(sliding_steps(model, x, size, stride, target=target, batch=batch, **how))


def sliding_steps(
    model: nn.Module,
    x: Any,
    size: int | Pair,
    stride: int | Pair,
    *,
    target: Any,
    batch: int = 16,
    **how: Any,
) -> Iterator[Windowed]:
    """As :func:`sliding_window`, the sums after each batch of windows; the map is one tensor that fills up."""
    batch = count("batch", batch)
    inputs, (height, width), (down, right) = check_windows(model, x, size, stride, how)
    x = inputs.explained
    asked = class_sums(model, target, how)
    tops, lefts = (
        tuple(range(0, end - side + 1, step))
        for end, side, step in zip(x.shape[2:], (height, width), (down, right), strict=True)
    )
    places = [(k, i, j) for k in range(len(x)) for i in range(len(tops)) for j in range(len(lefts))]
    relevance = torch.zeros_like(x)
    scores = torch.full((len(x), len(tops), len(lefts)), float("nan"), dtype=x.dtype, device=x.device)
    output: Tensor | None = None
    for first in range(0, len(places), batch):
        here = places[first : first + batch]
        cut = torch.stack(
            [x[k, :, tops[i] : tops[i] + height, lefts[j] : lefts[j] + width] for k, i, j in here]
        )
        samples = torch.tensor([k for k, _, _ in here])
        found = explain(model, inputs.versions(samples, cut), **asked, **how)
        if output is None:
            output = found.output.new_zeros(len(x), *found.output.shape[1:])
        for n, (k, i, j) in enumerate(here):
            part = relevance[k, :, tops[i] : tops[i] + height, lefts[j] : lefts[j] + width]
            part += found.relevance[n]
            scores[k, i, j] = found.score[n]
            output[k] += found.output[n]
        notes = (*found.notes, *_uncovered(x, tops, lefts, (height, width)))
        whole = replace(
            found,
            input=x,
            relevance=relevance,
            score=scores.nansum((1, 2)),
            output=output.clone(),
            target=found.target[:1] * len(x),
            minus=found.minus and found.minus[:1] * len(x),
            notes=notes,
            settings={**found.settings, "window": [height, width], "stride": [down, right]},
            code="",
            remainder=None,
            _make_ledger=None,
        )
        yield Windowed(whole, scores, tops, lefts, first + len(here))


def check_windows(
    model: nn.Module, x: Any, size: int | Pair, stride: int | Pair, how: dict[str, Any]
) -> tuple[Inputs, Pair, Pair]:
    """Images (`of` taken out of `how`), window size and stride; raises `InputError` that says what does not fit."""
    check_model(model)
    of = how.pop("of", None)
    domain = described(model, how.get("input"), "input")
    domain = None if domain is None else replace(domain, size=None)  # windows are cut from the image as it is
    if isinstance(x, Tensor) and x.is_floating_point() and of in (None, 0):
        inputs = Inputs((x.detach(),), {}, 0)  # not copied: it may be large
    elif domain is None and not isinstance(x, (tuple, Mapping)):
        raise InputError(
            "x must be a floating point tensor (batch, channel, height, width), or say how pictures become "
            "model input with input=lw.image(...)"
        )
    else:
        inputs = model_inputs(model, x, domain, of)
    x = inputs.explained
    if x.dim() != 4 or not len(x):
        raise InputError(f"images are (batch, channel, height, width), not {tuple(x.shape)}")
    window, step = _pair("size", size), _pair("stride", stride)
    if window[0] > x.shape[2] or window[1] > x.shape[3]:
        raise InputError(
            f"a window of {window[0]} x {window[1]} is larger than the images of {x.shape[2]} x {x.shape[3]}"
        )
    return inputs, window, step


def class_sums(model: nn.Module, target: Any, how: dict[str, Any]) -> dict[str, Any]:
    """`target`, and `minus` taken out of `how`, so that a class also names a map of scores: their sum."""
    labels = described(model, how.get("labels"), "labels")
    asked = {"target": target}
    if how.get("minus") is not None:
        asked["minus"] = how.pop("minus")
    return {name: _class_sum(name, one, labels) for name, one in asked.items()}


def _class_sum(name: str, target: Any, labels: Any) -> Any:
    if callable(target) or isinstance(target, Hidden):
        return target
    if isinstance(target, str) and target != "top":
        if labels is None or target not in list(labels):
            known = unknown("label", target, labels) if labels else "the classes have no names; give an index"
            raise TargetError(f"{name}={target!r}: {known}")
        return _sum_of(list(labels).index(target), target)
    if isinstance(target, bool) or not hasattr(target, "__index__"):
        raise TargetError(
            f"{name}={target!r}: name one class for all windows (the top class differs from window to window): an "
            "index, a label, lw.unit(...) or a callable on the output"
        )
    index = target.__index__()
    return _sum_of(
        index, str(labels[index]) if labels and -len(labels) <= index < len(labels) else str(index)
    )


def _sum_of(index: int, label: str) -> Callable[[Tensor], Tensor]:
    def score(output: Tensor) -> Tensor:
        if output.dim() < 2 or not -output.shape[1] <= index < output.shape[1]:
            raise ValueError(f"there is no class {index}")
        return output[:, index].reshape(len(output), -1).sum(1)

    score.__name__ = label
    return score


def _pair(name: str, given: int | Pair) -> Pair:
    both = given if isinstance(given, (tuple, list)) else (given, given)
    if len(both) != 2:
        raise InputError(f"{name} is a number of pixels or (height, width), not {given!r}")
    return count(name, both[0]), count(name, both[1])


def _uncovered(x: Tensor, tops: tuple[int, ...], lefts: tuple[int, ...], size: Pair) -> tuple[str, ...]:
    below, beside = x.shape[2] - tops[-1] - size[0], x.shape[3] - lefts[-1] - size[1]
    if not below and not beside:
        return ()
    return (f"no window reaches the last {below} rows and {beside} columns of pixels: their relevance is 0",)
