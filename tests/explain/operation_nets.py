"""Every operation the engine says it handles, each in a small float64 net of its own, as users write it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from tests.explain.nets import normal


class Around(nn.Module):
    """Dense layer on the last axis, the operation, dense layer to 3 scores; `bare` leaves the first one out."""

    def __init__(self, case: Case, *, bare: bool = False) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(4)
            self.before = nn.Identity() if bare else nn.Linear(case.shape[-1], case.shape[-1])
            self.inside = case.module() if case.module else None
            if isinstance(self.inside, nn.Module):
                for norm in self.inside.modules():
                    if isinstance(norm, nn.modules.batchnorm._NormBase) and norm.running_mean is not None:
                        nn.init.normal_(norm.running_mean, std=0.3)
                        nn.init.uniform_(norm.running_var, 0.5, 1.5)
                    if getattr(norm, "weight", None) is not None and "Norm" in type(norm).__name__:
                        nn.init.normal_(norm.weight)
            self.body = case.body
            self.after = nn.Linear(1, 1)
            self.double().eval()
            with torch.no_grad():
                width = self.middle(normal(2, *case.shape)).flatten(1).shape[1]
            self.after = nn.Linear(width, 3).double().eval()

    def middle(self, x: Tensor) -> Tensor:
        x = self.before(x)
        return self.inside(x) if self.body is None else self.body(self.inside, x)

    def forward(self, x: Tensor) -> Tensor:
        return self.after(self.middle(x).flatten(1))


@dataclass(frozen=True)
class Case:
    """`body(module, x)` is the operation on x of (batch, *shape); without a body it is the module itself."""

    shape: tuple[int, ...]
    module: Callable[[], nn.Module] | None = None
    body: Callable[[Any, Tensor], Tensor] | None = None
    # Linear, constant or ReLU-like pieces only: LRP-0 is gradient x input.
    piecewise: bool = False
    # LRP has no rule for it and must say so.
    refused: bool = False


def op(shape: tuple[int, ...], body: Callable[[Tensor], Tensor], **more: Any) -> Case:
    return Case(shape, None, lambda _, x: body(x), **more)


def linear_op(shape: tuple[int, ...], body: Callable[[Tensor], Tensor]) -> Case:
    return op(shape, body, piecewise=True)


ROW, SIGNAL, PICTURE, VOLUME = (6,), (4, 6), (4, 6, 6), (2, 4, 4, 4)

ACTIVATIONS = {
    "relu": Case(ROW, nn.ReLU, piecewise=True),
    "relu6": Case(ROW, nn.ReLU6),
    "leaky_relu": Case(ROW, nn.LeakyReLU, piecewise=True),
    "prelu": Case(SIGNAL, lambda: nn.PReLU(4), piecewise=True),
    "rrelu": Case(ROW, nn.RReLU, piecewise=True),
    "hardtanh": Case(ROW, lambda: nn.Hardtanh(-0.4, 0.7)),
    "elu": Case(ROW, lambda: nn.ELU(0.7)),
    "selu": Case(ROW, nn.SELU),
    "celu": Case(ROW, lambda: nn.CELU(0.7)),
    "gelu": Case(ROW, nn.GELU),
    "gelu, tanh": Case(ROW, lambda: nn.GELU("tanh")),
    "silu": Case(ROW, nn.SiLU),
    "mish": Case(ROW, nn.Mish),
    "hardswish": Case(ROW, nn.Hardswish),
    "hardsigmoid": Case(ROW, nn.Hardsigmoid),
    "sigmoid": Case(ROW, nn.Sigmoid),
    "logsigmoid": Case(ROW, nn.LogSigmoid),
    "tanh": Case(ROW, nn.Tanh),
    "softplus": Case(ROW, lambda: nn.Softplus(2.0)),
    "softsign": Case(ROW, nn.Softsign),
    "tanhshrink": Case(ROW, nn.Tanhshrink),
    "hardshrink": Case(ROW, nn.Hardshrink, piecewise=True),
    "softshrink": Case(ROW, nn.Softshrink),
    "threshold": Case(ROW, lambda: nn.Threshold(0.1, 0.0), piecewise=True),
    "glu": Case(ROW, nn.GLU),
    "swiglu": op(ROW, lambda x: F.silu(x[:, :3]) * x[:, 3:]),
    "clamp": op(ROW, lambda x: x.clamp(-0.3, 0.6)),
    "clamp, one side": op(ROW, lambda x: x.clamp(min=0), piecewise=True),
    "clamp_min, clamp_max": op(ROW, lambda x: x.clamp_min(-0.1).clamp_max(0.4)),
    "abs": op(ROW, torch.abs, piecewise=True),
    "sqrt": op(ROW, lambda x: x.abs().add(0.1).sqrt()),
    "pow": op(ROW, lambda x: x**3),
    "square": op(ROW, torch.square),
    "swish by hand": op(ROW, lambda x: x * x.sigmoid()),
    "relu_": op(ROW, lambda x: F.relu_(x), piecewise=True),
    "inplace modules": Case(
        ROW,
        lambda: nn.Sequential(
            nn.ReLU6(inplace=True), nn.SiLU(inplace=True), nn.Hardswish(inplace=True), nn.ELU(inplace=True)
        ),
    ),
    "leaky_relu_": Case(ROW, lambda: nn.LeakyReLU(0.2, inplace=True), piecewise=True),
    "hardtanh_, mish_, celu_": Case(
        ROW, lambda: nn.Sequential(nn.Hardtanh(inplace=True), nn.Mish(inplace=True), nn.CELU(inplace=True))
    ),
    "sigmoid_, tanh_": op(ROW, lambda x: (x * 1).sigmoid_() + (x * 1).tanh_()),
    "clamp_": op(ROW, lambda x: x.clamp_(-0.3, 0.6)),
}

POOLING = {
    "max 1d": Case(SIGNAL, lambda: nn.MaxPool1d(2), piecewise=True),
    "max 1d, stride, padding": Case(SIGNAL, lambda: nn.MaxPool1d(3, 2, 1), piecewise=True),
    "max 2d": Case(PICTURE, lambda: nn.MaxPool2d(2), piecewise=True),
    "max 2d, overlapping, ceil": Case(PICTURE, lambda: nn.MaxPool2d(3, 2, 1, ceil_mode=True), piecewise=True),
    "max 3d": Case(VOLUME, lambda: nn.MaxPool3d(2), piecewise=True),
    "max 3d, overlapping, ceil": Case(VOLUME, lambda: nn.MaxPool3d(3, 2, 1, ceil_mode=True), piecewise=True),
    "max 2d, with indices": Case(
        PICTURE, lambda: nn.MaxPool2d(2, return_indices=True), lambda pool, x: pool(x)[0], piecewise=True
    ),
    "average 1d": Case(SIGNAL, lambda: nn.AvgPool1d(2), piecewise=True),
    "average 1d, overlapping": Case(
        SIGNAL, lambda: nn.AvgPool1d(3, 2, 1, ceil_mode=True, count_include_pad=False), piecewise=True
    ),
    "average 2d": Case(PICTURE, lambda: nn.AvgPool2d(2), piecewise=True),
    "average 2d, overlapping": Case(
        PICTURE, lambda: nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), piecewise=True
    ),
    "average 2d, divisor": Case(PICTURE, lambda: nn.AvgPool2d(2, divisor_override=3), piecewise=True),
    "average 3d": Case(VOLUME, lambda: nn.AvgPool3d(2), piecewise=True),
    "average 3d, overlapping": Case(VOLUME, lambda: nn.AvgPool3d(3, 2, 1), piecewise=True),
    "adaptive average 1d": Case(SIGNAL, lambda: nn.AdaptiveAvgPool1d(4), piecewise=True),
    "adaptive average 2d": Case(PICTURE, lambda: nn.AdaptiveAvgPool2d((4, 1)), piecewise=True),
    "adaptive average 2d to 1": Case(PICTURE, lambda: nn.AdaptiveAvgPool2d(1), piecewise=True),
    "adaptive average 3d": Case(VOLUME, lambda: nn.AdaptiveAvgPool3d(3), piecewise=True),
    "adaptive average 3d to 1": Case(VOLUME, lambda: nn.AdaptiveAvgPool3d(1), piecewise=True),
    "adaptive max 1d": Case(SIGNAL, lambda: nn.AdaptiveMaxPool1d(4), piecewise=True),
    "adaptive max 2d": Case(PICTURE, lambda: nn.AdaptiveMaxPool2d((4, 2)), piecewise=True),
    "adaptive max 3d": Case(VOLUME, lambda: nn.AdaptiveMaxPool3d(3), piecewise=True),
    "lp 1d": Case(SIGNAL, lambda: nn.LPPool1d(2, 2)),
    "lp 2d": Case(PICTURE, lambda: nn.LPPool2d(2, 2)),
    "lp 2d, order 3 after relu": Case(PICTURE, lambda: nn.Sequential(nn.ReLU(), nn.LPPool2d(3, 3, 2))),
    "lp 2d, order 1": Case(PICTURE, lambda: nn.LPPool2d(1, 2)),
    "lp 3d": Case(VOLUME, lambda: nn.LPPool3d(2, 2)),
    "max unpool": Case(
        PICTURE,
        lambda: nn.MaxPool2d(2, return_indices=True),
        lambda pool, x: F.max_unpool2d(*pool(x), 2),
        True,
    ),
    "amax": op(PICTURE, lambda x: x.amax((2, 3)), piecewise=True),
    "max over an axis": op(SIGNAL, lambda x: x.max(1).values, piecewise=True),
    "min over an axis": op(SIGNAL, lambda x: x.min(1).values, piecewise=True),
    "amin": op(SIGNAL, lambda x: x.amin(1), piecewise=True),
    "maximum": op(SIGNAL, lambda x: torch.maximum(x, x.flip(2)), piecewise=True),
    "maximum with a constant": op(SIGNAL, lambda x: torch.maximum(x, torch.zeros_like(x)), piecewise=True),
    "minimum": op(SIGNAL, lambda x: torch.minimum(x[:, :2], x[:, 2:]), piecewise=True),
    "top-k": op(SIGNAL, lambda x: x.topk(2, 2).values, piecewise=True),
    "sort": op(SIGNAL, lambda x: x.sort(2).values, piecewise=True),
    "median": op(SIGNAL, lambda x: x.median(2).values, piecewise=True),
    "kthvalue": op(SIGNAL, lambda x: x.kthvalue(2, 2).values, piecewise=True),
}

NORMS = {
    "batch norm, dense": Case(ROW, lambda: nn.BatchNorm1d(6), piecewise=True),
    "batch norm 1d": Case(SIGNAL, lambda: nn.BatchNorm1d(4), piecewise=True),
    "batch norm 2d": Case(PICTURE, lambda: nn.BatchNorm2d(4), piecewise=True),
    "batch norm 2d, not affine": Case(PICTURE, lambda: nn.BatchNorm2d(4, affine=False), piecewise=True),
    "batch norm 3d": Case(VOLUME, lambda: nn.BatchNorm3d(2), piecewise=True),
    "batch norm, own statistics": Case(PICTURE, lambda: nn.BatchNorm2d(4, track_running_stats=False)),
    "instance norm 1d": Case(SIGNAL, lambda: nn.InstanceNorm1d(4, affine=True)),
    "instance norm 2d": Case(PICTURE, lambda: nn.InstanceNorm2d(4)),
    "instance norm 2d, running": Case(
        PICTURE, lambda: nn.InstanceNorm2d(4, affine=True, track_running_stats=True), piecewise=True
    ),
    "instance norm 3d": Case(VOLUME, lambda: nn.InstanceNorm3d(2, affine=True)),
    "group norm": Case(PICTURE, lambda: nn.GroupNorm(2, 4)),
    "group norm, one group, not affine": Case(PICTURE, lambda: nn.GroupNorm(1, 4, affine=False)),
    "layer norm": Case(SIGNAL, lambda: nn.LayerNorm(6)),
    "layer norm over two axes": Case(SIGNAL, lambda: nn.LayerNorm((4, 6))),
    "layer norm, not affine": Case(SIGNAL, lambda: nn.LayerNorm(6, elementwise_affine=False)),
    "rms norm": Case(SIGNAL, lambda: nn.RMSNorm(6)),
    "rms norm, not affine, epsilon": Case(SIGNAL, lambda: nn.RMSNorm(6, eps=1e-3, elementwise_affine=False)),
    "rms norm by hand": op(SIGNAL, lambda x: x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)),
    "local response norm": Case(PICTURE, lambda: nn.LocalResponseNorm(3)),
    "normalize": op(SIGNAL, lambda x: F.normalize(x, dim=2)),
    "standardized by hand": op(
        SIGNAL, lambda x: (x - x.mean(2, keepdim=True)) / (x.std(2, keepdim=True) + 1e-3)
    ),
    "weight norm": Case(ROW, lambda: nn.utils.parametrizations.weight_norm(nn.Linear(6, 4)), piecewise=True),
    "spectral norm": Case(
        ROW, lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(6, 4)), piecewise=True
    ),
}

CONSTANT = normal(6, seed=9)
ARITHMETIC = {
    "add": linear_op(ROW, lambda x: x + x.flip(1)),
    "add, alpha": linear_op(ROW, lambda x: torch.add(x, x.flip(1), alpha=-1.5)),
    "add a constant": linear_op(ROW, lambda x: x + CONSTANT),
    "constant + alpha x": linear_op(ROW, lambda x: torch.add(CONSTANT, x, alpha=2.0)),
    "add a number": linear_op(ROW, lambda x: 2 + x),
    "add, broadcast": linear_op(SIGNAL, lambda x: x + x[:, :1] + x[..., :1] + CONSTANT),
    "sub": linear_op(ROW, lambda x: x - 0.5 * x.flip(1)),
    "sub a constant": linear_op(ROW, lambda x: x - CONSTANT),
    "constant - x": linear_op(ROW, lambda x: CONSTANT - x),
    "rsub": linear_op(ROW, lambda x: 1 - x),
    "rsub, alpha": linear_op(ROW, lambda x: torch.rsub(x, 3, alpha=2)),
    "rsub, two tensors": linear_op(ROW, lambda x: torch.rsub(x, 0.4 * x.flip(1), alpha=2)),
    "rsub, from a constant": linear_op(ROW, lambda x: torch.rsub(CONSTANT, x, alpha=2)),
    "rsub, broadcast": linear_op(
        SIGNAL, lambda x: torch.rsub(x[:, :1], x) + torch.rsub(x[:, :1], CONSTANT[:4, None])
    ),
    "rsub, constant tensor": linear_op(ROW, lambda x: torch.rsub(x, CONSTANT, alpha=2)),
    "mul by a constant": linear_op(ROW, lambda x: x * CONSTANT * 3),
    "mul by a column": linear_op(SIGNAL, lambda x: x * CONSTANT[:4, None]),
    "mul": op(ROW, lambda x: x * x.flip(1)),
    "square by mul": op(ROW, lambda x: x * x),
    "gate": op(ROW, lambda x: x.flip(1).sigmoid() * x),
    "mask": linear_op(ROW, lambda x: x * (x > 0)),
    "div by a constant": linear_op(ROW, lambda x: x / CONSTANT / 2),
    "div": op(ROW, lambda x: x / (1 + x.flip(1).abs())),
    "neg": linear_op(ROW, lambda x: -x),
    "mean": linear_op(SIGNAL, lambda x: x.mean(1)),
    "mean, keepdim": linear_op(SIGNAL, lambda x: x.mean((1, 2), keepdim=True)),
    "sum": linear_op(SIGNAL, lambda x: x.sum(-1)),
    "sum of a list": linear_op(SIGNAL, lambda x: sum(x.unbind(1))),
    "cumsum": linear_op(SIGNAL, lambda x: x.cumsum(2)),
    "einsum with a constant": linear_op(SIGNAL, lambda x: torch.einsum("bij,j->bi", x, CONSTANT)),
    "einsum": op(SIGNAL, lambda x: torch.einsum("bij,bkj->bik", x, x)),
    "matmul": op(SIGNAL, lambda x: x @ x.mT),
    "matmul from the left": linear_op(SIGNAL, lambda x: normal(3, 4, seed=8) @ x),
    "mm from the left": linear_op(ROW, lambda x: (normal(3, 6, seed=8) @ x.T).T),
    "mv": linear_op(ROW, lambda x: torch.mv(x, CONSTANT)[:, None]),
    "bmm with constants": linear_op(
        SIGNAL, lambda x: torch.bmm(x, normal(1, 6, 5, seed=8).expand(len(x), 6, 5))
    ),
    "baddbmm": op(SIGNAL, lambda x: torch.baddbmm(x[:, :, :4], x, x.mT, beta=0.5, alpha=2)),
    "baddbmm, constant factor": linear_op(
        SIGNAL, lambda x: torch.baddbmm(x, x, normal(1, 6, 6, seed=8).expand(len(x), 6, 6))
    ),
    "baddbmm, constant sum": op(
        SIGNAL, lambda x: torch.baddbmm(normal(1, 4, 4, seed=8).expand(len(x), 4, 4), x, x.mT)
    ),
    "addmm, everything scaled": op(
        ROW, lambda x: torch.addmm(CONSTANT[:3], x, normal(6, 3, seed=8), beta=0.5, alpha=2), refused=True
    ),
    "addmm, x is what is added": op(
        ROW, lambda x: torch.addmm(x, x.new_ones(len(x), 4), normal(4, 6, seed=8)), refused=True
    ),
    "addmm, two factors and a constant": op(ROW, lambda x: torch.addmm(CONSTANT[:2], x, x.T)),
    "addmm, x is added and a factor": linear_op(ROW, lambda x: torch.addmm(x, x, normal(6, 6, seed=8))),
    "linear on the last axis": Case(SIGNAL, lambda: nn.Linear(6, 5), piecewise=True),
    "linear, not contiguous": Case((6, 4), lambda: nn.Linear(6, 5), lambda layer, x: layer(x.mT), True),
    "linear, not contiguous, no bias": Case(
        (6, 4), lambda: nn.Linear(6, 5, bias=False), lambda layer, x: layer(x.mT), True
    ),
    "bilinear": Case(ROW, lambda: nn.Bilinear(6, 6, 5), lambda layer, x: layer(x, x.flip(1)), refused=True),
    "add_": linear_op(ROW, lambda x: (x * 1).add_(x.flip(1)).sub_(0.3).mul_(2).div_(3).neg_()),
    "mul_ by x": op(ROW, lambda x: x.clone().mul_(x.flip(1))),
    "+= after a layer": Case(ROW, lambda: nn.Linear(6, 6), lambda layer, x: layer(x).add_(x).relu_(), True),
    "index_fill_": linear_op(ROW, lambda x: (x * 1).index_fill_(1, torch.tensor([1]), 0.5)),
}

CONVOLUTIONS = {
    "conv 1d": Case(SIGNAL, lambda: nn.Conv1d(4, 3, 3, padding=1), piecewise=True),
    "conv 1d, same": Case(SIGNAL, lambda: nn.Conv1d(4, 3, 4, padding="same"), piecewise=True),
    "conv 2d, grouped, dilated": Case(
        PICTURE, lambda: nn.Conv2d(4, 6, 3, groups=2, dilation=2), piecewise=True
    ),
    "conv 2d, depthwise": Case(PICTURE, lambda: nn.Conv2d(4, 8, 3, groups=4, stride=2), piecewise=True),
    "conv 3d": Case(VOLUME, lambda: nn.Conv3d(2, 3, 2, padding=1), piecewise=True),
    "transposed 1d": Case(SIGNAL, lambda: nn.ConvTranspose1d(4, 3, 3, stride=2), piecewise=True),
    "transposed 2d, grouped": Case(
        PICTURE, lambda: nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, groups=2), piecewise=True
    ),
    "transposed 3d": Case(VOLUME, lambda: nn.ConvTranspose3d(2, 2, 2), piecewise=True),
} | {
    f"conv {axes}d, padded by {mode}": Case(
        (SIGNAL, PICTURE, VOLUME)[axes - 1],
        lambda axes=axes, mode=mode: getattr(nn, f"Conv{axes}d")(
            (4, 4, 2)[axes - 1], 3, 3, padding=1, padding_mode=mode
        ),
        piecewise=True,
    )
    for axes in (1, 2, 3)
    for mode in ("reflect", "replicate", "circular")
}

MOVES = (
    {
        "cat": linear_op(SIGNAL, lambda x: torch.cat([x, x[:, :2], x.new_ones(len(x), 1, 6)], 1)),
        "cat on a negative axis": linear_op(SIGNAL, lambda x: torch.cat([x, x[..., :2]], -1)),
        "stack": linear_op(SIGNAL, lambda x: torch.stack([x, x.flip(1), torch.ones_like(x)], 2)),
        "split": linear_op(SIGNAL, lambda x: x.split(4, 2)[0]),
        "split with sizes": linear_op(SIGNAL, lambda x: x.split([1, 2, 3], -1)[2]),
        "chunk": linear_op(SIGNAL, lambda x: x.chunk(2, 1)[1]),
        "tensor_split, unsafe": linear_op(
            SIGNAL, lambda x: x.tensor_split(3, 2)[1] + x.unsafe_chunk(3, 2)[0] + x.unsafe_split(2, 2)[2]
        ),
        "unbind": linear_op(SIGNAL, lambda x: x.unbind(1)[2]),
        "slice": linear_op(SIGNAL, lambda x: x[:, 1:4:2, -3:-1]),
        "select": linear_op(SIGNAL, lambda x: x[:, -1]),
        "index": linear_op(SIGNAL, lambda x: x[:, [3, 0, 0], [1, 1, 5]]),
        "index by a mask": linear_op(SIGNAL, lambda x: x[:, CONSTANT[:4] > 0]),
        "index_select, gather, take": linear_op(
            SIGNAL,
            lambda x: (
                x.index_select(2, torch.tensor([1, 1]))
                + x.gather(2, torch.zeros(len(x), 4, 2, dtype=torch.long))
                + x.take_along_dim(torch.ones(len(x), 4, 2, dtype=torch.long), 2)
            ),
        ),
        "index_put_, scatter_": linear_op(
            SIGNAL,
            lambda x: (
                (x * 1)
                .index_put_((torch.tensor([0]), torch.tensor([1])), x[0, 2] * 1)
                .scatter_(2, torch.zeros(len(x), 4, 1, dtype=torch.long), 0.7)
            ),
        ),
        "index_add, scatter_add": linear_op(
            SIGNAL,
            lambda x: x.index_add(1, torch.tensor([0, 2]), x[:, :2]).scatter_add(
                2, torch.zeros(len(x), 4, 2, dtype=torch.long), x[..., :2]
            ),
        ),
        "scatter_reduce by sum": linear_op(SIGNAL, lambda x: _reduced(x, "sum")),
        "scatter_reduce by mean": linear_op(SIGNAL, lambda x: _reduced(x, "mean")),
        "scatter_reduce by amax": linear_op(SIGNAL, lambda x: _reduced(x, "amax")),
        "scatter_reduce by amin, on zeros": linear_op(SIGNAL, lambda x: _reduced(x, "amin", zeros=True)),
        "take": linear_op(ROW, lambda x: x.take(torch.arange(2 * len(x)).view(len(x), 2))),
        "masked_fill": linear_op(SIGNAL, lambda x: x.masked_fill(CONSTANT > 0, 0.5)),
        "fill_, zero_, copy_ of constants": linear_op(SIGNAL, lambda x: _constants_written(x * 1)),
        "masked_fill_": linear_op(SIGNAL, lambda x: (x * 1).masked_fill_(CONSTANT > 0, 0.5)),
        "masked_scatter, masked_select": linear_op(
            SIGNAL,
            lambda x: x.masked_scatter(CONSTANT > 0, x.flip(1).masked_select(CONSTANT > 0)),
        ),
        "where": linear_op(SIGNAL, lambda x: torch.where(CONSTANT > 0, x, x.flip(1))),
        "where, constant": linear_op(SIGNAL, lambda x: torch.where(x > 0, x, CONSTANT)),
        "where, number": linear_op(SIGNAL, lambda x: torch.where(x > 0, x, 0.3)),
        "expand": linear_op(SIGNAL, lambda x: x[:, :1].expand(len(x), 3, 6)),
        "repeat, tile": linear_op(SIGNAL, lambda x: x.repeat(1, 2, 1).tile(1, 1, 2)),
        "repeat_interleave": linear_op(SIGNAL, lambda x: x.repeat_interleave(2, 1)),
        "views": linear_op(
            SIGNAL,
            lambda x: (
                x.view(-1, 2, 12)
                .reshape(-1, 4, 6)
                .permute(0, 2, 1)
                .transpose(1, 2)
                .unflatten(2, (2, 3))
                .flatten(2)[:, None]
                .squeeze(1)
                .unsqueeze(-1)
                .squeeze()
                .movedim(1, 2)
                .swapaxes(1, 2)
                .contiguous()
                .mT.mH
            ),
        ),
        "flip, roll, rot90": linear_op(PICTURE, lambda x: x.flip(1, 2).roll((1, 2), (2, 3)).rot90(1, (2, 3))),
        "tril, triu, diagonal": linear_op(PICTURE, lambda x: (x.tril() - x.triu(1)).diagonal(0, 2, 3)),
        "diag_embed": linear_op(SIGNAL, lambda x: x.diag_embed()),
        "unfold, fold": linear_op(
            PICTURE, lambda x: F.fold(F.unfold(x, 3, padding=1, stride=2), (6, 6), 3, padding=1, stride=2)
        ),
        "unfold, an axis": linear_op(SIGNAL, lambda x: x.unfold(2, 3, 2)),
        "as_strided": linear_op(ROW, lambda x: x.as_strided((len(x), 3), (6, 2), 1)),
        "pixel shuffle": Case(PICTURE, lambda: nn.PixelShuffle(2), piecewise=True),
        "pixel unshuffle": Case(PICTURE, lambda: nn.PixelUnshuffle(2), piecewise=True),
        "channel shuffle": Case(PICTURE, lambda: nn.ChannelShuffle(2), piecewise=True),
        "dropout": Case(
            PICTURE, lambda: nn.Sequential(nn.Dropout(), nn.Dropout2d(), nn.AlphaDropout()), piecewise=True
        ),
        "copy to a buffer": linear_op(ROW, lambda x: torch.zeros(len(x), 6).double().copy_(x[:, :1])),
        "fill a buffer": linear_op(
            ROW, lambda x: x.new_zeros(len(x), 2).index_copy(1, torch.tensor([1]), x[:, :1])
        ),
        "written to a buffer": linear_op(ROW, lambda x: _buffer(x)),
        "slice_scatter, select_scatter": linear_op(
            ROW, lambda x: x.slice_scatter(x[:, :2], 1, 2, 4).select_scatter(x[:, 0], 1, 5)
        ),
        "block_diag, cartesian": linear_op(
            ROW, lambda x: torch.block_diag(*x[:, None].unbind(0))[: len(x), :6]
        ),
        "cast": linear_op(ROW, lambda x: x.to(torch.float64, copy=True).type_as(x).clone()),
        "complex": linear_op(
            SIGNAL, lambda x: torch.view_as_real(torch.view_as_complex(x.reshape(len(x), -1, 2).contiguous()))
        ),
        "meshgrid, broadcast_to": linear_op(
            ROW, lambda x: x[:, None].broadcast_to(len(x), 3, 6) + x[:, :3, None]
        ),
    }
    | {
        f"pad by {mode}, {len(shape) - 1}d": linear_op(
            shape,
            lambda x, mode=mode: F.pad(
                x, (1, 2) * (x.dim() - 2), mode, **({"value": 0.7} if mode == "constant" else {})
            ),
        )
        for mode in ("constant", "reflect", "replicate", "circular")
        for shape in (SIGNAL, PICTURE, VOLUME)
    }
    | {"crop by pad": linear_op(PICTURE, lambda x: F.pad(x, (-1, 1, 0, -2)))}
)


def _buffer(x: Tensor) -> Tensor:
    buffer = torch.full((len(x), 8), 0.5, dtype=x.dtype)
    buffer[:, 1:7] = x
    buffer[:, 3] = 0
    return buffer


def _reduced(x: Tensor, reduce: str, *, zeros: bool = False) -> Tensor:
    into = torch.zeros_like(x) if zeros else x.flip(1)
    return into.scatter_reduce(2, torch.tensor([0, 0, 1, 1, 2, 3]).expand_as(x), x, reduce)


def _constants_written(x: Tensor) -> Tensor:
    x[:, 0].fill_(0.5)
    x[:, 1, :2].zero_()
    x[:, 2].copy_(CONSTANT)
    x[:, 3, 1:3] = 0.25
    return x


RESAMPLING = {
    f"upsample, {mode}, {len(shape) - 1}d, {label}": Case(
        shape, lambda mode=mode, more=more: nn.Upsample(mode=mode, **more), piecewise=True
    )
    for mode, shape in (
        ("nearest", SIGNAL),
        ("nearest", PICTURE),
        ("nearest", VOLUME),
        ("nearest-exact", SIGNAL),
        ("nearest-exact", PICTURE),
        ("nearest-exact", VOLUME),
        ("linear", SIGNAL),
        ("bilinear", PICTURE),
        ("trilinear", VOLUME),
        ("bicubic", PICTURE),
    )
    for label, more in (("twice", {"scale_factor": 2}), ("to 5", {"size": 5}))
} | {
    "upsample, bilinear, align corners": Case(
        PICTURE, lambda: nn.Upsample(scale_factor=1.7, mode="bilinear", align_corners=True), piecewise=True
    ),
    "interpolate, antialias": linear_op(
        PICTURE, lambda x: F.interpolate(x, size=(4, 5), mode="bilinear", antialias=True)
    ),
    "interpolate, bicubic, antialias": linear_op(
        PICTURE, lambda x: F.interpolate(x, size=(4, 5), mode="bicubic", antialias=True)
    ),
    "interpolate, area": linear_op(PICTURE, lambda x: F.interpolate(x, size=(4, 3), mode="area")),
}


def _attention(**more: Any) -> Callable[[Any, Tensor], Tensor]:
    def body(_: Any, x: Tensor) -> Tensor:
        mask = {"mask": None, "bool": CONSTANT > -0.3, "float": CONSTANT}[more.get("mask", "mask")]
        heads = x.view(len(x), 4, 2, 3).transpose(1, 2)
        keys = heads[:, :1] if more.get("gqa") else heads
        if mask is not None:
            mask = mask[:4].expand(4, 4)
        with sdpa_kernel(more.get("backend", SDPBackend.FLASH_ATTENTION)):
            out = F.scaled_dot_product_attention(
                heads, keys.flip(2), keys * 2, attn_mask=mask, is_causal=more.get("causal", False),
                scale=more.get("scale"), enable_gqa=more.get("gqa", False),
            )  # fmt: skip
        return out.transpose(1, 2).reshape(len(x), -1)

    return body


def _multihead(**more: Any) -> Case:
    def body(attention: nn.MultiheadAttention, x: Tensor) -> Tensor:
        key = x[:, :, : more.get("kdim", 6)]
        out, weights = attention(x, key, key, **more.get("call", {}))
        return (
            out
            if weights is None or "weights" not in more
            else torch.cat([out.flatten(1), weights.flatten(1)], 1)
        )

    return Case(SIGNAL, lambda: nn.MultiheadAttention(6, 2, batch_first=True, **more.get("made", {})), body)


CAUSAL = torch.ones(4, 4).triu(1).bool()
ATTENTION = {
    "softmax": Case(SIGNAL, lambda: nn.Softmax(2)),
    "softmax over channels": Case(PICTURE, nn.Softmax2d),
    "log_softmax": Case(SIGNAL, lambda: nn.LogSoftmax(2), refused=True),
    "softmin": Case(SIGNAL, lambda: nn.Softmin(1)),
    "sdpa, flash": Case(SIGNAL, None, _attention()),
    "sdpa, flash, causal": Case(SIGNAL, None, _attention(causal=True)),
    "sdpa, flash, bool mask, scale": Case(SIGNAL, None, _attention(mask="bool", scale=0.3)),
    "sdpa, flash, float mask": Case(SIGNAL, None, _attention(mask="float")),
    "sdpa, flash, grouped queries": Case(SIGNAL, None, _attention(gqa=True)),
    "softmax under a mask of -inf": op(
        SIGNAL, lambda x: (x @ x.mT).masked_fill(CAUSAL, -torch.inf).softmax(2) @ x
    ),
    "sdpa, math": Case(SIGNAL, None, _attention(backend=SDPBackend.MATH)),
    "sdpa, math, causal": Case(SIGNAL, None, _attention(backend=SDPBackend.MATH, causal=True)),
    "sdpa, math, bool mask": Case(SIGNAL, None, _attention(backend=SDPBackend.MATH, mask="bool")),
    "sdpa, math, float mask, scale": Case(
        SIGNAL, None, _attention(backend=SDPBackend.MATH, mask="float", scale=0.3)
    ),
    "sdpa, math, grouped queries": Case(SIGNAL, None, _attention(backend=SDPBackend.MATH, gqa=True)),
    "multi-head attention": _multihead(call={"need_weights": False}),
    "multi-head attention, weights": _multihead(weights=True),
    "multi-head attention, weights of each head": _multihead(
        weights=True, call={"average_attn_weights": False}
    ),
    "multi-head attention, masks": _multihead(
        call={
            "need_weights": False,
            "attn_mask": CAUSAL,
            "key_padding_mask": torch.tensor([[False, False, False, True]] * 2),
        }
    ),
    "multi-head attention, causal": _multihead(
        call={"need_weights": False, "attn_mask": CAUSAL, "is_causal": True}
    ),
    "multi-head attention, weights, masks": _multihead(call={"attn_mask": CAUSAL}),
    "multi-head attention, kdim, vdim, bias_kv, zero_attn": _multihead(
        made={"kdim": 4, "vdim": 4, "add_bias_kv": True, "add_zero_attn": True}, kdim=4
    ),
    "encoder layer": Case(SIGNAL, lambda: nn.TransformerEncoderLayer(6, 2, 8, batch_first=True)),
    "encoder layer, pre-norm, gelu": Case(
        SIGNAL,
        lambda: nn.TransformerEncoderLayer(6, 2, 8, batch_first=True, norm_first=True, activation="gelu"),
    ),
    "decoder layer": Case(
        SIGNAL,
        lambda: nn.TransformerDecoderLayer(6, 2, 8, batch_first=True),
        lambda layer, x: layer(x, x.flip(1)),
    ),
}


def _packed(rnn: nn.RNNBase, x: Tensor) -> Tensor:
    packed = nn.utils.rnn.pack_padded_sequence(x, [4, 2], batch_first=True, enforce_sorted=False)
    out, _ = rnn(packed)
    return nn.utils.rnn.pad_packed_sequence(out, batch_first=True)[0]


RECURRENT = {
    f"{kind}, {label}": Case(SIGNAL, lambda kind=kind, more=more: getattr(nn, kind)(6, 5, **more), body)
    for kind in ("LSTM", "GRU", "RNN")
    for label, more, body in (
        ("batch first", {"batch_first": True}, lambda rnn, x: rnn(x)[0]),
        ("time first", {}, lambda rnn, x: rnn(x.transpose(0, 1))[0].transpose(0, 1)),
        ("no bias", {"batch_first": True, "bias": False}, lambda rnn, x: rnn(x)[0][:, -1]),
        ("bidirectional", {"batch_first": True, "bidirectional": True}, lambda rnn, x: rnn(x)[0]),
        ("two layers", {"batch_first": True, "num_layers": 2, "bidirectional": True}, lambda rnn, x: rnn(x)[0]),
        ("packed", {"batch_first": True}, _packed),
        ("packed, bidirectional, two layers", {"batch_first": True, "bidirectional": True, "num_layers": 2}, _packed),
    )
} | {
    "LSTM, proj_size": Case(
        SIGNAL, lambda: nn.LSTM(6, 5, proj_size=3, batch_first=True, bidirectional=True), lambda rnn, x: rnn(x)[0]
    ),
    "LSTM, last state": Case(
        SIGNAL, lambda: nn.LSTM(6, 5, batch_first=True), lambda rnn, x: torch.cat([*rnn(x)[1]], 2)[0]
    ),
    "LSTM, first state from x": Case(
        SIGNAL,
        lambda: nn.LSTM(6, 6, batch_first=True),
        lambda rnn, x: rnn(x[:, 1:], (x[None, :, 0].contiguous(), x[None, :, 1].contiguous()))[0],
    ),
    "RNN, relu": Case(
        SIGNAL, lambda: nn.RNN(6, 5, batch_first=True, nonlinearity="relu"), lambda rnn, x: rnn(x)[0], True
    ),
    "LSTMCell": Case(SIGNAL, lambda: nn.LSTMCell(6, 5), lambda cell, x: cell(x[:, 1], cell(x[:, 0]))[0]),
    "GRUCell": Case(SIGNAL, lambda: nn.GRUCell(6, 5), lambda cell, x: cell(x[:, 1], cell(x[:, 0]))),
    "RNNCell": Case(SIGNAL, lambda: nn.RNNCell(6, 5), lambda cell, x: cell(x[:, 1], cell(x[:, 0]))),
}  # fmt: skip

CASES = {
    **ACTIVATIONS, **POOLING, **NORMS, **ARITHMETIC, **CONVOLUTIONS, **MOVES, **RESAMPLING, **ATTENTION, **RECURRENT
}  # fmt: skip
