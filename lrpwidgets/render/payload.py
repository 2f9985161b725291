"""An explanation as JSON: what notebooks keep, pages embed, files hold and the browser draws.

Notebooks get at most 500 kB: when the full arrays do not fit, channels are summed, values rounded to 16 bit
and the picture reduced, and `reduced` says so. Files also carry the exact arrays.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.errors import InputError
from lrpwidgets.render import exact, reduce
from lrpwidgets.render import limit as limits
from lrpwidgets.render.arrays import pack
from lrpwidgets.render.sample import Sample, check_index, display, image_sample
from lrpwidgets.render.view import DEFAULT_LIMIT_RULE, View
from lrpwidgets.render.wording import passage

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation

FORMAT = "lrpwidgets.explanation"
VERSION = 1
MIME = "application/vnd.lrpwidgets.explanation+json"
LARGEST_INT16 = 32767
SMALLEST_SIDE = 16


@dataclass(frozen=True)
class Budget:
    """How large a payload may be: bytes of JSON (without the exact arrays), pixels a side, samples."""

    size: int
    side: int
    samples: int


NOTEBOOK = Budget(size=500_000, side=512, samples=8)
PAGE = Budget(size=32_000_000, side=2048, samples=64)


def payload(
    explanation: Explanation, *, budget: Budget = NOTEBOOK, with_exact: bool = False, **options: Any
) -> dict[str, Any]:
    """The JSON of an explanation within `budget`, shown as `options` (those of `View`) say.

    with_exact: also input, relevance, output and ledger, bit for bit, so that `load` gives it back.
    """
    view = View.of(options)
    shown = display(explanation)
    count = len(shown)
    at = check_index(shown, view.sample)
    first = max(0, min(at - budget.samples // 2, count - budget.samples))
    indices = range(first, min(count, first + budget.samples))
    some = "" if len(indices) == count else f"samples {indices[0]} to {indices[-1]} of 0..{count - 1}"
    domain = shown.domain
    whole = [image_sample(shown, index) for index in indices]
    head: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "domain": domain.to_json(),
        "method": explanation.method,
        "rules": explanation.rules,
        "settings": explanation.settings,
        "notes": list(explanation.notes),
        "labels": list(explanation.labels) if with_exact and explanation.labels is not None else None,
    }
    if filtered := passage(explanation.settings):
        head["passage"] = filtered
    pixelated = whole[0].pixelated if view.pixelated is None else view.pixelated
    view = replace(view, sample=at - first, pixelated=pixelated)
    body = _fitting(whole, view, budget, some, len(dumps(head)))
    # What nobody asked for is left to whoever shows it: a reader may prefer another colour map.
    if "cmap" not in options:
        del body["view"]["cmap"]
    if view.limit_rule == DEFAULT_LIMIT_RULE and "limit_rule" not in options:
        del body["view"]["limit_rule"]
    return {**head, **body, "exact": exact.to_json(explanation) if with_exact else None}


def dumps(data: dict[str, Any]) -> str:
    """Compact JSON text; `InputError` for numbers and objects that JSON does not have."""
    try:
        return json.dumps(data, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise InputError(f"this explanation cannot be written as JSON: {error}.") from error


def _fitting(whole: list[Sample], view: View, budget: Budget, some: str, used: int) -> dict[str, Any]:
    """`reduced`, `view` and `samples`: exact values if they fit, else as much as does."""
    if max(max(one.picture.shape) for one in whole) <= budget.side:
        body = {
            "reduced": some or None,
            "view": view.to_json(pixelated=bool(view.pixelated)),
            "samples": [_sample_json(one, quantised=False) for one in whole],
        }
        if used + len(dumps(body)) <= budget.size:
            return body
    side = float(min(budget.side, max(max(one.picture.shape[:2]) for one in whole)))
    while True:
        body = _reduced(whole, view, int(side), some)
        size = used + len(dumps(body))
        if size <= budget.size or side <= SMALLEST_SIDE:
            return body
        side = max(SMALLEST_SIDE, min(side - 1, side * math.sqrt(budget.size / size) * 0.98))


def _reduced(whole: list[Sample], view: View, side: int, some: str) -> dict[str, Any]:
    """One channel, 16 bit, at most `side` pixels."""
    said = []
    if whole[0].relevance.shape[0] > 1:
        said.append("channels summed" if view.channel == limits.SUM else f"{view.channel} channel only")
    said.append("16 bit")
    planes = [
        replace(one, relevance=limits.shown(one.relevance, view.channel, one.channel_names)[None])
        for one in whole
    ]
    small = [reduce.smaller(one, side) for one in planes]
    before, after = whole[0].picture.shape[:2], small[0].picture.shape[:2]
    if before != after:
        said.append(reduce.told(whole[0], small[0]))
        view = replace(reduce.for_areas(view, whole[0], small[0]), cursor=None, viewport=None)
    view = replace(view, channel=limits.SUM)
    return {
        "reduced": ", ".join([*said, some] if some else said),
        "view": view.to_json(pixelated=bool(view.pixelated)),
        "samples": [_sample_json(one, quantised=True) for one in small],
    }


def _sample_json(one: Sample, *, quantised: bool) -> dict[str, Any]:
    if quantised:
        scale = float(np.abs(one.relevance).max()) / LARGEST_INT16 or 1.0
        steps = np.rint(one.relevance.astype(np.float64) / scale).astype(np.int16)
        relevance = pack(steps, "int16", scale=scale)
    else:
        relevance = pack(one.relevance, "float32")
    caption = one.caption
    return {
        "target": caption.target,
        "minus": caption.minus,
        "score": caption.score,
        "total": caption.total,
        "sums": caption.sums,
        "picture": pack(one.picture, "uint8"),
        "relevance": relevance,
        "pixel": {"unit": one.unit},
    }
