"""What pixel-flipping costs beside the bare forwards that it needs: the same inputs in the same chunks.

    python benchmarks/flipping_cost.py --save benchmarks/results/flipping_cost.json

The order is given, so that no explanation is timed. Target: at most 1.15. Ratios of paired runs, no seconds.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # a script sees only its own folder

import torch

import lrpwidgets as lw
from benchmarks.timing import Clock, ratios, times
from lrpwidgets.measure import flip

TARGET = 1.15
# Net, inputs, variables a side of a patch, patches, inputs in one forward.
CASES = {
    "digits": (lw.zoo.digits, lambda: list(lw.zoo.mnist()[:32]), 4, 49, 128),
    "squeezenet": (lw.zoo.squeezenet, lambda: [lw.zoo.photos()[0]], 38, 36, 8),
}


def cost(name: str, repeats: int) -> dict[str, Any]:
    """Ratio of a run over all patches to its bare forwards, and the noise: theirs to themselves."""
    load, inputs, patch, steps, chunk = CASES[name]
    model = load()
    x = model.lrpwidgets_card.input.encode(inputs())
    order = {"given": [list(range(steps))] * len(x)}
    rows = len(x) * (steps + 1)  # with the start
    batch = x[:1].expand(chunk, *x.shape[1:]).contiguous()

    def bare() -> None:
        with torch.no_grad():
            for start in range(0, rows, chunk):
                model(batch[: min(chunk, rows - start)])

    measured = times(
        {
            "bare": bare,
            "again": bare,
            "flip": lambda: flip(model, x, order, patch=patch, removal=0.0, chunk=chunk),
        },
        repeats,
        Clock(torch.device("cpu")),
    )
    found = ratios(measured, "bare")
    return {"flip": asdict(found["flip"]), "noise": asdict(found["again"]), "target": TARGET}


def main() -> None:
    """Print a line a net."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--save", type=Path, default=None, metavar="FILE.json")
    given = parser.parse_args()
    torch.set_num_threads(1)
    table = {name: cost(name, given.repeats) for name in CASES}
    for name, row in table.items():
        spread, noise = row["flip"], row["noise"]
        sys.stdout.write(
            f"{name}: {spread['median']:.3f} [{spread['low']:.3f}-{spread['high']:.3f}] of the bare forwards, "
            f"target {TARGET}; bare to bare {noise['median']:.3f} [{noise['low']:.3f}-{noise['high']:.3f}]\n"
        )
    if given.save:
        given.save.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
