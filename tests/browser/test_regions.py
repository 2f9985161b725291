"""Regions drawn with a real mouse and keyboard: their pixels, their shares with no kernel, and what the kernel has."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.cells import PHOTO, SMALL
from tests.browser.conftest import keep
from tests.browser.heatmap import Heatmap, eventually, legible
from tests.browser.lab import Notebook
from tests.browser.measured import tell

# Relevance of both signs on 20 x 24 pixels.
SIGNED = f"{SMALL.strip()}\nex = lw.explain(net, picture, input=lw.image(), rules='epsilon')"
HOSTILE = "<img src=x onerror=\"document.title='owned'\">"


@pytest.fixture
def drawing(lab, notebook):
    """`drawing(view, setup)` runs both and gives the notebook and the view."""

    def show(view="lw.regions(ex)", setup=SIGNED):
        lab.write_notebook("regions.ipynb", f"{setup}\nview = {view}\nview")
        opened = notebook("regions.ipynb")
        opened.run_all()
        return opened, Heatmap.inside(opened.cell(0))

    return show


def row(heat, name):
    """The row of a region, or of the context."""
    return heat.element.locator(f".lrpw-region[data-region={json.dumps(name)}]")


def net(heat, name):
    """The net relevance that the row holds."""
    return float(row(heat, name).get_attribute("data-net"))


def names(heat):
    """The rows, from top to bottom."""
    return heat.element.locator(".lrpw-region").evaluate_all("rows => rows.map(row => row.dataset.region)")


def tool(heat, name):
    """Take up a tool by its button."""
    heat.element.get_by_role("radio", name=re.compile(f"^{name}")).check(force=True)


def drag(heat, *points, release=True):
    """Press at the centre of a source pixel, move over the others, let go."""
    mouse = heat.element.page.mouse
    mouse.move(*heat.screen(*points[0]))
    mouse.down()
    for point in points[1:]:
        mouse.move(*heat.screen(*point), steps=3)
    if release:
        mouse.up()


def pixels(name):
    """How many pixels a region has in the kernel."""
    return f"view.shares[{name!r}]['size'] // 3"


def agrees(notebook, heat):
    """Every row says what `lw.measure.pool` says."""

    def check():
        shares = json.loads(notebook.evaluate("import json; print(json.dumps(view.shares))"))
        rows = [name for name in names(heat) if name not in ("sum R", "counted twice")]
        assert rows == list(shares)
        for name, share in shares.items():
            assert net(heat, name) == pytest.approx(share["net"], rel=1e-6, abs=1e-9)
        total = net(heat, "sum R")
        assert sum(net(heat, name) for name in names(heat) if name != "sum R") == pytest.approx(
            total, abs=1e-9
        )

    eventually(check)


def outlined(heat, row, column):
    """Whether an outline runs through the middle of a source pixel's left edge."""
    scale, x, y = heat.transform()
    return heat.element.locator(".lrpw-outlines").first.evaluate(
        "(canvas, [x, y]) => canvas.getContext('2d').getImageData(x - 1, y, 3, 1).data[7] > 0",
        [round(column * scale + x), round((row + 0.5) * scale + y)],
    )


def test_a_rectangle_and_its_shares_follow_the_mouse_with_no_kernel(drawing, page, witness):
    notebook, heat = drawing()
    agrees(notebook, heat)
    seen = []
    drag(heat, (3, 4), (4, 6), release=False)
    with witness.no_kernel_traffic(page):
        for corner in ((8, 9), (12, 15), (9, 12)):
            page.mouse.move(*heat.screen(*corner), steps=4)
            page.wait_for_timeout(100)
            seen.append(net(heat, "object"))
    assert len(set(seen)) == 3
    notebook.expect("view.regions", "[]")
    page.mouse.up()
    box = {"kind": "box", "top": 3, "left": 4, "bottom": 10, "right": 13}
    eventually(lambda: notebook.expect("view.regions[0]['shape']", str(box)))
    notebook.expect("view.region", "object")
    assert net(heat, "object") == seen[-1]
    agrees(notebook, heat)
    assert outlined(heat, 5, 4)
    assert not outlined(heat, 5, 8)
    escape_cancels(notebook, heat, page)
    shift_adds_and_alt_takes_away(notebook, heat, page)


def escape_cancels(notebook, heat, page):
    """The stroke is gone, and what stood stands."""
    before = net(heat, "object")
    drag(heat, (3, 14), (12, 20), release=False)
    expect(row(heat, "region 2")).to_be_visible()
    page.keyboard.press("Escape")
    expect(row(heat, "region 2")).to_have_count(0)
    page.mouse.up()
    assert net(heat, "object") == before
    notebook.expect("len(view.regions)", "1")


def shift_adds_and_alt_takes_away(notebook, heat, page):
    """From the region that a click chose."""
    notebook.evaluate("view.regions, view.region = {'object': lw.measure.Box(2, 2, 9, 9)}, None")
    eventually(lambda: agrees(notebook, heat))
    page.mouse.click(*heat.screen(4, 4))
    eventually(lambda: notebook.expect("view.region", "object"))
    page.keyboard.down("Shift")
    drag(heat, (9, 2), (10, 8))
    page.keyboard.up("Shift")
    eventually(lambda: notebook.expect(pixels("object"), str(9 * 7)))
    page.keyboard.down("Alt")
    drag(heat, (2, 2), (3, 8))
    page.keyboard.up("Alt")
    eventually(lambda: notebook.expect(pixels("object"), str(7 * 7)))
    agrees(notebook, heat)


def test_polygon_ellipse_brush_and_eraser_and_the_way_back(drawing, page):
    notebook, heat = drawing("lw.regions(ex, brush=2.0)")
    tool(heat, "Polygon")
    for corner in ((2, 2), (2, 12), (12, 12)):
        page.mouse.click(*heat.screen(*corner))
    page.mouse.dblclick(*heat.screen(12, 2))
    corners = [[2.5, 2.5], [2.5, 12.5], [12.5, 12.5], [12.5, 2.5]]
    eventually(lambda: notebook.expect("view.regions[0]['shape']['corners']", str(corners)))
    agrees(notebook, heat)
    tool(heat, "Brush")
    drag(heat, (15, 4), (15, 18))
    eventually(lambda: notebook.expect("view.regions[0]['shape']['kind']", "runs"))
    agrees(notebook, heat)
    painted = int(notebook.evaluate(f"print({pixels('object')})"))
    assert painted > 100 + 14 * 3
    tool(heat, "Eraser")
    drag(heat, (15, 4), (15, 18))
    eventually(lambda: notebook.expect(f"{pixels('object')} < {painted}", "True"))
    agrees(notebook, heat)
    tool(heat, "Ellipse")
    drag(heat, (1, 14), (9, 22))
    eventually(lambda: notebook.expect("len(view.regions)", "2"))
    agrees(notebook, heat)
    states = []
    for key in ["Control+z"] * 4 + ["Control+Shift+z"] * 4:
        heat.press(key)
        eventually(lambda: agrees(notebook, heat))
        states.append(notebook.evaluate("print([(r['name'], r['shape']['kind']) for r in view.regions])"))
    assert states[3] == "[]"
    assert states[4:7] == [states[2], states[1], states[0]]
    notebook.expect("len(view.regions)", "2")
    assert "view = lw.regions" in notebook.cell(0).inner_text(), "the notebook's own undo was left alone"


def test_the_keyboard_draws(drawing, page):
    notebook, heat = drawing()
    heat.press("ArrowRight", "Enter", "Shift+ArrowRight", "ArrowDown", "ArrowDown", "Enter")
    box = {"kind": "box", "top": 10, "left": 12, "bottom": 13, "right": 23}
    eventually(lambda: notebook.expect("view.regions[0]['shape']", str(box)))
    heat.press("n", "g", "Enter", "Shift+ArrowUp", "Enter", "Shift+ArrowLeft", "Enter", "Enter")
    corners = [[12.5, 22.5], [2.5, 22.5], [2.5, 12.5]]
    eventually(lambda: notebook.expect("view.regions[1]['shape']['corners']", str(corners)))
    agrees(notebook, heat)
    heat.press("Delete")
    eventually(lambda: notebook.expect("len(view.regions)", "1"))
    passed = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        passed.add(page.evaluate("document.activeElement.closest('.lrpw-regions') !== null"))
    assert passed == {True, False}, "Tab goes through the view and leaves it"
    unnamed = heat.element.locator("button, input, select").evaluate_all(
        "all => all.filter(e => !e.ariaLabel && !e.labels?.length && !e.textContent).map(e => e.outerHTML)"
    )
    assert unnamed == []


def test_rows_rename_reorder_delete_and_names_are_text(drawing, page):
    notebook, heat = drawing(
        f"lw.regions(ex, {{{HOSTILE!r}: lw.measure.Box(2, 2, 9, 9), 'b': lw.measure.Box(9, 9, 12, 12)}})"
    )
    expect(row(heat, "b")).to_be_visible()
    assert names(heat)[:2] == [HOSTILE, "b"]
    box = heat.element.get_by_role("textbox", name="Name of b", exact=True)
    box.fill("<b onmouseover=alert(1)>cat")
    box.press("Enter")
    eventually(lambda: notebook.expect("view.regions[1]['name']", "<b onmouseover=alert(1)>cat"))
    row(heat, "<b onmouseover=alert(1)>cat").get_by_role("button", name="Move up").click()
    eventually(lambda: notebook.expect("view.regions[1]['name']", HOSTILE))
    row(heat, HOSTILE).get_by_role("button", name="Delete (Del)").click()
    eventually(lambda: notebook.expect("len(view.regions)", "1"))
    heat.element.get_by_label("Colour of <b onmouseover=alert(1)>cat").fill("#123456")
    eventually(lambda: notebook.expect("view.regions[0]['colour']", "#123456"))
    heat.press("Control+z", "Control+z")
    eventually(lambda: notebook.expect("view.regions[1]['name']", HOSTILE))
    assert heat.element.locator("img, b").count() == 0
    assert page.title() != "owned"
    notebook.evaluate("view.regions = {'a': lw.measure.Box(2, 2, 9, 9), 'b': lw.measure.Box(5, 5, 14, 14)}")
    expect(heat.element.get_by_text("Regions overlap in 16 pixels")).to_be_visible()
    assert names(heat) == ["a", "b", "context", "counted twice", "sum R"]
    agrees(notebook, heat)


def test_superpixels_are_cut_once_and_picked_in_the_browser(drawing, page):
    notebook, heat = drawing("lw.regions(ex, pieces=60)")
    tool(heat, "Superpixels")
    eventually(lambda: notebook.expect("len(view._pieces), view.status", f"({4 * 20 * 24}, 'ready')"))
    notebook.evaluate(
        "import numpy; numpy.save('pieces.npy', numpy.frombuffer(view._pieces, '<i4').reshape(20, 24))"
    )
    pieces = np.load(notebook.server.folder / "pieces.npy")
    page.mouse.click(*heat.screen(10, 12))
    size = int((pieces == pieces[10, 12]).sum())
    eventually(lambda: notebook.expect(pixels("object"), str(size)))
    agrees(notebook, heat)
    other = tuple(np.argwhere(pieces != pieces[10, 12])[0].tolist())
    page.mouse.click(*heat.screen(*other))
    both = size + int((pieces == pieces[other]).sum())
    eventually(lambda: notebook.expect(pixels("object"), str(both)))
    page.mouse.click(*heat.screen(10, 12))
    eventually(lambda: notebook.expect(pixels("object"), str(both - size)))


def test_python_sets_the_browser_follows_and_two_views_are_one(lab, notebook):
    lab.write_notebook("two.ipynb", f"{SIGNED}\nview = lw.regions(ex)\nview", "view")
    opened = notebook("two.ipynb")
    opened.run_all()
    first, second = Heatmap.inside(opened.cell(0)), Heatmap.inside(opened.cell(1))
    opened.evaluate("view.regions = {'cat': lw.measure.Ellipse(2, 3, 15, 20)}")
    for heat in (first, second):
        agrees(opened, heat)
    drag(second, (16, 1), (18, 6))
    eventually(lambda: opened.expect("len(view.regions)", "2"))
    agrees(opened, first)
    first.press("Control+z")
    eventually(lambda: opened.expect("len(view.regions)", "1"))


def test_a_reloaded_page_shows_what_was_drawn_and_draws_on(drawing, page):
    notebook, heat = drawing()
    drag(heat, (3, 4), (9, 12))
    eventually(lambda: notebook.expect("len(view.regions)", "1"))
    tool(heat, "Ellipse")
    drag(heat, (12, 14), (18, 22))
    eventually(lambda: notebook.expect("len(view.regions), view.tool", "(2, 'ellipse')"))
    agrees(notebook, heat)
    before, amounts = names(heat), [net(heat, name) for name in names(heat)]
    notebook.save()
    page.reload()
    notebook.wait_idle()
    heat = Heatmap.inside(notebook.cell(0))
    assert names(heat) == before
    assert [net(heat, name) for name in before] == amounts
    assert outlined(heat, 5, 4)
    expect(heat.element.get_by_role("radio", name=re.compile("^Ellipse"))).to_be_checked()
    drag(heat, (2, 14), (8, 22))
    eventually(
        lambda: notebook.expect("[r['shape']['kind'] for r in view.regions]", "['box', 'ellipse', 'ellipse']")
    )
    agrees(notebook, heat)
    heat.press("Delete")
    eventually(lambda: notebook.expect("len(view.regions)", "2"))
    agrees(notebook, heat)


def test_a_saved_notebook_shows_regions_without_its_kernel(lab, drawing, page):
    notebook, _ = drawing("lw.regions(ex, {'object': lw.measure.Box(2, 2, 9, 9)})")
    notebook.save()
    (output,) = lab.read_notebook("regions.ipynb")["cells"][0]["outputs"]
    assert output["data"]["image/png"].startswith("iVBOR")
    assert "object " in "".join(output["data"]["text/plain"])
    lab.stop_kernels()
    page.goto(lab.page("regions.ipynb"))
    opened = Notebook(page, lab, "regions.ipynb")
    opened.wait_idle()
    picture = opened.cell(0).locator("img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 400
    expect(opened.cell(0).get_by_text(re.compile("model not found|Error displaying"))).to_have_count(0)


LARGE = """
import numpy, torch, lrpwidgets as lw
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(),
                          torch.nn.Linear(4, 2))
picture = numpy.random.default_rng(0).integers(0, 256, (1024, 1024, 3), numpy.uint8)
ex = lw.explain(net, picture, input=lw.image(), rules='epsilon')
""".strip()
# Script of each frame: pointer handlers from the first (window, capturing) to the last (window, bubbling), and drawing.
CLOCK = """() => {
  window.spent = []; let now = 0, from = 0;
  window.addEventListener('pointermove', () => { from = performance.now(); }, true);
  window.addEventListener('pointermove', () => { now += performance.now() - from; });
  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = draw => ask(time => {
    const start = performance.now(); draw(time); now += performance.now() - start;
    if (now > 0.05) window.spent.push(now);
    now = 0;
  });
}"""


@pytest.mark.times
def test_a_frame_of_a_drag_on_1024_pixels_costs_at_most_16_ms(drawing, page, witness, capsys):
    regions = "{'a': lw.measure.Ellipse(90, 90, 700, 900), 'b': lw.measure.Box(300, 30, 990, 500)}"
    notebook, heat = drawing(f"lw.regions(ex, {regions}, region='a', brush=40.0)", LARGE)
    page.evaluate(CLOCK)
    turns = [(512 + 400 * np.cos(at / 4), 512 + 400 * np.sin(at / 4)) for at in range(30)]
    places = [heat.screen(*point) for point in turns]
    for name in ("Rectangle", "Ellipse", "Lasso", "Brush", "Eraser"):
        tool(heat, name)
        eventually(lambda name=name: notebook.expect("view.tool", name.lower()))
        page.mouse.move(*places[0])
        page.mouse.down()
        page.evaluate("window.spent = []")
        with witness.no_kernel_traffic(page):
            for place in places[1:]:
                page.mouse.move(*place)
        spent = page.evaluate("window.spent")
        page.mouse.up()
        assert len(spent) >= 20
        assert tell(capsys, f"draw on a 1024 px map: {name}", spent) <= 16
    agrees(notebook, heat)


def test_it_is_legible_in_both_themes(drawing, page):
    regions = "{'object': lw.measure.Box(20, 30, 180, 200), 'eye': lw.measure.Ellipse(50, 60, 90, 120)}"
    notebook, heat = drawing(f"lw.regions(ex, {regions}, region='eye')", PHOTO)
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        notebook.theme(theme)
        for part in (
            ".lrpw-caption",
            ".lrpw-region-name",
            ".lrpw-value",
            ".lrpw-pie-words .lrpw-muted",
            ".lrpw-sums",
        ):
            eventually(lambda part=part: legible(heat.element.locator(part).first))
        keep(page, f"regions-{theme.split()[-1].lower()}")


def test_a_set_shows_table_and_histogram(lab, notebook, page):
    lab.write_notebook(
        "set.ipynb",
        f"{SIGNED}\nmany = lw.explain(net, numpy.stack([picture, picture[::-1], picture[:, ::-1]]), input=lw.image())\n"
        f"pooled = lw.region_set(many, {{{HOSTILE!r}: lw.measure.Box(2, 2, 9, 9)}}); pooled.wait()\npooled",
    )
    opened = notebook("set.ipynb")
    opened.run_all()
    cell = opened.cell(0)
    expect(cell.locator(".lrpw-region-set table td").first).to_have_text(HOSTILE)
    expect(cell.locator(".lrpw-region-set .bqplot svg rect.bar").first).to_be_attached()
    assert cell.locator(".lrpw-region-set img").count() == 0
    assert page.title() != "owned"
    keep(page, "region-set")
