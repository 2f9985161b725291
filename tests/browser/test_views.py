"""What holds for every view: no grave violation of accessibility, two on a page agree, a saved one is a picture."""

from __future__ import annotations

import itertools
import json

import pytest
from playwright.sync_api import expect

from tests.browser.cells import SMALL, VIEWS
from tests.browser.conftest import keep, watched
from tests.browser.heatmap import eventually
from tests.browser.lab import Notebook, Witness

GRAVE = ("serious", "critical")
LAYER = "view => view.querySelector('canvas').dataset.layer"
CHOSEN = "view => view.querySelector('[aria-selected=true]')?.dataset"
READ = "view => view.querySelector('.lrpw-readout, .lrpw-seq-readout, .lrpw-mol-read').textContent.includes({0!r})"
# What Python sets in each view that is a widget, and what both of its places on the page then say.
CHANGES = {
    "heat map": ("layout = 'map'", LAYER, "map"),
    "regions": ("layout = 'map'", LAYER, "map"),
    "flipping": ("step = 2", "view => view.dataset.step", "2"),
    "filters": ("unit = 3", "view => view.querySelectorAll('.lrpw-positions-frame').length", 1),
    "rules": (
        "rules = 'epsilon'",
        "view => view.querySelector('select').selectedOptions[0].value",
        "epsilon",
    ),
    "graph": ("layer = '1'", f"{CHOSEN}.node", "1"),
    "comparison": ("scale = 'shared'", "view => view.querySelectorAll('.lrpw-bar').length", 1),
    "gallery": ("index = 1", f"{CHOSEN}.index", "1"),
    "prototypes": (
        "steps = 17",
        "view => [...view.querySelectorAll('input')].some(one => one.value === '17')",
        True,
    ),
    "sequence": ("cursor = -35", READ.format("-35"), True),
    "text": ("cursor = 1", READ.format("orbit"), True),
    "molecule": ("cursor = 0", READ.format("O"), True),
    "recording": ("cursor = 0.7", READ.format("l at 0.7 s"), True),
    "plane": ("point = (1, 2)", "view => view.dataset.point", "1,2"),
    "features": ("cursor = 'age'", f"{CHOSEN}.feature", "age"),
    "workbench": ("target = 'c'", "view => view.querySelector('.lrpw-target').textContent", "c"),
}


@pytest.fixture(scope="module")
def opened(context, lab, request):
    """A notebook with every view in a cell of its own, each shown twice where it is a widget."""
    twice = [
        code if name not in CHANGES else f"views['{name}'] = view = {code}\ndisplay(view)\nview"
        for name, (_, code) in VIEWS.items()
    ]
    lab.write_notebook("views.ipynb", f"{SMALL.strip()}\nviews = {{}}", *twice)
    with watched(context, Witness(), request.node) as page:
        notebook = Notebook.open(page, lab, "views.ipynb")
        notebook.run_all()
        yield notebook
    lab.stop_kernels()


def places(opened, name):
    """The element of a view, as often as it is on the page."""
    cell = opened.cell(1 + list(VIEWS).index(name))
    found = cell.locator(VIEWS[name][0])
    expect(found.first.locator("canvas:visible, button:visible").first).to_be_visible()
    return found


def violations(page, selector):
    """What axe finds wrong inside an element: rule, how grave, and the first piece of it."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page, context=selector).response["violations"]
    return [
        f"{one['impact']}: {one['id']} ({one['help']}) at {one['nodes'][0]['html'][:200]}"
        for one in found
        if one["impact"] in GRAVE
    ]


def test_no_view_has_a_grave_violation(opened):
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        opened.theme(theme)
        for name in VIEWS:
            view = places(opened, name).first
            view.evaluate("element => element.setAttribute('data-checked', '')")
            assert violations(opened.page, "[data-checked]") == [], f"{name}, {theme}"
            view.evaluate("element => element.removeAttribute('data-checked')")


def test_plain_keys_in_a_view_do_nothing_to_its_notebook(opened):
    """Enter in a box would run or open the cell, x on a button cut it."""
    before = opened.evaluate("print(get_ipython().execution_count)")
    for name in VIEWS:
        view = places(opened, name).first
        for kind, key in (
            ("input[type=number], input[type=text]", "Enter"),
            ("button", "x"),
            ("select", "x"),
        ):
            for control in view.locator(kind).locator("visible=true").all()[:3]:
                control.focus()
                opened.page.keyboard.press(key)
                assert not opened.panel.locator(".jp-Notebook.jp-mod-editMode").count(), (name, kind)
    expect(opened.panel.locator(".jp-Cell")).to_have_count(1 + len(VIEWS))
    assert opened.evaluate("print(get_ipython().execution_count)") == before


@pytest.mark.parametrize("name", CHANGES)
def test_two_places_of_one_view_agree(opened, name):
    change, read, wanted = CHANGES[name]
    found = places(opened, name)
    expect(found.nth(1)).to_be_attached()
    opened.evaluate(f"views[{name!r}].{change}")

    def agree():
        assert [found.nth(at).evaluate(read) for at in (0, 1)] == [wanted, wanted]

    eventually(agree)


def test_each_is_a_picture_in_a_saved_notebook_without_its_kernel(opened, lab, page):
    opened.evaluate("for view in views.values(): view.wait()")
    opened.save()
    content = lab.read_notebook("views.ipynb")
    # Without a language in common JupyterLab offers no replacement, and asks.
    content["metadata"] = {"kernelspec": {"name": "gone", "display_name": "Gone", "language": "gone"}}
    (lab.folder / "gone.ipynb").write_text(json.dumps(content), encoding="utf-8")
    page.goto(lab.page("gone.ipynb"))
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_role("button", name="No Kernel").click()
    expect(dialog).to_have_count(0)
    reader = Notebook(page, lab, "gone.ipynb")
    for at, name in enumerate(VIEWS, start=1):
        cell = reader.cell(at)
        expect(cell.get_by_text("model not found")).to_have_count(0)
        picture = cell.locator(".jp-OutputArea-output img, .lrpw-heatmap canvas").first
        expect(picture, name).to_be_visible()
        assert picture.evaluate("one => one.naturalWidth || one.width") >= 150, name
    keep(page, "views-without-kernel")


def test_the_checker_sees_what_is_wrong(page):
    page.set_content(
        "<html lang='en'><body><div id='one'><img src='data:,'><button></button></div></body></html>"
    )
    assert len(violations(page, "#one")) == 2


def test_rows_of_regions_and_units_stand_as_alone_beside_all_other_views(opened):
    """Styles are the page's: what one view says of a class must not reach another view's parts."""
    for name in VIEWS:  # a view far below is drawn when somebody comes near
        places(opened, name)
    apart = (
        "rows => rows.map(row => { const box = row.getBoundingClientRect(); return [box.top, box.bottom]; })"
    )
    opened.evaluate("views['regions'].regions = {'one': lw.measure.Box(2, 2, 9, 9)}")
    rows = places(opened, "regions").first.locator(".lrpw-region-list > li")
    expect(rows.nth(2)).to_be_visible()
    edges = rows.evaluate_all(apart)
    assert all(bottom <= top for (_, bottom), (top, _) in itertools.pairwise(edges)), edges
    filters = places(opened, "filters").first
    assert filters.evaluate("view => getComputedStyle(view).display") == "flex"
    words = places(opened, "text").first.locator(".lrpw-words")
    assert words.evaluate("view => getComputedStyle(view).display") == "block"
