"""The layer graph in a real page: what is drawn, what a click and keys choose, a reload, both themes, two widths."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import keep
from tests.browser.heatmap import eventually, legible
from tests.browser.lab import Notebook

NET = """
import torch, lrpwidgets as lw

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = torch.nn.Conv2d(3, 8, 3), torch.nn.Conv2d(8, 8, 3, padding=1)
        self.head = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(2), torch.nn.Flatten(), torch.nn.Linear(32, 4))
    def forward(self, x):
        h = torch.relu(self.a(x))
        return self.head(h + self.b(h))

torch.manual_seed(0)
trace = lw.trace(Net(), torch.rand(1, 3, 12, 12))
view = lw.graph(trace, rules="epsilon")
view
"""


class Graph:
    """A layer graph in a cell."""

    def __init__(self, cell):
        self.cell = cell
        self.canvas = cell.locator(".lrpw-graph-sheet canvas")
        self.list = cell.get_by_role("listbox", name=re.compile("Layers"))
        expect(self.list).to_be_attached()

    def node(self, name):
        return self.list.locator(f'[data-node="{name}"]')

    def pixel(self, x, y):
        """Colour (r, g, b, a) of the canvas at CSS pixels of its sheet."""
        return self.canvas.evaluate(
            "(canvas, [x, y]) => { const k = canvas.width / canvas.clientWidth; return "
            "[...canvas.getContext('2d').getImageData(Math.round(x * k), Math.round(y * k), 1, 1).data]; }",
            [x, y],
        )


@pytest.fixture
def drawn(lab):
    """Run the cell in a page and give the notebook and its graph."""

    def show(notebook, code=NET):
        lab.write_notebook("graph.ipynb", code)
        opened = notebook("graph.ipynb")
        opened.run_all()
        return opened, Graph(opened.cell(0))

    return show


def drawn_right(opened, graph):
    """In the middle of every wide edge the canvas has the colour of its sign; nothing is transparent."""
    strokes = json.loads(
        opened.evaluate(
            "import json; print(json.dumps([[s.points.tolist(), s.width, s.sign] for s in view._scene.strokes]))"
        )
    )
    wide = [(points, sign) for points, width, sign in strokes if width >= 3]
    assert wide
    for points, sign in wide:
        x, y = np.mean(points, axis=0) if len(points) == 2 else points[len(points) // 2]
        red, _, blue, alpha = graph.pixel(x, y)
        assert alpha == 255
        assert np.sign(red - blue) == sign


def test_click_keys_and_reload(drawn, notebook, page):
    opened, graph = drawn(notebook)
    eventually(lambda: drawn_right(opened, graph))
    graph.node("b").click()
    eventually(lambda: opened.expect("view.layer", "b"))
    expect(graph.node("b")).to_have_attribute("aria-selected", "true")
    expect(graph.cell.locator(".lrpw-graph-words strong")).to_have_text("b")
    graph.list.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    eventually(lambda: opened.expect("view.layer", "a"))
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(graph.node("head.2")).to_be_visible()
    eventually(lambda: drawn_right(opened, graph))
    opened.save()
    page.reload()
    opened.wait_idle()
    graph = Graph(opened.cell(0))
    eventually(lambda: drawn_right(opened, graph))
    graph.node("b").click()
    eventually(lambda: opened.expect("view.layer", "b"))
    opened.evaluate("view.rules = 'deep-taylor'; view.wait()")
    eventually(lambda: drawn_right(opened, graph))


def test_pointing_at_edges_needs_no_kernel(drawn, notebook, page, witness):
    opened, graph = drawn(notebook)
    eventually(lambda: drawn_right(opened, graph))
    box = graph.list.bounding_box()
    with witness.no_kernel_traffic(page):
        for part in (0.1, 0.3, 0.5, 0.7):
            page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + part * box["height"], steps=8)
    assert "R " in graph.cell.locator(".lrpw-graph-edges title").first.text_content()


def test_both_themes_and_a_narrow_page(drawn, notebook, page):
    code = (
        "import lrpwidgets as lw\nview = lw.graph(lw.trace(lw.zoo.squeezenet(), lw.zoo.photos()[0]), rules='epsilon')\n"
        "view.toggle('features.12'); view.layer = 'features.12.expand3x3'\nview"
    )
    opened, graph = drawn(notebook, code)
    eventually(lambda: drawn_right(opened, graph), 30)
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        opened.theme(theme)
        dark = "Dark" in theme

        def corner(dark=dark):
            assert (max(graph.pixel(2, 2)[:3]) < 90) == dark

        eventually(corner)
        for part in (".lrpw-graph-words strong", ".lrpw-graph-words th", ".lrpw-graph-words p"):
            eventually(lambda part=part: legible(graph.cell.locator(part).first))
        keep(page, f"graph-{theme.split()[-1].lower()}")
    page.set_viewport_size({"width": 640, "height": 1000})
    output = graph.cell.locator(".lrpw-graph-view")
    eventually(lambda: assert_fits(output))
    keep(page, "graph-narrow")


def assert_fits(output):
    assert output.evaluate("element => element.scrollWidth <= element.clientWidth + 1")


def test_it_is_sharp_on_a_dense_screen(drawn, dense_page, lab):
    opened, graph = drawn(lambda name: Notebook.open(dense_page, lab, name))
    eventually(lambda: expect_ratio(graph, 2))
    eventually(lambda: drawn_right(opened, graph))
    lab.stop_kernels()


def expect_ratio(graph, ratio):
    assert graph.canvas.evaluate("canvas => canvas.width / canvas.clientWidth") == pytest.approx(
        ratio, abs=0.01
    )
