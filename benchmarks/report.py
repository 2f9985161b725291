"""The table as text, and as JSON."""

from __future__ import annotations

import datetime as dt
import json
import platform
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

import lrpwidgets as lw
from benchmarks.measure import AGAIN, BASE, FILTER, FIRST, NEXT, Line
from benchmarks.peers import Peer
from benchmarks.rows import NOISE
from benchmarks.timing import Spread

_OURS = (BASE, AGAIN, FIRST, NEXT, FILTER)


def device_name(device: torch.device) -> str:
    """What a reader of a result file wants to know of the machine."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    cpuinfo = Path("/proc/cpuinfo")
    if device.type == "cpu" and cpuinfo.is_file():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def settings(device: torch.device, repeats: int, dtype: str, autocast: str | None) -> dict[str, Any]:
    """What was run, where and when."""
    return {
        "device": device_name(device),
        "kind": device.type,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "lrpwidgets": lw.__version__,
        "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "dtype": dtype,
        "autocast": autocast,
        "repeats": repeats,
        "clock": "CPU time of the process" if device.type == "cpu" else "wall time, synchronized",
        "ratio": "to one forward + input gradient by autograd in the same round; median [interquartile range]",
    }


def verdict(ratio: Spread, target: float | None) -> str:
    """Whether a ratio reaches its target: "ok", within the noise that is allowed, or "OVER"."""
    if target is None:
        return ""
    if ratio.median <= target:
        return "ok"
    return "noise" if ratio.median <= target * NOISE else "OVER"


def text(line: Line, column: str) -> str:
    """One line of the table."""
    if line.row.name in line.skipped:
        return f"{line.row.name:18} skipped: {line.skipped[line.row.name]}"
    parts = [f"{line.row.name:18}"]
    for name, targets in ((FIRST, line.row.first), (NEXT, line.row.following), (FILTER, line.row.following)):
        if name in line.ratio:
            target = targets.get(column)
            aim = "" if target is None else f"/{target:.2f} {verdict(line.ratio[name], target)}"
            parts.append(f"{name} {line.ratio[name]}{aim}".ljust(34))
    if line.peak:
        parts.append(f"peak {line.peak[FIRST]:.1f} MB ({line.peak[FIRST] / line.peak[BASE]:.2f} of base)")
    for name in line.ratio:
        if name not in _OURS:
            slower = _slower(line, name)
            more = line.peak[name] / line.peak[FIRST]
            parts.append(f"| {name} {line.ratio[name]}, {slower:.1f}x ours, memory {more:.1f}x")
    rest = [f"  {name}: {why}" for name, why in line.skipped.items() if name != FILTER]
    return "\n".join([" ".join(parts), *(f"{'':18}{item}" for item in rest)])


def _slower(line: Line, peer: str) -> float:
    pairs = zip(line.seconds[peer], line.seconds[FIRST], strict=True)
    return Spread.of([one / other for one, other in pairs]).median


def noise(lines: Iterable[Line]) -> str:
    """The base's ratio to itself over all rows."""
    pairs = [
        (again, base)
        for line in lines
        if line.seconds
        for again, base in zip(line.seconds[AGAIN], line.seconds[BASE], strict=True)
    ]
    return str(Spread.of([again / base for again, base in pairs])) if pairs else "not measured"


def record(line: Line, column: str) -> dict[str, Any]:
    """One line as plain data."""
    targets = {FIRST: line.row.first, NEXT: line.row.following, FILTER: line.row.following}
    return {
        "row": line.row.name,
        "ratios": {
            name: asdict(spread)
            | ({"target": targets[name].get(column)} if name in targets else {})
            | {"seconds": Spread.of(line.seconds[name]).median}
            for name, spread in line.ratio.items()
        },
        "peak_mb": line.peak,
        "times_slower_than_ours": {name: _slower(line, name) for name in line.ratio if name not in _OURS},
        "skipped": line.skipped,
    }


def summary(found: list[tuple[str, str, Line]], others: tuple[Peer, ...]) -> str:
    """How many targets are reached; what is over; peers that are less than twice as slow or take less memory."""
    reached, over, skipped = 0, [], {}
    for model, column, line in found:
        for name, targets in ((FIRST, line.row.first), (NEXT, line.row.following)):
            target = targets.get(column)
            if name in line.ratio and target is not None:
                if verdict(line.ratio[name], target) == "OVER":
                    over.append(f"{model} {line.row.name} {name} {line.ratio[name]} (target {target:.2f})")
                else:
                    reached += 1
        skipped |= {reason: None for name, reason in line.skipped.items() if name in {line.row.name, FILTER}}
    lines = [f"{reached} of {reached + len(over)} targets reached (5 % of noise allowed)"]
    lines += [f"  over: {item}" for item in over]
    lines += [f"  skipped: {reason}" for reason in skipped]
    lines += [_beside(peer, [line for _, _, line in found if peer.name in line.ratio]) for peer in others]
    return "\n".join(lines)


def _beside(peer: Peer, lines: list[Line]) -> str:
    """One peer in all rows in which it gives the same numbers."""
    if not lines:
        return f"{peer.name} {peer.version()}: the same numbers in no row"
    slower = [_slower(line, peer.name) for line in lines]
    more = [line.peak[peer.name] / line.peak[FIRST] for line in lines]
    return (
        f"{peer.name} {peer.version()}: same numbers in {len(lines)} rows; {min(slower):.1f}x to {max(slower):.1f}x "
        f"our time, at least 2x in {sum(times >= 2 for times in slower)}; {min(more):.1f}x to {max(more):.1f}x our "
        f"peak memory, less than ours in {sum(times < 1 for times in more)}"
    )


def save(path: Path, about: dict[str, Any], models: list[dict[str, Any]]) -> None:
    """Everything that was measured."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"about": about, "models": models}, indent=1) + "\n", encoding="utf-8")
