"""Fig. 6 under the hand: the point is dragged across x1 = x2, sensitivity jumps and LRP glides, without the kernel."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import keep
from tests.browser.heatmap import eventually, legible

NET = """
import torch, lrpwidgets as lw
from torch import nn
net = nn.Sequential(nn.Linear(2, 3, bias=False), nn.ReLU(), nn.Linear(3, 1, bias=False), nn.ReLU()).double()
net[0].weight.data = torch.tensor([[1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]], dtype=torch.float64)
net[2].weight.data.fill_(0.5)
methods = {"sensitivity": "sensitivity", "gradient x input": "gradient-x-input", "LRP": {"rules": {"*": lw.ZPlus()}}}
view = lw.plane(net, methods, point=(1.2, 1.0))
view
"""
NODES = 151


@pytest.fixture
def plane(lab, notebook):
    """The notebook and its plane, once it has drawn."""
    lab.write_notebook("plane.ipynb", NET.strip())
    opened = notebook("plane.ipynb")
    opened.run_all()
    element = opened.cell(0).locator(".lrpw-plane").first
    expect(element.locator(".lrpw-plot")).to_have_count(3)
    return opened, element


def shown(element):
    """What the bars show, (method, variable): the numbers written, once the pixels drawn agree with them."""
    rows = element.locator("figure .lrpw-row")
    found = rows.evaluate_all(
        """rows => rows.map(row => {
          const bar = row.querySelector('.lrpw-plane-bar').getBoundingClientRect();
          const part = row.querySelector('.lrpw-plane-bar span').getBoundingClientRect();
          return [Number(row.querySelector('.lrpw-value').textContent), part.width / bar.width];
        })"""
    )
    numbers, lengths = np.array(found).T.reshape(2, 3, 2)
    longest = np.array([1.0, 3.0, 3.0])[:, None]
    np.testing.assert_allclose(lengths, np.abs(numbers) / longest / 2, atol=0.02)
    return numbers


def over(plot, x1, x2):
    """Where a point lies in the window."""
    box = plot.bounding_box()
    part = [(value / 3 * (NODES - 1) + 0.5) / NODES for value in (x1, x2)]
    return box["x"] + part[0] * box["width"], box["y"] + (1 - part[1]) * box["height"]


def test_sensitivity_jumps_and_lrp_glides_under_the_hand(plane, page, witness):
    opened, element = plane
    plot = element.locator(".lrpw-plot").first
    plot.scroll_into_view_if_needed()
    seen = {}
    with witness.no_kernel_traffic(page):
        page.mouse.move(*over(plot, 1.2, 1.0))
        page.mouse.down()
        for x1 in (1.1, 1.02, 0.98, 0.9):
            page.mouse.move(*over(plot, x1, 1.0))
            expect(element).to_have_attribute("data-point", f"{x1:g},1")
            seen[x1] = shown(element)
    page.mouse.up()
    jump = np.abs(seen[1.02] - seen[0.98]).sum(1)
    assert jump[0] == 2.0, "sensitivity: from (1, 0) to (0, 1)"
    assert jump[1] == pytest.approx(2.02), "gradient x input: from (1.02, 0) to (0, 1)"
    assert jump[2] == pytest.approx(0.04, abs=2e-3), "LRP: by as much as the point moved"
    for x1, numbers in seen.items():  # what E18 says, on both sides
        large, small = max(x1, 1.0), min(x1, 1.0)
        expected = [large - small / 2, small / 2]
        np.testing.assert_allclose(numbers[2], expected if x1 > 1 else expected[::-1], atol=1e-3)
    eventually(lambda: opened.expect("view.point", "[0.9, 1.0]"))
    opened.expect("view.relevance['sensitivity']", "(0.0, 1.0)")
    keep(page, "plane-light")


def test_keys_move_the_point_and_the_kernel_follows(plane, page):
    opened, element = plane
    plot = element.locator(".lrpw-plot").nth(2)
    plot.focus()
    for key in ("ArrowLeft", "Shift+ArrowUp", "Shift+ArrowUp"):
        plot.press(key)
    eventually(lambda: opened.expect("view.point", "[1.18, 1.4]"))
    assert shown(element)[0].tolist() == [0.0, 1.0]
    opened.evaluate("view.point = (3, 0.5)")
    expect(element.locator(".lrpw-readout")).to_have_text("x1 = 3.000, x2 = 0.5000: f = 3.000")
    plot.press("ArrowRight")  # at the edge
    plot.press("?")
    expect(element.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    for width in (1800, 640):
        page.set_viewport_size({"width": width, "height": 1200})
        edge = opened.cell(0).locator(".jp-OutputArea-output").first
        for each in element.locator(".lrpw-plot").all():
            eventually(lambda each=each, edge=edge: inside(each, edge))
        keep(page, f"plane-{width}")
    page.set_viewport_size({"width": 1400, "height": 1000})
    opened.theme("JupyterLab Dark")
    for part in (".lrpw-readout", ".lrpw-muted", ".lrpw-label"):
        eventually(lambda part=part: legible(element.locator(part).first))
    keep(page, "plane-dark")
    opened.theme("JupyterLab Light")


def inside(part, whole):
    box, edge = part.bounding_box(), whole.bounding_box()
    assert box["x"] + box["width"] <= edge["x"] + edge["width"] + 1
