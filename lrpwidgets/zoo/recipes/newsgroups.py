"""Trains the two newsgroup nets, makes `newsgroups.safetensors` and `newsgroup_words.txt`: half a minute on one core.

Needs scikit-learn and scipy, and gensim's data: `pip install --no-deps gensim==4.4.0`. Run
`python -m lrpwidgets.zoo.recipes.newsgroups`. Accuracies are of five folds: in fold k every post of a group whose
number is k modulo five is held out, and everything (vocabulary, document frequencies, word vectors, weights) is made
of the others. Fold 0 ships. Seeds are fixed: one machine gives the same weights.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor
from torch.nn.functional import cross_entropy

from lrpwidgets.domains.text import TextDomain, text
from lrpwidgets.domains.words import words
from lrpwidgets.zoo.newsgroup_posts import HELD_OUT, Post, newsgroups
from lrpwidgets.zoo.recipes.output import say, write
from lrpwidgets.zoo.text_nets import DIMENSIONS, WEIGHTS, WORDS, BagOfWords, WordCnn

SEED = 0
POSTS_OF_A_WORD = 2  # a word that fewer posts hold is not in the vocabulary
REGULARISATION = 1.0  # C of the SVM
WINDOW = 5  # words to either side that count as context
EPOCHS = 25
BATCH = 16
RATE = 3e-3
DECAY = 1e-2
WORDS_DROPPED = 0.2  # of each post in training
LONGEST = 600  # tokens of a post in training


@dataclass(frozen=True)
class Nets:
    """Both nets of one fold, and the words they know."""

    vocabulary: list[str]
    svm: BagOfWords
    cnn: WordCnn

    @property
    def bag(self) -> TextDomain:
        """What the SVM reads."""
        return text(self.vocabulary, bag=True)

    @property
    def ids(self) -> TextDomain:
        """What the CNN reads."""
        return text(["", *self.vocabulary])


def folds(posts: tuple[Post, ...]) -> list[int]:
    """The fold in which each post is held out; those of fold 0 are `held_out`."""
    seen = Counter[int]()
    found = []
    for post in posts:
        seen[post.label] += 1
        found.append(seen[post.label] % HELD_OUT)
    return found


def train(posts: list[Post]) -> Nets:
    """Both nets, of these posts alone."""
    tokens = [[post.text[a:b].lower() for a, b in words(post.text)] for post in posts]
    labels = torch.tensor([post.label for post in posts])
    seen = Counter(word for row in tokens for word in set(row))
    vocabulary = sorted(word for word, times in seen.items() if times >= POSTS_OF_A_WORD)
    svm = support_vectors(text(vocabulary, bag=True).encode(posts), labels)
    cnn = convolutional(text(["", *vocabulary]).encode(posts), labels, word_vectors(tokens, vocabulary))
    return Nets(vocabulary, svm, cnn)


def support_vectors(counts: Tensor, labels: Tensor) -> BagOfWords:
    """A linear SVM on count x inverse document frequency, folded into one linear layer on counts."""
    from sklearn.svm import LinearSVC

    present = (counts > 0).double().sum(0)
    idf = torch.log((1 + len(counts)) / (1 + present)) + 1
    weighted = counts.double() * idf
    unit = weighted.norm(dim=1).mean()
    machine = LinearSVC(C=REGULARISATION, random_state=SEED, max_iter=20000).fit(
        (weighted / unit).numpy(), labels.numpy()
    )
    weight = torch.from_numpy(machine.coef_[0]) * idf / unit
    bias = float(machine.intercept_[0])
    net = BagOfWords(counts.shape[1])
    net.load_state_dict(
        {
            "linear.weight": torch.stack([-weight, weight]).float(),
            "linear.bias": torch.tensor([-bias, bias]),
        }
    )
    return net.eval()


def word_vectors(tokens: list[list[str]], vocabulary: list[str]) -> Tensor:
    """Vectors `(1 + word, DIMENSIONS)` from which words appear near each other, the first of them 0.

    The positive pointwise mutual information of word and context, factorised: what word2vec with negative sampling
    factorises too (Levy and Goldberg 2014, "Neural word embedding as implicit matrix factorization").
    """
    from scipy.sparse import coo_matrix
    from sklearn.utils.extmath import randomized_svd

    place = {word: number + 1 for number, word in enumerate(vocabulary)}
    near = Counter[tuple[int, int]]()
    for row in tokens:
        ids = [place.get(word, 0) for word in row]
        for at, one in enumerate(ids):
            for other in ids[max(0, at - WINDOW) : at]:
                if one and other:
                    near[one, other] += 1
                    near[other, one] += 1
    rows, columns = (np.array(axis) for axis in zip(*near, strict=True))
    times = np.array(list(near.values()), float)
    size = len(vocabulary) + 1
    often = np.bincount(rows, times, size)
    context = often**0.75  # as word2vec smooths it
    information = np.log(times / (often[rows] * context[columns] / context.sum()))
    kept = information > 0
    matrix = coo_matrix((information[kept], (rows[kept], columns[kept])), shape=(size, size)).tocsr()
    left, strength, _ = randomized_svd(matrix, DIMENSIONS, random_state=SEED)
    vectors = left * np.sqrt(strength)
    scale = 3 / (np.linalg.norm(vectors, axis=1).mean() / math.sqrt(DIMENSIONS))
    return torch.from_numpy(vectors * scale).float()


def convolutional(ids: Tensor, labels: Tensor, vectors: Tensor) -> WordCnn:
    """The CNN, its word vectors learned on from `vectors`."""
    torch.manual_seed(SEED)
    net = WordCnn(len(vectors))
    with torch.no_grad():
        net.embedding.weight.copy_(vectors)
        net.embedding.weight[0] = 0
    optimizer = torch.optim.AdamW(net.parameters(), RATE, weight_decay=DECAY)
    ids = ids[:, :LONGEST]
    net.train()
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(ids)).split(BATCH):
            x = ids[chosen]
            x = x * (torch.rand(x.shape) > WORDS_DROPPED)
            loss = cross_entropy(net(x), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return net.eval()


@torch.no_grad()
def right(nets: Nets, posts: list[Post]) -> tuple[list[bool], list[bool]]:
    """Which posts the SVM and the CNN sort into their group."""
    labels = torch.tensor([post.label for post in posts])
    svm = nets.svm(nets.bag.encode(posts)).argmax(1) == labels
    cnn = nets.cnn(nets.ids.encode(posts)).argmax(1) == labels
    return svm.tolist(), cnn.tolist()


def main() -> None:
    """Cross-validate, report, write fold 0."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    posts = newsgroups()
    number = folds(posts)
    svm: list[bool] = []
    cnn: list[bool] = []
    for fold in range(HELD_OUT):
        nets = train([post for post, its in zip(posts, number, strict=True) if its != fold])
        one, other = right(nets, [post for post, its in zip(posts, number, strict=True) if its == fold])
        shares = f"SVM {np.mean(one):.1%}, CNN {np.mean(other):.1%} of {len(one)}"
        say(f"fold {fold}: {len(nets.vocabulary)} words, {shares}")
        svm += one
        cnn += other
        if fold == 0:
            tensors = {f"svm.{name}": value for name, value in nets.svm.state_dict().items()}
            tensors |= {f"cnn.{name}": value for name, value in nets.cnn.state_dict().items()}
            write(WEIGHTS, save({name: value.contiguous() for name, value in tensors.items()}))
            write(WORDS, ("\n".join(nets.vocabulary) + "\n").encode())
    for name, found in {"SVM": svm, "CNN": cnn}.items():
        say(f"{name}: {np.mean(found):.1%} ({sum(found)} of {len(found)}) by cross-validation")


if __name__ == "__main__":
    main()
