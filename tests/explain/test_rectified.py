"""Deconvnet and guided backprop against autograd with hooks at the ReLUs; excitation backprop starts with one."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import MethodError, ModelError, PresetError
from tests.explain import oracle
from tests.explain.nets import Written, convolutional, dense, normal, uniform

METHODS = ("deconvnet", "guided-backprop")


class Twin(torch.autograd.Function):
    """A ReLU whose backward is the published one, on torch's own autograd."""

    @staticmethod
    def forward(ctx, z, method):
        ctx.save_for_backward(z)
        ctx.method = method
        return z.clamp(min=0)

    @staticmethod
    def backward(ctx, arrived):
        (z,) = ctx.saved_tensors
        positive = torch.where(arrived > 0, arrived, torch.zeros_like(arrived))
        return positive if ctx.method == "deconvnet" else torch.where(z > 0, positive, 0.0), None


def twin_gradient(body, x, method, target, minus=None):
    """d f / d x of `body(x, relu)` with the twin in the place of ReLU."""
    leaf = x.clone().requires_grad_()
    output = body(leaf, lambda z: Twin.apply(z, method))
    score = output[:, target].sum() - (0 if minus is None else output[:, minus].sum())
    return torch.autograd.grad(score, leaf)[0]


class Net(nn.Module):
    """A batch norm before a ReLU, a residual sum, a module called twice, a pooling."""

    def __init__(self, relus):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(3)
            self.stem, self.body = nn.Conv2d(2, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
            self.norm, self.head = nn.BatchNorm2d(4), nn.Linear(36, 3)
            for moments in (self.norm.weight.data, self.norm.running_var, self.norm.bias.data):
                moments.uniform_(0.5, 2)
            self.norm.bias.data -= 1.2
        self.relus = relus
        self.double().eval()

    def forward(self, x):
        return self.written(x, self.relus)

    def written(self, x, relu):
        x = relu(self.norm(self.stem(x)))
        x = relu(self.body(x) + x)
        x = relu(self.body(x))
        return self.head(F.max_pool2d(x, 2).flatten(1))


RELUS = {
    "functional": F.relu,
    "in place": lambda z: F.relu(z, inplace=True),
    "method in place": lambda z: z.relu_(),
    "module": nn.ReLU(),
    "module in place": nn.ReLU(inplace=True),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", RELUS)
def test_equals_autograd_with_another_relu(name, method):
    net, x = Net(RELUS[name]), normal(3, 2, 6, 6)
    for target, minus in ((0, None), (1, None), (2, 0)):
        found = lw.explain(net, x, method=method, target=target, minus=minus)
        expected = twin_gradient(net.written, x, method, target, minus)
        assert float(expected.abs().max()) > 1e-3
        oracle.close(found.relevance, expected, 1e-12)
        assert found.notes == ()
        assert not found.has_ledger


def test_the_three_rules_at_a_relu_differ():
    net, x = Net(F.relu), normal(3, 2, 6, 6)
    trace = lw.trace(net, x)
    squared, deconvnet, guided = (
        trace.explain(method=m, target=0).relevance for m in ("sensitivity", *METHODS)
    )
    assert not torch.allclose(deconvnet, guided)
    assert not torch.allclose(guided.square(), squared)


@pytest.mark.parametrize("method", METHODS)
def test_a_trace_answers_again_and_a_batch_is_a_loop(method):
    net, x = Net(F.relu), normal(3, 2, 6, 6)
    trace = lw.trace(net, x)
    first = trace.explain(method=method, target=1).relevance
    trace.explain(rules="epsilon")
    assert torch.equal(trace.explain(method=method, target=1).relevance, first)
    for one, alone in zip(x.split(1), first.split(1), strict=True):
        oracle.close(lw.explain(net, one, method=method, target=1).relevance, alone, 1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_other_activations_get_the_plain_gradient_and_are_named(method):
    """tanh and GELU bend too, but the published rules speak of ReLUs."""
    net = Written(lambda net, x: net.last(F.relu(net.first(torch.tanh(net.first(x))))))
    x = normal(5, 4)
    found = lw.explain(net, x, method=method, target=0)
    expected = twin_gradient(
        lambda leaf, relu: net.last(relu(net.first(torch.tanh(net.first(leaf))))), x, method, 0
    )
    oracle.close(found.relevance, expected, 1e-12)
    assert any("aten.tanh" in note and "plain gradient" in note for note in found.notes)


@pytest.mark.parametrize("method", METHODS)
def test_it_offers_no_decomposition(method):
    assert not lw.METHODS[method].decomposes
    with pytest.raises(ModelError, match="keeps no ledger"):
        _ = lw.explain(dense(), normal(2, 6), method=method).ledger
    with pytest.raises(MethodError, match="takes no rules"):
        lw.explain(dense(), normal(2, 6), method=method, rules="epsilon")


# -- excitation backprop ---------------------------------------------------------------------------


def negative_scores():
    """A class that is always below zero."""
    net = dense(seed=1)
    with torch.no_grad():
        net[-1].bias.fill_(-20)
    return net


EXCITED = {
    "dense": (lambda: dense(seed=1, bias=False), lambda: uniform(4, 6)),
    "convolutions": (lambda: convolutional(negative=True), lambda: uniform(3, 2, 10, 10)),
    "negative scores": (negative_scores, lambda: uniform(4, 6)),
}


@pytest.mark.parametrize("name", EXCITED)
@pytest.mark.parametrize("asked", [{"method": "excitation-backprop"}, {"rules": "excitation-backprop"}])
def test_excitation_backprop_is_z_plus_by_explicit_matrices_from_one(name, asked):
    make, x = EXCITED[name][0], EXCITED[name][1]()
    net = make()
    found = lw.explain(net, x, target=1, **asked)
    torch.testing.assert_close(found.score, net(x)[:, 1].detach())
    for at in range(len(x)):
        start = torch.zeros(net(x).shape[1], dtype=torch.float64)
        start[1] = 1.0
        layers = sum(isinstance(part, (nn.Linear, nn.Conv2d)) for part in net)
        steps = oracle.through(list(net), x[at], start, [oracle.z_plus] * layers, "proportional")
        oracle.close(found.relevance[at], list(steps)[-1].reshape(x[at].shape), 1e-10)
    # All or nothing: z+ stops what arrives at a class without a positive product.
    assert ((found.total - 1).abs().minimum(found.total.abs()) < 1e-9).all()
    assert float(found.total.sum()) > len(x) - 2
    assert float(found.relevance.min()) >= 0
    assert found.ledger.start == pytest.approx(len(x))
    assert found.ledger.end == pytest.approx(float(found.total.sum()))
    assert abs(found.ledger.unaccounted) < 1e-9


def test_excitation_backprop_of_a_difference_starts_each_class_with_one():
    net, x = dense(seed=1, bias=False), uniform(4, 6)
    trace = lw.trace(net, x)
    both = trace.explain(method="excitation-backprop", target=0, minus=2)
    apart = [trace.explain(method="excitation-backprop", target=t).relevance for t in (0, 2)]
    oracle.close(both.relevance, apart[0] - apart[1], 1e-12)
    torch.testing.assert_close(both.score, (net(x)[:, 0] - net(x)[:, 2]).detach())
    assert both.total.abs().max() < 1e-9


def test_excitation_backprop_of_a_score_of_zero_is_a_zero_map():
    net = dense(seed=1, bias=False)
    with torch.no_grad():
        net[-1].weight[0] = 0
    found = lw.explain(net, uniform(2, 6), method="excitation-backprop", target=0)
    assert found.score.tolist() == [0, 0]
    assert float(found.relevance.abs().max()) == 0
    assert found.ledger.start == 0


def test_excitation_backprop_of_a_callable():
    net, x = dense(seed=1, bias=False), uniform(4, 6)
    trace = lw.trace(net, x)
    found = trace.explain(method="excitation-backprop", target=lambda out: out[:, 0] + 2 * out[:, 1])
    parts = torch.stack([net(x)[:, 0], 2 * net(x)[:, 1]]).detach()
    shares = parts / parts.sum(0)
    singles = [trace.explain(method="excitation-backprop", target=target).relevance for target in (0, 1)]
    oracle.close(found.relevance, shares[0, :, None] * singles[0] + shares[1, :, None] * singles[1], 1e-10)
    assert found.ledger.start == pytest.approx(4)


def test_a_preset_of_ones_own_over_it_starts_with_one_too():
    preset = lw.preset({"0": lw.WSquare()}, base="excitation-backprop")
    assert preset.to_json()["start"] == "one"
    found = lw.explain(dense(seed=1, bias=False), uniform(4, 6), rules=preset, target=1)
    assert torch.allclose(found.total, torch.ones(4, dtype=torch.float64), rtol=0, atol=1e-9)
    assert lw.preset({}).start == "score"


def test_an_unknown_start_is_an_error():
    with pytest.raises(PresetError, match=r"unknown start 'on'; did you mean 'one'"):
        lw.Preset("mine", "", lw.ZPlus(), lw.ZPlus(), start="on")
