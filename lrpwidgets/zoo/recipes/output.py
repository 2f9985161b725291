"""Writing a data file of the zoo, and saying what to enter as its checksum."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

DATA = Path(__file__).parent.parent / "data"


def write(name: str, content: bytes) -> None:
    """Write data file `name` and print the line that belongs in `zoo/files.py`."""
    (DATA / name).write_bytes(content)
    say(f'{len(content)} bytes written. In zoo/files.py: "{name}": "{sha256(content).hexdigest()}",')


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
