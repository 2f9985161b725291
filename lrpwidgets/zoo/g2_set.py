"""The G2/97 set: 148 small molecules with geometries and atomization energies, from the installed package ase.

The files are read as text: ase itself is not imported. Energies are experimental:

    E(molecule) = sum over atoms (H_atom - dH_atom) - H_molecule + ZPE + dH_molecule

with enthalpies of formation H, thermal corrections dH and the zero-point energy ZPE (Curtiss et al. 1997, Staroverov
et al. 2003), what it takes to pull the molecule apart at its equilibrium. Geometries are MP2(full)/6-31G(d).
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.domains.elements import NUMBERS
from lrpwidgets.zoo.installed import DataPackage

if TYPE_CHECKING:
    from numpy.typing import NDArray

PACKAGE = DataPackage("ase", "3.29.0")
FILES = ["ase/data/g2_1.py", "ase/data/g2_2.py"]
SHA256 = "e19e840e1e2dd1086f67cf007d37459918efe23f0e755f1cf83fdf3b1e1e9013"


@dataclass(frozen=True, eq=False)
class Molecule:
    """A molecule of the set, with `numbers` and `positions` as `lw.molecule` reads them.

    numbers: int64 (atom,); positions: Angstrom, float64 (atom, 3); energy: of atomization, kcal/mol.
    """

    name: str
    numbers: NDArray[np.int64]
    positions: NDArray[np.float64]
    energy: float

    def __repr__(self) -> str:
        return f"Molecule({self.name!r}, {len(self.numbers)} atoms, {self.energy:.1f} kcal/mol)"


def g2() -> tuple[Molecule, ...]:
    """The 148 molecules of G2/97 by name, read from ase 3.29.0.

    Raises `InputError` where ase is not installed, `FileFormatError` where it is another version.
    """
    tables = [_constants(content) for content in PACKAGE.read(FILES, SHA256, "lw.zoo.g2()")]
    records = {name: record for table in tables for name, record in table["data"].items()}
    names = [name for table in tables for name in table["molecule_names"]]
    return tuple(_molecule(name, records) for name in sorted(names))


def _molecule(name: str, records: dict[str, Any]) -> Molecule:
    record = records[name]
    symbols = [
        symbol
        for symbol, count in re.findall(r"([A-Z][a-z]?)(\d*)", record["symbols"])
        for _ in range(int(count or 1))
    ]
    atoms = sum(records[symbol]["enthalpy"] - records[symbol]["thermal correction"] for symbol in symbols)
    energy = atoms - record["enthalpy"] + record["ZPE"] + record["thermal correction"]
    numbers = np.array([NUMBERS[symbol] for symbol in symbols])
    positions = np.array(record["positions"], np.float64)
    for array in (numbers, positions):
        array.flags.writeable = False
    return Molecule(name, numbers, positions, float(energy))


def _constants(content: bytes) -> dict[str, Any]:
    """The names that a Python file gives to literals."""
    found: dict[str, Any] = {}
    for node in ast.parse(content).body:
        names = [target.id for target in getattr(node, "targets", ()) if isinstance(target, ast.Name)]
        if isinstance(node, ast.Assign) and names in (["data"], ["molecule_names"]):
            found[names[0]] = ast.literal_eval(node.value)
    return found
