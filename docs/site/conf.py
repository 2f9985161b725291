"""The documentation site: README, docs, notebooks as they were saved, and the public names. `make docs` builds it.

The source folder is the checkout, so that links between README, docs and notebooks are the ones of the files.
Nothing is fetched, and no page asks for anything but its own files.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT)]

import lrpwidgets  # noqa: E402

project = "lrpwidgets"
author = "the lrpwidgets developers"
copyright = f"2026, {author}"  # noqa: A001  the name that Sphinx reads
version = release = lrpwidgets.__version__
extensions = ["myst_nb", "mathml", "public", "pages"]

root_doc = "README"
include_patterns = [
    "README.md",
    "CHANGELOG.md",
    "docs/*.md",
    "docs/api/*.md",
    "notebooks/*.ipynb",
    "lrpwidgets/zoo/CARDS.md",
    "benchmarks/results/*.md",
]
# Folders that need not be searched.
exclude_patterns = [
    ".*",
    "js",
    "tests",
    "docs/_build",
    "docs/site",
    "**/node_modules",
    "**/.ipynb_checkpoints",
]

# Notebooks are shown as they were saved; `make notebooks` is what runs them. No script for live views: see pages.py.
nb_execution_mode = "off"
nb_ipywidgets_js = {}
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
html_math_renderer = "mathml"
smartquotes = False
maximum_signature_line_length = 88

html_theme = "furo"
html_title = f"lrpwidgets {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"footer_icons": []}
