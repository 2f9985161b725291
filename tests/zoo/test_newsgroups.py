"""Newsgroup posts and the two nets for them: data as published, accuracies as stated, claim B13."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

import lrpwidgets as lw
from lrpwidgets.errors import FileFormatError
from lrpwidgets.zoo import newsgroup_posts
from tests.models.packages import have

RULES = {"svm": "lrp-0", "cnn": "epsilon"}
STEPS = 30  # words deleted
needs_posts = pytest.mark.skipif(
    not have("gensim"), reason="needs gensim's data; see tests/data-packages.txt"
)


@pytest.fixture(scope="module")
def nets():
    return {"svm": lw.zoo.newsgroup_svm(), "cnn": lw.zoo.newsgroup_cnn()}


@pytest.fixture(scope="module")
def unseen():
    return lw.zoo.newsgroups(held_out=True)


@needs_posts
def test_posts_are_real_and_divided_once(unseen):
    posts = lw.zoo.newsgroups()
    assert [sum(post.label == group for post in posts) for group in (0, 1)] == [100, 99]
    assert [sum(post.label == group for post in unseen) for group in (0, 1)] == [20, 19]
    assert len(set(posts)) == len(posts) == len(unseen) + len(lw.zoo.newsgroups(held_out=False))
    assert not any(re.search(r"^(Newsgroups|Xref|Path):", post.text.partition("\n")[0]) for post in posts)
    assert posts[0].group == "alt.atheism"
    assert posts[0].title == "Re: Biblical Rape"


def test_a_pickle_is_read_and_never_run():
    """What would be called when it is loaded is not: it only has no texts."""
    import pickle
    import zlib

    class Evil:
        def __reduce__(self):
            return (pytest.fail, ("it ran",))

    with pytest.raises(FileFormatError, match=r"holds \d texts"):
        newsgroup_posts.read(zlib.compress(pickle.dumps(Evil(), 0)))


@needs_posts
def test_accuracy_on_unseen_posts_is_as_stated(nets, unseen):
    labels = torch.tensor([post.label for post in unseen])
    for net in nets.values():
        card = net.lrpwidgets_card
        with torch.no_grad():
            right = int((net(card.input.encode(list(unseen))).argmax(1) == labels).sum())
        stated = re.search(r"(\d+) of the 39 held-out posts", card.accuracy)
        assert right == int(stated[1])


@needs_posts
def test_the_svm_is_decomposed_exactly(nets, unseen):
    """E19: R_i = w_i x_i, and what is missing to f is the bias."""
    net = nets["svm"]
    ex = lw.explain(net, list(unseen), rules="lrp-0", target=1)
    torch.testing.assert_close(ex.relevance, net.linear.weight[1] * ex.input, atol=1e-7, rtol=1e-6)
    double = lw.explain(net.double(), ex.input.double(), rules="lrp-0", target=1)
    torch.testing.assert_close(double.relevance, net.linear.weight[1] * double.input, atol=1e-12, rtol=0)
    torch.testing.assert_close(double.total + net.linear.bias[1], double.score, atol=1e-10, rtol=0)
    net.float()


@needs_posts
@pytest.mark.parametrize("name", ["svm", "cnn"])
def test_deleting_words_by_relevance_lowers_the_score_fastest(nets, unseen, name):
    """B13: on posts that were not trained on; intervals of the paired difference in area under the curve."""
    methods = {"lrp": {"rules": RULES[name]}, "sensitivity": "sensitivity", "random": "random"}
    removal = "neutral" if name == "svm" else "embedding-zero"
    flips = lw.measure.flip(nets[name], list(unseen), methods, regions="words", removal=removal, steps=STEPS)
    for other in ("sensitivity", "random"):
        assert flips.difference("lrp", other).high < 0


@needs_posts
def test_the_cnn_leans_on_fewer_keywords(nets, unseen):
    """B13: the share of |R| on the strongest tenth of a post's words, and the Gini index, paired by post."""
    shares = {
        name: np.array([keywords(net, post, RULES[name]) for post in unseen]) for name, net in nets.items()
    }
    difference = shares["cnn"] - shares["svm"]
    low = difference.mean(0) - 1.96 * difference.std(0, ddof=1) / np.sqrt(len(difference))
    assert (low > 0).all(), low


def keywords(net, post, rules):
    ex = lw.explain(net, post, rules=rules)
    found, _ = ex.domain.reading(ex.input[0]).by_word(ex.relevance[0].double().numpy())
    size = np.sort(np.abs(found))[::-1]
    tenth = max(1, round(len(size) / 10))
    return size[:tenth].sum() / size.sum(), float(lw.measure.gini(torch.from_numpy(found)[None]))
