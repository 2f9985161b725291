"""Prototypes in JupyterLab: watched while they are sought, stopped, kept, scrubbed without the kernel, swept."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import keep
from tests.browser.heatmap import READ_PIXELS, eventually, legible

SETUP = """
import time, lrpwidgets as lw
from lrpwidgets.explain.experts import L2, CodeSpace
net = lw.zoo.digits()
experts = {"L2": L2(), "RBM": lw.zoo.digit_rbm(), "codes": CodeSpace(lw.zoo.digit_decoder())}

class Held:
    "An expert that waits before each of its answers, as a large model would."
    weight, shape = 0.01, (1, 28, 28)
    pause = 0.05
    def log_density(self, x):
        time.sleep(self.pause)
        return -x.square().flatten(1).sum(1)
    def start(self):
        return None

"""


@pytest.fixture
def shown(lab, notebook):
    """`shown("lw.prototypes(...)")` gives the notebook and the view, as soon as it is drawn."""

    def show(line):
        lab.write_notebook("prototypes.ipynb", SETUP, f"view = {line}\nview")
        opened = notebook("prototypes.ipynb")
        opened.run_all()
        view = opened.cell(1).locator(".lrpw-prototypes")
        expect(view).to_have_attribute("data-ready", re.compile(r"\d+"))
        return opened, view

    return show


def pixels(place):
    """The first picture inside, (height, width, 3) uint8."""
    width, height, data = place.locator("canvas.lrpw-proto-canvas").first.evaluate(READ_PIXELS)
    return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)[..., :3]


def in_kernel(opened, expression):
    """A picture that the kernel decodes, (height, width, 3) uint8."""
    opened.evaluate(
        f"import numpy; numpy.save('seen.npy', view._shown[0].run.domain.decode({expression})[0])"
    )
    return np.load(opened.server.folder / "seen.npy")


def column(view, name):
    return view.locator(f'.lrpw-proto-column[aria-label="{name}"]')


def ended(view, name="L2"):
    expect(column(view, name)).to_have_attribute("data-running", "false", timeout=60_000)


def test_frames_are_scrubbed_without_the_kernel(shown, page, witness):
    opened, view = shown("lw.prototypes(net, 7, experts)")
    for name in ("L2", "RBM", "codes"):
        ended(view, name)
    np.testing.assert_array_equal(pixels(column(view, "codes")), in_kernel(opened, "view.found[2].x"))
    keep(page, "prototypes-light")

    # Frames are dragged through with no kernel message; the kernel hears where the hand let go.
    slider = column(view, "L2").get_by_role("slider")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] - 4, middle)
    page.mouse.down()
    seen = set()
    with witness.no_kernel_traffic(page):
        for part in (0.8, 0.6, 0.4, 0.2, 0.0):
            page.mouse.move(box["x"] + 4 + part * (box["width"] - 8), middle)
            page.wait_for_timeout(50)
            seen.add(pixels(column(view, "L2")).tobytes())
    assert len(seen) >= 4
    page.mouse.up()
    eventually(lambda: opened.expect("view.at", "{'L2': 0}"))
    np.testing.assert_array_equal(pixels(column(view, "L2")), in_kernel(opened, "view.found[0].frames[0].x"))
    expect(column(view, "L2").locator("dd").nth(1)).to_have_text(
        opened.evaluate("print(f'{float(view.found[0].frames[0].probability[0]):.4f}')")
    )
    slider.press("ArrowRight")
    expect(column(view, "L2")).to_have_attribute(
        "data-step", opened.evaluate("print(view.found[0].frames[1].number)")
    )

    # All columns at one step.
    every = view.get_by_label("All columns at step")
    every.focus()
    every.press("Home")
    eventually(lambda: opened.expect("view.step, view.at", "(0, {})"))
    expect(column(view, "codes")).to_have_attribute("data-step", "0")
    every.press("End")
    eventually(lambda: opened.expect("view.step", "None"))


def test_what_is_kept_stays_when_another_class_is_asked_for(shown, page):
    opened, view = shown("lw.prototypes(net, 7, experts)")
    ended(view, "L2")
    ended(view, "codes")
    for name in ("L2", "codes"):
        column(view, name).get_by_role("button", name="Keep").click()
    cards = view.locator(".lrpw-proto-card")
    expect(cards).to_have_count(2)
    view.get_by_label("Target").select_option("3")
    eventually(lambda: opened.expect("view.target", "3"))
    eventually(lambda: opened.expect("view._searched['target'], view.status", "(3, 'ready')"), 60)
    for name in ("L2", "RBM", "codes"):
        expect(column(view, name).locator("dd").first).to_have_text("3")
        ended(view, name)
    expect(cards).to_have_count(2)
    np.testing.assert_array_equal(pixels(cards.nth(1)), in_kernel(opened, "view.kept[1].x"))
    name = cards.first.get_by_label("Name of the card")
    name.fill("<img src=x onerror=alert(1)>")
    name.press("Enter")
    eventually(lambda: opened.expect("view.kept[0].name", "<img src=x onerror=alert(1)>"))
    assert view.locator("img").count() == 0
    cards.first.get_by_role("button", name="The Python").click()
    expect(cards.first.locator("pre")).to_contain_text("lw.prototype(model, 7, experts['L2']")
    legible(cards.first.locator("pre"))
    keep(page, "prototypes-kept")
    cards.first.get_by_role("button", name="Remove").click()
    expect(cards).to_have_count(1)
    opened.expect("len(view.kept)", "1")


def test_a_reloaded_page_shows_what_was_found_and_kept_and_searches_on(shown, page):
    opened, view = shown("lw.prototypes(net, 7, {'L2': L2(), 'codes': experts['codes']}, steps=40)")
    for name in ("L2", "codes"):
        ended(view, name)
    column(view, "codes").get_by_role("button", name="Keep").click()
    cards = view.locator(".lrpw-proto-card")
    expect(cards).to_have_count(1)
    slider = column(view, "L2").get_by_role("slider")
    slider.focus()
    slider.press("Home")
    eventually(lambda: opened.expect("view.at, len(view.kept)", "({'L2': 0}, 1)"))
    opened.save()
    page.reload()
    opened.wait_idle()
    view = opened.cell(1).locator(".lrpw-prototypes")
    expect(column(view, "L2")).to_have_attribute("data-step", "0")
    np.testing.assert_array_equal(pixels(column(view, "L2")), in_kernel(opened, "view.found[0].frames[0].x"))
    np.testing.assert_array_equal(pixels(column(view, "codes")), in_kernel(opened, "view.found[1].x"))
    cards = view.locator(".lrpw-proto-card")
    expect(cards).to_have_count(1)
    np.testing.assert_array_equal(pixels(cards.first), in_kernel(opened, "view.kept[0].x"))
    # It is live: frames are scrubbed, another class is sought, and cards are kept and removed.
    slider = column(view, "L2").get_by_role("slider")
    slider.focus()
    slider.press("End")
    np.testing.assert_array_equal(pixels(column(view, "L2")), in_kernel(opened, "view.found[0].x"))
    view.get_by_label("Target").select_option("3")
    eventually(lambda: opened.expect("view._searched['target'], view.status", "(3, 'ready')"), 60)
    ended(view, "codes")
    column(view, "codes").get_by_role("button", name="Keep").click()
    expect(cards).to_have_count(2)
    np.testing.assert_array_equal(pixels(cards.nth(1)), in_kernel(opened, "view.kept[1].x"))
    cards.first.get_by_role("button", name="Remove").click()
    expect(cards).to_have_count(1)
    opened.expect("[str(card.target) for card in view.kept]", "['3']")


def test_the_sweep_is_a_slider_over_the_weights_and_looks_right_everywhere(shown, page):
    opened, view = shown("lw.prototypes(net, 7, experts, count=3)")
    ended(view, "codes")
    cards = view.locator(".lrpw-proto-card")
    view.get_by_label("Expert whose weight is swept").select_option("RBM")
    view.get_by_role("button", name="Prototypes by the weight").click()
    swept = view.locator(".lrpw-proto-sweep")
    expect(swept).to_have_attribute("data-count", "7", timeout=60_000)
    eventually(lambda: opened.expect("view.status", "ready"), 60)
    weights = swept.get_by_label("Weight", exact=True)
    weights.scroll_into_view_if_needed()
    weights.focus()
    weights.press("Home")
    expect(swept).to_have_attribute("data-weight", "0")
    np.testing.assert_array_equal(pixels(swept), in_kernel(opened, "view.swept.prototypes[0].x"))
    eventually(lambda: opened.expect("view.shown_weight", "0"))
    swept.get_by_role("button", name="Keep").click()
    expect(cards).to_have_count(1)
    opened.expect("view.kept[0].weight", "0.0")
    column(view, "codes").get_by_role("button", name="2 of 3").click()
    column(view, "codes").get_by_role("button", name="Keep").click()
    expect(cards).to_have_count(2)
    opened.expect("bool((view.kept[1].x == view.found[2].x[1:2]).all())", "True")
    keep(page, "prototypes-sweep")

    opened.theme("JupyterLab Dark")
    view.scroll_into_view_if_needed()
    for text in (".lrpw-proto-state", ".lrpw-proto-facts dt", ".lrpw-proto-heading"):
        legible(view.locator(text).first)
    keep(page, "prototypes-dark")
    page.set_viewport_size({"width": 640, "height": 1000})
    eventually(lambda: fits(view))
    keep(page, "prototypes-narrow")


def typed(field, text):
    """Put another number into a field, as hands do."""
    field.click(click_count=3)
    field.press_sequentially(text)
    field.press("Enter")


def fits(view):
    """Nothing is cut off, nothing scrolls sideways."""
    assert view.evaluate("element => element.scrollWidth <= element.clientWidth")


def test_frames_change_before_the_end_and_stop_keeps_the_last(shown, page):
    opened, view = shown("lw.prototypes(net, 7, Held(), steps=100_000, tolerance=0)")
    running = column(view, "Held")
    expect(running).to_have_attribute("data-running", "true")
    seen = []

    def changing():
        now = pixels(running).tobytes()
        if not seen or seen[-1] != now:
            seen.append(now)
        assert len(seen) >= 4

    eventually(changing, 60)
    expect(running).to_have_attribute("data-running", "true")
    running.get_by_role("button", name="Keep").click()  # also while it runs
    expect(view.locator(".lrpw-proto-card")).to_have_count(1)
    opened.save()
    page.reload()  # and it is still there after a reload, still running
    opened.wait_idle()
    view = opened.cell(1).locator(".lrpw-prototypes")
    expect(view.locator(".lrpw-proto-card")).to_have_count(1)
    running = column(view, "Held")
    expect(running).to_have_attribute("data-running", "true")
    view.get_by_role("button", name="Stop").click()
    ended(view, "Held")
    expect(running.locator(".lrpw-proto-state")).to_contain_text("stopped")
    opened.expect("view.found[0].complete, view.status, view.error", "(False, 'ready', '')")
    number = opened.evaluate("print(view.found[0].frames[-1].number)")
    assert int(number) > 0
    expect(running).to_have_attribute("data-step", number)
    np.testing.assert_array_equal(pixels(running), in_kernel(opened, "view.found[0].x"))


def test_a_hidden_unit_and_an_error_in_place(shown):
    opened, view = shown("lw.prototypes(net, 7, steps=20)")
    ended(view)
    view.get_by_label("Target").select_option("unit")
    view.get_by_label("Layer").select_option("features.3")
    eventually(lambda: opened.expect("view.target", 'lw.unit("features.3", 0)'))
    channel = view.get_by_label("Channel")
    typed(channel, "99")
    eventually(lambda: opened.expect("view.target.channel, view.status", "(99, 'error')"))
    expect(view.get_by_role("alert").first).to_contain_text("99")
    expect(column(view, "L2")).to_be_visible()  # the last good ones stay
    typed(channel, "5")
    eventually(lambda: opened.expect("view.status, view.error", "('ready', '')"), 60)
    expect(column(view, "L2").locator("dd").first).to_contain_text("features.3")
