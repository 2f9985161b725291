"""The rule view in a notebook: a rule changed by hand changes map and ledger, and the numbers add up."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.cells import rendered
from tests.browser.conftest import keep
from tests.browser.heatmap import Heatmap, eventually, legible, same
from tests.browser.test_explore import OVERHANG

DIGITS = "import lrpwidgets as lw\nnet, digits = lw.zoo.digits(), lw.zoo.mnist()"
PHOTO = "import lrpwidgets as lw\nnet, photos = lw.zoo.squeezenet(), lw.zoo.photos()"
SUMS = re.compile(
    r"score (\S+) = sum R (\S+) \+ to bias (\S+) \+ to stabilizer (\S+) \+ stopped (\S+)(?: \+ rounding (\S+))?"
)


@pytest.fixture
def shown(lab, notebook):
    """`shown(setup, "lw.rules(...)")` runs both and gives the notebook, the view and its heat map."""

    def show(setup, view):
        lab.write_notebook("rules.ipynb", setup, f"view = {view}\nview")
        opened = notebook("rules.ipynb")
        opened.run_all()
        return opened, *parts(opened)

    return show


def parts(opened):
    cell = opened.cell(1)
    heat = Heatmap.inside(cell)
    view = cell.locator(".lrpw-rules")
    expect(view.locator(".lrpw-ledger tbody tr").first).to_be_visible()
    return view, heat


def numbers(text):
    return [float(word.replace("\u2212", "-")) for word in text if word is not None]


def printed(view):
    """The sums under the heading of the ledger."""
    found = SUMS.search(view.locator(".lrpw-ledger-sums").inner_text())
    assert found, view.locator(".lrpw-ledger-sums").inner_text()
    return numbers(found.groups())


def settled(opened, view):
    eventually(lambda: opened.expect("view.status", "ready"))
    expect(view.locator(".lrpw-ledger")).to_have_attribute("aria-busy", "false")


def adds_up(opened, view):
    """Sums and rows as they are printed, to the last digits, and as the kernel has them."""
    settled(opened, view)
    score, *ends = printed(view)
    assert score == pytest.approx(sum(ends), rel=1e-3)
    assert score == pytest.approx(float(opened.evaluate("print(view.explanation.ledger.start)")), rel=1e-4)
    assert ends[0] == pytest.approx(
        float(opened.evaluate("print(view.explanation.total.sum().item())")), rel=1e-3
    )
    rows = view.locator(".lrpw-ledger tbody tr")
    for row in range(rows.count()):
        came, *went = numbers(rows.nth(row).locator(".lrpw-figure").all_inner_texts())
        assert came == pytest.approx(sum(went), abs=3e-4 * abs(score))


def row(view, path):
    return view.locator(f'.lrpw-tree-row[data-path="{path}"]')


def test_a_rule_changed_by_hand_changes_map_and_ledger_and_the_sums_are_printed(shown, page):
    opened, view, heat = shown(DIGITS, "lw.rules(lw.trace(net, digits[:1]), layout='map', rules='epsilon')")
    adds_up(opened, view)
    same(heat, rendered(opened, "view.explanation", layout="map", pixelated=True))
    before, sums = heat.pixels(), printed(view)
    row(view, "features.3").click()
    eventually(lambda: opened.expect("view.layer", "features.3"))
    expect(row(view, "features.3")).to_have_attribute("aria-selected", "true")
    with heat.redraws():
        view.get_by_label("Rule", exact=True).select_option("Gamma")
    eventually(
        lambda: opened.expect(
            "view.explanation.settings['rules']['layers'][0][1]", "{'rule': 'Gamma', 'gamma': 0.25}"
        )
    )
    expect(row(view, "features.3")).to_contain_text("Gamma(gamma=0.25)")
    adds_up(opened, view)
    assert (heat.pixels() != before).any()
    assert printed(view) != sums
    same(heat, rendered(opened, "view.explanation", layout="map", pixelated=True))
    quarter = heat.pixels()
    gamma = view.get_by_label("gamma", exact=True)
    gamma.fill("-1")
    gamma.press("Enter")
    expect(view.get_by_text("gamma must be at least 0")).to_be_visible()
    with heat.redraws():
        gamma.fill("4")
        gamma.press("Enter")
    eventually(lambda: opened.expect("view.preset.layers[0][1].gamma", "4"))
    adds_up(opened, view)
    assert (heat.pixels() != quarter).any()
    keep(page, "rules-light")
    with heat.redraws():
        view.get_by_role("listitem").get_by_role("button").click()
    eventually(lambda: opened.expect("view.rules", "epsilon"))
    adds_up(opened, view)
    np.testing.assert_array_equal(heat.pixels(), before)
    assert printed(view) == sums


def test_keys_choose_layers_and_set_several_at_once(shown, page):
    opened, view, heat = shown(DIGITS, "lw.rules(lw.trace(net, digits[:1]), layer='features.0')")
    row(view, "features.0").focus()
    before = page.evaluate("document.querySelectorAll('.jp-Cell').length")
    page.keyboard.press("ArrowLeft")  # to the container
    expect(row(view, "features")).to_be_focused()
    page.keyboard.press("ArrowLeft")  # closes it
    expect(row(view, "features.0")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(row(view, "features.0")).to_be_focused()
    eventually(lambda: opened.expect("view.layer", "features.0"))
    page.keyboard.press("End")
    last = opened.evaluate("print(view._layers[-1]['path'])")
    eventually(lambda: opened.expect("view.layer", last))
    page.keyboard.press("Home")
    row(view, "features.0").click()
    row(view, "features.3").click(modifiers=["Control"])
    expect(view.locator('.lrpw-tree-row[aria-selected="true"]')).to_have_count(2)
    row(view, "features.3").press("Enter")
    rule = view.get_by_label("Rule", exact=True)
    expect(rule).to_be_focused()
    with heat.redraws():
        rule.select_option("Epsilon")
    eventually(
        lambda: opened.expect("[path for path, _ in view.preset.layers]", "['features.0', 'features.3']")
    )
    adds_up(opened, view)
    row(view, "features.0").focus()
    page.keyboard.press("Backspace")
    eventually(lambda: opened.expect("view.rules", "deep-taylor"))
    page.keyboard.press("Shift+?")
    expect(view.get_by_role("dialog", name="Keys").first).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelectorAll('.jp-Cell').length") == before
    settled(opened, view)


def test_a_pattern_says_what_it_reaches_and_reset_goes_back(shown):
    opened, view, heat = shown(DIGITS, "lw.rules(lw.trace(net, digits[:1]))")
    view.get_by_label("Set at").select_option("pattern")
    pattern = view.get_by_label("Pattern")
    pattern.fill("features.*")
    expect(view.get_by_text(re.compile(r"^\d layers with weights"))).to_be_visible()
    expect(view.locator(".lrpw-reached")).to_have_count(
        int(
            opened.evaluate(
                "print(sum(one['weights'] and one['path'].startswith('features.') for one in view._layers))"
            )
        )
    )
    with heat.redraws():
        view.get_by_label("Rule", exact=True).select_option("AlphaBeta")
    eventually(lambda: opened.expect("view.preset.layers[0][1].code", "lw.AlphaBeta(alpha=2, beta=1)"))
    adds_up(opened, view)
    with heat.redraws():
        alpha = view.get_by_label("alpha", exact=True)
        alpha.fill("3")
        alpha.press("Enter")
    eventually(lambda: opened.expect("view.preset.layers[0][1].beta", "2"))
    pattern.fill("<img src=x onerror=alert(1)>")
    pattern.press("Enter")
    expect(view.locator(":scope > .lrpw-status .lrpw-error")).to_contain_text("<img src=x")
    assert view.locator("img").count() == 0
    with heat.redraws():
        view.get_by_label("Preset", exact=True).select_option("alpha2-beta1")
    eventually(lambda: opened.expect("view.explanation.rules", "alpha2-beta1"))
    view.get_by_label("Pooling", exact=True).select_option("winner")
    eventually(lambda: opened.expect("view.explanation.settings['rules']['pooling']", "winner"))
    view.get_by_role("button", name="Back to the preset without the changes").click()
    eventually(lambda: opened.expect("view.rules", "alpha2-beta1"))
    adds_up(opened, view)


def test_the_equation_is_typeset_by_the_browser(shown):
    _, view, _ = shown(DIGITS, "lw.rules(lw.trace(net, digits[:1]), layer='features.3')")
    math = view.locator(".lrpw-equation math")
    expect(math).to_be_visible()
    assert math.evaluate("element => element.namespaceURI") == "http://www.w3.org/1998/Math/MathML"
    expect(view.locator(".lrpw-editor")).to_contain_text("equation (2)")
    fraction = math.locator("mfrac").first
    above, below = (fraction.locator(":scope > *").nth(at).bounding_box() for at in (0, 1))
    assert above["y"] + above["height"] <= below["y"] + 1, "a fraction stands above its denominator"
    row(view, "features.0").click()
    expect(view.locator(".lrpw-editor")).to_contain_text("Table 2, pixel intensities")


def test_selection_runs_stops_and_is_used(shown, page):
    opened, view, heat = shown(DIGITS, "lw.rules(lw.trace(net, digits[:1]), data=digits[:200])")
    view.get_by_text("Select by pixel-flipping", exact=True).first.click()
    view.get_by_label("patch").fill("4")
    view.get_by_role("button", name="Rank the candidates").click()
    stop = view.get_by_role("button", name="Stop; the ranking so far stays")
    expect(stop).to_be_visible()
    expect(view.locator(".lrpw-ranking tbody tr").first).to_be_visible()
    view.get_by_label("Preset", exact=True).select_option("epsilon")  # a click meanwhile is answered
    eventually(lambda: opened.expect("view.explanation.rules", "epsilon"))
    stop.click()
    expect(view.get_by_text(re.compile(r"^Stopped after \d+ of 200 inputs"))).to_be_visible()
    done = int(opened.evaluate("print(view.selection.done)"))
    assert 0 < done < 200
    names = view.locator(".lrpw-ranking tbody th").all_inner_texts()
    assert names == opened.evaluate("print(*[one.name for one in view.selection.ranking], sep='|')").split(
        "|"
    )
    keep(page, "rules-selection")
    with heat.redraws():
        view.get_by_role("button", name=f"Use {names[1]}", exact=True).click()
    eventually(lambda: opened.expect("view.rules", names[1]))
    adds_up(opened, view)


def test_setup_as_json_is_read_and_told_as_python(shown):
    opened, view, heat = shown(DIGITS, "lw.rules(lw.trace(net, digits[:1]))")
    view.get_by_text("Setup as Python and JSON").click()
    text = view.get_by_label("Setup as JSON")
    written = text.input_value()
    assert '"name": "deep-taylor"' in written
    with heat.redraws():
        text.fill(
            written.replace('"layers": []', '"layers": [["features.*", {"rule": "Gamma", "gamma": 0.7}]]')
        )
        view.get_by_role("button", name="Read the setup from this text").click()
    eventually(lambda: opened.expect("view.preset.name", "deep-taylor, changed"))
    expect(view.locator(".lrpw-code-text")).to_contain_text(
        'lw.preset({"features.*": lw.Gamma(gamma=0.7)}, base="deep-taylor"'
    )
    text.fill("{")
    view.get_by_role("button", name="Read the setup from this text").click()
    expect(view.locator(":scope > .lrpw-status .lrpw-error")).to_contain_text("no JSON")
    opened.expect("view.preset.name", "deep-taylor, changed")


def test_a_reloaded_page_shows_it_again(shown, page):
    opened, view, heat = shown(DIGITS, "lw.rules(lw.trace(net, digits[:1]), layout='map')")
    opened.evaluate("view.change('features.*', lw.Gamma(0.5)); view.layer = 'features.3'; view.wait()")
    expected = rendered(opened, "view.explanation", layout="map", pixelated=True)
    eventually(lambda: same(heat, expected))
    opened.save()
    page.reload()
    opened.wait_idle()
    view, heat = parts(opened)
    eventually(lambda: same(heat, expected))
    expect(row(view, "features.3")).to_have_attribute("aria-selected", "true")
    expect(row(view, "features.3")).to_contain_text("Gamma(gamma=0.5)")
    adds_up(opened, view)
    with heat.redraws():
        view.get_by_label("Preset", exact=True).select_option("epsilon")
    eventually(lambda: opened.expect("view.explanation.rules", "epsilon"))
    adds_up(opened, view)


def test_it_fits_wide_and_narrow_windows_and_is_legible_in_the_dark(shown, page):
    opened, view, heat = shown(PHOTO, "lw.rules(lw.trace(net, photos[0]))")
    adds_up(opened, view)
    for name in ("Advice", "Select by", "Setup as"):
        view.locator("summary", has_text=name).click()
    output = opened.cell(1).locator(".jp-OutputArea-output")
    for width in (1800, 1000, 640):
        page.set_viewport_size({"width": width, "height": 1900})
        eventually(lambda: fits(output, heat))
        keep(page, f"rules-{width}")
    page.set_viewport_size({"width": 1400, "height": 1900})
    opened.theme("JupyterLab Dark")
    for part in (
        ".lrpw-tree-row",
        ".lrpw-muted",
        ".lrpw-equation",
        ".lrpw-ledger-sums",
        ".lrpw-figure",
        "select",
        "textarea",
    ):
        eventually(lambda part=part: legible(view.locator(part).first))
    keep(page, "rules-dark")
    opened.theme("JupyterLab Light")


def fits(output, heat):
    # A long equation scrolls in a box of its own.
    assert output.evaluate(OVERHANG.replace("pre, ", "pre, .lrpw-equation, ")) == []
    assert heat.pixels().shape[1] >= 150
