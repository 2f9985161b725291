"""The typeset equations are those of the rules: each is computed as it is written, and held against the engine."""

from __future__ import annotations

import pytest
import torch

import lrpwidgets as lw
from lrpwidgets.explain.rules import RULES
from lrpwidgets.widgets.equations import EQUATIONS, mathml

TAGS = set("math mrow mi mo mn mfrac msub msup msubsup munder".split())
FIRST = ("ZBox", "WSquare", "Flat")


def value(formula, names):
    """A formula as numbers: axis 0 is j, axis 1 is k."""
    if isinstance(formula, str):
        return names[formula]
    head, *parts = formula
    if head == "sum":
        return value(parts[1], names).expand(names["shape"]).sum("jk".index(parts[0]), keepdim=True)
    if head == "slope":
        return names["w"]  # of z_k = sum_j a_j w_jk + b_k
    if head not in FORMS:
        return names[head]
    return FORMS[head](*(value(part, names) for part in parts))


def product(first, *others):
    for other in others:
        first = first * other
    return first


FORMS = {
    "over": lambda one, other: one / other,
    "times": product,
    "plus": lambda one, other: one + other,
    "minus": lambda first, *others: first - sum(others),
    "positive": lambda part: part.clamp(min=0),
    "negative": lambda part: part.clamp(max=0),
    "group": lambda part: part,
    "square": lambda part: part**2,
    "sign": lambda part: torch.where(part < 0, -1.0, 1.0).to(part.dtype),
}
MADE = {
    "Epsilon": lw.Epsilon(0.3),
    "Gamma": lw.Gamma(0.7),
    "AlphaBeta": lw.AlphaBeta(3.0, 2.0),
    "ZBox": lw.ZBox(-1, 2),
}


@pytest.mark.parametrize("name", [name for name in RULES if name not in {"Pass", "Signal"}])
def test_what_is_typeset_is_what_the_engine_computes(name):
    torch.manual_seed(4)
    layer = torch.nn.Linear(6, 5).double()
    with torch.no_grad():
        layer.bias.abs_()
        if name == "Gamma":  # the equation is that of z_k > 0
            layer.weight.add_(0.2)
    a = torch.rand(1, 6, dtype=torch.float64)
    z, weight = layer(a), layer.weight.detach().T
    rule = MADE.get(name) or RULES[name]()
    given = torch.rand(5, dtype=torch.float64)
    ex = lw.explain(layer, a, rules=lw.preset({"": rule}), target=lambda out: (out * given).sum(1))
    names = {
        **dict.fromkeys("ax", a.T),
        "w": weight,
        "b": layer.bias.detach()[None],
        "z": z.detach(),
        "R": (z * given).detach(),
        "l": torch.tensor(-1.0),
        "h": torch.tensor(2.0),
        "1": torch.ones(1, 1, dtype=torch.float64),
        "shape": weight.shape,
        **{each: getattr(rule, each, None) for each in ("alpha", "beta", "gamma", "epsilon")},
    }
    expected = value(EQUATIONS[name].right, names)[:, 0]
    torch.testing.assert_close(ex.relevance[0], expected, rtol=1e-9, atol=1e-12)


def leaves(tree):
    return [tree] if isinstance(tree, str) else [leaf for part in tree[1:] for leaf in leaves(part)]


def tags(tree):
    return set() if isinstance(tree, str) else {tree[0]}.union(*map(tags, tree[1:]))


@pytest.mark.parametrize("name", RULES)
def test_every_rule_is_typeset_with_its_place_in_the_papers(name):
    tree = mathml(name)
    assert tree[0] == "math"
    assert tags(tree) <= TAGS
    assert EQUATIONS[name].source
    sides = "".join(leaves(tree)).split("=")
    assert sides[0] == "Rj"
    if name == "AlphaBeta":
        assert (
            sides[1]
            == "\u2211k(\u03b1(ajwjk)+\u2211j(ajwjk)+\u2212\u03b2(ajwjk)\u2212\u2211j(ajwjk)\u2212)Rk"
        )
    if name == "WSquare":
        assert sides[1] == "\u2211kwjk2\u2211jwjk2Rk"


def test_equations_of_the_tutorial_carry_its_numbers():
    assert EQUATIONS["AlphaBeta"].source == "equation (1)"
    assert EQUATIONS["ZPlus"].source.startswith("equation (2)")
    assert all("Table 2" in EQUATIONS[name].source for name in ("ZPlus", "ZBox", "WSquare"))
    assert set(EQUATIONS) == set(RULES)
