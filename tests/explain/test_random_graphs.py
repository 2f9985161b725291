"""Random graphs of the operations in ``operation_nets.py``: what must hold whatever is joined to what."""

from __future__ import annotations

import warnings
from functools import cache

import torch
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import UnsupportedOperationError
from tests.explain import oracle
from tests.explain.nets import gradient, normal
from tests.explain.operation_nets import CASES as SINGLE
from tests.explain.operation_nets import SIGNAL, Around, Case

RULES = ("lrp-0", "epsilon", "deep-taylor", "alpha2-beta1", "epsilon-plus", "attn-lrp")
CASES = {
    **SINGLE,
    "dense layer": Case(SIGNAL, lambda: nn.Linear(6, 6)),
    "conv": Case(SIGNAL, lambda: nn.Conv1d(4, 4, 3, padding=1)),
    "conv, norm, relu": Case(
        SIGNAL, lambda: nn.Sequential(nn.Conv1d(4, 4, 3, padding=1, groups=2), nn.BatchNorm1d(4), nn.ReLU())
    ),
    "norm, relu, conv": Case(
        SIGNAL, lambda: nn.Sequential(nn.BatchNorm1d(4), nn.ReLU(inplace=True), nn.Conv1d(4, 4, 1))
    ),
    "max pool": Case(SIGNAL, lambda: nn.MaxPool1d(3, 1, 1)),
    "average pool": Case(SIGNAL, lambda: nn.AvgPool1d(3, 1, 1)),
    "GRU": Case(SIGNAL, lambda: nn.GRU(6, 6, batch_first=True), lambda rnn, x: rnn(x)[0]),
}


@cache
def keeping_shape():
    """Operations that take (batch, 4, 6) and give it back, sample by sample."""
    found = []
    for name, case in CASES.items():
        if case.shape != SIGNAL or case.refused or "packed" in name or "time first" in name:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            net, x = Around(case, bare=True), normal(3, *SIGNAL)
        with torch.no_grad():
            try:
                whole, alone = net.middle(x.clone()), net.middle(x[1:2].clone())
            except (RuntimeError, IndexError, AssertionError):  # made for a batch of two
                continue
        if whole.shape == x.shape and torch.allclose(whole[1:2], alone):
            found.append(name)
    return found


def test_there_are_operations_enough():
    kinds = " ".join(keeping_shape())
    assert len(keeping_shape()) > 40
    for word in ("norm", "softmax", "attention", "conv", "pool", "add", "maximum", "LSTM", "GRU", "encoder"):
        assert word in kinds, word


JOINS = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: torch.sub(a, b, alpha=0.5),
    "mul": lambda a, b: a * b.tanh(),
    "gate": lambda a, b: a * b.sigmoid(),
    "cat": lambda a, b: torch.cat([a[:, 2:], b[:, :2]], 1),
    "maximum": torch.maximum,
    "relu": lambda a, b: a.relu(),
    "bound": lambda a, b: a.tanh(),
    "in place": lambda a, b: (a * 1).add_(b).relu_(),
    "write": lambda a, b: (a * 1).index_copy_(1, torch.tensor([1]), b[:, :1] * 1),
}


class Graph(nn.Module):
    """Each step appends what an operation makes of one value, or a join of two; the last layer reads their sum."""

    def __init__(self, steps, seed):
        super().__init__()
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.manual_seed(seed)
            self.first, self.last = nn.Linear(6, 6).double(), nn.Linear(24, 3).double()
            self.parts = nn.ModuleDict()
            for at, (name, _, _) in enumerate(steps):
                if name in CASES:
                    self.parts[str(at)] = Around(CASES[name], bare=True)
        self.steps = steps
        self.eval()

    def forward(self, x):
        values = [self.first(x)]
        for at, (name, i, j) in enumerate(self.steps):
            a, b = values[i % len(values)], values[j % len(values)]
            values.append(JOINS[name](a, b) if name in JOINS else self.parts[str(at)].middle(a * 1))
        return self.last(sum(values).flatten(1))


PROGRAMS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(keeping_shape()), st.sampled_from(sorted(JOINS))),
        st.integers(0, 5),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=6,
)


def tame(net, x):
    with torch.no_grad():
        output = net(x)
    assume(bool(torch.isfinite(output).all()) and float(output.abs().max()) < 1e3)


def state(net):
    items = [(name, tensor.clone(), tensor._version) for name, tensor in net.state_dict().items()]
    return items, [(m.training, len(m._forward_hooks), len(m._forward_pre_hooks)) for m in net.modules()]


def unchanged(net, before):
    items, flags = state(net)
    assert flags == before[1]
    for (name, now, version), (_, then, old) in zip(items, before[0], strict=True):
        assert torch.equal(now, then), name
        assert version == old, name


@settings(max_examples=60, deadline=None)
@given(steps=PROGRAMS, seed=st.integers(0, 3))
def test_gradient_methods_are_autograd_and_accounted_for(steps, seed):
    net, x = Graph(steps, seed), normal(2, *SIGNAL, seed=seed)
    tame(net, x)
    before = state(net)
    trace = lw.trace(net, x)
    found = trace.explain(method="gradient-x-input", target=1)
    expected = gradient(net, x, target=1) * x
    scale = max(float(expected.abs().max()), 1e-3)
    oracle.close(found.relevance, expected, 1e-9, of=scale)
    ledger = found.ledger
    moved = max([abs(ledger.start), 1.0, *(abs(row.incoming) for row in ledger)])
    assert abs(ledger.unaccounted) <= 1e-9 * moved
    unchanged(net, before)


@settings(max_examples=60, deadline=None)
@given(steps=PROGRAMS, seed=st.integers(0, 3), rules=st.sampled_from(RULES))
@example(
    steps=[("instance norm 1d", 0, 0), ("cumsum", 1, 0)], seed=0, rules="deep-taylor"
)  # a sum that cancels
def test_lrp_is_finite_accounted_for_the_same_alone_and_again(steps, seed, rules):
    net, x = Graph(steps, seed), normal(3, *SIGNAL, seed=seed)
    tame(net, x)
    before = state(net)
    trace = lw.trace(net, x)
    try:
        found = trace.explain(rules=rules, target=1)
    except UnsupportedOperationError:
        assume(False)
    assert torch.isfinite(found.relevance).all()
    scale = max(float(found.relevance.abs().max()), 1e-3)
    ledger = found.ledger
    moved = max([abs(ledger.start), 1.0, *(abs(row.incoming) + abs(row.stopped) for row in ledger)])
    assert abs(ledger.unaccounted) <= 1e-8 * moved
    trace.explain(rules=rules, target=2)
    assert torch.equal(trace.explain(rules=rules, target=1).relevance, found.relevance)
    # A denominator next to zero magnifies the last digits, in which a batch differs from a loop.
    sharp = max(float(abs(row.stopped)) for row in ledger) if ledger.rows else 0.0
    alone = lw.explain(net, x[1:2], rules=rules, target=1).relevance
    oracle.close(found.relevance[1:2], alone, 1e-6 if sharp < 1e3 else 1e-2, of=scale)
    unchanged(net, before)


@settings(max_examples=40, deadline=None)
@given(steps=PROGRAMS, seed=st.integers(0, 3))
def test_float32_is_close_to_float64(steps, seed):
    net, x = Graph(steps, seed), normal(2, *SIGNAL, seed=seed)
    tame(net, x)
    exact = lw.explain(net, x, method="gradient-x-input", target=1).relevance
    scale = max(float(exact.abs().max()), 1e-3)
    assume(scale < 1e3)
    nudged = lw.explain(net, x * (1 + 1e-7), method="gradient-x-input", target=1).relevance
    assume(float((nudged - exact).abs().max()) < 1e-4 * scale)  # no kink or pole close by
    try:
        single = net.float()(x.float())
    except RuntimeError:  # a constant of the operation is in float64
        assume(False)
    assume(single.dtype == torch.float32)
    found = lw.explain(net, x.float(), method="gradient-x-input", target=1).relevance
    assert found.dtype == torch.float32
    oracle.close(found.double(), exact, 1e-2, of=scale)
