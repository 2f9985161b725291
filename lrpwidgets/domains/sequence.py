"""Sequences of letters as model input: DNA, RNA, protein, one-hot.

    model input[k, i] = 1 where letter i of the sequence is alphabet[k], else 0;  an unknown letter (N, X) is 0 for all

Zero is what a net sees of a position that it knows nothing about: with x = 0 such a position gets no relevance from
the rules that share by x w, and `measure.mutation_map` reads it as unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lrpwidgets.errors import InputError, unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

ALPHABETS = {"dna": "ACGT", "rna": "ACGU", "protein": "ACDEFGHIKLMNPQRSTVWY"}
UNKNOWN = {"ACGT": "N", "ACGU": "N", ALPHABETS["protein"]: "X"}
OTHER_UNKNOWN = "?"  # of alphabets of your own
LONGEST_ALPHABET = 64
LARGEST_START = 10**12
CODON = 3


@dataclass(frozen=True)
class SequenceDomain:
    """How sequences become model input. Make it with `lw.sequence(...)`.

    `encode` gives one-hot float32 `(batch, letter, position)`, or `(batch, position, letter)` with
    `axes=("position", "letter")`; `decode` goes back to strings. Positions count from `start`. A count that begins
    below zero has no position 0, as about the start of transcription (-1 is followed by 1), unless `zero` says so.
    `frame` is the number of positions (0, 1, 2) before the first whole codon.
    """

    alphabet: str = "ACGT"
    start: int = 1
    zero: bool = False
    axes: tuple[str, ...] = ("letter", "position")
    frame: int = 0
    note: str | None = None

    kind: ClassVar[str] = "sequence"
    unit: ClassVar[str] = "0 or 1"
    groupings: ClassVar[tuple[str, ...]] = ("positions", "codons")

    def __post_init__(self) -> None:
        letters = self.alphabet
        if not isinstance(letters, str) or not 2 <= len(letters) <= LONGEST_ALPHABET:
            raise InputError(
                f"an alphabet is a string of 2 to {LONGEST_ALPHABET} letters, not {str(letters)[:80]!r}."
            )
        if len(set(letters.upper())) != len(letters) or any(not letter.isprintable() for letter in letters):
            raise InputError(f"the letters of an alphabet must differ and be printable: {letters!r}.")
        if letters != letters.upper() or any(letter.isspace() for letter in letters):
            raise InputError(f"an alphabet has capital letters and no blanks: {letters!r}.")
        if not _is_whole(self.start) or abs(self.start) > LARGEST_START:
            raise InputError(
                f"start must be a whole number, the count of the first position, not {self.start!r}."
            )
        if not isinstance(self.zero, bool):
            raise InputError(f"zero must be True or False, not {self.zero!r}.")
        if sorted(self.axes) != ["letter", "position"]:
            raise InputError(
                f'axes must be ("letter", "position") or ("position", "letter"), not {self.axes!r}.'
            )
        if not _is_whole(self.frame) or self.frame not in range(CODON):
            raise InputError(f"frame must be 0, 1 or 2, not {self.frame!r}.")

    @property
    def code(self) -> str:
        """Python that makes this domain again."""
        given = [repr(self.alphabet), f"start={self.start}"]
        given += [f"zero={self.zero}"] if self.zero else []
        given += [f"axes={self.axes!r}"] if self.letters_axis != 1 else []
        given += [f"frame={self.frame}"] if self.frame else []
        return f"lw.sequence({', '.join(given)})"

    @property
    def unknown(self) -> str:
        """The letter that stands for any: N in DNA and RNA, X in protein, else a question mark."""
        return UNKNOWN.get(self.alphabet, OTHER_UNKNOWN)

    @property
    def letters_axis(self) -> int:
        """Which axis of model input `(batch, ...)` holds the letters: 1 or 2."""
        return 1 + self.axes.index("letter")

    @property
    def input_range(self) -> tuple[Tensor, Tensor]:
        """0 and 1: the box of the first layer's rule zB."""
        import torch

        return torch.zeros(1, 1, 1), torch.ones(1, 1, 1)

    def position(self, index: int) -> int:
        """What the position with this index (from 0) is called."""
        at = self.start + index
        return at + 1 if self.start < 0 <= at and not self.zero else at

    def index(self, position: int) -> int:
        """The index (from 0) of a position; inverse of `position`. `InputError` for a position 0 that is not there."""
        skips = self.start < 0 and not self.zero
        if skips and position == 0:
            raise InputError(f"{self.code} has no position 0: -1 is followed by 1.")
        return position - self.start - (1 if skips and position > 0 else 0)

    def encode(self, x: Any) -> Tensor:
        """One-hot float32 `(batch, letter, position)` (in the order of `axes`) of one string or several.

        x: a string, an object with `bases`, or a list of these, of one length. Small letters are read as capitals;
        `unknown` is neutral, zero for every letter. Raises `InputError` naming sequence, position and letter.
        """
        import torch

        strings = self._strings(x)
        index = {letter: at for at, letter in enumerate(self.alphabet)}
        index[self.unknown] = -1
        hot = np.zeros((len(strings), len(strings[0]), len(self.alphabet)), np.float32)
        for row, string in enumerate(strings):
            letters = [index.get(letter, len(index)) for letter in string]
            if len(index) in letters:
                at = letters.index(len(index))
                raise InputError(
                    f"sequence {row} has {string[at]!r} at position {self.position(at)} (letter {at + 1}): the "
                    f"alphabet is {self.alphabet}, and {self.unknown} where it is not known."
                )
            known = np.array(letters)
            there = np.flatnonzero(known >= 0)
            hot[row, there, known[there]] = 1
        return torch.from_numpy(
            hot if self.letters_axis == 2 else np.ascontiguousarray(hot.transpose(0, 2, 1))
        )

    def decode(self, x: Any) -> list[str]:
        """The sequences in model input, strings; `unknown` where no letter is alone the largest."""
        letters = (*self.alphabet, self.unknown)
        return ["".join(letters[at] for at in row) for row in self.letters(x)]

    def letters(self, x: Any) -> NDArray[np.int64]:
        """Which letter stands where: indices into the alphabet `(batch, position)`, its length where unknown."""
        array = _array(x)
        self.check(tuple(array.shape))
        if not np.isfinite(array).all():
            raise InputError("the model input has values that are not finite, so it shows no sequence.")
        hot = np.moveaxis(array, self.letters_axis, -1)
        best = hot.argmax(-1)
        alone = (hot == hot.max(-1, keepdims=True)).sum(-1) == 1
        return np.where(alone, best, len(self.alphabet)).astype(np.int64)

    def check(self, shape: tuple[int, ...]) -> None:
        """`InputError` where a model input of this shape cannot be sequences of this alphabet."""
        wanted = ", ".join(str(len(self.alphabet)) if axis == "letter" else "position" for axis in self.axes)
        if len(shape) != 3 or shape[self.letters_axis] != len(self.alphabet) or 0 in shape:
            raise InputError(
                f"one-hot sequences of the alphabet {self.alphabet} are (batch, {wanted}), not {tuple(shape)}."
            )

    def groups(self, name: str, x: Any) -> tuple[Tensor, tuple[str, ...]]:
        """Labels that broadcast to model input `x`, and the names of the groups: "positions" or "codons".

        Positions before `frame` and an unfinished codon at the end are in no group (-1).
        """
        import torch

        if name not in self.groupings:
            raise InputError(unknown("grouping of a sequence", name, self.groupings))
        self.check(tuple(x.shape))
        count = int(x.shape[3 - self.letters_axis])
        at = np.arange(count)
        if name == "positions":
            labels, names = at, tuple(str(self.position(one)) for one in range(count))
        else:
            whole = (count - self.frame) // CODON
            if whole < 1:
                raise InputError(f"{count} positions from frame {self.frame} hold no codon.")
            labels = np.where(at >= self.frame, (at - self.frame) // CODON, -1)
            labels[labels >= whole] = -1
            firsts = [self.frame + CODON * one for one in range(whole)]
            names = tuple(f"{self.position(one)}..{self.position(one + CODON - 1)}" for one in firsts)
        shape = (1, 1, count) if self.letters_axis == 1 else (1, count, 1)
        return torch.from_numpy(labels.astype(np.int64)).reshape(shape), names

    def read(self, x: Any, index: tuple[int, ...]) -> str:
        """One value of one sample `x` in words: "A at -35", or "not A at -35 (T)"; `index` in the order of `axes`."""
        letter, at = (index[self.axes.index(axis)] for axis in ("letter", "position"))
        asked, there = self.alphabet[letter], self.decode(_array(x)[None])[0][at]
        place = self.position(at)
        return f"{asked} at {place}" if there == asked else f"not {asked} at {place} ({there})"

    def to_json(self) -> dict[str, Any]:
        """The domain as plain JSON; `from_json` gives an equal one."""
        return {
            "kind": self.kind,
            "alphabet": self.alphabet,
            "start": self.start,
            "zero": self.zero,
            "axes": list(self.axes),
            "frame": self.frame,
            "note": self.note,
        }

    @staticmethod
    def from_json(data: object) -> SequenceDomain:
        """The domain that `to_json` described; `FileFormatError` for a missing, unknown or wrong entry."""
        from lrpwidgets.domains.sequence_json import parse

        return parse(data)

    def _strings(self, x: Any) -> list[str]:
        """Sequences of one length, in capitals; `InputError` for anything else."""
        several = list(x) if isinstance(x, (list, tuple)) else [x]
        if not several:
            raise InputError("the list of sequences is empty.")
        strings = []
        for number, one in enumerate(several):
            letters = getattr(one, "bases", one)
            if not isinstance(letters, str):
                raise InputError(
                    f"sequence {number} is a {type(letters).__name__}: give strings of {self.alphabet}, or one-hot "
                    "tensors as model input."
                )
            strings.append(letters.upper())
        for number, string in enumerate(strings):
            if not string:
                raise InputError(f"sequence {number} is empty.")
            if len(string) != len(strings[0]):
                raise InputError(
                    f"sequences of one batch must have one length: sequence 0 has {len(strings[0])} letters, sequence "
                    f"{number} has {len(string)}. Cut them, or fill them up with {self.unknown}."
                )
        return strings


def sequence(
    alphabet: str = "ACGT",
    *,
    start: int = 1,
    zero: bool = False,
    axes: tuple[str, ...] | list[str] = ("letter", "position"),
    frame: int = 0,
) -> SequenceDomain:
    """Say once how sequences become your model's input: one-hot, letters in the order of the alphabet.

    alphabet: "ACGT" (default) or another string of letters; "dna", "rna" and "protein" are names of the usual ones.
    start: the count of the first position. Below zero the count has no 0 (-1 is followed by 1) unless `zero=True`.
    axes: ("letter", "position") for input (batch, letter, position), as convolutions take it, or the other order.
    frame: positions (0, 1, 2) before the first whole codon, for pooling by "codons".

    >>> domain = sequence("ACGT", start=-2)
    >>> [domain.position(index) for index in range(4)]
    [-2, -1, 1, 2]
    >>> domain.decode(domain.encode(["ACGT", "TTNA"]))
    ['ACGT', 'TTNA']
    """
    letters = ALPHABETS.get(alphabet, alphabet) if isinstance(alphabet, str) else alphabet
    return SequenceDomain(letters, start, zero, tuple(axes), frame)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _array(x: Any) -> NDArray[np.float64]:
    """A float64 array of a tensor on any device or an array."""
    if hasattr(x, "detach"):
        x = x.detach().cpu().double().numpy()
    return np.asarray(x, dtype=np.float64)
