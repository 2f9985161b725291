"""A kept trace holds no more than autograd's graph of the same forward, before any rule has run."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.explain.layers import LAYERS
from lrpwidgets.explain.node import tensors_in
from tests.explain.nets import convolutional
from tests.models import vision


class Fire(nn.Module):
    """SqueezeNet's block."""

    def __init__(self, before, squeezed, after):
        super().__init__()
        self.squeeze = nn.Conv2d(before, squeezed, 1)
        self.one, self.three = nn.Conv2d(squeezed, after, 1), nn.Conv2d(squeezed, after, 3, padding=1)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.act(self.squeeze(x))
        return torch.cat([self.act(self.one(x)), self.act(self.three(x))], 1)


def squeeze_net():
    start = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2))
    end = nn.Sequential(nn.Conv2d(16, 5, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return nn.Sequential(start, Fire(8, 4, 8), Fire(16, 4, 8), end)


def efficient_net():
    """Inverted residuals as EfficientNet-Lite's: batch norms, ReLU6, no gates."""

    def block(before, after):
        wide = 4 * before
        parts = [nn.Conv2d(before, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU6(inplace=True)]
        parts += [nn.Conv2d(wide, wide, 3, padding=1, groups=wide, bias=False), nn.BatchNorm2d(wide)]
        parts += [nn.ReLU6(inplace=True), nn.Conv2d(wide, after, 1, bias=False), nn.BatchNorm2d(after)]
        return nn.Sequential(*parts)

    return nn.Sequential(block(3, 8), block(8, 8), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5))


def encoder(activation="relu"):
    layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True, activation=activation)
    layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    return nn.Sequential(layers, nn.Flatten(), nn.Linear(16 * 6, 3))


PICTURE, TOKENS = (3, 3, 16, 16), (3, 6, 16)
NETS = {
    "digits": (lw.zoo.digits, (3, 1, 28, 28)),
    "convolutional": (convolutional, (3, 2, 10, 10)),
    "VGG": (vision.VGG, PICTURE),
    "VGG with batch norm": (partial(vision.VGG, batch_norm=True), PICTURE),
    "ResNet": (partial(vision.ResNet, vision.BasicBlock), PICTURE),
    "ResNet, bottleneck": (partial(vision.ResNet, vision.Bottleneck), PICTURE),
    "SqueezeNet": (squeeze_net, (3, 3, 32, 32)),
    "EfficientNet": (efficient_net, PICTURE),
}
# Here rules divide by what linear layers return and sums add up, where no ReLU reads it; autograd holds none of it.
DENSE = {"encoder": (encoder, TOKENS), "encoder, gelu": (partial(encoder, "gelu"), TOKENS)}


def built(make, shape):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return make().float().eval(), torch.rand(shape)


class Storages:
    """Bytes of distinct pieces of memory; those of the model, and of what the caller holds anyway, count nothing."""

    def __init__(self, *others):
        self.others = {self.key(tensor): tensor for tensor in others}
        self.held = {}

    @staticmethod
    def key(tensor):
        return tensor.untyped_storage()._cdata

    def add(self, tensor):
        if self.key(tensor) not in self.others:
            self.held[self.key(tensor)] = tensor
        return tensor

    @property
    def bytes(self):
        return sum(tensor.untyped_storage().nbytes() for tensor in self.held.values())


def graph_of(net, x):
    """What autograd keeps of a forward, and of the input that the model is given."""
    storages = Storages(*net.parameters(), *net.buffers())
    storages.add(x)
    with torch.autograd.graph.saved_tensors_hooks(storages.add, lambda tensor: tensor):
        output = net(x.requires_grad_())
    storages.held.pop(storages.key(output), None)
    return storages.bytes


def trace_of(net, x, *, ends=()):
    """What a trace keeps: of values, and of constants that are not the model's (it has copies of the buffers)."""
    trace = lw.trace(net, x)
    sink = trace.nodes[-1].outputs[0]
    known = list(net.buffers())
    for module in net.modules():  # also what a parametrization computes
        own = (getattr(module, name, None) for name in ("weight", "bias"))
        known += [item for item in own if isinstance(item, torch.Tensor)]
    left_out = [value.tensor for node in trace.nodes for value in ends(node)] if ends else []
    storages = Storages(
        *net.parameters(), *known, *(item for item in (sink.tensor, *left_out) if item is not None)
    )
    storages.add(trace.input)
    for node in trace.nodes:
        for value in (*node.operands, *node.outputs):
            if value.tensor is not None:
                storages.add(value.tensor)
        for constant in tensors_in([list(node.args), list(node.kwargs.values())]):
            if not any(constant.shape == item.shape and torch.equal(constant, item) for item in known):
                storages.add(constant)
    return storages.bytes


@pytest.mark.parametrize("name", NETS)
def test_a_trace_holds_no_more_than_the_graph(name):
    net, x = built(*NETS[name])
    assert trace_of(net, x) <= graph_of(net, x)


@pytest.mark.parametrize("name", DENSE)
def test_of_a_transformer_it_holds_more_only_where_a_rule_divides(name):
    """By z of a linear layer (or its bias, added apart), and by the two parts of a sum."""
    net, x = built(*DENSE[name])

    def divided(node):
        if node.op in LAYERS:
            return node.outputs
        return () if node.op != "add" else node.outputs if len(node.operands) == 1 else node.operands

    assert trace_of(net, x, ends=divided) <= graph_of(net, x) < trace_of(net, x)
