"""The flipping player in a notebook: play, scrub and step by hand, without the kernel, and the same every time."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import keep
from tests.browser.heatmap import READ_PIXELS, Heatmap, enlarge, eventually, legible
from tests.browser.lab import Notebook
from tests.browser.measured import tell

DIGIT = "import lrpwidgets as lw\nnet, x = lw.zoo.digits(), lw.zoo.mnist()[0]"
PLAY = "lw.flipping(net, x, ['lrp', 'sensitivity', 'random'], patch=4)"
# A method that takes a second and a half for each of its maps, as a large model does.
SLOW = """
import time, torch, lrpwidgets as lw
net, x = lw.zoo.digits(), lw.zoo.mnist()[0]
def slow(now, target):
    time.sleep(PAUSE)
    return torch.ones_like(now)
"""
LARGE = """
import torch, lrpwidgets as lw
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.AvgPool2d(32), torch.nn.Flatten(), torch.nn.Linear(3 * 32 * 32, 4))
x = torch.rand(1, 3, 1024, 1024)
"""


class Film:
    """One player on a page."""

    def __init__(self, cell):
        self.element = cell.locator(".lrpw-flipping").first
        self.page = self.element.page
        expect(self.element).to_have_attribute("data-ready", re.compile(r"\d+"), timeout=60_000)

    @property
    def step(self):
        return int(self.element.get_attribute("data-step"))

    def shows(self, step):
        expect(self.element).to_have_attribute("data-step", str(step))

    def knows(self, steps):
        expect(self.element).to_have_attribute("data-known", str(steps), timeout=60_000)

    def pixels(self, panel):
        width, height, data = self.element.locator(".lrpw-panel canvas").nth(panel).evaluate(READ_PIXELS)
        return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)[..., :3]

    def both(self):
        return np.stack([self.pixels(0), self.pixels(1)])

    def at(self, step, steps):
        """Where a step lies on the curves, in the window."""
        box = self.curves.bounding_box()
        left, right = 56, 8  # the axis begins and ends so far inside
        x = box["x"] + left + (box["width"] - left - right) * step / steps
        return x, box["y"] + box["height"] / 2

    @property
    def curves(self):
        return self.element.locator(".lrpw-curves")


@pytest.fixture
def player(lab, notebook):
    """`player(setup, call)` runs both and gives the notebook and the player, not waiting for the run."""

    def show(setup, call):
        lab.write_notebook("flipping.ipynb", f"{setup.strip()}\nview = {call}\nview")
        opened = notebook("flipping.ipynb")
        opened.run_all()
        return opened, Film(opened.cell(0))

    return show


def expected(notebook, step, method="lrp"):
    """Python's own pictures of a step, (2, height, width, 3)."""
    notebook.evaluate(
        "import numpy\n"
        f"film = view._shown_film; track = film.track({method!r}, view.removal)\n"
        f"numpy.save('seen.npy', numpy.stack([film.seen(track, {step}), film.coloured(track, {step}, view.cmap)]))"
    )
    return np.load(notebook.server.folder / "seen.npy")


def same(film, pictures):
    pixels = film.both()
    factor = pixels.shape[1] // pictures.shape[1]
    for panel in range(2):
        np.testing.assert_array_equal(pixels[panel], enlarge(pictures[panel], factor))


def test_each_step_is_pythons_own_picture_and_scrubbing_asks_no_kernel(player, page, witness):
    notebook, film = player(DIGIT, PLAY)
    film.knows(49)
    wanted = {step: expected(notebook, step) for step in (0, 5, 20, 49)}
    same(film, wanted[0])
    seen = {}
    film.curves.scroll_into_view_if_needed()
    with witness.no_kernel_traffic(page):
        page.mouse.move(*film.at(5, 49))
        page.mouse.down()
        for step in (5, 20, 33, 49, 33, 0, 20, 5):
            page.mouse.move(*film.at(step, 49), steps=3)
            film.shows(step)
            now = film.both()
            assert (seen.setdefault(step, now) == now).all(), "a step looked at again is the same to the bit"
            if step in wanted:
                same(film, wanted[step])
    page.mouse.up()
    eventually(lambda: notebook.expect("view.step", "5"))
    keep(page, "flipping-light")


def test_keys(player, page):
    notebook, film = player(DIGIT, PLAY)
    film.knows(49)
    film.element.locator(".lrpw-pair").focus()
    for key, step in (
        ("ArrowRight", 1), ("Shift+ArrowRight", 11), ("ArrowLeft", 10), ("End", 49), ("ArrowRight", 49),
        ("Shift+ArrowLeft", 39), ("Home", 0), ("ArrowLeft", 0),
    ):  # fmt: skip
        page.keyboard.press(key)
        film.shows(step)
    page.keyboard.press("End")
    eventually(lambda: notebook.expect("view.step", "49"))
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    expect(film.element.get_by_role("button", name="Pause (Space)")).to_be_visible()
    page.wait_for_function("e => Number(e.dataset.step) >= 2", arg=film.element.element_handle())
    page.keyboard.press(" ")
    expect(film.element.get_by_role("button", name="Play (Space)")).to_be_visible()
    stopped = film.step
    eventually(lambda: notebook.expect("view.step", str(stopped)))
    page.keyboard.press("?")
    expect(film.element.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(film.element.get_by_role("dialog")).to_be_hidden()
    film.element.locator(".lrpw-pair").focus()
    page.keyboard.press("Tab")
    expect(film.element.get_by_role("button", name="First step (Home)")).to_be_focused()


def test_its_pictures_are_read_and_zoomed_as_a_heat_map_is(player, page, witness):
    notebook, film = player(DIGIT, PLAY)
    film.knows(49)
    canvas, map_canvas = (film.element.locator(".lrpw-panel canvas").nth(panel) for panel in (0, 1))
    box = canvas.bounding_box()
    values = notebook.evaluate(
        "track = view._shown_film.track('lrp', 'neutral')\n"
        "values, _ = view._shown_film.map_of(track, 0)\n"
        "print(float(values[9, 14]), *view._shown_film.picture[9, 14])"
    ).split()
    readout = film.element.locator(".lrpw-readout")
    with witness.no_kernel_traffic(page):
        page.mouse.move(box["x"] + 14.5 * box["width"] / 28, box["y"] + 9.5 * box["height"] / 28)
        expect(readout).to_contain_text("x 14, y 9")
        expect(readout).to_contain_text(f"pixel {' '.join(values[1:])}")
        read = re.search(r"R (\S+)", readout.inner_text()).group(1).replace("\u2212", "-")
        assert float(read) == pytest.approx(float(values[0]), rel=5e-3)
        expect(film.element.locator(".lrpw-cross-x:not([hidden])")).to_have_count(2)
    before = float(canvas.get_attribute("data-scale"))
    page.mouse.down()
    page.mouse.up()
    for key in ("+", "+"):
        page.keyboard.press(key)
    eventually(lambda: notebook.expect("round(view.viewport['zoom'], 6), view.cursor", "(2.0, [9, 14])"))
    for each in (canvas, map_canvas):
        assert float(each.get_attribute("data-scale")) == pytest.approx(2 * before)
    notebook.evaluate("view.viewport = None")
    eventually(lambda: zoomed(canvas, before))
    same(film, expected(notebook, 0))


def zoomed(canvas, scale):
    assert float(canvas.get_attribute("data-scale")) == pytest.approx(scale)


def test_playing_goes_to_the_end_and_asks_no_kernel(player, page, witness):
    notebook, film = player(DIGIT, PLAY.replace("patch=4", "patch=4, speed=8"))
    film.knows(49)
    play = film.element.get_by_role("button", name="Play (Space)")
    play.scroll_into_view_if_needed()
    page.evaluate(
        """element => { window.seen = []; new MutationObserver(() => window.seen.push(
        Number(element.dataset.step))).observe(element, {attributeFilter: ['data-step']}); }""",
        film.element.element_handle(),
    )
    with witness.no_kernel_traffic(page):
        play.click()
        page.wait_for_function("() => window.seen.length > 0 && window.seen.at(-1) >= 5")
    film.shows(49)
    seen = page.evaluate("window.seen")
    assert seen == sorted(seen)
    assert len(set(seen)) > 20
    eventually(lambda: notebook.expect("view.step", "49"))


def test_methods_scores_and_removals(player, page, witness):
    notebook, film = player(DIGIT, PLAY)
    film.knows(49)
    film.element.locator(".lrpw-pair").focus()
    page.keyboard.press("Shift+ArrowRight")
    film.element.get_by_role("button", name="random").click()
    eventually(lambda: notebook.expect("view.method", "random"))
    numbers = "c = view.flips[view.method]; print(f'{c.scores[0, 10]:.3g} {c.auc[0]:.4g}')"
    expect(film.element.locator(".lrpw-nothing:visible")).to_have_text("This order comes from no relevance.")
    film.element.get_by_label("Order").select_option("sensitivity")
    film.element.get_by_role("radio", name="probability").check(force=True)
    eventually(lambda: notebook.expect("(view.method, view.score)", "('sensitivity', 'probability')"))
    score, area = (float(value) for value in notebook.evaluate(numbers).split())
    cells = film.element.locator(".lrpw-tracks tbody tr.lrpw-chosen td")
    expect(cells.nth(0)).to_contain_text("sensitivity")
    assert float(cells.nth(2).inner_text()) == pytest.approx(score, rel=2e-2, abs=1e-6)
    assert float(cells.nth(4).inner_text()) == pytest.approx(area, rel=1e-3)
    change = int(notebook.evaluate("print(view._shown_film.track('sensitivity', 'neutral').change)"))
    assert cells.nth(5).inner_text().startswith(f"step {change}, to ")
    expect(film.element.locator(".lrpw-curve-change")).to_have_count(1)
    expect(film.element.get_by_role("note")).to_contain_text("7.2")
    # Another removal is flipped when it is chosen, and stands beside the first.
    film.element.get_by_label("Removal").select_option("noise")
    expect(film.element.locator(".lrpw-tracks tbody tr")).to_have_count(6, timeout=30_000)
    eventually(lambda: notebook.expect("view.flips.complete and view.removals", "('neutral', 'noise')"))
    film.knows(49)
    same(film, expected(notebook, 10, "sensitivity"))
    # And what is left is explained again at each step.
    film.element.get_by_label("Recompute relevance").check()
    eventually(lambda: notebook.expect("view.status == 'ready' and view._words['recomputed']", "True"), 60)
    film.knows(49)
    same(film, expected(notebook, 10, "sensitivity"))
    expect(film.element.locator("figcaption").nth(1)).to_contain_text("what is left after step 10")
    expect(film.element.get_by_role("note")).to_contain_text("could not be told apart")
    keep(page, "flipping-removals")


def test_the_first_frame_comes_before_the_end_and_stop_keeps_what_there_is(player, page):
    setup = SLOW.replace("PAUSE", "0.4")
    notebook, film = player(setup, "lw.flipping(net, x, {'slow': slow}, patch=4, recompute=True)")
    notebook.expect("view.status", "busy")
    film.shows(0)
    assert film.pixels(0).std() > 20, "the whole input is there"
    page.wait_for_function("e => Number(e.dataset.known) >= 2", arg=film.element.element_handle())
    film.element.locator(".lrpw-pair").focus()
    page.keyboard.press("ArrowRight")
    film.shows(1)
    notebook.expect("view.status", "busy")
    film.element.get_by_role("button", name="Stop").click()
    eventually(lambda: notebook.expect("view.status", "ready"))
    kept = int(notebook.evaluate("print(view._shown_film.tracks[0].steps)"))
    assert 2 <= kept < 49
    film.knows(kept)
    expect(film.element.locator(".lrpw-flip-words")).to_contain_text(f"stopped after {kept} of 49 steps")
    page.keyboard.press("End")
    film.shows(kept)
    same(film, expected(notebook, kept, "slow"))
    expect(film.element.get_by_role("button", name="Flip anew, as after training the model")).to_be_visible()


def test_an_error_is_told_and_leaves_the_last_good_picture(player):
    setup = """
import torch, lrpwidgets as lw
net, x = lw.zoo.digits(), lw.zoo.mnist()[0]
count = []
def breaking(now, target):
    count.append(1)
    if len(count) > 4:
        raise RuntimeError("<img src=x onerror=alert(1)> broke")
    return torch.ones_like(now)
"""
    notebook, film = player(setup, "lw.flipping(net, x, {'<b>mine</b>': breaking}, patch=4, recompute=True)")
    expect(film.element.get_by_role("alert")).to_contain_text("<img src=x onerror=alert(1)> broke")
    expect(film.element.locator("img")).to_have_count(0)
    film.knows(4)
    expect(film.element.get_by_role("button", name="<b>mine</b>")).to_be_visible()
    same(film, expected(notebook, 0, "<b>mine</b>"))


def test_two_views_and_a_reload_show_the_same(lab, notebook, page):
    lab.write_notebook("flipping.ipynb", f"{DIGIT}\nview = {PLAY}\nview", "view")
    opened = notebook("flipping.ipynb")
    opened.run_all()
    one, two = Film(opened.cell(0)), Film(opened.cell(1))
    two.knows(49)
    opened.cell(1)
    two.element.locator(".lrpw-pair").focus()
    page.keyboard.press("Shift+ArrowRight")
    two.shows(10)
    one.shows(10)
    eventually(lambda: opened.expect("view.step", "10"))
    opened.save()
    page.reload()
    opened.wait_idle()
    again = Film(opened.cell(0))
    again.shows(10)
    same(again, expected(opened, 10))


def test_dark_and_narrow(player, page):
    notebook, film = player(DIGIT, PLAY)
    film.knows(49)
    notebook.theme("JupyterLab Dark")
    for words in (".lrpw-caveat", "figcaption", ".lrpw-tracks td", ".lrpw-label"):
        legible(film.element.locator(words).first)
    keep(page, "flipping-dark")
    page.set_viewport_size({"width": 960, "height": 1000})
    page.wait_for_function("e => e.clientWidth < 700", arg=film.element.element_handle())
    expect(film.element.locator(".lrpw-panel").nth(1)).to_be_visible()
    assert film.element.evaluate("e => e.scrollWidth <= e.clientWidth"), "nothing scrolls sideways"
    keep(page, "flipping-narrow")


CLOCK = """() => { window.script = []; const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = call => ask(now => { const start = performance.now(); call(now);
    window.script.push(performance.now() - start); }); }"""


@pytest.mark.times
def test_scrubbing_and_shading_a_large_map_keep_up_with_the_hand(player, page, witness, capsys):
    notebook, film = player(
        LARGE,
        "lw.flipping(net, x, ['gradient-x-input'], patch=32)\n"
        "heat = lw.view(lw.explain(net, x, method='gradient-x-input'))\ndisplay(heat)",
    )
    film.knows(1024)
    page.evaluate(CLOCK)
    film.curves.scroll_into_view_if_needed()
    with witness.no_kernel_traffic(page):
        page.mouse.move(*film.at(0, 1024))
        page.mouse.down()
        for step in (*range(0, 900, 36), *range(900, 300, -24)):
            page.mouse.move(*film.at(step, 1024))
        eventually(lambda: page.evaluate("window.script.length > 30") or pytest.fail("few frames"))
        times = page.evaluate("window.script")
    page.mouse.up()
    assert tell(capsys, "scrub through the flipping of a 1024 px map", times) <= 16
    heat = Heatmap.inside(notebook.cell(0))
    slider = heat.element.get_by_role("slider", name="Opacity")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.85 * box["width"], middle)
    page.mouse.down()
    with witness.no_kernel_traffic(page):
        page.evaluate("window.script.length = 0")
        frames = heat.frames
        for part in (*range(85, 15, -3), *range(15, 85, 3)):
            page.mouse.move(box["x"] + part / 100 * box["width"], middle)
        eventually(lambda: page.evaluate("window.script.length > 30") or pytest.fail("few frames"))
        times = page.evaluate("window.script")
    page.mouse.up()
    assert heat.frames - frames > 30
    assert tell(capsys, "drag the opacity of a 1024 px map", times) <= 16
    eventually(lambda: notebook.expect("0.8 < heat.opacity < 0.9", "True"))


def test_a_saved_notebook_shows_the_picture_without_a_kernel(lab, player, page):
    notebook, film = player(DIGIT, PLAY)
    film.knows(49)
    notebook.save()
    lab.stop_kernels()
    content = lab.read_notebook("flipping.ipynb")
    (output,) = content["cells"][0]["outputs"]
    assert output["data"]["image/png"].startswith("iVBOR")
    content["metadata"] = {"kernelspec": {"name": "gone", "display_name": "Gone", "language": "gone"}}
    (lab.folder / "gone.ipynb").write_text(json.dumps(content), encoding="utf-8")
    page.goto(lab.page("gone.ipynb"))
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_role("button", name="No Kernel").click()
    expect(dialog).to_have_count(0)
    opened = Notebook(page, lab, "gone.ipynb")
    picture = opened.cell(0).locator(".jp-OutputArea img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 400


def test_the_exported_page_plays_offline(tmp_path, offline_page):
    import lrpwidgets as lw

    view = lw.flipping(
        lw.zoo.digits(), lw.zoo.mnist()[0], ["lrp", "random"], patch=4, removal=["neutral", "blur"]
    )
    try:
        view.wait()
        view.step = 7
        path = view.save(tmp_path / "film.html")
        shown, track = view._shown_film, view._shown_film.track("lrp", "neutral")
    finally:
        view.close()
    offline_page.goto(path.as_uri())
    film = Film(offline_page.locator("body"))
    film.shows(7)
    pictures = {
        step: np.stack([shown.seen(track, step), shown.coloured(track, step, "blue-red")]) for step in (7, 8)
    }
    same(film, pictures[7])
    film.element.locator(".lrpw-pair").focus()
    offline_page.keyboard.press("ArrowRight")
    film.shows(8)
    same(film, pictures[8])
    expect(film.element.get_by_label("Recompute relevance")).to_be_hidden()
    assert film.element.get_by_label("Removal").locator("option").all_inner_texts() == ["neutral", "blur"]
    film.element.get_by_role("button", name="Play (Space)").click()
    offline_page.wait_for_function("e => Number(e.dataset.step) >= 10", arg=film.element.element_handle())
