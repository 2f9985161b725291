"""Draw the flow chart of docs/architecture.md: `python docs/site/flowchart.py dist/mermaid.min.js`, from npm.

GitHub draws the text itself; pages without scripts show the two pictures made here. They carry a hash of the text,
and the build fails when it is another.
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "architecture.md"
PICTURES = {"default": ROOT / "docs/images/flow.svg", "dark": ROOT / "docs/images/flow-dark.svg"}
BLOCK = re.compile(r"```mermaid\n(.*?)```", re.DOTALL)


def mark(chart: str) -> str:
    """What ends a picture of this text."""
    return f"<!-- {hashlib.sha256(chart.encode()).hexdigest()} -->\n"


def current(chart: str) -> bool:
    """Whether both pictures are of this text."""
    return all(path.is_file() and path.read_text("utf-8").endswith(mark(chart)) for path in PICTURES.values())


def main(library: str) -> None:
    """Draw both with mermaid in a browser; `npm pack mermaid` has its `dist/mermaid.min.js`."""
    from playwright.sync_api import sync_playwright

    sys.path.insert(0, str(ROOT))
    from tests.browser.chromium import FLAGS, find

    found = BLOCK.search(PAGE.read_text("utf-8"))
    assert found, f"no flow chart in {PAGE}"
    program = find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        for theme, path in PICTURES.items():
            page = browser.new_page()
            page.set_content("<body></body>")
            page.add_script_tag(path=library)
            page.evaluate(
                "theme => mermaid.initialize({startOnLoad: false, theme, htmlLabels: false, "
                "flowchart: {htmlLabels: false, useMaxWidth: false}, fontFamily: 'sans-serif'})",
                theme,
            )
            svg = page.evaluate("async chart => (await mermaid.render('flow', chart)).svg", found[1])
            svg = re.sub(r"\d+\.\d{2,}", lambda number: f"{float(number[0]):.1f}", svg)
            path.write_text(f"{svg}\n{mark(found[1])}", "utf-8")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
