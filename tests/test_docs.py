"""README and docs name what exists, and their Python runs."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import lrpwidgets as lw
from lrpwidgets.explain.rules import RULES
from lrpwidgets.render.kinds import IMAGE
from lrpwidgets.widgets.kinds import VIEWS as FIELDS
from tests.browser.scenes import SCENES

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
DOCS = (
    README,
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs/api").glob("*.md")),
)
ARCHITECTURE = ROOT / "docs" / "architecture.md"

# What a reader brings along: a model of their own, pictures, names of the classes.
READERS_OWN = """
import torch
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(144, 2))
images, names = torch.zeros(2, 3, 8, 8), ["one", "two"]
"""


def python(text: str) -> str:
    """The Python blocks of a page, each line where it stands in the page, so that errors name it."""
    lines, inside = [], False
    for line in text.splitlines():
        fence = line.startswith("```")
        lines.append(line if inside and not fence else "")
        inside = line == "```python" if fence else inside
    return "\n".join(lines)


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter in an empty folder, as a reader would have it; no network is needed."""
    script = folder / "README.py"
    script.write_text(code, encoding="utf-8")
    program = f"import runpy; own = {{}}; exec({READERS_OWN!r}, own); runpy.run_path({str(script)!r}, own)"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def table(head: str) -> dict[str, list[str]]:
    """The README's table with this first heading: the other cells of each row by its first, backquotes off."""
    rows = []
    text = README.read_text("utf-8")
    for block in re.findall(rf"^\| {head} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE):
        rows += [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
    found = {row[0].strip("`"): row[1:] for row in rows}
    assert len(found) == len(rows) > 0, f"no table of {head}, or a row twice"
    return found


def named(cell: str) -> list[str]:
    """What stands in backquotes."""
    return re.findall(r"`([^`]+)`", cell)


# A folder, or a file; `.lrp.json` is a kind of file.
A_PATH = r"[\w.-]*\w[\w/.-]*/|(?!\.[\w.]+$)[\w/.-]+\.(py|md|ts|json|ipynb)"


def missing_paths(text: str) -> list[str]:
    """Files and folders named in backquotes that are neither in the repository nor in the package."""
    paths = [name for name in named(text) if re.fullmatch(A_PATH, name)]
    return [path for path in paths if not any((base / path).exists() for base in (ROOT, ROOT / "lrpwidgets"))]


def test_the_readmes_python_runs(tmp_path):
    code = python(README.read_text("utf-8"))
    assert code.count("lw.explain(") >= 2
    done = run(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "lw.explore" in code
    assert (tmp_path / "cat.html").is_file()


def test_an_error_in_the_readme_is_found_where_it_stands(tmp_path):
    done = run(python("# A page\n\n```python\nimport lrpwidgets as lw\nlw.explian\n```\n"), tmp_path)
    assert done.returncode != 0
    assert 'README.py", line 5' in done.stderr


def test_methods_and_their_parameters():
    assert {name: named(cells[-1]) for name, cells in table("method").items()} == {
        name: [parameter.name for parameter in method.parameters] for name, method in lw.METHODS.items()
    }


def test_presets_and_their_rules():
    first = {None: "as the others", "box": "zB or w^2"}
    add = {"positive": "positive parts", "epsilon": "in proportion"}
    pooling = {"proportional": "in proportion", "winner": "the winner"}
    assert table("preset") == {
        name: [
            first[preset.first],
            f"`{preset.convolution}`",
            f"`{preset.dense}`",
            add[preset.add],
            pooling[preset.pooling],
        ]
        for name, preset in lw.PRESETS.items()
    }
    assert list(table("preset")) == list(lw.PRESETS)


def test_rules_and_their_equations():
    assert table("rule") == {name: [f"`{' '.join(rule.equation.split())}`"] for name, rule in RULES.items()}


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_names_of_the_package_exist(page):
    names = set(re.findall(r"\blw\.(\w+)", page.read_text("utf-8")))
    assert sorted(name for name in names if not hasattr(lw, name)) == []


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_links_and_paths_lead_to_files(page):
    text = page.read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []
    assert missing_paths(text) == []


def test_a_path_that_is_not_there_is_found():
    text = "`explain/trace.py` and `explain/no.py`, `nowhere/`, `lw.trace`, `.lrp.json`, `.ci/no.py`"
    assert missing_paths(text) == ["explain/no.py", "nowhere/", ".ci/no.py"]


def test_the_architecture_names_every_package():
    text = ARCHITECTURE.read_text("utf-8")
    package = ROOT / "lrpwidgets"
    folders = [*package.glob("*/__init__.py"), *package.glob("explain/*/__init__.py")]
    wanted = [f"`{path.parent.relative_to(package)}/`" for path in folders]
    assert len(wanted) >= 7
    assert [name for name in wanted if name not in text] == []


@pytest.mark.parametrize(
    "home",
    [
        "lrpwidgets",
        "lrpwidgets.measure",
        "lrpwidgets.zoo",
        "lrpwidgets.domains",
        "lrpwidgets.explain.experts",
    ],
)
def test_every_public_name_has_its_place_in_the_reference_once(home):
    pages = "\n".join(page.read_text("utf-8") for page in sorted((ROOT / "docs/api").glob("*.md")))
    blocks = re.findall(rf"```{{public}} {re.escape(home)}\n(.*?)```", pages, re.DOTALL)
    assert sorted(" ".join(blocks).split()) == sorted(import_module(home).__all__)


def test_the_gallery_shows_every_scene_and_every_kind_of_view():
    """What `lw.view` shows of each field is among them, light and dark; no picture is heavy."""
    shown = re.findall(r"\]\(images/([\w-]+)\.png\)", (ROOT / "docs/gallery.md").read_text("utf-8"))
    assert sorted(shown) == sorted(scene.name for scene in SCENES)
    assert len(set(shown)) == len(shown)
    fields = {scene.view.removeprefix(".lrpw-").removesuffix("-view") for scene in SCENES}
    assert {*FIELDS} - {IMAGE} <= fields
    for name in shown:
        for ending in ("", "-dark"):
            picture = ROOT / f"docs/images/{name}{ending}.png"
            assert 5_000 < picture.stat().st_size < 250_000, picture.name


def test_the_pages_flow_chart_is_of_the_text():
    chart = re.search(r"```mermaid\n(.*?)```", ARCHITECTURE.read_text("utf-8"), re.DOTALL)
    mark = hashlib.sha256(chart[1].encode()).hexdigest()
    for name in ("flow.svg", "flow-dark.svg"):
        picture = (ROOT / "docs/images" / name).read_text("utf-8")
        assert mark in picture, "docs/site/flowchart.py has to draw it anew"
