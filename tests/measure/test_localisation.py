"""Mass accuracy, rank accuracy, pointing game: by hand, and against Quantus's definitions written out as loops."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lrpwidgets.errors import InputError
from lrpwidgets.measure import Box, Span, mass_accuracy, pointing_game, rank_accuracy
from tests.measure.maps import known, normal

#   5  1  4      the region is the first column
#   2 -3  0
HAND = [[[[5.0, 1.0, 4.0], [2.0, -3.0, 0.0]]]]
FIRST_COLUMN = Box(0, 0, 2, 1)


def test_by_hand():
    explanation = known(HAND)
    assert mass_accuracy(explanation, FIRST_COLUMN).tolist() == [7 / 9]
    assert mass_accuracy(explanation, FIRST_COLUMN, absolute=True).tolist() == [7 / 15]
    assert rank_accuracy(explanation, FIRST_COLUMN).tolist() == [1 / 2]  # 5 and 4 are the top two
    assert rank_accuracy(explanation, Box(0, 1, 2, 2)).tolist() == [0.0]
    assert rank_accuracy(explanation, Box(0, 0, 1, 3), absolute=True).tolist() == [2 / 3]  # 5, 4, |-3|
    assert pointing_game(explanation, FIRST_COLUMN).tolist() == [1.0]
    assert pointing_game(explanation, Box(0, 1, 2, 3)).tolist() == [0.0]
    assert pointing_game(explanation, FIRST_COLUMN, weighted=True).tolist() == [pytest.approx(2 / 3)]


def test_any_of_several_largest_values_hits_and_later_ones_rank_higher():
    explanation = known([[[[1.0, 1.0, 1.0, 0.0]]]])
    assert pointing_game(explanation, Box(0, 1, 1, 2)).tolist() == [1.0]
    assert rank_accuracy(explanation, Box(0, 2, 1, 3)).tolist() == [1.0]
    assert rank_accuracy(explanation, Box(0, 0, 1, 1)).tolist() == [0.0]


def test_channels_are_summed_first_where_the_region_covers_them_all():
    relevance = normal(2, 3, 4, 4)
    region = Box(1, 0, 3, 3)
    for measure in (mass_accuracy, rank_accuracy, pointing_game):
        pixels = known(relevance.sum(1, keepdims=True))
        np.testing.assert_allclose(measure(known(relevance), region), measure(pixels, region), rtol=1e-12)
    relevance = np.array([[[[3.0, 1.0]], [[-3.0, 1.0]]]])  # pixel sums are 0 and 2
    assert pointing_game(known(relevance), Box(0, 1, 1, 2)).tolist() == [1.0]
    one_channel = np.array([True, False]).reshape(1, 2, 1, 1)
    assert pointing_game(known(relevance), one_channel).tolist() == [1.0]  # channel sums are 4 and -2


def quantus(a, s):
    """The three definitions on one flat map `a` and mask `s`, with sorting and sums written out."""
    inside = [value for value, within in zip(a, s, strict=True) if within]
    order = sorted(range(len(a)), key=lambda place: a[place])
    top = order[len(a) - len(inside) :]
    best = [place for place in range(len(a)) if a[place] == max(a)]
    return (
        math.fsum(inside) / math.fsum(a),
        sum(1 for place in top if s[place]) / len(inside),
        float(any(s[place] for place in best)),
    )


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("kind", ["normal", "many ties", "all negative"])
def test_against_the_definitions_written_out(kind, absolute):
    relevance = normal(40, 1, 6, 5, seed=3)
    if kind == "many ties":
        relevance = np.round(relevance) + 0.25
    if kind == "all negative":
        relevance = -np.abs(relevance)
    masks = np.random.default_rng(4).random((40, 1, 6, 5)) < 0.3
    assert masks.any((1, 2, 3)).all()
    maps = np.abs(relevance) if absolute else relevance
    expected = [quantus(a.ravel().tolist(), s.ravel().tolist()) for a, s in zip(maps, masks, strict=True)]
    measures = (mass_accuracy, rank_accuracy, pointing_game)
    found = np.stack([measure(known(relevance), masks, absolute=absolute) for measure in measures], 1)
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    assert 0 < found[:, 2].mean() < 1


def test_they_are_for_any_method_and_for_words():
    explanation = known([[1.0, 3.0, 2.0]], method="guided-backprop")
    assert pointing_game(explanation, Span(1, 2)).tolist() == [1.0]
    assert mass_accuracy(explanation, Span(1, 3)).tolist() == [pytest.approx(5 / 6)]


def test_bad_input():
    with pytest.raises(InputError, match="is empty"):
        rank_accuracy(known(HAND), np.zeros((2, 3), bool))
    with pytest.raises(InputError, match="NaN or infinite"):
        mass_accuracy(known([[[[np.inf, 1.0]]]]), Box(0, 0, 1, 1))
    assert mass_accuracy(known([[[[1.0, -1.0]]]]), Box(0, 0, 1, 1)).isnan().all()
