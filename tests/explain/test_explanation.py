"""The frozen record: what is in it, how it prints, indexes and reproduces itself."""

from __future__ import annotations

import dataclasses
import gc
import json
import pickle
import weakref

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.explain.explanation import Explanation
from tests.explain.nets import convolutional, dense, normal, uniform

NAMES = ["ant", "bee", 'a "c", said', "doe"]


@pytest.fixture(scope="module")
def model():
    return convolutional()


@pytest.fixture(scope="module")
def x():
    return normal(3, 2, 10, 10)


def same(one: Explanation, two: Explanation):
    for name in ("input", "relevance", "score", "output"):
        assert torch.equal(getattr(one, name), getattr(two, name)), name
    for name in ("target", "minus", "method", "rules", "settings", "labels", "notes"):
        assert getattr(one, name) == getattr(two, name), name


def run(code, model, x, **names):
    """What the line of Python makes, with only `lw`, `torch` and the user's own names around it."""
    return eval(code, {"lw": lw, "torch": torch, "model": model, "x": x, **names})  # noqa: S307


def test_what_is_in_it(model, x):
    found = lw.explain(model, x, rules="epsilon", target=2, minus=[0, 1, 3], labels=NAMES)
    assert torch.equal(found.input, x)
    assert found.input.data_ptr() != x.data_ptr()
    assert found.relevance.shape == x.shape
    output = model(x).detach()
    assert torch.equal(found.output, output)
    torch.testing.assert_close(found.score, output[:, 2] - output[[0, 1, 2], [0, 1, 3]], rtol=1e-12, atol=0)
    assert [target.index for target in found.target] == [2, 2, 2]
    assert [str(other) for other in found.minus] == ["ant", "bee", "doe"]
    assert (found.method, found.rules, found.labels) == ("lrp", "epsilon", tuple(NAMES))
    assert found.settings["rules"]["name"] == "epsilon"
    assert found.domain is None
    assert found.notes == ()


def test_total_is_the_sum_of_each_sample(model, x):
    found = lw.explain(model, x)
    assert found.total.shape == (3,)
    torch.testing.assert_close(found.total, found.relevance.sum((1, 2, 3)), rtol=1e-12, atol=0)


def test_nothing_in_it_asks_for_gradients_or_holds_a_graph(model, x):
    for method in ("lrp", "sensitivity", "gradient-x-input"):
        found = lw.explain(
            model, x.clone().requires_grad_(), method=method, target=lambda out: out[:, 0] ** 2
        )
        for tensor in (found.input, found.relevance, found.score, found.output):
            assert not tensor.requires_grad
            assert not tensor.is_inference()
            tensor.numpy()


def test_it_is_frozen(model, x):
    found = lw.explain(model, x)
    for field in dataclasses.fields(found):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(found, field.name, None)


@pytest.mark.parametrize("rules", ["deep-taylor", "epsilon"])
def test_indexing_gives_one_sample(model, x, rules):
    found = lw.explain(model, x, rules=rules, target=[2, 0, 1], minus=3, labels=NAMES)
    assert len(found) == 3
    for place in (0, 1, 2, -1, -3, np.int64(1)):
        one = found[place]
        assert len(one) == 1
        assert one.relevance.shape == (1, 2, 10, 10)
        for name in ("input", "relevance", "score", "output"):
            assert torch.equal(getattr(one, name)[0], getattr(found, name)[int(place)])
        assert one.target == (found.target[int(place)],)
        assert one.minus == (found.minus[int(place)],)
        assert (one.method, one.rules, one.labels) == (found.method, found.rules, found.labels)
        alone = lw.explain(model, x[[int(place)]], rules=rules, target=[2, 0, 1][int(place)], minus=3)
        assert one.ledger.start == pytest.approx(alone.ledger.start, rel=1e-12)
        assert one.ledger.rows[-1].outgoing == pytest.approx(alone.ledger.rows[-1].outgoing, rel=1e-9)
        assert torch.equal(one[0].relevance, one.relevance)
        assert one[0].ledger.start == one.ledger.start


def test_indexing_past_the_end(model, x):
    found = lw.explain(model, x)
    for place in (3, -4):
        with pytest.raises(IndexError, match=rf"sample {place} of an explanation of 3"):
            found[place]


def test_iterating(model, x):
    found = lw.explain(model, x)
    samples = list(found)
    assert [sample.target for sample in samples] == [(target,) for target in found.target]
    assert torch.equal(torch.cat([sample.relevance for sample in samples]), found.relevance)


def test_printed_says_target_method_shape_and_sums(model, x):
    found = lw.explain(model, x, target="bee", minus="ant", labels=NAMES)
    text = repr(found)
    assert text.startswith(
        "<Explanation of bee, bee, bee minus ant, ant, ant: lrp, rules deep-taylor, (3, 2, 10, 10)"
    )
    assert f"sum of R {float(found.total[0]):.6g} of f {float(found.score[0]):.6g}" in text
    many = lw.explain(model, normal(5, 2, 10, 10), method="sensitivity", target=0)
    assert "0, 0, 0, ...: sensitivity, (5" in repr(many)
    assert "rules" not in repr(many)


def test_with_a_ledger_that_is_known(model, x):
    found = lw.explain(model, x, target=1)
    again = found.with_ledger(found.ledger)
    assert again.ledger is found.ledger
    assert not found.with_ledger(None).has_ledger
    same(again, found)


def test_copies_and_pickles(model, x):
    import copy

    found = lw.explain(model, x, target=1)
    same(copy.copy(found), found)
    same(pickle.loads(pickle.dumps(found)), found)  # noqa: S301


@pytest.mark.parametrize("through", [None, {"0": 1}])
def test_it_keeps_no_trace(through):
    """Nor does the promise of a ledger, which records again."""
    net, x = dense(), uniform(2, 6)
    trace = lw.trace(net, x)
    found = trace.explain(through=through)
    gone = weakref.ref(trace)
    del trace
    gc.collect()
    assert gone() is None
    assert found.ledger.rows


def test_it_keeps_no_activations(model):
    """One explanation of a large batch must not hold the trace: only tensors of the input's and output's size."""
    gc.collect()
    before = {id(item) for item in gc.get_objects() if isinstance(item, torch.Tensor)}
    found = lw.explain(model, normal(2, 2, 10, 10))
    gc.collect()
    new = [item for item in gc.get_objects() if isinstance(item, torch.Tensor) and id(item) not in before]
    held = sum(item.numel() for item in new if not isinstance(item, nn.Parameter))
    weights = sum(parameter.numel() for parameter in model.parameters())
    assert held <= 4 * found.input.numel() + 4 * found.output.numel() + 4 * weights
    assert not any(tuple(item.shape) == (2, 5, 8, 8) for item in new), "the first layer's output"


# -- code ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"method": "sensitivity"},
        {"method": "gradient-x-input", "target": 2},
        {"rules": "alpha2-beta1", "target": [0, 3, 1]},
        {"rules": "epsilon", "target": 1, "minus": [2, 0, 3]},
        {"target": -1},
        {"target": torch.tensor([0, 1, 2])},
        {"target": np.array([0, 1, 2])},
        {"target": np.int64(2)},
        {"input_range": (-4, 4)},
        {"input_range": (-4.5, torch.full((1, 2, 1, 1), 4.25))},
        {"input_range": (torch.tensor([-4.1, -3.3]).view(1, 2, 1, 1).double(), torch.tensor(4.7).double())},
        {"input_range": (np.array(-4.1), np.float32(4.25))},
        {"rules": {"0": lw.ZBox(-4.5, 4.5), "3": lw.Epsilon(1e-3), "*": lw.AlphaBeta(1.5, 0.5)}},
        {"rules": {"0": lw.ZBox(torch.full((1, 2, 1, 1), -4.25), 4), "7": lw.Zero(), "3": lw.ZPlus()}},
        {"rules": {"0": lw.WSquare()}},
        {"rules": {"0": lw.Flat()}},
        {"method": "excitation-backprop", "target": 1},
        {"method": "taylor"},
        {"method": "taylor", "root": "scaling"},
        {"method": "taylor", "root": 0.5, "baseline": 0.25},
        {"method": "taylor", "root": torch.full((2, 1, 1), 0.25).double(), "target": 2, "minus": 0},
        {"method": "deconvnet"},
        {"method": "guided-backprop", "target": [0, 3, 1]},
        {"method": "integrated-gradients", "steps": 5, "baseline": torch.tensor([[[0.5]], [[-0.25]]])},
        {"method": "integrated-gradients", "steps": np.int64(3), "baseline": np.float32(0.25)},
        {"method": "smoothgrad", "noise": 0.25, "samples": 4, "seed": 9},
    ],
    ids=str,
)
def test_code_makes_the_same_arrays(model, x, settings):
    found = lw.explain(model, x, **settings)
    same(run(found.code, model, x), found)


def test_every_setting_is_in_the_code_and_in_the_record(model, x):
    found = lw.explain(model, x, method="smoothgrad", samples=3)
    assert found.code.endswith('target="top", noise=0.15, samples=3, seed=0)')
    assert found.settings == {"noise": 0.15, "samples": 3, "seed": 0}
    found = lw.explain(model, x, method="taylor", root=torch.tensor(0.5))
    assert found.settings == {"root": 0.5, "baseline": 0.0}
    found = lw.explain(model, x, method="excitation-backprop")
    assert found.rules is None
    assert found.settings["rules"]["name"] == "excitation-backprop"


def test_a_large_tensor_goes_by_the_name_of_its_parameter(model, x):
    baseline = normal(*x.shape[1:], seed=4)
    found = lw.explain(model, x, method="integrated-gradients", baseline=baseline, steps=3)
    assert "baseline=baseline" in found.code
    assert found.settings["baseline"] == f"tensor of shape {tuple(x.shape[1:])}"
    json.dumps(dict(found.settings))
    same(run(found.code, model, x, baseline=baseline), found)


def test_code_of_the_users_own_names(model, x):
    """Labels, a preset and a function go by the name the user is likely to have given them."""

    def score(output):
        return output[:, 0] - output[:, 1]

    found = lw.explain(model, x, target='a "c", said', labels=NAMES)
    same(run(found.code, model, x, labels=NAMES), found)
    preset = lw.preset({"3": lw.Epsilon(0.1)}, pooling="winner")
    found = lw.explain(model, x, rules=preset, target=score)
    assert found.target[0].index is None
    same(run(found.code, model, x, preset=preset, score=score), found)
    found = lw.explain(model, x, target=lambda output: output[:, 0])
    same(run(found.code, model, x, target=lambda output: output[:, 0]), found)


def test_code_of_a_trace_is_that_of_a_single_call(model, x):
    trace = lw.trace(model, x, labels=NAMES, input_range=(-5, 5))
    found = trace.explain(rules="alpha1-beta0", target="bee", minus="ant")
    same(run(found.code, model, x, labels=NAMES), found)


def test_code_with_a_domain(model):
    picture = lw.image(mean=0.25, std=0.5, channels=1, size=12)
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(200, 3)).eval()
    pixels = (uniform(12, 12) * 255).numpy().astype(np.uint8)
    found = lw.explain(net, pixels, input=picture)
    assert found.domain is picture
    same(run(found.code, net, pixels, input=picture), found)


def test_code_of_a_zoo_model_needs_nothing_but_model_and_x():
    net, digit = lw.zoo.digits(), lw.zoo.mnist()[3]
    found = lw.explain(net, digit, target="3", minus="8")
    assert [target.label for target in found.target] == ["3"]
    same(run(found.code, net, digit), found)
    assert "labels" not in found.code


def test_code_of_one_sample_names_its_own_target(model, x):
    """A line for the whole batch is no line for one sample of it, unless it picks it."""
    one = lw.explain(model, x, target=[0, 3, 1])[1]
    again = run(one.code, model, x)
    assert torch.equal(again.relevance, one.relevance)
