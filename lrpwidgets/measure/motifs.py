"""Where else the letters of a motif stand, in all sequences of an explanation, and how much they matter there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..explain.explanation import Explanation
from .integers import is_whole, whole
from .pooled import finite

LONGEST = 200  # letters of a motif


@dataclass(frozen=True)
class Occurrence:
    """A place where a motif stands: sample, first and last position by the domain's count, and the sum of R there."""

    sample: int
    first: int
    last: int
    letters: str
    mismatches: int
    relevance: float


def motif_occurrences(explanation: Explanation, motif: str, *, mismatches: int = 0) -> tuple[Occurrence, ...]:
    """Every place in every sequence where `motif` stands with at most so many other letters, most relevant first.

    The unknown letter (N, X) in the motif stands for any letter; in a sequence it is a mismatch. The relevance of a
    place is the sum over its positions and over all letters there, as `pool(explanation, "positions")` sums it; places
    may overlap. Raises `InputError` for letters outside the alphabet and where the input is no sequence.
    """
    domain = explanation.domain
    if getattr(domain, "kind", None) != "sequence":
        raise InputError("motifs are looked for in sequences: say input=lw.sequence(...) when explaining.")
    if not isinstance(motif, str) or not 1 <= len(motif) <= LONGEST:
        raise InputError(f"a motif is a string of 1 to {LONGEST} letters, not {str(motif)[:80]!r}.")
    if not is_whole(mismatches) or whole(mismatches) < 0:
        raise InputError(f"mismatches must be a whole number >= 0, not {mismatches!r}.")
    wanted = domain.alphabet + domain.unknown
    for at, letter in enumerate(motif.upper()):
        if letter not in wanted:
            raise InputError(
                f"the motif {motif!r} has {letter!r} at letter {at + 1}; the alphabet is {wanted}."
            )
    asked = np.array([wanted.index(letter) for letter in motif.upper()])
    there = domain.letters(explanation.input)  # (batch, position)
    places = there.shape[1] - len(asked) + 1
    if places < 1:
        return ()
    wrong = np.zeros((len(there), places), np.int64)
    for at, letter in enumerate(asked):
        if letter < len(domain.alphabet):
            wrong += there[:, at : at + places] != letter
    per_position = finite(explanation).double().sum(domain.letters_axis).cpu().numpy()
    names = domain.alphabet + domain.unknown
    found = []
    for sample, first in np.argwhere(wrong <= whole(mismatches)):
        end = first + len(asked)
        found.append(
            Occurrence(
                int(sample),
                domain.position(int(first)),
                domain.position(int(end) - 1),
                "".join(names[letter] for letter in there[sample, first:end]),
                int(wrong[sample, first]),
                float(per_position[sample, first:end].sum()),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.relevance, one.sample, one.first)))
