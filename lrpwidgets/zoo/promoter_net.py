"""A small convolutional net that tells promoters of E. coli from other DNA, after section 6.1 of the tutorial.

One convolution whose filters see six bases, the length of the boxes at -35 and -10, ReLU, max-pooling over two
positions (the distance between the boxes varies), dropout, one dense layer; biases at or below zero. The score is
the log odds of a promoter. Position matters to the dense layer, because the sequences are aligned.
"""

from __future__ import annotations

from torch import Tensor, nn

from lrpwidgets.domains.sequence import sequence
from lrpwidgets.zoo.blank import blank
from lrpwidgets.zoo.card import ModelCard
from lrpwidgets.zoo.files import read_weights
from lrpwidgets.zoo.nonpositive import hold_biases_nonpositive
from lrpwidgets.zoo.promoter_data import FIRST

WEIGHTS = "promoters.safetensors"
FILTERS, WIDE, POOLED, LENGTH = 32, 6, 2, 57


class PromoterNet(nn.Module):
    """One-hot `(batch, letter, 57)`, letters A, C, G, T -> log odds of a promoter `(batch, 1)`; every bias <= 0."""

    lrpwidgets_card: ModelCard

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(4, FILTERS, kernel_size=WIDE),  # 52 places
            nn.ReLU(),
            nn.MaxPool1d(POOLED),  # 26
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(p=0.5),
            nn.Linear(FILTERS * ((LENGTH - WIDE + 1) // POOLED), 1),
        )
        hold_biases_nonpositive(self)

    def forward(self, x: Tensor) -> Tensor:
        """Log odds of a promoter."""
        scores: Tensor = self.classifier(self.features(x))
        return scores


def promoters() -> PromoterNet:
    """The promoter net, trained on all 106 sequences of `lw.zoo.promoter_sequences()`, in eval mode, with its card.

    What it scores on those says nothing about new DNA: the card's accuracy is that of nets trained without the
    sequences they were asked about. Raises `FileFormatError` if the weights are not the published ones.
    """
    with blank():
        net = PromoterNet()
    net.load_state_dict(read_weights(WEIGHTS), assign=True)
    net.lrpwidgets_card = ModelCard(
        name="Promoter net",
        input=sequence("ACGT", start=FIRST),
        labels=("promoter",),
        licence="BSD-3-Clause, trained for lrpwidgets (the sequences: CC BY 4.0)",
        source="UCI promoter gene sequences (Harley, Reynolds, Noordewier, Shavlik 1990), 106 of E. coli",
        accuracy="92.5 % leaving one out, 90.0 % in ten folds (mean of five draws); logistic regression 92.5 %, 91.9 %",
        made_by="lrpwidgets/zoo/recipes/promoters.py",
    )
    return net.eval()
