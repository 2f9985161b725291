"""Who may import whom. The first tests hold the package to it, the last ones show that those tests can fail."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "lrpwidgets"
ALLOWED = {
    "errors": set(),
    "explain": {"errors"},
    "domains": {"errors"},
    "measure": {"errors", "explain", "domains"},
    "render": {"errors", "explain", "domains"},
    "zoo": {"errors", "explain", "domains"},
    "widgets": {"errors", "explain", "domains", "measure", "render", "zoo"},
    # The top of the package re-exports lazily: importing it loads nothing but itself.
    "__init__": {"errors"},
}
NOTEBOOK = {"ipywidgets", "anywidget", "ipycanvas", "bqplot", "IPython"}
# What importing a part may not load, directly or through anything it imports.
FORBIDDEN = {
    "errors": NOTEBOOK | {"torch", "numpy"},
    "explain": NOTEBOOK
    | {"lrpwidgets." + part for part in ("domains", "measure", "render", "zoo", "widgets")},
    "domains": NOTEBOOK
    | {"torch"}
    | {"lrpwidgets." + part for part in ("explain", "measure", "render", "zoo", "widgets")},
    "measure": NOTEBOOK | {"lrpwidgets." + part for part in ("render", "zoo", "widgets")},
    "render": NOTEBOOK | {"lrpwidgets." + part for part in ("measure", "zoo", "widgets")},
    "zoo": NOTEBOOK | {"lrpwidgets." + part for part in ("measure", "render", "widgets")},
    "__init__": NOTEBOOK
    | {"torch", "numpy"}
    | {"lrpwidgets." + part for part in ALLOWED if part != "__init__"},
}
PARTS = sorted(part for part in ALLOWED if (PACKAGE / part).is_dir() or (PACKAGE / f"{part}.py").is_file())


def sources(package: Path, part: str) -> list[Path]:
    """The source files of one part of the package."""
    single = package / f"{part}.py"
    return [single] if single.is_file() else sorted((package / part).rglob("*.py"))


def module_name(package: Path, source: Path) -> str:
    """`lrpwidgets/explain/trace.py` as `lrpwidgets.explain.trace`."""
    parts = source.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


class OnlyEditorsSeeIt(ast.NodeTransformer):
    """Drops what stands under `if TYPE_CHECKING:`; an `else` runs and stays."""

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        return node.orelse if ast.unparse(node.test) == "TYPE_CHECKING" else node


def imported(package: Path, source: Path) -> set[str]:
    """Absolute names of everything that a file imports anywhere, inside functions and type checks too.

    The top of the package alone may name its lazy exports under `if TYPE_CHECKING:`, for editors.
    """
    parents = module_name(package, source).split(".")
    if source.name != "__init__.py":
        parents = parents[:-1]
    tree = ast.parse(source.read_text(encoding="utf-8"))
    if source == package / "__init__.py":
        tree = OnlyEditorsSeeIt().visit(tree)
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = parents[: len(parents) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return names


def written_violations(package: Path, part: str) -> list[str]:
    """Imports in the text of a part that go against the direction, or reach for the notebook."""
    found = []
    for source in sources(package, part):
        for name in sorted(imported(package, source)):
            head, _, rest = name.partition(".")
            inside = rest.partition(".")[0]
            wrong_way = head == package.name and inside in ALLOWED and inside not in ALLOWED[part] | {part}
            if wrong_way or (head in NOTEBOOK and part != "widgets"):
                found.append(f"{source.relative_to(package.parent)} imports {name}")
    return found


def loaded_violations(package: Path, part: str) -> list[str]:
    """Forbidden modules that are in memory after every module of a part was imported in a fresh interpreter.

    Recipes are programs that make what ships, with needs of their own; nothing imports them.
    """
    modules = [
        module_name(package, source) for source in sources(package, part) if source.parent.name != "recipes"
    ]
    code = (
        "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)\nprint(*sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, *modules], cwd=package.parent, capture_output=True, text=True, check=True
    )
    return sorted(FORBIDDEN[part] & set(answer.stdout.split()))


@pytest.mark.parametrize("part", PARTS)
def test_written_imports_follow_the_direction(part):
    assert written_violations(PACKAGE, part) == []


@pytest.mark.parametrize("part", [part for part in PARTS if part in FORBIDDEN])
def test_importing_a_part_loads_nothing_forbidden(part):
    assert loaded_violations(PACKAGE, part) == []


def test_every_part_of_the_package_has_a_rule():
    found = {
        path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert found <= set(ALLOWED)


def test_nothing_imports_a_recipe():
    found = [
        f"{source.relative_to(PACKAGE.parent)} imports {name}"
        for source in PACKAGE.rglob("*.py")
        if source.parent.name != "recipes"
        for name in imported(PACKAGE, source)
        if "recipes" in name.split(".")
    ]
    assert found == []


@pytest.fixture
def broken(tmp_path):
    """A package of the same name and shape, with one sin per part."""
    package = tmp_path / "lrpwidgets"
    files = {
        "__init__.py": (
            "import numpy\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from . import zoo\n"
            "def late():\n    if TYPE_CHECKING:\n        from . import zoo\n    else:\n        from . import render\n"
        ),
        "errors.py": "",
        "explain/__init__.py": (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .. import zoo\n"
            "def picture():\n    from ..render import heatmap\n"
        ),
        "explain/trace.py": "from .. import widgets\n",
        "domains/__init__.py": "",
        "render/__init__.py": "from lrpwidgets import widgets\n",
        "render/heatmap.py": "",
        "widgets/__init__.py": "import ipywidgets\n",
        "zoo/__init__.py": "from lrpwidgets.domains import image\n",
        "domains/image.py": "import torch\n",
    }
    for name, text in files.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return package


def test_the_written_check_can_fail(broken):
    assert written_violations(broken, "explain") == [
        "lrpwidgets/explain/__init__.py imports lrpwidgets.render",
        "lrpwidgets/explain/__init__.py imports lrpwidgets.render.heatmap",
        "lrpwidgets/explain/__init__.py imports lrpwidgets.zoo",
        "lrpwidgets/explain/trace.py imports lrpwidgets.widgets",
    ]
    assert written_violations(broken, "render") == [
        "lrpwidgets/render/__init__.py imports lrpwidgets.widgets"
    ]
    assert written_violations(broken, "__init__") == ["lrpwidgets/__init__.py imports lrpwidgets.render"]
    assert written_violations(broken, "widgets") == []
    assert written_violations(broken, "zoo") == []


def test_the_loaded_check_can_fail(broken):
    assert loaded_violations(broken, "__init__") == ["numpy"]
    assert loaded_violations(broken, "domains") == ["torch"]
    assert {"ipywidgets", "lrpwidgets.widgets"} <= set(loaded_violations(broken, "explain"))
