"""What was kept of a view of prototypes: one picture with its numbers and the Python that makes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lrpwidgets.errors import InputError
from lrpwidgets.render.prototypes import Card, facts, pictures

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False, repr=False)
class Kept:
    """One prototype, x (1, ...), under a name of yours; the fields are those of `lw.Prototype` for it alone.

    `step` is the number of its frame, `weight` that of the expert's term, `code` the Python that makes it again.
    """

    name: str
    x: Tensor
    target: str
    expert: str
    weight: float
    score: float
    probability: float | None
    log_density: float
    distance: float | None
    seed: int
    step: int
    code: str
    domain: Any = None

    @property
    def facts(self) -> list[str]:
        """Its numbers, as they are printed everywhere."""
        return facts(self.score, self.probability, self.log_density, self.distance)

    @property
    def recipe(self) -> str:
        """How it came about, in a line."""
        return f"{self.expert}, weight {self.weight:g}, seed {self.seed}, step {self.step}"

    def card(self) -> Card:
        """For a picture of it."""
        return Card(pictures(self.x, self.domain)[0][0], self.name, (*self.facts, self.recipe))

    def wire(self) -> dict[str, Any]:
        """For the browser."""
        picture = pictures(self.x, self.domain)[0][0]
        if self.x.shape[1] == 1:
            picture = picture[..., :1]
        return {
            "name": self.name,
            "target": self.target,
            "recipe": self.recipe,
            "facts": self.facts,
            "code": self.code,
            "pixels": picture.tobytes(),
            "shape": [1, 1, *map(int, picture.shape)],
        }

    def __repr__(self) -> str:
        return f"<Kept {self.name!r}: {self.target}, {self.recipe}, {', '.join(self.facts)}>"


def checked(value: Any) -> tuple[Kept, ...]:
    """`InputError` unless these are kept prototypes, each under a name of its own."""
    found = tuple(value)
    for each in found:
        if not isinstance(each, Kept):
            raise InputError(f"kept holds prototypes that were kept (view.keep()), not {type(each).__name__}")
    names = [each.name for each in found]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(f"two kept prototypes cannot both be called {repeated[0]!r}")
    return found


def free(name: str, taken: Iterable[str]) -> str:
    """`name`, or the first of "name 2", "name 3", ... that is not taken."""
    known = set(taken)
    number, tried = 1, name
    while tried in known:
        number += 1
        tried = f"{name} {number}"
    return tried
