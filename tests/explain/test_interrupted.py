"""Memory that runs out, or Ctrl-C, at any operation: a clean error, nothing left behind, the next call works."""

from __future__ import annotations

import gc
import weakref
from functools import partial

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

import lrpwidgets as lw
from lrpwidgets.errors import LrpError, OutOfMemoryError
from tests.explain.nets import uniform
from tests.explain.test_untouched import assert_same, modes, state_of


class Failing(TorchDispatchMode):
    """Raises `error` at the operation `at` (from 0) that torch runs inside, whoever asks for it."""

    def __init__(self, error=None, at=-1):
        super().__init__()
        self.error, self.at, self.ran = error, at, 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.ran += 1
        if self.ran - 1 == self.at:
            raise self.error
        return func(*args, **(kwargs or {}))


class Small(nn.Module):
    """Of every kind a little: a fold, a residual sum, a write in place, attention."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.act, self.pool = nn.ReLU(inplace=True), nn.MaxPool2d(2)
        self.same = nn.Conv2d(4, 4, 1)
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        x = self.pool(self.act(self.norm(self.conv(x))))
        x = torch.relu(x + self.same(x)).flatten(2).mT
        x = x + self.attention(x, x, x, need_weights=False)[0]
        x[:, 0] = x[:, 1]
        return self.head(x.mean(1))


def small():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Small().double().train()


ERRORS = {
    "cuda": lambda: torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.\nMore of it"),
    "python": MemoryError,
    "cpu": lambda: RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
    "interrupt": KeyboardInterrupt,
}
ASKED = [{"rules": "attn-lrp"}, {"rules": {"conv": lw.ZPlus()}}, {"method": "gradient-x-input"}]
X = uniform(2, 1, 4, 4)


def check(error, caught):
    """What a user sees."""
    if isinstance(error, KeyboardInterrupt):
        assert caught is error
        return
    assert isinstance(caught, OutOfMemoryError | MemoryError)
    assert isinstance(caught, LrpError)
    assert caught.__cause__ is error
    text = str(caught)
    assert "ran out of memory" in text
    assert "fewer samples" in text
    assert "\n" not in text


def fail(kind, at, ask):
    error = ERRORS[kind]()
    with pytest.raises((LrpError, KeyboardInterrupt)) as caught, Failing(error, at):
        ask()
    check(error, caught.value)
    return str(caught.value)


def operations(ask):
    with Failing() as counter:
        ask()
    return counter.ran


@pytest.mark.parametrize("kind", ERRORS)
@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_every_operation_of_a_trace_and_an_explanation(asked, kind):
    net = small()
    trace = lw.trace(net, X)
    expected, again = lw.explain(net, X, target=0, **asked), trace.explain(target=0, **asked)
    state, mode = state_of(net), modes()
    told = []
    fresh = lw.trace(net, X)
    every = 2 if kind == "cuda" else 9
    for at in range(0, operations(lambda: fresh.explain(target=0, **asked)), every):
        trace = lw.trace(net, X)
        told.append(fail(kind, at, partial(trace.explain, target=0, **asked)))
        assert torch.equal(trace.explain(target=0, **asked).relevance, again.relevance), at
    total = operations(lambda: lw.explain(net, X, target=0, **asked))
    assert total > _begun(net) + 40
    told += [fail(kind, at, partial(lw.explain, net, X, target=0, **asked)) for at in range(0, total, every)]
    assert torch.equal(lw.explain(net, X, target=0, **asked).relevance, expected.relevance)
    assert_same(state, state_of(net))
    assert_same(mode, modes())
    if kind == "cuda":
        places = (
            "copying the input ran out",
            "copying the buffers of the model (Small) ran out",
            "in attention, on an input of shape (2, 1, 4, 4)",
            "way back through conv (convolution on (2, 1, 4, 4))",
        )
        for place in places:
            assert any(place in text for text in told), place


def _begun(net):
    """How many operations run before the model does: copies and checks."""
    seen = []
    handle = net.conv.register_forward_pre_hook(lambda module, args: seen.append(counter.ran))
    with Failing() as counter:
        lw.trace(net, X)
    handle.remove()
    return seen[0]


@pytest.mark.parametrize("kind", ["cuda", "interrupt"])
def test_every_operation_of_a_kept_trace(kind):
    """From the copies before the model runs to what is let go of after it."""
    net = small()
    for at in range(operations(lambda: lw.trace(net, X))):
        fail(kind, at, lambda: lw.trace(net, X))


@pytest.mark.parametrize("kind", ["cuda", "interrupt"])
def test_no_activation_outlives_the_error(kind):
    net, kept = small(), []
    net.same.register_forward_hook(lambda module, args, result: kept.append(weakref.ref(result)))
    lw.explain(net, X, target=0)  # weights are prepared once
    total, begun = operations(lambda: lw.explain(net, X, target=0)), _begun(net)
    for at in range(begun, total, 5):
        fail(kind, at, lambda: lw.explain(net, X, target=0))
    gc.collect()
    assert kept
    assert not any(reference() is not None for reference in kept)
