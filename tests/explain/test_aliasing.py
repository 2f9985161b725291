"""Tensors that share memory: exact overlaps, and no more comparisons than steps."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.explain.aliasing import Geometry, Kept, Writes
from lrpwidgets.explain.node import Value
from tests.explain.nets import Written, gradient, normal


def by_columns(net, x, steps):
    buffer = torch.zeros(len(x), steps, 4, dtype=x.dtype)
    buffer[:, 0] = x
    for i in range(1, steps):
        buffer[:, i] = torch.tanh(net.first(buffer[:, i - 1]))
    return net.last(buffer[:, -1])


def by_parts(net, x, steps):
    """Every view is made before the first write."""
    parts = torch.zeros(len(x), steps, 4, dtype=x.dtype).unbind(1)
    parts[0].copy_(x)
    for before, after in pairwise(parts):
        after.copy_(torch.tanh(net.first(before)))
    return net.last(parts[-1])


def read_first(net, x, steps):
    """Every part is read, and kept, before the first is written."""
    buffer = x[:, None] * torch.linspace(0.5, 1, steps, dtype=x.dtype)[:, None]
    read = [net.first(part) * part for part in buffer.unbind(1)]
    for i, part in enumerate(read):
        buffer[:, i] = part
    return net.last(buffer.sum(1))


class Recurrent(nn.Module):
    def __init__(self, body, steps):
        super().__init__()
        self.net, self.body, self.steps = Written(None), body, steps

    def forward(self, x):
        return self.body(self.net, x, self.steps)


@pytest.fixture
def compared(monkeypatch):
    """The number of overlap checks so far."""
    calls, overlaps = [], Geometry.overlaps
    monkeypatch.setattr(Geometry, "overlaps", lambda one, other: calls.append(1) or overlaps(one, other))
    return lambda: len(calls)


@pytest.mark.parametrize("body", [by_columns, by_parts, read_first])
def test_a_buffer_filled_step_by_step_is_recorded_in_linear_time(body, compared):
    counts, nodes = [], []
    for steps in (40, 80, 160):
        before = compared()
        nodes.append(len(lw.trace(Recurrent(body, steps), normal(2, 4)).nodes))
        counts.append(compared() - before)
    assert counts[2] - counts[1] <= 2.2 * (counts[1] - counts[0]), counts
    assert nodes[2] - nodes[1] <= 2.2 * (nodes[1] - nodes[0]), nodes


@pytest.mark.parametrize("body", [by_columns, by_parts, read_first])
def test_such_a_buffer_follows_autograd(body):
    net, x = Recurrent(body, 12), normal(2, 4)
    # autograd refuses a write to what an unbind returned, and to what it keeps itself
    twin = Written(lambda net, x: unrolled(net, x, body, 12))
    found = lw.explain(net, x, method="gradient-x-input", target=0).relevance
    torch.testing.assert_close(found, gradient(twin, x) * x)


def unrolled(net, x, body, steps):
    if body is read_first:
        parts = [x * scale for scale in torch.linspace(0.5, 1, steps, dtype=x.dtype)]
        return net.last(sum(net.first(part) * part for part in parts))
    for _ in range(1, steps):
        x = torch.tanh(net.first(x))
    return net.last(x)


@pytest.mark.parametrize(
    "constant", [lambda h: h.detach(), lambda h: h.data, lambda h: h.detach()[:, :].view(-1, 4)]
)
def test_a_detached_view_of_what_was_written_in_place_is_a_constant(constant):
    def body(net, x):
        h = net.first(x).relu_()
        return net.last(h * constant(h))

    net = Written(body)
    found = lw.explain(net, normal(2, 4), method="gradient-x-input", target=0).relevance
    torch.testing.assert_close(found, gradient(net, normal(2, 4)) * normal(2, 4))


def test_a_detached_view_that_is_written_afterwards_is_none():
    def body(net, x):
        h = net.first(x).relu_()
        shown = h.detach()
        shown.copy_(torch.tanh(x))
        return net.last(shown)

    twin = Written(lambda net, x: net.last(torch.tanh(x)))
    found = lw.explain(Written(body), normal(2, 4), method="gradient-x-input", target=0).relevance
    torch.testing.assert_close(found, gradient(twin, normal(2, 4)) * normal(2, 4))


def views(base, number, seed):
    """Slices, rows, columns and windows of `base`, many times over."""
    numbers = torch.Generator().manual_seed(seed)

    def pick(high):
        return int(torch.randint(high, (), generator=numbers))

    for _ in range(number):
        start, step, kind = pick(6), 1 + pick(3), pick(5)
        yield (
            base[start:, ::step],
            base[:, start],
            base[start, step:],
            base.unfold(1, 3, step)[start],
            base[start : start + 1].expand(4, -1),
        )[kind]


@pytest.mark.parametrize("seed", range(20))
def test_many_views_are_found_as_by_comparing_each(seed):
    """Against the elements themselves, with values that come and go."""
    base = torch.zeros(6, 7)
    writes, kept, order, alive = Writes(), Kept(), [], {}
    for view in views(base, 60, seed):
        value = Value(view.shape, view.dtype, False, tensor=view)
        expected = {other for other, shown in alive.items() if shown & elements(view, base)}
        assert set(kept.overlapping(view)) == expected
        for other in list(expected)[::2]:
            kept.remove(other, base)
            del alive[other]
        kept.add(value, view)
        alive[value] = elements(view, base)
        writes.add(view, value)
        order.append((elements(view, base), value))
    for time in (0, 10, 56, 60):
        for view in views(base, 20, seed + 100):
            left, visible = elements(view, base), []
            for number in range(len(order) - 1, time - 1, -1):  # the newest covers the older
                if left & order[number][0]:
                    visible.append(order[number][1])
                    left = left - order[number][0]
            found = [write.value for write in writes.since(time, view)]
            assert [value for value in found if value in visible] == visible[::-1]
            touching = [value for shown, value in order[time:] if shown & elements(view, base)]
            assert set(found) <= set(touching)


def elements(view, base):
    """The positions in `base` that `view` shows."""
    numbers = torch.arange(base.numel())
    return set(numbers.as_strided(view.shape, view.stride(), view.storage_offset()).flatten().tolist())


@pytest.mark.parametrize(
    "write",
    [
        lambda h: h.data.mul_(2),
        lambda h: h.detach().mul_(2),
        lambda h: h.data[:, :2].zero_(),
        lambda h: h.detach()[0].fill_(1),
    ],
)
def test_activations_written_behind_the_back_of_autograd_are_an_error(write):
    """The value changes and nothing says so: the map would be that of another forward."""

    class Behind(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = torch.nn.Linear(4, 5), torch.nn.Linear(5, 2)

        def forward(self, x):
            h = self.first(x).relu()
            write(h)
            torch.zeros(5).add_(1)  # memory of its own may be written
            return self.last(h)

    with pytest.raises(
        lw.errors.UnsupportedOperationError, match=r"an activation of shape \(2, 5\) by .*_ on its"
    ):
        lw.explain(Behind(), torch.rand(2, 4), target=0)
