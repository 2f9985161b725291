"""Where a view's module comes after the two seconds that anywidget waits, the view hears of Python all the same."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.cells import SMALL, rendered
from tests.browser.heatmap import Heatmap, eventually, same

# No module is there after no time at all.
LATE = """const timeout = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = time => timeout(time === 2000 ? 0 : time);"""


@pytest.fixture
def late(lab, notebook, page, witness):
    """`late(code)` shows a view in a page that gives up at once; the page must have complained."""
    page.add_init_script(LATE)

    def show(code):
        lab.write_notebook("slow.ipynb", SMALL.strip(), f"view = {code}\nview")
        opened = notebook("slow.ipynb")
        opened.run_all()
        return opened, opened.cell(1)

    yield show
    assert witness.given_up, "the page gave nothing up: this test shows nothing"


def test_a_heat_map_hears_what_python_sets(late, page):
    opened, cell = late("lw.view(ex, pixelated=True)")
    heat = Heatmap.inside(cell)
    for layout in ("map", "pattern"):
        opened.evaluate(f"view.layout = {layout!r}")
        expected = rendered(opened, pixelated=True, layout=layout)
        eventually(lambda expected=expected: same(heat, expected))
    heat.press("v")
    eventually(lambda: opened.expect("view.layout != 'pattern'", "True"))


def test_rules_are_changed_and_the_map_beside_them_follows(late, page):
    opened, cell = late("lw.rules(lw.trace(net, picture, input=lw.image()), pixelated=True, layout='map')")
    heat = Heatmap.inside(cell)
    expect(cell.locator(".lrpw-ledger-sums")).to_contain_text(re.compile(r"\d"))
    cell.get_by_label("Preset", exact=True).select_option("epsilon")
    eventually(lambda: opened.expect("view.rules, view.status", "('epsilon', 'ready')"))
    expected = rendered(opened, "view.explanation", pixelated=True, layout="map")
    eventually(lambda: same(heat, expected))
