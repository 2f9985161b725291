"""Explanations as files: `.lrp.json` in JupyterLab, an exported page from disk with the network off."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.cells import SMALL
from tests.browser.conftest import keep
from tests.browser.heatmap import Heatmap, eventually, same

ATTACK = "</script><img src=x onerror=\"document.title='taken'\">"
EXPORT = f"""
from lrpwidgets.render import heatmap
for end in ("lrp.json", "html", "png", "svg"): ex.save("export." + end, layout="map", cmap="seismic")
numpy.save("export.npy", heatmap.picture(ex, layout="map", cmap="seismic", pixelated=True))
lw.explain(net, picture, input=lw.image(), labels=[{ATTACK!r}] * 4).save("attack.html")
"""


@pytest.fixture(scope="module")
def files(lab):
    """A folder with the exports of one explanation, and Python's picture of it."""
    subprocess.run([sys.executable, "-c", SMALL + EXPORT], cwd=lab.folder, check=True)
    return np.load(lab.folder / "export.npy")


@pytest.fixture
def double_click(lab, page):
    """Open a file from JupyterLab's file browser; gives what stands in its tab."""

    def open_file(name):
        if page.url == "about:blank":
            page.goto(lab.page())
            expect(page.locator(".jp-LauncherCard").first).to_be_visible()
        page.locator(".jp-DirListing-content").get_by_text(name, exact=True).dblclick()
        expect(page.locator(".lm-DockPanel-tabBar .jp-mod-current")).to_have_text(name)
        return page.locator(".jp-MainAreaWidget:not(.lm-mod-hidden) .lrpwidgets-output")

    return open_file


def test_a_double_click_opens_an_explanation(files, page, double_click):
    document = double_click("export.lrp.json")
    heat = Heatmap.inside(document)
    eventually(lambda: same(heat, files))
    heat.hover(3, 4)
    expect(heat.element.locator(".lrpw-readout")).to_contain_text("x 4, y 3")
    keep(page, "lrp-json")


BROKEN = {
    "empty": lambda text: "",
    "cut": lambda text: text[: len(text) // 2],
    "other": lambda text: '{"a": 1}',
    "no-object": lambda text: "[1, 2, 3]",
    "version": lambda text: text.replace('"version":1', '"version":99', 1),
    "dtype": lambda text: text.replace('"dtype":"uint8"', '"dtype":"object"', 1),
    "huge": lambda text: text.replace('"shape":[20,24,3]', '"shape":[200000,240000,3]'),
    "short": lambda text: text.replace('"shape":[20,24,3]', '"shape":[20,25,3]'),
    "damaged": lambda text: text.replace('"data":"', '"data":"AAAA'),
}


def test_a_broken_file_says_what_is_wrong(lab, files, page, double_click):
    text = (lab.folder / "export.lrp.json").read_text(encoding="utf-8")
    for name, damage in BROKEN.items():
        broken = damage(text)
        assert broken != text, f"{name} damages nothing"
        (lab.folder / f"broken-{name}.lrp.json").write_text(broken, encoding="utf-8")
    for name in BROKEN:
        document = double_click(f"broken-{name}.lrp.json")
        alert = document.get_by_role("alert")
        expect(alert).to_contain_text("cannot be shown")
        assert len(alert.inner_text()) > 40, "the sentence names the reason"
        expect(document.locator("canvas")).to_have_count(0)
    keep(page, "lrp-json-broken")


def test_a_file_larger_than_the_viewer_reads_says_so(lab, files, double_click):
    """In one piece: what is beyond the limit is not even parsed."""
    (lab.folder / "oversized.lrp.json").write_bytes(b" " * (97 * 2**20))
    alert = double_click("oversized.lrp.json").get_by_role("alert")
    expect(alert).to_contain_text("larger than 96 MB", timeout=60_000)


def test_text_in_a_file_stays_text(lab, files, page, double_click):
    data = json.loads((lab.folder / "export.lrp.json").read_text(encoding="utf-8"))
    attack = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
    data["samples"][0]["target"] = attack
    data["domain"]["channel_names"] = [attack, "green", "blue"]
    data["notes"] = [attack]
    (lab.folder / "attack.lrp.json").write_text(json.dumps(data), encoding="utf-8")
    document = double_click("attack.lrp.json")
    expect(document.locator(".lrpw-heatmap, [role=alert]").first).to_be_visible()
    page.wait_for_timeout(300)
    assert "taken" not in page.title()
    assert document.locator("img[src=x]").count() == 0
    expect(document.locator(".lrpw-target")).to_contain_text("<img")


def test_an_exported_page_opens_from_disk_with_the_network_off(lab, files, offline_page):
    offline_page.goto((lab.folder / "export.html").as_uri())
    heat = Heatmap.inside(offline_page.locator("body"))
    eventually(lambda: same(heat, files))
    heat.hover(3, 4)
    expect(heat.element.locator(".lrpw-readout")).to_contain_text("x 4, y 3")
    heat.press("v")
    eventually(lambda: expect(heat.element.get_by_label("Layout", exact=True)).not_to_have_value("map"))
    keep(offline_page, "exported-page")


def test_an_exported_page_of_regions_is_drawn_on_with_the_network_off(tmp_path, offline_page):
    import lrpwidgets as lw

    ex = lw.explain(lw.zoo.digits(), lw.zoo.mnist()[0])
    view = lw.regions(ex, {"<b>": lw.measure.Box(4, 5, 20, 22)}, layout="map")
    offline_page.goto(view.save(tmp_path / "regions.html").as_uri())
    element = offline_page.locator(".lrpw-regions")
    expect(element).to_have_attribute("data-ready", re.compile(r"\d+"))
    lines = element.locator("li.lrpw-region")
    before = lines.count()
    for name in ("<b>", "context"):
        line = element.locator(f"li[data-region='{name}']")
        assert float(line.get_attribute("data-net")) == pytest.approx(view.shares[name]["net"], rel=1e-5)
    stage = element.locator(".lrpw-stage").bounding_box()
    offline_page.mouse.move(stage["x"] + 2, stage["y"] + 2)
    offline_page.mouse.down()
    offline_page.mouse.move(stage["x"] + stage["width"] / 2, stage["y"] + 60, steps=3)
    offline_page.mouse.up()
    eventually(lambda: expect(lines).not_to_have_count(before))
    assert offline_page.locator("b").count() == 0


def test_an_exported_page_escapes_what_the_model_calls_its_classes(lab, files, offline_page):
    offline_page.goto((lab.folder / "attack.html").as_uri())
    Heatmap.inside(offline_page.locator("body"))
    assert offline_page.locator("img[src=x]").count() == 0
    assert offline_page.locator("h1").inner_text().count("</script>") == 1


@pytest.mark.parametrize("end", ["png", "svg"])
def test_an_exported_picture_opens(lab, files, offline_page, end):
    offline_page.goto((lab.folder / f"export.{end}").as_uri())
    if end == "png":
        assert offline_page.locator("img").evaluate("image => image.naturalWidth") > 100
    else:
        assert offline_page.locator("svg").first.evaluate("svg => svg.getBBox().width") > 100
    keep(offline_page, f"exported-{end}")
