"""Pixel-flipping on the digit net: does the score fall faster when a method says what to remove? (claims B4, B5, B14)

    python benchmarks/flipping.py --digits 300 --save benchmarks/results/flipping.json

4 x 4 patches, most relevant first, none picked twice, the target the net's own answer. Area under the curve of f and of
max(f, 0), trapezoids divided by steps, with 95 % bootstrap intervals over digits; differences are paired by digit.
Differences with LRP say what holds on this net: only `LRP <= half of random` is asked for. The reason is measured
beside it: how well a method's relevance ranks the patches as the score does when each is removed alone.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # a script sees only its own folder

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor

import lrpwidgets as lw
from lrpwidgets.measure import Flips, flip, flip_steps
from lrpwidgets.measure.curve import average

METHODS = ["lrp", "alpha2-beta1", "epsilon", "sensitivity", "gradient-x-input", "random"]
REMOVALS = {"black": 0.0, "mean": "mean", "blur": "blur", "noise": "noise"}


def rows(flips: Flips) -> dict[str, Any]:
    """The figures of one experiment."""
    found: dict[str, Any] = {}
    for name, measured in (("f", flips), ("max(f, 0)", flips.rectified())):
        methods = {}
        for method in measured:
            curve = measured[method]
            entry: dict[str, Any] = {"auc": curve.mean_auc(), "curve": curve.mean().value.round(4).tolist()}
            if method != "lrp":
                entry["minus lrp"] = measured.difference(method, "lrp")._asdict()
            methods[method] = entry
        lrp, chance = (methods[method]["auc"][0] for method in ("lrp", "random"))
        found[name] = {"methods": methods, "lrp <= half of random": bool(lrp <= chance / 2)}
    return found


def agreement(net: torch.nn.Module, x: Tensor, how: Any, seed: int) -> dict[str, Any]:
    """Spearman's correlation, over a digit's patches, of relevance with what the score loses without the patch."""
    loss = []
    for patch in range(49):
        curve = flip(net, x, {"one": [patch]}, patch=4, removal=how, seed=seed, steps=1)["one"]
        loss.append(curve.scores[:, 0] - curve.scores[:, 1])
    lost = np.stack(loss, 1)
    found = {}
    for step in flip_steps(net, x, METHODS[:-1], patch=4, steps=1):
        if step.relevance is not None:
            sums = step.relevance.double().reshape(len(x), 7, 4, 7, 4).sum((2, 4)).flatten(1).numpy()
            each = [spearmanr(one, other).statistic for one, other in zip(sums, lost, strict=True)]
            found[step.method] = average(np.array(each))
    return found


def show(title: str, found: dict[str, Any]) -> None:
    """Print one experiment."""
    print(f"\n{title}")
    for score, part in found.items():
        print(f"  area under {score}; LRP <= half of random: {part['lrp <= half of random']}")
        for method, entry in part["methods"].items():
            value, low, high = entry["auc"]
            line = f"    {method:17} {value:7.3f} [{low:.3f}, {high:.3f}]"
            if "minus lrp" in entry:
                apart = entry["minus lrp"]
                line += f"   minus LRP {apart['value']:7.3f} [{apart['low']:.3f}, {apart['high']:.3f}]"
                line += f"   p {apart['p']:.1e}"
            print(line)


def main() -> None:
    """Run, print, save."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--digits", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0, help="of the random order and of noise")
    parser.add_argument("--save", type=Path, default=None, help="a JSON file")
    chosen = parser.parse_args()
    net = lw.zoo.digits()
    x = net.lrpwidgets_card.input.encode(list(lw.zoo.mnist()[: chosen.digits]))
    runs: dict[str, dict[str, Any]] = {
        "B4: the map recomputed at each step, black": {"recompute": True},
        **{f"B5, B14: the order fixed, {name}": {"removal": how} for name, how in REMOVALS.items()},
    }
    found: dict[str, Any] = {}
    for title, settings in runs.items():
        begun = time.perf_counter()
        found[title] = rows(flip(net, x, METHODS, patch=4, seed=chosen.seed, **settings))
        show(f"{title}: {len(x)} digits, {time.perf_counter() - begun:.0f} s", found[title])
        if "removal" in settings:
            ranks = agreement(net, x, settings["removal"], chosen.seed)
            found[title]["agreement"] = ranks
            print("  rank correlation with the loss of single patches")
            for method, (value, low, high) in ranks.items():
                print(f"    {method:17} {value:7.3f} [{low:.3f}, {high:.3f}]")
    if chosen.save is not None:
        about = {
            "digits": len(x),
            "patch": 4,
            "seed": chosen.seed,
            "torch": torch.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        }
        chosen.save.parent.mkdir(parents=True, exist_ok=True)
        chosen.save.write_text(json.dumps({"about": about, "runs": found}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
