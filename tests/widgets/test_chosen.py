"""What somebody chose is told apart from what is only the default."""

from __future__ import annotations

import json

import pytest

import lrpwidgets as lw
from lrpwidgets.errors import InputError
from lrpwidgets.render.payload import MIME, payload
from lrpwidgets.widgets.heatmap import HeatmapView


def test_nothing_is_chosen_until_somebody_sets_it(explain):
    view = HeatmapView(explain(0), layout="map")
    assert view._chosen == []
    view.limit_rule = "99.5%"  # the default, but somebody said so
    assert view._chosen == ["limit_rule"]
    assert "limit_rule='99.5%'" in view.code
    assert HeatmapView(explain(0), cmap="blue-red")._chosen == ["cmap"]
    assert HeatmapView(explain(0), limit=0.1)._chosen == ["limit_rule"]


def test_a_refused_value_is_no_choice(explain):
    view = HeatmapView(explain(0))
    with pytest.raises(InputError):
        view.cmap = "jet"
    assert view._chosen == []


def test_what_the_browser_chooses_is_chosen(explain, browser):
    view = HeatmapView(explain(0))
    browser.set(view, cmap="blue-red", _chosen=["cmap"])
    assert view._chosen == ["cmap"]
    browser.set(view, limit=0.25)  # the limit of a rule that nobody chose
    assert view._chosen == ["cmap"]


def test_a_saved_view_names_what_was_chosen_and_leaves_out_the_rest(explain):
    free = HeatmapView(explain(0))
    assert free._repr_mimebundle_()[MIME]["view"].keys().isdisjoint({"cmap", "limit_rule"})
    free.cmap = "blue-red"
    assert free._repr_mimebundle_()[MIME]["view"]["cmap"] == "blue-red"
    assert "limit_rule" not in free._repr_mimebundle_()[MIME]["view"]
    assert payload(explain(0), limit=0.5)["view"]["limit_rule"] == "fixed"
    assert payload(explain(0), limit_rule="99.5%")["view"]["limit_rule"] == "99.5%"


def test_a_payload_that_leaves_looks_open_is_read_again(explain, tmp_path):
    explain(0).save(tmp_path / "open.lrp.json")
    assert "cmap" not in json.loads((tmp_path / "open.lrp.json").read_text())["view"]
    assert lw.load(tmp_path / "open.lrp.json").score == explain(0).score
