"""Experts: the Gaussian RBM against sums and integrals done by brute force, means of classes, bad input."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError
from lrpwidgets.explain.experts import L2, CodeSpace, GaussianRBM, LogDensity, class_means


def machine(variables: int, hidden: int, seed: int = 0) -> GaussianRBM:
    generator = torch.Generator().manual_seed(seed)
    draw = lambda *shape: torch.randn(shape, generator=generator, dtype=torch.float64)  # noqa: E731
    variance = 0.3 + draw(variables) ** 2
    return GaussianRBM(draw(hidden, variables), draw(hidden), draw(variables), variance, (variables,))


def joint(rbm: GaussianRBM, x: list[float], h: tuple[int, ...]) -> float:
    """exp(-energy) of one state of variables and hidden units, written out."""
    energy = 0.0
    for i, value in enumerate(x):
        energy += (value - float(rbm.mean[i])) ** 2 / (2 * float(rbm.variance[i]))
        energy -= sum(h[j] * float(rbm.weights[j, i]) * value for j in range(len(h)))
    return math.exp(-energy + sum(h[j] * float(rbm.bias[j]) for j in range(len(h))))


def test_log_density_is_the_sum_over_hidden_states():
    rbm = machine(3, 4)
    for x in ([0.2, -1.0, 0.7], [0.0, 0.0, 0.0], [2.0, 1.5, -0.4]):
        total = sum(joint(rbm, x, h) for h in itertools.product((0, 1), repeat=4))
        found = rbm.log_density(torch.tensor([x], dtype=torch.float64))
        assert float(found) == pytest.approx(math.log(total), abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_log_partition_is_the_integral_of_the_density(seed):
    """By the trapezoid rule on a grid over the plane, which for a smooth density that dies out is exact."""
    rbm = machine(2, 3, seed)
    side = torch.arange(-60, 60, 0.1, dtype=torch.float64)
    x = torch.cartesian_prod(side, side)
    integral = math.log(0.1**2) + float(rbm.log_density(x).logsumexp(0))
    assert rbm.log_partition() == pytest.approx(integral, abs=1e-9)


def test_log_partition_in_several_parts_is_the_same(monkeypatch):
    rbm = machine(2, 5)
    whole = rbm.log_partition()
    monkeypatch.setattr("lrpwidgets.explain.rbm._STATES", 7)
    assert rbm.log_partition() == pytest.approx(whole, abs=1e-12)


def test_the_gradient_is_that_of_finite_differences():
    rbm = machine(3, 4)
    x = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(rbm.log_density, (x,))


def test_samples_have_the_moments_of_the_density():
    rbm = machine(1, 3, seed=2)
    side = torch.arange(-20, 20, 0.01, dtype=torch.float64)[:, None]
    p = rbm.log_density(side).softmax(0)
    mean = float((p * side[:, 0]).sum())
    spread = float((p * (side[:, 0] - mean) ** 2).sum().sqrt())
    drawn = rbm.sample(4000, steps=200, seed=1)
    assert drawn.shape == (4000, 1)
    assert float(drawn.mean()) == pytest.approx(mean, abs=5 * spread / 4000**0.5)
    assert float(drawn.std()) == pytest.approx(spread, rel=0.1)
    assert torch.equal(drawn[:5], rbm.sample(4000, steps=200, seed=1)[:5])


@pytest.mark.parametrize("persistent", [False, True])
def test_fit_finds_a_mixture_of_two_gaussians(persistent):
    """One hidden unit is a mixture of two Gaussians of the same width: what is drawn from one has it as best fit."""
    generator = torch.Generator().manual_seed(0)
    second = (torch.rand(4000, 1, generator=generator) < 0.3).double()
    data = 1 + 2 * second + 0.5 * torch.randn(4000, 1, generator=generator, dtype=torch.float64)
    rbm = GaussianRBM.fit(data, hidden=1, sigma=0.5, steps=3000, rate=0.01, persistent=persistent, seed=3)
    peaks = torch.tensor([[1.0], [3.0]], dtype=torch.float64)
    true = torch.logsumexp(-((data - peaks.T) ** 2) / 0.5 + torch.tensor([0.7, 0.3]).log(), 1)
    true = true - 0.5 * math.log(2 * math.pi * 0.25)
    found = rbm.log_density(data) - rbm.log_partition()
    assert float((true - found).mean()) < 0.01  # nats a sample
    ends = sorted([float(rbm.mean), float(rbm.mean + rbm.variance * rbm.weights[0])])
    assert ends == pytest.approx([1.0, 3.0], abs=0.15)


def test_fit_is_repeatable_and_draws_nothing_from_the_users_generator():
    data = torch.rand(60, 1, 4, 4)
    before = torch.get_rng_state()
    first, again = (GaussianRBM.fit(data, hidden=5, steps=20, seed=1) for _ in range(2))
    assert torch.equal(first.weights, again.weights)
    assert not torch.equal(first.weights, GaussianRBM.fit(data, hidden=5, steps=20, seed=2).weights)
    assert torch.equal(before, torch.get_rng_state())
    assert first.start().shape == (1, 1, 4, 4)


def test_fit_works_in_inference_mode_and_for_search_after():
    with torch.inference_mode():
        rbm = GaussianRBM.fit(torch.rand(60, 6), hidden=5, steps=20)
    assert lw.prototype(nn.Linear(6, 3), 1, rbm, steps=3).x.shape == (1, 6)


@pytest.mark.parametrize(
    ("data", "settings", "says"),
    [
        (torch.zeros(5), {}, r"shape \(5,\).*at least two samples"),
        (torch.zeros(1, 5), {}, "at least two samples"),
        (torch.zeros(5, 0), {}, r"\(5, 0\)"),
        (torch.zeros(5, 3, dtype=torch.uint8), {}, r"uint8.*float"),
        (torch.tensor([[1.0], [math.nan]]), {}, "1 values that are NaN"),
        (torch.ones(5, 3), {}, "all the same"),
        ("digits", {}, "not str"),
        (torch.rand(5, 3), {"hidden": 0}, "hidden.*at least 1"),
        (torch.rand(5, 3), {"steps": 2.5}, "steps.*whole number"),
        (torch.rand(5, 3), {"sigma": -1.0}, "sigma=-1.0 must be positive"),
        (torch.rand(5, 3), {"rate": math.inf}, "rate=inf"),
    ],
)
def test_fit_refuses(data, settings, says):
    with pytest.raises(InputError, match=says):
        GaussianRBM.fit(data, **settings)


def test_rbm_refuses_parts_that_do_not_fit_and_samples_of_another_shape():
    rbm = machine(3, 4)
    with pytest.raises(InputError, match=r"shape \(3,\), not \(2,\) \(of a batch \(1, 2\)\)"):
        rbm.log_density(torch.zeros(1, 2))
    with pytest.raises(InputError, match=r"the bias.*\(4,\), not \(3,\)"):
        GaussianRBM(rbm.weights, rbm.mean, rbm.mean, rbm.variance, (3,))
    with pytest.raises(InputError, match=r"\(2, 2\) has 4 variables, the weights 3"):
        GaussianRBM(rbm.weights, rbm.bias, rbm.mean, rbm.variance, (2, 2))
    with pytest.raises(InputError, match="positive"):
        GaussianRBM(rbm.weights, rbm.bias, rbm.mean, -rbm.variance, (3,))
    with pytest.raises(InputError, match=r"2\^21 states"):
        machine(1, 21).log_partition()


def test_class_means():
    data = torch.tensor([[1.0, 2.0], [3.0, 4.0], [10.0, 20.0]])
    assert class_means(data, [0, 0, 1]).tolist() == [[2.0, 3.0], [10.0, 20.0]]
    with pytest.raises(InputError, match="no sample of class 1"):
        class_means(data, [0, 0, 2])
    with pytest.raises(InputError, match=r"\(2,\) for data of shape \(3, 2\)"):
        class_means(data, [0, 1])
    with pytest.raises(InputError, match="floating point tensor"):
        class_means(data.long(), [0, 0, 1])


def test_experts_refuse_what_they_cannot_use():
    with pytest.raises(InputError, match=r"shape \(4,\).*\[None\]"):
        L2(torch.zeros(4))
    with pytest.raises(InputError, match="NaN"):
        L2(math.nan)
    with pytest.raises(InputError, match="not int"):
        LogDensity(3)
    with pytest.raises(InputError, match="not str"):
        CodeSpace("decoder", code_shape=(2,))
    with pytest.raises(InputError, match="code_shape="):
        CodeSpace(nn.Linear(2, 3))
    with pytest.raises(InputError, match=r"codes of shape \(5,\).*takes \(20,\)"):
        CodeSpace(lw.zoo.digit_decoder(), torch.zeros(1, 5))


def test_experts_say_what_they_are():
    rbm = machine(3, 4)
    assert repr(rbm) == "GaussianRBM(hidden=4, shape=(3,))"
    assert repr(L2()) == "L2(0)"
    assert repr(L2(torch.zeros(1, 3))) == "L2(reference (1, 3))"
    assert repr(CodeSpace(nn.Linear(2, 3), code_shape=(2,))) == "CodeSpace(Linear, 0)"
    assert repr(LogDensity(nn.Flatten())) == "LogDensity(Flatten)"
