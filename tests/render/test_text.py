"""Texts as pictures and pages: colours of the recipe, ink that stands out, everything escaped."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.domains.reading import Reading
from lrpwidgets.render import colormap
from lrpwidgets.render.figure import compose, figure
from lrpwidgets.render.text_sample import grounds, inks
from lrpwidgets.render.view import View

EVIL = "<img src=x onerror=alert(1)> & \"quoted\" 'orbit'\nשלום 月 moon\n\n</div><script>x</script>"  # noqa: RUF001


def explained(text, weight=(1.0, -2.0)):
    net = nn.Linear(2, 1, bias=False).eval()
    net.weight.data = torch.tensor([weight])
    domain = lw.text(["orbit", "moon"], bag=True)
    return lw.explain(net, text, rules="lrp-0", target=0, input=domain, labels=["<b>label</b>"])


def test_zero_is_the_page_and_the_limit_the_map():
    view = View(opacity=1.0)
    values = np.array([0, 2, -2, 9], np.float32)
    found = grounds(values, 2.0, view, (9, 8, 7))
    ramp = colormap.colors("blue-red")
    np.testing.assert_array_equal(found, [(9, 8, 7), ramp[254], ramp[0], ramp[254]])


@pytest.mark.parametrize("cmap", colormap.names())
@pytest.mark.parametrize("page", [(255, 255, 255), (17, 17, 17)])
def test_ink_stands_out(cmap, page):
    values = np.linspace(-1, 1, 401, dtype=np.float32)
    behind = grounds(values, 1.0, View(cmap=cmap), page)

    def luminance(colour):
        part = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in np.array(colour) / 255]
        return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2]

    for ground, ink in zip(behind, inks(behind), strict=True):
        low, high = sorted((luminance(ground), luminance(ink)))
        assert (high + 0.05) / (low + 0.05) >= 4.5


def test_a_page_is_the_text_and_nothing_of_it_is_markup(tmp_path):
    ex = explained(EVIL)
    page = ex.save(tmp_path / "text.html").read_text(encoding="utf-8")
    assert "<img" not in page
    assert "<script>x" not in page
    assert "<b>label" not in page
    body = page[page.index('<div dir="auto">') :]
    lines = re.findall(r'<div dir="auto">(.*?)</div>', body)
    plain = "\n".join(html.unescape(re.sub(r"<br>|</?span[^>]*>", "", line)) for line in lines)
    assert plain == EVIL
    assert 'title="R -2">moon</span>' in page
    assert "http" not in page.replace("http-equiv", "")


def test_words_that_are_markup_are_escaped_too(tmp_path):
    """A tokenizer's words may be marks."""
    ex = explained("orbit")
    held = replace(ex.domain, texts=(Reading("<b>", ((0, 3),), ((0, 0),)),))
    page = replace(ex, domain=held).save(tmp_path / "text.html").read_text(encoding="utf-8")
    assert ">&lt;b&gt;</span>" in page


def test_a_picture_shows_words_over_their_colours():
    ex = explained("orbit moon other")
    drawn = figure(ex, opacity=1.0, limit_rule="max")
    ramp = colormap.colors("blue-red")
    colours = {tuple(pixel) for pixel in drawn.picture.reshape(-1, 3).tolist()}
    assert tuple(ramp[0].tolist()) in colours  # moon, R = -2 = -limit
    assert "2 of 3 words are known to the model" in drawn.details
    assert compose(drawn).shape[2] == 3
    assert (figure(explained("moon.")).picture != figure(explained("moon")).picture).any()  # to the last mark


def test_long_texts_and_foreign_letters_say_what_a_picture_leaves_out():
    drawn = figure(explained("orbit\n" * 100))
    assert "36 more words, R +36: save as .html for all of them" in drawn.details
    assert "2 words in letters that only .html shows" in figure(explained(EVIL)).details


def test_files_bring_texts_back(tmp_path):
    ex = explained([EVIL, "moon"])
    again = lw.load(ex.save(tmp_path / "text.lrp.json"))
    assert again.domain == ex.domain
    assert torch.equal(again.relevance, ex.relevance)
    assert again[1].domain.decode(again[1].input) == ("moon",)
    assert ex.save(tmp_path / "text.png").stat().st_size > 1000
    assert ex.save(tmp_path / "text.svg").stat().st_size > 1000
