"""Makes `promoters.txt` from the promoter gene sequences that the R package kernlab carries.

Get `promotergene.rda` (Debian: `apt-get download r-cran-kernlab`, `dpkg -x`), install rdata 1.1.0 and run
`python -m lrpwidgets.zoo.recipes.promoter_sequences promotergene.rda`. kernlab has left out the names of the
promoters; those below are UCI's, in kernlab's order.
"""

from __future__ import annotations

import sys
from importlib import import_module

from lrpwidgets.errors import FileFormatError
from lrpwidgets.zoo.promoter_data import TABLE
from lrpwidgets.zoo.recipes.output import write

NAMES = """
BIOA TUFB SPC TYRT LACP1 HIS HISJ ARABAD RRNE_P1 RPLJ GALP2 MALEFG LPP RRNX_P1 UVRB_P2 LACI UVRBP3 ARAC
TRP S10 GLNS LEU1_TRNA MALK RRNAB_P1 TRPR TNAA DEOP2 RRNAB_P2 ILVGEDA RRNDEX_P2 RECA ALAS DEOP1 LEXA RPOB
UVRBP1 PORI-L RRND_P1 AROH RPOA RRNG_P2 BIOB TRPP2 MALT RRNG_P1 M1RNA STR SPOT42 AMPC SUBB-E PORI-R FOL
THR
""".split()  # of the 53 promoters

HEAD = """\
# 106 sequences of E. coli DNA, 57 bases each, positions -50..-1 and 1..7 about the start of transcription.
# Each row: + (a promoter) or - (none), its name, its bases.
# UCI Machine Learning Repository, data set 67, Molecular Biology (Promoter Gene Sequences).
# C. Harley, R. Reynolds, M. Noordewier, J. Shavlik, 1990. Licence: CC BY 4.0.
# Taken from promotergene.rda of the R package kernlab; letters made capitals, names of the promoters added.
"""


def main(path: str) -> None:
    """Read the R file, write the rows."""
    table = import_module("rdata").read_rda(path)["promotergene"]
    classes = [str(kind) for kind in table.iloc[:, 0]]
    bases = ["".join(row).upper() for row in table.iloc[:, 1:].to_numpy().tolist()]
    if classes != ["+"] * 53 + ["-"] * 53 or {len(one) for one in bases} != {57}:
        raise FileFormatError(f"{path} does not hold 53 promoters and then 53 others of 57 bases.")
    names = [*NAMES, *(f"other-{number}" for number in range(1, 54))]
    rows = [" ".join(row) for row in zip(classes, names, bases, strict=True)]
    write(TABLE, (HEAD + "\n".join(rows) + "\n").encode("ascii"))


if __name__ == "__main__":
    main(*sys.argv[1:])
