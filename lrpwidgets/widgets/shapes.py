"""Regions on the wire: JSON that browser and kernel share, made from what `lw.measure.pool` takes and back.

A region is {"name", "colour", "shape"}, colour "#rrggbb", shape in source pixels with ends exclusive:

    {"kind": "box" | "ellipse", "top", "left", "bottom", "right"}
    {"kind": "polygon", "corners": [[row, column], ...]}
    {"kind": "runs", "runs": [start, stop, start, stop, ...]}    pixels in reading order
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from lrpwidgets.errors import InputError, unknown
from lrpwidgets.measure.drawn import Ellipse, Runs
from lrpwidgets.measure.places import DIVISIONS, mask, places, whole_numbers
from lrpwidgets.measure.regions import Along, Box, Labels, Polygon

Described = dict[str, Any]
Plane = tuple[int, int]

# Neither red nor blue, which mean for and against; told apart by the colour-blind in this order.
PALETTE = ("#00a37a", "#ffb000", "#a04bd8", "#f26cb8", "#8c6d31", "#7fd13b", "#00b8c4", "#9a9a9a")
CONTEXT = "context"
RESERVED = (CONTEXT, "rest")
MOST = 256  # regions of a view
LONGEST = 80  # letters of a name
ENDS = ("top", "left", "bottom", "right")


def describe(
    regions: Any, shape: tuple[int, ...], sample: int, colours: Mapping[str, str] | None = None
) -> list[Described]:
    """The regions of one sample as JSON. `regions`: as `lw.measure.pool` takes them, `shape`: of the relevance.

    One region without a name is called "object". Raises `InputError` for what does not fit the input, and for regions
    that tell channels apart.
    """
    if isinstance(regions, str) and regions in DIVISIONS:
        regions = DIVISIONS[regions](shape)
    if isinstance(regions, (str, Along, Labels)) or whole_numbers(regions):
        found = _divided(regions, shape, sample)
    else:
        named = regions if isinstance(regions, Mapping) else {"object": regions}
        found = {str(name): _shape(region, shape, sample, str(name)) for name, region in named.items()}
    chosen = dict(colours or {})
    for name in chosen:
        if name not in found:
            raise InputError(f"colours: {unknown('region', name, found)}")
    return check(
        [
            {"name": name, "colour": chosen.get(name, PALETTE[at % len(PALETTE)]), "shape": one}
            for at, (name, one) in enumerate(found.items())
        ],
        (shape[-2], shape[-1]),
    )


def check(regions: Any, plane: Plane) -> list[Described]:
    """`regions` as anybody may have written them, checked whole. Raises `InputError`."""
    if not isinstance(regions, list) or len(regions) > MOST:
        raise InputError(f"regions must be a list of at most {MOST}; lw.measure.pool takes any number.")
    found: list[Described] = []
    for region in regions:
        if not isinstance(region, Mapping) or set(region) != {"name", "colour", "shape"}:
            raise InputError(f"a region must be {{'name', 'colour', 'shape'}}, not {str(region)[:200]}.")
        name, colour = region["name"], region["colour"]
        if not isinstance(name, str) or not 1 <= len(name.strip()) <= LONGEST:
            raise InputError(f"a region's name must have 1 to {LONGEST} letters, not {str(name)[:200]!r}.")
        if name in RESERVED:
            raise InputError(
                f"{name!r} is what no region covers: leave it out, or call the region otherwise."
            )
        if name in (one["name"] for one in found):
            raise InputError(f"two regions are called {name!r}: each needs a name of its own.")
        if not isinstance(colour, str) or not re.fullmatch("#[0-9a-fA-F]{6}", colour):
            raise InputError(f"the colour of region {name!r} must look like '#00a37a', not {colour!r}.")
        shape = region["shape"]
        if not _holds_a_pixel(read(shape), plane):
            raise InputError(f"region {name!r} is empty: no pixel's centre lies inside it.")
        found.append({"name": name, "colour": colour.lower(), "shape": _plain(shape)})
    return found


def read(shape: Any) -> Box | Ellipse | Polygon | Runs:
    """The region that a shape means, as `lw.measure.pool` takes it. Raises `InputError` for what is no shape."""
    kind = shape.get("kind") if isinstance(shape, Mapping) else None
    try:
        if kind in ("box", "ellipse"):
            ends = [_whole(shape[end]) for end in ENDS]
            return Box(*ends) if kind == "box" else Ellipse(*ends)
        if kind == "polygon":
            return Polygon(tuple((_finite(row), _finite(column)) for row, column in shape["corners"]))
        if kind == "runs":
            ends = [_whole(end) for end in shape["runs"]]
            return Runs(tuple(zip(ends[::2], ends[1::2], strict=True)))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"this {kind} cannot be read ({error}): {str(shape)[:200]}.") from error
    raise InputError(unknown("kind of shape", kind, ("box", "ellipse", "polygon", "runs")))


def code(shape: Described) -> str:
    """Python that makes the region again."""
    region = read(shape)
    if isinstance(region, (Box, Ellipse)):
        return f"lw.measure.{type(region).__name__}({', '.join(str(shape[end]) for end in ENDS)})"
    if isinstance(region, Polygon):
        return f"lw.measure.Polygon({[tuple(corner) for corner in region.corners]})"
    return f"lw.measure.Runs({list(region.runs)})"


def _plain(shape: Described) -> Described:
    """Plain numbers and lists, and nothing that is not part of the shape."""
    region = read(shape)
    if isinstance(region, (Box, Ellipse)):
        return {"kind": shape["kind"], **{end: getattr(region, end) for end in ENDS}}
    if isinstance(region, Polygon):
        return {"kind": "polygon", "corners": [list(corner) for corner in region.corners]}
    return {"kind": "runs", "runs": [end for run in region.runs for end in run]}


def _shape(region: Any, shape: tuple[int, ...], sample: int, name: str) -> Described:
    found = mask(region, shape, name)  # whatever does not fit is said here
    one = region[sample] if isinstance(region, list) else region
    if isinstance(one, (Box, Ellipse)):
        return {"kind": type(one).__name__.lower(), **{end: int(getattr(one, end)) for end in ENDS}}
    if isinstance(one, Polygon):
        return {"kind": "polygon", "corners": [[float(row), float(column)] for row, column in one.corners]}
    inside = found[sample if len(found) > 1 else 0].expand(shape[1:])
    return _runs(_of_all_channels(inside, name))


def _divided(regions: Any, shape: tuple[int, ...], sample: int) -> dict[str, Described]:
    """The parts of a division of the whole input."""
    found = places(regions, shape)
    if len(found.names) > MOST:
        raise InputError(
            f"{len(found.names)} regions are too many to look at: at most {MOST}; pool takes any number."
        )
    variables, owners = found.of(sample)
    owner = torch.empty(math.prod(shape[1:]), dtype=torch.int64)
    owner[variables] = owners
    owner = owner.reshape(shape[1:])
    parts = {name: owner == at for at, name in enumerate(found.names)}
    return {name: _runs(_of_all_channels(part, name)) for name, part in parts.items() if bool(part.any())}


def _of_all_channels(inside: Tensor, name: str) -> Tensor:
    """(channel, height, width) as (height, width)."""
    if bool((inside != inside[:1]).any()):
        raise InputError(
            f"region {name!r} tells channels apart, but a region view draws pixels: lw.measure.pool takes it, or "
            "choose one channel in the view."
        )
    return inside[0]


def _runs(inside: Tensor) -> Described:
    return {"kind": "runs", "runs": [end for run in Runs.of(inside).runs for end in run]}


def _holds_a_pixel(region: Box | Ellipse | Polygon | Runs, plane: Plane) -> bool:
    """Whether there is any. Raises `InputError` where the region leaves the plane."""
    height, width = plane
    if isinstance(region, Runs) and not region.runs:
        return False
    if isinstance(region, Polygon) and len(region.corners) >= 3:
        rows, columns = ([corner[axis] for corner in region.corners] for axis in (0, 1))
        if min(*rows, *columns) >= 0 and max(rows) <= height and max(columns) <= width:
            # The same question where the polygon lies: a picture may be large.
            top, left = math.floor(min(rows)), math.floor(min(columns))
            moved = Polygon([(row - top, column - left) for row, column in region.corners])
            size = math.ceil(max(rows)) - top, math.ceil(max(columns)) - left
            return min(size) > 0 and bool(moved.mask((1, 1, *size)).any())
    return bool(region.mask((1, 1, height, width)).any())


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{value!r} is no whole number")
    return int(value)


def _finite(value: Any) -> float:
    if isinstance(value, (str, bool)) or not math.isfinite(value):
        raise TypeError(f"{value!r} is no finite number")
    return float(value)
