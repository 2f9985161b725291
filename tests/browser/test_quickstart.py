"""The notebook that `make lab` opens, run as a newcomer runs it."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import keep
from tests.browser.heatmap import Heatmap
from tests.browser.lab import Notebook

QUICKSTART = "00_quickstart.ipynb"
OURS = "application/vnd.lrpwidgets.explanation+json"
WIDGET = "application/vnd.jupyter.widget-view+json"
LOST = re.compile("model not found|Loading widget|Error displaying widget", re.IGNORECASE)


def outputs(opened):
    """The outputs of the notebook as it was saved: cell index -> outputs."""
    opened.save()
    cells = opened.server.read_notebook(opened.name)["cells"]
    return {index: cell["outputs"] for index, cell in enumerate(cells) if cell.get("outputs")}


def views_of(opened):
    """(cell index, heat map) of every output that is one, each in sight while the caller looks at it."""
    for index, found in outputs(opened).items():
        assert all(output["output_type"] != "error" for output in found), f"cell {index} failed"
        assert all(output.get("name") != "stderr" for output in found), f"cell {index} complained"
        if any({OURS, WIDGET} & output.get("data", {}).keys() for output in found):
            cell = opened.cell(index)
            heat = Heatmap.inside(cell)
            expect(cell.get_by_text(LOST)).to_have_count(0)
            yield index, heat


def test_the_quickstart_runs_and_every_view_draws(notebook, page):
    opened = notebook(QUICKSTART)
    opened.run_all()
    seen = 0
    for index, heat in views_of(opened):
        assert heat.pixels().std() > 20
        widths = (
            opened.cell(index).locator(".lrpw-heatmap").evaluate_all("all => all.map(one => one.clientWidth)")
        )
        assert max(widths) - min(widths) <= 2, "views beside each other share the row"
        if "deep-taylor" in heat.caption:  # other rules hand a share to the biases
            total, score = heat.sums
            assert total == pytest.approx(score, rel=1e-4)
        keep(page, f"quickstart-cell-{index}")
        seen += 1
    assert seen >= 6, "two workbenches, two explanations, two linked views, the loaded file"


def test_the_launcher_card_opens_the_quickstart_as_a_new_notebook(lab, page):
    page.goto(lab.page())
    page.locator(".jp-LauncherCard").get_by_text("lrpwidgets quickstart").click()
    expect(page.locator(".lm-DockPanel-tabBar").get_by_text("lrpwidgets-quickstart.ipynb")).to_be_visible()
    opened = Notebook(page, lab, "lrpwidgets-quickstart.ipynb")
    opened.wait_idle()
    ours = json.loads((lab.folder / QUICKSTART).read_text(encoding="utf-8"))
    sources = ["".join(cell["source"]) for cell in ours["cells"]]
    assert ["".join(cell["source"]) for cell in lab.read_notebook(opened.name)["cells"]] == sources
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
