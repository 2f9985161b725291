"""Every operation: the gradient methods are autograd; LRP gives finite numbers that its ledger accounts for."""

from __future__ import annotations

import warnings
from functools import cache

import pytest
import torch

import lrpwidgets as lw
from lrpwidgets.errors import UnsupportedOperationError
from tests.explain import oracle
from tests.explain.nets import gradient, normal
from tests.explain.operation_nets import CASES, Around

RULES = ("lrp-0", "epsilon", "deep-taylor", "alpha2-beta1")
HANDLED = [name for name, case in CASES.items() if not case.refused]
REFUSED = [name for name, case in CASES.items() if case.refused]


@cache
def asked(name, bare):
    """The net, its input, a mix of its scores, and autograd's gradient of that mix."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own remarks on modules that are built here
        net, x = Around(CASES[name], bare=bare), normal(2, *CASES[name].shape)
    weight = normal(*net(x).shape, seed=5)
    return net, x, lambda output: (output * weight).sum(1), gradient(net, x, weight)


def closes(found):
    """Every bit of the score is accounted for."""
    ledger = found.ledger
    moved = sum(abs(row.incoming) for row in ledger)
    return abs(ledger.unaccounted) <= 1e-9 * max(abs(ledger.start), moved)


@pytest.mark.parametrize("bare", [False, True], ids=["after a layer", "at the input"])
@pytest.mark.parametrize("name", CASES)
def test_gradient_methods_are_autograd_and_leave_nothing_to_it(name, bare):
    net, x, target, expected = asked(name, bare)
    assert expected.abs().max() > 1e-4, "a dead net shows nothing"
    trace = lw.trace(net, x)
    product = trace.explain(method="gradient-x-input", target=target)
    oracle.close(product.relevance, expected * x, 1e-10)
    oracle.close(trace.explain(method="sensitivity", target=target).relevance, expected.square(), 1e-10)
    assert product.notes == ()
    assert closes(product)


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("bare", [False, True], ids=["after a layer", "at the input"])
@pytest.mark.parametrize("name", HANDLED)
def test_lrp_is_finite_and_accounted_for(name, bare, rules):
    net, x, target, slope = asked(name, bare)
    trace = lw.trace(net, x)
    found = trace.explain(rules=rules, target=target)
    assert torch.isfinite(found.relevance).all()
    assert closes(found)
    if rules == "lrp-0" and CASES[name].piecewise:
        oracle.close(found.relevance, slope * x, 1e-9)
    nothing = lw.explain(net, torch.zeros_like(x), rules=rules, target=target)
    assert torch.isfinite(nothing.relevance).all()
    assert closes(nothing)


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("name", REFUSED)
def test_lrp_says_what_it_has_no_rule_for(name, rules):
    net, x, target, _ = asked(name, False)
    with pytest.raises(UnsupportedOperationError, match=r"uses aten\.\w+ on \(2, .*no relevance rule"):
        lw.explain(net, x, rules=rules, target=target)
