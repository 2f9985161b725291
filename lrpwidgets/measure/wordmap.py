"""Tokens that belong to one word, as tokenizers tell it."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ..errors import InputError
from .integers import count
from .regions import Labels

NO_WORD = -1


def word_map(word_ids: Sequence[int | None] | Sequence[Sequence[int | None]]) -> Labels:
    """A label map (token,) or (batch, token) with one region a word, to pool by or to flip by.

    word_ids: the number of the word that each token belongs to, None for special tokens and padding, which are pooled
    as "no word" and never flipped; one list, or one a sample, as a fast tokenizer's ``encoding.word_ids(sample)``.
    """
    rows = list(word_ids)
    one = bool(rows) and not isinstance(rows[0], (list, tuple))
    samples = [rows] if one else [list(row) for row in rows]  # type: ignore[arg-type]
    lengths = {len(row) for row in samples}
    if len(lengths) != 1 or 0 in lengths:
        raise InputError(
            f"word_ids must hold as many tokens for each sample, at least one, not {sorted(lengths)}"
        )
    found = torch.tensor(
        [
            [NO_WORD if word is None else count("a word's number", word, low=0) for word in row]
            for row in samples
        ]
    )
    if not bool((found != NO_WORD).any()):
        raise InputError("word_ids holds no word: every token is None")
    names = {NO_WORD: "no word"} if bool((found == NO_WORD).any()) else None
    return Labels(found[0] if one else found, names)
