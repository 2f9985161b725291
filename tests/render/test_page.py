"""Pages made of pictures and tables: nothing is cut, whatever the sizes."""

from __future__ import annotations

import numpy as np

from lrpwidgets.render import lettering
from lrpwidgets.render.figure import THEMES
from lrpwidgets.render.page import CAP, MARGIN, stacked, table


def test_pictures_are_stacked_as_they_are():
    one, two = (
        np.random.default_rng(0).integers(0, 255, shape, np.uint8) for shape in ((3, 5, 3), (2, 9, 3))
    )
    page = stacked([one, two], "dark")
    assert page.shape == (5, 9, 3)
    np.testing.assert_array_equal(page[:3, :5], one)
    np.testing.assert_array_equal(page[3:], two)
    assert (page[:3, 5:] == THEMES["dark"].background).all()


def test_a_table_has_columns_as_wide_as_their_words_and_a_line_for_each_row():
    rows = [["a", "b"], ["a long word here", "1"], ["", "2"]]
    page = table("heading", rows)
    line = lettering.height(CAP)
    assert page.shape[0] == 5 * line + line // 2
    second = MARGIN + lettering.width(rows[1][0], CAP) + 24
    for row in range(3):
        top = (1 + row) * line + line // 2
        inked = (page[top : top + line] < 200).any(axis=(0, 2))
        assert inked[second : second + 10].any()
        assert inked[:second].any() == bool(rows[row][0])
    assert (page[:, -MARGIN:] == THEMES["light"].background).all()
    assert table("a heading much wider than its table", [["a"]]).shape[1] > lettering.width(
        "a heading much wider", CAP
    )
