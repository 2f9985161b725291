"""Activation maximization: optima that can be written down, what is kept, the user's model left alone, bad input."""

from __future__ import annotations

import base64
import copy
import io
import math

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError, LayerError, ModelError, TargetError
from lrpwidgets.explain.experts import L2, CodeSpace, LogDensity
from lrpwidgets.explain.prototype_sweeps import sweep_steps

torch.manual_seed(0)
W = torch.randn(4, 6, dtype=torch.float64)
B = torch.randn(4, dtype=torch.float64)
REFERENCE = torch.randn(1, 6, dtype=torch.float64)
NEAR = torch.randn(1, 6, dtype=torch.float64)


def linear(weight=W, bias=B) -> nn.Linear:
    net = nn.Linear(weight.shape[1], len(weight)).double()
    with torch.no_grad():
        net.weight.copy_(weight)
        net.bias.copy_(bias)
    return net


def close(found, expected, atol=1e-6):
    assert torch.allclose(found, expected, atol=atol), (found, expected)


def tight(model, target, expert=None, **settings):
    return lw.prototype(model, target, expert, **{"tolerance": 1e-15, "steps": 2000, **settings})


# -- optima that can be written down ---------------------------------------------------------------------


def test_a_logit_and_l2():
    """w x - lambda |x - ref|^2 is highest at ref + w / (2 lambda)."""
    found = tight(linear(), [0, 1, 2, 3], L2(REFERENCE), weight=0.3, score="logit")
    close(found.x, REFERENCE + W / 0.6)
    close(found.score, (found.x * W).sum(1) + B)
    close(found.log_density, -((found.x - REFERENCE) ** 2).sum(1))
    close(found.objective, found.score + 0.3 * found.log_density)
    close(found.probability, torch.softmax(found.x @ W.T + B, 1).diagonal())
    assert set(found.ended) == {"converged"}
    assert [target.index for target in found.target] == [0, 1, 2, 3]


def test_a_range_keeps_x_inside():
    low, high = -0.5, torch.linspace(0.1, 0.6, 6, dtype=torch.float64)
    found = tight(linear(), 2, L2(REFERENCE), weight=0.3, score="logit", input_range=(low, high))
    close(found.x, (REFERENCE + W[2:3] / 0.6).clamp(torch.tensor(low), high))


def test_localisation():
    """w x - lambda |x - ref|^2 - eta |x - x0|^2."""
    found = tight(linear(), 1, L2(REFERENCE), weight=0.3, near=NEAR, eta=0.7, score="logit")
    close(found.x, (W[1:2] / 2 + 0.3 * REFERENCE + 0.7 * NEAR) / 1.0)
    close(found.distance, (found.x - NEAR).norm(dim=1))


def test_a_log_probability_is_stationary():
    """d log p(c|x) / dx = w_c - sum_k p_k w_k = 2 lambda (x - ref)."""
    found = tight(linear(), [3, 0], L2(REFERENCE), weight=0.2)
    p = torch.softmax(found.x @ W.T + B, 1)
    close(W[[3, 0]] - p @ W, 0.4 * (found.x - REFERENCE), atol=1e-5)
    close(found.score, p[[0, 1], [3, 0]].log())
    close(found.probability, p[[0, 1], [3, 0]])


def test_codes_of_a_linear_decoder():
    decoder = nn.Linear(3, 6).double()
    z_ref = torch.randn(1, 3, dtype=torch.float64)
    found = tight(linear(), 2, CodeSpace(decoder, z_ref), weight=0.3, score="logit")
    with torch.no_grad():
        close(found.z, z_ref + (W[2:3] @ decoder.weight) / 0.6)
        close(found.x, decoder(found.z))


def test_localisation_of_codes_is_by_their_pictures():
    decoder = nn.Linear(3, 6, bias=False).double()
    found = tight(
        linear(), 2, CodeSpace(decoder, code_shape=[3]), weight=0.0, near=NEAR, eta=0.7, score="logit"
    )
    with torch.no_grad():
        g = decoder.weight
        close(found.z[0], torch.linalg.solve(1.4 * g.T @ g, g.T @ (W[2] + 1.4 * NEAR[0])), atol=1e-5)
        close(found.distance, (found.x - NEAR).norm(dim=1))


@pytest.mark.parametrize("as_module", [False, True])
def test_any_log_density(as_module):
    """A Gaussian about REFERENCE, of variance 0.5."""

    class Gauss(nn.Module):
        def forward(self, x):
            return -((x - REFERENCE) ** 2).sum(1)

    density = Gauss() if as_module else Gauss().forward
    found = tight(linear(), 2, density, score="logit", shape=(6,))
    close(found.x, REFERENCE + W[2:3] / 2)
    assert found.weight == 1.0


def test_a_function_of_the_output():
    found = tight(linear(), lambda out: out[:, 0] - out[:, 1], L2(REFERENCE), weight=0.5)
    close(found.x, REFERENCE + (W[0] - W[1])[None])
    assert found.probability is None


def test_hidden_units():
    net = nn.Sequential(linear(), nn.Tanh(), nn.Linear(4, 2).double())
    found = tight(net, [lw.unit("0", 3), lw.unit("0", 1)], L2(REFERENCE), weight=0.5)
    close(found.x, REFERENCE + W[[3, 1]])
    close(found.score, (found.x * W[[3, 1]]).sum(1) + B[[3, 1]])
    assert [str(target) for target in found.target] == ["0[3]", "0[1]"]


def test_a_call_of_a_reused_module():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.other = linear(W[:, :4], B), linear(W[:4, :4].T.contiguous(), B)

        def forward(self, x):
            return self.one(self.one(x))

    net = Twice()
    reference = REFERENCE[:, :4]
    first = tight(net, lw.unit("one#1", 2), L2(reference), weight=0.5)
    second = tight(net, lw.unit("one#2", 2), L2(reference), weight=0.5)
    close(first.x, reference + W[2:3, :4])
    close(second.x, reference + W[2:3, :4] @ W[:, :4])
    with pytest.raises(LayerError, match="called 2 times; name one call: 'one#1', 'one#2'"):
        lw.prototype(net, lw.unit("one", 2), shape=(4,))
    with pytest.raises(LayerError, match="one#3 is no call"):
        lw.prototype(net, lw.unit("one#3", 2), shape=(4,))
    with pytest.raises(LayerError, match="other does not run"):
        lw.prototype(net, lw.unit("other", 2), shape=(4,))


@pytest.mark.parametrize("count", [2, 3])
def test_diversity_holds_prototypes_apart(count):
    """w x - lambda |x|^2 + delta mean log d^2 sums highest on a regular figure of radius^2 = delta / lambda."""
    found = tight(linear(), 1, weight=0.3, score="logit", count=count, diversity=0.6, shape=(6,), seed=3)
    centre = found.x.mean(0)
    close(centre, W[1] / 0.6, atol=1e-4)
    close((found.x - centre).square().sum(1), torch.full((count,), 2.0, dtype=torch.float64), atol=1e-3)
    sides = torch.pdist(found.x).square()
    close(sides, torch.full_like(sides, 2.0 * 2 * count / (count - 1)), atol=1e-2)


def test_several_references_give_several_prototypes():
    references = torch.randn(3, 6, dtype=torch.float64)
    found = tight(linear(), 1, L2(references), weight=0.5, score="logit")
    close(found.x, references + W[1])
    close(tight(linear(), 1, near=references, eta=0.5, weight=0.0, score="logit").x, references + W[1])


# -- on the way ------------------------------------------------------------------------------------------


def small() -> nn.Module:
    torch.manual_seed(3)
    layers = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.5), nn.Flatten(), nn.Linear(144, 5)
    )
    return layers.train()


def test_the_objective_never_falls_and_frames_are_kept():
    frames = list(lw.prototype_steps(small(), [0, 1, 2], shape=(1, 8, 8), weight=0.1, noise=0.3, steps=60))
    assert [frame.number for frame in frames] == list(range(len(frames)))
    heights = torch.stack([frame.objective for frame in frames])
    assert (heights[1:] >= heights[:-1]).all()
    assert (heights[-1] > heights[0]).all()
    found = lw.prototype(small(), [0, 1, 2], shape=(1, 8, 8), weight=0.1, noise=0.3, steps=60)
    assert torch.equal(found.x, frames[-1].x)
    assert 2 < len(found.frames) <= 64
    assert (found.frames[0].number, found.frames[-1].number) == (0, frames[-1].number)


def test_of_many_frames_some_are_held(monkeypatch):
    monkeypatch.setattr("lrpwidgets.explain.prototypes._KEPT", 8)
    found = lw.prototype(small(), [1, 2], shape=(1, 8, 8), noise=0.3, weight=0.1, tolerance=0.0)
    numbers = [frame.number for frame in found.frames]
    assert len(numbers) <= 8
    assert numbers == sorted(set(numbers))
    assert (numbers[0], found.x is found.frames[-1].x) == (0, True)
    assert numbers[-1] > 20


def test_a_batch_is_a_loop():
    net = small().double()
    settings = {"weight": 0.1, "steps": 30}
    starts = torch.randn(3, 1, 8, 8, dtype=torch.float64)
    together = lw.prototype(net, [0, 3, 1], start=starts, **settings)
    for row, target in enumerate([0, 3, 1]):
        alone = lw.prototype(net, target, start=starts[row : row + 1], **settings)
        close(together.x[row], alone.x[0], atol=1e-9)
        assert together.ended[row] == alone.ended[0]


def test_a_reference_may_be_a_picture():
    digit = lw.zoo.mnist()[3]
    found = lw.prototype(DIGITS, 3, near=digit, eta=1.0, steps=2)
    assert torch.equal(found.frames[0].x, DIGITS.lrpwidgets_card.input.encode(digit))


def test_the_users_model_is_left_alone():
    net = small()
    before = copy.deepcopy(net.state_dict())
    random = torch.get_rng_state()
    lw.prototype(net, lw.unit("0", 1), shape=(1, 8, 8), noise=1.0, steps=5)
    lw.prototype(net, 1, shape=(1, 8, 8), noise=1.0, steps=5)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert all(module.training and not module._forward_hooks for module in net.modules())
    assert all(p.grad is None and p.requires_grad for p in net.parameters())
    assert torch.equal(random, torch.get_rng_state())


def test_training_on_the_way_changes_neither_the_search_nor_the_training():
    """The search is that of the model as it was."""

    class Text(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.head = nn.LSTM(3, 4, batch_first=True), nn.Linear(4, 2)

        def forward(self, x):
            return self.head(self.lstm(x)[0][:, -1])

    for make, shape in ((small, (1, 8, 8)), (Text, (5, 3))):
        torch.manual_seed(0)
        net = make()
        alone = lw.prototype(net, 1, shape=shape, noise=0.3, steps=20)
        optimizer = torch.optim.SGD(net.parameters(), lr=1.0)
        steps = lw.prototype_steps(net, 1, shape=shape, noise=0.3, steps=20)
        frames = []
        for frame in steps:
            frames.append(frame)
            net(torch.randn(2, *shape)).sum().backward()
            optimizer.step()
        assert torch.equal(frames[-1].x, alone.x)


def test_shared_weights_stay_shared():
    net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    net[1].weight = net[0].weight
    from lrpwidgets.explain.frozen import frozen

    found = frozen(net)
    assert found[1].weight is found[0].weight
    assert found[0].weight is not net[0].weight
    assert not found[0].weight.requires_grad


def test_the_seed_decides():
    one, again, other = (
        lw.prototype(small(), 1, shape=(1, 8, 8), noise=0.3, steps=5, seed=seed) for seed in (1, 1, 2)
    )
    assert torch.equal(one.x, again.x)
    assert not torch.equal(one.x, other.x)
    assert one.seed == 1
    several = lw.prototype(small(), 1, shape=(1, 8, 8), count=3, steps=5)
    assert len(several) == 3
    assert torch.pdist(several.x.flatten(1)).min() > 0


def test_an_interrupt_keeps_what_is_there():
    def interrupt(frame):
        if frame.number == 3:
            raise KeyboardInterrupt
        return False

    found = lw.prototype(small(), [1, 2], shape=(1, 8, 8), noise=0.3, until=interrupt)
    assert not found.complete
    assert found.frames[-1].number == 3
    assert set(found.ended) == {"stopped"}
    assert "stopped" in found.notes[-1]


def test_enough_is_enough():
    found = lw.prototype(small(), 1, shape=(1, 8, 8), noise=0.3, until=lambda frame: frame.number == 4)
    assert found.complete
    assert (found.frames[-1].number, found.ended) == (4, ("until",))


def test_closing_ends_the_steps():
    steps = lw.prototype_steps(small(), 1, shape=(1, 8, 8), noise=0.3)
    frames = [next(steps), next(steps)]
    steps.close()
    assert list(steps) == []
    assert [frame.number for frame in frames] == [0, 1]
    steps = lw.prototype_steps(small(), 1, shape=(1, 8, 8), noise=0.3)
    steps.close()
    assert list(steps) == []


def test_steps_run_out():
    found = lw.prototype(small(), 1, shape=(1, 8, 8), noise=0.3, steps=2)
    assert found.ended == ("steps",)
    assert found.frames[-1].number == 2


def test_frames_do_not_change_later():
    steps = lw.prototype_steps(small(), 1, shape=(1, 8, 8), noise=0.3, steps=10)
    first = next(steps)
    x, score = first.x.clone(), first.score.clone()
    list(steps)
    assert torch.equal(first.x, x)
    assert torch.equal(first.score, score)


def test_nothing_to_climb_is_said():
    net = nn.Sequential(nn.Linear(3, 4, bias=False), nn.ReLU(), nn.Linear(4, 2))
    found = lw.prototype(net, 1, shape=(3,))
    assert found.ended == ("flat",)
    assert "start= or noise=" in found.notes[-1]


def test_nan_on_the_way_is_walked_round():
    """log(1 - x) is NaN from 1 on: the search comes near and does not go there."""
    net = linear(torch.ones(1, 1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64))
    found = tight(
        net, 0, LogDensity(lambda x: (1 - x).log().sum(1), (1,)), weight=0.2, score="logit", step_size=5.0
    )
    close(found.x, torch.full((1, 1), 0.8, dtype=torch.float64))


def test_an_infinite_objective_is_not_taken():
    """-log(1 - x) is infinite at the end of the range, which the search would reach in one step."""
    net = linear(torch.ones(1, 1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64))
    pole = LogDensity(lambda x: -(1 - x).log().sum(1), (1,))
    found = lw.prototype(net, 0, pole, score="logit", input_range=(0, 1), step_size=5.0, steps=50)
    assert math.isfinite(float(found.objective))
    assert 0.5 < float(found.x) < 1


def test_nothing_but_nan_around_is_recorded():
    start = torch.zeros(2, 1, dtype=torch.float64)
    net = linear(torch.ones(2, 1, dtype=torch.float64), torch.zeros(2, dtype=torch.float64))
    holes = LogDensity(lambda x: torch.where(x == 0, x, torch.nan).sum(1) - 0 * x.sum(1), (1,))
    found = lw.prototype(net, 0, holes, score="logit", start=start, steps=5000)
    assert found.ended == ("not finite", "not finite")
    assert found.complete
    assert torch.equal(found.x, start)
    assert "NaN" in found.notes[-1]


def test_a_model_that_writes_into_its_input():
    net = nn.Sequential(nn.ReLU(inplace=True), nn.Linear(6, 4))
    found = lw.prototype(net, 1, start=torch.ones(1, 6), steps=10)
    assert (found.frames[0].x == 1).all()
    assert found.objective > found.frames[0].objective


def test_it_runs_in_inference_mode():
    with torch.inference_mode():
        net = small()
        found = lw.prototype(net, 1, shape=(1, 8, 8), noise=0.3, steps=5)
    assert found.objective > found.frames[0].objective


def test_the_code_makes_it_again():
    net = small().eval()
    found = lw.prototype(net, 1, shape=(1, 8, 8), noise=0.3, steps=7, weight=0.2)
    again = eval(found.code, {"lw": lw, "model": net})  # noqa: S307
    assert torch.equal(found.x, again.x)
    expert = L2(torch.zeros(1, 1, 8, 8))
    found = lw.prototype(net, lw.unit("0", 1), expert, noise=0.3, steps=7)
    assert "expert=expert" in found.code
    again = eval(found.code, {"lw": lw, "model": net, "expert": expert})  # noqa: S307
    assert torch.equal(found.x, again.x)


def test_it_says_what_it_is():
    text = repr(lw.prototype(small(), [1, 2], shape=(1, 8, 8), noise=0.3, steps=3))
    assert text.startswith("<Prototype of 2: L2(0), weight 0.01, x (2, 1, 8, 8)")
    assert "  1: score -" in text
    assert ", steps" in text


# -- the expert's weight -----------------------------------------------------------------------------------


def test_a_sweep_is_each_weight_by_itself():
    weights = [0.1, 0.3, 1.0]
    sweep = lw.prototype_sweep(
        linear(), [0, 1], L2(REFERENCE), weights, score="logit", tolerance=1e-15, steps=2000
    )
    for weight, found in zip(weights, sweep.prototypes, strict=True):
        close(found.x, REFERENCE + W[:2] / (2 * weight))
    assert sweep.score.shape == sweep.log_density.shape == (3, 2)
    assert (sweep.log_density.diff(dim=0) > 0).all()
    assert (sweep.score.diff(dim=0) < 0).all()
    assert len(repr(sweep).splitlines()) == 4


def test_a_sweep_follows_one_optimum():
    seen = list(sweep_steps(linear(), 1, L2(REFERENCE), [0.1, 0.3], noise=0.1, steps=50))
    assert torch.equal(seen[1].frames[0].x, seen[0].x)
    apart = list(sweep_steps(linear(), 1, L2(REFERENCE), [0.1, 0.3], follow=False, steps=50))
    assert torch.equal(apart[1].frames[0].x, REFERENCE)


def test_a_stopped_sweep_keeps_what_is_finished(monkeypatch):
    from lrpwidgets.explain import prototype_sweeps

    calls = []

    def interrupted(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return lw.prototype(*args, **kwargs)

    monkeypatch.setattr(prototype_sweeps, "prototype", interrupted)
    sweep = prototype_sweeps.prototype_sweep(linear(), 1, L2(REFERENCE), [0.1, 0.3, 1.0], steps=5)
    assert (sweep.weights, len(sweep), sweep.complete) == ((0.1,), 1, False)


# -- bad input ---------------------------------------------------------------------------------------------


class Deaf(nn.Module):
    def forward(self, x):
        return x.detach()


NET = linear().float()
DIGITS = lw.zoo.digits()


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: lw.prototype("net", 1), ModelError, "not str"),
        (lambda: lw.prototype(NET, 1), InputError, "shape of the model's input is not known"),
        (lambda: lw.prototype(NET, 1, shape="x"), InputError, "shape='x'"),
        (lambda: lw.prototype(NET, 9, shape=(6,)), TargetError, "class 9 is out of range"),
        (lambda: lw.prototype(NET, "top", shape=(6,)), TargetError, "not for the top one"),
        (lambda: lw.prototype(NET, "cat", shape=(6,)), TargetError, "label"),
        (lambda: lw.prototype(NET, 1, shape=(5,)), InputError, r"fails on an input of shape \(1, 5\)"),
        (lambda: lw.prototype(NET, lw.unit("none", 1), shape=(6,)), LayerError, "unknown layer 'none'"),
        (lambda: lw.prototype(DIGITS, lw.unit("features.0", 99)), LayerError, "unit 99 is out of range"),
        (lambda: lw.prototype(NET, 1, shape=(6,), weight=-1), InputError, "weight is a finite number.*-1"),
        (lambda: lw.prototype(NET, 1, shape=(6,), weight=math.nan), InputError, "weight"),
        (lambda: lw.prototype(NET, 1, shape=(6,), eta=1.0), InputError, "give near="),
        (lambda: lw.prototype(NET, 1, near=torch.zeros(1, 6), eta=-1.0), InputError, "eta"),
        (lambda: lw.prototype(DIGITS, 1, near=torch.zeros(28, 28), eta=1.0), InputError, r"\(28, 28\)"),
        (lambda: lw.prototype(NET, 1, near=torch.zeros(6), eta=1.0), InputError, r"near is of shape \(6,\)"),
        (lambda: lw.prototype(NET, 1, start=torch.full((1, 6), math.inf)), InputError, "start holds"),
        (lambda: lw.prototype(NET, 1, shape=(6,), steps=0), InputError, "steps.*at least 1, not 0"),
        (lambda: lw.prototype(NET, 1, shape=(6,), steps=1.5), InputError, "steps"),
        (lambda: lw.prototype(NET, 1, shape=(6,), step_size=0.0), InputError, "step_size=0.0"),
        (lambda: lw.prototype(NET, 1, shape=(6,), tolerance=-1.0), InputError, "tolerance=-1.0"),
        (lambda: lw.prototype(NET, 1, shape=(6,), count=0), InputError, "count"),
        (lambda: lw.prototype(NET, 1, shape=(6,), diversity=1.0), InputError, "there is one; give count="),
        (lambda: lw.prototype(NET, [1, 2, 3], shape=(6,), count=2), InputError, "the targets: 3, count: 2"),
        (lambda: lw.prototype(NET, 1, shape=(6,), noise=-1.0), InputError, "noise"),
        (lambda: lw.prototype(NET, 1, shape=(6,), score="loss"), InputError, "unknown score 'loss'"),
        (
            lambda: lw.prototype(NET, lambda out: out[:, 0], shape=(6,), score="logit"),
            InputError,
            "that of a class",
        ),
        (lambda: lw.prototype(nn.Linear(6, 1), 0, shape=(6,)), InputError, "softmax is 1"),
        (lambda: lw.prototype(NET, 1, shape=(6,), input_range=(1, 0)), InputError, "low <= high"),
        (lambda: lw.prototype(NET, 1, shape=(6,), input_range=(0, torch.ones(5))), InputError, "broadcast"),
        (
            lambda: lw.prototype(DIGITS, 1, lw.experts.GaussianRBM.fit(torch.rand(9, 5), 2, steps=1)),
            InputError,
            r"GaussianRBM\(.*shape=\(5,\)\) makes inputs of shape \(1, 5\), the model takes \(batch, 1, 28, 28\)",
        ),
        (
            lambda: lw.prototype(DIGITS, 1, L2(torch.zeros(1, 3, 28, 28))),
            InputError,
            r"L2.* makes inputs of shape \(1, 3, 28, 28\), the model takes \(batch, 1, 28, 28\)",
        ),
        (lambda: lw.prototype(Deaf(), 1, shape=(6,), weight=0.0), InputError, "nothing to climb"),
        (
            lambda: lw.prototype(DIGITS, 1, lw.zoo.digit_rbm(), start=torch.zeros(1, 1, 30, 30)),
            InputError,
            r"GaussianRBM.* for samples of shape \(1, 28, 28\).*\(1, 1, 30, 30\)",
        ),
        (
            lambda: lw.prototype(DIGITS, 1, CodeSpace(nn.Linear(3, 5), code_shape=(3,))),
            InputError,
            r"makes inputs of shape \(1, 5\) of codes \(1, 3\).*takes \(batch, 1, 28, 28\)",
        ),
        (
            lambda: lw.prototype(NET, 1, CodeSpace(nn.Linear(3, 6), code_shape=(2,))),
            InputError,
            r"decoder Linear fails on codes of shape \(1, 2\)",
        ),
        (
            lambda: lw.prototype(NET, 1, lambda x: x, shape=(6,)),
            InputError,
            r"one value a sample.*not \(1, 6\)",
        ),
        (lambda: lw.prototype(NET, 1, lambda x: x.no, shape=(6,)), InputError, "the expert .* fails"),
        (lambda: lw.prototype(NET, 1, 3, shape=(6,)), InputError, "not int"),
        (lambda: lw.prototype(NET, 1, L2, shape=(6,)), InputError, r"the class L2; make one"),
        (
            lambda: lw.prototype(NET, 1, lambda x: x.sum(1) * math.nan, shape=(6,)),
            InputError,
            "log density of LogDensity.*NaN or infinite where the search begins",
        ),
        (lambda: lw.prototype_sweep(NET, 1, L2(), [], shape=(6,)), InputError, "at least one weight"),
        (lambda: lw.prototype_sweep(NET, 1, L2(), [1.0, -1.0], shape=(6,)), InputError, "weight.*-1.0"),
        (
            lambda: lw.prototype_sweep(NET, 1, L2(), [1.0], shape=(6,), weight=1.0),
            InputError,
            "leave weight= out",
        ),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_bad_input_is_refused_before_the_first_step():
    with pytest.raises(TargetError):
        lw.prototype_steps(NET, 9, shape=(6,))


def test_a_sweep_is_shown_as_a_row_of_pictures_a_target():
    """In the order of the weights; each picture is that of the prototype of this weight."""
    net, expert = lw.zoo.digits(), lw.experts.L2()
    sweep = lw.prototype_sweep(net, [3, 8], expert, (0.01, 1.0, 10.0), steps=3)
    shown = sweep._repr_mimebundle_()
    assert shown["text/plain"] == repr(sweep)
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(shown["image/png"]))))
    wide = 168  # 28 pixels, enlarged sixfold
    for row in range(2):
        for column, each in enumerate(sweep.prototypes):
            x = 14 + column * (wide + 14)
            beside = picture[:, x : x + wide]
            wanted = each.domain.decode(each.x[row : row + 1])[0].repeat(6, 0).repeat(6, 1)
            places = [y for y in range(len(beside) - wide) if (beside[y : y + wide] == wanted).all()]
            assert len(places) == 1
            assert (places[0] > wide) == bool(row)


def test_a_sweep_of_what_is_no_picture_is_shown_as_its_text():
    sweep = lw.prototype_sweep(linear(), 1, L2(REFERENCE), [0.1, 0.3], steps=3)
    assert sweep._repr_mimebundle_() == {"text/plain": repr(sweep)}


def test_a_search_that_begins_outside_the_range_says_nothing_of_rules():
    """zB needs values in the range; a search clamps what it finds, and asks no rule."""
    start = torch.full((1, 1, 28, 28), 5.0)
    found = lw.prototype(lw.zoo.digits(), 3, start=start, steps=2)
    assert not [note for note in found.notes if "zB" in note or "input_range" in note]
    assert found.x.max() <= 1
