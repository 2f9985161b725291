"""Real newsgroup posts: alt.atheism against sci.space."""

from __future__ import annotations

import pickletools
import zlib
from dataclasses import dataclass

import numpy as np

from lrpwidgets.errors import FileFormatError
from lrpwidgets.zoo.installed import DataPackage

GROUPS = ("alt.atheism", "sci.space")
POSTS = 200  # in the file
HELD_OUT = 5  # every fifth post of each group is held out
PACKAGE, FILE = DataPackage("gensim", "4.4.0"), "gensim/test/test_data/mini_newsgroup"
SHA256 = "be0084ee9aded5eeefabea86bd23f0e5e3a743d9c1875aa1e47bc0728d6a5311"


@dataclass(frozen=True)
class Post:
    """A post without its header. `label` counts in `GROUPS`; `held_out`: the zoo's text nets have not seen it."""

    title: str
    text: str
    label: int
    held_out: bool

    @property
    def group(self) -> str:
        """The newsgroup it was sent to."""
        return GROUPS[self.label]

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Post({self.title!r}, {self.group!r}, {len(self.text)} characters)"


def newsgroups(*, held_out: bool | None = None) -> tuple[Post, ...]:
    """199 posts of 1993, 100 from alt.atheism and 99 from sci.space; with `held_out` only those, or the others.

    Headers are left out, because they name the group; the subject becomes the title. A post of the single word "exit"
    is left out. Every fifth post of each group is held out: `newsgroup_svm()` and `newsgroup_cnn()` were trained on the
    other 160. From the 20 Newsgroups collection
    (Ken Lang), as it lies in the Python package gensim 4.4.0; posts belong to those who wrote them and are not
    shipped. Raises `InputError` where gensim is not installed, `FileFormatError` where it holds another file.
    """
    (content,) = PACKAGE.read([FILE], SHA256, "lw.zoo.newsgroups()")
    texts, labels = read(content)
    seen = [0, 0]
    found = []
    for text, label in zip(texts, labels, strict=True):
        head, _, body = text.partition("\n\n")
        subject = next((line[8:].strip() for line in head.splitlines() if line.startswith("Subject:")), "")
        if body.strip() == "exit":
            continue
        seen[label] += 1
        found.append(Post(subject, body.strip("\n"), label, seen[label] % HELD_OUT == 0))
    return tuple(post for post in found if held_out is None or post.held_out == held_out)


def read(content: bytes) -> tuple[list[str], list[int]]:
    """The texts and labels in a compressed pickle, whose instructions are read and never run."""
    texts: list[str] = []
    numbers: list[str] = []
    for instruction, argument, _ in pickletools.genops(zlib.decompress(content)):
        if instruction.name == "UNICODE":
            texts.append(str(argument))
        elif instruction.name == "STRING" and len(str(argument)) == 8 * POSTS:  # int64, little-endian
            numbers.append(str(argument))
    if len(texts) != POSTS or len(numbers) != 1:
        raise FileFormatError(f"{FILE} holds {len(texts)} texts and {len(numbers)} lists of labels")
    return texts, [int(label) for label in np.frombuffer(numbers[0].encode("latin-1"), "<i8")]
