"""What is known of each input of a gallery, and which of them are shown in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

UNKNOWN = -1  # of a class
NUMBERS = ("score", "margin")
CLASSES = ("truth", "predicted")
SORTS = ("given", "margin", "score", "truth", "predicted")


@dataclass(frozen=True)
class Filter:
    """Which inputs are shown: those for which all of it holds."""

    show: str = "all"  # or "right", "wrong"
    truth: int | None = None
    predicted: int | None = None
    search: str = ""  # in the names of both classes, and in the title once the input was read
    within: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)


class Table:
    """A row an input: true and predicted class, score, margin, and further columns of numbers.

        score   f_p,                    p = argmax_c f_c the predicted class
        margin  f_y - max_{c != y} f_c, y the true class, or p where that is not known

    so that the margin is negative for mistakes, the surest first. NaN is what is not known.
    """

    def __init__(self, count: int, labels: Sequence[str] | None) -> None:
        self.labels = None if labels is None else tuple(labels)
        self.truth = np.full(count, UNKNOWN, np.int32)
        self.predicted = np.full(count, UNKNOWN, np.int32)
        self.titles: list[str | None] = [None] * count
        self.failures: dict[int, str] = {}
        self.done = np.zeros(count, bool)
        self.columns: dict[str, Numbers] = {name: np.full(count, np.nan) for name in NUMBERS}

    def __len__(self) -> int:
        return len(self.truth)

    def forget(self) -> None:
        """Nothing is predicted."""
        self.predicted[:] = UNKNOWN
        self.done[:] = False
        self.failures.clear()
        for name in NUMBERS:
            self.columns[name][:] = np.nan

    def put(self, index: int, scores: Numbers) -> None:
        """The model's scores (class,) on an input."""
        self.done[index] = True
        if not np.isfinite(scores).all():
            self.failures[index] = "the model's output is not finite"
            return
        p = int(scores.argmax())
        y = p if self.truth[index] == UNKNOWN else int(self.truth[index])
        if y >= len(scores):
            self.failures[index] = f"true class {y}, but the model has {len(scores)} classes"
            return
        others = np.delete(scores, y)
        self.predicted[index] = p
        self.columns["score"][index] = scores[p]
        self.columns["margin"][index] = scores[y] - others.max() if others.size else np.nan

    def fail(self, index: int, why: str) -> None:
        """An input that could not be read or predicted."""
        self.done[index] = True
        self.failures[index] = why

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Whether an input is known to be predicted wrong."""
        return self._judged & (self.truth != self.predicted)

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether an input is known to be predicted right."""
        return self._judged & (self.truth == self.predicted)

    @property
    def _judged(self) -> NDArray[np.bool_]:
        return (self.truth != UNKNOWN) & (self.predicted != UNKNOWN)

    def name(self, label: int) -> str:
        """What a class is called."""
        if self.labels is not None and 0 <= label < len(self.labels):
            return self.labels[label]
        return f"class {label}"

    def order(self, sort: str, descending: bool, wanted: Filter) -> NDArray[np.int32]:
        """The inputs that are shown, sorted; what is not known comes last, ties in the given order."""
        chosen = np.flatnonzero(self.chosen(wanted))
        if sort == "given":
            return (chosen[::-1] if descending else chosen).astype(np.int32)
        values = self.values(sort)[chosen]
        keys = -values if descending else values
        return chosen[np.argsort(keys, kind="stable")].astype(np.int32)  # NaN last, either way

    def values(self, name: str) -> Numbers:
        """A column as numbers to sort by; classes by index."""
        if name in CLASSES:
            classes = self.truth if name == "truth" else self.predicted
            return np.where(classes == UNKNOWN, np.nan, classes)
        return self.columns[name]

    def chosen(self, wanted: Filter) -> NDArray[np.bool_]:
        """Whether an input passes the filter."""
        passes = np.ones(len(self), bool)
        if wanted.show != "all":
            passes &= self.wrong if wanted.show == "wrong" else self.right
        if wanted.truth is not None:
            passes &= self.truth == wanted.truth
        if wanted.predicted is not None:
            passes &= self.predicted == wanted.predicted
        for name, (low, high) in wanted.within.items():
            values = self.columns[name]
            passes &= ~np.isnan(values)
            passes &= True if low is None else values >= low
            passes &= True if high is None else values <= high
        return passes & self._found(wanted.search) if wanted.search.strip() else passes

    def _found(self, search: str) -> NDArray[np.bool_]:
        text = search.strip().casefold()
        classes = np.unique(np.concatenate([self.truth, self.predicted]))
        hits = [
            label for label in classes.tolist() if label != UNKNOWN and text in self.name(label).casefold()
        ]
        titles = [title is not None and text in title.casefold() for title in self.titles]
        return np.isin(self.truth, hits) | np.isin(self.predicted, hits) | np.array(titles, bool)

    def summary(self, shown: int, wanted: Filter) -> str:
        """How many are shown, and why those: "37 of 500: wrong"."""
        why = [] if wanted.show == "all" else [wanted.show]
        why += [f"true {self.name(wanted.truth)}"] if wanted.truth is not None else []
        why += [f"predicted {self.name(wanted.predicted)}"] if wanted.predicted is not None else []
        why += [f'with "{wanted.search.strip()}"'] if wanted.search.strip() else []
        why += [f"{name} {_range(*ends)}" for name, ends in wanted.within.items() if ends != (None, None)]
        text = f"{shown} of {len(self)}" + (f": {', '.join(why)}" if why else "")
        missing = len(self) - int(self.done.sum())
        wrong = int(self.wrong.sum())
        rest = [f"{wrong} predicted wrong"] if not why and (self.truth != UNKNOWN).any() else []
        rest += [f"{missing} not predicted yet"] if missing else []
        rest += [f"{len(self.failures)} could not be predicted"] if self.failures else []
        return "; ".join([text, *rest])


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"{low:g} to {high:g}"


def column(name: str, values: Any, count: int) -> Numbers:
    """A column that was computed before; None and NaN are what is not known."""
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"measure {name!r}: give numbers, one for each input, or a function ({error})."
        ) from error
    if numbers.shape != (count,):
        raise InputError(
            f"measure {name!r} has shape {numbers.shape}: give one number for each of {count} inputs."
        )
    return np.where(np.isfinite(numbers), numbers, np.nan)
