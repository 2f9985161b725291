"""A saved notebook shows what it showed, with another kernel and with none, to a reader who trusts it or not."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.cells import SMALL, rendered
from tests.browser.conftest import keep, watched
from tests.browser.heatmap import Heatmap, eventually, same
from tests.browser.lab import Notebook, Witness

CELLS = (
    f"{SMALL.strip()}\nex",
    "view = lw.view(ex, pixelated=True, layout='map', cmap='seismic')\nview",
    (
        "bench = lw.explore(net, numpy.stack([picture, picture[::-1]]), labels=list('abcd'),"
        " input=lw.image(), layout='map')\nbench"
    ),
)
LOST = re.compile("model not found|Loading widget|Error displaying widget|No renderer", re.IGNORECASE)


@pytest.fixture(scope="module")
def saved(context, lab, request):
    """A notebook that was run and saved, as the pictures that Python makes of its cells; its kernel is gone."""
    lab.write_notebook("saved.ipynb", *CELLS)
    with watched(context, Witness(), request.node) as page:
        opened = Notebook.open(page, lab, "saved.ipynb")
        opened.run_all()
        for index in range(3):
            Heatmap.inside(opened.cell(index))
        expected = [
            rendered(opened, pixelated=True),
            rendered(opened, pixelated=True, layout="map", cmap="seismic"),
            rendered(opened, "bench.explanation", pixelated=True, layout="map"),
        ]
        opened.save()
    lab.stop_kernels()
    return expected


def shows(opened, expected):
    """Every cell shows its picture, interactively, and none says that something was lost."""
    for index, picture in enumerate(expected):
        heat = Heatmap.inside(opened.cell(index))
        eventually(lambda heat=heat, picture=picture: same(heat, picture))
        heat.hover(3, 4)
        expect(heat.element.locator(".lrpw-readout")).to_contain_text("x 4, y 3")
        heat.element.get_by_label("Layout", exact=True).select_option("input")
        expect(opened.cell(index).get_by_text(LOST)).to_have_count(0)


def test_the_file_holds_a_picture_and_text_beside_each_view(lab, saved):
    for cell in lab.read_notebook("saved.ipynb")["cells"]:
        (output,) = cell["outputs"]
        assert output["data"]["image/png"].startswith("iVBOR")
        payload = output["data"]["application/vnd.lrpwidgets.explanation+json"]
        assert len(json.dumps(payload)) <= 500_000
        assert output["data"]["text/plain"]


def test_reopened_with_a_new_kernel(saved, notebook, page):
    opened = notebook("saved.ipynb")
    shows(opened, saved)
    keep(page, "reopened-new-kernel")


def test_reopened_with_no_kernel(lab, saved, page):
    content = lab.read_notebook("saved.ipynb")
    # Without a language in common JupyterLab offers no replacement, and asks.
    content["metadata"] = {"kernelspec": {"name": "gone", "display_name": "Gone", "language": "gone"}}
    (lab.folder / "gone.ipynb").write_text(json.dumps(content), encoding="utf-8")
    page.goto(lab.page("gone.ipynb"))
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_role("button", name="No Kernel").click()
    expect(dialog).to_have_count(0)
    shows(Notebook(page, lab, "gone.ipynb"), saved)
    assert lab.api("sessions") == []
    keep(page, "reopened-no-kernel")


def test_reopened_by_a_reader_who_does_not_trust_it(lab, saved, notebook, page):
    content = lab.read_notebook("saved.ipynb")
    for cell in content["cells"]:
        cell["outputs"][0]["data"]["text/html"] = "<b>from a stranger</b>"
    (lab.folder / "stranger.ipynb").write_text(json.dumps(content), encoding="utf-8")
    shows(notebook("stranger.ipynb"), saved)


def test_running_it_again_makes_it_live_again(saved, notebook):
    opened = notebook("saved.ipynb")
    Heatmap.inside(opened.cell(1))
    opened.run_all()
    heat = Heatmap.inside(opened.cell(1))
    opened.evaluate("view.layout = 'pattern'")
    expected = rendered(opened, pixelated=True, layout="pattern")
    eventually(lambda: same(heat, expected))


def test_live_and_still_views_on_one_page_leave_each_others_controls_alone(saved, notebook):
    """They come from two bundles, and radio buttons of one name are one group for the whole page."""
    opened = notebook("saved.ipynb")
    opened.run_all()
    for index in range(3):
        for group in ("Colours", "Pixels"):
            chosen = Heatmap.inside(opened.cell(index)).element.get_by_role("radiogroup", name=group)
            expect(chosen.get_by_role("radio", checked=True)).to_have_count(1)
