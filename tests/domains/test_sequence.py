"""Sequences as model input: there and back, unknown letters, counts without a zero, groups, files, bad input."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import lrpwidgets as lw
from lrpwidgets import domains, measure
from lrpwidgets.errors import FileFormatError, InputError


@given(st.data(), st.sampled_from(["ACGT", "rna", "protein", "XYZ"]), st.booleans())
def test_there_and_back(data, alphabet, letters_last):
    domain = lw.sequence(alphabet, axes=("position", "letter") if letters_last else ("letter", "position"))
    known = domain.alphabet + domain.unknown
    length = data.draw(st.integers(1, 9))
    strings = data.draw(st.lists(st.text(known, min_size=length, max_size=length), min_size=1, max_size=3))
    x = domain.encode([string.lower() for string in strings])
    assert x.dtype == torch.float32
    assert x.shape[domain.letters_axis] == len(domain.alphabet)
    assert domain.decode(x) == strings
    assert domain.decode(domain.encode(strings[0])) == strings[:1]
    domain.check(tuple(x.shape))


def test_one_hot_is_in_the_order_of_the_alphabet_and_unknown_is_zero():
    x = lw.sequence().encode(["ACGTN"])
    wanted = torch.cat([torch.eye(4), torch.zeros(4, 1)], 1)
    torch.testing.assert_close(x[0], wanted)
    torch.testing.assert_close(lw.sequence(axes=("position", "letter")).encode(["ACGTN"])[0], wanted.T)
    assert lw.sequence().decode(torch.full((1, 4, 2), 0.25)) == ["NN"]


def test_an_unknown_letter_is_neutral():
    """It gets no relevance, and no filter sees anything there."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv1d(4, 5, 3), nn.ReLU(), nn.Flatten(), nn.Linear(20, 2))
    for rules in ("epsilon", "lrp-0", "epsilon-plus"):
        found = lw.explain(net, ["ACNNGT"], input=lw.sequence(), rules=rules, target=0)
        assert (found.relevance[:, :, 2:4] == 0).all()
        assert (found.relevance != 0).any()


def test_a_count_below_zero_has_no_zero():
    domain = lw.sequence(start=-50)
    names = [domain.position(index) for index in range(57)]
    assert names[:2] == [-50, -49]
    assert names[48:52] == [-2, -1, 1, 2]
    assert names[-1] == 7
    assert [domain.index(name) for name in names] == list(range(57))
    with pytest.raises(InputError, match="no position 0"):
        domain.index(0)
    assert lw.sequence(start=-1, zero=True).position(1) == 0
    assert lw.sequence(start=0).position(0) == 0


def test_positions_and_codons_are_pooled_and_flipped_by_name():
    torch.manual_seed(1)
    net = nn.Sequential(nn.Flatten(), nn.Linear(4 * 8, 2))
    domain = lw.sequence(start=-3, frame=1)
    found = lw.explain(net, ["ACGTACGT", "TTTTTTTT"], input=domain, rules="lrp-0", target=1)
    r = found.relevance.double().sum(1)
    pooled = measure.pool(found, "positions")
    assert pooled.names == ("-3", "-2", "-1", "1", "2", "3", "4", "5")
    torch.testing.assert_close(pooled.net, r)
    codons = measure.pool(found, "codons")
    assert set(codons.names) == {"rest", "-2..1", "2..4"}
    torch.testing.assert_close(codons["-2..1"], r[:, 1:4].sum(1))
    torch.testing.assert_close(codons["rest"], r[:, 0] + r[:, 7])
    flips = measure.flip(net, domain.encode("ACGTACGT"), "lrp", regions="codons", input=domain, target=1)
    assert next(iter(flips.curves.values())).scores.shape[-1] == 3
    with pytest.raises(InputError, match="'codons'"):
        measure.pool(found, "codon")
    with pytest.raises(InputError, match="no codon"):
        domain.groups("codons", torch.zeros(1, 4, 3))


def test_values_are_read_aloud():
    domain = lw.sequence(start=-2)
    x = domain.encode("ACGN")[0]
    assert domain.read(x, (0, 0)) == "A at -2"
    assert domain.read(x, (3, 2)) == "not T at 1 (G)"
    assert domain.read(x, (3, 3)) == "not T at 2 (N)"
    assert lw.sequence(axes=("position", "letter"), start=-2).read(x.T, (0, 0)) == "A at -2"


@pytest.mark.parametrize(
    "domain",
    [
        lw.sequence(),
        lw.sequence("protein", start=7),
        lw.sequence("rna", start=-5, zero=True, frame=2, axes=("position", "letter")),
    ],
)
def test_files_and_code_make_an_equal_one(domain):
    assert domains.from_json(domain.to_json()) == domain
    assert eval(domain.code, {"lw": lw}) == domain  # noqa: S307 (our own code, as printed)
    assert isinstance(domain, domains.Domain)


@pytest.mark.parametrize(
    "change",
    [
        {"alphabet": 3}, {"alphabet": "A"}, {"alphabet": "AAC"}, {"alphabet": "A" * 10**5}, {"alphabet": "ac"},
        {"start": True}, {"start": 1e9}, {"start": 10**30}, {"zero": 1}, {"axes": "letter"}, {"axes": ["letter"]},
        {"axes": ["letter", 3]}, {"frame": 3}, {"note": "x" * 2000}, {"kind": "image"}, {"extra": 1}, {"frame": None},
    ],
)  # fmt: skip
def test_a_stranger_s_file_is_refused(change):
    with pytest.raises(FileFormatError):
        lw.sequence().from_json({**lw.sequence().to_json(), **change})


def test_no_entry_of_a_file_may_be_missing():
    whole = lw.sequence().to_json()
    for missing in whole:
        with pytest.raises(FileFormatError, match=missing):
            lw.sequence().from_json({key: value for key, value in whole.items() if key != missing})


def test_what_is_no_sequence_is_refused_by_sequence_position_and_letter():
    domain = lw.sequence(start=-50)
    with pytest.raises(InputError, match=r"sequence 1 has 'B' at position -49 \(letter 2\).*ACGT.*N"):
        domain.encode(["ACGT", "ABGT"])
    with pytest.raises(InputError, match="sequence 0 has 4 letters, sequence 2 has 3"):
        domain.encode(["ACGT", "ACGT", "ACG"])
    for empty, words in (
        ("", "sequence 0 is empty"),
        ([], "list of sequences is empty"),
        (["A", ""], "sequence 1"),
    ):
        with pytest.raises(InputError, match=words):
            domain.encode(empty)
    with pytest.raises(InputError, match="sequence 0 is a int"):
        domain.encode([3])
    with pytest.raises(InputError, match=r"\(batch, 4, position\), not \(1, 5, 9\)"):
        domain.check((1, 5, 9))
    with pytest.raises(InputError, match="not finite"):
        domain.decode(torch.full((1, 4, 2), torch.nan))
    net = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
    with pytest.raises(InputError, match="one-hot sequences of the alphabet ACGT"):
        lw.explain(net, torch.ones(1, 4), input=domain)


def test_an_explanation_knows_its_sequences():
    net = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
    found = lw.explain(net, ["ACGT"], input=lw.sequence(), target=0, rules="lrp-0")
    assert found.domain == lw.sequence()
    assert dataclasses.is_dataclass(found.domain)
    assert "lw.sequence('ACGT', start=1)" in found.code
