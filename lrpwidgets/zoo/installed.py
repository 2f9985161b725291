"""Files out of packages that are installed for their data: read as bytes, checked, and never imported."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from lrpwidgets.errors import FileFormatError, InputError


@dataclass(frozen=True)
class DataPackage:
    """A package of a known version; `install` is the command that brings it."""

    name: str
    version: str

    @property
    def install(self) -> str:
        """What to type. Nothing of what the package would drag along is needed."""
        return f"pip install --no-deps {self.name}=={self.version}"

    def read(self, names: list[str], checksum: str, what: str) -> list[bytes]:
        """The contents of files `names` (paths as in the wheel), which `what` needs.

        `checksum` is the SHA-256 of all of them, one after the other. Raises `InputError` where the package is
        missing, `FileFormatError` where its files are others.
        """
        try:
            listed = {each.as_posix(): each for each in files(self.name) or []}
        except PackageNotFoundError:
            raise InputError(
                f"{what} reads files of the package {self.name}, which is not installed: {self.install}"
            ) from None
        try:
            found = [Path(str(listed[name].locate())).read_bytes() for name in names]
        except (KeyError, OSError):
            found = []
        if sha256(b"".join(found)).hexdigest() != checksum:
            raise FileFormatError(
                f"the installed package {self.name} does not hold the files that {what} knows "
                f"({names[0]}, SHA-256 {checksum[:16]}...); version {self.version} does: {self.install}"
            )
        return found
