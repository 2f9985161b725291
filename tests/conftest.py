"""What every test shares: where foreign reference values lie, and how hypothesis runs."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

# In CI the same examples every time: a red run must be the change's fault. No deadline: the first call of a torch
# operation is slow on a cold machine.
hypothesis.settings.register_profile("lrpwidgets", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("lrpwidgets")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def references() -> Path:
    """Folder of reference values made by others, named by LRPWIDGETS_REFERENCES; they are not ours to ship."""
    named = os.environ.get("LRPWIDGETS_REFERENCES")
    if not named:
        pytest.skip("LRPWIDGETS_REFERENCES names no folder of reference values")
    folder = Path(named)
    assert folder.is_dir(), f"LRPWIDGETS_REFERENCES={named} is no folder"
    return folder
