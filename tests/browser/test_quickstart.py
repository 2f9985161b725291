"""The notebook that `make lab` opens, run as a newcomer runs it."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import keep
from tests.browser.heatmap import Heatmap
from tests.browser.lab import Notebook

QUICKSTART = "00_quickstart.ipynb"
ERRORS = '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]'
LOST = ("model not found", "Loading widget", "Error displaying widget")


def views_of(notebook):
    """Every output of the notebook with a heat map, cell by cell as a reader scrolls."""
    found = []
    for index in range(notebook.count):
        cell = notebook.cell(index)
        expect(cell.locator(ERRORS)).to_have_count(0)
        if notebook.has_output(index, ".lrpw-heatmap"):
            found.append((index, Heatmap.inside(cell)))
            for words in LOST:
                expect(cell.get_by_text(words)).to_have_count(0)
    return found


def test_the_quickstart_runs_and_every_view_draws(notebook, page):
    opened = notebook(QUICKSTART)
    opened.run_all()
    views = views_of(opened)
    assert len(views) >= 3, "the workbench, the explanation and the widget"
    for index, heat in views:
        assert heat.pixels().std() > 20
        total, score = heat.sums
        assert total == pytest.approx(score, rel=1e-4)
        opened.cell(index)
        keep(page, f"quickstart-cell-{index}")


def test_the_launcher_card_opens_the_quickstart_as_a_new_notebook(lab, page):
    page.goto(lab.page())
    page.locator(".jp-LauncherCard").get_by_text("lrpwidgets quickstart").click()
    expect(page.locator(".lm-DockPanel-tabBar").get_by_text("lrpwidgets-quickstart.ipynb")).to_be_visible()
    opened = Notebook(page, lab, "lrpwidgets-quickstart.ipynb")
    opened.wait_idle()
    ours = json.loads((lab.folder / QUICKSTART).read_text(encoding="utf-8"))
    sources = ["".join(cell["source"]) for cell in ours["cells"]]
    assert ["".join(cell["source"]) for cell in lab.read_notebook(opened.name)["cells"]] == sources
    opened.run_all()
    assert len(views_of(opened)) >= 3
    keep(page, "launcher-quickstart")
    lab.stop_kernels()


def test_the_palette_opens_another_one_and_overwrites_nothing(lab, page):
    taken = lab.folder / "lrpwidgets-quickstart.ipynb"
    taken.write_text(
        json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8"
    )
    before = taken.read_bytes()
    page.goto(lab.page())
    expect(page.locator(".jp-LauncherCard").first).to_be_visible()
    page.keyboard.press("Control+Shift+C")
    page.locator(".lm-CommandPalette-input").fill("lrpwidgets quickstart")
    page.locator(".lm-CommandPalette-item").first.click()
    expect(page.locator(".lm-DockPanel-tabBar").get_by_text("lrpwidgets-quickstart-2.ipynb")).to_be_visible()
    Notebook(page, lab, "lrpwidgets-quickstart-2.ipynb").wait_idle()
    assert taken.read_bytes() == before
    lab.stop_kernels()
