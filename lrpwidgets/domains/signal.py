"""Signals of several channels over time, such as EEG: `(batch, channel, time)`, with the electrodes' places.

    time of sample t = start + t / rate

The model takes the signal as it is, in `unit`; what it does to scale it is its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lrpwidgets.domains.montage import FARTHEST, STANDARD, Positions, from_mapping, from_montage
from lrpwidgets.errors import InputError, unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

MOST_CHANNELS = 4096
LONGEST_NAME = 100
WINDOWS = 10  # equal windows of time of the grouping "windows"


@dataclass(frozen=True)
class SignalDomain:
    """What the axes of a signal are. Make it with `lw.signal(...)`, which looks the electrodes up.

    `positions`: head coordinates of every channel (see `domains/montage.py`), or None. `montage` says where they
    come from, so that `code` can be short.
    """

    channels: tuple[str, ...]
    rate: float
    unit: str = "uV"
    start: float = 0.0
    positions: Positions | None = None
    montage: str | None = None
    note: str | None = None

    kind: ClassVar[str] = "signal"
    axes: ClassVar[tuple[str, ...]] = ("channel", "time")
    groupings: ClassVar[tuple[str, ...]] = ("electrodes", "time", "windows")
    input_range: ClassVar[None] = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.channels) <= MOST_CHANNELS:
            raise InputError(f"a signal has 1 to {MOST_CHANNELS} channels, not {len(self.channels)}.")
        for name in self.channels:
            if not isinstance(name, str) or not 1 <= len(name.strip()) <= LONGEST_NAME:
                raise InputError(f"a channel's name is text of 1 to {LONGEST_NAME} characters, not {name!r}.")
        twice = sorted({name for name in self.channels if self.channels.count(name) > 1})
        if twice:
            raise InputError(
                f"channels must differ in name; these come twice: {', '.join(map(repr, twice[:5]))}."
            )
        if not (math.isfinite(self.rate) and self.rate > 0):
            raise InputError(f"rate must be samples per second above 0, not {self.rate!r}.")
        if not math.isfinite(self.start):
            raise InputError(f"start must be a time in seconds, not {self.start!r}.")
        if not isinstance(self.unit, str) or len(self.unit) > LONGEST_NAME:
            raise InputError(f"unit must be text, such as 'uV', not {self.unit!r}.")
        if self.positions is not None:
            self._check_positions(self.positions)

    def _check_positions(self, positions: Positions) -> None:
        if len(positions) != len(self.channels):
            raise InputError(f"{len(self.channels)} channels need one position each, not {len(positions)}.")
        for name, point in zip(self.channels, positions, strict=True):
            if (
                len(point) != 2
                or not all(math.isfinite(end) for end in point)
                or math.hypot(*point) > FARTHEST
            ):
                raise InputError(
                    f"the position of {name!r} must be (x, y) with the head's circle at radius 1 and at most "
                    f"{FARTHEST:g} from its centre, not {point}."
                )
        if len(set(positions)) < len(positions):
            first = next(at for at, point in enumerate(positions) if point in positions[:at])
            other = self.channels[positions.index(positions[first])]
            raise InputError(
                f"{other!r} and {self.channels[first]!r} have the same position, {positions[first]}."
            )

    @property
    def code(self) -> str:
        """Python that makes this domain again."""
        given = [f"channels={list(self.channels)!r}", f"rate={self.rate!r}"]
        given += [f"unit={self.unit!r}"] if self.unit != "uV" else []
        given += [f"start={self.start!r}"] if self.start else []
        if self.positions is None:
            given.append("positions=None")
        elif self.montage is None:
            given.append(f"positions={dict(zip(self.channels, self.positions, strict=True))!r}")
        elif self.montage != STANDARD:
            given.append(f"positions={self.montage!r}")
        return f"lw.signal({', '.join(given)})"

    def time(self, sample: float) -> float:
        """Seconds at a sample counted from 0."""
        return self.start + sample / self.rate

    def encode(self, x: Any) -> Tensor:
        """Model input, float32 `(batch, channel, time)`, of one signal `(channel, time)` or several, in `unit`.

        `x`: an array, a tensor, or a list of signals of one length. `InputError` says what it is not.
        """
        import torch

        try:
            array = _array(x)
        except (TypeError, ValueError) as error:
            lengths = sorted({np.shape(one)[-1] for one in x}) if isinstance(x, (list, tuple)) else []
            why = f"these have {lengths[:5]} samples" if len(lengths) > 1 else str(error)[:200]
            raise InputError(f"signals of one batch must be numbers of one length, but {why}.") from error
        array = array[None] if array.ndim == 2 else array
        self.check(array.shape)
        if not np.isfinite(array).all():
            at = np.argwhere(~np.isfinite(array))[0]
            raise InputError(
                f"the signal is not finite at {self.channels[at[1]]!r}, sample {at[2]} of trial {at[0]}: "
                "cut such samples out or fill them in first."
            )
        return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))

    def decode(self, x: Any) -> NDArray[np.float32]:
        """The signals `(batch, channel, time)` in model input, in `unit`."""
        array = np.asarray(_array(x), np.float32)
        self.check(array.shape)
        return array

    def check(self, shape: Sequence[int]) -> None:
        """`InputError` where a model input of this shape is not `(batch, channel, time)` of these channels."""
        if len(shape) != 3 or shape[1] != len(self.channels) or not shape[2]:
            raise InputError(
                f"the input has shape {tuple(shape)}, but this signal has {len(self.channels)} channels "
                f"({', '.join(self.channels[:3])}, ...): (batch, {len(self.channels)}, time)."
            )

    def groups(self, name: str, x: Any) -> tuple[Tensor, tuple[str, ...]]:
        """Labels that broadcast to `x` `(batch, channel, time)`, and what each label is called.

        "electrodes": one group a channel; what a head map shows. "time": one group a sample, all channels.
        "windows": one channel in one of ten equal windows of time (fewer where there are fewer samples).
        """
        import torch

        if name not in self.groupings:
            raise InputError(unknown("grouping of a signal", name, self.groupings))
        self.check(tuple(x.shape))
        channels = torch.arange(len(self.channels))[None, :, None]
        samples = int(x.shape[2])
        if name == "electrodes":
            return channels, self.channels
        if name == "time":
            return torch.arange(samples)[None, None], tuple(f"{self.time(t):.6g} s" for t in range(samples))
        count = min(WINDOWS, samples)
        window = torch.arange(samples) * count // samples
        edges = [-(-samples * k // count) for k in range(count + 1)]
        spans = [f"{self.time(a):.4g} to {self.time(b):.4g} s" for a, b in pairwise(edges)]
        names = tuple(f"{channel}, {span}" for channel in self.channels for span in spans)
        return channels * count + window[None, None], names

    def read(self, x: Any, index: Sequence[int]) -> str:
        """How a value is read aloud: `index` is (channel, time) with one signal, or with a batch's number before it.

        >>> signal(["C3"], rate=4, positions=None).read(np.array([[0.0, 4.12]]), (0, 1))
        'C3 at 0.25 s: 4.12 uV'
        """
        channel, sample = index[-2:]
        value = float(x[tuple(index)])
        return f"{self.channels[channel]} at {self.time(sample):.6g} s: {value:.4g} {self.unit}".rstrip()

    def to_json(self) -> dict[str, Any]:
        """The domain as plain JSON; `from_json` gives an equal one."""
        return {
            "kind": self.kind,
            "channels": list(self.channels),
            "rate": self.rate,
            "unit": self.unit,
            "start": self.start,
            "positions": None if self.positions is None else [list(point) for point in self.positions],
            "montage": self.montage,
            "note": self.note,
        }

    @staticmethod
    def from_json(data: object) -> SignalDomain:
        """The domain that `to_json` described; `FileFormatError` for a missing, unknown or wrong entry."""
        from lrpwidgets.domains.signal_json import parse

        return parse(data)


def signal(
    channels: Sequence[str],
    rate: float,
    *,
    unit: str = "uV",
    start: float = 0.0,
    positions: str | Mapping[str, Sequence[float]] | None = STANDARD,
) -> SignalDomain:
    """Say once what the axes of your signals `(batch, channel, time)` are.

    channels: a name for each, such as those of the international 10-05 system ("C3", "Cz", "FC4").
    rate: samples per second. unit: of the values. start: seconds at the first sample.
    positions: where the electrodes sit, for the head map. The name of a montage of MNE-Python (needs it once, to look
    the names up: pip install 'lrpwidgets[eeg]'); `{name: (x, y)}` in head coordinates, x to the right ear, y to the
    nose, the head's circle at radius 1; `{name: (x, y, z)}` from the head's centre; or None for signals of no head.

    >>> signal(["left", "right"], rate=100, positions={"left": (-0.5, 0), "right": (0.5, 0)}).time(50)
    0.5
    """
    if isinstance(channels, str):
        raise InputError(f"channels must be a list of names, not the text {channels!r}.")
    names = tuple(str(name) for name in channels)
    found: Positions | None = None
    if isinstance(positions, Mapping):
        found = from_mapping(names, positions)
    elif isinstance(positions, str):
        found = from_montage(names, positions)
    elif positions is not None:
        raise InputError(
            f"positions must be a montage's name, {{name: (x, y)}} or None, not {type(positions).__name__}."
        )
    try:
        samples, begin = float(rate), float(start)
    except (TypeError, ValueError) as error:
        raise InputError(f"rate and start must be numbers, not {rate!r} and {start!r}.") from error
    return SignalDomain(
        channels=names,
        rate=samples,
        unit=unit,
        start=begin,
        positions=found,
        montage=positions if isinstance(positions, str) else None,
    )


def _array(x: Any) -> NDArray[Any]:
    """An array of an array, a tensor on any device, or a list of these; numbers only."""
    if isinstance(x, (list, tuple)):
        return np.stack([_array(one) for one in x])
    if hasattr(x, "detach"):
        x = x.detach().cpu().numpy()
    array = np.asarray(x)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"they hold {array.dtype}, not numbers")
    return array
