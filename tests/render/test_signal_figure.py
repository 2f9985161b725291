"""Traces coloured by relevance and the head map beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.render import headmap, signal_figure
from lrpwidgets.render.figure import THEMES, compose, figure
from lrpwidgets.render.view import View

PLACES = {"C3": (-0.5, 0.0), "Cz": (0.0, 0.0), "C4": (0.5, 0.0), "Oz": (0.0, -0.9)}


def explained(samples=100, channels=PLACES, positions=PLACES, batch=2):
    """Relevance 1 at the second channel from the middle of the time on, 0 elsewhere, on a sine."""
    domain = lw.signal(list(channels), 50, positions=positions)
    x = torch.sin(torch.arange(samples) / 3).repeat(batch, len(channels), 1)
    net = nn.Sequential(nn.Flatten(), nn.Linear(len(channels) * samples, 1, bias=False)).eval()
    weight = torch.zeros(len(channels), samples)
    weight[min(1, len(channels) - 1), samples // 2 :] = 1
    found = lw.explain(net, x, input=domain, target=0, method="gradient-x-input")
    return replace(found, relevance=weight.expand_as(x).clone())


def coloured(picture):
    """Where a picture is not grey."""
    return np.ptp(picture.astype(int), axis=-1) > 60


@pytest.mark.parametrize("samples", [3, 100, 640, 1501])
def test_colour_is_where_relevance_is(samples):
    one = explained(samples)
    drawn = signal_figure.drawing(one, View.of({}), THEMES["light"])
    traces = drawn.picture[:, : -signal_figure.HEAD]
    rows, columns = np.nonzero(coloured(traces))
    left = traces.shape[1] - signal_figure.WIDE - signal_figure.MARGIN
    assert columns.min() >= left + signal_figure.WIDE * (samples // 2) / samples - 2
    assert columns.max() >= left + signal_figure.WIDE - 5
    assert 0.32 < (rows.min() + rows.max()) / 2 / len(traces) < 0.42  # the second of four, time below them


def test_columns_keep_the_sum():
    relevance = np.random.default_rng(0).normal(size=(3, 1501)).astype(np.float32)
    assert np.array_equal(signal_figure.columns(relevance[:, :640]), relevance[:, :640])
    fewer = signal_figure.columns(relevance)
    assert fewer.shape == (3, signal_figure.WIDE)
    assert np.allclose(fewer.sum(1), relevance.sum(1), atol=1e-4)


def test_the_head_shows_sums_over_time():
    one = explained()
    pooled = one.relevance[0].sum(1).numpy().astype(float)
    picture = signal_figure.head(pooled, one.domain, "blue-red", THEMES["light"])
    plain = headmap.picture(
        pooled,
        one.domain.positions,
        size=signal_figure.HEAD,
        ink=THEMES["light"].muted,
        paper=(255, 255, 255),
    )
    assert (picture == plain).all(-1).mean() > 0.98  # but for the names
    drawn = figure(one)
    assert "most R: Cz +50, C3 0, C4 0, Oz 0" in drawn.details
    assert "head map: R summed over time, limit +50" in drawn.details
    assert "sample 0 of 0..1" in drawn.details
    x, y = headmap.places(one.domain.positions, signal_figure.HEAD)[1].astype(int)
    red, _, blue = drawn.picture[
        (len(drawn.picture) - signal_figure.HEAD) // 2 + y - 6, x - signal_figure.HEAD
    ]
    assert red > 150 > blue


def test_without_positions_there_is_no_head():
    with_head, without = figure(explained()), figure(explained(positions=None))
    assert with_head.picture.shape[1] - without.picture.shape[1] == signal_figure.HEAD
    assert not any("head map" in words for words in without.details)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("channels", [1, 5, 64, 300])
def test_any_number_of_channels_fits(theme, channels):
    names = [f"channel {k}" for k in range(channels)]
    one = explained(20, names, None, batch=1)
    picture = compose(figure(one, theme=theme))
    assert picture.dtype == np.uint8
    assert picture.shape[1] < 1000
    assert coloured(picture[: -len(picture) // 4]).any()


@pytest.mark.parametrize(("channels", "named"), [(5, 5), (53, 53), (64, 32), (300, 150)])
def test_names_never_touch(channels, named):
    """Where traces are closer than letters are tall, some have no name, as in the live view."""
    one = explained(20, [f"F{k}" for k in range(channels)], None, batch=1)
    picture = figure(one).picture
    left = picture.shape[1] - signal_figure.WIDE - signal_figure.MARGIN
    ink = (picture[:, : left - 8] < 200).any((1, 2))
    assert np.count_nonzero(np.diff(ink.astype(int)) == 1) == named


def test_flat_and_silent_signals_are_drawn():
    domain = lw.signal(["a", "b"], 10, positions=None)
    net = nn.Sequential(nn.Flatten(), nn.Linear(20, 1, bias=False)).eval()
    found = lw.explain(net, torch.zeros(1, 2, 10), input=domain, target=0, method="gradient-x-input")
    assert figure(found).labels[1] == "R is 0 everywhere"


def test_files_of_every_kind(tmp_path):
    one = explained()
    for name in ("x.png", "x.svg", "x.html", "x.lrp.json"):
        one.save(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 1000
    again = lw.load(tmp_path / "x.lrp.json")
    assert again.domain == one.domain
    assert torch.equal(again.relevance, one.relevance)


def test_names_from_strangers_are_cut_and_kept_out_of_the_page(tmp_path):
    name = "<script>alert(1)</script>" * 3
    one = explained(20, [name], None, batch=1)
    one.save(tmp_path / "x.html")
    assert "<script>alert" not in (tmp_path / "x.html").read_text()
    assert figure(one).picture.shape[1] < 1000
