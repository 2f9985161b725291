"""Bonds of a molecule, and the plane in which it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.domains.elements import covalent_radius

if TYPE_CHECKING:
    from numpy.typing import NDArray

SLACK = 0.4  # Angstrom by which a bond may be longer than the sum of the covalent radii


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
