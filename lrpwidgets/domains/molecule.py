"""Molecules as model input: atoms with features, and where in space they are.

    model input (molecule, atom, feature),   relevance of an atom = sum of R over its features

Features are the elements, one-hot, or whatever the model takes of an atom. Molecules of a batch are padded to the
largest one; what is padding belongs to no atom.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lrpwidgets.domains.elements import NUMBERS, SYMBOLS, symbol
from lrpwidgets.errors import InputError, unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

GROUPINGS = ("atoms", "elements")
SHORT = 30  # atoms of which `code` still writes the positions

Point = tuple[float, float, float]


@dataclass(frozen=True)
class MoleculeDomain:
    """Molecules: atomic numbers and positions in Angstrom. Make it with `lw.molecule(...)`.

    `charges` (molecule, atom, element) is the model input, one-hot, and `geometry` (molecule, atom, 3) the positions,
    both padded with zeros. `elements` says which atomic number each feature stands for; empty: features are the
    model's own.
    """

    numbers: tuple[tuple[int, ...], ...]
    positions: tuple[tuple[Point, ...], ...]
    elements: tuple[int, ...] = ()
    note: str | None = None

    kind: ClassVar[str] = "molecule"
    unit: ClassVar[str] = ""
    axes: ClassVar[tuple[str, ...]] = ("atom", "feature")
    groupings: ClassVar[tuple[str, ...]] = GROUPINGS

    def __post_init__(self) -> None:
        if not self.numbers or len(self.numbers) != len(self.positions):
            raise InputError(
                f"a molecule needs atoms and their positions: numbers are of {len(self.numbers)} molecules, "
                f"positions of {len(self.positions)}."
            )
        for index, (numbers, positions) in enumerate(zip(self.numbers, self.positions, strict=True)):
            if not numbers or len(numbers) != len(positions):
                raise InputError(
                    f"molecule {index} has {len(numbers)} atomic numbers and {len(positions)} positions; "
                    "it must have one of each for every atom, and at least one atom."
                )
            if not np.isfinite(np.asarray(positions)).all():
                raise InputError(f"molecule {index} has positions that are NaN or infinite.")
        for number in {*self.elements}.union(*self.numbers):
            if not 1 <= number <= len(SYMBOLS):
                raise InputError(f"atomic numbers go from 1 to {len(SYMBOLS)}; {number} is none.")
        if len(set(self.elements)) < len(self.elements):
            raise InputError(f"elements must differ, and these do not: {self.elements}.")

    @property
    def code(self) -> str:
        """Python that makes this domain again; molecules of more than 30 atoms in all are called `molecules`."""
        elements = f", elements={list(self.elements)}" if self.elements else ""
        if sum(map(len, self.numbers)) > SHORT:
            return f"lw.molecule(molecules{elements})"
        one = len(self.numbers) == 1
        numbers: Any = list(self.numbers[0]) if one else [list(each) for each in self.numbers]
        positions: Any = list(self.positions[0]) if one else [list(each) for each in self.positions]
        return f"lw.molecule(numbers={numbers}, positions={positions}{elements})"

    @property
    def input_range(self) -> tuple[Tensor, Tensor] | None:
        """0 and 1 for one-hot elements; None for a model's own features."""
        import torch

        return (torch.tensor(0.0), torch.tensor(1.0)) if self.elements else None

    @property
    def longest(self) -> int:
        """Atoms of the largest molecule."""
        return max(map(len, self.numbers))

    @cached_property
    def formulas(self) -> tuple[str, ...]:
        """What each molecule is made of: carbon, hydrogen, then the alphabet, such as C2H6O (Hill's order)."""
        return tuple(_formula(numbers) for numbers in self.numbers)

    @property
    def charges(self) -> Tensor:
        """Which element each atom is, one-hot, float32 (molecule, atom, element); zeros are padding."""
        import torch

        if not self.elements:
            raise InputError("say which elements the model knows: lw.molecule(..., elements=[1, 6, 7, 8]).")
        columns = {number: column for column, number in enumerate(self.elements)}
        found = torch.zeros(len(self.numbers), self.longest, len(self.elements))
        for row, numbers in zip(found, self.numbers, strict=True):
            for atom, number in enumerate(numbers):
                if number not in columns:
                    known = ", ".join(map(symbol, self.elements))
                    raise InputError(
                        f"{symbol(number)} is not among the elements that the model knows: {known}."
                    )
                row[atom, columns[number]] = 1
        return found

    @property
    def geometry(self) -> Tensor:
        """Positions in Angstrom, float32 (molecule, atom, 3); padding lies at the origin."""
        import torch

        found = torch.zeros(len(self.numbers), self.longest, 3)
        for row, positions in zip(found, self.positions, strict=True):
            row[: len(positions)] = torch.tensor(positions)
        return found

    def at(self, index: int) -> MoleculeDomain:
        """One molecule; it is padded as it was in the batch."""
        if len(self.numbers) == 1:
            return self
        return replace(self, numbers=(self.numbers[index],), positions=(self.positions[index],))

    def symbols(self, sample: int = 0) -> tuple[str, ...]:
        """The symbol of each atom of one molecule."""
        return tuple(map(symbol, self.numbers[sample]))

    def names(self, sample: int = 0) -> tuple[str, ...]:
        """The atoms of one molecule by name: symbol and number within its element, such as C2."""
        seen: Counter[str] = Counter()
        found = []
        for each in self.symbols(sample):
            seen[each] += 1
            found.append(f"{each}{seen[each]}")
        return tuple(found)

    def array(self, sample: int = 0) -> NDArray[np.float64]:
        """Positions of one molecule, float64 (atom, 3)."""
        return np.array(self.positions[sample], np.float64)

    def check(self, shape: tuple[int, ...]) -> None:
        """`InputError` for what is not (molecule, atom, feature) of these molecules, padded or not.

        A single molecule fits any batch: it is the same one, changed. Atoms given as integers have no feature axis.
        """
        batch = len(self.numbers)
        fits = len(shape) in (2, 3) and shape[1] >= self.longest and batch in (1, shape[0])
        if fits and len(shape) == 3 and self.elements:
            fits = shape[2] == len(self.elements)
        if not fits:
            features = len(self.elements) or "feature"
            raise InputError(
                f"the input has shape {shape}, but these molecules are ({batch}, {self.longest}, {features}): "
                "(molecule, atom, feature)."
            )

    def encode(self, x: Any) -> Tensor:
        """Model input of molecules as `lw.molecule` reads them: one-hot elements (molecule, atom, element).

        They must be of the atoms that this domain holds, because it is at their places that relevance is shown.
        """
        given = x if isinstance(x, MoleculeDomain) else molecule(x, elements=self.elements)
        if given.numbers != self.numbers:
            raise InputError(
                f"these are {_few(given.formulas)}, but the domain holds {_few(self.formulas)}: "
                "make another one with lw.molecule(...)."
            )
        return self.charges

    def decode(self, x: Any) -> tuple[str, ...]:
        """The formulas of the molecules, such as C2H6O."""
        self.check(tuple(x.shape))
        return self.formulas * (len(x) if len(self.numbers) == 1 else 1)

    def groups(self, name: str, x: Tensor) -> tuple[Tensor, tuple[str, ...]]:
        """Labels (molecule, atom, 1) of "atoms" or "elements" and their names; padding has -1.

        Atoms of a single molecule are named C1, C2, H1, ...; of several ones "atom 0", "atom 1", ...
        """
        import torch

        if name not in GROUPINGS:
            raise InputError(unknown("division of molecules", name, GROUPINGS))
        self.check(tuple(x.shape))
        labels = torch.full((len(self.numbers), x.shape[1]), -1, dtype=torch.int64)
        if name == "atoms":
            one = len(self.numbers) == 1
            names = self.names() if one else tuple(f"atom {atom}" for atom in range(self.longest))
            for row, numbers in zip(labels, self.numbers, strict=True):
                row[: len(numbers)] = torch.arange(len(numbers))
        else:
            known = sorted(set().union(*self.numbers))
            names = tuple(map(symbol, known))
            for row, numbers in zip(labels, self.numbers, strict=True):
                row[: len(numbers)] = torch.tensor([known.index(number) for number in numbers])
        return labels.reshape(len(labels), -1, *[1] * (x.dim() - 2)), names

    def read(self, x: Tensor, index: tuple[int, ...]) -> str:
        """One value in words, such as "C2 at (0.00, 0.46, 0.00) Angstrom, C: 1"."""
        atom = index[0]
        value = float(x[index])
        if atom >= len(self.numbers[0]):
            return f"padding: {value:.4g}"
        place = ", ".join(f"{at:.2f}" for at in self.positions[0][atom])
        feature = ""
        if len(index) > 1:
            feature = symbol(self.elements[index[1]]) if self.elements else f"feature {index[1]}"
        return f"{self.names()[atom]} at ({place}) Angstrom, {feature}: {value:.4g}"

    def to_json(self) -> dict[str, Any]:
        """The domain as plain JSON; `from_json` gives an equal one."""
        return {
            "kind": self.kind,
            "numbers": [list(each) for each in self.numbers],
            "positions": [[list(point) for point in each] for each in self.positions],
            "elements": list(self.elements),
            "note": self.note,
        }

    @staticmethod
    def from_json(data: object) -> MoleculeDomain:
        """The domain that `to_json` described; `FileFormatError` for a missing, unknown or wrong entry."""
        from lrpwidgets.domains.molecule_json import parse

        return parse(data)


def molecule(
    atoms: Any = None, *, numbers: Any = None, positions: Any = None, elements: Sequence[int | str] = ()
) -> MoleculeDomain:
    """Say which molecules are explained: their atoms, and where these are.

    atoms: an ase `Atoms`, or anything else with `numbers` and `positions` in Angstrom; or a list of these.
    numbers, positions: instead of `atoms`: atomic numbers or symbols (atom,) and positions (atom, 3) of one molecule,
        or lists of these.
    elements: what the model's one-hot features stand for, in order: atomic numbers or symbols.

    >>> molecule(numbers=["O", "H", "H"], positions=[[0, 0, 0.1], [0, 0.8, -0.5], [0, -0.8, -0.5]]).formulas
    ('H2O',)
    """
    if (atoms is None) == (numbers is None) or (numbers is None) != (positions is None):
        raise InputError("give either molecules with numbers and positions, or numbers= and positions=.")
    if atoms is not None:
        several = [atoms] if hasattr(atoms, "numbers") else list(atoms)
        for each in several:
            if not (hasattr(each, "numbers") and hasattr(each, "positions")):
                raise InputError(
                    f"a molecule must have numbers and positions, as ase's Atoms do; {type(each).__name__} has not."
                )
        numbers, positions = [each.numbers for each in several], [each.positions for each in several]
    elif numbers and np.ndim(numbers[0]) == 0:
        numbers, positions = [numbers], [positions]
    return MoleculeDomain(
        tuple(tuple(map(_number, each)) for each in numbers),
        tuple(_points(index, each) for index, each in enumerate(positions)),
        tuple(map(_number, elements)),
    )


def _number(element: Any) -> int:
    if isinstance(element, str):
        if element not in NUMBERS:
            raise InputError(unknown("element", element, SYMBOLS))
        return NUMBERS[element]
    if isinstance(element, bool) or (not isinstance(element, (int, np.integer)) and int(element) != element):
        raise InputError(f"an element is an atomic number or a symbol, not {element!r}.")
    return int(element)


def _points(index: int, positions: Any) -> tuple[Point, ...]:
    try:
        found = np.asarray(positions, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"the positions of molecule {index} must be numbers (atom, 3): {error}.") from error
    if found.ndim != 2 or found.shape[1] != 3:
        raise InputError(f"the positions of molecule {index} must be (atom, 3), not {found.shape}.")
    return tuple((float(x), float(y), float(z)) for x, y, z in found)


def _formula(numbers: Sequence[int]) -> str:
    count = Counter(map(symbol, numbers))
    first = [each for each in ("C", "H") if each in count] if "C" in count else []
    order = [*first, *sorted(each for each in count if each not in first)]
    return "".join(f"{each}{count[each] if count[each] > 1 else ''}" for each in order)


def _few(formulas: Sequence[str]) -> str:
    return ", ".join(formulas[:5]) + (f" and {len(formulas) - 5} more" if len(formulas) > 5 else "")
