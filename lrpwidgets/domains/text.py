"""Texts as model input: token ids, sub-word tokens of a tokenizer, or counts of words; and the way back to words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lrpwidgets.domains.reading import Reading
from lrpwidgets.domains.words import words
from lrpwidgets.errors import InputError, unknown

if TYPE_CHECKING:
    from torch import Tensor

SHOWN = 40  # characters of a text in a message


@dataclass(frozen=True)
class TextDomain:
    """How texts become model input. Make it with `lw.text(...)`, which checks what is given.

    `texts` are the texts of a batch with their words, so that relevance of tokens becomes relevance of words;
    `explain` fills them in (`of`). Without them words are those of the vocabulary.
    """

    vocabulary: tuple[str, ...] = field(default=(), repr=False)
    bag: bool = False
    lowercase: bool = True
    padding: int = 0
    unknown: int | None = None
    length: int | None = None
    texts: tuple[Reading, ...] = field(default=(), repr=False)
    note: str | None = None
    tokenizer: Any = field(default=None, compare=False, repr=False)

    kind: ClassVar[str] = "text"

    @property
    def unit(self) -> str:
        """What an input value is."""
        return "occurrences" if self.bag else "token id"

    @property
    def axes(self) -> tuple[str, ...]:
        """("word",) of a bag of words, else ("token",)."""
        return ("word",) if self.bag else ("token",)

    @property
    def code(self) -> str:
        """Python that makes this domain again, up to the name of the vocabulary or the tokenizer."""
        if self.tokenizer is not None:
            given = [f"length={self.length}"] if self.length is not None else []
            return f"lw.text({', '.join(['tokenizer=tokenizer', *given])})"
        defaults = TextDomain()
        given = [
            f"{name}={getattr(self, name)!r}"
            for name in ("bag", "lowercase", "padding", "unknown", "length")
            if getattr(self, name) != getattr(defaults, name)
        ]
        return f"lw.text({', '.join(['vocabulary=vocabulary', *given])})"

    @property
    def input_range(self) -> None:
        """Neither ids nor counts have a box."""
        return

    @property
    def groupings(self) -> tuple[str, ...]:
        """Words and sentences; a bag of words knows no sentences."""
        return ("words",) if self.bag else ("words", "sentences")

    @cached_property
    def index(self) -> dict[str, int]:
        """Word -> column or id; empty entries of the vocabulary are no words."""
        return {word: place for place, word in enumerate(self.vocabulary) if word}

    def check(self, shape: tuple[int, ...]) -> None:
        """`InputError` unless shape is (batch, token), or (batch, words of the vocabulary) of a bag."""
        wide = len(self.vocabulary) if self.bag else None
        if len(shape) != 2 or (wide is not None and shape[1] != wide):
            wanted = f"(batch, {wide}) counts of words" if self.bag else "(batch, token) ids"
            raise InputError(f"the input has shape {tuple(shape)}, but these texts are {wanted}")

    def of(self, x: Any) -> TextDomain:
        """The same domain with the words of the texts `x`: str, objects with a `text`, or a list of these."""
        return replace(self, texts=tuple(reading for reading, _ in self._read(x)))

    def at(self, index: int) -> TextDomain:
        """The domain of one sample."""
        return replace(self, texts=self.texts[index : index + 1]) if self.texts else self

    def encode(self, x: Any) -> Tensor:
        """Token ids (batch, token), int64, filled up with `padding`; of a bag counts (batch, word), float32.

        x: a str, an object with a `text`, or a list of these; whole numbers in a tensor are model input already.
        Raises `InputError` for a text that is empty or of which the model knows no word.
        """
        import torch

        if isinstance(x, torch.Tensor):
            return x.float() if self.bag else x
        rows = [row for _, row in self._read(x)]
        if self.bag:
            counts = torch.zeros(len(rows), len(self.vocabulary))
            for sample, row in enumerate(rows):
                for column, count in Counter(row).items():
                    counts[sample, column] = count
            return counts
        longest = self.length if self.length and self.tokenizer is None else max(map(len, rows))
        return torch.tensor([row + [self._padding] * (longest - len(row)) for row in rows])

    def inputs(self, x: Any) -> dict[str, Tensor] | None:
        """What a model of the tokenizer takes by name (ids and masks) of texts `x`; None without a tokenizer."""
        if self.tokenizer is None:
            return None
        return dict(self._tokens(_texts(x), return_tensors="pt"))

    def decode(self, x: Any) -> tuple[str, ...]:
        """The texts of model input `x` (batch, ...), word for word where they are known."""
        return tuple(self.reading(x[sample], sample).text for sample in range(len(x)))

    def reading(self, x: Any, sample: int = 0) -> Reading:
        """The text of one sample of model input, `x` (token,) or (word,), and its words."""
        if sample < len(self.texts):
            return self.texts[sample]
        if self.bag:
            found = [(column, self.vocabulary[column]) for column in np.flatnonzero(np.asarray(x)).tolist()]
        else:
            ids = [int(value) for value in x]
            found = [(place, self._name(value)) for place, value in enumerate(ids)]
            found = [(place, name) for place, name in found if name]
        spans, at = [], 0
        for _, name in found:
            spans.append((at, at + len(name)))
            at += len(name) + 1
        pairs = tuple((place, word) for word, (place, _) in enumerate(found))
        return Reading(" ".join(name for _, name in found), tuple(spans), pairs)

    def groups(self, name: str, x: Tensor) -> tuple[Tensor, tuple[str, ...]]:
        """Labels that broadcast to `x` (batch, variable) and names, by "words" or "sentences".

        Words of a bag are those of the vocabulary that the batch holds. Of one sample a group is called as the word is
        written, with its number from the second on, of several samples "word 1", "word 2", ...; -1: no word.
        """
        import torch

        if name not in self.groupings:
            raise InputError(unknown("division of a text", name, self.groupings))
        if self.bag:
            there = (x != 0).any(0)
            labels = torch.where(x != 0, there.cumsum(0) - 1, -1)
            return labels, tuple(self.vocabulary[column] for column in there.nonzero()[:, 0].tolist())
        readings = [self.reading(x[sample], sample) for sample in range(len(x))]
        labels = torch.full(x.shape, -1, dtype=torch.int64)
        for sample, reading in enumerate(readings):
            for token, word in reading.pairs:
                labels[sample, token] = word if name == "words" else reading.sentences[word]
        count = int(labels.max()) + 1
        if name == "words" and len(x) == 1:
            return labels, _numbered(reading.word(word) for word in range(count))
        return labels, tuple(f"{name[:-1]} {number + 1}" for number in range(count))

    def read(self, x: Tensor, index: tuple[int, ...]) -> str:
        """A variable of one sample `x` in words: "the word 'orbit'"."""
        if self.bag:
            count = float(x[index[-1]])
            return f"the word {self.vocabulary[index[-1]]!r}, {count:g} time{'s' * (count != 1)}"
        reading = self.reading(x)
        words_of = [word for token, word in reading.pairs if token == index[-1]]
        return (
            f"the word {reading.word(words_of[0])!r}" if words_of else f"token {index[-1]}, which is no word"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON. A tokenizer is not in it: the words of the texts are."""
        return {
            "kind": self.kind,
            "vocabulary": list(self.vocabulary),
            "bag": self.bag,
            "lowercase": self.lowercase,
            "padding": self.padding,
            "unknown": self.unknown,
            "length": self.length,
            "note": self.note,
            "texts": [
                {"text": one.text, "words": list(map(list, one.words)), "pairs": list(map(list, one.pairs))}
                for one in self.texts
            ],
        }

    @staticmethod
    def from_json(data: object) -> TextDomain:
        """The domain that `to_json` described; `FileFormatError` for anything else."""
        from lrpwidgets.domains.text_json import parse

        return parse(data)

    @property
    def _padding(self) -> int:
        found = self.padding if self.tokenizer is None else self.tokenizer.pad_token_id
        return 0 if found is None else int(found)

    def _name(self, value: int) -> str:
        """The word of an id; empty for padding and what is no word."""
        if self.tokenizer is not None:
            return (
                "" if value in self.tokenizer.all_special_ids else str(self.tokenizer.decode([value])).strip()
            )
        return self.vocabulary[value] if value != self.padding and 0 <= value < len(self.vocabulary) else ""

    def _read(self, x: Any) -> list[tuple[Reading, list[int]]]:
        """The words of each text and the ids they become (of a bag one column a known word)."""
        texts = _texts(x)
        if self.tokenizer is not None:
            return self._tokenized(texts)
        if not self.vocabulary:
            raise InputError(
                "this text domain was read from a file and has no vocabulary: make one with lw.text(...)"
            )
        return [self._by_vocabulary(text, place) for place, text in enumerate(texts)]

    def _by_vocabulary(self, text: str, place: int) -> tuple[Reading, list[int]]:
        spans = words(text)
        row: list[int] = []
        pairs = []
        for word, (start, end) in enumerate(spans):
            written = text[start:end].lower() if self.lowercase else text[start:end]
            found = self.index.get(written)
            if self.bag:
                if found is not None:
                    pairs.append((found, word))
                    row.append(found)
                continue
            if self.length is not None and len(row) == self.length:
                break
            other = self.padding if self.unknown is None else self.unknown
            if found is not None or other != self.padding:
                pairs.append((len(row), word))
            row.append(other if found is None else found)
        if not spans:
            raise InputError(f"text {place} ({_short(text)}) holds no word: leave it out")
        if not pairs:
            of_them = "1 word, which is not" if len(spans) == 1 else f"{len(spans)} words, none of which is"
            raise InputError(
                f"text {place} ({_short(text)}) holds {of_them} in the vocabulary of {len(self.index)}: "
                "leave it out, or give a vocabulary that fits"
            )
        return Reading(text, spans, tuple(pairs)), row

    def _tokens(self, texts: list[str], **options: Any) -> Any:
        cut: dict[str, Any] = {"truncation": True}
        if self.length is not None:
            cut["max_length"] = self.length
        elif self.tokenizer.model_max_length > 2**20:  # not known
            cut = {}
        if self.tokenizer.pad_token_id is None:
            return self.tokenizer(texts, padding=len(texts) > 1, **cut, **options)
        return self.tokenizer(texts, padding=True, **cut, **options)

    def _tokenized(self, texts: list[str]) -> list[tuple[Reading, list[int]]]:
        encoding = self._tokens(texts, return_offsets_mapping=True)
        found = []
        for sample, text in enumerate(texts):
            spans: dict[int, tuple[int, int]] = {}
            owners = encoding.word_ids(sample)
            for word, (start, end) in zip(owners, encoding["offset_mapping"][sample], strict=True):
                if word is not None and end > start:
                    before = spans.get(word, (start, end))
                    spans[word] = (min(start, before[0]), max(end, before[1]))
            numbers = {word: number for number, word in enumerate(sorted(spans, key=lambda key: spans[key]))}
            pairs = tuple((token, numbers[word]) for token, word in enumerate(owners) if word in numbers)
            if not pairs:
                raise InputError(f"text {sample} ({_short(text)}) has no token that is a word")
            kept = tuple(_trimmed(text, *spans[word]) for word in numbers)
            found.append((Reading(text, kept, pairs), list(encoding["input_ids"][sample])))
        return found


def text(
    vocabulary: Sequence[str] | Mapping[str, int] | None = None,
    *,
    tokenizer: Any = None,
    bag: bool = False,
    lowercase: bool = True,
    padding: int = 0,
    unknown: int | None = None,
    length: int | None = None,
) -> TextDomain:
    """Say once how texts become your model's input.

    vocabulary: the words in the order of their ids, or of the columns of a bag; or a mapping of words to these.
    tokenizer: instead of a vocabulary, a fast tokenizer of HuggingFace; relevance of its tokens is merged to words.
    bag: the model takes counts of words (batch, word) instead of ids (batch, token).
    lowercase: words are looked up in lower case. padding: the id that fills short texts up, neutral.
    unknown: the id of words that the vocabulary lacks (None: `padding`). length: tokens of every text; longer ones are
    cut (None: as many as the longest has).

    >>> text(["", "the", "orbit"]).encode("The orbit, the moon")
    tensor([[1, 2, 1, 0]])
    """
    if (vocabulary is None) == (tokenizer is None):
        raise InputError("lw.text takes a vocabulary or a tokenizer: give one of them")
    if length is not None and (isinstance(length, bool) or not isinstance(length, int) or length < 1):
        raise InputError(f"length is a number of tokens, 1 or more, not {length!r}")
    if tokenizer is not None:
        if bag or unknown is not None:
            raise InputError("bag and unknown belong to a vocabulary; a tokenizer has its own ids")
        if not getattr(tokenizer, "is_fast", False):
            raise InputError(
                f"{type(tokenizer).__name__} does not tell where its tokens lie in the text: give a fast tokenizer, "
                "e.g. AutoTokenizer.from_pretrained(...) of transformers"
            )
        return TextDomain(tokenizer=tokenizer, length=length)
    assert vocabulary is not None
    entries = _entries(vocabulary)
    if bag and (unknown is not None or length is not None):
        raise InputError("unknown and length belong to token ids; a bag of words has neither")
    for name, value in (("padding", padding), ("unknown", unknown)):
        if value is not None and not 0 <= value < 2**31:
            raise InputError(f"{name} is a token id, 0 or more, not {value!r}")
    if not bag and padding < len(entries) and entries[padding]:
        raise InputError(
            f"the word {entries[padding]!r} has the id {padding}, which is the padding's: put an empty entry there, "
            "lw.text(['', *words]), or say padding="
        )
    return TextDomain(entries, bag, lowercase, padding, unknown, length)


def _entries(vocabulary: Sequence[str] | Mapping[str, int]) -> tuple[str, ...]:
    if isinstance(vocabulary, str):
        raise InputError("a vocabulary is a list of words, not one str")
    if isinstance(vocabulary, Mapping):
        ids = list(vocabulary.values())
        if not all(isinstance(place, int) and 0 <= place < 2**24 for place in ids) or len(set(ids)) != len(
            ids
        ):
            raise InputError("a vocabulary maps each word to an id of its own, 0 or more")
        entries = [""] * (max(ids, default=-1) + 1)
        for word, place in vocabulary.items():
            entries[place] = word
    else:
        entries = list(vocabulary)
    if not any(entries) or not all(isinstance(word, str) for word in entries):
        raise InputError("a vocabulary holds words (str), at least one")
    repeated = [word for word, times in Counter(entries).items() if word and times > 1]
    if repeated:
        raise InputError(f"the vocabulary holds {repeated[0]!r} more than once")
    return tuple(entries)


def _texts(x: Any) -> list[str]:
    """One text or several as str; `InputError` for anything else, and for a text of blanks."""
    given = list(x) if isinstance(x, (list, tuple)) else [x]
    found = [one if isinstance(one, str) else getattr(one, "text", one) for one in given]
    if not found:
        raise InputError("the list of texts is empty: give at least one text")
    for place, one in enumerate(found):
        if not isinstance(one, str):
            raise InputError(
                f"text {place} is {type(one).__name__}; give str, objects with a text, or a list of these, or token "
                "ids as an int64 tensor (batch, token)"
            )
        if not one.strip():
            raise InputError(f"text {place} of {len(found)} is empty: leave it out")
    return found


def _numbered(names: Any) -> tuple[str, ...]:
    """Names that are all different: a word that comes again gets its number."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(found)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A span without the blanks that some tokenizers count to a word."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return (start + left, start + len(piece.rstrip())) if piece.strip() else (start, end)


def _short(text: str) -> str:
    return repr(text if len(text) <= SHOWN else text[:SHOWN] + "...")
