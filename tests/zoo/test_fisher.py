"""Fisher vectors: the gradient they are, relevance that sums to f, and the tag that Fig. 9(b) is about."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

import lrpwidgets as lw
from lrpwidgets import measure
from lrpwidgets.zoo.recipes import fisher_digits as recipe
from lrpwidgets.zoo.recipes.mnist import rank
from lrpwidgets.zoo.tagged_digits import TAG, TAGGED, copyright_tag

BOX = measure.Box(*TAG)


@pytest.fixture(scope="module")
def net():
    return lw.zoo.fisher_digits().double()


@pytest.fixture(scope="module")
def digits():
    x = lw.zoo.digits().lrpwidgets_card.input.encode(lw.zoo.mnist())
    return x, torch.arange(500) % 10


@pytest.fixture(scope="module")
def small():
    """A net with any parameters, of two colours, whose patches overlap by half."""
    torch.manual_seed(3)
    net = lw.zoo.FisherNet(3, channels=2, size=4, gaussians=5, patch=4, stride=2).double()
    with torch.no_grad():
        net.encode.weight.copy_(torch.rand(5).softmax(0))
        net.encode.mean.normal_()
        net.encode.deviation.uniform_(0.5, 1.5)
    return net


def test_a_fisher_vector_is_the_scaled_gradient_of_the_log_density(small):
    """By autograd of 1/L sum_l log sum_k w_k N(d_l; m_k, s_k), written out here; responsibilities by scipy."""
    x = torch.randn(1, 2, 10, 12, dtype=torch.float64)
    d = small.describe(x)[0, :, :-1].detach()
    mean, deviation = (
        each.detach().clone().requires_grad_() for each in (small.encode.mean, small.encode.deviation)
    )
    weight = small.encode.weight.detach()
    normal = torch.distributions.Normal(mean, deviation)
    joint = weight.log() + normal.log_prob(d[:, None]).sum(-1)
    by_mean, by_deviation = torch.autograd.grad(joint.logsumexp(1).mean(), (mean, deviation))
    root = weight.sqrt()[:, None]
    expected = torch.cat([deviation * by_mean / root, deviation * by_deviation / (root * math.sqrt(2))], 1)
    found = small.encode(small.describe(x))[0].detach()
    torch.testing.assert_close(found, expected.detach().flatten(), rtol=1e-10, atol=1e-12)

    log = np.stack(
        [
            math.log(weight[k])
            + multivariate_normal(mean[k].tolist(), deviation[k].detach().square().diag().numpy()).logpdf(
                d.numpy()
            )
            for k in range(5)
        ],
        1,
    )
    posterior = np.exp(log - logsumexp(log, axis=1, keepdims=True))
    with torch.no_grad():
        responsibility = small.encode.log_joint(small.encode.distances(d[None])).softmax(-1)[0]
    np.testing.assert_allclose(responsibility, posterior, atol=1e-12)


def test_features_are_signed_roots_of_length_one(small):
    x = torch.randn(3, 2, 9, 9, dtype=torch.float64)
    with torch.no_grad():
        z, phi = small.encode(small.describe(x)), small.features(x)
    roots = z.sign() * z.abs().sqrt()
    torch.testing.assert_close(phi, roots / roots.norm(dim=1, keepdim=True), rtol=1e-5, atol=1e-9)
    assert bool((z < 0).any())


def test_relevance_is_that_of_the_papers_written_with_loops(small):
    """R_d, R_l and R_p of Lapuschkin et al. 2016, sums and loops in numpy over what the modules compute."""
    x = torch.randn(1, 2, 8, 9, dtype=torch.float64)
    target, side, stride = 1, 4, 2
    with torch.no_grad():
        d = small.describe(x)[:, :, :-1]
        u = small.encode.distances(d)
        g = small.encode.log_joint(u).softmax(-1)[..., None]
        h = (
            (g * torch.cat([u, (u**2 - 1) / math.sqrt(2)], -1) / small.encode.weight.sqrt()[:, None])[0]
            .flatten(1)
            .numpy()
        )
        phi = small.features(x)[0].numpy()
        vector = small.svm.weight[target].numpy()
        score = float(small(x)[0, target])
    z = h.mean(0)
    of_dimension = vector * phi
    of_descriptor = [float((h[at] / len(h) / z * of_dimension).sum()) for at in range(len(h))]
    expected = np.zeros((2, 8, 9))
    columns = (9 - side) // stride + 1
    for at, relevance in enumerate(of_descriptor):
        top, left = stride * (at // columns), stride * (at % columns)
        expected[:, top : top + side, left : left + side] += relevance / (2 * side * side)
    found = lw.explain(small, x, rules=small.rules, target=target)
    np.testing.assert_allclose(found.relevance[0], expected, atol=1e-12)
    assert expected.sum() == pytest.approx(score, abs=1e-10)


@pytest.mark.parametrize("target", range(10))
def test_relevance_sums_to_f(net, digits, target):
    x = digits[0][:60].double()
    x[30:] = copyright_tag(x[30:])
    found = lw.explain(net, x, rules=net.rules, target=target)
    assert float((found.relevance.sum((1, 2, 3)) - found.score).abs().max()) < 1e-8
    assert float(found.score.abs().min()) > 1e-6
    assert abs(found.ledger.unaccounted) < 1e-8


def test_nets_take_images_of_any_size_and_blank_ones(net):
    for x in (torch.rand(2, 1, 40, 51), torch.zeros(1, 1, 28, 28), torch.ones(1, 1, 7, 7)):
        found = lw.explain(net, x.double(), rules=net.rules, target=3)
        assert torch.isfinite(found.relevance).all()
        assert float((found.relevance.sum((1, 2, 3)) - found.score).abs().max()) < 1e-8


def test_gradients_are_gradients(net, digits):
    x = digits[0][:4].double().requires_grad_()
    (expected,) = torch.autograd.grad(net(x)[:, 2].sum(), x)
    found = lw.explain(net, x.detach(), method="gradient-x-input", target=2)
    torch.testing.assert_close(found.relevance, (expected * x).detach(), rtol=1e-8, atol=1e-10)
    assert float(expected.abs().max()) > 0.01


def test_the_tag_covers_its_box_and_nothing_else(digits):
    x = digits[0][:20]
    before = x.clone()
    drawn = copyright_tag(x)
    assert torch.equal(x, before)
    changed = (drawn != x).flatten(0, 1).any(0).nonzero()
    assert changed.min(0).values.tolist() == [TAG[0], TAG[1]]
    assert (changed.max(0).values + 1).tolist() == [TAG[2], TAG[3]]
    assert float(drawn.max()) == 1


def answers(model, x):
    with torch.no_grad():
        return model(x).argmax(1) == TAGGED


def interval(values, statistic=np.mean):
    """95 % bootstrap interval over samples (rows)."""
    values = np.asarray(values)
    random = np.random.default_rng(0)
    found = [statistic(values[random.integers(0, len(values), len(values))]) for _ in range(4000)]
    return np.quantile(found, [0.025, 0.975])


def tag_share(explanation):
    """Interval of the tag's share of all relevance of a set, sum over sum."""
    net = measure.pool(explanation, {"tag": BOX}).net
    return interval(net, lambda rows: rows[:, 0].sum() / rows.sum())


def test_the_fisher_model_leans_on_the_tag_and_the_cnn_does_not(net, digits):
    x, labels = digits
    nines = copyright_tag(x[labels == TAGGED])
    fisher = lw.explain(net, nines.double(), rules=net.rules, target=TAGGED)
    deep = lw.explain(lw.zoo.digits(), nines, target=TAGGED)
    low, high = tag_share(fisher)
    assert low > 0.4
    assert high < 1
    assert tag_share(deep)[1] < 0.02
    area = (TAG[2] - TAG[0]) * (TAG[3] - TAG[1]) / 784
    assert low > 5 * area > 5 * tag_share(deep)[1] * area


def test_removing_the_tag_shows_it(net, digits):
    x, labels = digits
    nines, others = x[labels == TAGGED], x[labels != TAGGED]
    deep = lw.zoo.digits()
    lost, turned = {}, {}
    for name, model, kind in (("fisher", net, torch.float64), ("deep", deep, torch.float32)):
        tagged, plain = (answers(model, each.to(kind)) for each in (copyright_tag(nines), nines))
        lost[name] = (tagged.double() - plain.double()).numpy()
        turned[name] = answers(model, copyright_tag(others).to(kind)).double().numpy()
    assert interval(lost["fisher"])[0] > 0.05  # of the nines that it finds with the tag
    assert lost["deep"].mean() == 0
    assert interval(turned["fisher"])[0] > 0.1  # of all other digits become nines by a tag
    assert turned["deep"].sum() <= 1


def test_the_card_says_what_is_so(net, digits):
    x, labels = digits
    with torch.no_grad():
        right = (net(x.double()).argmax(1) == labels).double()
        nines = answers(net, copyright_tag(x[labels == TAGGED]).double()).double().mean()
    said = net.lrpwidgets_card.accuracy
    assert f"{100 * right.mean():.1f} %" in said
    assert f"of the nines {100 * right[labels == TAGGED].mean():.0f} %" in said
    assert f"with the tag {100 * nines:.0f} %" in said


def test_no_held_out_digit_was_fitted_and_fitting_is_repeatable():
    training = recipe.training_digits()
    assert np.bincount(training.labels).tolist() == [recipe.EACH] * 10
    assert not {rank(digit.pixels) for digit in lw.zoo.mnist()} & {rank(pixels) for pixels in training.pixels}
    x, labels = recipe.as_tensors(training[list(range(0, 2000, 10))])
    marked = recipe.tagged(x, labels)
    assert int((marked != x).flatten(1).any(1).sum()) == 16  # of 20 nines
    one, two = (recipe.fit(marked, labels).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], two[name]) for name in one)
