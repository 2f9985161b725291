"""The file of times that `make times` writes: a row for each promise, told past pytest's capture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.browser.measured import PROMISES, record, tell

KEPT = Path(__file__).resolve().parent.parent / "benchmarks" / "results" / "interaction.json"
COLUMNS = {"name", "median", "unit", "promised", "device", "cores", "date"}


def check(rows):
    assert all(set(row) == COLUMNS for row in rows)
    for row in rows:
        unit, promised = PROMISES[row["name"]]
        assert row["unit"] == unit
        assert promised is None or row["promised"] == promised
        assert row["median"] > 0
        assert row["cores"] >= 1


def test_the_committed_times_have_a_row_for_each_promise():
    rows = json.loads(KEPT.read_text())
    assert [row["name"] for row in rows] == list(PROMISES)
    check(rows)


def test_a_time_is_told_and_takes_the_place_of_an_older_one(tmp_path, monkeypatch, capsys):
    place = tmp_path / "results" / "times.json"
    monkeypatch.setenv("LRPWIDGETS_TIMES", str(place))
    assert tell(capsys, "512 units to their first small maps", [0.5]) == 0.5
    assert tell(capsys, "workbench: click on rules to pixels", [90.0, 70.0, 80.0], promised=120.0) == 80
    assert tell(capsys, "512 units to their first small maps", [0.75, 0.25, 0.625]) == 0.625
    rows = json.loads(place.read_text())
    check(rows)
    assert [(row["name"], row["median"], row["promised"]) for row in rows] == [
        ("512 units to their first small maps", 0.625, 1),
        ("workbench: click on rules to pixels", 80, 120),
    ]


def test_without_a_file_a_time_is_only_told(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("LRPWIDGETS_TIMES", raising=False)
    monkeypatch.chdir(tmp_path)
    assert tell(capsys, "drag the opacity of a 1024 px map", [1.0, 3.0, 2.0]) == 2
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(AssertionError, match="say what is promised"):
        tell(capsys, "workbench: click on rules to pixels", [1.0])


def test_rows_of_what_is_promised_no_longer_go(tmp_path):
    place = tmp_path / "times.json"
    place.write_text(json.dumps([{"name": "an older promise", "median": 1}]))
    record(place, {"name": "click on a unit to pixels", "median": 90})
    assert json.loads(place.read_text()) == [{"name": "click on a unit to pixels", "median": 90}]
