"""A kept trace holds no more than autograd's graph of the same forward, before any rule has run."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import UnsupportedOperationError
from lrpwidgets.explain import forward, recompute
from lrpwidgets.explain.layers import LAYERS
from lrpwidgets.explain.node import tensors_in
from lrpwidgets.explain.propagate import Walk
from lrpwidgets.explain.trace import Trace
from tests.explain.nets import convolutional
from tests.models import vision
from tests.models.cases import CASES


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
    "encoder": (encoder, TOKENS),
    "encoder, gelu": (partial(encoder, "gelu"), TOKENS),
}


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


def trace_of(net, x):
    """What a trace keeps: of values, and constants that the model computes from its weights alone, apart.

    Constants that are the model's own count nothing (the trace has copies of its buffers).
    """
    trace = lw.trace(net, x)
    sink = trace.nodes[-1].outputs[0]
    known = list(net.buffers())
    for module in net.modules():  # also what a parametrization computes
        own = (getattr(module, name, None) for name in ("weight", "bias"))
        known += [item for item in own if isinstance(item, torch.Tensor)]
    sinks = [] if sink.held is None else [sink.held]
    storages = Storages(*net.parameters(), *known, *sinks)
    storages.add(trace.input)
    for value in values_of(trace):
        if value.held is not None:
            storages.add(value.held)
    constants = Storages(*net.parameters(), *known, *storages.held.values())
    for node in trace.nodes:
        for constant in tensors_in([list(node.args), list(node.kwargs.values())]):
            if not any(constant.shape == item.shape and torch.equal(constant, item) for item in known):
                constants.add(constant)
    return storages.bytes, constants.bytes


def values_of(trace):
    return {value for node in trace.nodes for value in (*node.operands, *node.outputs)}


@pytest.mark.parametrize("name", NETS)
def test_a_trace_holds_no_more_than_the_graph(name):
    values, constants = trace_of(*built(*NETS[name]))
    assert values + constants <= graph_of(*built(*NETS[name]))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_so_it_is_for_every_net(case):
    """Beside it, what a recurrent net's first step adds: W h_0 + b of all gates, and the state it begins with."""
    net, x = case.model(torch.float32), case.input(3).float()
    values, constants = trace_of(net, x)
    assert values <= graph_of(net, x)
    recurrent = [weight for name, weight in net.named_parameters() if "weight_hh" in name]
    assert constants <= sum(4 * len(x) * sum(weight.shape) for weight in recurrent)


HOW = [{"rules": name} for name in lw.PRESETS] + [{"method": "sensitivity"}, {"method": "gradient-x-input"}]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_it_let_go_of_is_made_again_to_the_last_bit(case, monkeypatch):
    net, x = case.model(torch.float32), case.input(2).float()
    sparing = [lw.trace(net, x, keep=keep) for keep in (0, 1)]
    monkeypatch.setattr(forward, "dispense", lambda nodes, always: None)
    whole = lw.trace(net, x)
    monkeypatch.undo()
    for how in HOW:
        try:
            expected = whole.explain(**how)
        except UnsupportedOperationError:
            continue
        for trace in sparing:
            before = trace.kept.activations
            for _ in range(2):
                assert torch.equal(trace.explain(**how).relevance, expected.relevance)
            assert trace.kept.activations == before


def test_gradients_and_attn_lrp_make_nothing_again_and_epsilon_does_it_once(monkeypatch):
    ran = []
    again = recompute.again
    monkeypatch.setattr(recompute, "again", lambda node, tensors: ran.append(node) or again(node, tensors))
    trace = lw.trace(*built(*NETS["encoder, gelu"]))
    trace.explain(method="gradient-x-input")
    trace.explain(rules="attn-lrp", target=1)
    assert not ran
    trace.explain(rules="epsilon")
    layers = [node for node in ran if node.op in LAYERS]
    assert len(layers) == len(set(layers)) > 4
    ran.clear()
    trace.explain(rules="epsilon", target=1)
    assert not ran


def test_the_walk_lets_go_again_of_what_it_has_passed(monkeypatch):
    """At most what a few operations read is there at a time, and nothing after an error."""
    most = []
    handle = Walk._handle
    trace = lw.trace(*built(*NETS["encoder, gelu"]))
    before, wanted = trace.kept.activations, trace._recording.replay.size

    def watched(walk, node, arrived):
        most.append(trace.kept.activations - before)
        if len(most) == 40 and stop:
            raise ValueError("stop")
        return handle(walk, node, arrived)

    monkeypatch.setattr(Walk, "_handle", watched)
    stop = False
    trace.explain(rules="deep-taylor")
    assert 0 < max(most) < wanted / 2
    stop = True
    most.clear()
    trace.keep, trace._branches = 0, type(trace._branches)()
    with pytest.raises(ValueError, match="stop"):
        trace.explain(rules="deep-taylor")
    assert trace.kept.activations == before


def test_kept_layers_and_one_explanation_let_go_of_nothing_more(monkeypatch):
    """What `layers=` names stays; `lw.explain` asks once, and keeps to what it has."""
    net, x = built(*NETS["encoder, gelu"])
    path = "0.layers.0.linear2"
    trace = lw.trace(net, x, layers=[path])
    (value,) = trace._recording.outputs[path]
    assert value.held is not None
    assert lw.trace(net, x)._recording.outputs[path][0].held is None
    monkeypatch.setattr(recompute, "again", None)  # would fail
    lw.explain(net, x, rules="epsilon")


GRADIENTS = [name for name, method in lw.METHODS.items() if method.walks_once and not method.has_rules]


@pytest.mark.parametrize("method", GRADIENTS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_one_gradient_reads_nothing_of_what_only_rules_read(case, method):
    """`lw.explain` then keeps less, and gives the same to the last bit."""
    net, x = case.model(torch.float32), case.input(3).float()
    trace = lw.trace(net, x)
    assert torch.equal(lw.explain(net, x, method=method).relevance, trace.explain(method=method).relevance)


def test_one_gradient_makes_no_copy_for_relu6_in_place():
    net, x = built(*NETS["EfficientNet"])
    kept = [Trace(net, x, keep=0, _once=True, _rules=rules).kept.activations for rules in (True, False)]
    assert kept[1] < 0.7 * kept[0]


def test_a_long_chain_of_sums_is_held_here_and_there():
    """Parts of sums are made of one another: no walk makes a whole chain again for each link."""

    class Chain(nn.Module):
        def __init__(self):
            super().__init__()
            self.steps = nn.ModuleList(nn.Linear(6, 6) for _ in range(30))

        def forward(self, x):
            total = self.steps[0](x)
            for step in self.steps[1:]:
                total = total + step(x)
            return total

    net, x = built(Chain, (2, 6))
    trace = lw.trace(net, x)
    sums = [node.outputs[0] for node in trace.nodes if node.op == "add"]
    held = [at for at, value in enumerate(sums[:-1]) if value.held is not None]
    assert 2 <= len(held) <= 8
    assert torch.equal(
        trace.explain(rules="epsilon").relevance, lw.explain(net, x, rules="epsilon").relevance
    )


def test_what_the_input_is_viewed_as_takes_no_memory_of_its_own():
    """Unless the model writes into what it was given."""

    class Viewed(nn.Module):
        def __init__(self, write):
            super().__init__()
            self.write, self.linear = write, nn.Linear(12, 3)

        def forward(self, x):
            if self.write:
                x[0, 0].mul_(2)
            return self.linear(x.flatten(1))

    for write in (False, True):
        net, x = built(partial(Viewed, write), (2, 3, 4))
        trace = lw.trace(net, x)
        held = [value.held for value in values_of(trace) if value.held is not None]
        memory = {tensor.untyped_storage()._cdata for tensor in held if tensor.numel() == x.numel()}
        assert len(memory) == 1 + write
        assert torch.equal(trace.input, x)
        expected = lw.explain(net, x, rules="epsilon")
        assert torch.equal(trace.explain(rules="epsilon").relevance, expected.relevance)


def parts_of_sums(trace, op):
    """The values that an operation `op` made and a sum reads."""
    sums = (value for node in trace.nodes if node.op == "add" for value in node.operands)
    found = [value for value in sums if value.made_by >= 0 and trace.nodes[value.made_by].op == op]
    assert found
    return found


def test_what_draws_random_numbers_is_held():
    class Noisy(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Linear(6, 6), nn.Linear(6, 3)

        def forward(self, x):
            z = self.first(x)
            return self.last(nn.functional.rrelu(z, training=True) + z)

    net, x = built(Noisy, (2, 6))
    for op, held in (("rrelu_with_noise", True), ("addmm", True)):
        assert all((value.held is not None) == held for value in parts_of_sums(lw.trace(net, x), op))


def test_what_takes_a_layer_and_more_is_held():
    """A batch norm behind a layer whose output nobody keeps: that layer would run for each of its readers."""
    trace = lw.trace(*built(*NETS["ResNet"]))
    assert all(value.held is not None for value in parts_of_sums(trace, "native_batch_norm"))
