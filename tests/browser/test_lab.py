"""What JupyterLab adds: commands, settings, the side panel, code in the clipboard; each can be switched off alone."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.cells import SMALL, rendered
from tests.browser.conftest import keep
from tests.browser.heatmap import Heatmap, eventually, same

PAPER = "https://arxiv.org/abs/1706.07979"
LONG = "for line in range(40): print(line)"


def command(page, text):
    """Choose a command from the palette by its whole label."""
    page.keyboard.press("Control+Shift+C")
    page.locator(".lm-CommandPalette-input").fill(text)
    page.locator(".lm-CommandPalette-item").get_by_text(text, exact=True).click()


def listed(page, text):
    """The labels that the palette finds for a text."""
    page.keyboard.press("Control+Shift+C")
    page.locator(".lm-CommandPalette-input").fill(text)
    labels = page.locator(".lm-CommandPalette-itemLabel").all_inner_texts()
    page.keyboard.press("Escape")
    return labels


def panel(page):
    """The side panel."""
    return page.locator("#lrpwidgets-panel")


def clipboard(page):
    """What was copied last."""
    return page.evaluate("navigator.clipboard.readText()")


@pytest.fixture
def opened(lab, notebook, page):
    """A notebook with two live views, much text between them, and one that no widget shows."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    first = f"{SMALL.strip()}\nview = lw.view(ex, pixelated=True, layout='map')\nview"
    second = "other = lw.view(ex, pixelated=True, layout='map', cmap='grey')\nother"
    lab.write_notebook("lab.ipynb", first, LONG, LONG, second, "ex")
    opened = notebook("lab.ipynb")
    opened.run_all()
    return opened


def test_the_palette_and_the_help_menu_lead_to_the_paper(lab, page):
    page.add_init_script("window.open = (...asked) => { window.asked = asked; return null; }")
    page.goto(lab.page())
    expect(page.locator(".jp-LauncherCard").first).to_be_visible()
    labels = listed(page, "lrp")
    for wanted in ("copy the code of the view", "keep the explanation in sight", "settings"):
        assert f"LRP: {wanted}" in labels
    assert sum(label.startswith("LRP: paper, section") for label in labels) == 21
    command(page, "LRP: paper, section 6.4: Translation trick")
    assert page.evaluate("window.asked")[0] == PAPER
    page.evaluate("window.asked = null")
    page.get_by_role("menuitem", name="Help", exact=True).first.click()
    page.locator(".lm-Menu-item").get_by_text("Paper on LRP", exact=True).hover()
    page.locator(".lm-Menu-item").get_by_text("Section 7.2: Explanation selectivity", exact=True).click()
    assert page.evaluate("window.asked")[0] == PAPER


def test_the_panel_keeps_the_explanation_in_sight(opened, page):
    heat = Heatmap.inside(opened.cell(0))
    heat.hover(3, 4)
    page.mouse.click(*heat.screen(3, 4))
    command(page, "LRP: keep the explanation in sight")
    in_sight = Heatmap.inside(panel(page))
    expected = rendered(opened, pixelated=True, layout="map")
    eventually(lambda: same(in_sight, expected))
    opened.cell(3)  # scrolls there
    expect(in_sight.element).to_be_in_viewport()
    # It is the same widget, not a picture of it.
    opened.evaluate("view.cmap = 'seismic'")
    expected = rendered(opened, pixelated=True, layout="map", cmap="seismic")
    eventually(lambda: same(in_sight, expected))
    keep(page, "panel")

    other = Heatmap.inside(opened.cell(3))
    page.mouse.click(*other.screen(3, 4))
    grey = rendered(opened, pixelated=True, layout="map", cmap="grey")
    eventually(lambda: same(Heatmap.inside(panel(page)), grey))
    panel(page).get_by_role("button", name="Pin").click()
    heat = Heatmap.inside(opened.cell(0))
    page.mouse.click(*heat.screen(5, 5))
    eventually(lambda: opened.expect("view.cursor", "[5, 5]"))
    same(Heatmap.inside(panel(page)), grey)
    opened.save()

    page.reload()
    opened.wait_idle()
    expect(panel(page)).to_be_visible()
    eventually(lambda: same(Heatmap.inside(panel(page)), grey))
    expect(panel(page).get_by_role("button", name="Pin")).to_have_attribute("aria-pressed", "true")
    panel(page).get_by_role("button", name="Pin").click()
    page.mouse.click(*Heatmap.inside(opened.cell(0)).screen(3, 4))
    eventually(lambda: same(Heatmap.inside(panel(page)), expected))


def test_the_panel_follows_a_cell_that_runs_again_and_leaves_nothing_behind(opened, page):
    page.mouse.click(*Heatmap.inside(opened.cell(0)).screen(3, 4))
    command(page, "LRP: keep the explanation in sight")
    Heatmap.inside(panel(page))
    views = "print(sum(type(one).__name__ == 'HeatmapView' for one in __import__('gc').get_objects()))"
    before = opened.evaluate(views)
    tab = page.locator('.lm-TabBar-tab[data-id="lrpwidgets-panel"]')
    for _ in range(3):
        tab.click()
        expect(panel(page)).to_be_hidden()
        assert panel(page).locator(".lrpw-heatmap").count() == 0
        tab.click()
        Heatmap.inside(panel(page))
    assert panel(page).locator(".lrpw-heatmap").count() == 1
    assert opened.evaluate(views) == before, "looking makes no widgets"
    opened.run_all()
    opened.evaluate("view.cmap = 'seismic'")
    expected = rendered(opened, pixelated=True, layout="map", cmap="seismic")
    eventually(lambda: same(Heatmap.inside(panel(page)), expected))


def test_the_code_of_a_view_goes_to_the_clipboard(opened, page):
    heat = Heatmap.inside(opened.cell(0))
    opened.evaluate("view.cmap = 'seismic'")  # after the output was written
    expected = rendered(opened, pixelated=True, layout="map", cmap="seismic")
    eventually(lambda: same(heat, expected))
    page.mouse.click(*heat.screen(3, 4), button="right")
    page.locator(".lm-Menu-item").get_by_text("Copy Code for This View", exact=True).click()
    eventually(lambda: _equal(clipboard(page), opened.evaluate("print(view.code)")))
    assert "seismic" in clipboard(page)

    still = Heatmap.inside(opened.cell(4))
    page.mouse.click(*still.screen(3, 4))
    command(page, "LRP: copy the code of the view")
    eventually(lambda: _equal("seismic" in clipboard(page), False))
    assert clipboard(page).startswith("import lrpwidgets as lw")


def _equal(one, other):
    assert one == other


def test_settings_change_what_nobody_chose(lab, notebook, page):
    chosen = "lw.view(ex, pixelated=True, layout='map', cmap='blue-red', limit_rule='99.5%')"
    lab.write_notebook(
        "settings.ipynb",
        f"{SMALL.strip()}\nfree = lw.view(ex, pixelated=True, layout='map')\nfree",
        chosen,
        "ex",
    )
    opened = notebook("settings.ipynb")
    opened.run_all()
    plain = rendered(opened, pixelated=True, layout="map")
    for index in (0, 1):
        heat = Heatmap.inside(opened.cell(index))
        eventually(lambda heat=heat: same(heat, plain))
    try:
        command(page, "LRP: settings")
        field = page.locator("select[id$='colourMap']")
        field.select_option("seismic")
        page.locator("select[id$='limitRule']").select_option("max")
        keep(page, "settings")
        page.locator(".lm-DockPanel-tabBar").get_by_text("settings.ipynb").click()
        liked = rendered(opened, pixelated=True, layout="map", cmap="seismic", limit_rule="max")
        assert (liked != plain).any()
        eventually(lambda: same(Heatmap.inside(opened.cell(0)), liked))
        same(Heatmap.inside(opened.cell(1)), plain)
        still = rendered(opened, pixelated=True, cmap="seismic", limit_rule="max")
        eventually(lambda: same(Heatmap.inside(opened.cell(2)), still))
        # Shown, not written: the kernel's state is what it was.
        opened.expect("free.cmap, free.limit_rule, free._chosen", "('blue-red', '99.5%', [])")
        # A hand that chooses wins over the page; even if it chooses what the package has.
        free = Heatmap.inside(opened.cell(0))
        free.element.get_by_role("radio", name=re.compile("^blue-red:")).check(force=True)
        wanted = rendered(opened, pixelated=True, layout="map", limit_rule="max")
        eventually(lambda: same(free, wanted))
        eventually(lambda: opened.expect("free._chosen", "['cmap']"))
    finally:
        for file in (lab.folder.parent / "settings").glob("lrpwidgets/*"):
            file.unlink()


def test_a_theme_of_its_own_for_the_views(lab, notebook, page):
    file = lab.folder.parent / "settings" / "lrpwidgets" / "plugin.jupyterlab-settings"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"theme": "dark"}), encoding="utf-8")
    try:
        lab.write_notebook("theme.ipynb", f"{SMALL.strip()}\nlw.view(ex)")
        opened = notebook("theme.ipynb")
        opened.run_all()
        heat = Heatmap.inside(opened.cell(0))
        eventually(lambda: expect(heat.element).to_have_css("background-color", "rgb(17, 20, 24)"))
        keep(page, "theme-dark-on-light")
    finally:
        file.unlink()


SIGNS = {
    "panel": "LRP: keep the explanation in sight",
    "paper": "LRP: paper, section 6.4: Translation trick",
    "copy-code": "LRP: copy the code of the view",
    "plugin": "LRP: settings",
    "quickstart": "lrpwidgets: open the quickstart",
}


@pytest.mark.parametrize("off", [*SIGNS, "documents"])
def test_each_plugin_can_be_switched_off_alone(off, lab, page):
    config = lab.folder.parent / "config" / "labconfig" / "page_config.json"
    config.parent.mkdir(parents=True, exist_ok=True)
    # The server reads it for every page.
    config.write_text(json.dumps({"disabledExtensions": {f"lrpwidgets:{off}": True}}), encoding="utf-8")
    try:
        page.goto(lab.page())
        expect(page.locator(".jp-LauncherCard").first).to_be_visible()
        labels = listed(page, "lrp")
        assert {name for name, label in SIGNS.items() if label in labels} == SIGNS.keys() - {off}
        assert panel(page).count() == (off != "panel")
        icons = page.locator(".jp-DirListing-content [data-icon='lrpwidgets:icon']")
        (lab.folder / "switch.lrp.json").write_text("{}", encoding="utf-8")
        page.get_by_role("button", name=re.compile("Refresh")).first.click()
        expect(page.locator(".jp-DirListing-content").get_by_text("switch.lrp.json")).to_be_visible()
        expect(icons).to_have_count(int(off != "documents"))
    finally:
        config.unlink()
        (lab.folder / "switch.lrp.json").unlink(missing_ok=True)
