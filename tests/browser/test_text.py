"""Texts in JupyterLab: words that are text, hovered without the kernel, walked by keys, in any script, however long."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import keep
from tests.browser.heatmap import eventually, legible
from tests.browser.test_views import violations

SETUP = """
import torch, lrpwidgets as lw
words = "orbit moon god prayer the img onerror שלום עולם مدار القمر 月 球 word".split()
net = torch.nn.Linear(len(words), 2, bias=False)
weights = torch.tensor([3, 2, -3, -1, .1, 1, -1, 2, -2, 2, -2, 1.5, -.5, .3])[:len(words)]
net.weight.data = torch.stack([weights, -weights])
net.eval()
domain = lw.text(words, bag=True)
texts = [
    "The orbit of the Moon.\\n<img src=x onerror=\\"document.title='owned'\\"> & <b>god</b>\\n\\n\\U0001f680 moon",
    "שלום עולם, זה orbit\\nمدار القمر حول the\\n月球の moon\\nThe last line is Latin.",
]
ex = lw.explain(net, texts, rules="lrp-0", target=0, input=domain, labels=["<img onerror=1>", "other"])
"""  # noqa: RUF001


@pytest.fixture
def shown(lab, notebook):
    """`shown("lw.view(ex)")` gives the notebook and the view, as soon as it is drawn."""

    def show(line, setup=SETUP):
        lab.write_notebook("text.ipynb", setup, f"view = {line}\nview")
        opened = notebook("text.ipynb")
        opened.run_all()
        view = opened.cell(1).locator(".lrpw-text")
        expect(view).to_have_attribute("data-ready", re.compile(r"\d+"))
        return opened, view

    return show


def word(view, text, nth=0):
    return view.locator(".lrpw-line > span").get_by_text(text, exact=True).nth(nth)


def colours(element):
    return element.evaluate("e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]")


def test_words_are_text_and_are_read_without_the_kernel(shown, page, witness):
    opened, view = shown("lw.view(ex)")
    opened.theme("JupyterLab Light")
    assert view.locator(".lrpw-line").nth(1).inner_text() == (
        "<img src=x onerror=\"document.title='owned'\"> & <b>god</b>"
    )
    assert view.locator("img, b").count() == 0
    assert page.title() != "owned"
    expect(view.locator(".lrpw-target")).to_have_text("<img onerror=1>")

    # The colour is that of Python's recipe, and zero has none.
    ground = opened.evaluate(
        "from lrpwidgets.render.text_sample import *; from lrpwidgets.render.view import View\n"
        "one = text_sample(ex, 0)\n"
        "print(grounds(one.relevance, one.limit(View()), View(), (255, 255, 255))[1].tolist())"
    )
    expected = [int(level) for level in re.findall(r"\d+", ground)]
    found = [int(level) for level in re.findall(r"\d+", colours(word(view, "orbit"))[0])]
    assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) <= 2
    assert colours(word(view, "src"))[0] == "rgba(0, 0, 0, 0)"
    keep(page, "text-light")

    with witness.no_kernel_traffic(page):
        word(view, "orbit").hover()
        expect(view.locator(".lrpw-readout")).to_have_text("orbitR +3.00word 2 of 16")
        word(view, "god").hover()
        expect(view.locator(".lrpw-readout")).to_contain_text("R -3.00")
        word(view, "src").hover()
        expect(view.locator(".lrpw-readout")).to_contain_text("not known to the model")
    word(view, "god").click()
    eventually(lambda: opened.expect("view.word", "god"))
    assert page.evaluate("document.querySelectorAll('.lrpw-here').length") == 1

    # What is selected is the text.
    page.evaluate(
        "e => getSelection().selectAllChildren(e)", view.locator(".lrpw-line").first.element_handle()
    )
    assert page.evaluate("getSelection().toString()").strip() == "The orbit of the Moon."


def test_keys_walk_from_word_to_word_and_by_strength(shown, page):
    opened, view = shown("lw.view(ex, cmap='seismic')")
    box = view.locator(".lrpw-words")
    box.focus()
    for key, there in (("ArrowRight", "The"), ("ArrowRight", "orbit"), ("End", "moon"), ("Home", "The")):
        box.press(key)
        expect(view.locator(".lrpw-here")).to_have_text(there)
    box.press("Escape")
    expect(view.locator(".lrpw-here")).to_have_count(0)
    for there in ("orbit", "god", "Moon"):  # |R| 3, 3, then the second half of 2 x 2
        box.press("ArrowDown")
        expect(view.locator(".lrpw-here")).to_have_text(there)
    box.press("ArrowUp")
    expect(view.locator(".lrpw-here")).to_have_text("god")
    box.press("]")
    eventually(lambda: opened.expect("view.limit_rule", "fixed"))
    opened.evaluate(
        "model, x, vocabulary, labels = net, texts, words, ex.labels\nagain = eval(view.code.splitlines()[-1])"
    )
    opened.expect("(again.limit, again.word, again.cmap) == (view.limit, view.word, 'seismic')", "True")
    # The other text arrives from Python, and its own first word is no longer pinned.
    view.get_by_role("button", name="Next sample").click()
    expect(view.locator(".lrpw-line").first).to_contain_text("שלום")
    eventually(lambda: opened.expect("(view.sample, view.cursor)", "(1, None)"))


def test_each_line_runs_in_its_own_direction(shown, page):
    _, view = shown("lw.view(ex, sample=1)")
    lines = view.locator(".lrpw-line")
    assert lines.evaluate_all("es => es.map(e => getComputedStyle(e).direction)") == [
        "rtl",
        "rtl",
        "ltr",
        "ltr",
    ]
    first, second = (word(view, text).bounding_box()["x"] for text in ("שלום", "עולם"))
    assert first > second  # the first word stands to the right
    assert word(view, "月").bounding_box()["x"] < word(view, "球").bounding_box()["x"]
    box = view.locator(".lrpw-words")
    box.focus()
    box.press("Home")
    expect(view.locator(".lrpw-here")).to_have_text("שלום")
    box.press("ArrowLeft")  # where one looks: the next word
    expect(view.locator(".lrpw-here")).to_have_text("עולם")
    word(view, "月").hover()
    expect(view.locator(".lrpw-readout")).to_contain_text("R +1.50")
    keep(page, "text-scripts")


def test_long_texts_scroll_fluidly(shown, page, witness):
    long = (
        "\nlong = '\\n'.join(['the orbit of a moon god prays for'] * 2500)\n"
        "ex = lw.explain(net, long, rules='lrp-0', target=0, input=domain)"
    )
    _, view = shown("lw.view(ex)", SETUP + long)
    box = view.locator(".lrpw-words")
    assert view.locator(".lrpw-line > span").count() == 20_000
    scroll = """async (box, by) => {
      const frames = []; let before = performance.now();
      for (let i = 0; i < 60; i++) {
        box.scrollTop += by;
        await new Promise((next) => requestAnimationFrame(next));
        const now = performance.now(); frames.push(now - before); before = now;
      }
      return [box.scrollTop, frames.sort((a, b) => a - b)[30]];
    }"""
    with witness.no_kernel_traffic(page):
        _, idle = box.evaluate(scroll, 0)
        reached, median = box.evaluate(scroll, 400)
    assert reached > 20_000
    assert median < 2 * idle + 34, f"{median:.0f} ms a frame, {idle:.0f} ms where nothing moves"
    box.focus()
    box.press("End")
    expect(view.locator(".lrpw-here")).to_be_in_viewport()


def test_both_themes_and_the_saved_page(shown, page, lab):
    opened, view = shown("lw.view(ex)")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        opened.theme(theme)
        eventually(lambda: [legible(each) for each in view.locator(".lrpw-line > span").all()])
        assert violations(page, ".lrpw-text") == []
        keep(page, f"text-{theme.split()[-1].lower()}")
    opened.evaluate("view.save('text.html')")
    saved = (lab.folder / "text.html").read_text(encoding="utf-8")
    other = page.context.new_page()
    other.set_content(saved)
    assert other.locator("div[dir=auto]").nth(1).inner_text().startswith("<img src=x onerror=")
    assert other.locator("img").count() == 0
    legible(other.locator("span", has_text="orbit").last)
