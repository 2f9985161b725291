"""The widgets draw in Jupyter's other hosts, with our extension beside them; the extra `hosts` brings these."""

from __future__ import annotations

import base64
import importlib.util
import re

import pytest
from playwright.sync_api import expect

from tests.browser.cells import SMALL, VIEWS, rendered
from tests.browser.conftest import keep
from tests.browser.heatmap import READ_PIXELS, Heatmap, eventually, same
from tests.browser.lab import Notebook

VIEW = f"{SMALL.strip()}\nview = lw.view(ex, pixelated=True, layout='map', cmap='seismic')\nview"
BENCH = "lw.explore(net, [picture, picture[::-1]], labels=list('abcd'), input=lw.image(), pixelated=True, layout='map')"
OTHERS = [name for name in VIEWS if name not in ("heat map", "still heat map", "workbench")]
LOST = re.compile("model not found|Loading widget|Error displaying widget|No renderer", re.IGNORECASE)


def needs(name):
    """Skip where a host is not installed."""
    missing = importlib.util.find_spec(name) is None
    return pytest.mark.skipif(missing, reason=f"{name} is not installed: pip install lrpwidgets[hosts]")


@pytest.fixture
def name(lab):
    """A notebook with a heat map, a workbench and a still explanation; its kernels end with the test."""
    others = [code for name, (_, code) in VIEWS.items() if name in OTHERS]
    yield lab.write_notebook("hosts.ipynb", VIEW, BENCH, "ex", *others)
    lab.stop_kernels()


@needs("notebook")
def test_notebook_7_draws_live_and_still(lab, name, page, witness):
    page.goto(f"{lab.url}notebooks/{name}?token={lab.token}")
    cells = page.locator(".jp-Cell")
    expect(cells).to_have_count(3 + len(OTHERS))
    eventually(lambda: _idle(lab), seconds=60)
    page.get_by_role("menuitem", name="Run", exact=True).first.click()
    page.locator(".lm-Menu-item").get_by_text("Run All Cells", exact=True).last.click()
    heat = Heatmap.inside(cells.nth(0))
    opened = Notebook(page, lab, name)
    expected = rendered(opened, pixelated=True, layout="map", cmap="seismic")
    eventually(lambda: same(heat, expected))
    opened.evaluate("view.layout = 'pattern'")
    expected = rendered(opened, pixelated=True, layout="pattern")
    eventually(lambda: same(heat, expected))
    for index in (1, 2):
        cells.nth(index).scroll_into_view_if_needed()
        Heatmap.inside(cells.nth(index))
    for index, other in enumerate(OTHERS, start=3):
        cells.nth(index).scroll_into_view_if_needed()
        draws(cells.nth(index), other)
    expect(page.get_by_text(LOST)).to_have_count(0)
    keep(page, "notebook-7")
    # Notebook 7.6 says these of its own menus and of its own file browser, which is not on this page.
    _excuse(witness.errors, "reading 'schema'")
    _excuse(witness.errors, "Command 'filebrowser:open-path' not registered")


@needs("voila")
def test_voila_draws_the_widgets(lab, name, page, witness):
    page.goto(f"{lab.url}voila/render/{name}?token={lab.token}", timeout=90_000)
    heats = page.locator(".lrpw-heatmap")
    expect(heats.nth(2)).to_be_attached(timeout=60_000)
    for index in range(3):
        Heatmap.inside(page.locator("body"), index)
    heat = Heatmap.inside(page.locator("body"))
    heat.hover(3, 4)
    expect(heat.element.locator(".lrpw-readout")).to_contain_text("x 4, y 3")
    with heat.redraws():
        heat.press("v")
    expect(page.locator(".lrpw-explore .bqplot .bar").first).to_be_visible()  # live, not the picture of it
    for other in OTHERS:
        draws(page.locator("body"), other)
    expect(page.get_by_text(LOST)).to_have_count(0)
    keep(page, "voila")
    # Its template asks for icons and formulas elsewhere; without Lab's packages, our plugins stay away and say so once.
    _excuse(witness.strangers, "fontawesome|mathjax")
    _excuse(witness.errors, "fontawesome|mathjax|[Ss]hared module")


# Views that draw elements instead of pixels: what must be there more than once, each of its own look.
ELEMENTS = {
    "text": (".lrpw-line > span", "background"),
    "plane": (".lrpw-plot path", "stroke"),
    "features": (".lrpw-feature-track > i", "width"),
}


def draws(place, name):
    """A view is there with what hands need, and with a picture that is not blank."""
    view = place.locator(VIEWS[name][0]).first
    expect(view.locator("button:visible, [role=listbox], input:visible").first).to_be_attached(timeout=60_000)
    if name in ELEMENTS:
        kind, look = ELEMENTS[name]
        looks = f"e => new Set([...e.querySelectorAll({kind!r})].map(n => getComputedStyle(n).{look})).size"
        eventually(lambda: _at_least(2, view.evaluate(looks)))
    elif name not in ("gallery", "prototypes"):  # whose pictures are images
        canvas = view.locator("canvas:visible").first
        eventually(lambda: _coloured(canvas, name), seconds=60)


def _at_least(least, found):
    assert found >= least


def _coloured(canvas, name):
    _, _, data = canvas.evaluate(READ_PIXELS)
    assert len(set(base64.b64decode(data)[::997])) > 2, name


def _excuse(complaints, pattern):
    complaints[:] = [complaint for complaint in complaints if not re.search(pattern, complaint)]


def _idle(lab):
    assert [session["kernel"]["execution_state"] for session in lab.api("sessions")] == ["idle"]
