"""Pooling with the channels innermost: the very numbers of torch's own kernels, whatever the window and the values."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import lrpwidgets as lw
from lrpwidgets.explain import windows

aten = torch.ops.aten

# kernel, stride, padding, dilation, ceil mode
WINDOWS = {
    "two by two": ([2, 2], [2, 2], [0, 0], [1, 1], False),
    "overlapping, padded": ([3, 3], [2, 2], [1, 1], [1, 1], False),
    "ceil mode": ([3, 3], [2, 2], [0, 0], [1, 1], True),
    "dilated, oblong": ([2, 3], [2, 1], [1, 1], [2, 1], False),
    "stride left out": ([4, 4], [], [0, 0], [1, 1], False),
}
SHAPES = [(1, 64, 32, 32), (3, 16, 33, 29), (2, 1040, 8, 8), (1, 16, 64, 64), (1, 16, 46, 45)]


def _values(shape: tuple[int, ...], kind: str) -> Tensor:
    torch.manual_seed(0)
    x = torch.randn(shape)
    if kind == "ties":
        return x.round().clamp(0, 1)
    if kind == "not finite":
        return torch.where(x > 1.5, torch.nan, torch.where(x < -1.5, -torch.inf, x))
    return x


@pytest.mark.parametrize("kind", ["random", "ties", "not finite"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("window", WINDOWS.values(), ids=WINDOWS)
def test_maxima_and_their_places_are_torchs_to_the_last_bit(
    window: tuple[Any, ...], shape: tuple[int, ...], kind: str
) -> None:
    x = _values(shape, kind)
    assert windows._pays(x)
    before = x.clone()
    for found, expected in zip(
        windows.max_pool(x, *window), aten.max_pool2d_with_indices(x, *window), strict=True
    ):
        torch.testing.assert_close(found, expected, rtol=0, atol=0, equal_nan=True)
        assert found.is_contiguous()
    torch.testing.assert_close(x, before, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(
    "window", [window for window in WINDOWS.values() if window[3] == [1, 1]], ids=lambda w: str(w[0])
)
@pytest.mark.parametrize("rest", [(True, None), (False, None), (True, 7)], ids=str)
def test_averages_are_torchs_to_the_last_bit(
    rest: tuple[bool, int | None], window: tuple[Any, ...], shape: tuple[int, ...]
) -> None:
    kernel, stride, padding, _, ceil = window
    x = _values(shape, "random")
    found = windows.average_pool(x, kernel, stride, padding, ceil, *rest)
    assert torch.equal(found, aten.avg_pool2d(x, kernel, stride, padding, ceil, *rest))
    assert found.is_contiguous()


@pytest.mark.parametrize(
    "x",
    [
        torch.zeros(1, 8, 128, 128),
        torch.zeros(1, 32, 4, 4),
        torch.zeros(1, 32, 64, 64).contiguous(memory_format=torch.channels_last),
        torch.zeros(1, 64, 64, 64)[:, ::2],
        torch.zeros(32, 64, 64),
        torch.zeros(1, 32, 64, 64, dtype=torch.int64),
    ],
    ids=["few channels", "small", "innermost already", "a view", "no batch", "integers"],
)
def test_other_inputs_take_torchs_own_way(x: Tensor) -> None:
    assert not windows._pays(x)
    maxima, places = windows.max_pool(x, [2, 2])
    expected = aten.max_pool2d_with_indices(x, [2, 2])
    assert torch.equal(maxima, expected[0])
    assert torch.equal(places, expected[1])


class _Pooled(nn.Module):
    """Convolution, the pools, and a sum."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 32, 3, padding=1)
        self.maximum, self.average = nn.MaxPool2d(3, 2, 1), nn.AvgPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.convolution(x).relu()
        return torch.cat([self.maximum(x).mean((2, 3)), self.average(x).mean((2, 3))], 1)


def test_a_trace_says_what_the_model_says_and_its_gradient_is_autograds() -> None:
    torch.manual_seed(0)
    net, x = _Pooled().eval(), torch.randn(2, 3, 48, 48)
    leaf = x.clone().requires_grad_()
    output = net(leaf)
    (gradient,) = torch.autograd.grad(output[:, 5].sum() + output[:, 40].sum(), leaf)
    trace = lw.trace(net, x)
    assert torch.equal(trace.output, output)
    found = trace.explain(method="gradient-x-input", target=lambda out: out[:, 5] + out[:, 40])
    torch.testing.assert_close(found.relevance, gradient * x)
