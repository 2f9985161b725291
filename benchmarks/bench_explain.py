"""Ratios of one explanation to one forward + input gradient of the same model: CPU time, one thread, paired runs.

    python benchmarks/bench_explain.py [repeats]

Seconds differ between machines; ratios of paired runs hardly do. The middle of the paired ratios is printed beside the
target of the speed table.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median

import torch

import lrpwidgets as lw

# method, rules, target of the first explanation, target of the next one on a kept trace
ROWS = {
    "digits": (
        ("gradient-x-input", None, 2.0, 1.0),
        ("lrp", "epsilon", 2.0, 1.0),
        ("lrp", "deep-taylor", 2.0, 1.0),
        ("lrp", "alpha2-beta1", 2.5, 1.3),
    ),
    "squeezenet": (
        ("gradient-x-input", None, 1.15, 0.65),
        ("lrp", "epsilon", 1.2, 0.65),
        ("lrp", "deep-taylor", 1.75, 0.65),
        ("lrp", "alpha2-beta1", 2.6, 1.3),
    ),
}


def cpu(work: Callable[[], object]) -> float:
    """CPU time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def ratio(work: Callable[[], object], base: Callable[[], object], repeats: int) -> float:
    """The middle of `repeats` paired ratios, after a warm-up of both."""
    work(), base()
    return median(cpu(work) / cpu(base) for _ in range(repeats))


def measure(name: str, model: torch.nn.Module, photo: object, repeats: int) -> None:
    """Print the rows of one model."""
    x = lw.trace(model, photo).input

    def gradient() -> None:
        leaf = x.clone().requires_grad_()
        score = model(leaf).max()
        torch.autograd.grad(score, leaf)

    for method, rules, first, following in ROWS[name]:

        def explain(method: str = method, rules: str | None = rules) -> None:
            lw.explain(model, x, method=method, rules=rules)

        trace = lw.trace(model, x)
        trace.explain(method=method, rules=rules)

        def following_target(
            trace: lw.Trace = trace, method: str = method, rules: str | None = rules
        ) -> None:
            trace.explain(method=method, rules=rules, target=3)

        label = rules or method
        print(
            f"{name:12} {label:18} first {ratio(explain, gradient, repeats):5.2f} (target {first:.2f})   "
            f"next {ratio(following_target, gradient, repeats):5.2f} (target {following:.2f})"
        )


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    digits = lw.zoo.digits()
    measure("digits", digits, lw.zoo.mnist()[0], 10 * repeats)
    measure("squeezenet", lw.zoo.squeezenet(), lw.zoo.photos()[0], repeats)


if __name__ == "__main__":
    main()
