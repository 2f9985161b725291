"""Named features in a notebook: a hand and the keyboard choose, and the charts beside the bars follow."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import keep
from tests.browser.heatmap import eventually, legible

SMALL = """
import torch, lrpwidgets as lw
from sklearn.datasets import load_breast_cancer
table = load_breast_cancer(as_frame=True).data
names = ["<img src=x onerror=document.title='owned'>", *table.columns[1:]]
table.columns = names
groups = {word: [name for name in names if word in name] for word in ("mean", "error", "worst")}
domain = lw.features(names, units={"mean area": "px"}, mean=table.mean(), std=table.std(), groups=groups)
torch.manual_seed(1)
net = torch.nn.Sequential(torch.nn.Linear(30, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2)).eval()
ex = lw.explain(net, table[:200], input=domain, labels=["malignant", "benign"], rules="epsilon")
view = lw.view(ex, most=10)
view
"""


@pytest.fixture
def shown(lab, notebook):
    lab.write_notebook("features.ipynb", SMALL.strip())
    opened = notebook("features.ipynb")
    opened.run_all()
    cell = opened.cell(0)
    expect(cell.locator(".lrpw-features")).to_have_attribute("data-ready", re.compile(r"\d+"))
    expect(cell.locator(".bqplot svg rect.bar").first).to_be_attached()
    return opened, cell


def test_hands_choose_a_feature_a_sample_and_a_grouping(shown, page, witness):
    opened, cell = shown
    options = cell.get_by_role("listbox", name="Features").get_by_role("option")
    expect(options).to_have_count(10)
    expect(cell.locator(".lrpw-feature")).to_have_count(11)
    widths = cell.locator(".lrpw-features-list i").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().width)"
    )
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 20
    with witness.no_kernel_traffic(page):
        options.nth(4).hover()
        name = options.nth(4).get_attribute("data-feature")
        expect(cell.locator(".lrpw-features-words")).to_contain_text(f"{name} ")
    for pie in (0, 1):
        slices = cell.locator(".lrpw-feature-charts .bqplot").nth(pie).locator(".slices path")
        expect(slices.first).to_be_visible()
    options.nth(2).click()
    name = options.nth(2).get_attribute("data-feature")
    eventually(lambda: opened.expect("view.cursor", name))
    expect(options.nth(2)).to_have_attribute("aria-selected", "true")
    expect(cell.locator(".lrpw-feature-charts")).to_contain_text(f"R of {name} in 200 samples")
    page.keyboard.press("ArrowDown")
    eventually(lambda: opened.expect("view.cursor", options.nth(3).get_attribute("data-feature")))
    page.keyboard.press("PageDown")
    eventually(lambda: opened.expect("view.sample", "1"))
    page.keyboard.press("x")  # no shortcut of the notebook's
    expect(cell.locator(".lrpw-features")).to_be_visible()
    expect(cell).to_contain_text("sample 1 of 0..199")
    cell.get_by_label("bars", exact=True).select_option("5")
    expect(options).to_have_count(5)
    cell.get_by_label("groups", exact=True).select_option("features")
    expect(cell.locator(".lrpw-feature-charts table").first).to_contain_text("others")
    page.keyboard.press("Escape")
    cell.get_by_role("listbox", name="Features").focus()
    page.keyboard.press("Escape")
    eventually(lambda: opened.expect("view.cursor", "None"))
    assert page.title() != "owned"
    assert cell.locator("img").count() == 0


def test_it_is_legible_in_both_themes_and_at_every_width(shown, page):
    opened, cell = shown
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        opened.theme(theme)
        for part in (
            ".lrpw-features-caption",
            ".lrpw-feature-value",
            ".lrpw-feature-number",
            ".lrpw-features-words",
            ".lrpw-feature-charts td",
        ):
            eventually(lambda part=part: legible(cell.locator(part).first))
        eventually(lambda: legible(cell.locator(".bqplot .axis .tick text").first, "fill"))
        keep(page, f"features-{theme.split()[-1].lower()}")
    for width in (700, 1900):
        page.set_viewport_size({"width": width, "height": 1600})
        eventually(lambda: inside(cell))
        keep(page, f"features-{width}")


OVERHANG = """view => {
  const edge = view.getBoundingClientRect().right + 1;
  return [...view.querySelectorAll('*')]
    .filter(node => node.getClientRects().length && !node.closest('.lrpw-hidden, svg *'))
    .filter(node => node.getBoundingClientRect().right > edge)
    .map(node => node.outerHTML.slice(0, 200));
}"""


def inside(cell):
    """Nothing of the view sticks out of its cell."""
    assert cell.locator(".lrpw-features-view").evaluate(OVERHANG) == []
