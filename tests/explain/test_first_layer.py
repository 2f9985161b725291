"""First-layer rules where something stands between the model's input and the layer: whose bounds are whose."""

from __future__ import annotations

from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import UnsupportedOperationError
from tests.explain import oracle
from tests.explain.nets import uniform


class Behind(nn.Module):
    """`layer` and a ReLU on what `way` makes of the input."""

    def __init__(self, layer, way):
        super().__init__()
        self.layer, self.way = layer.double(), way

    def forward(self, x):
        return F.relu(self.layer(self.way(x))).flatten(1)


def total(output):
    return output.sum(1)


def test_bounds_that_differ_along_an_axis_that_the_layer_folds_into_its_batch():
    """(batch, time, feature) through a dense layer: each time step keeps its own box."""
    torch.manual_seed(0)
    steps, x = 4, uniform(2, 4, 3)
    low = -torch.arange(steps).double().view(1, steps, 1).expand(1, steps, 3) / 4
    high = 1 + torch.arange(steps).double().view(1, steps, 1).expand(1, steps, 3)
    x = low + x * (high - low)
    net = Behind(nn.Linear(3, 5), lambda x: x)
    found = lw.explain(net, x, input_range=(low, high), target=total).relevance
    w, b = oracle.matrix(net.layer, (3,)), oracle.offset(net.layer, (3,))
    for place in range(steps):
        rule = partial(oracle.z_box, w, b, low=low[0, place], high=high[0, place])
        for one, one_x in zip(found[:, place], x[:, place], strict=True):
            oracle.close(one, rule(one_x, F.relu(w @ one_x + b)), 1e-10)


def test_a_constant_of_each_sample_moves_the_box_of_that_sample():
    torch.manual_seed(0)
    x, shift = uniform(3, 4), torch.arange(3).double()[:, None].expand(3, 4)
    net = Behind(nn.Linear(4, 6), lambda x: x + shift[: len(x)])
    found = lw.explain(net, x, input_range=(0, 1), target=total).relevance
    w, b = oracle.matrix(net.layer, (4,)), oracle.offset(net.layer, (4,))
    for one, one_x, by in zip(found, x, shift, strict=True):
        moved = one_x + by
        assert (F.relu(w @ moved + b) > 0).any()
        oracle.close(one, oracle.z_box(w, b, moved, F.relu(w @ moved + b), low=by, high=by + 1), 1e-10)


@pytest.mark.parametrize("scale", [2.0, -2.0])
def test_a_factor_moves_the_box_and_a_negative_one_turns_it_round(scale):
    torch.manual_seed(0)
    x, layer = uniform(3, 4), nn.Linear(4, 6)
    found = lw.explain(Behind(layer, lambda x: x * scale + 1), x, input_range=(0, 1), target=total)
    ends = sorted((1.0, 1 + scale))
    plain = lw.explain(Behind(layer, lambda x: x), x * scale + 1, input_range=ends, target=total)
    oracle.close(found.relevance, plain.relevance, 1e-12)
    assert float(found.relevance.min()) >= -1e-12


@pytest.mark.parametrize("rule", ["box", "w2", "flat"])
@pytest.mark.parametrize("value", [0.0, 0.5])
def test_padding_before_the_layer_gets_nothing(rule, value):
    torch.manual_seed(0)
    net, x = Behind(nn.Conv2d(2, 3, 3), lambda x: F.pad(x, (1, 2, 0, 1), value=value)), uniform(3, 2, 5, 5)
    chosen = {"box": lw.ZBox(0, 1), "w2": lw.WSquare(), "flat": lw.Flat()}[rule]
    found = lw.explain(net, x, rules={"layer": chosen}, target=total)
    oracle.close(found.total, found.score, 1e-10)
    found = lw.explain(net, x, input_range=(0, 1) if rule == "box" else None, target=total)
    oracle.close(found.total, found.score, 1e-10)
    assert float(found.relevance.min()) >= -1e-12


def test_masked_inputs_get_nothing_from_the_box():
    torch.manual_seed(0)
    mask = torch.tensor([1.0, 0.0, 1.0, 1.0]).double()
    found = lw.explain(
        Behind(nn.Linear(4, 6), lambda x: x * mask), uniform(3, 4), input_range=(0, 1), target=total
    )
    assert (found.relevance[:, 1] == 0).all()
    oracle.close(found.total, found.score, 1e-10)


def patches(x):
    """A ViT's way: (batch, 1, 4, 4) to four 2 x 2 patches each, folded into the batch."""
    return x.view(-1, 1, 2, 2, 2, 2).permute(0, 2, 4, 1, 3, 5).reshape(-1, 1, 2, 2)


def test_patches_folded_into_the_batch():
    """Bounds that differ from pixel to pixel: each patch has a box of its own."""
    torch.manual_seed(0)
    net = Behind(nn.Conv2d(1, 3, 2), patches)
    folded, net.forward = net.forward, lambda x: folded(x).reshape(-1, 12)
    low, high = -uniform(1, 1, 4, 4, seed=4), 1 + uniform(1, 1, 4, 4, seed=5)
    x = low + (high - low) * uniform(2, 1, 4, 4)
    found = lw.explain(net, x, input_range=(low, high), target=total)
    assert (found.relevance >= 0).all()
    oracle.close(found.total, found.score, 1e-10)
    w, b = oracle.matrix(net.layer, (1, 2, 2)), oracle.offset(net.layer, (1, 2, 2))
    ends = [patches(end.expand(2, 1, 4, 4)).flatten(1) for end in (low, high)]
    for one, one_x, *box in zip(patches(found.relevance), patches(x).flatten(1), *ends, strict=True):
        oracle.close(one.flatten(), oracle.z_box(w, b, one_x, F.relu(w @ one_x + b), *box), 1e-10)


@pytest.mark.parametrize("given", ["preset", "rule"])
def test_each_sample_may_have_a_box_of_its_own(given):
    torch.manual_seed(0)
    net, x = Behind(nn.Conv2d(2, 3, 3, padding=1), lambda x: x), uniform(3, 2, 4, 4)
    low = -torch.arange(3).double().view(3, 1, 1, 1).expand(3, 2, 4, 4)
    ask = (
        (lambda x, low: lw.explain(net, x, input_range=(low, 2), target=total))
        if given == "preset"
        else (lambda x, low: lw.explain(net, x, rules={"layer": lw.ZBox(low, 2)}, target=total))
    )
    found = ask(x, low)
    for place in range(3):
        alone = ask(x[place : place + 1], low[place : place + 1])
        oracle.close(found[place].relevance, alone.relevance, 1e-12)
        if given == "preset":
            assert found[place].ledger.end == pytest.approx(alone.ledger.end, rel=1e-12)
    assert found.ledger.end == pytest.approx(float(found.total.sum()), rel=1e-12)


def test_a_shift_by_padding_moves_the_box_once():
    """The padded input has the input's own shape, so the bounds could be moved twice unnoticed."""
    torch.manual_seed(0)
    layer, x = nn.Linear(4, 6), 2 * uniform(3, 4) - 1
    found = lw.explain(
        Behind(layer, lambda x: F.pad(x, (1, -1), value=0.5)), x, input_range=(-1, 1), target=total
    )
    w, b = oracle.matrix(layer, (4,)), oracle.offset(layer, (4,))
    low, high = (torch.tensor([0.5, end, end, end]).double() for end in (-1.0, 1.0))
    for one, one_x in zip(found.relevance, F.pad(x, (1, -1), value=0.5), strict=True):
        expected = oracle.z_box(w, b, one_x, F.relu(w @ one_x + b), low=low, high=high)
        oracle.close(one[:3], expected[1:], 1e-10)
        assert one[3] == 0


def test_a_quotient_by_the_input_is_no_way_to_a_first_layer():
    """1 / x is not monotone where the range holds zero, so there is no box; LRP has no rule for it either."""
    net = Behind(nn.Linear(4, 6), lambda x: torch.ones(4).double() / x)
    with pytest.raises(UnsupportedOperationError):
        lw.explain(net, 2 * uniform(3, 4) - 1, input_range=(-1, 1), target=total)
