"""Batch norms are folded on the record: such a net equals the net fused by torch, or with the norm written out."""

from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

import lrpwidgets as lw
from tests.explain import oracle
from tests.explain.nets import gradient, normal, uniform

RULES = {
    "deep-taylor": "deep-taylor",
    "alpha2-beta1": "alpha2-beta1",
    "lrp-0": "lrp-0",
    "epsilon": "epsilon",
    "epsilon-plus": "epsilon-plus",
    "gamma": lw.preset({"*": lw.Gamma(0.5)}, base="epsilon"),
}


class Affine(nn.Module):
    """A batch norm written out, s x + t, in operations that nothing folds."""

    def __init__(self, norm):
        super().__init__()
        scale = torch.rsqrt(norm.running_var + norm.eps)
        self.scale = scale if norm.weight is None else scale * norm.weight.detach()
        self.shift = -norm.running_mean * self.scale + (0 if norm.bias is None else norm.bias.detach())

    def forward(self, x):
        spread = (1, -1, *[1] * (x.dim() - 2))
        return x * self.scale.view(spread) + self.shift.view(spread)


def settled(net, seed=0):
    """Random weights, norms that have seen data, some of them with a negative scale; float64, eval mode."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for module in net.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                nn.init.normal_(module.running_mean, std=0.3)
                nn.init.uniform_(module.running_var, 0.3, 1.5)
                if module.weight is not None:
                    nn.init.normal_(module.weight)
                    nn.init.normal_(module.bias, std=0.3)
    return net.double().eval()


def built(build):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(6)
        return settled(build())


def same(net, twin, x, rules, **more):
    """Both nets have the same scores, the same map and a ledger that closes."""
    torch.testing.assert_close(net(x), twin(x), rtol=1e-10, atol=1e-12)
    maps = []
    for model in (net, twin):
        weight = normal(*net(x).shape, seed=5)
        found = lw.explain(model, x, rules=rules, target=lambda out, w=weight: (out * w).sum(1), **more)
        assert abs(found.ledger.unaccounted) <= 1e-9 * max(abs(row.incoming) for row in found.ledger)
        maps.append(found)
    oracle.close(maps[0].relevance, maps[1].relevance, 1e-10)
    return maps


def written_out(net):
    """The same net with every batch norm written out."""
    twin = copy.deepcopy(net)
    for name, module in list(twin.named_modules()):
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            parent, _, last = name.rpartition(".")
            setattr(twin.get_submodule(parent), last, Affine(module))
    return twin


AFTER = {
    "linear": (lambda: (nn.Linear(6, 5), nn.BatchNorm1d(5)), (6,)),
    "linear, no bias": (lambda: (nn.Linear(6, 5, bias=False), nn.BatchNorm1d(5)), (6,)),
    "conv1d": (lambda: (nn.Conv1d(2, 3, 3, padding=1), nn.BatchNorm1d(3)), (2, 6)),
    "conv2d": (lambda: (nn.Conv2d(2, 3, 3, padding=1), nn.BatchNorm2d(3)), (2, 5, 5)),
    "conv2d, no bias": (lambda: (nn.Conv2d(2, 3, 3, stride=2, bias=False), nn.BatchNorm2d(3)), (2, 5, 5)),
    "conv2d, norm not affine": (lambda: (nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3, affine=False)), (2, 5, 5)),
    "conv2d, grouped": (lambda: (nn.Conv2d(4, 6, 3, groups=2), nn.BatchNorm2d(6)), (4, 5, 5)),
    "conv2d, depthwise": (lambda: (nn.Conv2d(3, 3, 3, groups=3, bias=False), nn.BatchNorm2d(3)), (3, 5, 5)),
    "conv3d": (lambda: (nn.Conv3d(2, 3, 2), nn.BatchNorm3d(3)), (2, 3, 4, 3)),
    "transposed 1d": (lambda: (nn.ConvTranspose1d(2, 3, 3, stride=2), nn.BatchNorm1d(3)), (2, 4)),
    "transposed 2d": (
        lambda: (nn.ConvTranspose2d(2, 3, 3, stride=2, bias=False), nn.BatchNorm2d(3)),
        (2, 3, 3),
    ),
    "transposed 3d": (lambda: (nn.ConvTranspose3d(2, 3, 2), nn.BatchNorm3d(3)), (2, 2, 3, 2)),
}


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "non-negative"])
@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("kind", AFTER)
def test_a_norm_after_a_layer_is_the_fused_layer(kind, rules, signed):
    build, shape = AFTER[kind]
    net = built(lambda: nn.Sequential(nn.Hardtanh(), *build(), nn.ReLU(), nn.Flatten()))
    layer, norm = net[1], net[2]
    if isinstance(layer, nn.Linear):
        fused = fuse_linear_bn_eval(layer, norm)
    else:
        fused = fuse_conv_bn_eval(layer, norm, transpose="Transpose" in type(layer).__name__)
    twin = nn.Sequential(nn.Hardtanh(), fused, nn.ReLU(), nn.Flatten()).eval()
    x = (normal if signed else uniform)(3, *shape)
    one, two = same(net, twin, x, RULES[rules])
    assert one.ledger.rows[0].path == "1"
    assert len(one.ledger.rows) == len(two.ledger.rows), "the norm is no step of its own"
    for mine, other in zip(one.ledger, two.ledger, strict=True):
        assert mine.bias == pytest.approx(other.bias, rel=1e-9, abs=1e-12)


def with_norm_folded(norm, layer):
    """The layer that does both, from W s and b + W t."""
    both, affine = copy.deepcopy(layer), Affine(norm)
    with torch.no_grad():
        if isinstance(layer, nn.Linear):
            weight, shift = layer.weight * affine.scale, layer.weight @ affine.shift
        else:
            groups, per = layer.groups, layer.weight.shape[1]
            scale, moved = affine.scale.view(groups, per), affine.shift.view(groups, per)
            out = layer.weight.shape[0] // groups
            each = layer.weight.view(groups, out, per, -1)
            weight = (each * scale[:, None, :, None]).view_as(layer.weight)
            shift = (each * moved[:, None, :, None]).sum((2, 3)).flatten()
        both.weight.copy_(weight)
        both.bias = nn.Parameter(shift if layer.bias is None else layer.bias + shift)
    return both


BEFORE = {
    "linear": (lambda: (nn.BatchNorm1d(6), nn.Linear(6, 5)), (6,)),
    "linear, no bias": (lambda: (nn.BatchNorm1d(6), nn.Linear(6, 5, bias=False)), (6,)),
    "conv1d": (lambda: (nn.BatchNorm1d(2), nn.Conv1d(2, 3, 3)), (2, 6)),
    "conv2d": (lambda: (nn.BatchNorm2d(2), nn.Conv2d(2, 3, 3, stride=2)), (2, 5, 5)),
    "conv2d, no bias": (lambda: (nn.BatchNorm2d(2), nn.Conv2d(2, 3, 1, bias=False)), (2, 5, 5)),
    "conv2d, grouped": (lambda: (nn.BatchNorm2d(4), nn.Conv2d(4, 6, 3, groups=2)), (4, 5, 5)),
    "conv3d": (lambda: (nn.BatchNorm3d(2), nn.Conv3d(2, 3, 2)), (2, 3, 4, 3)),
}


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("kind", BEFORE)
def test_a_norm_before_a_layer_is_the_fused_layer(kind, rules):
    """With a layer at the input, so that neither is first."""
    build, shape = BEFORE[kind]
    stem = nn.Linear(shape[-1], shape[-1])
    net = built(lambda: nn.Sequential(stem, nn.ReLU(), *build(), nn.ReLU(), nn.Flatten()))
    twin = nn.Sequential(net[0], net[1], with_norm_folded(net[2], net[3]), nn.ReLU(), nn.Flatten()).eval()
    one, two = same(net, twin, normal(3, *shape), RULES[rules])
    assert len(one.ledger.rows) == len(two.ledger.rows)


class Body(nn.Module):
    def __init__(self, body, **parts):
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)
        self.body = body

    def forward(self, x):
        return self.body(self, x).flatten(1)


def stem():
    return nn.Conv2d(2, 3, 3)


APART = {
    "norm before a padded convolution": lambda: Body(
        lambda net, x: net.conv(net.norm(F.relu(net.stem(x)))),
        stem=stem(), norm=nn.BatchNorm2d(3), conv=nn.Conv2d(3, 4, 3, padding=1),
    ),
    "norm before a transposed convolution": lambda: Body(
        lambda net, x: net.conv(net.norm(F.relu(net.stem(x)))),
        stem=stem(), norm=nn.BatchNorm2d(3), conv=nn.ConvTranspose2d(3, 4, 3),
    ),
    "norm of what is read twice": lambda: Body(
        lambda net, x: F.relu(net.norm(z := net.stem(x))) + net.conv(z),
        stem=stem(), norm=nn.BatchNorm2d(3), conv=nn.Conv2d(3, 3, 1),
    ),
    "norm that is read twice": lambda: Body(
        lambda net, x: net.conv(y := net.norm(F.relu(net.stem(x)))) + net.other(y),
        stem=stem(), norm=nn.BatchNorm2d(3), conv=nn.Conv2d(3, 3, 1), other=nn.Conv2d(3, 3, 1),
    ),
    "pre-activation": lambda: Body(
        lambda net, x: (h := net.stem(x)) + net.conv(F.relu(net.norm(h))),
        stem=stem(), norm=nn.BatchNorm2d(3), conv=nn.Conv2d(3, 3, 3, padding=1),
    ),
    "after a pooling": lambda: Body(
        lambda net, x: F.relu(net.norm(F.max_pool2d(F.relu(net.stem(x)), 2))), stem=stem(), norm=nn.BatchNorm2d(3)
    ),
    "after grouped transposed convolution": lambda: Body(
        lambda net, x: F.relu(net.norm(net.stem(x))),
        stem=nn.ConvTranspose2d(2, 4, 3, groups=2), norm=nn.BatchNorm2d(4),
    ),
    "after a linear layer on three axes": lambda: Body(
        lambda net, x: F.relu(net.norm(net.stem(x[:, 0]))), stem=nn.Linear(5, 4), norm=nn.BatchNorm1d(5)
    ),
    "last in the net": lambda: Body(
        lambda net, x: net.norm(F.relu(net.stem(x))), stem=stem(), norm=nn.BatchNorm2d(3)
    ),
    "two norms": lambda: Body(
        lambda net, x: F.relu(net.other(F.relu(net.norm(F.relu(net.stem(x)))))),
        stem=stem(), norm=nn.BatchNorm2d(3), other=nn.BatchNorm2d(3),
    ),
}  # fmt: skip


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("kind", APART)
def test_where_it_cannot_be_folded_a_norm_is_a_scale_and_a_shift(kind, rules):
    net = built(APART[kind])
    same(net, written_out(net), normal(3, 2, 5, 5), RULES[rules])


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("input_range", [None, (-4.0, 5.0)])
def test_a_norm_that_is_first_hands_its_bounds_on(rules, input_range):
    net = built(lambda: nn.Sequential(nn.BatchNorm2d(2), stem(), nn.ReLU(), nn.Flatten(), nn.Linear(27, 3)))
    same(net, written_out(net), normal(3, 2, 5, 5), RULES[rules], input_range=input_range)


@pytest.mark.parametrize("rules", RULES)
def test_a_norm_that_only_reads_the_score_is_not_folded_into_it(rules):
    """z is what the model returns; the norm of it goes nowhere (a head for another task)."""
    net = built(lambda: Body(lambda net, x: (net.norm(z := net.last(F.relu(net.stem(x)))), z)[1],
                             stem=nn.Linear(6, 5), last=nn.Linear(5, 3), norm=nn.BatchNorm1d(3)))  # fmt: skip
    twin = nn.Sequential(net.stem, nn.ReLU(), net.last).eval()
    same(net, twin, normal(3, 6), RULES[rules])


@pytest.mark.parametrize("rules", RULES)
def test_a_bias_that_is_added_to_a_score_beside_is_not_folded_into_it(rules):
    net = built(lambda: Body(lambda net, x: (z := F.linear(F.relu(net.stem(x)), net.last.weight), z + net.last.bias)[0],
                             stem=nn.Linear(6, 5), last=nn.Linear(5, 3)))  # fmt: skip
    twin = nn.Sequential(net.stem, nn.ReLU(), nn.Linear(5, 3, bias=False)).double().eval()
    twin[2].weight = net.last.weight
    same(net, twin, normal(3, 6), RULES[rules])


def test_gradient_methods_see_no_fold():
    for kind, (build, shape) in {**AFTER, **BEFORE}.items():
        net = built(lambda build=build: nn.Sequential(nn.Tanh(), *build(), nn.ReLU(), nn.Flatten()))
        x = normal(2, *shape)
        found = lw.explain(net, x, method="gradient-x-input", target=1)
        oracle.close(found.relevance, gradient(net, x, target=1) * x, 1e-10)
        moved = max(abs(row.incoming) for row in found.ledger)
        assert abs(found.ledger.unaccounted) <= 1e-9 * moved, kind


@pytest.mark.parametrize("change", ["weight", "running_mean", "running_var", "norm weight", "norm bias"])
def test_a_fold_is_made_anew_when_any_of_its_parts_changes(change):
    net = built(lambda: nn.Sequential(stem(), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten()))
    x, rules = normal(2, 2, 5, 5), RULES["gamma"]
    lw.explain(net, x, rules=rules, target=0)
    part = {"weight": net[0].weight, "norm weight": net[1].weight, "norm bias": net[1].bias}.get(change)
    (getattr(net[1], change) if part is None else part.data).mul_(1.7)  # without a new version number
    fresh = nn.Sequential(fuse_conv_bn_eval(net[0], net[1]), nn.ReLU(), nn.Flatten()).eval()
    same(net, fresh, x, rules)
