"""The speed table can be printed and saved; no time is tested here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import bench_explain
from benchmarks.report import verdict
from benchmarks.rows import Row
from benchmarks.timing import Spread, ratios

ROOT = Path(__file__).resolve().parent.parent
ROWS = ("epsilon", "z+", "alpha2-beta1")


def test_the_table_of_the_digit_net(tmp_path):
    place = tmp_path / "results" / "digits.json"
    command = [sys.executable, ROOT / "benchmarks" / "bench_explain.py", "--models", "digits"]
    command += ["--rows", *ROWS, "--repeats", "1", "--no-peers", "--save", place]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    saved = json.loads(place.read_text())
    assert saved["about"]["torch"]
    assert saved["about"]["device"] in done.stdout
    (model,) = saved["models"]
    assert model["model"] == "digits"
    rows = {row["row"]: row for row in model["rows"]}
    for name in ROWS:
        found = rows[name]["ratios"]
        assert {"base", "first", "next"} <= set(found)
        assert found["base"]["median"] == 1
        assert found["first"]["target"] >= 2
        assert found["first"]["low"] <= found["first"]["median"] <= found["first"]["high"]
        assert rows[name]["peak_mb"]["first"] > 0
        assert name in done.stdout
    assert 0 < model["kept_trace_mb"] < 1
    assert 0 < model["autograd_graph_mb"] < 1


def test_what_cannot_be_asked_is_skipped_with_its_reason(monkeypatch, capsys):
    monkeypatch.setattr(bench_explain, "ROWS", (Row("new", {"digits": 2.0}, {}, rules="not-yet"),))
    bench_explain.main(["--models", "digits", "--repeats", "1", "--no-peers"])
    printed = capsys.readouterr().out
    assert "skipped: the preset 'not-yet' is not in this version" in printed
    assert "0 of 0 targets" in printed


def test_ratios_are_taken_within_a_round():
    found = ratios({"base": [1.0, 10.0, 100.0], "work": [2.0, 30.0, 200.0]}, "base")
    assert found["work"] == Spread(2.0, 2.0, 2.5)
    assert found["base"] == Spread(1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("median", "said"), [(1.0, "ok"), (1.2, "ok"), (1.25, "noise"), (1.27, "OVER"), (9.0, "OVER")]
)
def test_a_target_is_reached_within_the_noise_that_is_allowed(median, said):
    assert verdict(Spread(0.0, median, 99.0), 1.2) == said
    assert verdict(Spread(0.0, median, 99.0), None) == ""
