"""Relevance on every edge: sums of parallel branches, balance of nodes, and numbers re-derived in float64."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import MethodError
from lrpwidgets.explain.layer_graph import OUTPUT, Nesting, layer_graph
from lrpwidgets.explain.routes import routes


class Residual(nn.Module):
    """Two linear branches and the value itself are added."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c, self.f = (nn.Linear(6, 6) for _ in range(4))

    def forward(self, x):
        h = torch.relu(self.a(x))
        return self.f(h + torch.relu(self.b(h)) + self.c(h))


class Block(nn.Module):
    """Concatenates two convolutions of one value; called twice by `Concatenating`."""

    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Conv2d(8, 4, 1), nn.Conv2d(8, 4, 3, padding=1)

    def forward(self, x):
        return torch.cat([self.one(x), self.two(x)], 1).relu_()


class Concatenating(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 8, 3, bias=False), nn.BatchNorm2d(8)
        self.block, self.head = Block(), nn.Linear(8, 5)

    def forward(self, x):
        h = torch.relu(self.norm(self.first(x)))
        return self.head(self.block(self.block(h)).mean((2, 3)))


@pytest.fixture(params=["residual", "concatenating"])
def trace(request):
    torch.manual_seed(4)
    net = Residual() if request.param == "residual" else Concatenating()
    for parameter in net.parameters():
        parameter.data += 0.02 * torch.randn_like(parameter)
    shape = (2, 6) if request.param == "residual" else (2, 3, 7, 7)
    return lw.trace(net.eval(), torch.rand(shape))


RULES = ("deep-taylor", "epsilon", "alpha2-beta1")


@pytest.mark.parametrize("rules", RULES)
def test_branches_add_up_and_every_node_balances(trace, rules):
    found = routes(trace, rules=rules)
    explained = trace.explain(rules=rules)
    size = sum(abs(part) for one in found.passed for _, part in one.operands)
    for opened in (None, (), ("block",)):
        graph = layer_graph(found, opened)
        for node in graph.nodes:
            came = sum(edge.relevance for edge in graph.above(node.name))
            went = sum(edge.relevance for edge in graph.below(node.name))
            if graph.above(node.name):
                assert node.incoming == pytest.approx(came, abs=1e-6 * size)
            if graph.below(node.name) and node.name != OUTPUT:
                absorbed = node.bias + node.stabilizer + node.stopped
                assert came == pytest.approx(went + absorbed, abs=1e-6 * size)
        end = sum(edge.relevance for edge in graph.above("(input)"))
        assert end == pytest.approx(float(explained.total.double().sum()), abs=1e-5 * size)
        assert graph.below(OUTPUT)[0].relevance == pytest.approx(float(explained.score.sum()), rel=1e-5)


def test_each_branch_has_the_number_that_a_derivation_by_hand_gives():
    torch.manual_seed(1)
    net = Residual().double()
    x = torch.rand(1, 6, dtype=torch.float64)
    found = routes(lw.trace(net, x), rules=lw.preset({"*": lw.Zero()}, base="epsilon"), target=2)
    with torch.no_grad():
        h = torch.relu(net.a(x))
        b, c = torch.relu(net.b(h)), net.c(h)
        w = net.f.weight[2]
        expected = {"b": (b * w).sum(), "c": (c * w).sum()}
        past = ((b * w) / net.b(h) * (net.b.bias)).nan_to_num().sum()
        to_h = {
            "b": expected["b"] - past,
            "c": expected["c"] - (w * net.c.bias).sum(),
            "(add)": (h * w).sum(),
        }
    graph = layer_graph(found)
    for name, relevance in expected.items():
        assert graph.node(name).incoming == pytest.approx(float(relevance), rel=1e-9)
    arrived = {edge.above: edge.relevance for edge in graph.above("a")}
    assert arrived == {name: pytest.approx(float(part), rel=1e-9) for name, part in to_h.items()}


def test_a_layer_has_the_relevance_that_units_sum_to(trace):
    found = layer_graph(routes(trace, rules="epsilon"), ("block",))
    for node in found.nodes:
        if node.layer and "#" not in node.layer and len(node.shape or ()) > 1:
            units = trace.units(f"{node.layer}#1", rules="epsilon")
            assert node.incoming == pytest.approx(float(units.double().sum()), rel=1e-4, abs=1e-6)


def test_calls_of_one_module_are_nodes_of_their_own():
    trace = lw.trace(Concatenating().eval(), torch.rand(1, 3, 7, 7))
    found = routes(trace)
    closed = layer_graph(found, ())
    assert [node.name for node in closed.nodes] == [
        OUTPUT, "head", "(mean)", "block#2", "block", "norm", "first", "(input)",
    ]  # fmt: skip
    assert closed.node("block#2").opens
    opened = layer_graph(found, ("block",))
    names = {node.name for node in opened.nodes}
    assert {"block.one#2", "block.two#2", "block#2 (cat)", "block.one", "block.two", "block (cat)"} <= names
    assert len(opened.above("block (cat)")) == 2  # both branches of the second call
    assert Nesting(found.shapes).chain("block.one#2") == ["block#2", "block.one#2"]


def test_a_deep_network_begins_closed_as_far_as_it_must():
    net = lw.zoo.squeezenet()
    found = routes(lw.trace(net, lw.zoo.photos()[0]))
    graph = layer_graph(found)
    assert set(graph.opened) == {"features", "classifier"}
    assert len(graph.nodes) <= 40
    assert layer_graph(found, ()).nodes[1].name == "classifier"


def test_gradient_x_input_passes_and_sensitivity_does_not(trace):
    assert routes(trace, method="gradient-x-input").passed
    with pytest.raises(MethodError, match="does not say what relevance passes each layer"):
        routes(trace, method="sensitivity")


def test_the_trace_and_the_model_are_left_as_they_were(trace):
    before = [parameter.clone() for parameter in trace.model.parameters()]
    kept, relevance = trace.kept.total, trace.explain().relevance.clone()
    routes(trace, rules="epsilon")
    assert all(torch.equal(a, b) for a, b in zip(before, trace.model.parameters(), strict=True))
    assert torch.equal(trace.explain().relevance, relevance)
    assert trace.kept.total <= kept * 3
