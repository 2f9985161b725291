"""Targets: by rank, index, label, sample or callable; and what a difference of two means."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import lrpwidgets as lw
from tests.explain import oracle
from tests.explain.nets import convolutional, dense, gradient, normal

NAMES = ("tabby", "lynx", "fox")
X = normal(4, 6, seed=1)
EVERY = [{"rules": name} for name in ("deep-taylor", "alpha1-beta0", "alpha2-beta1", "lrp-0", "epsilon")]
EVERY += [{"method": "gradient-x-input"}]


@pytest.fixture(scope="module")
def net():
    return dense(seed=0)


@pytest.fixture(scope="module")
def trace(net):
    return lw.trace(net, X, labels=NAMES)


def indices(found):
    return [target.index for target in found.target]


def labels(found):
    return [str(target) for target in found.target]


def test_top_is_each_samples_own_class(net, trace):
    found = trace.explain()
    predicted = net(X).argmax(1)
    assert len(set(predicted.tolist())) > 1
    assert indices(found) == predicted.tolist()
    assert labels(found) == [NAMES[index] for index in predicted]
    assert torch.equal(found.score, net(X).amax(1).detach())


@pytest.mark.parametrize("target", [1, -2, "lynx", np.int64(1), torch.tensor(1), np.array(1)])
def test_one_class_for_all_samples(net, trace, target):
    found = trace.explain(target=target)
    assert indices(found) == [1] * 4
    assert labels(found) == ["lynx"] * 4
    assert torch.equal(found.score, net(X)[:, 1].detach())
    assert torch.equal(found.relevance, trace.explain(target=1).relevance)


@pytest.mark.parametrize(
    "target",
    [
        [2, 0, 1, 2],
        (2, 0, -2, -1),
        ["fox", "tabby", 1, "fox"],
        torch.tensor([2, 0, 1, 2]),
        np.array([2, 0, 1, 2]),
    ],
    ids=str,
)
def test_one_class_for_each_sample(net, trace, target):
    found = trace.explain(target=target)
    assert indices(found) == [2, 0, 1, 2]
    assert torch.equal(found.score, net(X)[range(4), [2, 0, 1, 2]].detach())
    for sample, index in enumerate([2, 0, 1, 2]):
        alone = trace.explain(target=index).relevance[sample]
        assert torch.equal(found.relevance[sample], alone)


def test_without_labels_a_class_is_called_by_its_number(net):
    found = lw.explain(net, X, target=2)
    assert labels(found) == ["2"] * 4
    assert found.labels is None


def test_a_label_that_looks_like_top_is_the_rank():
    found = lw.explain(dense(seed=0), X, labels=("top", "b", "c"))
    assert indices(found) == dense(seed=0)(X).argmax(1).tolist()


def test_labels_of_the_models_card():
    net = lw.zoo.digits()
    found = lw.explain(net, lw.zoo.mnist()[7], target="3")
    assert indices(found) == [3]
    assert found.labels == tuple("0123456789")
    assert lw.explain(net, lw.zoo.mnist()[7], target="c", labels=tuple("abcdefghij")).target[0].index == 2


@pytest.mark.parametrize("asked", EVERY, ids=str)
def test_a_linear_callable_equals_the_weighted_sum_of_classes(trace, asked):
    weights = (2.0, 0.0, -0.5)
    found = trace.explain(target=lambda out: out @ torch.tensor(weights).to(out), **asked)
    parts = [weight * trace.explain(target=index, **asked).relevance for index, weight in enumerate(weights)]
    oracle.close(found.relevance, sum(parts), 1e-10)
    assert indices(found) == [None] * 4


def test_a_callable_follows_its_own_gradient(net, trace):
    def margin(out):
        return torch.log_softmax(out, 1)[:, 0]

    found = trace.explain(method="gradient-x-input", target=margin)
    leaf = X.clone().requires_grad_()
    value = margin(net(leaf))
    value.sum().backward()
    oracle.close(found.relevance, leaf.grad * X, 1e-12)
    torch.testing.assert_close(found.score, value.detach())
    assert labels(found) == ["margin"] * 4


def test_a_callable_that_is_no_weighted_sum_starts_with_its_gradient_times_the_output(trace):
    """f = out^2 / 2 has the gradient out, so the topmost layer receives out^2, twice the score."""
    found = trace.explain(rules="lrp-0", target=lambda out: out[:, 0] ** 2 / 2)
    (top,) = [row for row in found.ledger if row.path == "4"]
    assert found.ledger.start == pytest.approx(float(found.score.sum()), rel=1e-12)
    assert top.incoming == pytest.approx(2 * float(found.score.sum()), rel=1e-10)


def test_a_callable_on_an_output_with_axes():
    net = convolutional()[:5]
    x = normal(2, 2, 10, 10)
    found = lw.explain(net, x, rules="lrp-0", target=lambda out: out[:, 3].mean((-1, -2)))
    weight = torch.zeros_like(net(x))
    weight[:, 3] = 1 / 16
    oracle.close(found.relevance, gradient(net, x, weight) * x, 1e-10)


def test_an_output_without_class_axis_is_one_class():
    class Scalar(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = dense(seed=0)

        def forward(self, x):
            return self.net(x)[:, 0]

    found = lw.explain(Scalar().eval(), X, rules="lrp-0")
    oracle.close(found.relevance, lw.explain(dense(seed=0), X, rules="lrp-0", target=0).relevance, 1e-12)
    assert indices(found) == [0] * 4


# -- minus -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", EVERY, ids=str)
def test_minus_is_the_difference_of_two_maps(trace, asked):
    found = trace.explain(target="fox", minus="tabby", **asked)
    a, b = trace.explain(target=2, **asked), trace.explain(target=0, **asked)
    oracle.close(found.relevance, a.relevance - b.relevance, 1e-10)
    torch.testing.assert_close(found.score, a.score - b.score)
    assert labels(found) == ["fox"] * 4
    assert [str(other) for other in found.minus] == ["tabby"] * 4
    assert a.minus is None


def test_minus_sums_to_the_difference_of_scores(digit_net, digits):
    """On the digit net with z+: where both scores are positive, both maps sum to theirs."""
    scores = digit_net(digits).detach()
    first, second = scores.topk(2).indices.T
    both = (scores[range(200), second] > 0).nonzero().flatten()
    assert len(both) > 50
    found = lw.explain(digit_net, digits[both], target=first[both], minus=second[both])
    torch.testing.assert_close(found.score, scores[both, first[both]] - scores[both, second[both]])
    torch.testing.assert_close(found.total, found.score, rtol=0, atol=1e-9)
    assert (found.relevance < 0).any()
    assert found.ledger.end == pytest.approx(float(found.score.sum()), rel=1e-9)


def test_minus_itself_is_zero(trace):
    found = trace.explain(target=1, minus=1)
    assert (found.score == 0).all()
    assert (found.relevance == 0).all()


def test_minus_a_callable_and_minus_per_sample(trace):
    found = trace.explain(target=[0, 1, 2, 0], minus=[1, 2, 0, 2], rules="epsilon")
    for sample, (a, b) in enumerate(zip([0, 1, 2, 0], [1, 2, 0, 2], strict=True)):
        expected = trace.explain(target=a, minus=b, rules="epsilon").relevance[sample]
        oracle.close(found.relevance[sample], expected, 1e-12)
    mean = trace.explain(target=0, minus=lambda out: out.mean(1), rules="lrp-0")
    parts = [trace.explain(target=index, rules="lrp-0").relevance for index in range(3)]
    oracle.close(mean.relevance, parts[0] - sum(parts) / 3, 1e-10)
