"""A kernel that restarts takes Python's half of every view along; each says so, and what it shows stays."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.cells import SMALL, VIEWS
from tests.browser.conftest import keep
from tests.browser.heatmap import Heatmap, eventually

# What stands before an element: a sentence, the icon of ipywidgets, or nothing.
BEFORE = "one => getComputedStyle(one, '::before').content"
SAID = '"The kernel has ended or restarted. What is drawn stays; run the cell again to go on."'
SHOWN = ("heat map", "regions", "rules", "workbench")


def told(cell):
    """The sentences and icons before the widgets of a cell."""
    lost = cell.locator(".jupyter-widgets-disconnected")
    return [said for said in lost.evaluate_all(f"all => all.map({BEFORE})") if said != "none"]


def test_a_restarted_kernel_is_said_once_in_every_view(lab, notebook, page):
    lab.write_notebook("restart.ipynb", SMALL.strip(), *(VIEWS[name][1] for name in SHOWN))
    opened = notebook("restart.ipynb")
    opened.run_all()
    for at, name in enumerate(SHOWN, start=1):
        expect(opened.cell(at).locator(VIEWS[name][0]).first).to_be_visible()
        assert told(opened.cell(at)) == []
    opened.menu("Kernel", "Restart Kernel…")
    page.locator(".jp-Dialog").get_by_role("button", name="Confirm Kernel Restart").click()
    for at in range(1, len(SHOWN) + 1):
        eventually(lambda at=at: said_once(opened.cell(at)), seconds=30)
    heat = Heatmap.inside(opened.cell(1))
    with heat.redraws():  # looking needs no kernel
        heat.press("v")
    heat.hover(3, 4)
    expect(heat.element.locator(".lrpw-readout")).to_contain_text("x 4, y 3")
    keep(page, "restarted")


def said_once(cell):
    assert told(cell) == [SAID]
