"""The frozen record of an explanation: it can be printed, saved, compared and shown without a kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from typing import Any

from torch import Tensor

from ..errors import ModelError
from .ledger import Ledger
from .targets import Target

# The one hook through which pictures and files come in: imported only when something is drawn or saved.
RENDERER = "lrpwidgets.render"


@dataclass(frozen=True, eq=False)
class Explanation:
    """Which parts of the input made the decision, with numbers that add up.

    `input` and `relevance` have the model input's shape, (batch, channel, height, width) for images;
    `score` is f of the target (f_A - f_B with `minus`), shape (batch,), in units of the model's output.
    `domain` knows how to show the input; `notes` says what a reader should know.

    Of an explanation through some units only (``through=``), `remainder` has the input's shape too: it is what goes
    round the layer, whatever the units. The maps of all single units of a layer and the remainder sum to the whole,
    for methods that are linear in the relevance (LRP, gradient x input).
    """

    input: Tensor
    relevance: Tensor
    score: Tensor
    output: Tensor
    target: tuple[Target, ...]
    method: str
    minus: tuple[Target, ...] | None = None
    rules: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    labels: tuple[str, ...] | None = None
    domain: Any = None
    notes: tuple[str, ...] = ()
    code: str = ""
    remainder: Tensor | None = None
    _make_ledger: Callable[[slice], Ledger] | None = field(default=None, repr=False)
    _start: int = field(default=0, repr=False)  # of these samples in the batch that was explained

    @property
    def through(self) -> Mapping[str, Any] | None:
        """The units that relevance had to pass, by module path; None: it was not filtered."""
        return self.settings.get("through")

    @property
    def total(self) -> Tensor:
        """The sum of relevance of each sample, shape (batch,), in units of the score."""
        return self.relevance.flatten(1).sum(1)

    @cached_property
    def ledger(self) -> Ledger:
        """Where the relevance went, layer by layer, summed over the batch; computed when looked at.

        Costs one more forward and backward, because nothing of the model is kept alive for it but the model.
        """
        if self._make_ledger is None:
            raise ModelError(
                f"this explanation by the method {self.method!r} keeps no ledger: it does not decompose the score, "
                "or it was pickled (save it as .lrp.json to keep the ledger)"
            )
        return self._make_ledger(slice(self._start, self._start + len(self)))

    def with_ledger(self, ledger: Ledger | None) -> Explanation:
        """The same record with a ledger that is already known (as read from a file)."""
        return replace(self, _make_ledger=None if ledger is None else lambda samples: ledger)

    @property
    def decomposes(self) -> bool | None:
        """Whether the map is meant to sum to the score; None for a method that is not registered here."""
        from .methods import METHODS  # it needs this module

        return METHODS[self.method].decomposes if self.method in METHODS else None

    @property
    def has_ledger(self) -> bool:
        """Whether `ledger` can be asked for."""
        return self._make_ledger is not None

    def __getstate__(self) -> dict[str, Any]:
        """A pickle holds no model; a ledger that was looked at goes along."""
        return {**self.__dict__, "_make_ledger": None}

    def __len__(self) -> int:
        return len(self.relevance)

    def __getitem__(self, index: int) -> Explanation:
        """One sample, with a batch axis of 1."""
        size = len(self)
        if not -size <= index < size:
            raise IndexError(f"sample {index} of an explanation of {size}")
        one = index % size
        samples = slice(one, one + 1)
        return replace(
            self,
            input=self.input[samples],
            relevance=self.relevance[samples],
            score=self.score[samples],
            output=self.output[samples],
            target=self.target[samples],
            minus=None if self.minus is None else self.minus[samples],
            remainder=None if self.remainder is None else self.remainder[samples],
            domain=self.domain.at(one) if hasattr(self.domain, "at") else self.domain,
            code=f"{self.code}[{one}]" if self.code and size > 1 else self.code,
            _start=self._start + one,
        )

    def __iter__(self) -> Iterator[Explanation]:
        return (self[index] for index in range(len(self)))

    def __repr__(self) -> str:
        names = ", ".join(str(target) for target in self.target[:3]) + (", ..." if len(self) > 3 else "")
        against = f" minus {', '.join(str(other) for other in self.minus[:3])}" if self.minus else ""
        rules = f", rules {self.rules}" if self.rules else ""
        through = f", through {', '.join(self.through)}" if self.through else ""
        total, score = f"sum of R {float(self.total[0]):.6g}", f"f {float(self.score[0]):.6g}"
        sums = f"{total}{'; ' if self.decomposes is False else ' of '}{score}"
        how = f"{self.method}{rules}{through}"
        return f"<Explanation of {names}{against}: {how}, {tuple(self.relevance.shape)}, {sums}>"

    def save(self, path: Any, **view: Any) -> Any:
        """Write a picture (.png, .svg), a self-contained page (.html) or everything (.lrp.json)."""
        return import_module(f"{RENDERER}.files").save(self, path, **view)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle: dict[str, Any] = import_module(f"{RENDERER}.bundle").mimebundle(self)
        return bundle
