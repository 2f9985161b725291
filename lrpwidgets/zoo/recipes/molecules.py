"""Trains the molecule net and makes `molecules.safetensors`: some minutes on one CPU core, most of it cross-validation.

Install ase 3.29.0 (`pip install --no-deps ase==3.29.0`) and run `python -m lrpwidgets.zoo.recipes.molecules`. Bonds and
composition are fitted first, in closed form; the networks then learn what these leave. Every choice inside a fold is
made from its training molecules alone; the settings here were found by a dozen cross-validations on other divisions
than the one that is reported. Its result, and that of ridge regression on the counts of elements (its strength the
best of seven on these molecules, in its favour), stand in CARDS.md.
"""

from __future__ import annotations

import torch
from safetensors.torch import save
from torch import Tensor, nn

from lrpwidgets.domains.molecule import molecule
from lrpwidgets.zoo.g2_set import Molecule, g2
from lrpwidgets.zoo.molecule_net import ELEMENTS, WEIGHTS, MoleculeNet, Network
from lrpwidgets.zoo.recipes.output import say, write

FOLDS, DIVISIONS = 10, (20, 21, 22)
SEED = 20
MEMBERS = 4
STEPS, RATE, DECAY = 200, 5e-3, 0.3
UNIT = 50.0  # kcal/mol
RIDGE, COUNTED = 0.1, 3.0  # of bonds and composition; how much more freely composition is fitted
BASELINE_RIDGE = 0.3
SIZES = ((0, 3), (3, 5), (5, 8), (8, 99))  # molecules of like size share a batch: less padding

Batch = tuple[Tensor, Tensor, Tensor]


def arrays(molecules: list[Molecule]) -> Batch:
    """Charges (molecule, atom, element), positions (molecule, atom, 3) and energies (molecule,) in UNIT."""
    made = molecule(molecules, elements=ELEMENTS)
    return made.charges, made.geometry, torch.tensor([each.energy for each in molecules]) / UNIT


def bond_features(net: MoleculeNet, charges: Tensor, positions: Tensor) -> Tensor:
    """What `bonds` and `crowding` are the coefficients of, float64 (molecule, feature)."""
    orders, known = net.geometry(charges, positions).orders, charges @ net.table
    pairs = torch.einsum("nijk,nia,njb->nkab", orders, known, known)
    total = orders.sum(2)
    crowd = torch.einsum("nik,nil,nia->nkla", total, total, known)
    return torch.cat([((pairs + pairs.transpose(2, 3)) / 2).flatten(1), crowd.flatten(1)], 1).double()


def fit_bonds(net: MoleculeNet, data: Batch) -> None:
    """Composition and bonds by ridge regression, features scaled to unit deviation."""
    charges, positions, energy = data
    features = bond_features(net, charges, positions)
    spread = features.std(0).clamp(min=1e-2)
    design = torch.cat([COUNTED * charges.sum(1).double(), features / spread], 1)
    found = design.T @ torch.linalg.solve(
        design @ design.T + RIDGE * torch.eye(len(design), dtype=torch.float64), energy.double()
    )
    count = len(ELEMENTS)
    rest = found[count:] / spread
    bonds = rest[: net.bonds.numel()].view_as(net.bonds)
    with torch.no_grad():
        net.composition.weight.copy_(COUNTED * found[:count])
        net.bonds.copy_((bonds + bonds.transpose(1, 2)) / 2)
        net.crowding.copy_(rest[net.bonds.numel() :].view_as(net.crowding))


def fit(molecules: list[Molecule]) -> MoleculeNet:
    """The net, trained on these molecules; energies in UNIT."""
    torch.manual_seed(SEED)
    net = MoleculeNet(MEMBERS)
    fit_bonds(net, arrays(molecules))
    batches = []
    for low, high in SIZES:
        alike = [each for each in molecules if low < len(each.numbers) <= high]
        if alike:
            charges, positions, energy = arrays(alike)
            with torch.no_grad():
                geometry = net.geometry(charges, positions)
                known = charges @ net.table
                left = energy - (net.composition(charges)[..., 0] + net.bond_energies(known, geometry)).sum(1)
            batches.append((charges, known, geometry, left))
    for member in net.members:
        fit_member(member, batches, len(molecules))
    return net.eval()


def fit_member(member: Network, batches: list, total: int) -> None:
    """One network, on what bonds and composition leave."""
    nn.init.zeros_(member.energy.weight)
    optimizer = torch.optim.AdamW(member.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS, pct_start=0.2)
    for _ in range(STEPS):
        optimizer.zero_grad()
        for charges, known, geometry, left in batches:
            energy = member(charges, known, geometry).sum(1)
            (nn.functional.huber_loss(energy, left, delta=0.3, reduction="sum") / total).backward()
        nn.utils.clip_grad_norm_(member.parameters(), 1.0)
        optimizer.step()
        schedule.step()


def baseline(training: list[Molecule], tested: list[Molecule]) -> Tensor:
    """Energies by ridge regression on the counts of elements, kcal/mol."""
    charges, _, energy = arrays(training)
    counts = charges.sum(1).double()
    weights = torch.linalg.solve(
        counts.T @ counts + BASELINE_RIDGE * torch.eye(len(ELEMENTS), dtype=torch.float64),
        counts.T @ energy.double(),
    )
    return arrays(tested)[0].sum(1).double() @ weights * UNIT


def cross_validate(molecules: list[Molecule]) -> tuple[Tensor, Tensor]:
    """|error| of the net and of the baseline (molecule,), kcal/mol, each molecule predicted by what has not seen it.

    The mean over several divisions into ten folds: which rare element is left out with which matters for few molecules.
    """
    both = torch.stack([_divided(molecules, division) for division in DIVISIONS]).mean(0)
    return both[0], both[1]


def _divided(molecules: list[Molecule], division: int) -> Tensor:
    """|error| (2, molecule) of one division into folds."""
    order = torch.randperm(len(molecules), generator=torch.Generator().manual_seed(division)).tolist()
    errors = torch.zeros(2, len(molecules), dtype=torch.float64)
    for fold in range(FOLDS):
        held = order[fold::FOLDS]
        training = [molecules[i] for i in order if i not in held]
        tested = [molecules[i] for i in held]
        net = fit(training)
        charges, positions, energy = arrays(tested)
        with torch.no_grad():
            errors[0, held] = (net(charges, positions)[:, 0] - energy).abs().double() * UNIT
        errors[1, held] = (baseline(training, tested) - energy * UNIT).abs()
    ours, composition = errors.mean(1).tolist()
    say(f"division {division}: net {ours:.2f}, composition {composition:.2f} kcal/mol")
    return errors


def interval(values: Tensor) -> tuple[float, float]:
    """95 % of the means of 10 000 bootstrap samples."""
    drawn = torch.randint(len(values), (10_000, len(values)), generator=torch.Generator().manual_seed(0))
    low, high = values[drawn].mean(1).quantile(torch.tensor([0.025, 0.975], dtype=values.dtype)).tolist()
    return low, high


def main() -> None:
    """Cross-validate, report, train on all, write."""
    torch.use_deterministic_algorithms(True)
    molecules = list(g2())
    net, composition = cross_validate(molecules)
    for name, errors in (
        ("net", net),
        ("composition", composition),
        ("composition - net", composition - net),
    ):
        low, high = interval(errors)
        say(f"{name}: {errors.mean():.2f} [{low:.2f}, {high:.2f}], median {errors.median():.2f} kcal/mol")
    worst = sorted(range(len(molecules)), key=lambda i: -net[i])[:8]
    say("worst: " + ", ".join(f"{molecules[i].name} {net[i]:.0f}" for i in worst))
    whole = fit(molecules)
    charges, positions, energy = arrays(molecules)
    with torch.no_grad():
        say(f"training: {(whole(charges, positions)[:, 0] - energy).abs().mean() * UNIT:.2f} kcal/mol")
        for weight in (whole.composition.weight, whole.bonds, whole.crowding):
            weight.mul_(UNIT)
        for member in whole.members:
            member.energy.weight.mul_(UNIT)
    write(WEIGHTS, save({name: value.contiguous() for name, value in whole.state_dict().items()}))


if __name__ == "__main__":
    main()
