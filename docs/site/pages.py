"""What the site does to pages that are read elsewhere too.

The README gets contents, notebooks lose what needs a kernel, the flow chart and pictures follow the page's theme.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from flowchart import BLOCK, PICTURES, current
from sphinx.util import logging

CONTENTS = """

```{toctree}
:hidden:
:caption: Look

docs/gallery
docs/comparison
docs/limits
```

```{toctree}
:hidden:
:caption: Notebooks
:glob:

notebooks/*
```

```{toctree}
:hidden:
:caption: Reference

docs/api/index
lrpwidgets/zoo/CARDS
benchmarks/results/methods
```

```{toctree}
:hidden:
:caption: Inside

docs/architecture
docs/decisions
CHANGELOG
```
"""
# What outputs hold for a live view; a picture stands beside it.
LIVE = ("application/vnd.jupyter.widget-view+json", "application/vnd.lrpwidgets.view+json")


def read(app: Any, name: str, source: list[str]) -> None:
    """Change a page's text before it is parsed."""
    if name == app.config.root_doc:
        source[0] += CONTENTS
    elif name.startswith("notebooks/"):
        source[0] = still(source[0])
    elif chart := BLOCK.search(source[0]):
        if not current(chart[1]):
            logging.getLogger(__name__).warning("docs/site/flowchart.py has to draw anew", location=name)
        picture = f":::{{container}} flow\n![A flow chart](images/{PICTURES['default'].name})\n:::"
        source[0] = source[0][: chart.start()] + picture + source[0][chart.end() :]


def still(notebook: str) -> str:
    """A notebook without live views."""
    content = json.loads(notebook)
    for cell in content["cells"]:
        for output in cell.get("outputs", []):
            for kind in LIVE:
                output.get("data", {}).pop(kind, None)
    return json.dumps(content)


def dark_twins(app: Any, tree: nodes.document) -> None:
    """A picture `x.png` with `x-dark.png` beside it is shown in the page's own theme."""
    for image in list(tree.findall(nodes.image)):
        light = Path(image["uri"])
        dark = light.with_name(f"{light.stem}-dark{light.suffix}")
        if "://" in image["uri"] or not (Path(app.srcdir) / dark).is_file():
            continue
        twin = image.deepcopy()
        twin["uri"] = str(dark)
        twin["candidates"] = {"*": str(dark)}
        app.env.images.add_file(app.env.docname, str(dark))
        image["classes"].append("only-light")
        twin["classes"].append("only-dark")
        image.parent.insert(image.parent.index(image) + 1, twin)


def front(app: Any, error: Exception | None) -> None:
    """The start page under the name that browsers and servers look for."""
    if error is None:
        out = Path(app.outdir)
        shutil.copyfile(out / f"{app.config.root_doc}.html", out / "index.html")


def setup(app: Any) -> dict[str, bool]:
    """Sphinx's way in."""
    app.connect("source-read", read)
    app.connect("doctree-read", dark_twins)
    app.connect("build-finished", front)
    return {"parallel_read_safe": True}
