"""The workbench: a click on a bar, a menu or a thumbnail asks the model, and the answer is on the screen at once."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.cells import SMALL, VIEWS, rendered
from tests.browser.conftest import keep
from tests.browser.heatmap import Heatmap, eventually, legible, same
from tests.browser.measured import tell

PHOTOS = "import lrpwidgets as lw\nnet, photos = lw.zoo.squeezenet(), lw.zoo.photos()"
MARGIN = 420  # of the window around an output: the file browser, the prompts
OWN = f"{SMALL.strip()}\nphotos = numpy.stack([picture, picture[::-1], 255 - picture])"


@pytest.fixture
def bench(lab, notebook):
    """`bench(setup, "lw.explore(net, photos)")` runs both and gives the notebook, the cell and its heat map."""

    def show(setup, explore):
        lab.write_notebook("explore.ipynb", setup, f"bench = {explore}\nbench")
        opened = notebook("explore.ipynb")
        opened.run_all()
        cell = opened.cell(1)
        return opened, cell, Heatmap.inside(cell)

    return show


def bars(cell):
    """The bars of the class scores, from the highest score down."""
    found = cell.locator(".bqplot .bar")
    expect(found.nth(1)).to_be_visible()
    return found


def asked(opened):
    """Index and label that the explanation on the screen answers."""
    return opened.evaluate("print(bench.explanation.target[0].index, bench.explanation.target[0].label)")


def test_a_click_on_a_bar_explains_that_class(bench, page):
    opened, cell, heat = bench(PHOTOS, "lw.explore(net, photos, layout='map', pixelated=True)")
    same(heat, rendered(opened, "bench.explanation", layout="map", pixelated=True))
    top = asked(opened)
    keep(page, "explore-light")
    with heat.redraws():
        bars(cell).nth(1).click()
    second = opened.evaluate(
        "i = bench.explanation.output[0].argsort(descending=True)[1].item(); print(i, bench.explanation.labels[i])"
    )
    assert second != top
    eventually(lambda: agree(opened, second))
    assert opened.evaluate("print(bench.target)") in second
    expect(heat.element.locator(".lrpw-target")).to_have_text(second.split(" ", 1)[1])
    expected = rendered(opened, "bench.explanation", layout="map", pixelated=True)
    eventually(lambda: same(heat, expected))
    total, score = heat.sums
    assert total == pytest.approx(score, rel=1e-4)
    keep(page, "explore-second-class")


def agree(opened, label):
    assert asked(opened) == label


def test_shift_and_click_subtracts_a_class(bench):
    opened, cell, heat = bench(PHOTOS, "lw.explore(net, photos, layout='map', pixelated=True)")
    with heat.redraws():
        bars(cell).nth(2).click(modifiers=["Shift"])
    third = opened.evaluate(
        "print(bench.explanation.labels[bench.explanation.output[0].argsort(descending=True)[2].item()])"
    )
    eventually(lambda: opened.expect("bench.explanation.minus[0].label", third))
    expected = rendered(opened, "bench.explanation", layout="map", pixelated=True)
    eventually(lambda: same(heat, expected))
    assert (
        opened.evaluate(
            "import torch; e = bench.explanation; print(torch.allclose(e.total, e.score, rtol=1e-4))"
        )
        == "True"
    )


def test_method_and_preset_come_from_the_registries(bench):
    opened, cell, heat = bench(PHOTOS, "lw.explore(net, photos, layout='map', pixelated=True)")
    method = cell.get_by_label("method")
    rules = cell.get_by_label("rules")
    assert method.locator("option").all_inner_texts() == opened.evaluate("print(*lw.METHODS, sep='|')").split(
        "|"
    )
    assert rules.locator("option").all_inner_texts() == opened.evaluate("print(*lw.PRESETS, sep='|')").split(
        "|"
    )
    for menu, value, trait in ((rules, "alpha2-beta1", "rules"), (method, "gradient-x-input", "method")):
        with heat.redraws():
            menu.select_option(value)
        eventually(lambda trait=trait, value=value: opened.expect(f"bench.explanation.{trait}", value))
        expected = rendered(opened, "bench.explanation", layout="map", pixelated=True)
        eventually(lambda expected=expected: same(heat, expected))


def test_the_strip_changes_the_photo(bench):
    opened, cell, heat = bench(PHOTOS, "lw.explore(net, photos)")
    before = heat.pixels()
    with heat.redraws():
        cell.get_by_role("listbox", name="Inputs").get_by_role("option").nth(1).click()
    eventually(lambda: opened.expect("bench.index", "1"))
    assert heat.pixels().shape != before.shape or (heat.pixels() != before).any()


# From the first event of a gesture to the frame that draws the answer, in the page's own clock.
CLOCK = """heat => {
  window.clock = {};
  const start = () => { clock.start ??= performance.now(); };
  for (const type of ['click', 'change']) window.addEventListener(type, start, {capture: true, once: true});
  clock.drawn = new Promise(done => {
    const observer = new MutationObserver(() => { observer.disconnect(); done(performance.now()); });
    observer.observe(heat, {attributes: true, attributeFilter: ['data-ready']});
  });
}"""


@pytest.mark.times
def test_a_click_is_on_the_screen_after_a_pass_and_a_tenth_of_a_second(bench, page, capsys):
    """Target, preset and method; the best of several, and three times as long, because the machine may be busy."""
    opened, cell, heat = bench(PHOTOS, "lw.explore(net, photos)")
    timing = (
        "import time\ndef seconds():\n"
        "    t = time.perf_counter(); lw.explain(net, photos[0]); return time.perf_counter() - t"
    )
    once = float(opened.evaluate(f"{timing}\nprint(sorted(seconds() for _ in range(7))[3])"))
    menus = {name: cell.get_by_label(name) for name in ("rules", "method")}
    acts = {"target": [lambda row=row: bars(cell).nth(row).click() for row in (1, 2, 0, 3)]}
    for name, values in {
        "rules": ("epsilon", "alpha2-beta1", "deep-taylor"),
        "method": ("sensitivity", "lrp", "gradient-x-input"),
    }.items():
        acts[name] = [lambda menu=menus[name], value=value: menu.select_option(value) for value in values]
    took = {}
    for name, gestures in acts.items():
        times = []
        for gesture in gestures:
            page.evaluate(CLOCK, heat.element.element_handle())
            gesture()
            times.append(page.evaluate("clock.drawn.then(end => end - clock.start)") / 1000)
            eventually(lambda: opened.expect("bench.status", "ready"))
        took[name] = times
    # A unit of the last Fire module: the map through it alone, in the workbench's own heat map.
    opened.evaluate("bench.ask(method='lrp', target='top'); bench.panel = 'filters'; bench.wait()")
    opened.evaluate("bench.panels.view('filters').layer = 'features.12'; bench.panels.view('filters').wait()")
    units = cell.get_by_role("listbox", name="Units by relevance").get_by_role("option")
    times = []
    for at in range(4):
        expect(units.nth(at)).to_have_attribute("data-drawn", "")
        page.evaluate(CLOCK, heat.element.element_handle())
        units.nth(at).click()
        times.append(page.evaluate("clock.drawn.then(end => end - clock.start)") / 1000)
        eventually(lambda: opened.expect("bench.panels.view('filters').status", "ready"))
        opened.expect("bench.view.explanation is bench.panels.view('filters').explanation", "True")
    took["unit"] = times
    promised = once + 0.1
    for name, times in took.items():
        spent = [1000 * seconds for seconds in times]
        note = f"; one explanation {1000 * once:.0f} ms"
        tell(capsys, f"workbench: click on {name} to pixels", spent, promised=1000 * promised, note=note)
    unit = min(took.pop("unit"))
    assert all(min(times) < 3 * promised for times in took.values()), (took, promised)
    assert unit < 3 * 0.15, unit


def test_a_reloaded_page_shows_the_live_workbench_again(bench, page, witness):
    opened, cell, heat = bench(PHOTOS, "lw.explore(net, photos, layout='map', pixelated=True)")
    with heat.redraws():
        bars(cell).nth(1).click()
    eventually(lambda: opened.expect("bench.status", "ready"))
    shown = rendered(opened, "bench.explanation", layout="map", pixelated=True)
    opened.save()
    page.reload()
    opened.wait_idle()
    cell = opened.cell(1)
    heat = Heatmap.inside(cell)
    eventually(lambda: same(heat, shown))
    with heat.redraws():
        bars(cell).nth(0).click()
    eventually(lambda: opened.expect("bench.status", "ready"))
    answer = rendered(opened, "bench.explanation", layout="map", pixelated=True)
    assert (answer != shown).any()
    eventually(lambda: same(heat, answer))
    with witness.no_kernel_traffic(page):
        heat.hover(100, 120)
        expect(heat.element.locator(".lrpw-readout")).to_contain_text("x 120, y 100")


# What of an output reaches over its right edge; what scrolls inside may.
OVERHANG = """output => {
  const edge = output.getBoundingClientRect().right + 1;
  const clipped = node => node.closest('.lrpw-strip-list, .bqplot, pre, .lrpw-hidden');
  return [...output.querySelectorAll('*')]
    .filter(node => node.getClientRects().length && !clipped(node) && node.getBoundingClientRect().right > edge)
    .map(node => node.outerHTML.slice(0, 200));
}"""


def test_the_workbench_fits_wide_and_narrow_windows(bench, page):
    opened, cell, heat = bench(PHOTOS, "lw.explore(net, photos)")
    output = cell.locator(".jp-OutputArea-output")
    for width in (1800, 640):
        with heat.redraws():
            page.set_viewport_size({"width": width, "height": 1000})
        eventually(lambda: fits(opened, output, heat))
        keep(page, f"explore-{width}")
    # A panel: it stands under the picture, or beside it where there is room for both, and acts on the one picture.
    cell.get_by_role("button", name="Filters").click()
    panel = cell.locator(".lrpw-panels .lrpw-filters")
    expect(panel).to_have_attribute("data-ready", re.compile(r"\d+"), timeout=60_000)
    expect(cell.locator(".lrpw-heatmap")).to_have_count(1)
    for theme in ("Dark", "Light"):
        opened.theme(f"JupyterLab {theme}")
        for width, beside in ((1800, True), (1000, False)):
            page.set_viewport_size({"width": width + MARGIN, "height": 1100})
            eventually(lambda beside=beside: stands(panel, heat, beside))
            eventually(lambda: fits(opened, output, heat))
            heat.element.scroll_into_view_if_needed()
            keep(page, f"explore-filters-{theme.lower()}-{width}")


def stands(panel, heat, beside):
    """Whether the panel is beside the picture, not under it."""
    place, picture = panel.bounding_box(), heat.element.bounding_box()
    assert (place["x"] >= picture["x"] + picture["width"]) == beside
    assert (place["y"] >= picture["y"] + picture["height"]) == (not beside)


def fits(opened, output, heat):
    """Nothing hangs over, the picture has a size worth looking at, and it still is Python's."""
    assert output.evaluate(OVERHANG) == []
    pixels = heat.pixels().astype(int)
    assert pixels.shape[1] >= 200
    expected = rendered(opened, "bench.explanation", scale=heat.transform()[0])
    assert pixels.shape == expected.shape
    assert np.abs(pixels - expected).max() <= 2


def test_a_model_of_ones_own_with_its_preprocessing_and_labels(bench, page):
    opened, cell, heat = bench(
        OWN, "lw.explore(net, photos, labels=['ant', 'bee', 'cat', 'dog'], input=lw.image(), layout='map')"
    )
    same(heat, rendered(opened, "bench.explanation", layout="map", pixelated=True))
    with heat.redraws():
        bars(cell).nth(2).click()
    eventually(lambda: opened.expect("bench.target == bench.explanation.target[0].label", "True"))
    assert asked(opened).split()[1] in ("ant", "bee", "cat", "dog")
    keep(page, "explore-own-model")


def test_digits(bench, page):
    opened, _, heat = bench(
        "import lrpwidgets as lw\nnet, digits = lw.zoo.digits(), lw.zoo.mnist()",
        "lw.explore(net, digits, layout='map')",
    )
    same(heat, rendered(opened, "bench.explanation", layout="map", pixelated=True))
    keep(page, "explore-digits")


def test_a_question_that_has_no_answer_is_said_in_the_view_and_the_picture_stays(bench, page):
    opened, cell, heat = bench(PHOTOS, "lw.explore(net, photos)")
    before = heat.pixels()
    box = cell.get_by_label("asked")
    box.fill("no such class")
    box.press("Enter")
    eventually(lambda: opened.expect("'no such class' in bench.error", "True"))
    expect(cell.get_by_text("no such class").first).to_be_visible()
    np.testing.assert_array_equal(heat.pixels(), before)
    keep(page, "explore-error")


def test_the_workbench_is_legible_in_the_dark(bench, page):
    opened, cell, heat = bench(PHOTOS, "lw.explore(net, photos)")
    opened.theme("JupyterLab Dark")
    for part in (".lrpw-doc", ".lrpw-sum", ".lrpw-tool", ".widget-label", "select", "input"):
        eventually(lambda part=part: legible(cell.locator(".lrpw-explore").locator(part).first))
    eventually(lambda: legible(cell.locator(".bqplot .axis .tick text").first, "fill"))
    assert heat.pixels().std() > 20
    keep(page, "explore-dark")
    opened.theme("JupyterLab Light")


TRAINED = f"""{SMALL.strip()}
import copy, time
torch.manual_seed(1)
parts = torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.ReLU(), torch.nn.Flatten()
net = torch.nn.Sequential(*parts, torch.nn.Linear(8 * 18 * 22, 4))
start = copy.deepcopy(net.state_dict())
def train(steps, going=lambda: True):
    torch.manual_seed(0)
    data, classes = torch.rand(8, 3, 20, 24), torch.arange(8) % 4
    optimizer, losses = torch.optim.SGD(net.parameters(), lr=0.01), []
    net.train()
    while len(losses) < steps and going():
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(data), classes)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, copy.deepcopy(net.state_dict())
photos = numpy.stack([picture, picture[::-1], 255 - picture])"""
# What a hand does in each panel.
ACTS = {
    "gallery": lambda view: view.locator(".lrpw-tile:visible").nth(1).click(),
    "filters": lambda view: view.get_by_role("listbox").first.get_by_role("option").nth(1).click(),
    "regions": lambda view: view.get_by_role("radio", name="Ellipse").check(force=True),
    "flipping": lambda view: view.get_by_role("button", name="Forward one step (right)").click(),
    "rules": lambda view: view.get_by_label("Preset", exact=True).select_option("epsilon"),
    "graph": lambda view: view.get_by_role("listbox").first.press("ArrowDown"),
    "prototypes": lambda view: view.get_by_role("button", name="Search again from the start").click(),
    "compare": lambda view: view.get_by_label("Flipping AUC").check(),
}


def opens(cell, name, view):
    """What asks a trace whose weights have just changed refuses, and says so: then it is asked again."""
    button = cell.get_by_role("button", name=name.capitalize(), exact=True)
    if "mod-active" not in button.get_attribute("class"):
        button.click()
    assert view.count() == 1
    assert view.is_visible()


def test_a_net_that_is_trained_in_a_cell_sees_nothing_of_clicks_in_any_panel(lab, notebook, page):
    bench = "bench = lw.explore(net, photos, labels=['ant', 'bee', 'cat', 'dog'], input=lw.image())\nbench"
    loop = "losses, state = train(10**9, lambda: time.sleep(0.05) or bench.index != 2)"
    lab.write_notebook("train.ipynb", TRAINED, bench, loop)
    opened = notebook("train.ipynb")
    opened.menu("Run", "Run All Cells")
    cell = opened.cell(1)
    Heatmap.inside(cell)
    for name, act in ACTS.items():
        view = cell.locator(".lrpw-panels").locator(VIEWS[name.replace("compare", "comparison")][0])
        eventually(lambda name=name, view=view: opens(cell, name, view), seconds=60)
        act(view)
    cell.get_by_role("listbox", name="Inputs").first.get_by_role("option").nth(2).click()
    opened.wait_ran()
    opened.expect("len(bench.panels._made)", str(len(ACTS)))
    opened.expect("len(losses) > 3", "True")
    opened.evaluate("bench.close(); net.load_state_dict(start); again, other = train(len(losses))")
    opened.expect("losses == again", "True")
    opened.expect("[name for name in state if not torch.equal(state[name], other[name])]", "[]")
