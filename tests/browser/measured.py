"""Times that hands wait for: printed whenever they are measured, and kept in a file where one is asked for.

`make times` runs the tests with the marker `times` and `LRPWIDGETS_TIMES=benchmarks/results/interaction.json`.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import statistics
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from benchmarks.report import device_name

FRAME, CLICK = "ms of script a frame", "ms"
# What is measured: its unit, and what is promised on two idle cores; None where the model's own pass is part of it, so
# that the test tells.
PROMISES: dict[str, tuple[str, float | None]] = {
    "scrub through the flipping of a 1024 px map": (FRAME, 16),
    "drag the opacity of a 1024 px map": (FRAME, 16),
    **{
        f"draw on a 1024 px map: {tool}": (FRAME, 16)
        for tool in ("Rectangle", "Ellipse", "Lasso", "Brush", "Eraser")
    },
    "click on a unit to pixels": (CLICK, 150),
    "512 units to their first small maps": ("s", 1),
    **{f"workbench: click on {what} to pixels": (CLICK, None) for what in ("target", "rules", "method")},
    "workbench: click on unit to pixels": (CLICK, 150),
}


def tell(
    capsys: pytest.CaptureFixture[str],
    name: str,
    times: Sequence[float],
    *,
    promised: float | None = None,
    note: str = "",
) -> float:
    """Print and give the median of `times` beside what is promised; the file of LRPWIDGETS_TIMES gets it as a row."""
    unit, known = PROMISES[name]
    promise, median = promised if known is None else known, statistics.median(times)
    assert promise is not None, f"say what is promised of {name!r}"
    with capsys.disabled():
        range_ = f"{min(times):.3g} to {max(times):.3g} of {len(times)}"
        print(f"\n{name}: median {median:.3g} {unit} ({range_}); promised {promise:.3g}{note}")  # noqa: T201
    if place := os.environ.get("LRPWIDGETS_TIMES"):
        row = {"name": name, "median": round(median, 4), "unit": unit, "promised": round(promise, 4)}
        where = {"device": device_name(torch.device("cpu")), "cores": cores()}
        record(Path(place), row | where | {"date": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M UTC}"})
    return median


def record(place: Path, row: dict[str, object]) -> None:
    """Put a row into a file of rows, in place of an older one of its name, in the order of the promises."""
    rows = {old["name"]: old for old in json.loads(place.read_text())} if place.is_file() else {}
    rows[row["name"]] = row
    place.parent.mkdir(parents=True, exist_ok=True)
    kept = [rows[name] for name in PROMISES if name in rows]
    place.write_text(json.dumps(kept, indent=1) + "\n")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
