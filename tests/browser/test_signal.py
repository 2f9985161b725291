"""The signal view in a real page: a dragged window, the head's pixels, keys, a reload, long and hostile recordings."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from lrpwidgets.render import headmap
from tests.browser.conftest import keep
from tests.browser.heatmap import READ_PIXELS, eventually, legible

RATE, START, SAMPLES = 160, -0.5, 320
SPIRAL = """
import numpy as np, torch, lrpwidgets as lw
torch.manual_seed(0)
r, a = np.sqrt(np.linspace(0.01, 0.95, 64)), 2.399963 * np.arange(64)
places = {f"E{i}": (float(r[i] * np.cos(a[i])), float(r[i] * np.sin(a[i]))) for i in range(64)}
domain = lw.signal(list(places), rate=160, start=-0.5, positions=places)
layers = torch.nn.Conv1d(64, 4, 17), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool1d(4), torch.nn.Flatten()
net = torch.nn.Sequential(*layers, torch.nn.Linear(16, 2)).eval()
x = np.random.default_rng(1).normal(0, 10, (1, 64, 320)).cumsum(-1)
ex = lw.explain(net, domain.encode(x), input=domain, rules="epsilon", target=1, labels=["hands", "feet"])
np.save("relevance.npy", ex.relevance[0].double().numpy()); np.save("places.npy", np.array(domain.positions))
view = lw.view(ex)
view
"""
GUTTER, EDGE, TOP = 72, 56, 6


class Recording:
    """A signal view in a cell."""

    def __init__(self, cell):
        self.root = cell.locator(".lrpw-signal")
        expect(self.root).to_have_attribute("data-ready", re.compile(r"\d+"))
        self.stage = self.root.get_by_role("application")
        self.head = self.root.locator(".lrpw-head")
        self.sum = self.root.locator(".lrpw-sig-sum")
        self.readout = self.root.locator(".lrpw-readout")
        self.bars = self.root.locator(".lrpw-sig-row:visible")

    def point(self, sample, channel=32):
        """Where an edge between samples lies in the window, on the trace of a channel."""
        self.stage.scroll_into_view_if_needed()
        box = self.stage.bounding_box()
        room = box["width"] - GUTTER - EDGE
        return box["x"] + GUTTER + sample / SAMPLES * room, box["y"] + TOP + (channel + 0.5) * 600 / 64

    @property
    def total(self):
        """The window's sum of R and its share of f, as they are printed."""
        found = re.fullmatch(r"sum R ([+-]?[\d.e-]+), (-?[\d.]+) % of f \S+", self.sum.inner_text())
        return float(found[1]), float(found[2]) / 100

    def pixels(self):
        width, height, data = self.head.evaluate(READ_PIXELS)
        return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)


@pytest.fixture
def drawn(lab, notebook):
    """Run the cell in a page and give the notebook, its recording, relevance and places."""

    def show(code=SPIRAL):
        lab.write_notebook("signal.ipynb", code)
        opened = notebook("signal.ipynb")
        opened.run_all()
        return opened, Recording(opened.cell(0))

    return show


def test_head_sums_and_bars_follow_a_dragged_window_without_the_kernel(drawn, page, witness):
    opened, seen = drawn()
    relevance = np.load(opened.server.folder / "relevance.npy")
    places = np.load(opened.server.folder / "places.npy")
    score = float(opened.evaluate("print(float(ex.score[0]))"))

    def follows(first, end):
        values = relevance[:, first:end].sum(1)
        told, share = seen.total
        assert told == pytest.approx(values.sum(), rel=1e-4)
        assert share == pytest.approx(values.sum() / score, rel=6e-3)  # three digits are printed
        order = np.argsort(-np.abs(values), kind="stable")[:8]
        rows = [row.split() for row in seen.bars.all_inner_texts()]
        assert [row[0] for row in rows] == [f"E{at}" for at in order]
        assert [float(row[1]) for row in rows] == pytest.approx(values[order], rel=6e-3)
        _like_python(seen.pixels(), values, places)

    follows(0, SAMPLES)
    with witness.no_kernel_traffic(page):
        page.mouse.move(*seen.point(100))
        page.mouse.down()
        for end in (140, 133, 180):
            page.mouse.move(*seen.point(end), steps=3)
            eventually(lambda end=end: follows(100, end))
    page.mouse.up()
    eventually(lambda: opened.expect("view.window", "[0.125, 0.625]"))
    with witness.no_kernel_traffic(page):
        page.mouse.move(*seen.point(180))  # an edge
        page.mouse.down()
        page.mouse.move(*seen.point(240), steps=3)
        eventually(lambda: follows(100, 240))
    page.mouse.up()
    eventually(lambda: opened.expect("view.window", "[0.125, 1.0]"))
    opened.expect("f'{view.pooled.sum():.4f}'", f"{relevance[:, 100:240].sum():.4f}")
    box = seen.head.bounding_box()
    scale = box["width"] / 2 / (headmap.extent(places) + headmap.ROOM)
    at = places[40] * (scale, -scale) + (box["x"] + box["width"] / 2, box["y"] + box["width"] / 2)
    page.mouse.move(*at)
    expect(seen.readout).to_contain_text(re.compile(r"^E40: R [+-]?[\d.]+ in the window"))


def _like_python(pixels, values, places):
    """The head's colours away from its lines, dots and names, against Python's own picture of the same sums."""
    size = len(pixels)
    wanted = headmap.picture(values, places, cmap="blue-red", size=size)
    at = (np.arange(size) + 0.5 - size / 2) / (size / 2) * (headmap.extent(places) + headmap.ROOM)
    away = np.abs(np.hypot(*np.meshgrid(at, at)))
    clear = away < 0.97  # inside the circle: no nose, no ears
    rows, columns = np.mgrid[:size, :size]
    named = {
        *np.argsort(-np.abs(values), kind="stable")[:5],
        32,
    }  # the strongest, and the one under the pointer
    for electrode, (x, y) in enumerate(headmap.places(places, size)):
        clear &= np.hypot(columns - x, rows - y) > 9
        clear &= (np.abs(columns - x) > 16) | (rows < y) | (rows > y + 18) | (electrode not in named)
    assert clear.mean() > 0.3
    apart = np.abs(pixels[..., :3].astype(int) - wanted)[clear].max(-1)
    assert np.quantile(apart, 0.99) <= 6
    assert apart.max() <= 12
    assert (pixels[..., 3] == 255)[clear].all()


def test_keys_move_time_channel_window_and_sight_and_all_survives_a_reload(drawn, page):
    opened, seen = drawn()
    seen.stage.focus()
    page.keyboard.press("Home")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    eventually(lambda: opened.expect("(view.cursor, view.channel)", f"({START + 2 / RATE}, 'E1')"))
    worth = float(opened.evaluate("print(float(ex.relevance[0, 1, 2]))"))
    expect(seen.readout).to_contain_text("E1 at -0.4875 s")
    assert float(re.search(r"R ([+-]?[\d.e-]+);", seen.readout.inner_text())[1]) == pytest.approx(
        worth, rel=6e-3
    )
    page.keyboard.press("Shift+ArrowRight")
    eventually(lambda: opened.expect("view.window", "[-0.5, -0.3]"))
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    eventually(lambda: opened.expect("view.pooled_samples", "slice(0, 36, None)"))
    for key in ("+", "+", "t"):
        page.keyboard.press(key)
    eventually(lambda: opened.expect("(round(view.viewport['zoom'], 6), view.rows)", "(2.0, 32)"))
    page.keyboard.press("End")
    eventually(
        lambda: opened.expect("(view.cursor, view.viewport['x'] > 79)", f"({START + 319 / RATE}, True)")
    )
    page.keyboard.press("?")
    expect(seen.root.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(seen.root.get_by_role("dialog", name="Keys")).to_be_hidden()
    told = seen.sum.inner_text()
    page.evaluate("document.activeElement.blur()")  # or saving's Escape would reach the view
    opened.save()
    page.reload()
    opened.wait_idle()
    seen = Recording(opened.cell(0))
    expect(seen.sum).to_have_text(told)
    seen.stage.focus()
    page.keyboard.press("Escape")
    eventually(lambda: opened.expect("view.window", "None"))
    page.keyboard.press("0")
    eventually(lambda: opened.expect("(view.rows, view.viewport['zoom'])", "(None, 1)"))


LONG = """
import numpy as np, torch, lrpwidgets as lw
torch.manual_seed(0)
names = ["<img src=x onerror=document.title='run'>", *(f"E{i}" for i in range(63))]
domain = lw.signal(names, rate=250, unit="<b>uV", positions=None)
net = torch.nn.Sequential(torch.nn.Conv1d(64, 2, 8, stride=4), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool1d(1),
                          torch.nn.Flatten(), torch.nn.Linear(2, 1)).eval()
x = np.random.default_rng(1).normal(0, 10, (1, 64, 20_000))
ex = lw.explain(net, domain.encode(x), input=domain, rules="epsilon", target=0)
view = lw.view(ex, channel=names[0])
view
"""


def test_twenty_thousand_samples_stay_fluid_and_a_name_stays_text(drawn, page):
    opened, seen = drawn(LONG)
    expect(seen.root.locator("img, b")).to_have_count(0)
    expect(seen.readout).to_contain_text("<img src=x onerror")
    assert page.title() != "run"
    expect(seen.root.get_by_text("No head: the electrodes' places are not known")).to_be_visible()
    expect(seen.head).to_be_hidden()
    seen.stage.focus()
    slowest = page.evaluate(
        """async root => {
          const stage = root.querySelector('.lrpw-stage'), box = stage.getBoundingClientRect();
          const times = {zoom: [], drag: []};
          const wait = async (into, act) => {
            const ready = root.dataset.ready, start = performance.now();
            act();
            while (root.dataset.ready === ready) await new Promise(requestAnimationFrame);
            into.push(performance.now() - start);
          };
          const plain = {clientY: box.y + 50, bubbles: true, cancelable: true, button: 0, pointerId: 1};
          const at = x => ({clientX: box.x + x, ...plain});
          const wheel = deltaY => stage.dispatchEvent(new WheelEvent('wheel', {deltaY, ...at(300)}));
          const point = (kind, x) => stage.dispatchEvent(new PointerEvent('pointer' + kind, at(x)));
          for (let i = 0; i < 24; i++) await wait(times.zoom, () => wheel(i < 12 ? -100 : 100));
          stage.setPointerCapture = () => {};
          point('down', 120);
          for (let i = 0; i < 24; i++) await wait(times.drag, () => point('move', 140 + 8 * i));
          point('up', 330);
          const third = all => all.sort((a, b) => a - b)[18];
          return {zoom: third(times.zoom), drag: third(times.drag)};
        }""",
        seen.root.element_handle(),
    )
    assert slowest["zoom"] < 400, "of 64 channels x 20 000 samples, on a busy machine"
    assert slowest["drag"] < 100
    eventually(lambda: opened.expect("view.window is not None", "True"))


def test_both_themes_a_narrow_page_and_the_head_alone(drawn, page):
    opened, seen = drawn(SPIRAL.rsplit("\n", 2)[0] + "\nlw.HeadMapView(ex, window=[0, 0.5], channel='E20')")
    assert seen.stage.bounding_box()["height"] < 100  # the line of time alone
    expect(seen.head).to_be_visible()
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        opened.theme(theme)
        for part in (".lrpw-sig-sum", ".lrpw-readout", ".lrpw-sig-name", ".lrpw-target"):
            eventually(lambda part=part: legible(seen.root.locator(part).first))
        keep(page, f"headmap-{theme.split()[-1].lower()}")
    page.set_viewport_size({"width": 640, "height": 1000})
    eventually(lambda: _fits(seen))
    keep(page, "headmap-narrow")


def _fits(seen):
    assert seen.root.evaluate("element => element.scrollWidth <= element.clientWidth + 1")
