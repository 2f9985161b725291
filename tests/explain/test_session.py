"""A session: its layers with their share of the relevance, and what it keeps."""

from __future__ import annotations

import pytest
import torch

import lrpwidgets as lw
from tests.explain.nets import convolutional, uniform
from tests.explain.test_filtering import X, blocks


def test_layers_list_every_call_with_kind_and_shape():
    layers = lw.trace(blocks(), X).layers
    found = [(one.path, one.kind, one.shape) for one in layers]
    assert ("stem", "Conv2d", (2, 4, 6, 6)) in found
    assert ("again#2", "Sequential", (2, 5, 6, 6)) in found
    assert [path for path, _, _ in found] == (
        "stem block left right again again.0 again.1 again#2 again.0#2 again.1#2 unused head".split()
    )
    assert all(one.share is None for one in layers)


def test_shares_are_relevance_that_arrives_over_the_score():
    net, x = convolutional(), uniform(2, 2, 10, 10)
    trace = lw.trace(net, x)
    found = trace.explain(rules="epsilon", target=1)
    by_path = {one.path: one for one in trace.layers}
    assert by_path["7"].share == pytest.approx(1)
    assert by_path["7"].rule == "Epsilon(epsilon=1e-06)"
    for path in ("0", "3"):
        arrives = trace.units(path, rules="epsilon", target=1).sum() / found.score.sum()
        assert by_path[path].share == pytest.approx(float(arrives), rel=1e-9)
    assert by_path["1"].share is None, "a ReLU only passes relevance on"
    lines = repr(trace.layers).splitlines()
    assert lines[0].split() == ["layer", "kind", "shape", "share", "rule"]
    assert "100.00%" in next(line for line in lines if line.startswith("7 "))


def test_kept_counts_activations_and_the_denominators_of_keep_presets():
    net, x = convolutional(), uniform(2, 2, 10, 10)
    trace = lw.trace(net, x, keep=2)
    first = trace.kept
    assert first.denominators == first.question == 0
    tensors = {
        value.tensor.untyped_storage().data_ptr(): value.tensor.untyped_storage().nbytes()
        for node in trace.nodes
        for value in (*node.operands, *node.outputs)
        if value.tensor is not None
    }
    assert first.activations == sum(tensors.values()) > 0
    trace.explain(rules="epsilon")
    one = trace.kept.denominators
    sizes = [trace._recording.outputs[path][0].shape.numel() * 8 for path in ("0", "3", "7")]
    assert one == sum(sizes)
    trace.explain(rules="deep-taylor")
    two = trace.kept.denominators
    assert two > one
    trace.explain(rules="alpha1-beta0")
    trace.explain(rules="epsilon", through={"3": 1})
    assert trace.kept.question > 0
    assert trace.kept.activations == first.activations
    assert f"{trace.kept.total / 2**20:.3g} MiB kept" in repr(trace)
    assert "MiB of activations" in str(trace.kept)


def test_what_is_not_to_be_kept_is_not():
    trace = lw.trace(convolutional(), uniform(2, 2, 10, 10), keep=0)
    trace.explain(rules="epsilon", through={"3": 1})
    assert trace.kept.denominators == trace.kept.question == 0


def test_told_layers_are_kept():
    net, x = convolutional(), uniform(2, 2, 10, 10)
    more = lw.trace(net, x, layers=["0"])
    assert (
        more.kept.activations
        == lw.trace(net, x).kept.activations + more._recording.outputs["0"][0].shape.numel() * 8
    )
    assert torch.equal(more._recording.outputs["0"][0].tensor, net[0](x).detach())
