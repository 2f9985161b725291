"""What a region of an input is: a box, a polygon, a span, a mask; and divisions of the whole input into many.

Coordinates are array indices, (row, column) from the top left corner: the pixel in row i and column j covers
i..i+1 by j..j+1, and ends are exclusive as in Python's slices. Shapes are those of the relevance,
(batch, channel, height, width) for images, (batch, channel, time) for signals, (batch, token) for words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..errors import InputError
from .integers import whole

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """Rows `top` to `bottom` and columns `left` to `right`, ends exclusive, over the last two axes of the input."""

    top: int
    left: int
    bottom: int
    right: int

    def mask(self, shape: Shape) -> Tensor:
        """Booleans of shape (1, ..., 1, height, width)."""
        height, width = _plane(shape, self)
        top, left, bottom, right = (
            _whole(end, self) for end in (self.top, self.left, self.bottom, self.right)
        )
        if not (0 <= top <= bottom <= height and 0 <= left <= right <= width):
            raise InputError(
                f"{self} does not lie inside the input of {height} rows and {width} columns; "
                "clip it: 0 <= top < bottom <= height, 0 <= left < right <= width"
            )
        mask = torch.zeros(height, width, dtype=torch.bool)
        mask[top:bottom, left:right] = True
        return mask.reshape(*[1] * (len(shape) - 2), height, width)


@dataclass(frozen=True, slots=True)
class Polygon:
    """The pixels whose centres lie inside the polygon with these (row, column) corners, over the last two axes.

    A line that crosses itself encloses what an odd number of its edges surrounds (even-odd rule).
    """

    corners: Sequence[tuple[float, float]]

    def mask(self, shape: Shape) -> Tensor:
        """Booleans of shape (1, ..., 1, height, width)."""
        height, width = _plane(shape, self)
        try:
            corners = torch.as_tensor(self.corners, dtype=torch.float64)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"a polygon's corners must be (row, column) pairs of numbers: {error}"
            ) from error
        if corners.dim() != 2 or corners.shape[1] != 2 or len(corners) < 3:
            raise InputError(
                f"a polygon needs three or more (row, column) corners, not an array of shape {tuple(corners.shape)}"
            )
        end = torch.tensor([height, width])
        if not bool(((corners >= 0) & (corners <= end)).all()):  # NaN is not inside either
            raise InputError(
                f"the polygon's corners {corners.tolist()} do not all lie inside the input of {height} rows and "
                f"{width} columns; clip them"
            )
        row = torch.arange(height, dtype=torch.float64)[:, None] + 0.5
        column = torch.arange(width, dtype=torch.float64) + 0.5
        inside = torch.zeros(height, width, dtype=torch.bool)
        for (row_a, column_a), (row_b, column_b) in zip(corners, corners.roll(-1, 0), strict=True):
            if row_a != row_b:
                crossed = (row_a > row) != (row_b > row)
                at = column_a + (row - row_a) / (row_b - row_a) * (column_b - column_a)
                inside ^= crossed & (column < at)
        return inside.reshape(*[1] * (len(shape) - 2), height, width)


@dataclass(frozen=True, slots=True)
class Span:
    """Positions `start` to `stop` (exclusive) along one axis of the input: tokens of a word, a stretch of time."""

    start: int
    stop: int
    axis: int = 1

    def mask(self, shape: Shape) -> Tensor:
        """Booleans of the size of the input along the axis and 1 elsewhere."""
        axis = _axis(self.axis, shape)
        start, stop = _whole(self.start, self), _whole(self.stop, self)
        if not 0 <= start <= stop <= shape[axis]:
            raise InputError(
                f"{self} does not lie inside the input of shape {shape}, which has {shape[axis]} positions along "
                f"axis {axis}"
            )
        along = torch.arange(shape[axis])
        return _spread((along >= start) & (along < stop), axis, len(shape))


@dataclass(frozen=True, slots=True)
class Along:
    """One region a position along `axes`, summed over all other axes; `step` neighbours along each go together.

    ``Along((1,))`` pools to channels, ``Along((2, 3))`` channels to pixels, ``Along((-1,), step=100)`` to stretches of
    100 samples of time (the last may be shorter), ``Along((1, 2), step=(1, 100))`` to such stretches of each channel.
    """

    axes: tuple[int, ...]
    step: int | tuple[int, ...] = 1

    def labels(self, shape: Shape) -> tuple[Tensor, tuple[str, ...]]:
        """Which region each variable belongs to, shape (1, ...) with 1 along axes summed over; and names."""
        each = self.step if isinstance(self.step, (tuple, list)) else (self.step,) * len(self.axes)
        steps = [_whole(step, self) for step in each]
        axes = [_axis(axis, shape) for axis in self.axes]
        if min(steps, default=0) < 1 or len(set(axes)) < len(axes) or len(steps) != len(axes):
            raise InputError(
                f"{self} needs one or more different axes and a step of 1 or more, or one for each"
            )
        found = torch.zeros([1] * len(shape), dtype=torch.int64)
        names = [""]
        for axis, step in zip(axes, steps, strict=True):
            along = torch.arange(shape[axis]) // step
            count = int(along[-1]) + 1
            found = found * count + _spread(along, axis, len(shape))
            starts = [str(place * step) for place in range(count)]
            names = [f"{name},{start}" if name else start for name in names for start in starts]
        return found, tuple(names)


@dataclass(frozen=True, eq=False, slots=True)
class Labels:
    """A label map: whole numbers of any shape a mask may have; one region a label, called by `names` or its number."""

    map: Any
    names: Mapping[int, str] | None = None


def words(spans: Sequence[tuple[int, int]], names: Sequence[str] | None = None) -> dict[str, Span]:
    """Regions of whole words from their (start, stop) tokens, stop exclusive, along axis 1.

    A word that comes again is called ``word#2``; tokens of no word are the rest.
    """
    called = [f"tokens {start}:{stop}" for start, stop in spans] if names is None else list(names)
    if len(called) != len(spans):
        raise InputError(f"there are {len(spans)} spans, but {len(called)} names of words")
    found: dict[str, Span] = {}
    seen: dict[str, int] = {}
    for name, (start, stop) in zip(called, spans, strict=True):
        seen[name] = seen.get(name, 0) + 1
        found[name if seen[name] == 1 else f"{name}#{seen[name]}"] = Span(start, stop)
    return found


def quadrants(shape: Shape) -> dict[str, Box]:
    """The four quarters of the last two axes; of an odd number of rows or columns the middle one is below or right."""
    height, width = _plane(shape, "quadrants")
    if height < 2 or width < 2:
        raise InputError(f"an input of {height} rows and {width} columns has no quadrants")
    rows = {"top": (0, height // 2), "bottom": (height // 2, height)}
    columns = {"left": (0, width // 2), "right": (width // 2, width)}
    return {
        f"{row} {column}": Box(top, left, bottom, right)
        for row, (top, bottom) in rows.items()
        for column, (left, right) in columns.items()
    }


def _plane(shape: Shape, region: object) -> tuple[int, int]:
    """Height and width of the input."""
    if len(shape) < 3:
        raise InputError(f"{region} needs an input with rows and columns, not one of shape {shape}")
    return shape[-2], shape[-1]


def _axis(axis: Any, shape: Shape) -> int:
    number = _whole(axis, f"axis {axis!r}")
    found = number + len(shape) if number < 0 else number
    if not 0 < found < len(shape):
        raise InputError(
            f"axis {axis} is no axis of one sample of the input of shape {shape}; axis 0 is the batch"
        )
    return found


def _whole(number: Any, region: object) -> int:
    try:
        return whole(number)
    except TypeError as error:
        raise InputError(f"{region}: {number!r} is no whole number") from error


def _spread(along: Tensor, axis: int, axes: int) -> Tensor:
    """A vector as a tensor with this many axes that varies along one of them."""
    return along.reshape([-1 if at == axis else 1 for at in range(axes)])
