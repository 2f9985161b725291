"""Pictures as model input: preprocessing said once, and its exact inverse.

    model input[c] = (picture[order[c]] - mean[c]) / std[c],    picture in [low, high] = range

`mean` and `std` are in the model's own channel order. Pictures are bytes 0..255 for people.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lrpwidgets.domains.picture import as_pictures
from lrpwidgets.domains.resize import cover_and_crop
from lrpwidgets.errors import InputError, unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

CHANNEL_NAMES = {"RGB": ("red", "green", "blue"), "BGR": ("blue", "green", "red"), "gray": ("grey",)}
PIXELATED_UP_TO = 64  # pictures no larger than this are shown as squares, larger ones smooth


@dataclass(frozen=True)
class ImageDomain:
    """How pictures become model input. Make it with `lw.image(...)`, which fills in what is left out.

    `encode` gives `(batch, channel, height, width)` float32, `decode` goes back to bytes
    `(batch, height, width, 3)`. `size=(height, width)` scales pictures until they cover it and cuts the
    centre. `note` says how the domain was guessed, if it was.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    order: str = "RGB"
    range: tuple[float, float] = (0.0, 1.0)
    size: tuple[int, int] | None = None
    note: str | None = None

    kind: ClassVar[str] = "image"
    unit: ClassVar[str] = "0..255"
    axes: ClassVar[tuple[str, ...]] = ("channel", "height", "width")
    groupings: ClassVar[tuple[str, ...]] = (
        "channels",
    )  # "pixels" and "quadrants", of any plane, are in `measure`

    def __post_init__(self) -> None:
        if self.order not in CHANNEL_NAMES:
            raise InputError(unknown("channel order", self.order, CHANNEL_NAMES))
        for name, values in (("mean", self.mean), ("std", self.std)):
            if len(values) != self.channels:
                raise InputError(
                    f"{name} has {len(values)} numbers, but {self.order!r} has {self.channels} channels."
                )
            if not all(math.isfinite(value) for value in values):
                raise InputError(f"{name} must be finite numbers, not {values}.")
        if not all(value > 0 for value in self.std):
            raise InputError(f"std divides, so it must be positive, not {self.std}.")
        low, high = self.range
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise InputError(f"range must be (low, high) with low < high, not {self.range}.")
        if self.size is not None and not all(1 <= side <= 16384 for side in self.size):
            raise InputError(f"size must be (height, width) in 1..16384 pixels, not {self.size}.")

    @property
    def code(self) -> str:
        """Python that makes this domain again."""
        given = {
            "mean": self.mean,
            "std": self.std,
            "order": self.order,
            "range": self.range,
            "size": self.size,
        }
        return f"lw.image({', '.join(f'{name}={value!r}' for name, value in given.items() if value is not None)})"

    @property
    def channels(self) -> int:
        """1 or 3."""
        return len(CHANNEL_NAMES[self.order])

    @property
    def channel_names(self) -> tuple[str, ...]:
        """Names of the channels in the order in which the model sees them."""
        return CHANNEL_NAMES[self.order]

    @property
    def input_range(self) -> tuple[Tensor, Tensor]:
        """Lowest and highest model input per channel, float32 `(1, channel, 1, 1)` each: the box of zB."""
        import torch

        # As in `encode`: computed in float64, then rounded once, so that no pixel falls outside by rounding.
        mean, std = np.array(self.mean), np.array(self.std)
        low, high = (((end - mean) / std).astype(np.float32).reshape(1, -1, 1, 1) for end in self.range)
        return torch.from_numpy(low), torch.from_numpy(high)

    def check(self, shape: tuple[int, ...]) -> None:
        """`InputError` unless `shape` is `(batch, channel, height, width)`."""
        if len(shape) != 4:
            raise InputError(
                f"the input has shape {shape}, but images are (batch, channel, height, width)"
                + ("; use x[None] for one image" if len(shape) == 3 else "")
            )

    def groups(self, name: str, x: Tensor) -> tuple[Tensor, tuple[str, ...]]:
        """Labels `(1, channel, 1, 1)` of "channels", and their names in the order in which the model sees them."""
        import torch

        if name not in self.groupings:
            raise InputError(unknown("division of a picture", name, self.groupings))
        if x.shape[1] != self.channels:
            raise InputError(
                f"the input has shape {tuple(x.shape)}, but {self.order!r} has {self.channels} channels."
            )
        return torch.arange(self.channels)[None, :, None, None], self.channel_names

    def read(self, x: Tensor, index: tuple[int, ...]) -> str:
        """The level of one channel at one pixel: "red at x 3, y 7: 201"."""
        channel, row, column = index
        low, high = self.range
        level = (float(x[index]) * self.std[channel] + self.mean[channel] - low) / (high - low) * 255
        return f"{self.channel_names[channel]} at x {column}, y {row}: {level:.4g}"

    def display_pixelated(self, height: int, width: int) -> bool:
        """Whether a picture of this size is better shown as squares than smooth."""
        return max(height, width) <= PIXELATED_UP_TO

    def encode(self, x: Any) -> Tensor:
        """Model input, float32 `(batch, channel, height, width)`, of one picture or several.

        `x`: uint8 `(height, width, 3)`, `(height, width)` or `(batch, height, width, 3)`; float arrays of
        these shapes in [0, 1]; a Pillow image; an object with such `pixels`; a path; a list of these.
        Raises `InputError` that says which of them it is not.
        """
        import torch

        pictures = [cover_and_crop(picture, self.size) for picture in as_pictures(x, self.channels)]
        shapes = sorted({picture.shape[:2] for picture in pictures})
        if len(shapes) > 1:
            raise InputError(
                f"pictures of one batch must have one size, but these have {shapes[:4]} (height, width): "
                "give lw.image(size=(height, width)), or explain them one by one."
            )
        low, high = self.range
        batch = np.empty((len(pictures), self.channels, *shapes[0]), np.float32)
        for row, picture in zip(batch, pictures, strict=True):  # float64, rounded once
            ordered = picture[..., ::-1] if self.order == "BGR" else picture
            value = ordered / 255.0 * (high - low) + low
            row[:] = ((value - np.array(self.mean)) / np.array(self.std)).transpose(2, 0, 1)
        return torch.from_numpy(batch)

    def decode(self, x: Any) -> NDArray[np.uint8]:
        """The pictures in model input `(batch, channel, height, width)`: uint8 `(batch, height, width, 3)`.

        Inverse of `encode` up to rounding; values outside `range` are shown as its ends; grey is repeated.
        """
        array = _float64(x)
        if array.ndim != 4 or array.shape[1] != self.channels:
            raise InputError(
                f"decode takes (batch, {self.channels}, height, width), not {tuple(array.shape)}: "
                f"this domain's channel order is {self.order!r}."
            )
        if not np.isfinite(array).all():
            raise InputError("the model input has values that are not finite, so it shows no picture.")
        low, high = self.range
        value = array.transpose(0, 2, 3, 1) * np.array(self.std) + np.array(self.mean)
        level = (value - low) / (high - low) * 255.0
        picture = np.floor(np.clip(level, 0, 255) + 0.5).astype(np.uint8)
        if self.order == "BGR":
            picture = picture[..., ::-1]
        if self.channels == 1:
            picture = np.repeat(picture, 3, axis=-1)
        return np.ascontiguousarray(picture)

    def to_json(self) -> dict[str, Any]:
        """The domain as plain JSON; `from_json` gives an equal one."""
        return {
            "kind": self.kind,
            "channel_names": list(self.channel_names),
            "mean": list(self.mean),
            "std": list(self.std),
            "order": self.order,
            "range": list(self.range),
            "size": None if self.size is None else list(self.size),
            "note": self.note,
        }

    @staticmethod
    def from_json(data: object) -> ImageDomain:
        """The domain that `to_json` described; `FileFormatError` for a missing, unknown or wrong entry."""
        from lrpwidgets.domains.image_json import parse

        return parse(data)


def image(
    mean: float | Sequence[float] = 0.0,
    std: float | Sequence[float] = 1.0,
    *,
    order: str | None = None,
    range: Sequence[float] = (0, 1),
    size: int | Sequence[int] | None = None,
    channels: int | None = None,
) -> ImageDomain:
    """Say once how pictures become your model's input.

        model input[c] = (picture[order[c]] - mean[c]) / std[c],    picture in [low, high] = range

    mean, std: a number, or one per channel in the model's channel order, in units of `range`.
    order: "RGB" (default), "BGR" or "gray" (default with `channels=1`).
    range: what black and white are before normalisation: (0, 1), (0, 255), (-1, 1).
    size: (height, width) or one number for a square: scaled to cover it, centre cut out. None: as it is.

    >>> image(mean=0.5, std=0.5).channel_names
    ('red', 'green', 'blue')
    """
    if channels not in (None, 1, 3):
        raise InputError(f"pictures have 1 or 3 channels, not {channels}.")
    if order is None:
        order = "gray" if channels == 1 else "RGB"
    if order not in CHANNEL_NAMES:
        raise InputError(unknown("channel order", order, CHANNEL_NAMES))
    count = len(CHANNEL_NAMES[order])
    if channels is not None and channels != count:
        raise InputError(f"order {order!r} has {count} channels, but channels={channels} was asked for.")
    ends = _numbers("range", range, 2)
    sides: tuple[int, int] | None = None
    if size is not None:
        pair = tuple(size) if isinstance(size, Sequence) else (size, size)
        if len(pair) != 2 or not all(isinstance(side, int) for side in pair):
            raise InputError(f"size must be (height, width) in whole pixels, not {size!r}.")
        sides = (pair[0], pair[1])
    return ImageDomain(
        mean=_numbers("mean", mean, count),
        std=_numbers("std", std, count),
        order=order,
        range=(ends[0], ends[1]),
        size=sides,
    )


def infer(x: Any) -> ImageDomain:
    """A guess for raw model input `(batch, channel, height, width)` with 1 or 3 channels and no domain.

    Its lowest value is shown black and its highest white; `note` says so. `InputError` for other shapes.
    """
    array = _float64(x)
    if array.ndim != 4 or array.shape[1] not in (1, 3) or array.size == 0:
        raise InputError(
            f"cannot see a picture in an input of shape {tuple(array.shape)}: it takes "
            "(batch, 1 or 3, height, width). Give input=lw.image(...) for pictures."
        )
    if not np.isfinite(array).all():
        raise InputError("the model input has values that are not finite, so it shows no picture.")
    low, high = float(array.min()), float(array.max())
    note = f"preprocessing unknown: black is {low:.4g}, white is {high:.4g}; say input=lw.image(...)"
    if low == high:
        high = low + max(1.0, abs(low))
    count = int(array.shape[1])
    return ImageDomain(
        (0.0,) * count, (1.0,) * count, order="gray" if count == 1 else "RGB", range=(low, high), note=note
    )


def _numbers(name: str, value: float | Sequence[float], count: int) -> tuple[float, ...]:
    """`count` floats from a number or from `count` of them (lists, arrays and tensors alike)."""
    try:
        numbers = np.asarray(value, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must be numbers, not {value!r}.") from error
    if numbers.size == 1 and name != "range":
        numbers = np.repeat(numbers, count)
    if numbers.size != count:
        raise InputError(f"{name} has {numbers.size} numbers where {count} are needed.")
    return tuple(float(number) for number in numbers)


def _float64(x: Any) -> NDArray[np.float64]:
    """A float64 array of a tensor on any device or an array."""
    if hasattr(x, "detach"):
        x = x.detach().cpu().double().numpy()
    return np.asarray(x, dtype=np.float64)
