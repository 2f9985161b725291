"""The table of methods on the digit net: pixel-flipping, continuity and time, side by side (claims B2, B4, B5, B14).

    python benchmarks/methods.py --digits 300 --save benchmarks/results/methods

For each method: the area under the flipping curve (tutorial, section 7.2) of f and of max(f, 0), 4 x 4 patches set to
black, most relevant first, none picked twice, the order fixed from the first map or recomputed at each step; the order
fixed under other removals; the explanation continuity of section 7.1 with sum |R| = 1 and x' = clip(x + .003 N); the
time of an explanation as a ratio to one forward + input gradient. The target is the net's own answer. Intervals are
95 % bootstrap intervals over digits; differences are paired by digit.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # a script sees only its own folder

import numpy as np
import torch
from torch import Tensor, nn

import lrpwidgets as lw
from benchmarks import methods_report
from benchmarks.flipping import REMOVALS
from benchmarks.methods_report import BASE
from benchmarks.timing import Clock, ratios, times
from lrpwidgets.measure import Flips, Noise, continuity, flip
from lrpwidgets.measure.curve import average

RANDOM = "random"
METHODS = (
    BASE,
    *"alpha1-beta0 alpha2-beta1 epsilon-plus epsilon-gamma-box epsilon-alpha2-beta1 lrp-0 epsilon".split(),
    *"excitation-backprop sensitivity gradient-x-input integrated-gradients smoothgrad".split(),
    *"guided-backprop deconvnet".split(),
    RANDOM,
)
PATCH = 4
NEAR = Noise(0.003, 5)
TIMED = 32  # digits in a batch


def how(method: str) -> dict[str, str]:
    """The keywords of `explain` for a method's or a preset's name."""
    return {"method": method} if method in lw.METHODS else {"rules": method}


def flipping(flips: Flips) -> dict[str, Any]:
    """Areas of f and of max(f, 0) by method, and each method's paired difference with `BASE`."""
    found: dict[str, Any] = {}
    for score, measured in (("f", flips), ("max(f, 0)", flips.rectified())):
        found[score] = {
            method: {
                "auc": measured[method].mean_auc()._asdict(),
                f"minus {BASE}": measured.difference(method, BASE)._asdict() if method != BASE else None,
            }
            for method in measured
        }
    return found


def overturned(by_removal: dict[str, Flips]) -> list[dict[str, Any]]:
    """Pairs of methods that change places between two removals, beyond their intervals.

    Their paired difference in the area under f lies below 0 under one removal and above it under another; given are
    the two removals in which it does so most surely.
    """
    found = []
    methods = list(next(iter(by_removal.values())))
    for place, one in enumerate(methods):
        for other in methods[place + 1 :]:
            apart = {name: flips.difference(one, other) for name, flips in by_removal.items()}
            low = min(apart, key=lambda name: apart[name].high)
            high = max(apart, key=lambda name: apart[name].low)
            if apart[low].high < 0 < apart[high].low:
                entry = {name: apart[name]._asdict() for name in (low, high)}
                found.append({"one": one, "other": other, "one minus other": entry})
    return found


def continuous(net: nn.Module, x: Tensor, method: str) -> dict[str, float]:
    """max over the draws of |R(x) - R(x')|_1 / |x - x'|_2, sum |R| = 1, averaged over digits."""
    found = continuity(net, x, NEAR, unit=True, **how(method)).by_sample
    return average(found.numpy())._asdict()


def timed(net: nn.Module, x: Tensor, methods: list[str], repeats: int) -> dict[str, Any]:
    """Time of each method's explanation of a batch over that of one forward + input gradient, in the same round."""
    target = net(x).argmax(1)

    def gradient() -> object:
        leaf = x.clone().requires_grad_()
        return torch.autograd.grad(net(leaf).gather(1, target[:, None]).sum(), leaf)

    works = {method: partial(lw.explain, net, x, target=target, **how(method)) for method in methods}
    measured = ratios(times({"gradient": gradient, **works}, repeats, Clock(x.device)), "gradient")
    return {method: asdict(measured[method]) for method in methods}


def measure(digits: int, methods: list[str], repeats: int, seed: int = 0) -> dict[str, Any]:
    """Everything, as plain data."""
    net = lw.zoo.digits()
    x = net.lrpwidgets_card.input.encode(list(lw.zoo.mnist()[:digits]))
    deterministic = [method for method in methods if method != RANDOM]
    by_removal = {
        name: flip(net, x, methods, patch=PATCH, removal=value, seed=seed) for name, value in REMOVALS.items()
    }
    again = flip(net, x, methods, patch=PATCH, recompute=True, removal=REMOVALS["black"], seed=seed)
    return {
        "about": {
            "digits": len(x),
            "patch": PATCH,
            "seed": seed,
            "timed batch": min(TIMED, len(x)),
            "repeats": repeats,
            "torch": torch.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
            "lrpwidgets": lw.__version__,
        },
        "fixed": {name: flipping(flips) for name, flips in by_removal.items()},
        "recomputed": {"black": flipping(again)},
        "overturned": overturned(by_removal),
        "continuity": {method: continuous(net, x, method) for method in deterministic},
        "time": timed(net, x[:TIMED], deterministic, repeats),
    }


def main(given: list[str] | None = None) -> None:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--digits", type=int, default=300)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--repeats", type=int, default=15, help="rounds of the time")
    parser.add_argument("--seed", type=int, default=0, help="of the random order and of noise")
    parser.add_argument("--save", type=Path, default=None, help="write NAME.json and NAME.md")
    chosen = parser.parse_args(given)
    methods = list(dict.fromkeys([BASE, *chosen.methods, RANDOM]))
    found = measure(chosen.digits, methods, chosen.repeats, chosen.seed)
    text = methods_report.text(found)
    print(text)
    if chosen.save is not None:
        chosen.save.parent.mkdir(parents=True, exist_ok=True)
        data = json.dumps(found, indent=1) + "\n"
        chosen.save.with_suffix(".json").write_text(data, encoding="utf-8")
        chosen.save.with_suffix(".md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
