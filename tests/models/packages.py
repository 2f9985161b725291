"""Files inside packages that are installed for their data (tests/data-packages.txt), checked by their SHA-256."""

from __future__ import annotations

import hashlib
import re
from importlib.util import find_spec
from pathlib import Path


def folder(package: str) -> Path:
    """Where a package lies; it is not imported."""
    spec = find_spec(package)
    assert spec is not None, f"{package} is not installed; see tests/data-packages.txt"
    assert spec.origin is not None
    return Path(spec.origin).parent


def have(package: str) -> bool:
    """Whether a package is installed; it is not imported."""
    return find_spec(package) is not None


def checked(path: Path, sha256: str) -> Path:
    """The path of a file whose content is the one known."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert digest == sha256, f"{path.name} is not the file that these tests know"
    return path


def labelled_photos() -> list[tuple[Path, int]]:
    """foolbox's 20 photos and their ImageNet classes."""
    found = sorted((folder("foolbox") / "data").glob("imagenet_*.jpg"))
    return [(path, int(re.fullmatch(r"imagenet_\d+_(\d+)", path.stem)[1])) for path in found]
