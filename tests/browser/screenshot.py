"""Renew the picture of the workbench in the README: `python -m tests.browser.screenshot` in the repository's root."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import chromium, server
from tests.browser.heatmap import Heatmap
from tests.browser.lab import Notebook

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "images" / "explore.png"
WIDTH = 1200  # CSS pixels of the workbench
CELL = "import lrpwidgets as lw\nlw.explore(lw.zoo.squeezenet(), lw.zoo.photos())"


def main() -> None:
    """Run one cell in a JupyterLab of its own and keep what it shows."""
    program = chromium.find()
    if program is None:
        sys.exit("no Chromium: `python tests/browser/chromium.py` gets one")
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        process, lab = server.start(Path(place))
        browser = playwright.chromium.launch(executable_path=program, args=list(chromium.FLAGS))
        try:
            page = browser.new_page(viewport={"width": 1700, "height": 1000})
            opened = Notebook.open(page, lab, lab.write_notebook("picture.ipynb", CELL))
            opened.run_all()
            Heatmap.inside(opened.cell(0))
            bench = page.locator(".lrpw-explore")
            margin = 1700 - bench.evaluate("element => element.clientWidth")
            page.set_viewport_size({"width": WIDTH + margin, "height": 1000})
            page.wait_for_function(
                "width => document.querySelector('.lrpw-explore').clientWidth === width", arg=WIDTH
            )
            opened.wait_idle()
            PICTURE.parent.mkdir(exist_ok=True)
            bench.screenshot(path=PICTURE)
        finally:
            browser.close()
            lab.stop_kernels()
            server.stop(process)


if __name__ == "__main__":
    main()
