"""Measures take several inputs, keyword inputs and hidden units as `explain` does: the same as by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError, LayerError
from lrpwidgets.measure import (
    Moved,
    advise,
    continuity,
    convolutional_window,
    flip,
    flip_steps,
    local_lipschitz,
    mutation_map,
    occlusion,
    pool,
    probe_map,
    sliding_window,
    trajectory,
    translation_average,
)


class Scaled(nn.Module):
    """A picture net whose channels another input scales, sample by sample."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3)
        self.relu = nn.ReLU()

    def forward(self, scale, picture):
        return self.relu(self.conv(picture)).mean((2, 3)) * scale


class Fixed(nn.Module):
    """The same with the scale held: what a user would have to write."""

    def __init__(self, net, scale):
        super().__init__()
        self.net, self.scale = net, scale

    def forward(self, picture):
        return self.net(self.scale, picture)


@pytest.fixture
def net():
    torch.manual_seed(0)
    net = Scaled().double().eval()
    net.conv.bias.data += 0.5  # every channel says something
    return net


@pytest.fixture
def call():
    generator = torch.Generator().manual_seed(1)
    scale = torch.rand(1, 3, dtype=torch.float64, generator=generator) + 0.5
    return {
        "scale": scale.repeat(4, 1),
        "picture": torch.rand(4, 1, 8, 8, dtype=torch.float64, generator=generator),
    }


WAY = "gradient-x-input"  # LRP gives each factor of a product of two inputs its share

MEASURES = {
    "continuity": lambda net, x, **of: continuity(net, x, batch=3, method=WAY, **of).ratios,
    "moved": lambda net, x, **of: (
        continuity(net, x, Moved([(0, 1), (1, 0), (0, -1)]), method=WAY, **of).ratios
    ),
    "lipschitz": lambda net, x, **of: local_lipschitz(net, x, batch=1, method=WAY, **of).ratios,
    "translations": lambda net, x, **of: (
        translation_average(net, x, batch=3, method=WAY, **of).explanation.relevance
    ),
    "trajectory": lambda net, x, **of: trajectory(net, x, [(0, 0), (0, 1), (0, 2.5)], method=WAY, **of).parts,
    "windows": lambda net, x, **of: (
        sliding_window(net, x, 5, 3, target=1, batch=3, method=WAY, **of).explanation.relevance
    ),
    "occlusion": lambda net, x, **of: occlusion(net, x, 3, **of).drops,
    "flipping": lambda net, x, **of: torch.as_tensor(flip(net, x, WAY, patch=3, **of)[WAY].scores),
    "recomputed": lambda net, x, **of: torch.as_tensor(
        flip(net, x, WAY, patch=3, recompute=True, **of)[WAY].scores
    ),
    "pool": lambda net, x, **of: pool(lw.explain(net, x, method=WAY, **of), "quadrants").net,
}


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("as_keywords", [True, False])
def test_another_input_goes_along(net, call, measure, as_keywords):
    x = call if as_keywords else tuple(call.values())
    expected = MEASURES[measure](Fixed(net, call["scale"][:1]), call["picture"])
    found = MEASURES[measure](net, x, of="picture" if as_keywords else 1)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)
    # The other input belongs to its sample: another one of the last sample changes that sample alone.
    call["scale"][-1] *= 2
    changed = MEASURES[measure](
        net, call if as_keywords else tuple(call.values()), of="picture" if as_keywords else 1
    )
    samples = next(axis for axis, size in enumerate(found.shape) if size == 4)
    one, two = found.movedim(samples, 0), changed.movedim(samples, 0)
    torch.testing.assert_close(one[:-1], two[:-1], rtol=1e-9, atol=1e-12)
    assert (one[-1] - two[-1]).abs().max() > 1e-3 * one[-1].abs().max()


def test_advice_and_the_direct_way_take_them_too(net, call):
    alone = advise(Fixed(net, call["scale"][:1]), call["picture"])
    assert [one.topic for one in advise(net, call, of="picture")] == [one.topic for one in alone]

    class Dense(Scaled):
        def forward(self, scale, picture):
            return self.relu(self.conv(picture)) * scale[..., None, None]

    dense = Dense().double().eval()
    direct = convolutional_window(dense, call, 3, 1, target=1, of="picture")
    windows = sliding_window(dense, call, 3, 1, target=1, of="picture").explanation
    assert not any("differs" in note for note in direct.notes)
    torch.testing.assert_close(direct.relevance, windows.relevance, rtol=1e-9, atol=1e-12)


class Bound(nn.Module):
    """One-hot sequences, and how long each counts."""

    def __init__(self):
        super().__init__()
        self.score = nn.Linear(20, 2)

    def forward(self, weight, bases):
        return self.score((bases * weight[:, None]).flatten(1))


def test_mutations_and_probes_take_them_too():
    torch.manual_seed(0)
    net = Bound().double().eval()
    bases = nn.functional.one_hot(torch.randint(0, 4, (2, 5)), 4).double().movedim(-1, 1).contiguous()
    weight = torch.rand(2, 5).double()
    found = mutation_map(net, {"weight": weight, "bases": bases}, of="bases", target=1).change
    for sample, base, place in itertools.product(range(2), range(4), range(5)):
        mutant = bases.clone()
        mutant[sample, :, place], mutant[sample, base, place] = 0, 1
        expected = (net(weight, mutant) - net(weight, bases))[sample, 1]
        assert found[sample, base, place] == pytest.approx(expected.item(), abs=1e-12)
    axis = torch.linspace(0, 1, 3, dtype=torch.float64)
    values = probe_map(
        net,
        lambda at: {
            "weight": at.sum(1, keepdim=True).expand(-1, 5),
            "bases": bases[:1].expand(len(at), 4, 5),
        },
        (axis, axis, axis),
        of="bases",
        target=lw.unit("score", 1),
    ).values
    points = torch.cartesian_prod(axis, axis, axis)
    by_hand = [net(at.sum().expand(1, 5), bases[:1])[0, 1].item() for at in points]
    np.testing.assert_allclose(values.flatten(), by_hand, rtol=1e-12)


def test_integers_that_would_have_to_move_by_a_little_are_refused():
    net = nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.Linear(12, 2))
    for measure in (continuity, local_lipschitz):
        with pytest.raises(InputError, match=r"int64 values of shape \(1, 3\) do not allow"):
            measure(net, torch.tensor([[1, 2, 3]]))


# -- hidden units ---------------------------------------------------------------------------------


class Twice(nn.Module):
    """Calls one layer twice and writes into its second result."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 6)
        self.last = nn.Linear(6, 2)

    def forward(self, x):
        once = self.layer(x).relu()
        return self.last(self.layer(once).relu_())


@pytest.fixture
def twice():
    torch.manual_seed(3)
    return Twice().double().eval()


def hidden(net, x):
    """What the second call of the layer returns, before the model writes into it."""
    with torch.no_grad():
        return net.layer(net.layer(x).relu())


X = torch.rand(3, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(4))


@pytest.mark.parametrize("units", [lw.unit("layer#2", 4), [lw.unit("layer#2", k) for k in (4, 0, 2)]])
def test_hidden_units_are_followed(twice, units):
    channels = [one.channel for one in units] if isinstance(units, list) else [4] * 3
    found = flip(twice, X, "gradient-x-input", target=units, removal=0.5, chunk=2)["gradient-x-input"]
    relevance = lw.explain(twice, X, method="gradient-x-input", target=units).relevance
    for sample, channel in enumerate(channels):
        now, scores = X[sample : sample + 1].clone(), []
        assert found.order[sample].tolist() == relevance[sample].argsort(descending=True).tolist()
        for region in [None, *found.order[sample]]:
            if region is not None:
                now[0, region] = 0.5
            scores.append(hidden(twice, now)[0, channel].item())
        np.testing.assert_allclose(found.scores[sample], scores, rtol=1e-12)
    covered = occlusion(twice, X, 1, target=units)
    for sample, place in itertools.product(range(3), range(6)):
        changed = X[sample : sample + 1].clone()
        changed[0, place] = 0
        drop = (hidden(twice, X[sample : sample + 1]) - hidden(twice, changed))[0, channels[sample]]
        assert covered.drops[sample, place] == pytest.approx(drop.item(), abs=1e-12)
    first = covered.target[1]
    assert str(first) == f"layer#2[{channels[1]}]"
    again = flip(twice, X, "gradient-x-input", target=units, removal=0.5, recompute=True)
    assert np.isfinite(again["gradient-x-input"].scores).all()
    assert continuity(twice, X, target=units, rules="epsilon").ratios.shape == (5, 3)


@pytest.mark.parametrize(
    ("unit", "says"),
    [
        (lw.unit("layr", 1), "did you mean 'layer'"),
        (lw.unit("layer", 1), "called 2 times"),
        (lw.unit("layer#3", 1), "called 2 times"),
        (lw.unit("layer#2", 9), "channel 9|9"),
    ],
    ids=str,
)
def test_hidden_units_that_are_not_there_are_refused(twice, unit, says):
    for ask in (
        lambda: flip_steps(twice, X, "random", target=unit),
        lambda: occlusion(twice, X, target=unit),
    ):
        with pytest.raises((LayerError, InputError), match=says):
            ask()


def test_a_hidden_unit_has_no_probability(twice):
    with pytest.raises(InputError, match="a hidden unit"):
        flip_steps(twice, X, target=lw.unit("layer#2", 1), score="probability")
