"""Renew the pictures of the docs: `python -m tests.browser.screenshot [NAME ...]` in the repository's root."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import chromium, server
from tests.browser.lab import Notebook

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "images"
WINDOW = 1700  # CSS pixels of the browser's window
THEMES = {"": "JupyterLab Light", "-dark": "JupyterLab Dark"}


@dataclass(frozen=True)
class Scene:
    """A cell, the view that it shows, and how wide that is in CSS pixels."""

    name: str
    cell: str
    view: str
    width: int = 1200


SCENES = (
    Scene("explore", "lw.explore(lw.zoo.squeezenet(), lw.zoo.photos())", ".lrpw-explore"),
    Scene(
        "flipping",
        "view = lw.flipping(lw.zoo.digits(), lw.zoo.mnist()[2], ['lrp', 'sensitivity', 'random'], patch=4)\n"
        "view.wait()\nview.step = 9\nview",
        ".lrpw-flipping",
    ),
    Scene(
        "regions",
        "eye, nose = lw.measure.Box(60, 40, 115, 100), lw.measure.Ellipse(160, 115, 208, 170)\n"
        "cat = lw.explain(lw.zoo.squeezenet(), lw.zoo.photos()[0])\n"
        "lw.regions(cat, {'left eye': eye, 'nose': nose})",
        ".lrpw-regions",
    ),
    Scene(
        "filters",
        "cat = lw.trace(lw.zoo.squeezenet(), lw.zoo.photos()[0])\n"
        "view = lw.filters(cat, layer='features.12')\nview.wait(maps=True)\nview",
        ".lrpw-filters",
    ),
    Scene(
        "rules",
        "cat = lw.trace(lw.zoo.squeezenet(), lw.zoo.photos()[0])\nview = lw.rules(cat)\nview.wait()\nview",
        ".lrpw-rules",
    ),
    Scene(
        "compare",
        "view = lw.compare(lw.zoo.digits(), lw.zoo.mnist()[2], ['sensitivity', 'gradient-x-input', 'lrp'])\n"
        "view.wait()\nview",
        ".lrpw-compare",
    ),
    Scene(
        "graph",
        "cat = lw.trace(lw.zoo.squeezenet(), lw.zoo.photos()[0])\nview = lw.graph(cat)\nview.wait()\nview",
        ".lrpw-graph-view",
    ),
    Scene(
        "gallery",
        "view = lw.gallery(lw.zoo.digits(), lw.zoo.mnist())\nview.wait()\nview",
        ".lrpw-gallery",
    ),
    Scene(
        "prototypes",
        "codes = lw.experts.CodeSpace(lw.zoo.digit_decoder())\n"
        "experts = {'L2': None, 'RBM': lw.zoo.digit_rbm(), 'decoder': codes}\n"
        "view = lw.prototypes(lw.zoo.digits(), 3, experts)\nview.wait()\nview",
        ".lrpw-prototypes",
    ),
    Scene(
        "signal",
        "recording = lw.zoo.eeg_motor()\n"
        "trial = int(recording.fold(0)[0])\n"
        "asked = {'target': 'both feet', 'minus': 'both fists', 'rules': 'lrp-0'}\n"
        "ex = lw.explain(lw.zoo.eeg_motor_net(0), recording.signals[trial], **asked)\n"
        "lw.view(ex, window=[1, 2], channel='C3', cursor=1.7)",
        ".lrpw-signal",
        "plane",
        "import torch\nfrom torch import nn\n"
        "net = nn.Sequential(nn.Linear(2, 3, bias=False), nn.ReLU(), nn.Linear(3, 1, bias=False), nn.ReLU())\n"
        "net[0].weight.data = torch.tensor([[1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]])\n"
        "net[2].weight.data.fill_(0.5)\n"
        "methods = {'sensitivity': 'sensitivity', 'gradient x input': 'gradient-x-input', "
        "'deep Taylor LRP': {'rules': {'*': lw.ZPlus()}}}\n"
        "lw.plane(net, methods, point=(2.1, 2))",
        ".lrpw-plane",
    ),
)


def main(names: Iterable[str]) -> None:
    """Run the cell of each scene in a JupyterLab of its own and keep what it shows, light and dark."""
    chosen = [scene for scene in SCENES if not names or scene.name in names]
    program = chromium.find()
    if program is None:
        sys.exit("no Chromium: `python tests/browser/chromium.py` gets one")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        process, lab = server.start(Path(place))
        browser = playwright.chromium.launch(executable_path=program, args=list(chromium.FLAGS))
        try:
            for scene in chosen:
                photograph(scene, lab, browser)
        finally:
            browser.close()
            lab.stop_kernels()
            server.stop(process)


def photograph(scene: Scene, lab: server.Server, browser: Browser) -> None:
    """Both themes of one scene."""
    page = browser.new_page(viewport={"width": WINDOW, "height": 1000})
    name = lab.write_notebook(f"{scene.name}.ipynb", f"import lrpwidgets as lw\n{scene.cell}")
    opened = Notebook.open(page, lab, name)
    opened.run_all()
    view = page.locator(scene.view).first
    view.wait_for()
    margin = WINDOW - int(view.evaluate("element => element.clientWidth"))
    for ending, theme in THEMES.items():
        opened.theme(theme)
        page.set_viewport_size({"width": scene.width + margin, "height": 1000})
        height = settled(page, scene)
        page.set_viewport_size({"width": scene.width + margin, "height": height + 400})
        settled(page, scene)
        opened.wait_idle()
        view.screenshot(path=PICTURES / f"{scene.name}{ending}.png")
    page.close()
    lab.stop_kernels()


def settled(page: Page, scene: Scene) -> int:
    """Wait until the view has its width and nothing in it works; its height."""
    page.wait_for_function(
        "([view, width]) => Math.abs(document.querySelector(view).clientWidth - width) < 2",
        arg=[scene.view, scene.width],
    )
    expect(page.locator(f'{scene.view} [aria-busy="true"]')).to_have_count(0, timeout=120_000)
    page.wait_for_timeout(500)  # for the last frame
    return int(page.locator(scene.view).first.evaluate("element => element.clientHeight"))


if __name__ == "__main__":
    main(sys.argv[1:])
