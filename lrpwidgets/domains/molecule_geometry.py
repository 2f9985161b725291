"""Bonds of a molecule, and the plane in which it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.domains.elements import covalent_radius

if TYPE_CHECKING:
    from numpy.typing import NDArray

SLACK = 0.4  # Angstrom by which a bond may be longer than the sum of the covalent radii
HIDDEN = 0.3  # Angstrom between two atoms on the screen, below which one hides the other
TILTS = ((0, 0), (25, 15), (-25, 15), (15, 40), (40, 15), (-15, 40), (-40, 15))  # see `first_sight`


def bonds(numbers: Sequence[int], positions: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Pairs of atoms nearer to each other than the sum of their covalent radii and 0.4 Angstrom."""
    radii = np.array([covalent_radius(number) for number in numbers])
    apart = np.linalg.norm(positions[:, None] - positions[None], axis=-1)
    near = np.triu(apart < radii[:, None] + radii[None] + SLACK, k=1)
    return [(int(first), int(second)) for first, second in np.argwhere(near)]


def main_axes(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """A rotation (3, 3) whose rows are the molecule's axes from the longest to the shortest (principal components).

    The largest component of the first two is positive, and the third completes a right-handed frame, so that equal
    molecules are drawn alike. The first two span the plane in which the molecule is drawn.
    """
    centred = positions - positions.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    axes = vectors[:, ::-1].T.copy()
    largest = np.abs(np.round(axes[:2], 6)).argmax(axis=1)
    axes[:2] *= np.sign(axes[[0, 1], largest])[:, None]
    axes[2] = np.cross(axes[0], axes[1])
    return np.asarray(axes)


def first_sight(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """`main_axes`, tilted where in their plane an atom would hide another; a rotation (3, 3) to the screen.

    The first of `TILTS`, degrees about the screen's horizontal and then its vertical, that keeps all atoms in sight;
    no tilt where none does.
    """
    axes = main_axes(positions)
    pairs = np.triu_indices(len(positions), 1)
    for across, upright in TILTS:
        tilted = _about(1, upright) @ _about(0, across) @ axes
        seen = (positions @ tilted.T)[:, :2]
        if (np.linalg.norm(seen[pairs[0]] - seen[pairs[1]], axis=1) >= HIDDEN).all():
            return np.asarray(tilted)
    return axes


def _about(axis: int, degrees: float) -> NDArray[np.float64]:
    """The rotation about one axis of the screen."""
    first, second = (axis + 1) % 3, (axis + 2) % 3
    turned = np.eye(3)
    turned[[first, second], [first, second]] = np.cos(np.radians(degrees))
    turned[second, first] = np.sin(np.radians(degrees))
    turned[first, second] = -turned[second, first]
    return turned
