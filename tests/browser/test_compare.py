"""The comparison in a notebook: cells on one scale, one cursor for all, and no kernel while a hand looks around."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import keep
from tests.browser.heatmap import READ_PIXELS, enlarge, eventually, legible

# Not square and in colour, so that a swap of axes or channels shows; labels that would run if they were HTML.
SMALL = """
import numpy, torch, lrpwidgets as lw
torch.manual_seed(0)
features = torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.Flatten()
net = torch.nn.Sequential(*features, torch.nn.Linear(8 * 18 * 22, 4))
picture = numpy.random.default_rng(0).integers(0, 256, (20, 24, 3), numpy.uint8)
labels = ["<img src=x onerror=document.title='pwned'>", "b", "c", "d"]
how = dict(input=lw.image(), labels=labels)
"""
METHODS = ["sensitivity", "gradient-x-input", "lrp"]
THREE = f"lw.compare(net, picture, {METHODS}, **how, pixelated=True, layout='map', scale='shared', {{}})"
# Each map takes a while, as those of a large model do.
SLOW = """
import threading, lrpwidgets.widgets.compare as module
go = threading.Semaphore(1)
answer = module.CompareView._answer
def slowly(view, cell, token):
    while not go.acquire(timeout=0.05): token.check()
    answer(view, cell, token)
module.CompareView._answer = slowly
"""
RENDER = """
import numpy; from lrpwidgets.render import heatmap
pictures = [heatmap.picture(ex, layout='map', limit=view._scales.limit_of(cell))
            for ex, cell in zip(view.explanations, view._grid) if ex is not None]
numpy.save('seen.npy', numpy.stack(pictures))
done = [ex for ex in view.explanations if ex is not None]
numpy.save('values.npy', numpy.stack([ex.relevance[0].double().sum(0).float().numpy() for ex in done]))
"""


class Comparison:
    """One comparison on a page."""

    def __init__(self, place, maps):
        self.element = place.locator(".lrpw-compare").first
        self.page = self.element.page
        expect(self.element).to_have_attribute("data-maps", str(maps), timeout=60_000)
        expect(self.element).to_have_attribute("data-ready", re.compile(r"\d+"))
        self.cells = self.element.locator(".lrpw-compare-row .lrpw-cell")
        self.difference = self.element.locator("> .lrpw-compare-cells .lrpw-cell")

    def pixels(self, cell):
        width, height, data = cell.locator("canvas").first.evaluate(READ_PIXELS)
        return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)[..., :3]

    def shows(self, cell, expected):
        pixels = self.pixels(cell)
        np.testing.assert_array_equal(pixels, enlarge(expected, pixels.shape[0] // expected.shape[0]))

    def screen(self, at, row, column):
        """Where the centre of a source pixel of a cell is in the window."""
        canvas = self.cells.nth(at).locator("canvas").first
        canvas.scroll_into_view_if_needed()
        return canvas.evaluate(
            """(canvas, [row, column]) => {
              const box = canvas.getBoundingClientRect(), ratio = canvas.width / box.width;
              const {scale, originX, originY} = canvas.dataset;
              return [box.x + ((column + 0.5) * scale + Number(originX)) / ratio,
                      box.y + ((row + 0.5) * scale + Number(originY)) / ratio];
            }""",
            [row, column],
        )

    def hover(self, at, row, column):
        self.page.mouse.move(*self.screen(at, row, column))

    @property
    def values(self):
        """What each cell reads out."""
        found = [
            text.replace("\u2212", "-") for text in self.cells.locator(".lrpw-cell-value").all_inner_texts()
        ]
        return [float(text.removeprefix("R ")) if text else None for text in found]


@pytest.fixture
def shown(lab, notebook):
    """`shown(setup, call, maps)` runs both and gives the notebook and the comparison."""

    def show(setup, call, maps):
        lab.write_notebook("compare.ipynb", f"{setup.strip()}\nview = {call}\nview")
        opened = notebook("compare.ipynb")
        opened.run_all()
        return opened, Comparison(opened.cell(0), maps)

    return show


def rendered(notebook):
    """Python's own pictures and the relevance of all cells."""
    notebook.evaluate(RENDER)
    return np.load(notebook.server.folder / "seen.npy"), np.load(notebook.server.folder / "values.npy")


def test_pixels_are_pythons_own_on_the_limit_that_all_share(shown):
    notebook, grid = shown(SMALL, THREE.format(""), 3)
    expected, _ = rendered(notebook)
    for at in range(3):
        grid.shows(grid.cells.nth(at), expected[at])
    bar = grid.element.locator(".lrpw-bar")
    expect(bar).to_have_count(1)
    expect(bar).to_contain_text("limit: 99.5 % of |R|, shared by 3 maps")
    limit = float(notebook.evaluate("print(view.limit)"))
    assert float(bar.locator(".lrpw-bar-high").inner_text()) == pytest.approx(limit, rel=5e-3)
    grid.element.get_by_label("Scale", exact=True).select_option("cell")
    expect(bar).to_have_count(3)
    expect(bar.first).to_contain_text("of this map alone")
    eventually(lambda: notebook.expect("view.scale", "cell"))
    own, _ = rendered(notebook)
    assert (own != expected).any()
    for at in range(3):
        eventually(lambda at=at: grid.shows(grid.cells.nth(at), own[at]))


def test_one_cursor_reads_out_every_cell_and_asks_no_kernel(shown, page, witness):
    notebook, grid = shown(SMALL, THREE.format(""), 3)
    _, values = rendered(notebook)
    with witness.no_kernel_traffic(page):
        for at, row, column in ((0, 3, 17), (2, 19, 23), (1, 0, 0)):
            grid.hover(at, row, column)
            expect(grid.element.locator(".lrpw-readout")).to_contain_text(f"x {column}, y {row}")
            assert grid.values == pytest.approx(list(values[:, row, column]), rel=5e-3)
            expect(grid.cells.locator(".lrpw-cross-x:not([hidden])")).to_have_count(3)
    page.mouse.click(*grid.screen(1, 4, 5))
    eventually(lambda: notebook.expect("view.cursor, view.selected", "([4, 5], 1)"))
    page.mouse.move(2, 2)
    notebook.evaluate("view.cursor = [7, 8]")
    eventually(lambda: same_values(grid, values[:, 7, 8]))


def same_values(grid, wanted):
    assert grid.values == pytest.approx(list(wanted), rel=5e-3)


def test_zoom_is_shared(shown, page):
    notebook, grid = shown(SMALL, THREE.format(""), 3)
    grid.cells.nth(2).locator(".lrpw-stage").focus()
    # Both within one animation frame, as on a busy machine.
    page.evaluate(
        """() => { for (const key of "++") {
             document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
           } }"""
    )

    def zoomed():
        origins = {
            tuple(canvas.get_attribute(f"data-{name}") for name in ("scale", "origin-x", "origin-y"))
            for canvas in grid.cells.locator("canvas").all()
        }
        assert len(origins) == 1
        assert float(origins.pop()[1]) < 0

    eventually(zoomed)
    eventually(lambda: notebook.expect("round(view.viewport['zoom'], 6)", "2.0"))


def test_the_difference_of_two_is_on_a_scale_of_its_own(shown, page):
    notebook, grid = shown(SMALL, THREE.format(""), 3)
    grid.cells.nth(0).get_by_role("button", name="Subtract from this one").click()
    grid.cells.nth(2).locator(".lrpw-stage").focus()
    page.keyboard.press("b")
    eventually(lambda: notebook.expect("view.difference", "[0, 2]"))
    notebook.evaluate(
        "import numpy; from lrpwidgets.render import heatmap, limit\n"
        "one, two = (view.explanations[at].relevance[0].float().numpy() for at in (0, 2))\n"
        "gap = (one - two).astype('f8').sum(0).astype('f4')\n"
        "numpy.save('gap.npy', heatmap.colour_map(gap, limit.limit(gap, '99.5%'), 'blue-red'))"
    )
    expected = np.load(notebook.server.folder / "gap.npy")
    cell = grid.difference
    eventually(lambda: grid.shows(cell, expected))
    expect(cell).to_contain_text("on a scale of its own")
    expect(cell.locator(".lrpw-bar")).to_contain_text("of the difference alone")
    grid.cells.nth(0).get_by_role("button", name="Subtract from this one").click()
    expect(cell).to_be_hidden()
    eventually(lambda: notebook.expect("view.difference", "None"))


def test_a_region_is_drawn_in_one_cell_and_summed_in_all(shown, page, witness):
    notebook, grid = shown(SMALL, THREE.format(""), 3)
    _, values = rendered(notebook)
    with witness.no_kernel_traffic(page):
        page.keyboard.down("Shift")
        page.mouse.move(*grid.screen(1, 12, 15))
        page.mouse.down()
        page.mouse.move(*grid.screen(1, 4, 3), steps=3)
        expect(grid.cells.locator(".lrpw-cell-region:not([hidden])")).to_have_count(3)
    page.mouse.up()
    page.keyboard.up("Shift")
    eventually(lambda: notebook.expect("view.region", "[4, 3, 13, 16]"))
    for at in range(3):
        text = grid.cells.nth(at).locator(".lrpw-cell-lines").inner_text()
        read = float(re.search(r"region: sum R (\S+)", text).group(1).replace("\u2212", "-"))
        assert read == pytest.approx(float(values[at, 4:13, 3:16].sum(dtype=np.float64)), rel=1e-4)
    page.keyboard.press("Escape")
    eventually(lambda: notebook.expect("view.region", "None"))
    grid.cells.nth(0).locator(".lrpw-stage").focus()
    for key in ("ArrowRight", "r", "ArrowRight", "ArrowDown", "r"):
        page.keyboard.press(key)
    eventually(lambda: notebook.expect("view.region", "[10, 12, 12, 14]"))


def test_cells_fill_in_and_a_stop_keeps_them(shown, page):
    notebook, grid = shown(f"{SMALL}\n{SLOW}", THREE.format(""), 1)
    expect(grid.cells).to_have_count(3)
    expect(grid.cells.nth(1)).to_contain_text("Not computed yet.")
    notebook.evaluate("go.release()")
    expect(grid.element).to_have_attribute("data-maps", "2")
    expect(grid.element.locator(".lrpw-bar")).to_contain_text("shared by 2 maps")
    grid.element.get_by_role("button", name="Stop").click()
    expect(grid.cells.nth(2)).to_contain_text("Not computed.")
    expect(grid.element).to_have_attribute("aria-busy", "false")
    expect(grid.element).to_have_attribute("data-maps", "2")
    expected, _ = rendered(notebook)
    assert len(expected) == 2
    for at in range(2):
        grid.shows(grid.cells.nth(at), expected[at])
    notebook.evaluate("go.release()")
    grid.element.get_by_role("button", name="Compute what is missing").click()
    expect(grid.element).to_have_attribute("data-maps", "3")


def test_errors_and_labels_stay_text_in_their_cell(shown, page):
    call = "lw.compare(net, picture, ['lrp', 'sensitivity'], targets=[0, '<b onclick=1>', 1], **how, measures=['gini'])"
    _, grid = shown(SMALL, call, 4)
    expect(grid.cells.nth(0)).to_contain_text("<img src=x onerror=")
    expect(grid.cells.nth(2).get_by_role("alert")).to_contain_text("<b onclick=1>")
    expect(grid.cells.nth(4).get_by_role("alert")).to_have_count(0)
    expect(grid.cells.nth(4)).to_contain_text("Gini index")
    expect(grid.element.locator("img, b")).to_have_count(0)
    assert "pwned" not in page.title()


def test_a_measure_is_asked_for_with_a_click(shown):
    notebook, grid = shown(SMALL, THREE.format(""), 3)
    grid.element.get_by_label("Flipping AUC").check()
    expect(grid.cells.nth(2)).to_contain_text(re.compile(r"flipping AUC \S+ \(1 px patches, 32 steps\)"))
    notebook.expect("view.measures", "['flipping']")


def test_the_keyboard_reaches_every_cell_and_tab_moves_on(shown, page):
    notebook, grid = shown(
        SMALL, "lw.compare(net, picture, ['lrp', 'epsilon'], targets=[1, 2], **how, pixelated=True)", 4
    )
    grid.cells.nth(0).locator(".lrpw-stage").focus()
    for key in ("Alt+ArrowRight", "Alt+ArrowDown", "Alt+ArrowDown"):
        page.keyboard.press(key)
    eventually(lambda: notebook.expect("view.selected", "3"))
    for key in ("v", "s", ",", "ArrowDown"):
        page.keyboard.press(key)
    eventually(
        lambda: notebook.expect(
            "view.layout, view.scale, view.opacity, view.cursor", "('side-by-side', 'cell', 0.8, [10, 12])"
        )
    )
    page.keyboard.press("?")
    expect(grid.element.get_by_role("dialog")).to_contain_text("Alt + arrows")
    page.keyboard.press("Escape")
    passed = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        passed.add(page.evaluate("document.activeElement.closest('.lrpw-compare') !== null"))
    assert passed == {True, False}, "Tab goes through the view and leaves it"


def test_a_reloaded_page_shows_the_live_comparison_again(shown, page):
    notebook, _ = shown(SMALL, THREE.format(""), 3)
    notebook.save()
    page.reload()
    notebook.wait_idle()
    grid = Comparison(notebook.cell(0), 3)
    expected, _ = rendered(notebook)
    for at in range(3):
        grid.shows(grid.cells.nth(at), expected[at])
    grid.element.get_by_label("Layout", exact=True).select_option("overlay")
    eventually(lambda: notebook.expect("view.layout", "overlay"))


def test_it_is_legible_and_fits_at_every_width(shown, page):
    setup = "import lrpwidgets as lw; net, photos = lw.zoo.squeezenet(), lw.zoo.photos()"
    call = "lw.compare(net, photos[0], ['sensitivity', 'gradient-x-input', 'lrp', 'epsilon'])"
    notebook, grid = shown(setup, call, 4)
    expect(grid.element).to_contain_text("Each column has a scale of its own")
    expect(grid.element.locator(".lrpw-bar")).to_have_count(4)
    margin = 1400 - grid.element.evaluate("element => element.clientWidth")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        notebook.theme(theme)
        for part in (
            ".lrpw-cell-title",
            ".lrpw-cell-target",
            ".lrpw-cell-lines",
            ".lrpw-bar-low",
            ".lrpw-readout",
        ):
            eventually(lambda part=part: legible(grid.element.locator(part).first))
        for width in (640, 1800):
            page.set_viewport_size({"width": width + margin, "height": 1100})
            page.wait_for_function(
                "width => document.querySelector('.lrpw-compare').clientWidth === width", arg=width
            )

            def fits():
                sticking = grid.element.evaluate(
                    """root => {
                      const edge = root.getBoundingClientRect().right + 1;
                      const parts = [...root.querySelectorAll('.lrpw-cell, .lrpw-row, canvas')];
                      return parts.filter(part => part.offsetWidth && part.getBoundingClientRect().right > edge).length;
                    }"""
                )
                assert sticking == 0

            eventually(fits)
            grid.element.scroll_into_view_if_needed()
            keep(page, f"compare-{theme.split()[-1].lower()}-{width}")
