"""The sequence view without a browser: what it sends, motifs, mutations that stop and stay, code, saving, bad input."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets import measure
from lrpwidgets.errors import InputError, ModelError
from lrpwidgets.render.sequence_figure import logo_of
from lrpwidgets.widgets.sequence import SequenceView

DOMAIN = lw.sequence(start=-4)
STRINGS = ["ACGTACGTAC", "TTGACATTGA", "NNNNNNNNNN"]


@pytest.fixture
def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv1d(4, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 2)).eval()


@pytest.fixture
def explained(net):
    return lw.explain(net, STRINGS, input=DOMAIN, rules="epsilon", target=1, labels=["no", "yes"])


def floats(data):
    return np.frombuffer(data, "<f4")


def test_it_sends_what_the_logo_draws(explained):
    view = lw.view(explained, sample=1)
    assert isinstance(view, SequenceView)
    logo = logo_of(explained, 1)
    np.testing.assert_array_equal(floats(view._heights).reshape(-1, 4), logo.heights)
    assert "".join("ACGTN"[at] for at in view._letters) == STRINGS[1]
    assert view._count == {"start": -4, "skips": True}
    assert view._caption["target"] == "yes"
    view.sample = 0
    assert "".join("ACGTN"[at] for at in view._letters) == STRINGS[0]


def test_a_region_makes_a_motif_and_a_place_keeps_it(explained):
    view = lw.view(explained, region=[-4, -2], mismatches=0)
    assert (view.motif, view.letters) == ("ACG", "ACG")
    assert view.matches == measure.motif_occurrences(explained, "ACG")
    assert {(one.sample, one.first) for one in view.matches} == {(0, -4), (0, 1)}
    view.mismatches = 1
    other = next(one for one in view.matches if one.sample == 1)
    view.go(other)
    assert (view.sample, view.region, view.motif) == (1, [other.first, other.last], "ACG")
    at = view.matches.index(next(one for one in view.matches if one.sample == 0))
    view._on_message(view, {"kind": "go", "at": at}, [])
    assert (view.sample, view.motif) == (0, "ACG")
    for nonsense in (10**6, -1, "1", None):
        view._on_message(view, {"kind": "go", "at": nonsense}, [])
    assert view.sample == 0
    view.motif = "tTg"
    assert view.matches == measure.motif_occurrences(explained, "TTG", mismatches=1)
    view.region = None
    assert (view.motif, view.matches, view._matches) == ("", (), [])


def test_mutations_are_those_of_the_measure(net, explained):
    view = lw.view(explained, model=net, mutations=True, sample=1)
    view.wait()
    wanted = measure.mutation_map(net, explained.input[1:2], target=1).change[0].T.numpy()
    np.testing.assert_array_equal(floats(view._change).reshape(-1, 4), wanted)
    assert view.mutated.complete
    view.mutations = False
    assert (view._change, view.mutated) == (b"", None)
    view.mutations = True  # known: shown at once
    assert view.mutated.complete
    view.sample = 2
    view.wait()
    assert np.isnan(floats(view._change)).sum() == 0  # of an unknown letter all four are asked
    other = lw.SequenceView(explained, trace=lw.trace(net, explained.input[:1], input=DOMAIN), mutations=True)
    other.wait()
    assert other.mutated.complete


class Slow(nn.Module):
    """Says when it was asked five times, and goes on when it may; copies of it share the count."""

    def __init__(self, net):
        super().__init__()
        self.net, self.calls = net, []
        self.reached, self.may = threading.Event(), threading.Event()

    def forward(self, x):
        self.calls.append(len(x))
        if len(self.calls) > 4:
            self.reached.set()
            self.may.wait(30)
        return self.net(x)


def test_mutations_stop_and_keep_what_they_have(net, explained, monkeypatch):
    monkeypatch.setattr("lrpwidgets.widgets.sequence.BETWEEN", 0.0)
    monkeypatch.setattr(
        "lrpwidgets.measure.mutating.chunks", lambda count, _: (range(at, at + 1) for at in range(count))
    )
    slow = Slow(net).eval()
    view = lw.view(explained, model=slow, mutations=True)
    assert slow.reached.wait(30)
    assert view.status == "busy"
    view.stop()
    slow.may.set()
    view.wait()
    known = np.isfinite(floats(view._change)).sum()
    assert view.status == "ready"
    assert 10 < known < 20  # the letters that are there, and the mutations until it stopped
    assert not view.mutated.complete
    assert view.image().size


def test_what_cannot_be_asked_says_so(net, explained):
    view = lw.view(explained)
    assert not view._asks
    view.mutations = True
    with pytest.raises(ModelError, match="model=model"):
        view.wait()
    assert view.status == "error"
    several = lw.view(lw.explain(net, STRINGS, input=DOMAIN, target=1, minus=0), model=net, mutations=True)
    with pytest.raises(InputError, match="without minus"):
        several.wait()


def test_its_code_makes_it_again(net, explained):
    view = lw.view(
        explained, model=net, sample=1, region=[-3, 1], mismatches=2, cursor=2, limit=0.5, cmap="seismic"
    )
    names = {"lw": lw, "model": net, "x": explained.input, "labels": ["no", "yes"]}
    lines = view.code.split("\n\n")
    again = eval(lines[1], names)  # noqa: S307 (our own code, as printed)
    for name in ("sample", "region", "motif", "mismatches", "cursor", "limit", "cmap", "mutations"):
        assert getattr(again, name) == getattr(view, name), name
    view.motif = "TT"
    assert eval(view.code.split("\n\n")[1], names).motif == "TT"  # noqa: S307


def test_it_leaves_a_picture_and_files(net, explained, tmp_path):
    view = lw.view(explained, model=net, sample=1, mutations=True)
    view.wait()
    bundle = view._repr_mimebundle_()
    assert bundle["image/png"]
    assert "sample 1" in bundle["text/plain"]
    assert view.save(tmp_path / "a.svg").read_text(encoding="utf-8").count("<rect") > 40
    assert view.save(tmp_path / "a.png").exists()
    assert torch.equal(lw.load(view.save(tmp_path / "a.lrp.json")).relevance, explained.relevance)
    assert "nothing yet" in repr(SequenceView())
    assert "image/png" not in SequenceView()._repr_mimebundle_()


def test_another_explanation_keeps_what_fits(net, explained):
    view = lw.view(explained, sample=2, cursor=6, region=[-4, -2])
    short = nn.Sequential(nn.Flatten(), nn.Linear(12, 1))
    view.explanation = lw.explain(short, ["ACG"], input=DOMAIN, target=0, rules="lrp-0")
    assert (view.sample, view.cursor, view.region) == (0, None, [-4, -2])
    view.explanation = None
    assert view._letters == b""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sample": 3}, "no sample 3"),
        ({"cursor": 0}, "no position 0"),
        ({"cursor": 1.5}, "whole number"),
        ({"region": [-5, 1]}, r"outside -4\.\.6"),
        ({"region": [2, 1]}, "ends before"),
        ({"region": 3}, r"\[first, last\]"),
        ({"mismatches": 11}, r"0\.\.10"),
        ({"motif": "AXC"}, "'X' at letter 2"),
        ({"colour": 1}, "cursor"),
        ({"model": nn.Identity(), "trace": 3}, "not both"),
    ],
)
def test_bad_options(explained, options, words):
    with pytest.raises(InputError, match=words):
        SequenceView(explained, **options)


def test_only_sequences_are_shown(net):
    with pytest.raises(InputError, match=r"lw\.sequence"):
        SequenceView(lw.explain(net, DOMAIN.encode(STRINGS), target=0))
    with pytest.raises(InputError, match="not int"):
        SequenceView(3)
