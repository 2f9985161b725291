"""The heat map widget in a notebook: its pixels are Python's own, and looking at it costs no kernel."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.cells import PHOTO, SMALL, rendered
from tests.browser.conftest import keep
from tests.browser.heatmap import Heatmap, enlarge, eventually, legible, same
from tests.browser.lab import Notebook

LOOKS = [
    {"layout": "map"},
    {"layout": "map", "cmap": "seismic", "limit_rule": "max"},
    {"layout": "map", "channel": "green"},
    {"layout": "map", "limit": 0.0005},
    {"layout": "overlay", "opacity": 1.0},
    {"layout": "overlay", "opacity": 0.4, "cmap": "grey"},
    {"layout": "pattern"},
    {"layout": "input"},
]
DEFAULTS = {"opacity": 0.85, "cmap": "blue-red", "channel": "sum", "limit_rule": "99.5%"}


@pytest.fixture
def shown(lab, notebook):
    """`shown(setup, "lw.view(ex)")` runs both and gives the notebook and the heat map."""

    def show(setup, view):
        lab.write_notebook("heatmap.ipynb", f"{setup.strip()}\nview = {view}\nview")
        opened = notebook("heatmap.ipynb")
        opened.run_all()
        return opened, Heatmap.inside(opened.cell(0))

    return show


def relevance(notebook):
    """The relevance that the notebook shows, (height, width)."""
    notebook.evaluate(
        "import numpy; numpy.save('relevance.npy', ex.relevance[0].double().sum(0).float().numpy())"
    )
    return np.load(notebook.server.folder / "relevance.npy")


def test_pixels_are_pythons_own_where_pixelated(shown):
    notebook, heat = shown(SMALL, "lw.view(ex, pixelated=True, layout='side-by-side')")
    factor = heat.pixels(0).shape[0] // 20
    assert factor > 1
    for panel, layout in enumerate(("input", "map")):
        expected = rendered(notebook, pixelated=True, layout=layout)
        np.testing.assert_array_equal(heat.pixels(panel), enlarge(expected, factor))
    for look in LOOKS:
        expected = rendered(notebook, pixelated=True, **look)
        assert len(np.unique(expected.reshape(-1, 3), axis=0)) > 10, (
            "a picture with nothing in it proves nothing"
        )
        settings = {**DEFAULTS, **look}
        if "limit" in look:
            settings.pop("limit_rule")
        notebook.evaluate(
            f"with view.hold_sync():\n    for item in {settings!r}.items(): setattr(view, *item)"
        )
        eventually(lambda expected=expected: same(heat, expected))


def test_a_smooth_photo_is_within_two_levels_of_pythons(shown):
    notebook, heat = shown(PHOTO, "lw.view(ex)")
    pixels = heat.pixels().astype(int)
    scale = heat.transform()[0]
    expected = rendered(notebook, scale=scale)
    assert pixels.shape == expected.shape
    assert np.abs(pixels - expected).max() <= 2
    assert pixels.std() > 20


def test_hovering_reads_out_and_asks_no_kernel(shown, page, witness):
    notebook, heat = shown(SMALL, "lw.view(ex, pixelated=True)")
    values = relevance(notebook)
    notebook.evaluate("import numpy; numpy.save('picture.npy', picture)")
    picture = np.load(notebook.server.folder / "picture.npy")
    with witness.no_kernel_traffic(page):
        for row, column in ((0, 0), (3, 17), (19, 23)):
            heat.hover(row, column)
            expect(heat.element.locator(".lrpw-readout")).to_contain_text(f"x {column}, y {row}")
            read = re.search(r"R\s+(\S+)", heat.readout).group(1).replace("\u2212", "-")
            assert float(read) == pytest.approx(values[row, column], rel=5e-3)
            assert " ".join(map(str, picture[row, column])) in heat.readout


def test_dragging_a_slider_sends_nothing_until_the_hand_rests(shown, page, witness):
    notebook, heat = shown(SMALL, "lw.view(ex, pixelated=True)")
    box = heat.element.get_by_label("Opacity").bounding_box()
    middle = box["y"] + box["height"] / 2
    before = heat.pixels()
    with witness.no_kernel_traffic(page):
        page.mouse.move(box["x"] + box["width"] * 0.85, middle)
        page.mouse.down()
        for part in (0.7, 0.5, 0.3):
            with heat.redraws():
                page.mouse.move(box["x"] + box["width"] * part, middle)
    assert (heat.pixels() != before).any()
    page.mouse.up()

    def arrived():
        assert float(notebook.evaluate("print(view.opacity)")) == pytest.approx(0.3, abs=0.03)

    eventually(arrived)


def test_looking_needs_no_kernel(shown, page):
    """Every look, the zoom and the read-out, while the kernel's process is stopped."""
    notebook, heat = shown(SMALL, "lw.view(ex, pixelated=True)")
    expected = {
        name: rendered(notebook, pixelated=True, layout=name)
        for name in ("overlay", "map", "pattern", "input")
    }
    seismic = rendered(notebook, pixelated=True, layout="map", cmap="seismic")
    with notebook.frozen_kernel():
        for layout, picture in expected.items():
            heat.element.get_by_label("Layout", exact=True).select_option(layout)
            eventually(lambda picture=picture: same(heat, picture))
        heat.element.get_by_label("Layout", exact=True).select_option("map")
        eventually(lambda: same(heat, expected["map"]))
        while not heat.element.get_by_role("radio", name=re.compile("^seismic")).is_checked():
            with heat.redraws():
                heat.press("m")
        eventually(lambda: same(heat, seismic))
        with heat.redraws():
            heat.press(".", "[", "]", "]")
        zoom_and_pan(heat, page)
        heat.hover(10, 12)
        expect(heat.element.locator(".lrpw-readout")).to_contain_text("x 12, y 10")
        heat.canvas().dblclick()
        eventually(lambda: zoomed(heat, 1))


def zoomed(heat, factor):
    """The zoom that the controls print."""
    assert (
        heat.element.get_by_role("group", name="Zoom").locator("output").inner_text() == f"{100 * factor} %"
    )


def zoom_and_pan(heat, page):
    """The wheel zooms at the pointer, which stays on its pixel; a drag moves the picture with the hand."""
    heat.element.locator(".lrpw-stage").focus()
    heat.hover(5, 6)
    with heat.redraws():
        page.mouse.wheel(0, -200)
    eventually(lambda: zoomed(heat, 2))
    expect(heat.element.locator(".lrpw-readout")).to_contain_text("x 6, y 5")
    scale, x, y = heat.transform()
    with heat.redraws():
        page.mouse.down()
        page.mouse.move(*(heat.screen(5, 6) - 24), steps=4)
    page.mouse.up()
    moved = heat.transform()
    assert moved[0] == scale
    assert (moved[1], moved[2]) == pytest.approx((x - 24, y - 24), abs=2)


def test_the_wheel_scrolls_the_notebook_unless_the_view_has_the_focus(shown, page):
    notebook, heat = shown(SMALL, "lw.view(ex, pixelated=True)")
    notebook.panel.locator(".jp-Notebook").focus()
    heat.hover(5, 6)
    page.mouse.wheel(0, -200)
    page.wait_for_timeout(300)
    zoomed(heat, 1)


def test_zoomed_pixels_are_pythons_own(shown):
    notebook, heat = shown(
        SMALL, "lw.view(ex, pixelated=True, layout='map', viewport={'x': -4, 'y': 3, 'zoom': 2})"
    )
    expected = rendered(notebook, pixelated=True, layout="map")
    scale, x, y = heat.transform()
    pixels = heat.pixels()
    rows = np.floor((np.arange(pixels.shape[0]) + 0.5 - y) / scale).astype(int)
    columns = np.floor((np.arange(pixels.shape[1]) + 0.5 - x) / scale).astype(int)
    assert len(set(rows)) == 10
    assert len(set(columns)) == 12
    assert (rows[0] + rows[-1]) / 2 == pytest.approx(9.5 + 3, abs=0.5)
    assert (columns[0] + columns[-1]) / 2 == pytest.approx(11.5 - 4, abs=0.5)
    np.testing.assert_array_equal(pixels, expected[rows][:, columns])


def test_several_views_of_one_widget_share_its_state(lab, notebook):
    lab.write_notebook("several.ipynb", f"{SMALL.strip()}\nview = lw.view(ex, pixelated=True)\nview", "view")
    opened = notebook("several.ipynb")
    opened.run_all()
    first, second = Heatmap.inside(opened.cell(0)), Heatmap.inside(opened.cell(1))
    second.element.get_by_label("Layout", exact=True).select_option("map")
    expected = rendered(opened, pixelated=True, layout="map")
    eventually(lambda: same(second, expected))
    eventually(lambda: same(first, expected))


def test_a_reloaded_page_shows_the_live_widget_again(shown, page):
    notebook, heat = shown(SMALL, "lw.view(ex, pixelated=True)")
    notebook.save()
    page.reload()
    notebook.wait_idle()
    heat = Heatmap.inside(notebook.cell(0))
    notebook.evaluate("view.layout = 'map'")
    expected = rendered(notebook, pixelated=True, layout="map")
    eventually(lambda: same(heat, expected))
    heat.element.get_by_label("Layout", exact=True).select_option("pattern")
    eventually(lambda: notebook.expect("view.layout", "pattern"))


def test_every_device_pixel_is_used_on_a_dense_screen(lab, dense_page):
    lab.write_notebook(
        "dense.ipynb", f"{SMALL.strip()}\nview = lw.view(ex, pixelated=True, layout='map')\nview"
    )
    opened = Notebook.open(dense_page, lab, "dense.ipynb")
    opened.run_all()
    heat = Heatmap.inside(opened.cell(0))
    same(heat, rendered(opened, pixelated=True, layout="map"))
    assert heat.canvas().evaluate(
        "canvas => canvas.width / canvas.getBoundingClientRect().width"
    ) == pytest.approx(2)
    heat.hover(10, 12)
    expect(heat.element.locator(".lrpw-readout")).to_contain_text("x 12, y 10")


def test_the_keyboard_reaches_everything_and_tab_moves_on(shown, page):
    notebook, heat = shown(SMALL, "lw.view(ex, pixelated=True)")
    heat.press("ArrowRight", "ArrowDown", "Shift+ArrowRight")
    eventually(lambda: notebook.expect("view.cursor is not None", "True"))
    heat.press("v", "p", ",", "+")
    eventually(
        lambda: notebook.expect("view.layout, view.pixelated, view.opacity", "('side-by-side', False, 0.8)")
    )
    passed = set()
    for _ in range(20):
        page.keyboard.press("Tab")
        passed.add(page.evaluate("document.activeElement.closest('.lrpw-heatmap') !== null"))
    assert passed == {True, False}, "Tab goes through the view and leaves it"


def test_it_is_legible_in_both_themes(shown, page):
    notebook, heat = shown(PHOTO, "lw.view(ex)")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        notebook.theme(theme)
        for part in (
            ".lrpw-caption",
            ".lrpw-target",
            ".lrpw-readout",
            ".lrpw-label",
            ".lrpw-select",
            ".lrpw-bar-low",
        ):
            eventually(lambda part=part: legible(heat.element.locator(part).first))
        keep(page, f"heatmap-{theme.split()[-1].lower()}")
