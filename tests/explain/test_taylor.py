"""Simple Taylor: root points by scaling, by search, and given; the account closes; claim E3."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError, MethodError
from tests.explain import oracle
from tests.explain.nets import Written, convolutional, dense, gradient, normal, uniform


def explain(net, x, **settings):
    return lw.explain(net, x, method="taylor", **settings)


def closes(found):
    """f(x) = f(root) + sum R + higher orders, by independent rows."""
    first, second = found.ledger.rows
    scale = float(found.score.abs().sum())
    assert found.ledger.start == pytest.approx(float(found.score.sum()), abs=1e-12 * scale)
    assert found.ledger.end == pytest.approx(float(found.relevance.sum()), abs=1e-12 * scale)
    assert first.incoming == pytest.approx(found.ledger.start, abs=1e-12 * scale)
    assert second.incoming == pytest.approx(first.outgoing, abs=1e-12 * scale)
    assert abs(found.ledger.unaccounted) <= 1e-12 * scale
    return first.stopped, second.stopped


# -- claim E3 --------------------------------------------------------------------------------------


@pytest.mark.parametrize("eps", [0.5, 1e-2, 1e-6])
def test_e3_scaled_root_lies_in_the_same_linear_region(bias_free_net, digits, eps):
    found = explain(bias_free_net, digits, root=eps)
    product = lw.explain(bias_free_net, digits, method="gradient-x-input").relevance
    oracle.close(found.relevance, (1 - eps) * product, 1e-8)
    at_root, higher = closes(found)
    total = float(found.score.sum())
    assert at_root == pytest.approx(eps * total, rel=1e-8)
    assert abs(higher) <= 1e-8 * total


def test_e3_searched_root_of_the_bias_free_net(bias_free_net, digits):
    """f(s x) = s f(x): the search ends just above zero, in the region of x, and finds gradient x input."""
    found = explain(bias_free_net, digits, root="search")
    product = lw.explain(bias_free_net, digits, method="gradient-x-input").relevance
    oracle.close(found.relevance, product, 1e-8)
    assert found.notes == ()
    closes(found)
    assert max(abs(one.ledger.rows[0].stopped) for one in found) <= 1e-8


def test_e3_searched_root_of_the_net_as_trained(digit_net, digits):
    """Where f has a root between the digit and black, it is one to 1e-8; the note counts the others."""
    found = explain(digit_net, digits, root="search", target=3)
    at_root = torch.tensor([one.ledger.rows[0].stopped for one in found])
    signs = torch.stack([digit_net(s * digits)[:, 3].detach().sign() for s in torch.linspace(0, 1, 33)])
    has_root = (signs != signs[-1]).any(0)
    assert 20 < int(has_root.sum()) < len(digits) - 20
    assert float(at_root[has_root].abs().max()) <= 1e-8
    assert float(at_root[~has_root].abs().min()) > 1e-8
    (note,) = [note for note in found.notes if "keeps its sign" in note]
    assert f"for {int((~has_root).sum())} of 200 samples" in note
    closes(found)


# -- the search ------------------------------------------------------------------------------------


def crossing():
    """A net of one score that is zero somewhere between most inputs."""
    net = dense(seed=2, sizes=(6, 16, 1))
    with torch.no_grad():
        net[-1].bias -= net(normal(200, 6, seed=3)).mean()
    return net


def first_root(net, x, target, end, parts=20000):
    """The s nearest to 1 where f(end + s (x - end)) changes sign, from a fine grid."""
    s = torch.linspace(1, 0, parts + 1, dtype=torch.float64)
    path = end + s.reshape(-1, *[1] * (x.dim() - 1)) * (x - end)
    f = net(path).detach()[:, target]
    change = (f * f[0].sign() <= 0).nonzero()
    return None if len(change) == 0 else float(s[change[0, 0]])


@pytest.mark.parametrize("baseline", [0.0, 0.3, "tensor"])
def test_search_finds_the_nearest_root(baseline):
    net, x = crossing(), normal(20, 6)
    end = (
        normal(6, seed=7) if baseline == "tensor" else torch.full((6,), float(baseline), dtype=torch.float64)
    )
    found = explain(net, x, target=0, root="search", baseline=end if baseline == "tensor" else baseline)
    some = 0
    for at, one in enumerate(found):
        s = first_root(net, x[at : at + 1], 0, end)
        if s is None:
            continue
        some += 1
        assert abs(one.ledger.rows[0].stopped) <= 1e-8
        # R = (x - root) . gradient(root), with root = end + s (x - end) up to the fine grid.
        root = end + (s + 0.5e-4 / 2) * (x[at] - end)
        expected = (x[at] - root) * gradient(net, root[None])[0]
        oracle.close(one.relevance[0], expected, 1e-3)
    assert some >= 5
    assert some < 20
    (note,) = found.notes
    assert f"{20 - some} of 20 samples" in note
    closes(found)


def test_where_f_keeps_its_sign_the_smallest_value_stands_for_the_root():
    net = Written(lambda net, x: ((x - 0.25) ** 2).sum(1, keepdim=True) + 1.0)
    x = torch.ones(2, 4, dtype=torch.float64)
    found = explain(net, x, root="search", target=0)
    (note,) = [note for note in found.notes if "keeps its sign" in note]
    assert "2 of 2" in note
    # On 33 points of the way 1 ... 0 the point .25 is met exactly; the gradient is zero there.
    assert [one.ledger.rows[0].stopped for one in found] == [1, 1]
    assert float(found.relevance.abs().max()) == 0
    closes(found)


def test_negative_scores_have_roots_too():
    net = Written(lambda net, x: x.sum(1, keepdim=True) - 2)
    x = torch.full((1, 4), 0.25, dtype=torch.float64)
    found = explain(net, x, root="search", target=0, baseline=1.0)
    assert float(found.score) == -1
    oracle.close(found.relevance, torch.full((1, 4), -0.25, dtype=torch.float64), 1e-8)


def test_a_score_of_zero_is_its_own_root():
    net = Written(lambda net, x: x.sum(1, keepdim=True) - 1)
    x = torch.full((1, 4), 0.25, dtype=torch.float64)
    found = explain(net, x, root="search", target=0)
    assert float(found.relevance.abs().max()) == 0
    assert found.notes == ()


def test_the_root_of_a_difference_is_where_both_scores_are_equal():
    net, x = dense(seed=4), normal(12, 6)
    found = explain(net, x, root="search", target=0, minus=1)
    torch.testing.assert_close(found.score, (net(x)[:, 0] - net(x)[:, 1]).detach())
    alone = Written(lambda _, x: net(x)[:, :1] - net(x)[:, 1:2])
    same = explain(alone, x, root="search", target=0)
    oracle.close(found.relevance, same.relevance, 1e-10)
    closes(found)


def test_top_is_resolved_once():
    """At the root another class may be on top; the target stays that of x."""
    net, x = dense(seed=0), normal(8, 6)
    top = explain(net, x, root=0.1)
    fixed = explain(net, x, root=0.1, target=net(x).argmax(1))
    assert (net(0.1 * x).argmax(1) != net(x).argmax(1)).any()
    assert torch.equal(top.relevance, fixed.relevance)


def test_a_callable_is_asked_at_the_root():
    net, x, weight = dense(seed=0), normal(5, 6), normal(5, 3, seed=4)
    found = explain(net, x, root=0.5, target=lambda out: (out**2 * weight).sum(1))
    leaf = (0.5 * x).requires_grad_()
    value = (net(leaf) ** 2 * weight).sum(1)
    (slope,) = torch.autograd.grad(value.sum(), leaf)
    oracle.close(found.relevance, 0.5 * x * slope, 1e-12)
    assert found.ledger.rows[0].stopped == pytest.approx(value.sum().item())
    closes(found)


@pytest.mark.parametrize("root", ["scaling", "search", 0.25])
def test_a_batch_is_a_loop_and_a_kept_trace_says_the_same(root):
    net, x = convolutional(), normal(3, 2, 10, 10)
    trace = lw.trace(net, x)
    found = trace.explain(method="taylor", root=root, target=[0, 1, 2])
    again = trace.explain(method="taylor", root=root, target=[0, 1, 2])
    assert torch.equal(found.relevance, again.relevance)
    for at in range(3):
        alone = explain(net, x[at : at + 1], root=root, target=at)
        oracle.close(alone.relevance[0], found.relevance[at], 1e-8)
        assert found[at].ledger.end == pytest.approx(alone.ledger.end, rel=1e-8)


def test_float32_search():
    net, x = crossing(), normal(20, 6)
    exact = explain(net, x, target=0, root="search")
    single = explain(net.float(), x.float(), target=0, root="search")
    assert single.notes == exact.notes
    oracle.close(single.relevance.double(), exact.relevance, 1e-3)


# -- a given root ----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5, 6), (6,), (1, 6), ()])
def test_given_root(shape):
    net, x = dense(seed=2), normal(5, 6)
    root = normal(*shape, seed=9) if shape else torch.tensor(0.3, dtype=torch.float64)
    found = explain(net, x, target=1, root=root)
    whole = root.expand(5, 6).clone()
    oracle.close(found.relevance, (x - whole) * gradient(net, whole, target=1), 1e-12)
    assert found.ledger.rows[0].stopped == pytest.approx(net(whole)[:, 1].sum().item())
    closes(found)


def test_scaling_is_the_small_eps():
    net, x = dense(bias=False), normal(3, 6)
    assert torch.equal(explain(net, x, root="scaling").relevance, explain(net, x, root=1e-6).relevance)


def test_an_empty_map_says_why():
    """Biases below zero close every ReLU near the origin: the section's limit of scaling has nothing to say."""
    net, x = convolutional(negative=True), uniform(3, 2, 10, 10)
    found = explain(net, x, root="scaling", target=0)
    assert float(found.relevance.abs().max()) == 0
    assert any("gradient at the root point is zero for 3 of 3" in note for note in found.notes)
    closes(found)


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"root": "serch"}, ["'taylor'", "root point", "did you mean 'search'", "'scaling'"]),
        ({"root": 1.0}, ["0 <= eps < 1", "1.0"]),
        ({"root": -0.1}, ["0 <= eps < 1", "-0.1"]),
        ({"root": math.nan}, ["0 <= eps < 1"]),
        ({"root": None}, ["root is None"]),
        ({"root": True}, ["root is True"]),
        ({"root": torch.zeros(5)}, ["root", "broadcasts", "(2, 6)"]),
        ({"root": torch.full((6,), math.inf)}, ["root", "NaN or infinite"]),
        ({"root": "search", "baseline": torch.zeros(3)}, ["baseline", "(2, 6)"]),
        ({"root": "search", "baseline": "black"}, ["baseline", "number or a tensor"]),
        ({"rot": 0.5}, ["unknown parameter 'rot'", "did you mean 'root'"]),
        ({"rules": "epsilon"}, ["takes no rules"]),
    ],
)
def test_errors(settings, words):
    with pytest.raises(MethodError) as caught:
        explain(dense(), normal(2, 6), **settings)
    for word in words:
        assert word in str(caught.value)


def test_an_input_of_whole_numbers_cannot_be_moved():
    net = nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.Linear(24, 3))
    trace = lw.trace(net, torch.arange(12).view(2, 6) % 9)
    for method in ("taylor", "integrated-gradients", "smoothgrad"):
        with pytest.raises(InputError, match=rf"{method}.*int64.*\(2, 6\).*'gradient-x-input'"):
            trace.explain(method=method)


def test_the_model_is_asked_in_eval_mode_and_left_alone():
    net = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3)).double()
    net.train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    found = explain(net, normal(4, 6), root="search")
    assert net.training
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    closes(found)
