"""Where electrodes sit: from a montage of MNE-Python, or given; flattened to a disc seen from above.

    (x, y) = 2 theta / pi (cos phi, sin phi)

theta is the angle of the electrode from the vertex (+z), phi its direction seen from above (+x right ear, +y nose),
both from the centre of the sphere that fits the montage's electrodes best: the azimuthal equidistant projection, in
which distances from the vertex are kept. Radius 1 is the plane of that centre, about Fpz, T7, T8 and Oz; what lies
below, such as the mastoids, comes to lie outside the circle.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.errors import InputError, unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray

Positions = tuple[tuple[float, float], ...]

STANDARD = "standard_1005"
RENAMED = {STANDARD: "colin27_1005", "standard_1020": "colin27_1020"}  # by MNE-Python 1.13
FARTHEST = 2.0  # radius of the point opposite the vertex
DIGITS = 4


def from_montage(channels: Sequence[str], montage: str) -> Positions:
    """Head coordinates of electrodes in a montage that MNE-Python knows; upper and lower case are one.

    `InputError` names every electrode that the montage lacks, and the closest name it has.
    """
    table = _read(montage)
    centre, _ = sphere(np.array(list(table.values())))
    found = {name.lower(): point for name, point in table.items()}
    missing = [name for name in channels if name.lower() not in found]
    if missing:
        known = {name.lower(): name for name in table}
        listed = ", ".join(_with_closest(name, known) for name in missing[:8])
        more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
        raise InputError(
            f"the montage {montage!r} has no electrode {listed}{more}. Rename the channels, leave out those that "
            "are no electrodes, give positions={name: (x, y)} of all of them, or positions=None for no head map."
        )
    points = np.array([found[name.lower()] for name in channels]) - centre
    return flatten(points)


def from_mapping(channels: Sequence[str], positions: Mapping[str, Sequence[float]]) -> Positions:
    """Head coordinates from `{name: (x, y)}`, as they are, or `{name: (x, y, z)}` from the head's centre, flattened.

    `InputError` for a channel that has none, or a position that is none.
    """
    missing = [name for name in channels if name not in positions]
    if missing:
        listed = ", ".join(
            _with_closest(name, {str(key).lower(): str(key) for key in positions}) for name in missing[:8]
        )
        more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
        raise InputError(f"positions has no entry for channel {listed}{more}.")
    found: list[tuple[float, float]] = []
    for name in channels:
        try:
            point = np.asarray(positions[name], np.float64).reshape(-1)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"the position of {name!r} must be (x, y) or (x, y, z), not {positions[name]!r}."
            ) from error
        if point.size not in (2, 3) or not np.isfinite(point).all():
            raise InputError(
                f"the position of {name!r} must be (x, y) or (x, y, z), not {positions[name]!r}."
            )
        if point.size == 3 and not np.any(point):
            raise InputError(
                f"the position of {name!r} is the centre of the head, (0, 0, 0): it has no direction."
            )
        found.append(flatten(point[None])[0] if point.size == 3 else (float(point[0]), float(point[1])))
    return tuple(found)


def flatten(points: NDArray[np.float64]) -> Positions:
    """The module's equation: `(electrode, 3)` from the head's centre to head coordinates, rounded to 4 digits."""
    theta = np.arctan2(np.hypot(points[:, 0], points[:, 1]), points[:, 2])
    phi = np.arctan2(points[:, 1], points[:, 0])
    flat = 2 * theta[:, None] / np.pi * np.stack([np.cos(phi), np.sin(phi)], axis=1)
    return tuple((round(float(x), DIGITS) + 0.0, round(float(y), DIGITS) + 0.0) for x, y in flat)


def sphere(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Centre and radius of the sphere nearest to points `(n, 3)`: least squares of |p|^2 = 2 p c + (r^2 - |c|^2)."""
    system = np.concatenate([2 * points, np.ones((len(points), 1))], axis=1)
    solved = np.linalg.lstsq(system, (points**2).sum(1), rcond=None)[0]
    return solved[:3], float(np.sqrt(solved[3] + (solved[:3] ** 2).sum()))


def _read(montage: str) -> dict[str, NDArray[np.float64]]:
    """Positions in metres of a montage's electrodes."""
    mne = _mne()
    known = mne.channels.get_builtin_montages()
    name = RENAMED.get(montage, montage)
    if name not in known:
        name = montage
    if name not in known:
        raise InputError(unknown("montage", montage, [STANDARD, *known]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # names change between versions
        table: dict[str, Any] = mne.channels.make_standard_montage(name).get_positions()["ch_pos"]
    return {str(key): np.asarray(point, np.float64) for key, point in table.items()}


def _mne() -> Any:
    try:
        return import_module("mne")
    except ImportError as error:
        raise InputError(
            "positions of electrodes by name need MNE-Python, which is not installed: pip install 'lrpwidgets[eeg]'. "
            "Or give positions={name: (x, y)}, or positions=None for no head map."
        ) from error


def _with_closest(name: str, known: Mapping[str, str]) -> str:
    close = get_close_matches(name.lower().strip("."), known, n=1, cutoff=0.5)
    return f"{name[:40]!r}" + (f" (did you mean {known[close[0]]!r}?)" if close else "")
