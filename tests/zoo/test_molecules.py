"""The molecule net: what it was trained on, how well, and that its explanations are of the function it computes."""

from __future__ import annotations

import pytest
import torch

import lrpwidgets as lw
from lrpwidgets import measure
from lrpwidgets.errors import InputError
from lrpwidgets.zoo.recipes import molecules as recipe


@pytest.fixture(scope="module")
def net():
    return lw.zoo.molecules()


@pytest.fixture(scope="module")
def g2():
    return {each.name: each for each in lw.zoo.g2()}


@pytest.fixture(scope="module")
def exact():
    """The net in float64."""
    return lw.zoo.molecules().double()


def held(net, molecules):
    made = lw.molecule(molecules, elements=net.elements)
    dtype = net.table.dtype
    return made, made.charges.to(dtype), made.geometry.to(dtype)


def test_the_set_is_g2_with_the_published_atomization_energies(g2):
    assert len(g2) == 148
    assert g2["H2O"].energy == pytest.approx(232.6, abs=0.1)  # Curtiss et al. 1997: 232.2 with another ZPE
    assert g2["CH4"].energy == pytest.approx(420, abs=1.5)
    assert g2["N2"].energy == pytest.approx(228.5, abs=1)
    assert sum(len(each.numbers) for each in g2.values()) == sum(len(each.positions) for each in g2.values())


def test_cross_validated_it_is_well_below_composition(g2, monkeypatch):
    """With next to no training of the networks, which takes minutes: bonds in closed form, ten folds."""
    monkeypatch.setattr(recipe, "MEMBERS", 1)
    monkeypatch.setattr(recipe, "STEPS", 2)
    monkeypatch.setattr(recipe, "RATE", 1e-9)
    ours, composition = recipe.cross_validate(list(g2.values()))
    low, _ = recipe.interval(composition - ours)
    assert ours.mean() < 0.5 * composition.mean()
    assert low > 10


def test_the_weights_shipped_are_trained(net, g2):
    _, charges, positions = held(net, list(g2.values()))
    with torch.no_grad():
        found = net(charges, positions)[:, 0]
    wrong = (found - torch.tensor([each.energy for each in g2.values()])).abs()
    assert wrong.mean() < 5.5


def test_it_does_not_see_padding_order_or_place(exact, g2):
    _, charges, positions = held(exact, [g2["CH3CH2OH"], g2["C6H6"]])
    energy = exact(charges, positions)
    _, alone, there = held(exact, [g2["CH3CH2OH"]])
    torch.testing.assert_close(exact(alone, there)[0], energy[0])
    mixed = torch.randperm(12, generator=torch.Generator().manual_seed(0))
    turn = torch.linalg.qr(
        torch.randn(3, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    )[0]
    torch.testing.assert_close(exact(charges[:, mixed], positions[:, mixed] @ turn + 2), energy)
    torch.testing.assert_close(exact.atom_energies(charges, positions).sum(1, keepdim=True), energy)


def test_it_is_continuous_where_an_atom_moves(exact, g2):
    _, charges, positions = held(exact, [g2["H2O"]])
    path = torch.linspace(0, 6, 20_001, dtype=torch.float64)  # an H passes near O and far away
    moved = positions.repeat(len(path), 1, 1)
    moved[:, 1] = positions[0, 0] + torch.stack([path - 3, 0.3 + 0 * path, 0 * path], 1)
    with torch.no_grad():
        energy = exact(charges.expand(len(path), -1, -1), moved)[:, 0]
    jumps = energy.diff().abs()
    finer = exact(charges.expand(len(path), -1, -1)[::2], moved[::2])[:, 0].diff().abs()
    assert jumps.max() < 0.6 * finer.max()  # half the step, half the jump: a step of the function would stay


@pytest.mark.parametrize("rules", ["lrp-0", "epsilon"])
def test_relevance_of_atoms_adds_up_to_the_energy(exact, g2, rules):
    domain, charges, _ = held(exact, [g2["CH3CH2OH"], g2["C6H6"], g2["H2O"]])
    ex = lw.explain(exact.at(domain), charges, rules=rules)
    torch.testing.assert_close(ex.total, ex.score, rtol=0 if rules == "lrp-0" else 1e-4, atol=1e-10)
    pooled = measure.pool(ex, "elements")
    torch.testing.assert_close(pooled.net.sum(1), ex.total, rtol=0, atol=1e-10)
    assert not ex.relevance[2, 3:].any()  # padding
    assert not ex.relevance[charges == 0].any()


def test_equal_atoms_have_equal_relevance(exact, g2):
    domain, charges, _ = held(exact, [g2["C6H6"]])
    each = lw.explain(exact.at(domain), charges, rules="lrp-0").relevance[0].sum(1)
    for element in (each[:6], each[6:]):
        torch.testing.assert_close(element, element[:1].expand(6), rtol=1e-4, atol=0)


def test_the_probe_map_is_brute_force(exact, g2):
    """Every value anew: the molecule with one more hydrogen, one forward a point, no batches."""
    domain, charges, positions = held(exact, [g2["H2O"]])
    hydrogen = torch.zeros(1, 1, 14, dtype=torch.float64)
    hydrogen[..., exact.elements.index(1)] = 1

    def probed(points):
        count = len(points)
        there = torch.cat([positions.expand(count, -1, -1), points[:, None]], 1)
        return torch.cat([charges, hydrogen], 1).expand(count, -1, -1), there

    grid = measure.grid_around(domain.geometry[0].double(), margin=1.0, step=0.7)
    far = probed(torch.full((1, 3), 1e3, dtype=torch.float64))
    found = measure.probe_map(exact, probed, grid, reference=far)
    assert found.complete
    with torch.no_grad():
        for i, x in enumerate(grid[0]):
            for j, y in enumerate(grid[1]):
                for k, z in enumerate(grid[2]):
                    wanted = exact(*probed(torch.stack([x, y, z])[None])) - exact(*far)
                    torch.testing.assert_close(found.values[i, j, k], wanted[0, 0], rtol=0, atol=1e-10)


def test_held_at_several_molecules_it_takes_only_these(net, g2):
    domain, charges, _ = held(net, [g2["H2O"], g2["CH4"]])
    with pytest.raises(InputError, match="2 molecules and got 3"):
        net.at(domain)(charges[[0, 0, 1]])
    one = net.at(domain.at(0))
    flips = measure.flip(
        one, domain.at(0).charges, "lrp", regions="atoms", removal=torch.zeros(()), input=domain.at(0)
    )
    assert next(iter(flips.curves.values())).scores.shape[-1] == 4
