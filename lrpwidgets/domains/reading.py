"""One text as a model reads it: its words, and which of the model's variables each of them became."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.domains.words import Span, sentences
from lrpwidgets.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Reading:
    """A text, the (start, end) of its words, and pairs (variable, word).

    A word may be many variables (sub-word tokens), and a variable many words (a word's count in a bag of words); a
    word that the model does not know is in no pair.
    """

    text: str
    words: tuple[Span, ...]
    pairs: tuple[tuple[int, int], ...]

    @cached_property
    def sentences(self) -> tuple[int, ...]:
        """The number of the sentence that each word is in."""
        return sentences(self.text, self.words)

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Which words the model reads, shape (word,)."""
        found = np.zeros(len(self.words), bool)
        found[[word for _, word in self.pairs]] = True
        return found

    def word(self, index: int) -> str:
        """A word as it is written."""
        start, end = self.words[index]
        return self.text[start:end]

    def by_word(self, relevance: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Relevance (variable,) as relevance of the words, (word,), and of what is no word; their sum is the same.

            R_word = sum over its variables of R_variable / (number of the variable's words)

        Special tokens and padding are no word.
        """
        values = np.asarray(relevance, np.float64).reshape(-1)
        found = np.zeros(len(self.words))
        if self.pairs:
            variables, words = np.array(self.pairs).T
            if variables.max() >= values.size:
                raise InputError(
                    f"the text has a word at variable {variables.max()}, but relevance has {values.size} variables"
                )
            shared = np.bincount(variables, minlength=values.size)
            np.add.at(found, words, values[variables] / shared[variables])
            left = values[shared == 0].sum()
        else:
            left = values.sum()
        return found, float(left)
