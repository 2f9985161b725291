"""Bars of named features: longest first, red for, blue against, and nothing lost in the bar of the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.render import colormap, features_figure
from lrpwidgets.render.figure import THEMES, compose, figure
from lrpwidgets.render.view import View


def explained(relevance, **domain):
    """These relevances of one sample, whose feature i has the value 10 i."""
    r = torch.as_tensor(np.array([relevance], np.float32))
    named = lw.features([f"feature {at}" for at in range(r.shape[1])], **domain)
    net = nn.Linear(r.shape[1], 2)
    ex = lw.explain(net, 10 * torch.arange(r.shape[1])[None].float(), input=named, target=0)
    return replace(ex, relevance=r)


def lengths(picture, cmap="blue-red"):
    """Signed length in pixels of the bar of each row."""
    pitch = features_figure.lettering.height(features_figure.CAP) + features_figure.MARGIN
    ramp = colormap.colors(cmap)
    found = []
    for top in range(0, len(picture), pitch):
        row = picture[top + pitch // 2].astype(int)
        red, blue = (
            int((row == ramp[at]).all(1).sum()) for at in (features_figure.FOR, features_figure.AGAINST)
        )
        assert not (red and blue)
        found.append(red - blue)
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_bars_are_as_long_as_relevance_and_the_strongest_comes_first(theme):
    ex = explained([0.5, -2.0, 0.0, 1.0])
    drawn = features_figure.drawing(ex, View.of({}), THEMES[theme])
    wanted = np.array([-2, 1, 0.5, 0])
    found = np.array(lengths(drawn.picture), float)
    np.testing.assert_allclose(found / np.abs(found).max(), wanted / 2, atol=0.02)
    assert (drawn.picture[0, -1] == THEMES[theme].background).all()
    assert "4 features by |R|" in drawn.details


def test_others_are_one_bar_and_the_bars_sum_to_the_map():
    relevance = np.random.default_rng(0).normal(size=40).astype(np.float32)
    rows = features_figure.rows(explained(relevance), 0)
    assert len(rows) == features_figure.MOST + 1
    assert rows[-1].name == "25 others"
    assert sum(row.relevance for row in rows) == pytest.approx(float(relevance.astype(float).sum()))
    strongest = sorted(map(abs, relevance.tolist()), reverse=True)[: features_figure.MOST]
    assert [abs(row.relevance) for row in rows[:-1]] == strongest
    assert [row.name for row in rows[:-1]] == [f"feature {row.feature}" for row in rows[:-1]]
    assert len(features_figure.rows(explained(relevance[:16]), 0)) == 16  # none of one other


def test_values_are_shown_in_their_units():
    ex = explained([3.0, 1.0], units="mm", mean=[1.0, 2.0], std=2.0)
    assert [row.value for row in features_figure.rows(ex, 0)] == ["1 mm", "22 mm"]


def test_colours_come_from_the_map_that_was_asked_for():
    ex = explained([1.0, -1.0])
    one, other = (
        features_figure.drawing(ex, View.of({"cmap": cmap}), THEMES["light"]).picture
        for cmap in ("blue-red", "seismic")
    )
    assert lengths(one) == lengths(other, "seismic")
    assert (one != other).any()


def test_without_a_domain_bars_stay_in_reading_order():
    plain = replace(explained([0.5, -2.0, 0.0, 1.0]), domain=None)
    assert "features 0..3" in figure(plain).details


def test_no_relevance_and_strange_names_are_drawn(tmp_path):
    ex = explained([0.0, 0.0])
    assert lengths(figure(ex).picture) == [0, 0]
    hostile = replace(ex, domain=lw.features(["<script>alert(1)</script>" * 5, "\u00e9t\u00e9 \u5e74"]))
    assert compose(figure(hostile)).shape[2] == 3
    for ending in ("png", "svg", "html"):
        hostile.save(tmp_path / f"bars.{ending}")
    assert "<script>alert" not in (tmp_path / "bars.html").read_text(encoding="utf-8")
    assert "image/png" in hostile._repr_mimebundle_()
