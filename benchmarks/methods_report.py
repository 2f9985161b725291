"""The table of methods as Markdown."""

from __future__ import annotations

from typing import Any

BASE = "deep-taylor"
ORDERS = ("fixed", "recomputed")
SCORES = ("f", "max(f, 0)")


def text(found: dict[str, Any]) -> str:
    """Everything that was measured, to be read."""
    about = found["about"]
    digits, patch = about["digits"], about["patch"]
    made = "Made by `make methods`; the numbers are in the file of the same name that ends in `.json`."
    flipped = (
        f"{digits} held-out digits, patches of {patch} x {patch} pixels, most relevant first, none picked twice, the "
        "target the net's own answer. Brackets: 95 % bootstrap intervals over digits."
    )
    columns = (
        "Area under the curve, trapezoids divided by steps: lower is better. Continuity (section 7.1): the largest of "
        "5 draws of |R(x) - R(x')|_1 / |x - x'|_2 with sum |R| = 1, mean over digits: lower is smoother. Time: ratio "
        "to one forward + input gradient, median and quartiles."
    )
    apart = (
        "Area of each method minus that of deep-taylor, paired by digit: an interval above 0 says that deep-taylor "
        "flips faster on this net. `benchmarks/flipping.py` measures why it does or does not: gradient x input also "
        "ranks what speaks against the class, deep Taylor has nothing left to rank once f < 0. Without max-pooling the "
        "map of deconvnet depends on the target alone, so it is the same for every x'."
    )
    parts = [
        "# Methods on the digit net",
        made,
        flipped,
        "## Pixel-flipping to black, continuity, time",
        columns,
        _main(found),
        *_half(found),
        apart,
        _apart(found),
        "## The order fixed, other removals (section 7.2)",
        "Area under f. In each column the methods are numbered from the lowest area up.",
        _removals(found),
        *_overturned(found),
    ]
    return "\n\n".join(parts) + "\n"


def _main(found: dict[str, Any]) -> str:
    head = ["method", *(f"{score}, {order}" for order in ORDERS for score in SCORES), "continuity", "time"]
    rows = []
    for method in found["fixed"]["black"]["f"]:
        areas = [_area(found[order]["black"][score][method]) for order in ORDERS for score in SCORES]
        smooth, took = found["continuity"].get(method), found["time"].get(method)
        rows.append(
            [
                method,
                *areas,
                interval(smooth) if smooth else "",
                f"{took['median']:.2f} [{took['low']:.2f}, {took['high']:.2f}]" if took else "",
            ]
        )
    return table(head, rows)


def _apart(found: dict[str, Any]) -> str:
    head = ["method", *(f"{score}, {order}" for order in ORDERS for score in SCORES)]
    areas = [found[order]["black"][score] for order in ORDERS for score in SCORES]
    rows = [
        [method, *(interval(one[method][f"minus {BASE}"]) for one in areas)]
        for method in areas[0]
        if method != BASE
    ]
    return table(head, rows)


def _half(found: dict[str, Any]) -> list[str]:
    """Claims B4 and B5: what is asked for."""
    lines = []
    for order in ORDERS:
        for score in SCORES:
            areas = found[order]["black"][score]
            lrp, chance = (areas[method]["auc"]["value"] for method in (BASE, "random"))
            said = "at most" if lrp <= chance / 2 else "NOT at most"
            lines.append(f"- {score}, {order}: {BASE} {lrp:.3g} is {said} half of random, {chance / 2:.3g}")
    return ["\n".join(lines)]


def _removals(found: dict[str, Any]) -> str:
    removals = found["fixed"]
    rank = {
        name: {method: place for place, method in enumerate(sorted(areas["f"], key=_by(areas["f"])), 1)}
        for name, areas in removals.items()
    }
    rows = [
        [method, *(f"{rank[name][method]}. {_area(removals[name]['f'][method])}" for name in removals)]
        for method in removals["black"]["f"]
    ]
    return table(["method", *removals], rows)


def _by(areas: dict[str, Any]) -> Any:
    return lambda method: areas[method]["auc"]["value"]


def _overturned(found: dict[str, Any]) -> list[str]:
    pairs = found["overturned"]
    methods = len(found["fixed"]["black"]["f"])
    head = (
        f"Of {methods * (methods - 1) // 2} pairs of methods {len(pairs)} change places between two removals, each "
        "time with an interval of the paired difference that leaves 0 out (not corrected for their number)."
    )
    rows = [
        [
            f"{pair['one']} - {pair['other']}",
            *(f"{name}: {interval(apart)}" for name, apart in pair["one minus other"].items()),
        ]
        for pair in pairs
        if BASE in (pair["one"], pair["other"])
    ]
    if not rows:
        return [head]
    here = f"Those with {BASE}; all are in the `.json`:"
    return [head, here, table(["area of one minus area of the other", "lower", "higher"], rows)]


def _area(entry: dict[str, Any]) -> str:
    return interval(entry["auc"])


def interval(found: dict[str, float]) -> str:
    """A value and where it lies."""
    return f"{found['value']:.3g} [{found['low']:.3g}, {found['high']:.3g}]"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table of Markdown whose columns also line up as they are."""
    width = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    rule = ["-" * one for one in width]
    lines = [
        "| " + " | ".join(cell.ljust(one) for cell, one in zip(row, width, strict=True)) + " |"
        for row in [head, rule, *rows]
    ]
    return "\n".join(lines)
