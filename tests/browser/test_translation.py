"""The translation trick in the workbench: key t, before and after, stop, and the window over a large picture."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.cells import rendered
from tests.browser.conftest import keep
from tests.browser.heatmap import Heatmap, eventually, legible, same

PHOTOS = """
import lrpwidgets as lw
net, photos = lw.zoo.squeezenet(), lw.zoo.photos()
runs = []
hook = net.register_forward_pre_hook(lambda module, args: runs.append(len(args[0])))
"""
LARGE = """
import torch, lrpwidgets as lw
torch.manual_seed(0)
features = torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.AvgPool2d(4), torch.nn.Flatten()
net = torch.nn.Sequential(*features, torch.nn.Linear(8 * 7 * 7, 4))
large = torch.rand(1, 3, 60, 90)
"""


@pytest.fixture
def bench(lab, notebook):
    """`bench(setup, "lw.explore(net, photos)")` runs both and gives the notebook, the cell and its heat map."""

    def show(setup, explore):
        lab.write_notebook("translation.ipynb", setup, f"bench = {explore}\nbench")
        opened = notebook("translation.ipynb")
        opened.run_all()
        cell = opened.cell(1)
        return opened, cell, Heatmap.inside(cell)

    return show


def shown(opened, heat):
    """The heat map on the page is Python's own picture of the answer."""
    opened.expect("bench.status", "ready")
    same(heat, rendered(opened, "bench.explanation", layout="map", pixelated=True))


def test_key_t_is_before_and_after(bench, page):
    opened, cell, heat = bench(PHOTOS, "lw.explore(net, photos, layout='map', pixelated=True)")
    before = heat.pixels()
    opened.evaluate("runs.clear()")
    with heat.redraws():
        heat.press("t")
    eventually(lambda: opened.expect("bench.shifts", "{'range': 1, 'step': 1}"), 60)
    eventually(lambda: shown(opened, heat), 60)
    assert int(opened.evaluate("print(sum(runs))")) >= 9
    after = heat.pixels()
    assert (after != before).any()
    expect(heat.element.locator(".lrpw-caption")).to_contain_text("(mean over 9 shifts)")
    expect(heat.element.locator(".lrpw-caption")).to_contain_text("the border took")
    total, score = heat.sums
    border = float(re.search(r"the border took (\S+) of R", heat.caption).group(1))
    assert total + border == pytest.approx(score, rel=1e-3)
    expect(cell.locator(".lrpw-shifts").get_by_role("button", name="T", exact=True)).to_have_class(
        re.compile("mod-active")
    )
    keep(page, "translation-light")
    opened.evaluate("runs.clear()")
    for expected in (before, after):  # kept: the model does not run
        with heat.redraws():
            heat.press("t")
        eventually(lambda expected=expected: np.testing.assert_array_equal(heat.pixels(), expected))
    cell.locator(".lrpw-shifts").get_by_role("button", name="off", exact=True).click()  # one click, too
    eventually(lambda: np.testing.assert_array_equal(heat.pixels(), before))
    opened.expect("bench.shifts, len(runs)", "(0, 0)")
    heat.press("?")
    expect(heat.element.get_by_role("row", name="t translation trick on or off")).to_be_visible()


def test_stop_keeps_what_there_is(bench):
    opened, cell, heat = bench(PHOTOS, "lw.explore(net, photos, layout='map', pixelated=True)")
    with heat.redraws():
        reach = cell.locator(".lrpw-shifts").get_by_label("range")
        reach.fill("3")
        reach.press("Tab")
        eventually(lambda: opened.expect("bench.last_shifts", "{'range': 3, 'step': 1}"))
        cell.locator(".lrpw-shifts").get_by_role("button", name="T", exact=True).click()
        progress = heat.element.get_by_role("progressbar")
        expect(progress).to_have_attribute("aria-valuenow", re.compile(r"[1-9]\d*"), timeout=60_000)
        heat.element.get_by_role("button", name="Stop").click()
    eventually(lambda: opened.expect("bench.status", "ready"), 60)
    count = int(opened.evaluate("print(len(bench.explanation.settings['shifts']))"))
    assert 0 < count < 49
    expect(heat.element.locator(".lrpw-caption")).to_contain_text(f"(mean over {count} shifts)")
    expect(heat.element.locator(".lrpw-caption")).to_contain_text(f"stopped after {count} of 49")
    eventually(lambda: shown(opened, heat), 60)


def test_the_window_is_drawn_over_a_large_picture(bench, page):
    opened, cell, heat = bench(
        LARGE, "lw.explore(net, large, window=30, stride=10, layout='map', pixelated=True)"
    )
    shown(opened, heat)
    frame = heat.element.locator(".lrpw-window")
    canvas = heat.canvas().bounding_box()
    scale = canvas["width"] / 90
    for row, column, top, left in ((15, 15, 0, 0), (59, 89, 30, 60), (31, 44, 20, 30)):
        heat.hover(row, column)
        eventually(lambda at=(top, left): lies(frame, canvas, scale, at))
    expect(cell.locator(".lrpw-shifts")).to_be_hidden()
    keep(page, "windows-light")


def lies(frame, canvas, scale, at):
    box = frame.bounding_box()
    assert (box["y"] - canvas["y"]) / scale == pytest.approx(at[0], abs=0.2)
    assert (box["x"] - canvas["x"]) / scale == pytest.approx(at[1], abs=0.2)
    assert box["width"] / scale == pytest.approx(30, abs=0.2)
    assert box["height"] / scale == pytest.approx(30, abs=0.2)


def test_it_fits_wide_narrow_and_dark(bench, page):
    opened, cell, _ = bench(PHOTOS, "lw.explore(net, photos, shifts={'range': 1})")
    output = cell.locator(".jp-OutputArea-output").first
    row = cell.locator(".lrpw-bottom")
    for width in (1800, 1000, 640):
        page.set_viewport_size({"width": width, "height": 1200})
        row.scroll_into_view_if_needed()
        eventually(lambda: assert_inside(row, output))
        keep(page, f"translation-{width}")
    page.set_viewport_size({"width": 1400, "height": 1000})
    opened.theme("JupyterLab Dark")
    for part in (".lrpw-shifts input", ".lrpw-shifts .widget-label", ".lrpw-sum"):
        eventually(lambda part=part: legible(cell.locator(part).first))
    keep(page, "translation-dark")
    opened.theme("JupyterLab Light")


def assert_inside(row, output):
    right = output.bounding_box()
    edge = right["x"] + right["width"] + 1
    for each in row.locator("button, input, select, .lrpw-sum").all():
        box = each.bounding_box()
        assert box is None or box["x"] + box["width"] <= edge, each.evaluate("e => e.outerHTML")


def test_bars_stay_through_ten_switches_of_the_theme(bench):
    opened, cell, _ = bench(PHOTOS, "lw.explore(net, photos)")
    bars = cell.locator(".bqplot .bar")
    expect(bars.nth(1)).to_be_visible()
    before = drawn(cell)
    for switch in range(10):
        opened.theme("JupyterLab Dark" if switch % 2 == 0 else "JupyterLab Light")
        eventually(lambda: np.testing.assert_allclose(drawn(cell), before, atol=1))


def drawn(cell):
    """Width and height of each bar, in CSS pixels."""
    return cell.locator(".bqplot .bar").evaluate_all(
        "bars => bars.map(bar => { const box = bar.getBoundingClientRect(); return [box.width, box.height]; })"
    )
