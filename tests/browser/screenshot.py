"""Renew the pictures of the docs: `python -m tests.browser.screenshot [NAME ...]` in the repository's root."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import chromium, server
from tests.browser.lab import Notebook
from tests.browser.scenes import SCENES, Scene

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "images"
WINDOW = 1700  # CSS pixels of the browser's window
THEMES = {"": "JupyterLab Light", "-dark": "JupyterLab Dark"}


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
        write(PICTURES / f"{scene.name}{ending}.png", view.screenshot())
    page.close()
    lab.stop_kernels()


def write(path: Path, png: bytes) -> None:
    """A screenshot with 256 colours: a quarter of the bytes, and no eye tells them apart."""
    drawn = Image.open(BytesIO(png)).convert("RGB")
    few = drawn.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


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
