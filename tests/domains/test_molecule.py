"""Molecules as a domain: what it holds, refuses, groups, reads, and how it goes through files."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets import domains, measure
from lrpwidgets.domains.elements import NUMBERS, SYMBOLS, covalent_radius
from lrpwidgets.domains.molecule_geometry import bonds, first_sight, main_axes
from lrpwidgets.errors import FileFormatError, InputError

WATER = ([8, 1, 1], [[0.0, 0.0, 0.119], [0.0, 0.763, -0.477], [0.0, -0.763, -0.477]])
METHANE = (
    ["C", "H", "H", "H", "H"],
    (0.63 * np.array([[0, 0, 0], [1, 1, 1], [-1, -1, 1], [1, -1, -1], [-1, 1, -1]])).tolist(),
)


class Atoms:
    """What ase's Atoms have."""

    def __init__(self, numbers, positions):
        self.numbers, self.positions = np.array(numbers), np.array(positions)


@pytest.fixture
def two():
    return lw.molecule(
        numbers=[WATER[0], METHANE[0]], positions=[WATER[1], METHANE[1]], elements=["H", "C", "O"]
    )


def test_it_keeps_a_domain_s_promise_and_makes_one_hot_input(two):
    assert isinstance(two, domains.Domain)
    assert two.formulas == ("H2O", "CH4")
    charges = two.charges
    assert charges.shape == (2, 5, 3)
    assert charges[0].tolist() == [[0, 0, 1], [1, 0, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0]]
    torch.testing.assert_close(two.geometry[0, :3], torch.tensor(WATER[1]))
    assert not two.geometry[0, 3:].any()
    torch.testing.assert_close(two.encode([Atoms(*WATER), Atoms([6, 1, 1, 1, 1], METHANE[1])]), charges)
    assert two.decode(charges) == ("H2O", "CH4")
    assert eval(two.code, {"lw": lw}) == two  # noqa: S307 (our own code)
    assert lw.molecule(Atoms(*WATER)) == lw.molecule(numbers=["O", "H", "H"], positions=WATER[1])


def test_what_is_no_molecule_says_why():
    cases = [
        (lw.molecule, "either"),
        (lambda: lw.molecule(numbers=[1]), "either"),
        (lambda: lw.molecule([object()]), "numbers and positions"),
        (lambda: lw.molecule(numbers=["Xx"], positions=[[0, 0, 0]]), "Xx"),
        (lambda: lw.molecule(numbers=[119], positions=[[0, 0, 0]]), "119"),
        (lambda: lw.molecule(numbers=[1, 1], positions=[[0, 0, 0]]), "2 atomic numbers and 1 positions"),
        (lambda: lw.molecule(numbers=[1], positions=[[0, 0]]), r"\(atom, 3\)"),
        (lambda: lw.molecule(numbers=[1], positions=[[0, 0, float("nan")]]), "NaN"),
        (lambda: lw.molecule(numbers=[1], positions=[[0, 0, 0]], elements=["H", 1]), "differ"),
        (lambda: lw.molecule(numbers=[1], positions=[[0, 0, 0]]).charges, "elements"),
        (lambda: lw.molecule(numbers=[9], positions=[[0, 0, 0]], elements=["H"]).charges, "F is not among"),
    ]
    for make, says in cases:
        with pytest.raises(InputError, match=says):
            make()


def test_shapes_and_other_molecules_are_refused(two):
    for shape in ((2, 4, 3), (3, 5, 3), (2, 5, 4), (2,)):
        with pytest.raises(InputError, match=r"\(2, 5, 3\)"):
            two.check(shape)
    two.check((2, 7, 3))
    two.at(0).check((9, 5, 3))  # versions of one molecule
    with pytest.raises(InputError, match="holds H2O, CH4"):
        two.encode(Atoms(*WATER))


def test_pooled_by_atoms_and_elements_it_adds_up(two):
    net = nn.Sequential(nn.Flatten(), nn.Linear(15, 2, bias=False))
    ex = lw.explain(net, two.charges, input=two, target=1, method="gradient-x-input")
    r = ex.relevance.double()
    found = measure.pool(ex, "elements")
    assert found.names == ("rest", "H", "C", "O")
    torch.testing.assert_close(
        found.net[0], torch.stack([r[0, 3:].sum(), r[0, 1:3].sum(), r.new_tensor(0), r[0, 0].sum()])
    )
    torch.testing.assert_close(found.net.sum(1), ex.score.double(), rtol=0, atol=1e-6)
    water = ex[0]
    assert water.domain == two.at(0)
    assert measure.pool(water, "atoms").names == ("rest", "O1", "H1", "H2")
    assert two.at(1).read(two.charges[1], (2, 0)) == "H2 at (-0.63, -0.63, 0.63) Angstrom, H: 1"
    with pytest.raises(InputError, match="rings"):
        two.groups("rings", two.charges)


def test_it_goes_through_json_and_strangers_are_refused(two):
    data = json.loads(json.dumps(two.to_json()))
    assert domains.from_json(data) == two
    for change in (
        {"numbers": [[8, 1, True], [6, 1, 1, 1, 1]]},
        {"numbers": [[8, 1], [6, 1, 1, 1, 1]]},
        {"positions": [[[0, 0, 1e999]] * 3, [[0, 0, 0]] * 5]},
        {"elements": [0]},
        {"note": 3},
        {"extra": 1},
        {"kind": "image2"},
    ):
        with pytest.raises(FileFormatError):
            domains.from_json({**data, **change})


def test_no_atom_hides_another_at_first_sight():
    """Ethanol's hydrogens lie in pairs before and behind the plane of its main axes; benzene is flat, and stays so."""
    g2 = {each.name: each for each in lw.zoo.g2()}
    hidden = 0
    for molecule in g2.values():
        axes = first_sight(molecule.positions)
        np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(axes) == pytest.approx(1)
        seen = (molecule.positions @ axes.T)[:, :2]
        apart = np.linalg.norm(seen[:, None] - seen[None], axis=-1)[np.triu_indices(len(seen), 1)]
        hidden += bool(len(apart)) and apart.min() < 0.3
    assert hidden == 0
    assert not np.allclose(first_sight(g2["CH3CH2OH"].positions), main_axes(g2["CH3CH2OH"].positions))
    for flat in ("C6H6", "H2O", "CO2", "NH3"):
        assert np.array_equal(first_sight(g2[flat].positions), main_axes(g2[flat].positions))
    crowd = np.random.default_rng(0).normal(size=(400, 3))
    assert np.array_equal(first_sight(crowd), main_axes(crowd))
    assert np.array_equal(first_sight(np.zeros((2, 3))), main_axes(np.zeros((2, 3))))


def test_bonds_are_those_of_chemistry_and_axes_a_rotation():
    water, methane = (
        lw.molecule(numbers=WATER[0], positions=WATER[1]),
        lw.molecule(numbers=METHANE[0], positions=METHANE[1]),
    )
    assert bonds(water.numbers[0], water.array()) == [(0, 1), (0, 2)]
    assert bonds(methane.numbers[0], methane.array()) == [(0, 1), (0, 2), (0, 3), (0, 4)]
    axes = main_axes(water.array())
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1)
    flat = (water.array() - water.array().mean(0)) @ axes.T
    np.testing.assert_allclose(flat[:, 2], 0, atol=1e-12)  # water is flat
    assert np.ptp(flat[:, 0]) > np.ptp(flat[:, 1])
    assert SYMBOLS[NUMBERS["Cl"] - 1] == "Cl"
    assert covalent_radius(6) == 0.76
    assert len(SYMBOLS) == 118
