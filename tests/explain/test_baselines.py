"""Integrated gradients against dense quadrature, SmoothGrad against an explicit loop."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import MethodError, ModelError
from lrpwidgets.explain import points
from lrpwidgets.explain.baselines import gauss_legendre
from tests.explain import oracle
from tests.explain.nets import Written, convolutional, dense, gradient, normal, uniform


def smooth(seed=0):
    """A net whose gradient along a path is smooth: a few Gauss points are exact to rounding."""
    return Written(lambda net, x: net.last(torch.tanh(net.first(x))), seed=seed)


def quadrature(net, x, target, baseline, parts=4000):
    """(x - b) times the mean gradient by the midpoint rule."""
    mean = torch.zeros_like(x)
    for t in (torch.arange(parts) + 0.5) / parts:
        mean += gradient(net, baseline + float(t) * (x - baseline), target=target) / parts
    return (x - baseline) * mean


# -- integrated gradients --------------------------------------------------------------------------


@pytest.mark.parametrize("baseline", [0.0, 0.3, "tensor"])
def test_integrated_gradients_equal_the_integral(baseline):
    net, x = smooth(), normal(3, 4)
    given = normal(4, seed=5) if baseline == "tensor" else baseline
    found = lw.explain(net, x, method="integrated-gradients", target=1, baseline=given)
    end = given.expand(3, 4) if baseline == "tensor" else torch.full_like(x, given)
    oracle.close(found.relevance, quadrature(net, x, 1, end), 1e-6)
    torch.testing.assert_close(found.total, (net(x) - net(end))[:, 1].detach(), rtol=0, atol=1e-12)


def test_integrated_gradients_of_a_relu_net():
    net, x = dense(seed=2), normal(3, 6)
    found = lw.explain(net, x, method="integrated-gradients", target=1, steps=400)
    oracle.close(found.relevance, quadrature(net, x, 1, torch.zeros_like(x)), 1e-2)


def test_the_ledger_has_the_baseline_and_the_error_of_the_path():
    net, x = dense(seed=2), normal(3, 6)
    errors = []
    for steps in (1, 8, 200):
        found = lw.explain(net, x, method="integrated-gradients", target=1, steps=steps, baseline=0.5)
        first, second = found.ledger.rows
        assert first.rule == "f at the baseline"
        assert first.stopped == pytest.approx(float(net(torch.full_like(x, 0.5))[:, 1].sum()))
        assert second.rule == "integration error of the path"
        assert abs(found.ledger.unaccounted) < 1e-12
        assert found.ledger.start == pytest.approx(float(found.score.sum()))
        assert found.ledger.end == pytest.approx(float(found.total.sum()))
        errors.append(max(abs(one.ledger.rows[1].stopped) for one in found))
    assert errors[0] > 10 * errors[2]
    assert errors[1] > errors[2]


def test_one_step_is_the_gradient_halfway():
    net, x = dense(seed=2), normal(3, 6)
    found = lw.explain(net, x, method="integrated-gradients", target=0, steps=1)
    oracle.close(found.relevance, x * gradient(net, x / 2), 1e-12)


def test_a_difference_of_targets_and_a_callable():
    net, x = smooth(), normal(3, 4)
    trace = lw.trace(net, x)
    ig = {"method": "integrated-gradients", "baseline": 0.2}
    both = trace.explain(target=0, minus=2, **ig)
    apart = [trace.explain(target=target, **ig).relevance for target in (0, 2)]
    oracle.close(both.relevance, apart[0] - apart[1], 1e-12)
    # A callable that is no sum of scores, and knows the batch's own weights: c differs along the path.
    weight = normal(3, 3, seed=8)
    value = trace.explain(target=lambda out: (out**2 * weight).sum(1), **ig)
    end = torch.full_like(x, 0.2)
    change = (net(x) ** 2 * weight).sum(1) - (net(end) ** 2 * weight).sum(1)
    torch.testing.assert_close(value.total, change.detach(), rtol=0, atol=1e-10)


def test_points_are_gauss_legendre():
    for steps in (1, 2, 7, 32, 100):
        places, weights = gauss_legendre(steps)
        x, w = np.polynomial.legendre.leggauss(steps)
        torch.testing.assert_close(places, (torch.from_numpy(x) + 1) / 2, rtol=0, atol=1e-13)
        torch.testing.assert_close(weights, torch.from_numpy(w) / 2, rtol=0, atol=1e-13)


# -- SmoothGrad ------------------------------------------------------------------------------------


def smoothgrad_loop(net, x, target, noise, samples, seed):
    """One noisy copy after the other, one input after the other."""
    generator = torch.Generator().manual_seed(seed)
    draws = [torch.randn(x.shape[1:], dtype=torch.float64, generator=generator) for _ in range(samples)]
    rows = []
    for one in x:
        sigma = noise * float(one.max() - one.min())
        rows.append(sum(gradient(net, (one + sigma * draw)[None], target=target) for draw in draws) / samples)
    return torch.cat(rows)


@pytest.mark.parametrize(("noise", "samples", "seed"), [(0.15, 25, 0), (0.5, 7, 3), (0.0, 2, 1)])
def test_smoothgrad_equals_the_loop(noise, samples, seed):
    net, x = convolutional(), normal(3, 2, 10, 10)
    x[1] *= 3
    found = lw.explain(net, x, method="smoothgrad", target=2, noise=noise, samples=samples, seed=seed)
    oracle.close(found.relevance, smoothgrad_loop(net, x, 2, noise, samples, seed), 1e-12)
    if noise == 0:
        oracle.close(found.relevance, gradient(net, x, target=2), 1e-12)
    with pytest.raises(ModelError, match="keeps no ledger"):
        _ = found.ledger


def test_smoothgrad_leaves_the_global_generator_alone():
    net, x = dense(), normal(2, 6)
    state = torch.random.get_rng_state()
    one = lw.explain(net, x, method="smoothgrad", seed=1).relevance
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.randn(3)
    assert torch.equal(lw.explain(net, x, method="smoothgrad", seed=1).relevance, one)
    assert not torch.equal(lw.explain(net, x, method="smoothgrad", seed=2).relevance, one)


def test_smoothgrad_of_a_constant_input_has_no_noise():
    net, x = dense(seed=2), torch.ones(2, 6, dtype=torch.float64)
    found = lw.explain(net, x, method="smoothgrad", target=0)
    oracle.close(found.relevance, gradient(net, x), 1e-12)


# -- both ------------------------------------------------------------------------------------------

BOTH = (
    {"method": "integrated-gradients", "baseline": 0.1, "steps": 9},
    {"method": "smoothgrad", "samples": 9},
)


@pytest.mark.parametrize("asked", BOTH, ids=lambda asked: asked["method"])
def test_a_batch_is_a_loop(asked):
    net, x = convolutional(), normal(3, 2, 10, 10)
    found = lw.explain(net, x, target=[0, 1, 2], **asked)
    for at in range(3):
        oracle.close(
            lw.explain(net, x[at : at + 1], target=at, **asked).relevance[0], found.relevance[at], 1e-11
        )


@pytest.mark.parametrize("asked", BOTH, ids=lambda asked: asked["method"])
def test_the_memory_budget_changes_nothing_but_the_number_of_forwards(asked, monkeypatch):
    net, x = convolutional(), normal(3, 2, 10, 10)
    sizes = []
    net.register_forward_pre_hook(lambda module, args: sizes.append(len(args[0])))
    trace = lw.trace(net, x)
    whole = trace.explain(**asked).relevance
    assert max(sizes) == 27
    sizes.clear()
    monkeypatch.setattr(points, "MEMORY", 8 * points.held(trace))  # four at once
    oracle.close(trace.explain(**asked).relevance, whole, 1e-12)
    assert [size for size in sizes if size > 3] == [12, 12]
    sizes.clear()
    monkeypatch.setattr(points, "MEMORY", 1)
    oracle.close(trace.explain(**asked).relevance, whole, 1e-12)
    assert set(sizes) == {3}


def test_held_counts_the_activations_once():
    trace = lw.trace(
        nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2)), torch.ones(5, 6)
    )
    # The input, the ReLU's output (its flat view shares it) and the scores.
    assert points.held(trace) == 4 * 5 * (6 + 8 + 2)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            {"method": "integrated-gradients", "steps": 0},
            ["'integrated-gradients'", "steps", "1 to 1000", "0"],
        ),
        ({"method": "integrated-gradients", "steps": 2.5}, ["steps", "whole number", "2.5"]),
        ({"method": "integrated-gradients", "steps": True}, ["steps", "True"]),
        ({"method": "integrated-gradients", "baseline": torch.ones(7)}, ["baseline", "(2, 6)"]),
        ({"method": "integrated-gradients", "baseline": float("nan")}, ["baseline", "NaN"]),
        ({"method": "smoothgrad", "noise": -1}, ["noise", "0.0 to 1.0", "-1"]),
        ({"method": "smoothgrad", "noise": "much"}, ["noise", "a number", "'much'"]),
        ({"method": "smoothgrad", "noise": float("nan")}, ["noise", "nan"]),
        ({"method": "smoothgrad", "samples": 0}, ["samples"]),
        ({"method": "smoothgrad", "seed": -1}, ["seed"]),
        ({"method": "smoothgrad", "sample": 3}, ["unknown parameter 'sample'", "did you mean 'samples'"]),
    ],
    ids=str,
)
def test_errors(asked, words):
    with pytest.raises(MethodError) as caught:
        lw.explain(dense(), normal(2, 6), **asked)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("asked", BOTH, ids=lambda asked: asked["method"])
def test_operations_left_to_autograd_are_named_once(asked):
    net = Written(lambda net, x: net.last(torch.asinh(net.first(x))))
    notes = lw.explain(net, uniform(2, 4), **asked).notes
    assert len([note for note in notes if "left to autograd" in note and "asinh" in note]) == 1
