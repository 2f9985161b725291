"""The code of a view is given to who asks for it, and stands in what a notebook saves."""

from __future__ import annotations

from lrpwidgets.render.payload import MIME
from lrpwidgets.widgets.heatmap import HeatmapView


def test_an_explanation_carries_its_code(explain):
    bundle = explain(0)._repr_mimebundle_()
    assert bundle[MIME]["code"] == f"import lrpwidgets as lw\n\n{explain(0).code}"


def test_who_asks_for_the_code_gets_it(explain, browser, monkeypatch):
    said = []
    view, empty = HeatmapView(explain(0)), HeatmapView()
    for one in (view, empty):
        monkeypatch.setattr(one, "send", said.append)
    view.cmap = "seismic"
    browser.say(view, {"kind": "code"})
    browser.say(empty, {"kind": "code"})
    assert said == [{"kind": "code", "code": view.code}, {"kind": "code", "code": None}]
    assert "seismic" in view.code
