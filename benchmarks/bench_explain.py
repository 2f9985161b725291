"""The speed table: what an explanation costs beside one forward + input gradient of the same model.

    python benchmarks/bench_explain.py --models digits squeezenet --rows epsilon deep-taylor
    python benchmarks/bench_explain.py --device cuda --autocast bf16 --batch 1,64 --save benchmarks/results/gpu.json

Seconds differ between machines; ratios of paired runs hardly do. Every ratio is taken within one round, in which each
piece of work runs once: the base twice (its ratio to itself is the noise), our first and next answer, and each other
library that gives the same numbers. Printed are the median, the quarters around it, and the target of the table.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # the profiler that counts memory announces itself otherwise
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # a script sees only its own folder

import torch
from torch import Tensor, nn

from benchmarks import peers, report
from benchmarks.measure import Bench, Line
from benchmarks.models import SUBJECTS, Subject
from benchmarks.rows import ROWS

DTYPES = {
    "float32": torch.float32,
    "float64": torch.float64,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
}


class Autocast(nn.Module):
    """A model that enters autocast itself, as users write it; its scores are float32."""

    def __init__(self, model: nn.Module, kind: str, dtype: torch.dtype) -> None:
        super().__init__()
        self.model, self.kind, self.dtype = model, kind, dtype

    def forward(self, x: Tensor) -> Tensor:
        """The model's scores."""
        with torch.autocast(self.kind, self.dtype):
            scores: Tensor = self.model(x)
        return scores.float()


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="+", choices=SUBJECTS, default=list(SUBJECTS))
    parser.add_argument("--rows", nargs="+", choices=[row.name for row in ROWS], default=None)
    parser.add_argument("--repeats", type=int, default=15, help="rounds; small nets get four times as many")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, mps, ...")
    parser.add_argument("--dtype", choices=("float32", "float64"), default="float32")
    parser.add_argument("--autocast", choices=("bf16", "fp16"), default=None)
    parser.add_argument(
        "--batch", default="1", help="sizes, such as 1,64; digits runs with the first one only"
    )
    parser.add_argument("--no-peers", action="store_true", help="leave the other libraries out")
    parser.add_argument("--save", type=Path, default=None, metavar="FILE.json")
    found = parser.parse_args(given)
    if found.repeats < 1:
        parser.error("--repeats must be at least 1")
    return found


def prepared(subject: Subject, device: torch.device, dtype: str, autocast: str | None) -> Subject:
    """The net and its input where and how they are to be measured."""
    model = subject.model.to(device, DTYPES[dtype])
    layer = subject.layer
    if autocast:
        model, layer = Autocast(model, device.type, DTYPES[autocast]), f"model.{layer}"
    x = subject.x.to(device, DTYPES[dtype])
    bounds = tuple(torch.as_tensor(end).to(x) for end in subject.bounds)
    return replace(subject, model=model, x=x, bounds=bounds, layer=layer)


def others(wanted: bool) -> tuple[peers.Peer, ...]:
    """The libraries that are there; the others are named."""
    if not wanted:
        return ()
    found = []
    for peer in peers.PEERS:
        reason = peer.missing()
        if reason:
            print(f"{peer.name}: {reason}")
        else:
            found.append(peer)
    return tuple(found)


def main(given: list[str] | None = None) -> None:
    """Measure and print, model by model."""
    options = arguments(given)
    device = torch.device(options.device)
    if device.type == "cpu":
        torch.set_num_threads(1)
    compared = others(not options.no_peers)
    about = report.settings(device, options.repeats, options.dtype, options.autocast)
    about["peers"] = {peer.name: peer.version() for peer in compared}
    print(", ".join(f"{name} {value}" for name, value in about.items() if value is not None))
    found: list[tuple[str, str, Line]] = []
    models = []
    for name in options.models:
        subject = prepared(SUBJECTS[name](), device, options.dtype, options.autocast)
        for size in [int(part) for part in options.batch.split(",")][: 1 if name == "digits" else None]:
            bench = Bench(subject, subject.batch(size), device)
            print(f"\n{name}, input {tuple(bench.x.shape)}", flush=True)
            repeats = options.repeats * (4 if name == "digits" else 1)
            lines = []
            for row in ROWS:
                if subject.column in row.first and (options.rows is None or row.name in options.rows):
                    lines.append(bench.line(row, compared, repeats))
                    print(report.text(lines[-1], subject.column), flush=True)
            trace, graph = bench.held()
            print(f"{'kept trace':18}{trace:.1f} MB, autograd's graph {graph:.1f} MB ({trace / graph:.2f})")
            print(f"{'noise':18}the base against itself: {report.noise(lines)}")
            found += [(name, subject.column, line) for line in lines]
            models.append(
                {
                    "model": name,
                    "column": subject.column,
                    "input": list(bench.x.shape),
                    "noise": report.noise(lines),
                    "kept_trace_mb": trace,
                    "autograd_graph_mb": graph,
                    "rows": [report.record(line, subject.column) for line in lines],
                }
            )
    print(f"\n{report.summary(found, compared)}")
    if options.save:
        report.save(options.save, about, models)
        print(f"saved {options.save}")


if __name__ == "__main__":
    main()
