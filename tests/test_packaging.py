"""The wheel holds what a user needs and no more, installs without node, and importing it costs nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import lrpwidgets

ROOT = Path(__file__).resolve().parent.parent
LABEXTENSION = "data/share/jupyter/labextensions/lrpwidgets"


@pytest.fixture(scope="session")
def without_node(tmp_path_factory):
    """An environment in which node and npm are there, and fail: an install that needs them stops."""
    folder = tmp_path_factory.mktemp("bin")
    for name in ("node", "npm", "npx", "yarn", "jlpm"):
        (folder / name).write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory, without_node):
    """The wheel of this checkout, built without node."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(command, env=without_node, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_is_small(wheel):
    assert wheel.stat().st_size < 12e6


def test_the_wheel_holds_code_bundles_weights_and_labextension(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    package = {name for name in names if name.startswith("lrpwidgets/")}
    source = {str(path.relative_to(ROOT)) for path in (ROOT / "lrpwidgets").rglob("*") if path.is_file()}
    source = {
        name
        for name in source
        if "__pycache__" not in name and not name.startswith("lrpwidgets/labextension/")
    }
    assert package == source
    assert {"lrpwidgets/widgets/static/heatmap.js", "lrpwidgets/render/static/viewer.js"} <= package
    assert any(name.endswith(".safetensors") for name in package)
    extension = [name.split(LABEXTENSION + "/")[1] for name in names if LABEXTENSION in name]
    built = {
        str(path.relative_to(ROOT / "lrpwidgets/labextension"))
        for path in (ROOT / "lrpwidgets/labextension").rglob("*")
        if path.is_file()
    }
    assert set(extension) == built | {"install.json"}


def test_a_fresh_environment_enables_the_labextension(wheel, without_node, tmp_path):
    """The dependencies come from the running environment, so nothing is downloaded; the package itself is installed."""
    place = tmp_path / "env"
    venv.create(place, with_pip=True)
    python = place / "bin" / "python"
    purelib = sysconfig.get_path("purelib")
    fresh = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    install = [python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel]
    subprocess.run(install, check=True, env=without_node)
    Path(fresh, "borrowed.pth").write_text(f"import site; site.addsitedir({purelib!r})\n", encoding="utf-8")
    where = subprocess.run(
        [python, "-c", "import lrpwidgets; print(lrpwidgets.__file__)"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    ).stdout
    assert where.startswith(str(place))
    listed = subprocess.run(
        [python, "-m", "jupyterlab.labextensions", "list"],
        check=True,
        capture_output=True,
        text=True,
        env=without_node,
    )
    assert re.search(r"lrpwidgets v\S+ .*enabled.*OK", listed.stdout + listed.stderr)


def test_versions_agree():
    front = json.loads((ROOT / "js/package.json").read_text(encoding="utf-8"))
    extension = json.loads((ROOT / "lrpwidgets/labextension/package.json").read_text(encoding="utf-8"))
    assert lrpwidgets.__version__ == front["version"] == extension["version"]


def test_the_constraints_pin_every_declared_requirement():
    pinned = {
        line.split("==")[0].lower()
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    declared = re.findall(
        r'^\s*"([a-zA-Z0-9-]+)[><=]', (ROOT / "pyproject.toml").read_text(), flags=re.MULTILINE
    )
    assert len(declared) > 10
    assert {name.lower() for name in declared} - pinned == set()


def import_seconds(code: str) -> float:
    """The least CPU time that `code` reports in fresh interpreters: what else runs here does not count."""
    timed = f"import time; {code}"
    runs = [
        subprocess.run([sys.executable, "-c", timed], check=True, capture_output=True, text=True)
        for _ in range(5)
    ]
    return min(float(run.stdout) for run in runs)


def test_importing_the_package_is_quick():
    assert import_seconds("t = time.process_time(); import lrpwidgets; print(time.process_time() - t)") < 0.05


def test_importing_the_engine_costs_little_beyond_torch():
    timed = "t = time.process_time(); import lrpwidgets; lrpwidgets.explain; print(time.process_time() - t)"
    assert import_seconds(f"import torch; {timed}") < 0.3


NETS = "age digits gender molecules newsgroup_cnn newsgroup_svm promoters squeezenet".split()


def test_no_net_imports_the_compiler():
    """Some operations on the "meta" device do: it would cost more than torch itself.

    Here "meta" stands for any default device of the caller: all nets are made on the CPU.
    """
    code = "import sys, torch, lrpwidgets as lw\ntorch.set_default_device('meta')\n"
    code += f"for name in {NETS}:\n    getattr(lw.zoo, name)()\n"
    code += "    print(name, 'torch._dynamo' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.split("\n") == [*(f"{name} False" for name in NETS), ""]
