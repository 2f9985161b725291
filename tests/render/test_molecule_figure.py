"""Molecules as still pictures: atoms where they are, in the colours of their relevance."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError
from lrpwidgets.render import colormap
from lrpwidgets.render.figure import figure
from lrpwidgets.render.molecule_drawing import HIGH, WIDE, Scene, Slice, paint
from lrpwidgets.render.molecule_figure import atoms

WHITE, INK, GREY = (255, 255, 255), (0, 0, 0), (97, 97, 97)
COLOURS = {"background": WHITE, "ink": INK, "muted": GREY}
LINE = np.array([[-1.0, 0, 0], [0, 0, 0], [1.0, 0, 0]])


@pytest.fixture
def explanation():
    domain = lw.molecule(numbers=[1, 6, 1], positions=LINE, elements=["H", "C"])
    net = nn.Sequential(nn.Flatten(), nn.Linear(6, 1, bias=False))
    net[1].weight.data = torch.tensor([[2.0, 0, 0, -1, 0, 0]])
    return lw.explain(net, domain.charges, input=domain, method="gradient-x-input")


def test_each_atom_has_the_colour_of_its_relevance_where_it_is():
    scene = Scene((1, 6, 1), LINE, np.array([2, -1, 0], np.float32), ("", "", ""))
    picture = paint(scene, np.eye(3), 2.0, "blue-red", **COLOURS)
    map_ = colormap.colors("blue-red")
    unit = 110
    middle = WIDE // 2
    for x, index in ((-1, 254), (0, round(127 - 127 / 2)), (1, 127)):
        np.testing.assert_array_equal(picture[HIGH // 2, middle + x * unit], map_[index])
    np.testing.assert_array_equal(picture[HIGH // 2, middle + unit * 45 // 100 + 10], GREY)  # the bond
    np.testing.assert_array_equal(picture[5, 5], WHITE)


def test_what_is_nearer_covers_what_is_further():
    scene = Scene((6, 6), np.array([[0, 0, 2.0], [0, 0, -2.0]]), np.array([1, -1], np.float32), ("", ""))
    front = paint(scene, np.eye(3), 1.0, "blue-red", **COLOURS)[HIGH // 2, WIDE // 2]
    behind = paint(scene, np.diag([1.0, -1, -1]), 1.0, "blue-red", **COLOURS)[HIGH // 2, WIDE // 2]
    np.testing.assert_array_equal(front, colormap.colors("blue-red")[254])
    np.testing.assert_array_equal(behind, colormap.colors("blue-red")[0])


def test_a_slice_lies_where_its_points_are():
    values = np.array([[1.0, np.nan], [0.0, -1.0]])
    plane = Slice(values, np.array([-2.0, -1, 0]), np.array([4.0, 0, 0]), np.array([0, 2.0, 0]))
    scene = Scene((1,), np.zeros((1, 3)), np.zeros(1, np.float32), ("",))
    picture = paint(scene, np.eye(3), 1.0, "blue-red", plane=plane, plane_limit=1.0, **COLOURS)
    map_ = colormap.colors("blue-red")
    quarter = {(1, 0): map_[254], (0, 0): WHITE, (1, 1): map_[127], (0, 1): map_[0]}
    for (row, column), colour in quarter.items():
        at = (HIGH // 2 + (60 if row else -60), WIDE // 2 + (60 if column else -60))
        np.testing.assert_array_equal(picture[at], colour)


def test_its_words_are_the_numbers(explanation, tmp_path):
    np.testing.assert_allclose(atoms(explanation, 0), [2, -1, 0])
    drawn = figure(explanation)
    assert "CH2" in drawn.details
    assert any("H1 +2" in detail and "C1 -1" in detail for detail in drawn.details)
    for name in ("a.png", "a.svg", "a.html", "a.lrp.json"):
        explanation.save(tmp_path / name)
    assert lw.load(tmp_path / "a.lrp.json").domain == explanation.domain
    dark = figure(explanation, theme="dark").picture
    assert (dark[5, 5] < 30).all()


def test_relevance_of_something_else_is_refused(explanation):
    import dataclasses

    other = dataclasses.replace(explanation, relevance=torch.zeros(1, 2, 2))
    with pytest.raises(InputError, match="3 atoms"):
        atoms(other, 0)
