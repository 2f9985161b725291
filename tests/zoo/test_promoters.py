"""Promoters: real data, honest accuracy, boxes where biology has them (B16), mutations by brute force (E19)."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch.nn.utils import parametrize

import lrpwidgets as lw
from lrpwidgets import measure
from lrpwidgets.zoo.recipes import promoters as recipe

FOLDS = 4
WORDS = np.array(list(itertools.product(range(4), repeat=6)))


@pytest.fixture(scope="module")
def data():
    sequences = lw.zoo.promoter_sequences()
    return sequences, *recipe.tensors(sequences)


@pytest.fixture(scope="module")
def held_out(data):
    """Score, relevance and worth by mutations of each sequence, by a net that was trained without it."""
    _, x, labels = data
    score, relevance, worth = torch.zeros(len(x)), torch.zeros_like(x), torch.zeros_like(x)
    for net, left_out in recipe.held_out(x, labels, recipe.folds(labels, FOLDS, seed=0)):
        found = lw.explain(net, x[left_out], input=lw.sequence(start=-50), rules="epsilon", target=0)
        score[left_out], relevance[left_out] = found.score.detach(), found.relevance.detach()
        worth[left_out] = measure.mutation_map(net, x[left_out], target=0).relevance
    return score, relevance.sum(1), worth.sum(1)


def test_the_data_are_the_published_ones(data):
    sequences, x, labels = data
    assert (
        len(sequences)
        == len({one.bases for one in sequences})
        == len({one.title for one in sequences})
        == 106
    )
    assert Counter(one.label for one in sequences) == {1: 53, 0: 53}
    assert {len(one.bases) for one in sequences} == {57}
    assert set("".join(one.bases for one in sequences)) == set("ACGT")
    by_name = {one.title: one.bases for one in sequences}
    # The lac operon's promoter (sense strand), and that of trp, as any textbook has them.
    assert "TTTACACTTTATGCTTCCGGCTCGTATGTTG" in by_name["LACP1"]
    assert "TTGACAATTAATCATCGAACTAGTTAACT" in by_name["TRP"]
    assert torch.equal(x.sum(1), torch.ones(106, 57))
    assert labels.sum() == 53


def test_the_net_is_built_as_it_says_and_reproduced_by_its_recipe(data):
    _, x, labels = data
    net = lw.zoo.promoters()
    card = net.lrpwidgets_card
    assert not net.training
    assert card.labels == ("promoter",)
    assert card.input == lw.sequence("ACGT", start=-50)
    assert all(
        (layer.bias <= 0).all() and parametrize.is_parametrized(layer, "bias")
        for layer in (net.features[0], net.classifier[2])
    )
    again = recipe.train(x, labels, seed=0)
    with torch.no_grad():
        torch.testing.assert_close(again(x), net(x), rtol=0.02, atol=0.05)  # sums round differently elsewhere
        assert ((net(x)[:, 0] > 0) == (labels > 0)).float().mean() >= 0.95


def test_training_leaves_the_caller_s_random_numbers(data):
    _, x, labels = data
    before = torch.random.get_rng_state()
    recipe.STEPS, steps = 2, recipe.STEPS
    try:
        recipe.train(x, labels, seed=5)
        recipe.folds(labels, 3, seed=1)
    finally:
        recipe.STEPS = steps
    assert torch.equal(torch.random.get_rng_state(), before)


def test_folds_hold_out_everything_once_and_relatives_together(data):
    sequences, _, labels = data
    fold = recipe.folds(labels, 10, seed=3)
    assert Counter(fold.tolist()).most_common()[-1][1] >= 10
    for label in (0, 1):
        assert np.ptp(list(Counter(fold[labels == label].tolist()).values())) <= 1
    families = recipe.families(sequences)
    assert sorted(itertools.chain(*families)) == list(range(106))
    assert max(map(len, families)) > 3  # ribosomal promoters; cuts that overlap
    together = recipe.family_folds(sequences, 10)
    assert all(len(together[members].unique()) == 1 for members in families)
    for a, b in itertools.combinations(range(106), 2):
        if together[a] != together[b]:
            words = [{one.bases[at : at + 15] for at in range(43)} for one in (sequences[a], sequences[b])]
            assert not words[0] & words[1]


def test_nets_tell_promoters_that_they_never_saw(data, held_out):
    right = ((held_out[0] > 0) == (data[2] > 0)).float().mean()
    assert (
        right >= 0.85
    )  # three quarters to learn from; the card has the numbers of ten folds and of leaving one out


def test_b16_the_motif_matches_known_elements_by_position(data, held_out):
    """Of all 4096 words of six letters TTGACA fits best, at -36; TATAAT is among the best further down, at -14.

    These are the positions of UCI's own domain theory. A word's fit is the mean relevance that promoters have on its
    letters. The null is exact: every word at every position.
    """
    _, x, labels = data
    relevance = held_out[1][labels > 0]
    by_letter = (relevance[:, None] * x[labels > 0]).mean(0).numpy()
    fit = np.stack([sum(by_letter[WORDS[:, at], first + at] for at in range(6)) for first in range(52)], 1)
    domain = lw.sequence(start=-50)
    for motif, half, position, most in (("TTGACA", slice(0, 26), -36, 4), ("TATAAT", slice(26, 52), -14, 80)):
        scores = fit[:, half]
        letters = ["ACGT".index(letter) for letter in motif]
        word = int(np.flatnonzero(np.all(np.equal(WORDS, letters), axis=1))[0])
        rank = int((scores.max(1) >= scores[word].max()).sum())
        assert rank <= most, motif  # p = rank / 4096
        assert domain.position(half.start + int(scores[word].argmax())) == position


def test_b16_relevance_lies_in_the_boxes(data, held_out):
    """-36..-31 and -14..-8 hold more of it than any shift of the two together."""
    mean = held_out[1][data[2] > 0].mean(0).numpy()
    inside = [np.roll(mean, shift)[[*range(14, 20), *range(36, 43)]].sum() for shift in range(57)]
    assert int(np.argmax(inside)) == 0  # p = 1 / 57
    assert inside[0] / mean.sum() > 0.6  # in 13 of 57 positions


def test_b16_mutations_and_relevance_agree_in_rank(data, held_out):
    _, relevance, worth = held_out
    rho = [spearmanr(relevance[at], worth[at]).statistic for at in range(106) if data[2][at] > 0]
    assert np.mean(rho) > 0.9
    assert min(rho) > 0.75


def test_e19_the_mutation_map_is_brute_force(data):
    net = lw.zoo.promoters().double()
    x = data[1][:2].double()
    found = measure.mutation_map(net, x, target=0)
    for sample in range(2):
        for position, letter in ((0, 0), (14, 2), (36, 1), (56, 3)):
            changed = x[sample : sample + 1].clone()
            changed[0, :, position] = torch.eye(4)[letter]
            with torch.no_grad():
                wanted = (net(changed) - net(x[sample : sample + 1]))[0, 0]
            assert abs(found.change[sample, letter, position] - wanted) <= 1e-10


def test_the_net_explains_itself_by_its_card():
    sequences = lw.zoo.promoter_sequences()
    found = lw.explain(lw.zoo.promoters(), sequences[0], rules="epsilon")
    assert found.target[0].label == "promoter"
    assert found.domain.decode(found.input) == [sequences[0].bases]
