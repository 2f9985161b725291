"""The gallery in a notebook: mistakes first, filters, keys, a choice that asks, and a long list that moves."""

from __future__ import annotations

import json
import re
import statistics

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import keep
from tests.browser.heatmap import eventually, legible
from tests.browser.lab import Notebook

DIGITS = "import lrpwidgets as lw\nnet, digits = lw.zoo.digits(), lw.zoo.mnist()"
BROWSE = "lw.gallery(net, digits, measures={'ink': [digit.pixels.mean() for digit in digits]})"
# Ten thousand pictures that are made when they are looked at, and a model that is quick.
MANY = """
import numpy, torch, lrpwidgets as lw
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 32 * 32, 10))
class Made:
    read = set()
    def __len__(self):
        return 10_000
    def __getitem__(self, index):
        self.read.add(index)
        return numpy.random.default_rng(index).integers(0, 256, (32, 32, 3), numpy.uint8)
made = Made()
"""
NASTY = "<img src=x onerror=alert(1)>"


class Gallery:
    """One gallery on a page."""

    def __init__(self, cell):
        self.element = cell.locator(".lrpw-gallery").first
        self.page = self.element.page
        expect(self.element).to_have_attribute("data-ready", re.compile(r"\d+"), timeout=60_000)
        self.list = self.element.get_by_role("listbox", name="Inputs")
        self.summary = self.element.locator(".lrpw-summary")

    def says(self, text):
        expect(self.summary).to_have_text(text, timeout=60_000)

    def tile(self, index):
        return self.element.locator(f'.lrpw-tile[data-index="{index}"]:visible')

    def drawn(self):
        """Until there is a picture for each tile in sight."""
        self.page.wait_for_function(
            "e => !e.querySelector('.lrpw-tile.lrpw-waiting:not([hidden])')",
            arg=self.element.element_handle(),
        )

    def positions(self):
        """The inputs that exist on the page, in the order of their places."""
        return self.element.evaluate(
            "e => [...e.querySelectorAll('.lrpw-tile:not([hidden])')].sort((a, b) => "
            "a.getAttribute('aria-posinset') - b.getAttribute('aria-posinset')).map(t => Number(t.dataset.index))"
        )


@pytest.fixture
def gallery(lab, notebook):
    """`gallery(setup, call)` runs both and gives the notebook and the gallery."""

    def show(setup, call):
        lab.write_notebook("gallery.ipynb", f"{setup.strip()}\nview = {call}\nview")
        opened = notebook("gallery.ipynb")
        opened.run_all()
        return opened, Gallery(opened.cell(0))

    return show


def test_mistakes_come_first_and_filters_say_what_they_show(gallery, page):
    notebook, shown = gallery(DIGITS, BROWSE)
    shown.says("500 of 500; 3 predicted wrong")
    shown.drawn()
    # The three mistakes and nobody else, each with the model's own answer.
    told = json.loads(
        notebook.evaluate(
            "import json, torch; x = net.lrpwidgets_card.input.encode(list(digits)); f = net(x).argmax(1).tolist();"
            "print(json.dumps([[i, d.label, p] for i, (d, p) in enumerate(zip(digits, f)) if d.label != p]))"
        )
    )
    assert {index for index, _, _ in told} == set(shown.positions()[:3])
    for index, true, taken in told:
        expect(shown.tile(index)).to_contain_text(f"{true} \u2192 {taken}")
        expect(shown.tile(index).locator(".lrpw-tile-cross")).to_be_visible()
        assert shown.tile(index).locator("img").evaluate("image => image.naturalWidth") == 28
    expect(shown.tile(shown.positions()[3]).locator(".lrpw-tile-cross")).to_be_hidden()
    keep(page, "gallery-light")
    shown.element.get_by_role("radio", name="wrong").check(force=True)
    shown.says("3 of 500: wrong")
    assert sorted(shown.positions()) == [index for index, _, _ in told]
    shown.element.get_by_role("radio", name="all").check(force=True)
    shown.element.get_by_label("True", exact=True).select_option("7")
    shown.says("50 of 500: true 7")
    shown.element.get_by_label("Sort", exact=True).select_option("ink")
    shown.element.get_by_role("button", name="Smallest first").click()
    ink = (
        "sorted((i for i in range(500) if digits[i].label == 7), key=lambda i: (-digits[i].pixels.mean(), i))"
    )
    eventually(lambda: notebook.expect(f"view.order.tolist() == {ink}", "True"))
    first = int(notebook.evaluate("print(view.order[0])"))
    expect(shown.tile(first)).to_have_attribute("aria-posinset", "1")
    expect(shown.tile(first)).to_contain_text("ink")
    shown.element.get_by_label("ink at least").fill("30")
    eventually(lambda: notebook.expect("view.within", "{'ink': [30, None]}"))
    count = notebook.evaluate("print(sum(d.label == 7 and d.pixels.mean() >= 30 for d in digits))").strip()
    shown.says(f"{count} of 500: true 7, ink at least 30")
    shown.element.get_by_label("Find").fill("no. 50 of")
    shown.element.get_by_label("True", exact=True).select_option("")
    eventually(lambda: notebook.expect("view.search, view.true_class", "('no. 50 of', None)"))


def test_keys_and_a_choice_that_asks_why_this_and_not_that(gallery, page):
    notebook, shown = gallery(DIGITS, BROWSE)
    shown.says("500 of 500; 3 predicted wrong")
    order = json.loads(notebook.evaluate("print(view.order.tolist())"))
    shown.element.get_by_role("button", name="Keys (?)").focus()
    page.keyboard.press("Tab")
    expect(shown.list).to_be_focused()
    columns = shown.element.evaluate(
        "e => new Set([...e.querySelectorAll('.lrpw-tile:not([hidden])')].map(t => t.getBoundingClientRect().x)).size"
    )

    def at(position):
        cursor = shown.element.locator(".lrpw-tile.lrpw-cursor:visible")
        expect(cursor).to_have_attribute("data-index", str(order[position]))
        expect(shown.list).to_have_attribute("aria-activedescendant", cursor.get_attribute("id"))
        box, room = cursor.bounding_box(), shown.list.bounding_box()
        assert room["y"] <= box["y"] <= box["y"] + box["height"] <= room["y"] + room["height"]

    for key, position in (
        ("Home", 0), ("ArrowRight", 1), ("ArrowDown", 1 + columns), ("ArrowLeft", columns), ("ArrowUp", 0),
        ("PageDown", 3 * columns), ("PageUp", 0), ("End", 499),
    ):  # fmt: skip
        page.keyboard.press(key)
        at(position)
    notebook.expect("view.index", "0")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(shown.tile(order[0])).to_have_attribute("aria-selected", "true")
    eventually(lambda: notebook.expect("view.index", str(order[0])))
    notebook.expect(
        "view.target == net(net.lrpwidgets_card.input.encode(digits[view.index])).argmax() "
        "and view.minus == digits[view.index].label and view.target != view.minus",
        "True",
    )
    shown.tile(order[4]).click()
    eventually(lambda: notebook.expect("view.index, view.target, view.minus", f"({order[4]}, 'top', None)"))
    notebook.evaluate(f"view.index = {order[480]}")
    expect(shown.tile(order[480])).to_have_attribute("aria-selected", "true")
    shown.list.focus()
    page.keyboard.press("?")
    expect(shown.element.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(shown.element.get_by_label("Find")).to_be_focused()


def test_a_choice_is_a_question_to_the_workbench(gallery):
    setup = f"{DIGITS}\nbench = lw.explore(net, digits)"
    notebook, shown = gallery(setup, BROWSE)
    notebook.evaluate("view.follow(bench)")
    shown.says("500 of 500; 3 predicted wrong")
    wrong = int(notebook.evaluate("print(view.order[0])"))
    shown.tile(wrong).click()
    said = "(bench.explanation.target[0].index, bench.explanation.minus[0].index, bench._shown)"
    wanted = notebook.evaluate(
        f"print((int(net(net.lrpwidgets_card.input.encode(digits[{wrong}])).argmax()), digits[{wrong}].label, {wrong}))"
    )
    eventually(
        lambda: notebook.expect(
            f"bench.explanation.minus is not None and {said} == {wanted.strip()}", "True"
        ),
        30,
    )


def test_names_are_text(gallery):
    setup = f"""
import numpy, torch, lrpwidgets as lw
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(27, 2))
class Named:
    title = {NASTY!r}
    label = 1
    def __init__(self, seed):
        self.pixels = numpy.random.default_rng(seed).integers(0, 256, (3, 3, 3), numpy.uint8)
items = [Named(i) for i in range(20)]
"""
    names = f"labels=['<b>a</b>', {NASTY!r}], measures={{'<i>m</i>': range(20)}}"
    call = f"lw.gallery(net, items, {names}, input=lw.image())"
    _, shown = gallery(setup, call)
    shown.drawn()
    expect(shown.element.locator("b, i, img[onerror]")).to_have_count(0)
    expect(shown.element.locator(".lrpw-tile-words").get_by_text(NASTY).first).to_be_attached()
    assert NASTY in shown.tile(0).get_attribute("title")
    assert NASTY in shown.element.get_by_label("True", exact=True).inner_text()


def test_ten_thousand_scroll_smoothly_and_only_what_is_in_sight_is_read(gallery, page, capsys):
    notebook, shown = gallery(MANY, "lw.gallery(net, made, input=lw.image(), background=False)")
    shown.drawn()
    assert int(notebook.evaluate("print(len(made.read))")) < 200
    page.evaluate("""() => { window.script = []; const ask = window.requestAnimationFrame.bind(window);
        window.requestAnimationFrame = call => ask(now => { const start = performance.now(); call(now);
          window.script.push(performance.now() - start); }); }""")
    shown.list.scroll_into_view_if_needed()
    box = shown.list.bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    for _ in range(90):
        page.mouse.wheel(0, 700)
    eventually(lambda: page.evaluate("window.script.length > 60") or pytest.fail("few frames"))
    times = page.evaluate("window.script")
    median = statistics.median(times)
    with capsys.disabled():
        told = f"median {median:.1f} ms of script a frame, at most {max(times):.1f}, {len(times)} frames"
        print(f"\nscrolling 10000 inputs: {told}")  # noqa: T201
    assert median <= 16
    shown.list.focus()
    page.keyboard.press("End")
    expect(shown.tile(9999)).to_be_visible()
    shown.drawn()
    assert shown.tile(9999).locator("img").evaluate("image => image.naturalWidth") == 32
    assert shown.element.locator(".lrpw-tile").count() < 200
    eventually(lambda: notebook.expect("view.status", "ready"))
    assert int(notebook.evaluate("print(len(made.read))")) < 3000
    shown.element.get_by_role("button", name="Predict the rest").click()
    shown.element.get_by_role("button", name="Stop").click()
    eventually(lambda: notebook.expect("view.status, view.background", "('ready', False)"))
    kept = int(notebook.evaluate("print(view.table.done.sum())"))
    assert 24 <= kept < 10_000
    expect(shown.summary).to_contain_text(f"{10_000 - kept} not predicted yet")


def test_themes_and_a_narrow_page(gallery, page):
    notebook, shown = gallery(DIGITS, BROWSE)
    shown.says("500 of 500; 3 predicted wrong")
    shown.tile(int(notebook.evaluate("print(view.order[0])"))).click()
    notebook.theme("JupyterLab Dark")
    shown.drawn()
    for words in (".lrpw-summary", ".lrpw-tile-words", ".lrpw-tile-number", ".lrpw-label"):
        text = shown.element.locator(f"{words}:visible").first
        eventually(lambda text=text: legible(text))  # colours change over a moment
    keep(page, "gallery-dark")
    page.set_viewport_size({"width": 960, "height": 1000})
    page.wait_for_function("e => e.clientWidth < 700", arg=shown.element.element_handle())
    shown.drawn()
    assert shown.element.evaluate("e => e.scrollWidth <= e.clientWidth"), "nothing scrolls sideways"
    keep(page, "gallery-narrow")
    notebook.theme("JupyterLab Light")


def test_a_saved_notebook_shows_the_first_page_and_a_reload_the_same(lab, gallery, page):
    notebook, shown = gallery(DIGITS, BROWSE)
    shown.says("500 of 500; 3 predicted wrong")
    before = shown.positions()
    notebook.save()
    page.reload()
    notebook.wait_idle()
    again = Gallery(notebook.cell(0))
    again.drawn()
    assert again.positions()[: len(before)] == before[: len(again.positions())]
    lab.stop_kernels()
    content = lab.read_notebook("gallery.ipynb")
    (output,) = content["cells"][0]["outputs"]
    assert output["data"]["image/png"].startswith("iVBOR")
    content["metadata"] = {"kernelspec": {"name": "gone", "display_name": "Gone", "language": "gone"}}
    (lab.folder / "gone.ipynb").write_text(json.dumps(content), encoding="utf-8")
    page.goto(lab.page("gone.ipynb"))
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_role("button", name="No Kernel").click()
    expect(dialog).to_have_count(0)
    picture = Notebook(page, lab, "gone.ipynb").cell(0).locator(".jp-OutputArea img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 400
