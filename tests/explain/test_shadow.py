"""The structural copy of a model reaches whatever Python can hold a module in, and shares nothing that is written."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import NamedTuple

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.explain.shadow import Shadow
from tests.explain.nets import Written, gradient, normal


class Pair(NamedTuple):
    drop: object
    number: int = 1


@dataclass
class Open:
    drop: nn.Module
    number: int = 1


@dataclass(frozen=True)
class Frozen:
    drop: nn.Module
    number: int = 1


@dataclass(frozen=True, slots=True)
class Slotted:
    drop: nn.Module
    number: int = 1


class Slots(nn.Module):
    __slots__ = ("__private", "empty", "held")

    def __init__(self):
        super().__init__()
        self.held = [nn.Dropout(0.5).train()]
        self.__private = 3.0

    def forward(self, x):
        return self.held[0](x) * self.__private


class Dictionary(nn.Module, dict):
    __hash__ = nn.Module.__hash__

    def forward(self, x):
        return self["drop"](x)


class Listed(nn.Module, list):
    __hash__ = nn.Module.__hash__

    def forward(self, x):
        return self[0](x)


def dropout():
    return nn.Dropout(0.5).train()


def itself(kind):
    def make():
        held = kind()
        if kind is list:
            held += [dropout(), held, (held,)]
        else:
            held.update(drop=dropout(), own=held, inside=[held])
        return held

    return make


def dictionary():
    module = Dictionary()
    module["drop"], module["own"] = dropout(), module
    return module


def listed():
    module = Listed()
    module += [dropout(), module]
    return module


HOLDERS = {
    "list in itself": (itself(list), lambda held, x: held[1][2][0][0](x)),
    "dict in itself": (itself(dict), lambda held, x: held["own"]["inside"][0]["drop"](x)),
    "namedtuple": (lambda: Pair(dropout(), 1), lambda held, x: held.drop(x)),
    "namespace": (lambda: SimpleNamespace(drop=dropout()), lambda held, x: held.drop(x)),
    "dataclass": (lambda: Open(dropout()), lambda held, x: held.drop(x)),
    "frozen dataclass": (lambda: Frozen(dropout()), lambda held, x: held.drop(x)),
    "dataclass with slots": (lambda: Slotted(dropout()), lambda held, x: held.drop(x)),
    "module with slots": (Slots, lambda held, x: held(x)),
    "module that is a dict": (dictionary, lambda held, x: held["own"](x)),
    "module that is a list": (listed, lambda held, x: held[1](x)),
    "nested": (lambda: {"a": [Pair((Open(dropout()),), 1)]}, lambda held, x: held["a"][0].drop[0].drop(x)),
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_dropout_is_off_wherever_it_is_held(holder):
    make, call = HOLDERS[holder]
    net, x = Written(lambda net, x: net.last(call(net.held, net.first(x))), held=make()), normal(2, 4)
    scale = 3.0 if holder == "module with slots" else 1.0
    twin = Written(lambda net, x: net.last(net.first(x) * scale))
    found = lw.explain(net, x, method="gradient-x-input", target=0)
    torch.testing.assert_close(found.relevance, gradient(twin, x) * x)
    assert any("training mode" in note for note in found.notes)


class Writes(nn.Module):
    """Writes to a tensor, to records and to containers that it holds."""

    def __init__(self):
        super().__init__()
        self.last = nn.Linear(4, 3).double()
        self.memory, self.record, self.space = (
            torch.zeros(4).double(),
            Open(nn.Identity()),
            SimpleNamespace(n=0),
        )
        self.register_buffer("counter", torch.zeros(1))
        self.again = [self.counter]

    def forward(self, x):
        self.memory.add_(1)
        self.counter += 1
        assert self.again[0] is self.counter
        self.record.number += 1
        self.space.n += 1
        return self.last(x * self.memory)


def test_what_a_forward_writes_to_is_its_own():
    net = Writes().eval()
    for _ in range(2):
        lw.explain(net, normal(2, 4), method="gradient-x-input")
    assert not net.memory.any()
    assert not net.counter.any()
    assert (net.record.number, net.space.n) == (1, 0)


def test_what_two_modules_share_stays_shared():
    shared = {"n": 0}
    net = nn.Sequential(Written(lambda net, x: x, state=shared), Written(lambda net, x: x, state=shared))
    copy = Shadow(net).module
    assert copy[0].state is copy[1].state
    assert copy[0].state is not shared


def test_parameters_are_shared_wherever_they_are_held():
    net = Written(lambda net, x: x)
    net.held = [net.first.weight, (net.first.weight,), SimpleNamespace(weight=net.first.weight)]
    held = Shadow(net).module.held
    assert all(item is net.first.weight for item in (held[0], held[1][0], held[2].weight))
