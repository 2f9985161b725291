"""Which tensor of what a model returns holds the scores."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

import pytest
import torch

import lrpwidgets as lw
from lrpwidgets.errors import LrpError, ModelError
from tests.explain.nets import Written, gradient, normal

X = normal(3, 4)


@dataclass
class Answer:
    loss: torch.Tensor | None = None
    logits: torch.Tensor | None = None
    hidden: torch.Tensor | None = None


class Record(OrderedDict):
    """As HuggingFace's outputs: a dictionary whose entries are attributes, too."""

    __getattr__ = OrderedDict.__getitem__


class Plain:
    def __init__(self, **items):
        self.__dict__.update(items)


class Pair(NamedTuple):
    scores: torch.Tensor
    features: torch.Tensor


def returns(make):
    """A net whose forward returns `make(scores, features)`, and the net that returns the scores alone."""
    both = lambda net, x: (net.last(h := net.first(x).relu()), h)  # noqa: E731
    return Written(lambda net, x: make(*both(net, x))), Written(lambda net, x: both(net, x)[0])


FORMS = {
    "tensor": (lambda scores, features: scores, None),
    "tensor, first": (lambda scores, features: scores, 0),
    "one in a tuple": (lambda scores, features: (scores,), None),
    "one in a tuple with None": (lambda scores, features: (None, scores), None),
    "one in a dict": (lambda scores, features: {"out": scores}, None),
    "first of a tuple": (lambda scores, features: (scores, features), 0),
    "second of a list": (lambda scores, features: [features, scores], 1),
    "entry of a dict": (lambda scores, features: {"features": features, "scores": scores}, "scores"),
    "logits of a dict": (lambda scores, features: {"features": features, "logits": scores}, None),
    "dict with numbers and nests": (
        lambda scores, features: {"n": 3, "nest": (features, features), "scores": scores},
        None,
    ),
    "dataclass": (lambda scores, features: Answer(logits=scores, hidden=features), None),
    "dataclass, loss given": (
        lambda scores, features: Answer(loss=features.sum(), logits=scores, hidden=features),
        None,
    ),
    "dataclass, by name": (lambda scores, features: Answer(logits=features, hidden=scores), "hidden"),
    "ordered dict with attributes": (lambda scores, features: Record(logits=scores, past=features), None),
    "named tuple": (lambda scores, features: Pair(scores, features), "scores"),
    "any object": (lambda scores, features: Plain(logits=scores, hidden=features), None),
}


@pytest.mark.parametrize("question", [{"rules": "epsilon"}, {"method": "gradient-x-input"}], ids=str)
@pytest.mark.parametrize("form", FORMS)
def test_the_scores_are_found(form, question):
    make, name = FORMS[form]
    net, alone = returns(make)
    found = lw.explain(net, X, output=name, target=1, **question)
    expected = lw.explain(alone, X, target=1, **question)
    assert torch.equal(found.relevance, expected.relevance)
    assert torch.equal(found.output, expected.output)
    assert found.ledger.unaccounted == pytest.approx(0, abs=1e-10), "the ledger asks the same output again"
    assert torch.equal(found[2].relevance, expected[2].relevance)
    assert found[2].ledger.end == pytest.approx(float(expected.relevance[2].sum()), rel=1e-9)


def test_another_output_is_another_question():
    net, _ = returns(lambda scores, features: {"scores": scores, "features": features})
    found = lw.explain(net, X, output="features", target=2, method="gradient-x-input")
    twin = Written(lambda net, x: net.first(x).relu())
    torch.testing.assert_close(found.relevance, gradient(twin, X, target=2) * X)
    assert found.output.shape == (3, 4)


def test_the_code_says_which_output():
    net, _ = returns(lambda scores, features: {"scores": scores, "features": features})
    assert 'output="features"' in lw.explain(net, X, output="features", target=2).code


BAD = {
    "several, none named": (lambda scores, features: (scores, features), None, r"2 tensors: 0 \(3, 3\), 1 \(3, 4\)"),
    "several in a dict": (
        lambda scores, features: {"a": scores, "b": features}, None, r"'a' \(3, 3\), 'b' \(3, 4\).*output='a'"
    ),
    "misspelt": (lambda scores, features: {"logits": scores}, "logit", "did you mean 'logits'"),
    "name for a tuple": (lambda scores, features: (scores, features), "logits", "unknown output 'logits'.*'0', '1'"),
    "out of range": (lambda scores, features: (scores, features), 2, "unknown output '2'"),
    "name for a tensor": (lambda scores, features: scores, "logits", "returns one tensor; leave output='logits' out"),
    "attribute that is no tensor": (lambda scores, features: {"a": scores, "n": 3}, "n", "unknown output 'n'"),
    "None": (lambda scores, features: None, None, "returns a NoneType, not a tensor"),
    "number": (lambda scores, features: 3.0, None, "returns a float, not a tensor"),
    "empty dict": (lambda scores, features: {}, None, "returns a dict, not a tensor"),
    "text": (lambda scores, features: "cat", None, "returns a str, not a tensor"),
    "one that does not depend on x": (
        lambda scores, features: {"a": scores, "b": torch.ones(3, 2)}, "b", "does not depend on its input"
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", BAD)
def test_what_holds_no_scores_is_a_clear_error(form):
    make, name, message = BAD[form]
    net, _ = returns(make)
    with pytest.raises(ModelError, match=message):
        lw.explain(net, X, output=name, target=0)


@pytest.mark.parametrize("name", [True, 1.5, ["logits"], {"a": 1}, b"logits"], ids=str)
def test_a_name_of_another_kind_is_a_clear_error(name):
    net, _ = returns(lambda scores, features: {"logits": scores})
    with pytest.raises(LrpError, match="output"):
        lw.explain(net, X, output=name, target=0)
