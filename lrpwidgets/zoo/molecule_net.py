"""A net for the atomization energy of small molecules: a sum over atoms, continuous in where they are.

    E = sum over atoms i of  c(Z_i) + p_i + n_i

c depends on the element alone. p are bonds: with the bond order b_ij = exp(-6 (d_ij / (r_i + r_j) - 1)) of a distance
d in units of the covalent radii r, and what is known of an element (t: electronegativity, valence electrons, valence,
period), p_i = sum over powers k and atoms j of b_ij^k t_i M_k t_j, and a term in the products of the sums of b around
the atom. n_i comes from a deep tensor network (Schuett et al. 2017, in the form of SchNet): each atom is a vector that
is changed, twice, by what filters of the Gaussian-expanded distances let through from its neighbours; its last layer
is read by a dense layer. Nothing has a bias where relevance flows, so that relevance adds up to E.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from lrpwidgets.domains.elements import covalent_radius
from lrpwidgets.domains.molecule import MoleculeDomain
from lrpwidgets.errors import InputError
from lrpwidgets.zoo.blank import blank
from lrpwidgets.zoo.card import ModelCard
from lrpwidgets.zoo.files import read_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

WEIGHTS = "molecules.safetensors"
ELEMENTS = (1, 3, 4, 5, 6, 7, 8, 9, 11, 13, 14, 15, 16, 17)
# Pauling electronegativity, valence electrons, usual valence, period
KNOWN = {
    1: (2.20, 1, 1, 1), 3: (0.98, 1, 1, 2), 4: (1.57, 2, 2, 2), 5: (2.04, 3, 3, 2), 6: (2.55, 4, 4, 2),
    7: (3.04, 5, 3, 2), 8: (3.44, 6, 2, 2), 9: (3.98, 7, 1, 2), 11: (0.93, 1, 1, 3), 13: (1.61, 3, 3, 3),
    14: (1.90, 4, 4, 3), 15: (2.19, 5, 3, 3), 16: (2.58, 6, 2, 3), 17: (3.16, 7, 1, 3),
}  # fmt: skip
POWERS = (0.3, 0.6, 1.0)  # of the bond order
STEEPNESS = 6.0
HIGHEST = 8.0  # bond order, of atoms on top of each other
REACH = 2.5  # in units of r_i + r_j, where filters end
GAUSSIANS, NEAREST = 10, 0.5
WIDTH = 24


class Geometry(NamedTuple):
    """What the net takes of positions: constants where elements are explained."""

    envelope: Tensor  # (batch, atom, atom), smooth, 0 beyond REACH, on the diagonal and at padding
    gaussians: Tensor  # (batch, atom, atom, Gaussian)
    orders: Tensor  # (batch, atom, atom, power), 0 on the diagonal and at padding


class Interaction(nn.Module):
    """x_i + D silu(B sum_j W(d_ij) (A x_j) + C x_i), with the filter W a small net of the Gaussians."""

    def __init__(self) -> None:
        super().__init__()
        self.filter = nn.Sequential(nn.Linear(GAUSSIANS, WIDTH), nn.Tanh(), nn.Linear(WIDTH, WIDTH))
        self.send, self.receive, self.keep, self.add = (nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(4))

    def forward(self, x: Tensor, geometry: Geometry) -> Tensor:
        """(batch, atom, feature) -> the same shape."""
        weights = self.filter(geometry.gaussians) * geometry.envelope[..., None]
        message = (weights * self.send(x)[:, None]).sum(2)
        changed: Tensor = x + self.add(nn.functional.silu(self.receive(message) + self.keep(x)))
        return changed


class Network(nn.Module):
    """The deep tensor network: energies (batch, atom) beside what composition and bonds say."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.embed = nn.Linear(features, WIDTH, bias=False)
        self.element = nn.Linear(len(ELEMENTS), WIDTH, bias=False)
        self.interactions = nn.ModuleList(Interaction() for _ in range(2))
        self.hidden = nn.Linear(WIDTH, WIDTH, bias=False)
        self.energy = nn.Linear(WIDTH, 1, bias=False)

    def forward(self, charges: Tensor, known: Tensor, geometry: Geometry) -> Tensor:
        """Energies (batch, atom)."""
        x = self.embed(known) + self.element(charges)
        for interaction in self.interactions:
            x = interaction(x, geometry)
        energies: Tensor = self.energy(nn.functional.silu(self.hidden(x)))[..., 0]
        return energies


class MoleculeNet(nn.Module):
    """Elements of atoms, one-hot, and their positions in Angstrom -> atomization energy (batch, 1) in kcal/mol.

    `charges` are (batch, atom, element), `positions` (batch, atom, 3). Atoms whose charges are all zero are
    padding. To explain elements in a geometry: `net.at(molecule)`.
    """

    lrpwidgets_card: ModelCard
    table: Tensor
    radii: Tensor
    centres: Tensor

    def __init__(self, members: int = 1) -> None:
        super().__init__()
        known = torch.tensor([KNOWN[number] for number in ELEMENTS])
        known = torch.cat([(known - known.mean(0)) / known.std(0), torch.ones(len(ELEMENTS), 1)], 1)
        features = known.shape[1]
        self.register_buffer("table", known)
        self.register_buffer("radii", torch.tensor([covalent_radius(number) for number in ELEMENTS]))
        self.register_buffer("centres", torch.linspace(NEAREST, REACH, GAUSSIANS))
        self.composition = nn.Linear(len(ELEMENTS), 1, bias=False)
        self.bonds = nn.Parameter(torch.zeros(len(POWERS), features, features))
        self.crowding = nn.Parameter(torch.zeros(len(POWERS) ** 2, features))
        self.members = nn.ModuleList(Network(features) for _ in range(members))

    @property
    def elements(self) -> tuple[int, ...]:
        """The atomic numbers that the features of an atom stand for."""
        return ELEMENTS

    def geometry(self, charges: Tensor, positions: Tensor) -> Geometry:
        """Bond orders and Gaussians of the distances; which element an atom is enters as a constant."""
        here = (charges != 0).any(-1).to(positions.dtype)
        pairs = here[:, :, None] * here[:, None] * (1 - torch.eye(here.shape[1]).to(here))
        radii = self.radii[charges.argmax(-1)]
        apart = positions[:, :, None] - positions[:, None]
        distance = (apart.square().sum(-1) + 1e-6).sqrt() / (radii[:, :, None] + radii[:, None])
        order = torch.exp(-STEEPNESS * (distance - 1)).clamp(max=HIGHEST)
        step = (REACH - NEAREST) / (GAUSSIANS - 1)
        return Geometry(
            0.5 * (1 + torch.cos(math.pi * (distance / REACH).clamp(max=1))) * pairs,
            torch.exp(-((distance[..., None] - self.centres) ** 2) / (2 * step**2)),
            torch.stack([order**power for power in POWERS], -1) * pairs[..., None],
        )

    def atom_energies(self, charges: Tensor, positions: Tensor) -> Tensor:
        """The energy of each atom (batch, atom), kcal/mol: the net's own decomposition of E."""
        return self.energies(charges, self.geometry(charges, positions))

    def energies(self, charges: Tensor, geometry: Geometry) -> Tensor:
        """The same, where the geometry is known."""
        known = charges @ self.table
        mean = torch.stack([member(charges, known, geometry) for member in self.members]).mean(0)
        energies: Tensor = self.composition(charges)[..., 0] + self.bond_energies(known, geometry) + mean
        return energies

    def bond_energies(self, known: Tensor, geometry: Geometry) -> Tensor:
        """p_i (batch, atom)."""
        batch, atoms, features = known.shape
        orders = geometry.orders.permute(0, 3, 1, 2)  # (batch, power, atom, neighbour)
        around = (orders @ known[:, None]).transpose(1, 2)  # (batch, atom, power, feature)
        own = (known @ self.bonds.permute(1, 0, 2).reshape(features, -1)).view(
            batch, atoms, len(POWERS), features
        )
        total = geometry.orders.sum(2)  # (batch, atom, power)
        crowd = (total[..., :, None] * total[..., None, :]).flatten(2)
        return (own * around).sum((2, 3)) + (crowd * (known @ self.crowding.T)).sum(-1)

    def forward(self, charges: Tensor, positions: Tensor) -> Tensor:
        """E (batch, 1), kcal/mol."""
        return self.atom_energies(charges, positions).sum(1, keepdim=True)

    def at(self, molecule: MoleculeDomain) -> InPlace:
        """The net as a function of the elements alone, in the geometry of `molecule`; it shares the weights."""
        return InPlace(self, molecule)


class InPlace(nn.Module):
    """A net of molecules whose atoms stay where they are: `charges` (batch, atom, element) -> energy (batch, 1)."""

    positions: Tensor

    def __init__(self, net: MoleculeNet, molecule: MoleculeDomain) -> None:
        super().__init__()
        self.net = net
        self.register_buffer("positions", molecule.geometry.to(net.table))
        self.lrpwidgets_card = _card(molecule)
        self.train(net.training)

    def forward(self, charges: Tensor) -> Tensor:
        """E (batch, 1), kcal/mol."""
        if len(self.positions) not in (1, len(charges)):
            raise InputError(
                f"the net is held at the geometry of {len(self.positions)} molecules and got {len(charges)}: "
                "hold it at one molecule to ask several versions of it, as flipping does."
            )
        positions = self.positions.expand(len(charges), -1, -1)
        energy: Tensor = self.net(charges, positions)
        return energy


def molecules() -> MoleculeNet:
    """The net of atomization energies, trained on the 148 molecules of G2/97, in eval mode, with its card.

    `lw.zoo.g2()` has these molecules where ase is installed. Every call reads the weights anew. Raises
    `FileFormatError` if the weights in the installation are not the published ones.
    """
    weights = read_weights(WEIGHTS)
    with blank():
        net = MoleculeNet(members=_members(list(weights)))
    net.load_state_dict(weights, assign=True)
    one = MoleculeDomain(
        ((8, 1, 1),), (((0.0, 0.0, 0.119), (0.0, 0.763, -0.477), (0.0, -0.763, -0.477)),), ELEMENTS
    )
    net.lrpwidgets_card = _card(one)
    return net.eval()


def _members(names: Sequence[str]) -> int:
    return 1 + max(int(name.split(".")[1]) for name in names if name.startswith("members."))


def _card(molecule: MoleculeDomain) -> ModelCard:
    return ModelCard(
        name="Molecule net",
        input=molecule,
        labels=("atomization energy",),
        licence="BSD-3-Clause, trained for lrpwidgets",
        source="trained on the 148 molecules of G2/97 (Curtiss et al. 1997) in the package ase 3.29.0",
        accuracy="mean absolute error 14.3 kcal/mol by cross-validation (composition alone: 37.1)",
        made_by="lrpwidgets/zoo/recipes/molecules.py",
    )
