"""The heat map widget: its traits are checked, its arrays are sent once, its code makes the same view."""

from __future__ import annotations

import dataclasses
import math
import re
from itertools import pairwise

import numpy as np
import pytest
import torch

import lrpwidgets as lw
from lrpwidgets.errors import InputError
from lrpwidgets.render import heatmap
from lrpwidgets.render.payload import MIME
from lrpwidgets.widgets.heatmap import HeatmapView
from lrpwidgets.widgets.limited import Limited
from tests.widgets.conftest import LABELS

ARRAYS = {"_picture", "_relevance"}


def test_arrays_on_the_wire_are_the_picture_and_the_relevance(explain, pictures):
    explanation = explain(2)
    view = HeatmapView(explanation)
    assert np.array_equal(np.frombuffer(view._picture, np.uint8).reshape(12, 12, 3), pictures[2])
    sent = np.frombuffer(view._relevance, "<f4").reshape(view._shape)
    assert np.array_equal(sent, explanation.relevance[0].numpy())
    assert view._channel_names == ["red", "green", "blue"]
    assert view._caption["target"] == explanation.target[0].label
    assert view._caption["score"] == float(explanation.score[0])
    assert view._caption["total"] == float(explanation.total[0])


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"layout": "overly"}, "unknown layout 'overly'; did you mean 'overlay'"),
        ({"cmap": "jet"}, "unknown colour map 'jet'.*'blue-red'"),
        ({"limit_rule": "99%"}, "unknown limit rule '99%'.*'99.5%'"),
        ({"limit_rule": "fixed"}, "needs a limit"),
        ({"opacity": 1.2}, "opacity must be a number from 0 to 1, not 1.2"),
        ({"opacity": math.nan}, "opacity must be a number from 0 to 1, not nan"),
        ({"limit": -1.0}, "limit must be a number >= 0, not -1.0"),
        ({"limit": math.inf}, "limit must be a number >= 0, not inf"),
        ({"channel": "gren"}, "unknown channel 'gren'; did you mean 'green'"),
        ({"sample": 1}, "there is no sample 1: the explanation has 1"),
        ({"pixelated": "yes"}, "pixelated must be True, False or None"),
        ({"cursor": (1, 2, 3)}, r"cursor must be \(row, column\)"),
        ({"viewport": {"x": 0}}, "viewport must be"),
        ({"opactiy": 1}, "HeatmapView: unknown option 'opactiy'; did you mean 'opacity'"),
        ({"_picture": b""}, "unknown option '_picture'"),
        ({"status": "busy"}, "unknown option 'status'"),
    ],
)
def test_wrong_options_say_what_is_allowed(explain, option, message):
    with pytest.raises(InputError, match=message):
        HeatmapView(explain(0), **option)


def test_a_wrong_value_leaves_the_old_one_and_sends_nothing(explain, browser):
    view = HeatmapView(explain(0), layout="map", opacity=0.5)
    browser.sent.clear()
    for name, value in {"layout": "x", "opacity": 2, "cmap": "x", "channel": "x", "sample": 9}.items():
        with pytest.raises(InputError):
            setattr(view, name, value)
    assert (view.layout, view.opacity, view.cmap, view.channel, view.sample) == (
        "map",
        0.5,
        "blue-red",
        "sum",
        0,
    )
    assert browser.sent == []


def test_the_browser_cannot_set_nonsense_either(explain, browser):
    view = HeatmapView(explain(0))
    with pytest.raises(InputError, match="opacity"):
        view.set_state({"opacity": 7})
    assert view.opacity == 0.85


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_relevance_that_is_not_finite_is_refused_and_the_picture_stays(explain, bad):
    good = explain(0)
    view = HeatmapView(good)
    relevance = good.relevance.clone()
    relevance[0, 1, 2, 3] = bad
    before = view._relevance
    with pytest.raises(InputError, match="not finite"):
        view.explanation = dataclasses.replace(good, relevance=relevance)
    assert view.explanation is good
    assert view._relevance is before


def test_only_explanations_of_pictures_are_shown():
    with pytest.raises(InputError, match=r"shows an explanation \(lw.explain\(...\)\), not Tensor"):
        HeatmapView(torch.zeros(1, 3, 4, 4))
    flat = lw.explain(torch.nn.Linear(5, 2), torch.randn(2, 5))
    with pytest.raises(InputError, match=r"this relevance is \(2, 5\)"):
        HeatmapView(flat)


def test_another_explanation_is_one_message_and_keeps_the_options(explain, browser):
    options = {"layout": "map", "cmap": "seismic", "opacity": 0.3, "channel": "green", "pixelated": False}
    view = HeatmapView(explain(0), **options)
    browser.sent.clear()
    view.explanation = explain(1)
    (names,) = browser.names(view)
    assert names >= {*ARRAYS, "_caption", "limit"}
    assert {name: getattr(view, name) for name in options} == options


def test_what_does_not_change_is_not_sent(explain, browser):
    explanation = explain(0)
    view = HeatmapView(explanation, cmap="blue-red", limit_rule="99.5%")
    browser.sent.clear()
    view.explanation = explanation
    view.layout, view.cmap, view.limit_rule = "overlay", "blue-red", "99.5%"
    view.viewport = {"x": 0, "y": 0, "zoom": 1}
    view.set_explanation(dataclasses.replace(explanation))  # another object with the same numbers
    assert browser.sent == []
    view.cmap = "seismic"
    assert browser.names(view) == [{"cmap"}]


def test_samples_are_sent_when_asked_for(explain, browser, pictures):
    view = HeatmapView(explain(0, 1, 2), sample=1)
    assert view._samples == 3
    assert view._picture == pictures[1].tobytes()
    browser.sent.clear()
    browser.set(view, sample=2)
    assert view._picture == pictures[2].tobytes()
    assert any(names >= ARRAYS for names in browser.names(view))
    view.sample = -3
    assert view.sample == 0
    view.sample = 2
    view.explanation = explain(4)  # has no sample 2
    assert view.sample == 0
    assert view._picture == pictures[4].tobytes()


def test_channel_that_the_next_explanation_lacks_falls_back_to_the_sum(explain, net):
    view = HeatmapView(explain(0), channel="blue")
    grey = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 2))
    view.explanation = lw.explain(grey, torch.rand(1, 1, 8, 8))
    assert view.channel == "sum"
    assert view._channel_names == ["grey"]


# -- the limit --------------------------------------------------------------------------------------


def expected_limit(explanation, rule, channel="sum"):
    """The formula, a second time: the value at floor(0.995 (n - 1)) of the sorted |R|."""
    relevance = explanation.relevance[0].double().numpy()
    shown = relevance.sum(0).astype(np.float32) if channel == "sum" else relevance[1].astype(np.float32)
    size = sorted(abs(float(value)) for value in shown.ravel())
    return size[-1] if rule == "max" else size[math.floor(0.995 * (len(size) - 1))]


def test_automatic_limit_follows_data_rule_and_channel(explain):
    first, second = explain(0, rules="epsilon"), explain(1, rules="epsilon")
    view = HeatmapView(first)
    assert view.limit == expected_limit(first, "99.5%")
    view.limit_rule = "max"
    assert view.limit == expected_limit(first, "max")
    view.explanation = second
    assert view.limit == expected_limit(second, "max")
    view.channel = "green"
    assert view.limit == expected_limit(second, "max", "green")
    assert view.limit_rule == "max"


def test_a_limit_that_is_set_stays_until_none(explain):
    first, second = explain(0), explain(1)
    view = HeatmapView(first, limit=0.5)
    assert (view.limit, view.limit_rule) == (0.5, "fixed")
    view.explanation = second
    assert view.limit == 0.5
    view.limit = None
    assert (view.limit, view.limit_rule) == (expected_limit(second, "99.5%"), "99.5%")
    view.limit = 0.25
    assert view.limit_rule == "fixed"


def test_limits_from_the_browser_do_not_change_the_rule(explain, browser):
    view = HeatmapView(explain(0))
    browser.set(view, limit=view.limit * (1 + 1e-9))  # as it computes it, perhaps a digit away
    assert view.limit_rule == "99.5%"
    browser.set(view, limit_rule="fixed", limit=0.125)
    assert (view.limit, view.limit_rule) == (0.125, "fixed")
    browser.set(view, limit_rule="max")
    assert view.limit == expected_limit(view.explanation, "max")


def test_layout_has_its_own_name_on_the_wire(explain, browser):
    view = HeatmapView(explain(0))
    assert "layout" not in view.keys  # there ipywidgets keeps a CSS layout
    browser.sent.clear()
    view.layout = "pattern"
    assert browser.names(view) == [{"_layout"}]
    browser.set(view, _layout="map")
    assert view.layout == "map"


# -- keeping it -------------------------------------------------------------------------------------


def test_code_makes_the_same_view(net, pictures, explain, domain):
    view = HeatmapView(
        explain(3, target="cat", minus="bee", rules="epsilon"),
        layout="side-by-side",
        cmap="seismic",
        limit=0.01,
        channel="red",
    )
    names = {"model": net, "x": pictures[3], "labels": LABELS, "input": domain}
    lines = view.code.splitlines()
    exec("\n".join(lines[:-1]), names)  # noqa: S102
    again = eval(lines[-1], names)  # noqa: S307
    assert torch.equal(again.explanation.relevance, view.explanation.relevance)
    assert again._picture == view._picture
    assert again.changed_options() == view.changed_options() != {}
    assert np.array_equal(
        heatmap.picture(again.explanation, **again.picture_options()),
        heatmap.picture(view.explanation, **view.picture_options()),
    )


def test_code_says_no_more_than_it_must(explain):
    assert HeatmapView(explain(0)).code.endswith("))")
    assert "viewport" not in HeatmapView(explain(0), limit_rule="max").code
    assert re.search(r", limit_rule='max'\)$", HeatmapView(explain(0), limit_rule="max").code)


def test_save_writes_what_is_shown(explain, tmp_path):
    view = HeatmapView(explain(0), layout="map")
    written = view.save(tmp_path / "map.png")
    assert written.read_bytes().startswith(b"\x89PNG")
    assert view.save(tmp_path / "overlay.png", layout="overlay").read_bytes() != written.read_bytes()
    view.save(tmp_path / "map.lrp.json")
    assert torch.equal(lw.load(tmp_path / "map.lrp.json").relevance, view.explanation.relevance)
    with pytest.raises(InputError, match="nothing to show"):
        HeatmapView().save(tmp_path / "no.png")


def test_bundle_has_the_live_view_our_type_and_a_picture(explain):
    view = HeatmapView(explain(0), layout="map")
    bundle = view._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == view.model_id
    assert bundle[MIME]["widget"] == {"model_id": view.model_id}
    assert bundle[MIME]["view"]["layout"] == "map"
    assert bundle["image/png"].startswith("iVBOR")
    assert bundle["text/plain"] == repr(view)
    assert set(HeatmapView()._repr_mimebundle_()) == {
        "text/plain",
        "application/vnd.jupyter.widget-view+json",
    }


def test_repr_is_short(explain):
    assert re.fullmatch(r"HeatmapView\('\w+', sum R \S+ of f \S+\)", repr(HeatmapView(explain(0))))


def test_every_option_is_documented():
    """A docstring literal stands under each public trait."""
    import ast
    import inspect

    bodies = [ast.parse(inspect.getsource(part)).body[0].body for part in (HeatmapView, Limited)]
    documented = {
        before.targets[0].id
        for body in bodies
        for before, after in pairwise(body)
        if isinstance(before, ast.Assign)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
    }
    assert set(HeatmapView.options()) <= documented


@pytest.fixture(scope="module")
def huge():
    """An explanation of a picture of twelve million pixels."""
    x = torch.rand(1, 1, 3000, 4000, generator=torch.Generator().manual_seed(0))
    net = torch.nn.Sequential(torch.nn.AvgPool2d(500), torch.nn.Flatten(), torch.nn.Linear(48, 2))
    return lw.explain(net, x, method="gradient-x-input", target=0)


def test_a_huge_picture_is_shown_smaller_and_computed_in_full(huge):
    view = HeatmapView(huge, limit_rule="max")
    assert view._shape == [1, 1536, 2048]
    assert view._caption["note"].startswith("2048 of 4000 px, relevance summed over areas")
    assert len(view._picture) + len(view._relevance) < 25e6
    sent = np.frombuffer(view._relevance, "<f4").astype(np.float64)
    assert sent.sum() == pytest.approx(float(huge.total[0]), rel=1e-5)
    assert view._caption["total"] == float(huge.total[0])
    assert view.picture() is huge


def test_what_is_seen_of_a_huge_picture_is_in_its_own_pixels_when_python_draws_it(huge):
    view = HeatmapView(huge, limit=0.5, cursor=[0, 2047], viewport={"x": 100.0, "y": 0.0, "zoom": 2.0})
    drawn = view.picture_options()
    assert drawn["cursor"] == [0, 3999]
    assert drawn["viewport"] == {"x": 100.0 * 4000 / 2048, "y": 0.0, "zoom": 2.0}
    assert drawn["limit"] == pytest.approx(0.5 * 1536 * 2048 / 12e6)
    windows = dataclasses.replace(
        huge, settings={**huge.settings, "window": [600, 800], "stride": [300, 400]}
    )
    assert HeatmapView(windows)._caption["window"] == [307, 410]


def test_a_huge_comparison_is_shown_smaller(huge):
    net = torch.nn.Sequential(torch.nn.AvgPool2d(500), torch.nn.Flatten(), torch.nn.Linear(48, 2))
    compare = lw.compare(net, huge.input, ["gradient-x-input"], targets=[0])
    compare.wait()
    assert compare._cells[0]["shape"] == [1, 1536, 2048]
    assert "2048 of 4000 px" in compare._cells[0]["notes"]
