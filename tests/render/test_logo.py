"""Sequence logos: heights that sum to the relevance, letters where they belong, the same picture as pixels and SVG."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.render import letters
from lrpwidgets.render.figure import THEMES
from lrpwidgets.render.letters import BASES, Box
from lrpwidgets.render.logo import Logo, draw, reach, stack
from lrpwidgets.render.sequence_figure import drawing, logo_of
from lrpwidgets.render.view import View

WHITE = (255, 255, 255)


@pytest.fixture(scope="module")
def explained():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv1d(4, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(6 * 10, 2))
    return lw.explain(net, ["ACGTNACGTTGA", "TTTTTTTTTTTT"], input=lw.sequence(start=-3), target=0)


def test_heights_sum_to_the_relevance_of_each_position(explained):
    """Deep Taylor's zB puts relevance on absent letters: the letter that is there stands for all of it."""
    assert (explained.relevance[0][explained.input[0] == 0] != 0).any()
    logo = logo_of(explained, 0)
    wanted = explained.relevance[0].double().sum(0).numpy()
    np.testing.assert_allclose(logo.heights.sum(1), wanted, rtol=1e-5, atol=1e-7)
    for at, letter in enumerate("ACGTNACGTTGA"):
        if letter == "N":  # each letter its own
            np.testing.assert_array_equal(logo.heights[at], explained.relevance[0, :, at].detach().numpy())
        else:
            assert np.flatnonzero(logo.heights[at]).tolist() in ([], ["ACGT".index(letter)])
    assert list(logo.names)[:5] == [-3, -2, -1, 1, 2]


def test_letters_are_stacked_from_the_axis_small_ones_first():
    assert stack(np.array([2, 0, -1, 0.5], np.float32)) == [(3, 0.0, 0.5), (2, 0.0, -1.0), (0, 0.5, 2.5)]
    assert reach(np.array([[2, 0, -1, 0.5], [0, -3, 0, 0]], np.float32)) == (3.0, 2.5)


def test_letters_for_are_above_the_axis_and_those_against_below_upside_down():
    high = np.zeros((3, 4), np.float32)
    high[0, 3], high[1, 3], high[2, 0] = 2, -2, 1
    logo = Logo("ACGT", np.array([3, 3, 0]), high, [1, 2, 3])
    picture, svg = draw(logo, THEMES["light"], limit=None, cmap="blue-red", change_limit=0)
    red = (np.abs(picture.astype(int) - BASES["T"][0]) < 60).all(-1)
    rows = np.flatnonzero(red.any(1))
    columns = np.flatnonzero(red.any(0))
    middle = (rows.min() + rows.max()) // 2
    above, below = red[rows.min() : middle + 1], red[middle + 1 : rows.max() + 1]
    assert (
        np.flatnonzero(above.any(0)).max() < np.flatnonzero(below.any(0)).min()
    )  # the first T, then the second
    bar = [np.flatnonzero(half.sum(1) > 0.4 * np.ptp(columns)) for half in (above, below)]
    assert bar[0].max() < 0.3 * len(above)  # the bar of a T is on top,
    assert bar[1].min() > 0.6 * len(below)  # and at the bottom where it stands on its head
    green = (np.abs(picture.astype(int) - BASES["A"][0]) < 60).all(-1)
    assert np.ptp(np.flatnonzero(green.any(1))) == pytest.approx(
        0.5 * (rows.max() - middle), abs=3
    )  # half as high
    flipped = [float(scale) < 0 for scale in re.findall(r"<path [^>]*scale\([\d.]+ (-?[\d.]+)\)", svg)]
    assert flipped == [False, True, False]


@pytest.mark.parametrize("letter", "ACGTN")
@pytest.mark.parametrize("box", [Box(3, 5, 20, 60), Box(0, 0, 40, 8), Box(4.5, 2.25, 11, 31.5, flipped=True)])
def test_a_letter_fills_its_box_and_stays_inside(letter, box):
    canvas = np.full((80, 50, 3), 255, np.uint8)
    letters.paint(canvas, letter, box, (0, 0, 0))
    dark = canvas[..., 0] < 250
    rows, columns = np.flatnonzero(dark.any(1)), np.flatnonzero(dark.any(0))
    assert rows.min() == pytest.approx(box.y, abs=1.1)
    assert rows.max() + 1 == pytest.approx(box.y + box.height, abs=1.1)
    assert columns.min() == pytest.approx(box.x, abs=1.1)
    assert columns.max() + 1 == pytest.approx(box.x + box.width, abs=1.1)


def test_what_reaches_beyond_the_canvas_is_cut_off():
    canvas = np.full((10, 10, 3), 255, np.uint8)
    for box in (Box(-30, -30, 60, 60), Box(20, 20, 5, 5), Box(-9, 0, 4, 4), Box(0, 0, 0, 5)):
        letters.paint(canvas, "A", box, (0, 0, 0))
    assert canvas.shape == (10, 10, 3)


def test_files_scale_and_come_back(explained, tmp_path):
    svg = explained.save(tmp_path / "logo.svg").read_text(encoding="utf-8")
    root = ET.fromstring(svg)  # noqa: S314 (our own file)
    kinds = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert "image" not in kinds  # nothing in it is pixels
    shown = logo_of(explained, 0).heights
    assert kinds.count("path") == int((np.abs(shown) > 0.004 * sum(reach(shown))).sum())
    assert explained.save(tmp_path / "logo.png").read_bytes()[1:4] == b"PNG"
    assert "<img" in explained.save(tmp_path / "logo.html").read_text(encoding="utf-8")
    back = lw.load(explained.save(tmp_path / "logo.lrp.json"))
    assert torch.equal(back.relevance, explained.relevance)
    assert back.domain == explained.domain
    assert "image/png" in explained._repr_mimebundle_()


def test_mutations_are_a_strip_with_its_own_limit(explained):
    change = np.full((12, 4), np.nan, np.float32)
    change[0], change[1] = [0, 3, -3, 0], [1.5, 0, 0, 0]
    plain = drawing(explained, View(), THEMES["light"])
    figure = drawing(explained, View(), THEMES["light"], change=change)
    assert figure.picture.shape[0] > plain.picture.shape[0]
    assert plain.ramp is None
    assert (figure.labels[0], figure.labels[2]) == ("-3", "+3")
    colours = {tuple(colour) for colour in figure.picture.reshape(-1, 3).tolist()}
    assert tuple(figure.ramp[-1].tolist()) in colours
    assert tuple(figure.ramp[0].tolist()) in colours


def test_a_long_sequence_shows_its_most_relevant_stretch():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(4 * 3000, 1))
    with torch.no_grad():
        net[1].weight.mul_(0.01)
        net[1].weight.view(4, 3000)[:, 2000:2010] = 5.0
    found = lw.explain(net, ["A" * 3000], input=lw.sequence(), target=0, rules="lrp-0")
    figure = drawing(found, View(), THEMES["light"])
    first, last = map(int, re.search(r"positions (\d+)\.\.(\d+) of 3000", " ".join(figure.details)).groups())
    assert first <= 2001
    assert last >= 2010
    assert last - first == 959


def test_no_relevance_and_a_fixed_limit_are_drawn():
    net = nn.Sequential(nn.Flatten(), nn.Linear(16, 1))
    nn.init.zeros_(net[1].weight)
    found = lw.explain(net, ["ACGT"], input=lw.sequence(), target=0, rules="lrp-0")
    assert drawing(found, View(), THEMES["dark"]).picture.size
    fixed = drawing(found, View(limit=2.0), THEMES["light"])
    assert any("full height 2" in detail for detail in fixed.details)
    assert not any("highest" in detail for detail in fixed.details)
