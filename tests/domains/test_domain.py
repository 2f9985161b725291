"""What every domain promises, and what the engine and the measures do with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets import domains, measure
from lrpwidgets.errors import InputError
from lrpwidgets.render import kinds


@dataclass(frozen=True)
class Stations:
    """Numbers at named stations, one name a sample to tell samples apart."""

    names: tuple[str, ...] = ("a", "b")

    kind: ClassVar[str] = "stations"
    unit: ClassVar[str] = "mm"
    note: ClassVar[None] = None
    axes: ClassVar[tuple[str, ...]] = ("station",)
    code: ClassVar[str] = "stations()"
    input_range: ClassVar[None] = None
    groupings: ClassVar[tuple[str, ...]] = ("valleys",)

    def check(self, shape):
        if shape[1:] != (4,):
            raise InputError(f"there are 4 stations, not {shape}")

    def groups(self, name, x):
        return torch.tensor([[0, 1, 1, -1]]), ("north", "south")

    def encode(self, x):
        return torch.as_tensor(x)

    def decode(self, x):
        return x

    def read(self, x, index):
        return f"{float(x[index])} mm"

    def to_json(self):
        return {"kind": self.kind}

    def at(self, index):
        return Stations((self.names[index],))


def test_a_picture_s_domain_keeps_the_promise():
    assert isinstance(lw.image(), domains.Domain)
    assert isinstance(Stations(), domains.Domain)
    domain = lw.image(mean=0.5, std=0.5)
    x = domain.encode(np.array([[[255, 102, 0]]], np.uint8))[0]
    assert domain.read(x, (1, 0, 0)) == "green at x 0, y 0: 102"
    with pytest.raises(InputError, match="division of a picture"):
        domain.groups("words", torch.zeros(1, 3, 2, 2))
    with pytest.raises(InputError, match="3 channels"):
        domain.groups("channels", torch.zeros(1, 1, 2, 2))


@pytest.mark.parametrize(("order", "names"), [("BGR", ("blue", "green", "red")), ("gray", ("grey",))])
def test_channels_of_a_picture_are_pooled_by_their_names(order, names):
    domain = lw.image(order=order)
    net = nn.Sequential(nn.Flatten(), nn.Linear(len(names) * 12, 2))
    ex = lw.explain(net, torch.rand(2, len(names), 3, 4), input=domain, target=0, method="gradient-x-input")
    found = measure.pool(ex, "channels")
    assert found.names == names
    torch.testing.assert_close(found.net, ex.relevance.double().sum((2, 3)))


@pytest.fixture
def explained():
    net = nn.Linear(4, 2)
    return lw.explain(net, torch.randn(2, 4), input=Stations(), target=1, method="gradient-x-input")


def test_the_shape_is_the_domain_s_to_check():
    with pytest.raises(InputError, match="4 stations"):
        lw.explain(nn.Linear(3, 2), torch.ones(1, 3), input=Stations())


def test_one_sample_takes_its_own_part_of_the_domain(explained):
    assert explained[1].domain.names == ("b",)
    assert explained.domain.names == ("a", "b")


def test_divisions_of_the_domain_are_pooled_and_flipped_by_name(explained):
    found = measure.pool(explained, "valleys")
    r = explained.relevance.double()
    assert found.names == ("rest", "north", "south")
    wanted = torch.stack([r[:, 3], r[:, 0], r[:, 1] + r[:, 2]], 1)
    torch.testing.assert_close(found.net, wanted)
    with pytest.raises(InputError, match="hills"):
        measure.pool(explained, "hills")
    net = nn.Linear(4, 2)
    flips = measure.flip(
        net, torch.randn(1, 4), "gradient-x-input", regions="valleys", input=Stations(), target=1
    )
    assert next(iter(flips.curves.values())).scores.shape[-1] == 3  # as it is, and after each of two valleys


def test_token_ids_may_have_a_domain():
    class Words(Stations):
        kind = "words"

        def check(self, shape):
            assert len(shape) == 2

        def encode(self, x):
            return torch.as_tensor(x)

    net = nn.Sequential(nn.Embedding(9, 3), nn.Flatten(), nn.Linear(12, 2))
    ids = torch.tensor([[1, 2, 3, 4]])
    found = lw.explain(net, ids, input=Words(), target=0, method="gradient-x-input")
    plain = lw.explain(net, ids, target=0, method="gradient-x-input")
    torch.testing.assert_close(found.relevance, plain.relevance)
    torch.testing.assert_close(lw.explain(net, [[1, 2, 3, 4]], input=Words(), target=0).input, ids)


def test_a_kind_that_nothing_draws_says_which_are_drawn(explained):
    with pytest.raises(InputError, match=r"'stations'.*image"):
        kinds.kind(explained)
    assert "stations" in explained._repr_mimebundle_()["text/plain"]
