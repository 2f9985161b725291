"""106 stretches of E. coli DNA, half of them promoters, aligned to where transcription starts."""

from __future__ import annotations

from dataclasses import dataclass

from lrpwidgets.errors import FileFormatError
from lrpwidgets.zoo.files import read_lines

TABLE = "promoters.txt"
FIRST = -50  # of 57 positions -50..-1, 1..7: a count from the start of transcription has no position 0
CLASSES = {"+": 1, "-": 0}


@dataclass(frozen=True)
class DnaSequence:
    """A stretch of DNA. `bases` is a string of A, C, G, T, read from -50 to +7; `label` 1 says promoter."""

    title: str
    bases: str
    label: int


def promoter_sequences() -> tuple[DnaSequence, ...]:
    """106 sequences of 57 bases: 53 promoters of E. coli, then 53 stretches that are none.

    UCI "Molecular Biology (Promoter Gene Sequences)", C. Harley, R. Reynolds, M. Noordewier, J. Shavlik, 1990,
    CC BY 4.0. Several are copies or neighbours of others (ribosomal promoters; overlapping cuts of one stretch
    without promoters), so that cross-validation over single sequences flatters. Raises `FileFormatError` if the
    file in the installation is not the published one.

    >>> promoter_sequences()[0].title
    'BIOA'
    """
    found = []
    for number, line in enumerate(read_lines(TABLE), 1):
        parts = line.split()
        if len(parts) != 3 or parts[0] not in CLASSES:
            raise FileFormatError(f"{TABLE}: row {number} is not 'class name bases'.")
        found.append(DnaSequence(parts[1], parts[2], CLASSES[parts[0]]))
    return tuple(found)
