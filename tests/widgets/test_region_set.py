"""A whole set of pictures, pooled as it comes: the table, the shares, and what is left when it is stopped."""

from __future__ import annotations

import re
import threading

import numpy as np
import pytest

import lrpwidgets as lw
from lrpwidgets.errors import InputError
from lrpwidgets.measure import Box, pool


def test_a_set_is_pooled_into_the_table_and_the_shares(explain):
    ex = explain(0, 1, 2, 3, rules="epsilon")
    boxes = [Box(at, at, 9, 9) for at in range(4)]
    view = lw.region_set(ex, {"object": boxes})
    view.wait()
    assert view.table.equals(lw.measure.pool_table(ex, {"object": boxes}))
    assert view.values().tolist() == pool(ex, {"object": boxes}).share[:, 0].tolist()
    assert sum(view._bars.y) == 4
    view.region, view.quantity = "rest", "net"
    assert view.values().tolist() == pool(ex, {"object": boxes})["rest"].tolist()
    with pytest.raises(InputError, match="unknown region 'objct'; did you mean 'object'"):
        view.region = "objct"
    with pytest.raises(InputError, match="unknown quantity 'nett'; did you mean 'net'"):
        view.quantity = "nett"
    for bins in (0, 201, 2.0, True, "many"):
        with pytest.raises(InputError, match=f"bins must be a whole number from 1 to 200, not {bins!r}"):
            view.bins = bins
    assert "share of 'rest'" in repr(view)
    assert view._repr_mimebundle_()["image/png"].startswith("iVBOR")


@pytest.mark.parametrize(
    ("bars", "ticks"), [([1, 0, 1], [0, 1]), ([2, 7, 1], [0, 2, 4, 6]), ([50], [0, 10, 20, 30, 40, 50])]
)
def test_the_axis_counts_in_equal_steps_of_whole_samples(explain, monkeypatch, bars, ticks):
    """bqplot put five ticks between 0 and 7 and wrote 1.4 as 1, 4.2 as 4."""
    view = lw.region_set(explain(0, 1), {"object": Box(0, 0, 9, 9)})
    view.wait()
    monkeypatch.setattr(type(view), "values", lambda self: np.repeat(np.arange(len(bars)), bars))
    view.bins = len(bars)
    view._draw()
    assert list(view.figure.axes[1].tick_values) == ticks


def test_what_a_notebook_keeps_waits_for_the_table(explain):
    """The cell that makes the view shows it at once; without the table there would be no picture."""
    view = lw.region_set(explain(0, 1, 2), {"object": Box(0, 0, 9, 9)})
    shown = view._repr_mimebundle_()
    assert view.table is not None
    assert shown["image/png"].startswith("iVBOR")
    assert "3 samples" in shown["text/plain"]


def test_a_generator_with_a_function_of_regions_asks_once_for_each(explain):
    boxes = iter([Box(0, 0, 4, 4), Box(0, 0, 8, 8)])
    asked = []

    def regions(ex):
        asked.append(ex)
        return {"object": next(boxes)}

    view = lw.region_set((explain(at) for at in (0, 1)), regions)
    view.wait()
    assert len(asked) == 2
    expected = [
        float(pool(explain(at), size).share[0, 0])
        for at, size in ((0, Box(0, 0, 4, 4)), (1, Box(0, 0, 8, 8)))
    ]
    assert view.values() == pytest.approx(expected)


def test_names_of_a_set_are_text(explain):
    view = lw.region_set(explain(0, 1), {"<img src=x onerror=alert(1)>": Box(0, 0, 4, 4)})
    view.wait()
    assert "<img" not in view._html.value
    assert "&lt;img src=x onerror=alert(1)&gt;" in view._html.value


def test_stopping_a_set_keeps_what_there_is(explain):
    second, go_on = threading.Event(), threading.Event()

    def explanations():
        yield explain(0)
        second.set()
        assert go_on.wait(20)
        yield explain(1)
        yield explain(2)

    view = lw.region_set(explanations(), {"object": Box(0, 0, 4, 4)})
    assert second.wait(20)
    view.stop()
    go_on.set()
    view.wait()
    assert view.table.loc[("object", "share"), "samples"] == 1
    assert re.search("1 sample$", view._line.value)


def test_an_empty_set_says_so():
    view = lw.region_set([], {"object": Box(0, 0, 4, 4)})
    with pytest.raises(InputError, match="no explanation to pool"):
        view.wait()
    assert "no explanation" in view._line.value
    assert "RegionSetView(nothing yet)" in repr(view)
