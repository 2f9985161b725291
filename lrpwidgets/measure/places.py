"""From regions to the variables that belong to them, sample by sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..errors import InputError, unknown
from .drawn import Ellipse, Runs
from .regions import Along, Box, Labels, Polygon, Shape, Span, quadrants

REST = "rest"

# Divisions of the whole input that go by name.
DIVISIONS: dict[str, Callable[[Shape], Any]] = {
    "quadrants": quadrants,
    "channels": lambda _: Along((1,)),
    "pixels": lambda shape: Along(tuple(range(2, len(shape)))),
    "bases": lambda shape: Along(tuple(range(2, len(shape)))),  # positions of one-hot (batch, base, position)
    "time": lambda _: Along((-1,)),
}


@dataclass(frozen=True)
class Places:
    """Which variables belong to which region: `of(sample)` gives pairs (variable, region), both int64 vectors.

    Variables are counted as in the flattened sample. One that belongs to several regions comes several times.
    """

    names: tuple[str, ...]
    of: Callable[[int], tuple[Tensor, Tensor]]


def places(regions: Any, shape: Shape) -> Places:
    """`regions` as the user gave them, for relevance of this shape. Raises `InputError`."""
    if isinstance(regions, str):
        if regions not in DIVISIONS:
            raise InputError(unknown("division of the input", regions, DIVISIONS))
        regions = DIVISIONS[regions](shape)
    if isinstance(regions, Along):
        labels, names = regions.labels(shape)
        return _of_labels(labels, names, shape)
    if not isinstance(regions, Labels) and whole_numbers(regions):
        regions = Labels(regions)
    if isinstance(regions, Labels):
        return _of_labels(*_numbered(regions, shape), shape)
    if not isinstance(regions, Mapping):
        regions = {"region": regions}
    if not regions:
        raise InputError('there are no regions; give a mapping such as {"object": Box(2, 3, 10, 12)}')
    return _of_masks({str(name): mask(region, shape, str(name)) for name, region in regions.items()}, shape)


def disjoint(regions: Any, shape: Shape) -> Tensor:
    """`regions` as a label map that broadcasts to the relevance: numbers from 0, -1 for what is in none of them.

    Raises `InputError` also where two regions overlap.
    """
    if isinstance(regions, str):
        if regions not in DIVISIONS:
            raise InputError(unknown("division of the input", regions, DIVISIONS))
        regions = DIVISIONS[regions](shape)
    if isinstance(regions, Along):
        return regions.labels(shape)[0]
    if not isinstance(regions, Mapping):
        regions = {"region": regions}
    if not regions:
        raise InputError('there are no regions; give a mapping such as {"object": Box(2, 3, 10, 12)}')
    found = torch.full([1] * len(shape), -1, dtype=torch.int64)
    for number, (name, region) in enumerate(regions.items()):
        here = mask(region, shape, str(name))
        taken = here & (found >= 0)
        if taken.any():
            other = list(regions)[int(found.expand(taken.shape)[taken][0])]
            raise InputError(
                f"the regions {name!r} and {other!r} overlap in {int(taken.sum())} places; each is removed once"
            )
        found = torch.where(here, number, found)
    return found


def mask(region: Any, shape: Shape, name: str = "region") -> Tensor:
    """One region as booleans that broadcast to `shape`, with 1 along axes that it does not tell apart.

    A list holds one region a sample. Raises `InputError` for a region that is empty in a sample.
    """
    if isinstance(region, (Box, Ellipse, Polygon, Runs, Span)):
        found = region.mask(shape)
    elif isinstance(region, list):
        if len(region) != shape[0]:
            raise InputError(
                f"region {name!r} is a list of {len(region)}, but there are {shape[0]} samples; "
                "a list holds one region a sample"
            )
        each = [mask(one, (1, *shape[1:]), f"{name}[{at}]") for at, one in enumerate(region)]
        size = [max(sizes) for sizes in zip(*(one.shape[1:] for one in each), strict=True)]
        found = torch.cat([one.expand(1, *size) for one in each])
    else:
        found = _zeros_and_ones(_aligned(region, shape, name), name)
    filled = found.flatten(1).any(1)
    if not filled.all():
        at = int((~filled).nonzero()[0])
        where = f" in sample {at}" if len(found) > 1 else ""
        raise InputError(
            f"region {name!r} is empty{where}: it holds no variable of the input of shape {shape}"
        )
    return found


def _aligned(array: Any, shape: Shape, name: str) -> Tensor:
    """An array of one of the shapes that a mask may have, with as many axes as the relevance."""
    try:
        given = torch.as_tensor(array).detach().cpu()
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(
            f"region {name!r} is a {type(array).__name__}; give a Box, an Ellipse, a Polygon, Runs, a Span, an "
            f"array, or a list of one of these a sample ({error})"
        ) from error
    size = tuple(given.shape)
    sample, positions = shape[1:], shape[2:]
    views: dict[str, Shape] = {}
    if positions and size == positions:
        views["positions"] = (1, 1, *positions)
    if size == sample:
        views["one sample"] = (1, *sample)
    if positions and size == (shape[0], *positions):
        views["(batch, positions)"] = (shape[0], 1, *positions)
    if len(size) == len(shape) and all(have in (1, want) for have, want in zip(size, shape, strict=True)):
        views = {"all": size}
    if len(views) > 1 and len({tuple(view) for view in views.values()}) > 1:
        raise InputError(
            f"region {name!r} of shape {size} may mean {' or '.join(views)} of the relevance of shape {shape}; "
            f"give it {len(shape)} axes, with 1 where it does not differ"
        )
    if not views:
        allowed = [sample, (*shape[:1], *[1] * (len(shape) - 2), shape[-1]), shape]
        if positions:
            allowed = [positions, sample, (shape[0], 1, *positions), shape]
        raise InputError(
            f"region {name!r} has shape {size}, which does not fit the relevance of shape {shape}; "
            f"give one of {', '.join(map(str, dict.fromkeys(allowed)))}"
        )
    return given.reshape(next(iter(views.values())))


def _zeros_and_ones(given: Tensor, name: str) -> Tensor:
    if given.dtype == torch.bool:
        return given
    found = given == 1
    if not bool((found | (given == 0)).all()):
        what = "NaN" if bool((given != given).any()) else "numbers other than 0 and 1"  # noqa: PLR0124 (NaN)
        raise InputError(f"region {name!r} is a mask that holds {what}; give booleans, such as mask > 0.5")
    return found


def whole_numbers(array: Any) -> bool:
    """Whether this is an array of integers, hence a label map."""
    if isinstance(array, Tensor):
        return not (array.is_floating_point() or array.is_complex() or array.dtype == torch.bool)
    return getattr(getattr(array, "dtype", None), "kind", "") in ("i", "u")


def _numbered(regions: Labels, shape: Shape) -> tuple[Tensor, tuple[str, ...]]:
    """A label map with its labels numbered from 0, and their names."""
    if not whole_numbers(regions.map):
        kind = getattr(regions.map, "dtype", type(regions.map).__name__)
        raise InputError(
            f"a label map holds whole numbers, not {kind}; for several masks give a mapping by name"
        )
    labels = _aligned(regions.map, shape, "label map")
    values, numbered = torch.unique(labels, return_inverse=True)
    found = [int(value) for value in values]
    given = {} if regions.names is None else dict(regions.names)
    for label in given:
        if label not in found:
            raise InputError(f"label {label!r} ({given[label]!r}) is empty: {unknown('label', label, found)}")
    names = tuple(str(given.get(label, label)) for label in found)
    if len(set(names)) < len(names):
        raise InputError(f"two labels of the label map have one name: {', '.join(names)}")
    return numbered, names


def _of_labels(labels: Tensor, names: tuple[str, ...], shape: Shape) -> Places:
    """Every variable belongs to exactly one region."""
    variables = torch.arange(torch.Size(shape[1:]).numel())

    def of(sample: int) -> tuple[Tensor, Tensor]:
        return variables, labels[sample if len(labels) > 1 else 0].expand(shape[1:]).reshape(-1)

    return Places(names, of)


def _of_masks(masks: dict[str, Tensor], shape: Shape) -> Places:
    """What the masks cover, and the rest that none of them covers in some sample."""
    covered = torch.zeros([1] * len(shape), dtype=torch.bool)
    for one in masks.values():
        covered = covered | one
    names = tuple(masks)
    if not covered.all():
        if REST in masks:
            raise InputError(f"{REST!r} is what no region covers; give the region another name")
        names, masks = (*names, REST), {**masks, REST: ~covered}

    def of(sample: int) -> tuple[Tensor, Tensor]:
        found = [
            one[sample if len(one) > 1 else 0].expand(shape[1:]).flatten().nonzero().flatten()
            for one in masks.values()
        ]
        owners = torch.arange(len(found)).repeat_interleave(torch.tensor([len(one) for one in found]))
        return torch.cat(found), owners

    return Places(names, of)
