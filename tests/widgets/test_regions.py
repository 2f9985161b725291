"""Regions on the wire, their shares and their code; superpixels; a whole set."""

from __future__ import annotations

import base64
import io
import json
import math

import numpy as np
import pytest
import torch
from PIL import Image

import lrpwidgets as lw
from lrpwidgets.errors import InputError, MethodError
from lrpwidgets.measure import Box, Ellipse, Labels, Polygon, pool
from lrpwidgets.render import heatmap
from lrpwidgets.widgets.regions import RegionView
from lrpwidgets.widgets.shapes import PALETTE, read
from tests.widgets import region_cases

BOX = {"kind": "box", "top": 2, "left": 3, "bottom": 8, "right": 9}
REGION = {"name": "object", "colour": "#00a37a", "shape": BOX}


def decode_png(data):
    """A picture by somebody else's decoder."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.fixture
def signed(explain):
    """An explanation with relevance of both signs."""
    return explain(0, rules="epsilon")


def test_the_shared_cases_are_what_python_says():
    assert json.loads(region_cases.FILE.read_text()) == json.loads(json.dumps(region_cases.cases()))


def test_shares_are_pools(signed):
    given = {
        "object": Box(2, 3, 8, 9),
        "round": Ellipse(0, 0, 5, 7),
        "corner": Polygon([(6, 6), (12, 6), (12, 12)]),
        "mask": np.eye(12) > 0,
    }
    view = RegionView(signed, given)
    pooled = pool(signed, given)
    assert float(pooled.negative.min()) < 0
    for at, name in enumerate((*given, "context")):
        found = view.shares[name]
        assert found["net"] == float(pooled.net[0, at])
        assert found["positive"] == float(pooled.positive[0, at])
        assert found["negative"] == float(pooled.negative[0, at])
        assert found["share"] == float(pooled.share[0, at])
        assert found["size"] == int(pooled.size[0, at])
    assert [region["name"] for region in view.regions] == list(given)
    assert [region["colour"] for region in view.regions] == list(PALETTE[:4])
    assert [region["shape"]["kind"] for region in view.regions] == ["box", "ellipse", "polygon", "runs"]


def test_without_regions_all_is_context(signed):
    view = RegionView(signed)
    assert view.shares == {
        "context": pytest.approx({**view.shares["context"], "share": 1.0, "size": 3 * 144})
    }
    assert view.shares["context"]["net"] == pytest.approx(float(signed.total[0]), rel=1e-6)
    whole = RegionView(signed, Box(0, 0, 12, 12))
    assert whole.shares["context"]["net"] == 0
    assert whole.shares["object"]["share"] == pytest.approx(1)


def test_a_channel_is_pooled_alone(signed):
    view = RegionView(signed, {"object": Box(2, 3, 8, 9)}, channel="green")
    assert view.shares["object"]["net"] == pytest.approx(
        float(signed.relevance[0, 1, 2:8, 3:9].double().sum())
    )


def test_label_maps_and_divisions_become_regions(signed):
    labels = np.arange(144).reshape(12, 12) // 48
    view = RegionView(signed, Labels(labels, {0: "sky", 1: "cat", 2: "grass"}))
    assert [region["name"] for region in view.regions] == ["sky", "cat", "grass"]
    assert view.shares["cat"]["net"] == pytest.approx(float(signed.relevance[0, :, 4:8].double().sum()))
    assert [region["name"] for region in RegionView(signed, labels).regions] == ["0", "1", "2"]
    assert len(RegionView(signed, "quadrants").regions) == 4
    with pytest.raises(InputError, match=r"tells channels apart.*lw\.measure\.pool"):
        RegionView(signed, "channels")
    with pytest.raises(InputError, match="432 regions are too many to look at"):
        RegionView(signed, np.arange(432).reshape(3, 12, 12))


@pytest.mark.parametrize(
    ("regions", "message"),
    [
        ({"a": Box(0, 0, 13, 4)}, "does not lie inside"),
        ({"a": Box(4, 4, 4, 8)}, "'a' is empty"),
        ({"a": Polygon([(0, 0), (0, 0.2), (0.2, 0)])}, "'a' is empty"),
        ({"context": Box(0, 0, 4, 4)}, "'context' is what no region covers"),
        ({"rest": Box(0, 0, 4, 4)}, "'rest' is what no region covers"),
        ({"": Box(0, 0, 4, 4)}, "1 to 80 letters"),
        ({"a": np.full((12, 12), 0.5)}, "give booleans"),
        ({"a": np.zeros((3, 12, 12)) + np.array([1.0, 0, 0])[:, None, None]}, "tells channels apart"),
        ("quadrant", "did you mean 'quadrants'"),
        ([{**REGION, "colour": "red"}], "must look like"),
        ([REGION, REGION], "two regions are called 'object'"),
        ([{**REGION, "extra": 1}], "a region must be"),
        ([{**REGION, "shape": {"kind": "circle"}}], "unknown kind of shape 'circle'"),
        ([{**REGION, "shape": {**BOX, "top": 2.5}}], "2.5 is no whole number"),
        (
            [{**REGION, "shape": {"kind": "polygon", "corners": [[0, 0], [1, math.inf], [2, 2]]}}],
            "cannot be read",
        ),
        ([{**REGION, "shape": {"kind": "runs", "runs": [0, 1000]}}], "runs must stand in order"),
        ([{**REGION, "shape": {"kind": "runs", "runs": [5, 9, 7, 10]}}], "runs must stand in order"),
        ([{**REGION, "shape": {"kind": "runs", "runs": [1, 2, 3]}}], "cannot be read"),
        ([{**REGION, "shape": {"kind": "runs", "runs": []}}], "is empty"),
        ([{**REGION, "name": str(at)} for at in range(257)], "at most 256"),
    ],
)
def test_what_is_no_region_is_said_and_the_old_ones_stay(signed, browser, regions, message):
    view = RegionView(signed, {"object": Box(1, 1, 3, 3)})
    before = view.regions
    browser.sent.clear()
    with pytest.raises(InputError, match=message):
        view.regions = regions
    assert view.regions == before
    assert browser.sent == []
    with pytest.raises(InputError, match=message):
        RegionView(signed, regions)


def test_options_and_colours_are_checked(signed):
    with pytest.raises(InputError, match="unknown option 'brsh'; did you mean 'brush'"):
        RegionView(signed, brsh=3)
    with pytest.raises(InputError, match="colours: unknown region 'objct'; did you mean 'object'"):
        RegionView(signed, {"object": Box(0, 0, 2, 2)}, colours={"objct": "#112233"})
    with pytest.raises(InputError, match="set the view's explanation first"):
        RegionView(None, Box(0, 0, 2, 2))
    assert repr(RegionView()) == "RegionView(nothing yet)"


def test_what_the_browser_draws_is_what_python_reads(signed, browser):
    view = RegionView(signed)
    heard = []
    view.observe(lambda change: heard.append(change["new"]), "regions")
    browser.set(view, regions=[REGION], region="object")
    assert heard == [[REGION]]
    assert view.region == "object"
    assert view.shares["object"]["net"] == float(pool(signed, Box(2, 3, 8, 9))["region"][0])
    browser.sent.clear()
    browser.set(
        view, regions=[REGION, {**REGION, "name": "b", "shape": {"kind": "runs", "runs": [0, 4, 12, 16]}}]
    )
    assert view.shares["b"]["size"] == 8 * 3
    assert all("regions" not in names for names in browser.names(view)), (
        "what came from there is not sent back"
    )


def test_code_makes_the_same_view_and_the_same_shares(net, pictures, domain, browser):
    ex = lw.explain(net, pictures[:2], input=domain, rules="epsilon")
    view = RegionView(
        ex, {'it\'s "it"\n': Ellipse(2, 2, 9, 11), "b": np.eye(12) > 0}, colours={"b": "#123456"}
    )
    view.sample, view.channel, view.tool, view.brush, view.region = 1, "red", "brush", 2.5, "b"
    corners = [[0, 0], [0.1, 12], [12, 3.375]]
    drawn = {**REGION, "name": "c", "shape": {"kind": "polygon", "corners": corners}}
    browser.set(view, regions=[*view.regions, drawn])
    own = {"model": net, "x": pictures[:2], "input": domain}
    lines = view.code.splitlines()
    exec("\n".join(lines[:-1]), own)  # noqa: S102 - running it is the point
    again = eval(lines[-1], own)  # noqa: S307
    assert again.regions == view.regions
    assert again.shares == view.shares
    for name in ("sample", "channel", "tool", "brush", "region"):
        assert getattr(again, name) == getattr(view, name)
    assert own["pooled"].net[0].tolist() == [share["net"] for share in view.shares.values()]
    assert "pool" not in RegionView(ex).code


def test_a_list_holds_one_region_a_sample_and_samples_keep_their_own(explain):
    ex = explain(0, 1, 2)
    boxes = [Box(0, 0, 4, 4), Box(1, 1, 6, 6), Box(2, 2, 9, 9)]
    view = RegionView(ex, {"object": boxes, "edge": Box(10, 0, 12, 12)})
    assert view.regions[0]["shape"]["bottom"] == 4
    expected = pool(ex, {"object": boxes, "edge": Box(10, 0, 12, 12)})
    for sample in (2, 1, 0):
        view.sample = sample
        assert view.regions[0]["shape"]["bottom"] == boxes[sample].bottom
        assert view.shares["object"]["net"] == float(expected["object"][sample])
    view.regions = view.regions[:1]
    view.sample = 1
    assert len(view.regions) == 2
    view.sample = 0
    assert len(view.regions) == 1


def test_another_explanation_keeps_regions_that_fit(explain, net, domain):
    view = RegionView(explain(0), {"object": Box(2, 2, 9, 9)}, region="object")
    view.explanation = explain(1)
    assert view.shares["object"]["net"] == float(pool(explain(1), Box(2, 2, 9, 9))["region"][0])
    other = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 3), torch.nn.Flatten(), torch.nn.Linear(2 * 6 * 8, 2))
    view.explanation = lw.explain(other, np.zeros((8, 10, 3), np.uint8), input=domain)
    assert view.regions == []
    assert view.region is None
    view.explanation = None
    assert view._pieces == b""


def test_a_map_that_is_no_decomposition_refuses_shares_but_not_drawing(explain):
    view = RegionView(explain(0, method="deconvnet"), {"object": Box(2, 2, 9, 9)})
    assert "is no decomposition" in view._refusal
    with pytest.raises(MethodError, match="is no decomposition"):
        _ = view.shares
    assert repr(view) == "RegionView(object)"
    assert "image/png" in view._repr_mimebundle_()
    view.explanation = explain(0)
    assert view._refusal == ""


def test_superpixels_come_once_when_the_tool_is_taken_up(explain, browser, monkeypatch):
    ex = explain(0, 1)
    view = RegionView(ex, pieces=9)
    assert view._pieces == b""
    browser.set(view, tool="superpixel")
    view.wait()
    expected = lw.measure.superpixels(ex[0], 9).map[0, 0]
    assert np.array_equal(np.frombuffer(view._pieces, "<i4").reshape(12, 12), expected)
    assert view.status == "ready"
    monkeypatch.setattr("lrpwidgets.widgets.regions.superpixels", lambda *_: pytest.fail("computed again"))
    browser.set(view, tool="brush")
    browser.set(view, tool="superpixel")
    view.wait()
    monkeypatch.undo()
    view.sample = 1
    view.wait()
    assert np.array_equal(
        np.frombuffer(view._pieces, "<i4").reshape(12, 12), lw.measure.superpixels(ex[1], 9).map[0, 0]
    )


def test_superpixels_that_fail_say_so(explain, monkeypatch):
    def missing(*_):
        raise InputError("superpixels needs skimage, which is not installed")

    monkeypatch.setattr("lrpwidgets.widgets.regions.superpixels", missing)
    view = RegionView(explain(0), tool="superpixel")
    with pytest.raises(InputError, match="skimage"):
        view.wait()
    assert view.status == "error"
    assert "skimage" in view.error


def test_it_follows_the_workbench(net, pictures, domain):
    bench = lw.explore(net, pictures, input=domain)
    view = RegionView(bench.explanation, {"object": Box(2, 2, 9, 9)})
    view.follow(bench)
    bench.index = 3
    bench.wait()
    assert view.explanation is bench.explanation
    assert view.shares["object"]["net"] == float(pool(bench.explanation, Box(2, 2, 9, 9))["region"][0])
    assert view.status == "ready"


def test_the_saved_picture_has_outlines_names_and_shares(signed, tmp_path):
    view = RegionView(
        signed, {"<img src=x>": Box(2, 3, 8, 9)}, colours={"<img src=x>": "#01fe02"}, layout="input"
    )
    bundle = view._repr_mimebundle_()
    assert bundle["application/vnd.lrpwidgets.view+json"]["code"] == view.code
    picture = decode_png(base64.b64decode(bundle["image/png"]))
    plain = heatmap.picture(signed, scale=38, layout="input")
    inside = picture[14 : 14 + plain.shape[0], 14 : 14 + plain.shape[1]]
    green = (inside == (1, 254, 2)).all(-1)
    rows, columns = green.any(1).nonzero()[0], green.any(0).nonzero()[0]
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (2 * 38, 8 * 38 - 1, 3 * 38, 9 * 38 - 1)
    assert np.array_equal(inside[5 * 38, 6 * 38], plain[5 * 38, 6 * 38]), (
        "the middle of the region is not painted over"
    )
    text = view.save(tmp_path / "a.svg").read_text()
    assert "&lt;img src=x&gt; " in text
    assert "<img src=x>" not in text
    assert decode_png(view.save(tmp_path / "a.png").read_bytes()).shape == picture.shape
    loaded = lw.load(view.save(tmp_path / "a.lrp.json"))
    assert torch.equal(loaded.relevance, signed.relevance)
    again = lw.regions(tmp_path / "a.lrp.json")
    assert again.regions == view.regions
    assert again.shares == view.shares
    assert lw.regions(lw.view(signed).save(tmp_path / "b.lrp.json")).regions == []
    page = view.save(tmp_path / "a.html").read_text()
    assert '"regions":[{' in page
    data = json.loads((tmp_path / "a.lrp.json").read_text())
    data["regions"][0]["shape"] = {"kind": "box", "top": -5}
    (tmp_path / "bad.lrp.json").write_text(json.dumps(data))
    with pytest.raises(InputError):
        lw.regions(tmp_path / "bad.lrp.json")
    assert torch.equal(lw.load(tmp_path / "bad.lrp.json").relevance, signed.relevance)
    with pytest.raises(InputError, match="gif"):
        view.save(tmp_path / "a.gif")


def test_the_shapes_of_the_wire_are_regions_for_pool(signed):
    for shape in region_cases.shapes()[:3]:
        clipped = {**shape, **{end: min(shape[end], 12) for end in ("top", "left", "bottom", "right")}}
        if clipped["top"] < clipped["bottom"] and clipped["left"] < clipped["right"]:
            assert pool(signed, read(clipped)).size[0, 0] > 0
