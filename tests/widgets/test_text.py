"""The text view without a browser: what travels, what is checked, what is kept."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError
from lrpwidgets.widgets.text import TextView, utf16

WORDS = ["the", "orbit", "moon"]
TEXTS = ["The \U0001f680 orbit, the x", "moon"]


@pytest.fixture
def net():
    made = nn.Linear(3, 2).eval()
    with torch.no_grad():
        made.weight.copy_(torch.tensor([[1.0, 3.0, -2.0], [0.0, 0.0, 0.0]]))
        made.bias.zero_()
    return made


@pytest.fixture
def ex(net):
    return lw.explain(net, TEXTS, rules="lrp-0", target=0, input=lw.text(WORDS, bag=True))


def test_view_dispatches_to_it_and_sends_words(ex):
    view = lw.view(ex)
    assert isinstance(view, TextView)
    spans = np.frombuffer(view._words, "<u4").reshape(-1, 2)
    as_browser = view._text.encode("utf-16-le")
    assert [as_browser[2 * a : 2 * b].decode("utf-16-le") for a, b in spans] == ["The", "orbit", "the", "x"]
    assert np.frombuffer(view._relevance, "<f4").tolist() == [1.0, 3.0, 1.0, 0.0]
    assert list(view._known) == [1, 1, 1, 0]
    assert view.limit == 1.0  # the third of four sizes in order: floor(0.995 * 3)
    view.limit_rule = "max"
    assert view.limit == 3.0


def test_another_sample_brings_its_own_words_and_drops_the_cursor(ex):
    view = lw.view(ex, cursor=0)
    assert view.word == "The"
    view.sample = 1
    assert (view._text, view.cursor, view.word) == ("moon", None, None)
    assert np.frombuffer(view._relevance, "<f4").tolist() == [-2.0]
    view.explanation = ex[0]
    assert (view.sample, view._samples) == (0, 1)
    view.explanation = None
    assert (view._text, view._words) == ("", b"")


def test_state_is_code(ex, net):
    view = lw.view(ex, cmap="seismic", limit=2, cursor=2)
    line = view.code.splitlines()[-1]
    again = eval(line, {"lw": lw, "model": net, "x": TEXTS, "vocabulary": WORDS})  # noqa: S307 (our own line)
    assert [again.cmap, again.limit, again.limit_rule, again.word] == ["seismic", 2, "fixed", "the"]


def test_a_notebook_keeps_its_picture(ex):
    bundle = lw.view(ex)._repr_mimebundle_()
    assert bundle["image/png"]
    assert bundle["text/plain"] == "TextView('0', 4 words, sum R 5.0000 of f 5.0000)"
    assert "application/vnd.jupyter.widget-view+json" in bundle


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cursor": 4}, "no word 4: the text has 4 words"),
        ({"cursor": -1}, "number of a word"),
        ({"cmap": "rainbow"}, "rainbow"),
        ({"sample": 2}, "no sample 2"),
        ({"color": 1}, "color"),
    ],
)
def test_bad_options_say_what_is_allowed(ex, options, message):
    with pytest.raises(InputError, match=message):
        lw.view(ex, **options)


def test_other_explanations_are_refused(net):
    with pytest.raises(InputError, match=r"explain with input=lw.text"):
        TextView(lw.explain(net, torch.ones(1, 3), rules="lrp-0"))
    with pytest.raises(InputError, match="not Linear"):
        TextView(net)


def test_places_count_as_browsers_do():
    text = "a\U0001f680b\U00020000c"
    assert utf16(text, np.arange(6)).tolist() == [0, 1, 3, 4, 6, 7]
    assert utf16("\ud800a", np.arange(3)).tolist() == [0, 1, 2]  # half of a pair, as anybody's file may hold
