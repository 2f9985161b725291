"""No view has an accessibility violation that axe-core calls serious or critical, in either theme."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.cells import SMALL

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

GRAVE = ("serious", "critical")
WATER = "numbers=[8, 1, 1], positions=[[0, 0, 0.12], [0, 0.76, -0.48], [0, -0.76, -0.48]]"
MOLECULE = f"""energies = lw.zoo.molecules()
water = lw.molecule({WATER}, elements=energies.elements)
lw.view(lw.explain(energies.at(water), water.charges, rules="lrp-0"))"""
# One line a view: its element, and the code that shows it.
VIEWS = {
    "heat map": (".lrpw-heatmap", "lw.view(ex)"),
    "still heat map": (".lrpw-heatmap", "ex"),
    "regions": (".lrpw-regions", "lw.regions(ex)"),
    "flipping": (".lrpw-flipping", "lw.flipping(net, picture, input=lw.image(), patch=4)"),
    "filters": (".lrpw-filters", "lw.filters(lw.trace(net, picture, input=lw.image()))"),
    "rules": (".lrpw-rules", "lw.rules(lw.trace(net, picture, input=lw.image()))"),
    "graph": (".lrpw-graph-view", "lw.graph(lw.trace(net, picture, input=lw.image()))"),
    "comparison": (".lrpw-compare", "lw.compare(net, picture, ['lrp', 'sensitivity'], input=lw.image())"),
    "gallery": (".lrpw-gallery", "lw.gallery(net, [picture] * 2, labels=list('abcd'), input=lw.image())"),
    "prototypes": (".lrpw-prototypes", "lw.prototypes(net, 1, input=lw.image(), shape=(3, 20, 24))"),
    "molecule": (".lrpw-molecule", MOLECULE),
    "workbench": (".lrpw-explore", "lw.explore(net, [picture] * 2, labels=list('abcd'), input=lw.image())"),
}


def violations(page, selector):
    """What axe finds wrong inside an element: rule, how grave, and the first piece of it."""
    found = axe.Axe().run(page, context=selector).response["violations"]
    return [
        f"{one['impact']}: {one['id']} ({one['help']}) at {one['nodes'][0]['html'][:200]}"
        for one in found
        if one["impact"] in GRAVE
    ]


@pytest.fixture(scope="module")
def cells(lab):
    """A notebook with every view in a cell of its own."""
    lab.write_notebook("accessible.ipynb", SMALL.strip(), *(code for _, code in VIEWS.values()))


def test_no_view_has_a_grave_violation(cells, notebook, page):
    opened = notebook("accessible.ipynb")
    opened.run_all()
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        opened.theme(theme)
        for cell, (name, (selector, _)) in enumerate(VIEWS.items(), start=1):
            view = opened.cell(cell).locator(selector).first
            expect(view.locator("canvas:visible, button:visible").first).to_be_visible()
            view.evaluate("element => element.setAttribute('data-checked', '')")
            assert violations(page, "[data-checked]") == [], f"{name}, {theme}"
            view.evaluate("element => element.removeAttribute('data-checked')")


def test_the_checker_sees_what_is_wrong(page):
    page.set_content(
        "<html lang='en'><body><div id='one'><img src='data:,'><button></button></div></body></html>"
    )
    assert len(violations(page, "#one")) == 2
