"""Peers live in an environment of their own (`make peers`); here nothing is skipped when one is missing there."""

from __future__ import annotations

import importlib.util
import os

import pytest

REQUIRED = "LRPWIDGETS_PEERS"  # set by `make peers`


def pytest_collection_modifyitems(items):
    if importlib.util.find_spec("zennit") is not None:
        return
    if os.environ.get(REQUIRED):
        pytest.exit(
            "zennit is not installed in this environment, so there is nothing to compare with", returncode=1
        )
    for item in items:
        item.add_marker(pytest.mark.skip(reason="needs zennit; run `make peers`"))
