"""Peers live in an environment of their own (`make peers`); here nothing is skipped when one is missing there."""

from __future__ import annotations

import importlib.util
import os

import pytest

REQUIRED = "LRPWIDGETS_PEERS"  # set by `make peers`
PEERS = ("zennit", "captum", "autolrp", "lxt", "quantus")


def pytest_collection_modifyitems(items):
    missing = [name for name in PEERS if importlib.util.find_spec(name) is None]
    if not missing:
        return
    if os.environ.get(REQUIRED):
        pytest.exit(
            f"{', '.join(missing)} not installed in this environment: nothing to compare with", returncode=1
        )
    for item in items:
        item.add_marker(pytest.mark.skip(reason=f"needs {', '.join(missing)}; run `make peers`"))
