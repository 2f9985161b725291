"""Cases in which browser and Python must agree: `python -m tests.widgets.region_cases` writes them to a file.

tests/widgets/test_regions.py holds `lrpwidgets.measure` to js/test/regions.json, js/test/regions.test.ts the browser's
code.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from lrpwidgets.measure import pool
from lrpwidgets.measure.drawn import Runs
from lrpwidgets.widgets.shapes import read
from tests.measure.maps import known

FILE = Path(__file__).resolve().parents[2] / "js" / "test" / "regions.json"
PLANE = (29, 37)
SHARED = (2, 6, 7)


def shapes(seed=0):
    """Boxes, ellipses, and polygons of every kind: crossing themselves, through centres, along rows."""
    draw = np.random.default_rng(seed)
    height, width = PLANE
    found = []
    for kind in ["box"] * 3 + ["ellipse"] * 20:
        top, bottom = sorted(draw.choice(height + 1, 2, replace=False).tolist())
        left, right = sorted(draw.choice(width + 1, 2, replace=False).tolist())
        found.append({"kind": kind, "top": top, "left": left, "bottom": bottom, "right": right})
    found += [{"kind": "ellipse", "top": 3, "left": 3, "bottom": 3 + n, "right": 3 + n} for n in (1, 2, 3, 8)]
    for step in [0.5, 0.125, 0]:  # half pixels meet centres
        for corners in (3, 4, 5, 9, 3, 4, 5, 9, 30):
            points = draw.uniform(0, 1, (corners, 2)) * PLANE
            points = points if step == 0 else np.round(points / step) * step
            found.append({"kind": "polygon", "corners": points.tolist()})
    found.append({"kind": "polygon", "corners": [[0, 0], [0, width], [height, width], [height, 0]]})
    found.append({"kind": "polygon", "corners": [[4.5, 4.5], [4.5, 9.5], [9.5, 9.5], [9.5, 4.5]]})
    return found


def runs(shape):
    """What Python says that a shape holds."""
    mask = read(shape).mask((1, 1, *PLANE)).reshape(PLANE)
    return [end for run in Runs.of(mask).runs for end in run]


def sums(seed=1):
    """A map, three regions that overlap, and what `pool` says, by channel and for all."""
    draw = np.random.default_rng(seed)
    relevance = draw.normal(size=SHARED).astype(np.float32)
    regions = [
        {"kind": "box", "top": 1, "left": 0, "bottom": 4, "right": 5},
        {"kind": "ellipse", "top": 0, "left": 2, "bottom": 5, "right": 7},
        {"kind": "runs", "runs": [3, 5, 30, 35, 39, 42]},
    ]
    expected = {}
    for channel, chosen in {"all": slice(None), "0": slice(0, 1), "1": slice(1, 2)}.items():
        pooled = pool(known(relevance[None, chosen]), {str(at): read(one) for at, one in enumerate(regions)})
        expected[channel] = {
            "positive": pooled.positive[0].tolist(),
            "negative": pooled.negative[0].tolist(),
            "net": pooled.net[0].tolist(),
            "total": float(pooled.total[0]),
            "overlap": int(pooled.overlap[0]) // (2 if channel == "all" else 1),  # variables to pixels
        }
    return {
        "relevance": relevance.flatten().tolist(),
        "shape": SHARED,
        "regions": regions,
        "expected": expected,
    }


def cases():
    """All of them, as the file holds them."""
    return {
        "plane": PLANE,
        "shapes": [{"shape": shape, "runs": runs(shape)} for shape in shapes()],
        "sums": sums(),
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(cases(), separators=(",", ":")) + "\n", encoding="utf-8")
