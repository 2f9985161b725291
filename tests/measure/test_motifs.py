"""Where a motif stands, against a search letter by letter, and what it pools, against sums."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError
from lrpwidgets.measure import motif_occurrences


def explained(strings, axes=("letter", "position"), start=-4):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(4 * len(strings[0]), 2)).double()
    return lw.explain(net, strings, input=lw.sequence(axes=axes, start=start), rules="lrp-0", target=0)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.text("ACGTN", min_size=12, max_size=12), min_size=1, max_size=3),
    st.text("ACGTN", min_size=1, max_size=5),
    st.integers(0, 3),
    st.booleans(),
)
def test_it_finds_what_a_search_letter_by_letter_finds(strings, motif, mismatches, letters_last):
    axes = ("position", "letter") if letters_last else ("letter", "position")
    found = explained(strings, axes)
    values = found.relevance.sum(found.domain.letters_axis)
    wanted = {}
    for sample, string in enumerate(strings):
        for first in range(len(string) - len(motif) + 1):
            part = string[first : first + len(motif)]
            differ = sum(a not in ("N", b) for a, b in zip(motif, part, strict=True))
            if differ <= mismatches:
                wanted[sample, first] = part, differ, float(values[sample, first : first + len(motif)].sum())
    got = motif_occurrences(found, motif.lower(), mismatches=mismatches)
    assert {(one.sample, found.domain.index(one.first)) for one in got} == set(wanted)
    for one in got:
        part, differ, relevance = wanted[one.sample, found.domain.index(one.first)]
        assert (one.letters, one.mismatches) == (part, differ)
        assert one.relevance == pytest.approx(relevance, abs=1e-12)
        assert found.domain.index(one.last) - found.domain.index(one.first) == len(motif) - 1
    assert [one.relevance for one in got] == sorted((one.relevance for one in got), reverse=True)


def test_bad_questions():
    found = explained(["ACGTACGT"])
    assert motif_occurrences(found, "A" * 9) == ()
    for motif, words in (
        ("", "1 to 200"),
        (3, "1 to 200"),
        ("AB", "'B' at letter 2"),
        ("A" * 201, "1 to 200"),
    ):
        with pytest.raises(InputError, match=words):
            motif_occurrences(found, motif)
    for mismatches in (-1, 0.5, True):
        with pytest.raises(InputError, match="mismatches"):
            motif_occurrences(found, "A", mismatches=mismatches)
    with pytest.raises(InputError, match="sequences"):
        motif_occurrences(lw.explain(nn.Linear(3, 2), torch.ones(1, 3), target=0), "A")
