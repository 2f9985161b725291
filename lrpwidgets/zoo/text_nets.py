"""Two text classifiers of newsgroup posts: a linear SVM on a bag of words, and a CNN on word vectors (section 8.1)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lrpwidgets.domains.text import text
from lrpwidgets.zoo.blank import blank
from lrpwidgets.zoo.card import ModelCard
from lrpwidgets.zoo.files import read_lines, read_weights
from lrpwidgets.zoo.newsgroup_posts import GROUPS

WEIGHTS = "newsgroups.safetensors"
WORDS = "newsgroup_words.txt"
DIMENSIONS = 32  # of a word vector
FILTERS = 64
WIDTH = 2  # words that a filter sees
SOURCE = "trained on 160 of 199 posts of alt.atheism and sci.space (20 Newsgroups, K. Lang) that lie in gensim 4.4.0"
LICENCE = (
    "BSD-3-Clause, trained for lrpwidgets (the posts belong to those who wrote them and are not shipped)"
)
RECIPE = "lrpwidgets/zoo/recipes/newsgroups.py"


class BagOfWords(nn.Module):
    """Counts `(batch, word)` -> scores `(batch, 2)`, f = +-(sum_i w_i idf_i x_i + b), one sign for each group.

    The inverse document frequencies are in the weights, so that R_i = (w_i idf_i) x_i.
    """

    lrpwidgets_card: ModelCard

    def __init__(self, words: int) -> None:
        super().__init__()
        self.linear = nn.Linear(words, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Signed distances from the separating plane, scaled so that the margin is 1."""
        scores: Tensor = self.linear(x)
        return scores


class WordCnn(nn.Module):
    """Token ids `(batch, token)`, 0 is padding -> scores `(batch, 2)`: word vectors, filters, ReLU, maximum, linear."""

    lrpwidgets_card: ModelCard

    def __init__(self, entries: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(entries, DIMENSIONS, padding_idx=0)
        self.convolution = nn.Conv1d(DIMENSIONS, FILTERS, WIDTH, padding=WIDTH - 1)
        self.activation = nn.ReLU()
        self.pool = nn.AdaptiveMaxPool1d(1)
        self.dropout = nn.Dropout(0.5)
        self.classifier = nn.Linear(FILTERS, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of the groups; the maximum over the text makes them independent of padding."""
        features = self.activation(self.convolution(self.embedding(x).transpose(1, 2)))
        scores: Tensor = self.classifier(self.dropout(self.pool(features).flatten(1)))
        return scores


def newsgroup_svm() -> BagOfWords:
    """A linear SVM on counts of words weighted by inverse document frequency, in eval mode, with its card.

    `lw.zoo.newsgroups(held_out=True)` has posts that it has not seen. Every call reads the weights anew. Raises
    `FileFormatError` if the weights in the installation are not the published ones.
    """
    vocabulary = read_lines(WORDS)
    with torch.device("meta"):
        net = BagOfWords(len(vocabulary))
    net.load_state_dict(_weights("svm."), assign=True)
    net.lrpwidgets_card = ModelCard(
        name="Newsgroup SVM",
        input=text(vocabulary, bag=True),
        labels=GROUPS,
        licence=LICENCE,
        source=SOURCE,
        accuracy="93.0 % of 199 posts by five-fold cross-validation; 37 of the 39 held-out posts by these weights",
        made_by=RECIPE,
    )
    return net.eval()


def newsgroup_cnn() -> WordCnn:
    """A convolution over word vectors, maximum over the text and a linear layer, in eval mode, with its card.

    `lw.zoo.newsgroups(held_out=True)` has posts that it has not seen. Every call reads the weights anew. Raises
    `FileFormatError` if the weights in the installation are not the published ones.
    """
    vocabulary = ["", *read_lines(WORDS)]
    with blank():
        net = WordCnn(len(vocabulary))
    net.load_state_dict(_weights("cnn."), assign=True)
    net.lrpwidgets_card = ModelCard(
        name="Newsgroup CNN",
        input=text(vocabulary),
        labels=GROUPS,
        licence=LICENCE,
        source=SOURCE,
        accuracy="90.5 % of 199 posts by five-fold cross-validation; 34 of the 39 held-out posts by these weights",
        made_by=RECIPE,
    )
    return net.eval()


def _weights(prefix: str) -> dict[str, Tensor]:
    found = read_weights(WEIGHTS)
    return {name[len(prefix) :]: value for name, value in found.items() if name.startswith(prefix)}
