"""The same numbers as lxt 2.1: the formulas of AttnLRP on nets of one operation, and an encoder end to end."""

from __future__ import annotations

import importlib.metadata
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lrpwidgets as lw
from benchmarks.models import Encoder
from lrpwidgets.explain.lrp import LRP
from tests.peers.nets import agree, seeded, signed

lxt = pytest.importorskip(
    "tests.peers.lxt_formulas", reason="needs lxt; run `make peers`", exc_type=ImportError
)
efficient = pytest.importorskip("tests.peers.lxt_peer", exc_type=ImportError)

ATTN = lw.PRESETS["attn-lrp"]
TARGET = [0, 3, 1]


class Around(nn.Module):
    """(batch, 3, 4, 5) through `before` (if any), one operation, and a dense layer on all of its results."""

    def __init__(self, body, after, part=None):
        super().__init__()
        self.body, self.part = body, part
        self.last = nn.Linear(after, 4)

    def forward(self, x):
        return self.last(self.body(self, x).flatten(1))


def of(operation):
    """The three tensors (batch, 4, 5) that an input holds, as arguments."""
    return lambda net, x: operation(*x.unbind(1))


def fused(*parts):
    """With an axis for the one head: without it torch writes attention out."""
    return F.scaled_dot_product_attention(*(part[:, None] for part in parts))


# name: (ours, lxt's, numbers that come out, a module with weights)
CASES = {
    "softmax": (lambda net, x: x.softmax(-1), lambda net, x: lxt.softmax(x), 60, None),
    "matmul": (
        of(lambda a, b, _: a @ b.mT),
        of(lambda a, b, _: lxt.matmul(a, b.mT)),
        16,
        None,
    ),
    "linear": (
        lambda net, x: net.part(x),
        lambda net, x: lxt.linear(net.part, x),
        72,
        lambda: nn.Linear(5, 6),
    ),
    "linear, no bias": (
        lambda net, x: net.part(x),
        lambda net, x: lxt.linear(net.part, x),
        72,
        lambda: nn.Linear(5, 6, bias=False),
    ),
    "layer norm": (
        lambda net, x: net.part(x),
        lambda net, x: lxt.layer_norm(net.part, x),
        60,
        lambda: nn.LayerNorm(5),
    ),
    "layer norm, no weights": (
        lambda net, x: net.part(x),
        lambda net, x: lxt.layer_norm(net.part, x),
        60,
        lambda: nn.LayerNorm(5, elementwise_affine=False),
    ),
    "sum": (of(lambda a, b, _: a + b), of(lambda a, b, _: lxt.add(a, b)), 20, None),
    "sum of three": (of(lambda a, b, c: a + b + c), of(lambda a, b, c: lxt.add(lxt.add(a, b), c)), 20, None),
    "sum with itself": (
        of(lambda a, b, _: a + b + a),
        of(lambda a, b, _: lxt.add(lxt.add(a, b), a)),
        20,
        None,
    ),
    "mean": (lambda net, x: x.mean(1), lambda net, x: lxt.mean(x, 1), 20, None),
    "product": (of(lambda a, b, _: a * b), of(lambda a, b, _: lxt.mul(a, b)), 20, None),
    "product by a constant": (lambda net, x: x * -0.7, lambda net, x: lxt.mul(x, -0.7), 60, None),
    "gelu": (lambda net, x: F.gelu(x), lambda net, x: lxt.gelu(x), 60, None),
    "attention": (of(fused), of(lxt.attention), 20, None),
    "attention, written out": (
        of(lambda q, k, v: ((q @ k.mT) * q.shape[-1] ** -0.5).softmax(-1) @ v),
        of(lxt.attention),
        20,
        None,
    ),
}


def made(case):
    """(ours, lxt's): two nets with the same weights."""
    ours, theirs, after, part = CASES[case]
    net = seeded(lambda: Around(ours, after, part and part())).double()
    if isinstance(net.part, nn.LayerNorm) and net.part.weight is not None:
        for at, parameter in enumerate(net.part.parameters()):
            parameter.data = 1 - at + 0.3 * signed(1, 5, seed=at)[0]

    def forward(x):
        return lxt.linear(net.last, theirs(net, x).flatten(1))

    return net, forward


def test_the_peer_is_the_version_the_numbers_were_agreed_with():
    assert importlib.metadata.version("lxt") == "2.1"


@pytest.mark.parametrize("case", CASES)
def test_formulas_one_by_one(case):
    net, forward = made(case)
    x = 2 * signed(3, 3, 4, 5)
    torch.testing.assert_close(forward(x), net(x))
    agree(lw.explain(net, x, rules=ATTN, target=TARGET).relevance, lxt.relevance(forward, x, TARGET), 1e-10)


def test_linear_with_an_epsilon():
    """Of one sign, because lxt adds epsilon to negative outputs too, which brings them nearer to zero."""
    layer = seeded(lambda: nn.Linear(6, 4)).double()
    x = signed(3, 6).abs()
    for sign, same in ((1, True), (-1, False)):
        for parameter in layer.parameters():
            parameter.data = sign * parameter.data.abs()
        found = lw.explain(layer, x, rules={"": lw.Epsilon(0.1)}, target=TARGET).relevance
        expected = lxt.relevance(lambda x: lxt.linear(layer, x, 0.1), x, TARGET)
        if same:
            agree(found, expected, 1e-12)
        else:
            scores = layer(x).gather(1, torch.tensor(TARGET)[:, None]).detach()
            agree(found, expected * (scores + 0.1) / (scores - 0.1), 1e-12)


def test_rms_norm_passes_relevance_on():
    """lxt's own forward is in float32, so its backward is started with our scores."""
    norm = nn.RMSNorm(5, eps=1e-5).double()
    norm.weight.data = 1 + 0.3 * signed(1, 5)[0]
    x = signed(3, 5)
    found = lw.explain(norm, x, rules=ATTN, target=TARGET)
    start = F.one_hot(torch.tensor(TARGET), 5) * found.score[:, None]
    leaf = x.clone().requires_grad_()
    (expected,) = torch.autograd.grad(lxt.rms_norm(norm, leaf), leaf, start)
    agree(found.relevance, expected, 1e-12)


def small():
    """The speed table's encoder with two blocks, and biases and norms that are no longer at their first values."""
    model = seeded(lambda: Encoder(width=12, heads=3, depth=2)).double()
    for at, part in enumerate(model.modules()):
        if isinstance(part, nn.LayerNorm):
            part.weight.data = 1 + 0.3 * signed(1, 12, seed=at)[0]
            part.bias.data = 0.3 * signed(1, 12, seed=at + 1)[0]
    return model, signed(3, 7, 12)


def test_an_encoder_end_to_end():
    model, x = small()
    torch.testing.assert_close(lxt.encoder(model, x), model(x))
    found = lw.explain(model, x, rules=ATTN, target=TARGET).relevance
    agree(found, lxt.relevance(lambda x: lxt.encoder(model, x), x, TARGET), 1e-9)


@pytest.mark.parametrize(("epsilon", "at_most"), [(1e-6, 1e-3), (1e-9, 1e-6), (1e-12, 1e-9)])
def test_an_encoder_with_an_epsilon(epsilon, at_most):
    """It is all that is between the two."""
    model, x = small()
    preset = replace(ATTN, dense=lw.Epsilon(epsilon))
    found = lw.explain(model, x, rules=preset, target=TARGET).relevance
    expected = lxt.relevance(lambda x: lxt.encoder(model, x), x, TARGET)
    agree(found, expected, at_most)
    with pytest.raises(AssertionError, match="of the largest value"):
        agree(found, expected, at_most / 1e4)


def test_an_encoder_by_modified_gradients():
    """The other half of lxt says the same, up to the 1e-10 that it divides by beside its activations."""
    model, x = small()
    with efficient.explainer(model, "attn-lrp") as explain:
        agree(lw.explain(model, x, rules=ATTN, target=TARGET).relevance, explain(x, TARGET), 1e-7)


OPERATIONS = {
    "_softmax": "softmax",
    "bmm": "matmul",
    "addmm": "linear",
    "native_layer_norm": "layer norm",
    "add": "sum",
    "mean": "mean",
    "mul": "product",
    "gelu": "gelu",
    "_scaled_dot_product_flash_attention_for_cpu": "attention",
}


@pytest.mark.parametrize("op", OPERATIONS)
def test_the_comparison_can_fail(op, monkeypatch):
    """One rule that gives a thousandth more to its first operand."""
    handler = LRP[op]

    def more(node, c, walk):
        first, *rest = handler(node, c, walk)
        return [first * 1.001, *rest]

    net, forward = made(OPERATIONS[op])
    x = 2 * signed(3, 3, 4, 5)
    expected = lxt.relevance(forward, x, TARGET)
    agree(lw.explain(net, x, rules=ATTN, target=TARGET).relevance, expected, 1e-10)
    monkeypatch.setitem(LRP, op, more)
    with pytest.raises(AssertionError, match="of the largest value"):
        agree(lw.explain(net, x, rules=ATTN, target=TARGET).relevance, expected, 1e-5)
