"""The molecule view in a real page: turned by hand and by keys with no message, read out, sliced, in both themes."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import keep
from tests.browser.heatmap import READ_PIXELS, eventually, legible

MOLECULES = """
import torch, lrpwidgets as lw

net = lw.zoo.molecules()
water = ["O", "H", "H"], [[0, 0, 0.119], [0, 0.763, -0.477], [0, -0.763, -0.477]]
ammonia = ["N", "H", "H", "H"], [[0, 0, 0.12], [0, 0.94, -0.27], [0.81, -0.47, -0.27], [-0.81, -0.47, -0.27]]
both = lw.molecule(numbers=[water[0], ammonia[0]], positions=[water[1], ammonia[1]], elements=net.elements)
ex = lw.explain(net.at(both), both.charges, rules="lrp-0")
"""
PROBE = """
one = both.at(0)
hydrogen = torch.eye(14)[None, :1]
charges, places = one.charges, one.geometry
def probed(points):
    there = torch.cat([places.expand(len(points), -1, -1), points[:, None]], 1)
    return torch.cat([charges, hydrogen], 1).expand(len(points), -1, -1), there
grid = lw.measure.grid_around(places[0], margin=1.5, step=0.5)
probe = lw.measure.probe_map(net, probed, grid, reference=probed(torch.full((1, 3), 1e3)))
"""


class Molecule:
    """A molecule view in a cell."""

    def __init__(self, cell):
        self.element = cell.locator(".lrpw-molecule").first
        expect(self.element).to_have_attribute("data-ready", re.compile(r"\d+"))
        self.stage = self.element.get_by_role("application")
        self.canvas = self.element.locator(".lrpw-mol-canvas")
        self.read = self.element.locator(".lrpw-mol-read")

    def pixels(self):
        import base64

        width, height, data = self.canvas.evaluate(READ_PIXELS)
        return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)

    def drag(self, page, dx, dy):
        box = self.stage.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] - 30
        page.mouse.move(x, y)
        page.mouse.down()
        for part in range(1, 9):
            page.mouse.move(x + dx * part / 8, y + dy * part / 8)


@pytest.fixture
def shown(lab, notebook):
    """Run cells that end in a view, and give the notebook and the view."""

    def show(*lines, setup=MOLECULES):
        lab.write_notebook("molecule.ipynb", setup, "\n".join(lines))
        opened = notebook("molecule.ipynb")
        opened.run_all()
        return opened, Molecule(opened.cell(1))

    return show


def test_dragging_turns_it_and_python_hears_of_it_once_at_the_end(shown, page):
    opened, molecule = shown(
        "view = lw.view(ex)", "heard = []", "view.observe(heard.append, 'viewport')", "view"
    )
    before = molecule.pixels()
    molecule.drag(page, 120, 0)
    eventually(lambda: np.any(molecule.pixels() != before) or pytest.fail("it did not turn"))
    opened.expect("len(heard)", "0")  # while it turns no message leaves the page
    page.mouse.up()
    eventually(lambda: opened.expect("len(heard)", "1"))
    turned = json.loads(opened.evaluate("import json; print(json.dumps(view.viewport['rotation']))"))
    np.testing.assert_allclose(
        turned[1:], [0, np.sin(0.5), 0], atol=0.02
    )  # 120 pixels are one radian about up
    after = molecule.pixels()
    molecule.stage.focus()
    molecule.stage.press("0")
    eventually(lambda: np.testing.assert_array_equal(molecule.pixels(), before))
    opened.evaluate(f"view.viewport = {{'rotation': {turned}, 'zoom': 1}}")
    eventually(lambda: np.testing.assert_array_equal(molecule.pixels(), after))


def test_atoms_are_read_out_by_pointer_and_keys(shown, page):
    opened, molecule = shown("view = lw.view(ex)", "view")
    relevance = json.loads(opened.evaluate("import json; print(json.dumps(ex.relevance[0].sum(1).tolist()))"))
    molecule.stage.focus()
    for atom, name in enumerate(("O1", "H1", "H2")):
        molecule.stage.press("n")
        expect(molecule.read).to_have_text(re.compile(rf"^{name}: R \+"))
        said = float(re.search(r"R (\S+?),", molecule.read.inner_text()).group(1))
        assert said == pytest.approx(relevance[atom], rel=1e-3)
        eventually(lambda atom=atom: opened.expect("view.cursor", str(atom)))
    molecule.stage.press("Escape")
    eventually(lambda: opened.expect("view.cursor", "None"))
    box = molecule.stage.bounding_box()
    middle = json.loads(opened.evaluate("print(view._molecule['positions'][1])"))
    axes = np.reshape(json.loads(opened.evaluate("print(view._molecule['axes'])")), (3, 3))
    found = axes @ middle
    sign = np.sign(found[0])
    for step in range(10, 300, 10):  # along the row in which that hydrogen lies
        unit = 110
        page.mouse.move(
            box["x"] + box["width"] / 2 + sign * step, box["y"] + box["height"] / 2 - found[1] * unit
        )
        if molecule.read.inner_text().startswith("H1"):
            break
    page.mouse.down()
    page.mouse.up()
    eventually(lambda: opened.expect("view.cursor", "1"))


def test_another_molecule_and_the_slices_of_a_probe_map(shown, page):
    opened, molecule = shown(PROBE, "view = lw.view(ex, probe=probe, axis='x')", "view")
    before = molecule.pixels()
    slider = molecule.element.get_by_label("slice", exact=True)
    slider.focus()
    slider.press("Home")
    eventually(lambda: opened.expect("view.slice", "0"))
    eventually(lambda: np.any(molecule.pixels() != before) or pytest.fail("the slice stayed"))
    expect(molecule.element.locator("output.lrpw-value")).to_have_text(re.compile("x -1.5"))
    keep(page, "molecule-probe")
    opened.evaluate("view.probe = None")
    expect(slider).to_be_hidden()
    molecule.element.get_by_label("molecule", exact=True).select_option(label="1: H3N")
    eventually(lambda: opened.expect("view.sample", "1"))
    expect(molecule.element.locator(".lrpw-mol-caption")).to_contain_text("H3N: atomization energy")


def test_it_fits_and_is_legible_in_both_themes_and_at_both_widths(shown, page):
    opened, molecule = shown(PROBE, "view = lw.view(ex, probe=probe, axis='x')", "view")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        opened.theme(theme)
        for part in (".lrpw-mol-caption", ".lrpw-mol-read", ".lrpw-mol-ticks span"):
            eventually(lambda part=part: legible(molecule.element.locator(part).first))
        for width in (1800, 640):
            page.set_viewport_size({"width": width, "height": 1000})
            molecule.stage.scroll_into_view_if_needed()
            eventually(lambda: inside(molecule.element))
            keep(page, f"molecule-{theme.split()[1].lower()}-{width}")


def inside(element):
    box = element.bounding_box()
    for part in element.locator("canvas, button, select, input, output").all():
        one = part.bounding_box()
        assert one is None or one["x"] + one["width"] <= box["x"] + box["width"] + 1, part.evaluate(
            "e => e.outerHTML"
        )
