"""The same numbers as autolrp 0.2.0: z+ without biases, one sample at a time because it mixes those of a batch."""

from __future__ import annotations

import importlib.metadata

import pytest
import torch

import lrpwidgets as lw
from tests.peers.nets import agree, dense, seeded, signed, vgg_like

peer = pytest.importorskip(
    "tests.peers.autolrp_peer", reason="needs autolrp; run `make peers`", exc_type=ImportError
)

NETS = {"VGG": (vgg_like, (3, 16, 16)), "dense": (dense, (20,))}
TARGET = [0, 5, 2]


def both(net, rule):
    build, shape = NETS[net]
    model, x = peer.comparable(seeded(build).double()), signed(3, *shape)
    with peer.explainer(model, "z+", stabilizer=1e-15) as explain:
        expected = torch.cat([explain(x[at : at + 1], [TARGET[at]]) for at in range(3)])
    rules = lw.preset({"*": rule}, base="epsilon")
    return lw.explain(model, x, rules=rules, target=TARGET).relevance, expected


def test_the_peer_is_the_version_the_numbers_were_agreed_with():
    assert importlib.metadata.version("autolrp") == "0.2.0"


@pytest.mark.parametrize("net", NETS)
def test_z_plus(net):
    agree(*both(net, lw.ZPlus()), 1e-10)


@pytest.mark.parametrize("wrong", [lw.AlphaBeta(1.01, 0.01), lw.Gamma(100.0)], ids=str)
@pytest.mark.parametrize("net", NETS)
def test_the_comparison_can_fail(net, wrong):
    with pytest.raises(AssertionError, match="of the largest value"):
        agree(*both(net, wrong), 1e-5)
