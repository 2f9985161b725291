"""Occlusion, mutation and probe maps against brute force, in bounded memory, and stopped on the way (claim E19)."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor, nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError, LrpError, MethodError, ModelError, TargetError
from lrpwidgets.measure import (
    grid_around,
    mutation_map,
    mutation_steps,
    occlusion,
    occlusion_steps,
    probe_map,
    probe_steps,
)
from lrpwidgets.measure.perturbation import Live


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def seeded(build):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return build().double()


@pytest.fixture
def linear():
    return seeded(lambda: nn.Linear(7, 3))


@pytest.fixture
def picture_net():
    """Tanh: the drop of a patch is not the sum of its pixels'."""

    def build() -> nn.Module:
        return nn.Sequential(
            nn.Conv2d(2, 4, 3), nn.Tanh(), nn.Dropout(0.5), nn.Flatten(), nn.Linear(4 * 3 * 5, 3)
        )

    return seeded(build).eval()


@pytest.fixture
def sequence_net():
    return seeded(
        lambda: nn.Sequential(nn.Conv1d(4, 5, 3), nn.Tanh(), nn.Flatten(), nn.Linear(5 * 4, 2))
    ).eval()


class Counts(nn.Module):
    """Remembers how many samples each forward took."""

    def __init__(self, net: nn.Module, seen: list[int]) -> None:
        super().__init__()
        self.net = net
        self.note = seen.append

    def forward(self, x: Tensor) -> Tensor:
        self.note(len(x))
        return self.net(x)


# -- occlusion ------------------------------------------------------------------------------------


def test_e19_a_linear_models_relevance_is_weight_times_input(linear):
    x = normal(4, 7)
    expected = linear.weight[1] * x
    found = lw.explain(linear, x, target=1, rules="lrp-0")
    assert (found.relevance - expected).abs().max() <= 1e-10
    assert (occlusion(linear, x, target=1).relevance - expected).abs().max() <= 1e-10


def test_e19_a_bag_of_words_gives_each_word_its_count_times_its_weight():
    words = seeded(lambda: nn.Linear(12, 2, bias=False))
    counts = torch.randint(0, 4, (3, 12), generator=torch.Generator().manual_seed(1)).double()
    expected = words.weight[0] * counts
    assert (occlusion(words, counts, target=0).relevance - expected).abs().max() <= 1e-10
    found = lw.explain(words, counts, target=0, rules="lrp-0")
    assert (found.relevance - expected).abs().max() <= 1e-10


def test_token_numbers_are_covered_by_a_number():
    class Bag(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Embedding(9, 2, padding_idx=0)

        def forward(self, tokens: Tensor) -> Tensor:
            return self.weight(tokens).sum(1)

    net, tokens = seeded(Bag), torch.tensor([[3, 1, 4, 1, 5], [2, 7, 1, 0, 8]])
    found = occlusion(net, tokens, value=0, target=1)
    expected = net.weight.weight[tokens, 1]
    assert (found.relevance - expected).abs().max() <= 1e-10
    assert (lw.explain(net, tokens, target=1).relevance - expected).abs().max() <= 1e-10


@pytest.mark.parametrize(
    ("patch", "stride"),
    [
        (1, None),
        (2, None),
        ((2, 3), (1, 2)),
        (3, 2),
        ((1, 2, 3), None),
        ((None, 4), 1),
        ((5, 7), None),
        (2, 3),
    ],
    ids=lambda value: str(value).partition(" at 0x")[0],
)
@pytest.mark.parametrize("budget", [1, 20_000, 2**28])
def test_occlusion_equals_brute_force(picture_net, patch, stride, budget):
    x, cover = normal(2, 2, 5, 7), normal(1, 2, 1, 1, seed=3)
    found = occlusion(picture_net, x, patch, stride=stride, value=cover, target=[0, 2], budget=budget)
    full = {1: (2, 1, 1), 2: (2, 2, 2), 3: (2, 3, 3)}
    sizes = full[patch] if isinstance(patch, int) else tuple(patch)
    sizes = tuple(
        n if s is None else s for n, s in zip((2, 5, 7), (None,) * (3 - len(sizes)) + sizes, strict=True)
    )
    steps = sizes if stride is None else stride
    steps = (2, steps, steps) if isinstance(steps, int) else (2,) * (3 - len(steps)) + tuple(steps)
    with torch.no_grad():
        score = picture_net(x)[[0, 1], [0, 2]]
        share, times = torch.zeros_like(x), torch.zeros_like(x)
        starts = []
        for size, step, length in zip(sizes, steps, (2, 5, 7), strict=True):
            at = [0]
            while at[-1] + size < length:
                at.append(at[-1] + step)
            starts.append(at)
        assert found.drops.shape == (2, *map(len, starts))
        for place in itertools.product(*(range(len(at)) for at in starts)):
            c, i, j = (at[one] for at, one in zip(starts, place, strict=True))
            changed = x.clone()
            region = (slice(None), slice(c, c + sizes[0]), slice(i, i + sizes[1]), slice(j, j + sizes[2]))
            changed[region] = cover.expand(x.shape)[region]
            drop = score - picture_net(changed)[[0, 1], [0, 2]]
            assert (found.drops[(slice(None), *place)] - drop).abs().max() <= 1e-10
            share[region] += (drop / changed[region][0].numel()).reshape(2, 1, 1, 1)
            times[region] += 1
    assert found.complete
    assert found.notes == ()
    torch.testing.assert_close(found.relevance, share / times, rtol=0, atol=1e-10, equal_nan=True)
    assert found.relevance.isnan().any() == (stride == 3)  # columns between the patches, where nobody asked


def test_patches_that_tile_share_out_the_sum_of_their_drops(picture_net):
    x = normal(3, 2, 5, 7)
    found = occlusion(picture_net, x, 2)
    assert (found.relevance.flatten(1).sum(1) - found.drops.flatten(1).sum(1)).abs().max() <= 1e-10
    assert [target.index for target in found.target] == picture_net(x).argmax(1).tolist()


def test_the_models_flags_are_left_and_dropout_is_off(picture_net):
    x = normal(1, 2, 5, 7)
    calm = occlusion(picture_net, x, 2).drops
    picture_net.train()
    assert torch.equal(occlusion(picture_net, x, 2).drops, calm)
    assert all(module.training for module in picture_net.modules())


def test_a_callable_target_needs_no_derivative_and_sees_the_batch_size(picture_net):
    x = normal(2, 2, 5, 7)

    def won(output: Tensor) -> Tensor:
        assert output.shape == (2, 3)
        return (output.argmax(1) == torch.tensor([1, 2])).double()

    found = occlusion(picture_net, x, 1, target=won)
    assert found.score.tolist() == won(picture_net(x)).tolist()
    assert set(found.drops.unique().tolist()) <= {-1.0, 0.0, 1.0}


def test_several_inputs_are_covered_where_asked():
    class Two(nn.Module):
        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            return (a * b).cumsum(1)

    a, b = normal(3, 4), normal(3, 4, seed=1)
    found = occlusion(Two(), (a, b), of=1, target=3)
    assert (found.relevance - a * b).abs().max() <= 1e-10


def test_forwards_keep_within_the_budget(picture_net):
    x, seen = normal(2, 2, 5, 7), []
    net = Counts(picture_net, seen)
    with torch.no_grad(), Live(net) as live:
        net(x)
    seen.clear()
    occlusion(net, x, 1, budget=2 * live.peak * 5)
    assert seen == [2, 10, 10, 10, 10, 10, 10, 10]  # the input, then 35 patches of 2 samples, 5 at a time
    seen.clear()
    occlusion(net, x, 1, budget=1)
    assert seen == [2] * 36


def test_live_counts_what_results_hold_at_a_time():
    module = nn.Module()
    module.weight = nn.Parameter(torch.ones(1000, dtype=torch.float64))
    with torch.no_grad(), Live(module) as live:
        for size in range(100, 1001, 100):
            part = module.weight[:size]  # a view of a weight is not counted, the product is
            product = part * 2
            turned = product.view(-1, 10).t()
            del product
            _ = turned + 1  # while `turned` holds the product
            del turned, part, _
    assert live.peak == 2 * 8000


def test_stopped_occlusion_keeps_what_it_has(picture_net):
    x = normal(2, 2, 5, 7)
    whole = occlusion(picture_net, x, 1)
    steps = occlusion_steps(picture_net, x, 1, budget=1)
    found = [next(steps) for _ in range(4)]
    steps.close()
    assert [one.done for one in found] == [1, 2, 3, 4]
    assert not found[-1].complete
    assert torch.equal(found[-1].drops[:, 0, 0, :4], whole.drops[:, 0, 0, :4])
    assert [int(one.drops.isfinite().sum()) for one in found] == [2, 4, 6, 8]  # each a record of its own
    assert found[-1].relevance.isfinite().sum() == 2 * 2 * 4


class NanBelow(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.sqrt(x).sum(1, keepdim=True)


def test_scores_that_are_no_numbers_are_recorded():
    found = occlusion(NanBelow(), torch.ones(2, 3), value=torch.tensor([[0.0, -1.0, 0.0]]))
    assert found.drops.isnan().tolist() == [[False, True, False]] * 2
    assert found.notes == ("2 of 6 scores are NaN or infinite",)
    assert found.complete


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        ({"patch": 6}, InputError, r"larger than the samples, whose shape is \(2, 5, 7\)"),
        ({"patch": 0}, InputError, "whole numbers from 1"),
        ({"patch": 1.5}, InputError, "patch 1.5 must be a whole number"),
        ({"patch": (1, 1, 1, 1)}, InputError, "4 lengths"),
        ({"stride": 0}, InputError, "stride 0 must hold whole numbers"),
        ({"value": torch.zeros(3)}, InputError, "broadcasts to the input"),
        ({"value": float("nan")}, InputError, "NaN or infinite"),
        ({"target": 3}, TargetError, "out of range"),
        ({"target": lambda out: out}, TargetError, "one value a sample"),
        ({"budget": 0}, MethodError, "number of bytes"),
    ],
    ids=lambda value: str(value).partition(" at 0x")[0],
)
def test_bad_questions_are_refused(picture_net, settings, error, says):
    with pytest.raises(error, match=says):
        occlusion(picture_net, normal(2, 2, 5, 7), **settings)


def test_bad_models_and_inputs_are_refused(picture_net):
    with pytest.raises(ModelError, match="must be a torch"):
        occlusion(lambda x: x, normal(1, 3))
    with pytest.raises(InputError, match="NaN or infinite"):
        occlusion(picture_net, normal(1, 2, 5, 7) * float("nan"))
    with pytest.raises(InputError, match=r"fails in its forward on an input of shape \(1, 9, 5, 7\)"):
        occlusion(picture_net, normal(1, 9, 5, 7))
    with pytest.raises(ModelError, match="no score to compare with"):
        occlusion(NanBelow(), -torch.ones(1, 3))
    with pytest.raises(InputError, match="first axis of both must be the batch"):
        occlusion(nn.Flatten(0), torch.ones(2, 3))


# -- mutations ------------------------------------------------------------------------------------


def one_hot(*shape: int, seed: int = 0) -> Tensor:
    bases = torch.randint(0, 4, shape, generator=torch.Generator().manual_seed(seed))
    return nn.functional.one_hot(bases, 4).double()


def every_mutation(net: nn.Module, x: Tensor, target: int) -> Tensor:
    """f(x with the base) - f(x), one forward each; x is (batch, base, position)."""
    found = torch.zeros_like(x)
    with torch.no_grad():
        for sample, base, position in itertools.product(*map(range, x.shape)):
            mutant = x[sample : sample + 1].clone()
            mutant[0, :, position] = 0
            mutant[0, base, position] = 1
            found[sample, base, position] = (net(mutant) - net(x[sample : sample + 1]))[0, target]
    return found


@pytest.mark.parametrize("budget", [1, 5_000, 2**28])
@pytest.mark.parametrize("unknown", [None, 0.0, 0.25])
def test_e19_the_mutation_map_equals_brute_force(sequence_net, budget, unknown):
    x = one_hot(3, 6).movedim(-1, 1).contiguous()
    if unknown is not None:
        x[1, :, 2] = unknown
    found = mutation_map(sequence_net, x, target=1, budget=budget)
    expected = every_mutation(sequence_net, x, 1)
    assert (found.change - expected).abs().max() <= 1e-10
    assert found.complete
    assert found.total == 6 * 3 + (unknown is not None)
    worth = -expected.sum(1, keepdim=True) / 3 * (x == 1)
    assert (found.relevance - worth).abs().max() <= 1e-10


def test_bases_may_lie_on_any_axis(sequence_net):
    class Turned(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return sequence_net(x.movedim(-1, 1))

    x = one_hot(2, 6)
    found = mutation_map(Turned(), x, axis=-1, target=0)
    expected = every_mutation(sequence_net, x.movedim(-1, 1).contiguous(), 0)
    assert (found.change - expected.movedim(1, -1)).abs().max() <= 1e-10

    class Tall(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return sequence_net(x[:, 0])

    tall = mutation_map(Tall(), x.movedim(-1, 1)[:, None].contiguous(), axis=2, target=0)
    assert tall.change.shape == (2, 1, 4, 6)
    assert (tall.change[:, 0] - expected).abs().max() <= 1e-10


@pytest.mark.parametrize("axes", [("letter", "position"), ("position", "letter")])
def test_strings_are_read_by_the_domain_and_n_is_tried_with_every_base(sequence_net, axes):
    class Turned(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = sequence_net

        def forward(self, x: Tensor) -> Tensor:
            return self.net(x.movedim(-1, 1) if axes[0] == "position" else x)

    domain = lw.sequence("ACGT", axes=axes)
    found = mutation_map(Turned(), ["ACGTAC", "TTNGCA"], input=domain, target=1)
    x = domain.encode(["ACGTAC", "TTNGCA"]).double()
    change = found.change.movedim(domain.letters_axis, 1)
    expected = every_mutation(sequence_net, x.movedim(domain.letters_axis, 1).contiguous(), 1)
    assert found.input.shape == x.shape
    assert (change - expected).abs().max() <= 1e-10
    assert found.total == 6 * 3 + 1


def test_a_card_reads_strings_for_mutations():
    bases = lw.zoo.promoter_sequences()[0].bases
    net = lw.zoo.promoters()
    found = mutation_map(net, bases, target="promoter").change
    assert torch.equal(found, mutation_map(net, net.lrpwidgets_card.input.encode(bases), target=0).change)


def test_a_linear_models_mutations_are_differences_of_its_weights():
    net = seeded(lambda: nn.Sequential(nn.Flatten(), nn.Linear(4 * 5, 1)))
    x = one_hot(2, 5).movedim(-1, 1).contiguous()
    weight = net[1].weight.reshape(4, 5)
    expected = weight - (weight * x).sum(1, keepdim=True)
    assert (mutation_map(net, x).change - expected).abs().max() <= 1e-10


def test_stopped_mutations_keep_what_they_have(sequence_net):
    x = one_hot(2, 6).movedim(-1, 1).contiguous()
    steps = mutation_steps(sequence_net, x, target=0, budget=1)
    found = [next(steps) for _ in range(4)][-1]
    whole = mutation_map(sequence_net, x, target=0)
    asked = found.change.isfinite()
    assert (found.done, found.total, found.complete) == (4, 18, False)
    assert int(asked.sum()) == 2 * 6 + 2 * 4  # the bases that are there, and four mutations
    assert torch.equal(found.change[asked], whole.change[asked])


def test_bad_sequences_are_refused(sequence_net):
    x = one_hot(2, 6).movedim(-1, 1).contiguous()
    changed = x.clone()
    changed[1, 0, 3] = 0.5
    with pytest.raises(InputError, match=r"not one-hot along axis 1: 1 positions .* the first at \(1, 3\)"):
        mutation_map(sequence_net, changed)
    with pytest.raises(InputError, match=r"\(batch, base, position\)"):
        mutation_map(sequence_net, torch.eye(4).double())
    with pytest.raises(InputError, match="one-hot, in floating point"):
        mutation_map(nn.Embedding(4, 2), torch.ones(2, 6, dtype=torch.long))
    for axis in (0, 3, -3, "base"):
        with pytest.raises(InputError, match="no axis of bases"):
            mutation_map(sequence_net, x, axis=axis)


# -- probes ---------------------------------------------------------------------------------------


ATOMS = torch.tensor([[0.0, 0.0, 0.0], [0.9, 0.2, 0.0], [-0.3, 0.8, 0.1]], dtype=torch.float64)


def potential(positions: Tensor) -> Tensor:
    """1 / r to each atom, sorted: (point, atom)."""
    return (1 / torch.cdist(positions, ATOMS)).sort(1).values


@pytest.fixture
def energy():
    return seeded(lambda: nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 2))).eval()


@pytest.mark.parametrize("budget", [1, 3_000, 2**28])
@pytest.mark.parametrize("referred", [True, False])
def test_e19_the_probe_map_equals_brute_force(energy, budget, referred):
    x, y, z = (torch.linspace(-1, 1.1, n, dtype=torch.float64) for n in (3, 4, 2))
    reference = normal(1, 3) if referred else None
    found = probe_map(energy, potential, (x, y, z), reference=reference, target=1, budget=budget)
    assert found.values.shape == (3, 4, 2)
    for i, j, k in itertools.product(range(3), range(4), range(2)):
        one = energy(potential(torch.stack([x[i], y[j], z[k]])[None]))[0, 1]
        expected = one - energy(reference)[0, 1] if referred else one
        assert abs(found.values[i, j, k] - expected) <= 1e-10
    assert found.complete


def test_probes_may_make_several_inputs(energy):
    class Charged(nn.Module):
        def forward(self, charges: Tensor, distances: Tensor) -> Tensor:
            return energy(charges * distances)[:, :1]

    def molecule(positions: Tensor) -> dict[str, Tensor]:
        return {"charges": torch.full((len(positions), 3), 0.5).double(), "distances": potential(positions)}

    grid = grid_around(ATOMS, margin=0.55, step=0.7)
    found = probe_map(Charged(), molecule, grid)
    points = torch.cartesian_prod(*grid)
    assert (found.values.flatten() - energy(potential(points) * 0.5)[:, 0]).abs().max() <= 1e-10


def test_the_grid_reaches_beyond_the_atoms():
    axes = grid_around(ATOMS, margin=1.0, step=0.3)
    for axis, low, high in zip(axes, ATOMS.amin(0) - 1, ATOMS.amax(0) + 1, strict=True):
        assert axis[0] == low
        assert high - 1e-9 <= axis[-1] < high + 0.3
        assert (axis.diff() - 0.3).abs().max() < 1e-12


def test_a_probe_on_an_atom_is_recorded_and_the_rest_goes_on(energy):
    axis = torch.tensor([0.0, 0.5], dtype=torch.float64)
    found = probe_map(energy, potential, (axis, axis, axis))
    assert found.values.isnan().flatten().tolist() == [True] + [False] * 7
    assert found.notes == ("1 of 8 scores are NaN or infinite",)


def test_stopped_probes_keep_what_they_have(energy):
    axis = torch.tensor([0.1, 0.5], dtype=torch.float64)
    found = next(probe_steps(energy, potential, (axis, axis, axis), budget=1))
    assert (found.done, found.complete) == (1, False)
    assert found.values.isfinite().sum() == 1


def test_bad_probes_are_refused(energy):
    axis = torch.linspace(0.1, 1, 3, dtype=torch.float64)
    grid = (axis, axis, axis)
    with pytest.raises(InputError, match="three tensors"):
        probe_map(energy, potential, (axis, axis))
    with pytest.raises(InputError, match="NaN or infinite"):
        probe_map(energy, potential, (axis, axis, axis / 0))
    with pytest.raises(InputError, match="one sample for each"):
        probe_map(energy, lambda positions: potential(positions)[0], grid)
    with pytest.raises(InputError, match=r"features fails on positions of shape \(1, 3\)"):
        probe_map(energy, lambda positions: positions.no_such_thing, grid)
    with pytest.raises(MethodError, match="top class of the reference"):
        probe_map(energy, potential, grid, target="top")
    with pytest.raises(InputError, match="reference holds 2 samples"):
        probe_map(energy, potential, grid, reference=normal(2, 3))
    with pytest.raises(LrpError, match="step must be positive"):
        grid_around(ATOMS, margin=1, step=0)
    with pytest.raises(InputError, match=r"\(atom, 3\)"):
        grid_around(ATOMS[:, :2], margin=1, step=1)
