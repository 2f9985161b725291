"""Wrappers and habits that hide a model's operations, or change them: the map is that of the plain model."""

from __future__ import annotations

import threading

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

import lrpwidgets as lw
from tests.explain.nets import Written, convolutional, dense, gradient, normal, uniform


def checkpointed(net):
    return Written(lambda outer, x: checkpoint(outer.inner, x, use_reentrant=False), inner=net)


WRAPPED = {
    "script": torch.jit.script,
    "trace": lambda net: torch.jit.trace(net, uniform(2, 2, 10, 10)),
    "compile": lambda net: torch.compile(net, backend="eager"),
    "data parallel": nn.DataParallel,
    "checkpoint": checkpointed,
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rules", ["deep-taylor", "alpha2-beta1", "lrp-0"])
@pytest.mark.parametrize("wrap", WRAPPED)
def test_a_wrapped_model_is_the_model(wrap, rules):
    net, x = convolutional(), uniform(2, 2, 10, 10)
    expected = lw.explain(net, x, rules=rules, target=1, input_range=(0, 1)).relevance
    found = lw.explain(WRAPPED[wrap](net).eval(), x, rules=rules, target=1, input_range=(0, 1)).relevance
    torch.testing.assert_close(found, expected)


def test_paths_of_a_compiled_model_have_no_prefix():
    compiled = torch.compile(convolutional(), backend="eager")
    assert {node.path for node in lw.trace(compiled, uniform(1, 2, 10, 10)).nodes} == {*"01234567"}


@pytest.mark.parametrize(
    "like", ["zeros_like", "ones_like", "rand_like", "new_zeros", "new_full", "empty_like"]
)
def test_what_has_only_the_shape_of_an_activation_is_a_constant(like):
    def body(net, x):
        h = net.first(x)
        if like == "new_full":
            made = h.new_full(h.shape, 2.0)
        elif like == "new_zeros":
            made = h.new_zeros(h.shape)
        elif like == "empty_like":
            made = torch.empty_like(h).fill_(3.0)
        else:
            made = getattr(torch, like)(h)
        return net.last(h * (made * 0 + 2))

    assert [node.op for node in lw.trace(Written(body), normal(2, 4)).nodes] == ["addmm", "mul", "addmm"]
    found = lw.explain(Written(body), normal(2, 4), method="gradient-x-input", target=0).relevance
    twin = Written(lambda net, x: net.last(2 * net.first(x)))
    torch.testing.assert_close(found, gradient(twin, normal(2, 4)) * normal(2, 4))


def test_weights_made_in_inference_mode():
    with torch.inference_mode():
        net = dense()
    plain, x = dense(), uniform(2, 6)
    for rules in ("deep-taylor", "epsilon"):
        for _ in range(2):
            found = lw.explain(net, x, rules=rules, target=0).relevance
            assert torch.equal(found, lw.explain(plain, x, rules=rules, target=0).relevance)


def test_a_hook_that_changes_the_output_is_part_of_the_model():
    net, x = dense(), normal(2, 6)
    net[2].register_forward_hook(lambda module, args, result: result * 3)
    net[0].register_forward_pre_hook(lambda module, args: (args[0] * 2,))
    found = lw.explain(net, x, method="gradient-x-input", target=0)
    torch.testing.assert_close(found.relevance, gradient(net, x) * x)


def test_the_mask_of_an_attention_counts():
    net = nn.MultiheadAttention(4, 2, batch_first=True).double().eval()
    hidden = torch.tensor([[False, False, True], [False, True, True]])
    model = Written(
        lambda outer, x: outer.attention(x, x, x, key_padding_mask=hidden)[0][:, 0], attention=net
    )
    x = normal(2, 3, 4)
    for rules in ("attn-lrp",):
        found = lw.explain(model, x, rules=rules, target=0).relevance
        assert not found[hidden].any()
        assert found[~hidden].abs().sum() > 0
    found = lw.explain(model, x, method="gradient-x-input", target=0).relevance
    torch.testing.assert_close(found, gradient(model, x) * x)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_a_recurrent_net_beside_a_convolution(kind):
    """The fused kernel is undone for the recurrent layer alone; ids of its many short-lived tensors are reused."""
    flags = torch.backends.mkldnn.enabled

    def body(net, x):
        steps = F.relu(net.conv(x.mT)).mT
        return net.last(net.steps(steps)[0][:, -1])

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        parts = {
            "conv": nn.Conv1d(3, 5, 3, padding=1).double(),
            "steps": kind(5, 2, 2, batch_first=True, bidirectional=True).double(),
        }
    net, x = Written(body, **parts), normal(2, 30, 3)
    found = lw.explain(net, x, method="gradient-x-input", target=0).relevance
    torch.testing.assert_close(found, gradient(net, x) * x)
    found = lw.explain(net.float(), x.float(), method="gradient-x-input", target=0).relevance
    torch.testing.assert_close(found, gradient(net, x.float()) * x.float(), rtol=1e-4, atol=1e-6)
    assert torch.backends.mkldnn.enabled == flags


@pytest.mark.parametrize(
    "body",
    [
        lambda net, x: net.last(x.topk(4, 1)[0]),
        lambda net, x: net.last(torch.cat(net.first(x).split([1, 3], 1)[::-1], 1)),
        lambda net, x: net.last(
            sum(part * k for k, part in enumerate(net.first(x).repeat(1, 3).chunk(3, 1)))
        ),
        lambda net, x: net.last(net.first(x).sort(1)[0] + net.first(x).unbind(1)[2][:, None]),
        lambda net, x: net.last(
            torch.stack(torch.var_mean(net.first(x).view(-1, 4, 1).repeat(1, 1, 2), 2)[1:], 1)[:, 0]
        ),
    ],
)
def test_operations_with_several_outputs(body):
    net, x = Written(body), normal(3, 4)
    found = lw.explain(net, x, method="gradient-x-input", target=0).relevance
    torch.testing.assert_close(found, gradient(net, x) * x)


def test_calls_of_the_model_from_another_thread_are_not_recorded():
    """The recorder belongs to its thread; the user's model may run beside."""
    inside, done = threading.Event(), threading.Event()
    beside = dense()

    def body(net, x):
        inside.set()
        assert done.wait(30)
        return net.last(F.relu(net.first(x)))

    def other():
        assert inside.wait(30)
        beside(normal(2, 6))
        net.first(normal(2, 4))
        done.set()

    net = Written(body)
    thread = threading.Thread(target=other)
    thread.start()
    trace = lw.trace(net, normal(2, 4))
    thread.join(30)
    assert [node.op for node in trace.nodes] == ["addmm", "relu", "addmm"]


def test_parameters_shared_with_another_model():
    shared = nn.Linear(6, 6).double()
    one, two = (
        nn.Sequential(shared, nn.ReLU(), nn.Linear(6, 3).double()),
        nn.Sequential(nn.Identity(), shared),
    )
    two.train()
    before = {name: (id(item), item._version, item.clone()) for name, item in two.named_parameters()}
    assert lw.explain(one, normal(2, 6), rules="alpha2-beta1").ledger.rows
    for name, item in two.named_parameters():
        assert (id(item), item._version) == before[name][:2]
        assert torch.equal(item, before[name][2])
        assert item.grad is None
    assert all(module.training for module in (two, two[0]))
    assert not shared._forward_hooks
    assert "forward" not in shared.__dict__
