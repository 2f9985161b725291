"""A net as other libraries want it: a copy whose activations do not work in place and whose weights are plain."""

from __future__ import annotations

import copy
from collections.abc import Callable

from torch import nn
from torch.nn.utils import fuse_conv_bn_eval, parametrize


def plain(model: nn.Module) -> nn.Module:
    """A copy in eval mode, without in-place activations and parametrizations."""
    model = copy.deepcopy(model).eval()
    for part in model.modules():
        if isinstance(part, nn.ReLU | nn.ReLU6):
            part.inplace = False
        if parametrize.is_parametrized(part):
            _unparametrize(part)
    return model


def _unparametrize(part: nn.Module) -> None:
    """Keep the values; torch's own way back changes the class, which a copy shares with the original."""
    values = {name: getattr(part, name).detach().clone() for name in part.parametrizations}
    part.__class__ = type(part).__base__
    del part._modules["parametrizations"]
    for name, value in values.items():
        part.register_parameter(name, nn.Parameter(value))


def folded(model: nn.Module) -> nn.Module:
    """`model` with every batch norm that follows a convolution in a Sequential folded into it; changes `model`."""
    for part in list(model.modules()):
        if not isinstance(part, nn.Sequential):
            continue
        layers: list[nn.Module] = []
        for layer in part:
            if isinstance(layer, nn.BatchNorm2d) and layers and isinstance(layers[-1], nn.Conv2d):
                layers[-1] = fuse_conv_bn_eval(layers[-1], layer)
            else:
                layers.append(layer)
        for name in list(part._modules):
            del part._modules[name]
        part.extend(layers)
    return model


def unbiased(model: nn.Module) -> nn.Module:
    """`model` with every bias removed; changes `model`."""
    for part in model.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            part.bias = None
    return model


def swapped(
    model: nn.Module, chosen: Callable[[nn.Module], bool], build: Callable[[], nn.Module]
) -> nn.Module:
    """`model` with every chosen module replaced by another; changes `model`."""
    for part in list(model.modules()):
        for name, child in part._modules.items():
            if child is not None and chosen(child):
                part._modules[name] = build()
    return model
