"""The table of models: how each is built, what it takes, and which identities hold on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from tests.explain.nets import normal, uniform
from tests.models import attention, graphs, sequences, vision

PICTURE = (3, 16, 16)


@dataclass(frozen=True)
class Case:
    """One model; `twins` are other ways of writing it, with the same parameters under the same names."""

    name: str
    build: Callable[[], nn.Module]
    shape: tuple[int, ...]
    twins: tuple[Callable[[], nn.Module], ...] = ()
    # Made of linear layers, ReLUs and poolings: the score is linear around an input, so LRP-0 is gradient x input.
    piecewise_linear: bool = False
    # Every batch norm follows a linear layer, too: deep Taylor is >= 0, and conserves up to units that a bias holds up.
    deep_taylor: bool = False
    preset: str = "epsilon"  # a preset that is meant for it
    # Branches are taken for the batch as a whole, so that a batch is not a loop over its samples.
    branches: bool = False

    def __str__(self) -> str:
        return self.name

    def model(self, dtype: torch.dtype = torch.float64) -> nn.Module:
        """The net with random weights and norms that have seen data, in eval mode."""
        return _settled(self.build).to(dtype).eval()

    def twin(self, build: Callable[[], nn.Module]) -> nn.Module:
        """Another way of writing it, float64, in eval mode."""
        original, twin = self.model(), _settled(build).double().eval()
        for kind in ("named_parameters", "named_buffers"):
            values, own = dict(getattr(original, kind)()), dict(getattr(twin, kind)())
            assert values.keys() == own.keys()
            with torch.no_grad():
                for name, value in values.items():
                    own[name].copy_(value)
        return twin

    def input(self, batch: int = 3, *, signed: bool = True, seed: int = 1) -> Tensor:
        """Random input in float64, (batch, *shape); in [0, 1] unless `signed`."""
        return (normal if signed else uniform)(batch, *self.shape, seed=seed)


def with_biases_below_zero(net: nn.Module) -> nn.Module:
    """Every bias, batch norms folded in, is <= 0, as deep Taylor asks (tutorial, section 6.1): then nothing is lost."""
    normed = any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in net.modules())
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                mean = module.weight * module.running_mean / (module.running_var + module.eps).sqrt()
                module.bias.copy_(mean - 0.1 * module.bias.abs())
            elif isinstance(module, nn.modules.conv._ConvNd) and module.bias is not None:
                module.bias.copy_(-module.bias.abs() * (not normed))
            elif isinstance(module, nn.Linear):
                module.bias.copy_(-module.bias.abs())
    return net


def _settled(build: Callable[[], nn.Module]) -> nn.Module:
    """A net whose scores depend on its input, and whose norms are not at their initial values."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = build()
        for module in net.modules():
            if isinstance(module, (nn.Linear, nn.modules.conv._ConvNd)):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if isinstance(module, (nn.LayerNorm, nn.modules.batchnorm._BatchNorm)):
                signs = torch.where(torch.rand_like(module.weight) < 0.2, -1.0, 1.0)
                nn.init.uniform_(module.weight, 0.5, 1.5)
                module.weight.data *= signs
                nn.init.normal_(module.bias, std=0.2)
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                nn.init.normal_(module.running_mean, std=0.3)
                nn.init.uniform_(module.running_var, 0.3, 1.5)
    return net


CASES = [
    Case("vgg", vision.VGG, PICTURE, (vision.FunctionalVGG,), True, True, "deep-taylor"),
    Case(
        "vgg with batch norm",
        partial(vision.VGG, batch_norm=True),
        PICTURE,
        (partial(vision.FunctionalVGG, batch_norm=True),),
        True,
        True,
        "deep-taylor",
    ),
    Case(
        "resnet, basic",
        partial(vision.ResNet, vision.BasicBlock),
        PICTURE,
        (partial(vision.ResNet, vision.FunctionalBasicBlock),),
        True,
        True,
        "deep-taylor",
    ),
    Case(
        "resnet, bottleneck",
        partial(vision.ResNet, vision.Bottleneck),
        PICTURE,
        (partial(vision.ResNet, vision.ModularBottleneck),),
        True,
        True,
        "deep-taylor",
    ),
    Case("resnet, pre-activation", vision.PreActivationResNet, PICTURE, piecewise_linear=True),
    Case("densenet", vision.DenseNet, PICTURE, piecewise_linear=True),
    Case("mobilenet v3", vision.MobileNetV3, PICTURE),
    Case("convnext", vision.ConvNeXt, PICTURE, preset="attn-lrp"),
    Case(
        "vit on the encoder, pre-norm",
        partial(attention.EncoderViT, norm_first=True),
        PICTURE,
        preset="attn-lrp",
    ),
    Case(
        "vit on the encoder, post-norm",
        partial(attention.EncoderViT, norm_first=False),
        PICTURE,
        preset="attn-lrp",
    ),
    Case(
        "vit by hand",
        attention.ViT,
        PICTURE,
        tuple(
            partial(attention.ViT, way)
            for way in (
                attention.WrittenAttention,
                attention.ModuleAttention,
                partial(attention.ModuleAttention, need_weights=True),
            )
        ),
        preset="attn-lrp",
    ),
    Case("lstm", partial(sequences.Recurrent, nn.LSTM), (7, 5), preset="attn-lrp"),
    Case("gru", partial(sequences.Recurrent, nn.GRU), (7, 5), preset="attn-lrp"),
    Case("rnn", partial(sequences.Recurrent, nn.RNN), (7, 5), preset="attn-lrp"),
    Case("lstm, cell by cell", sequences.CellByCell, (7, 5), preset="attn-lrp"),
    Case(
        "one-dimensional",
        sequences.SignalNet,
        (2, 40),
        piecewise_linear=True,
        deep_taylor=True,
        preset="deep-taylor",
    ),
    Case(
        "three-dimensional",
        sequences.VolumeNet,
        (1, 8, 8, 8),
        piecewise_linear=True,
        deep_taylor=True,
        preset="deep-taylor",
    ),
    Case(
        "nested and shared modules",
        graphs.Shared,
        (10,),
        (graphs.SharedWrittenOut,),
        True,
        True,
        "deep-taylor",
    ),
    Case(
        "branches taken by the data",
        graphs.Branching,
        (6,),
        piecewise_linear=True,
        deep_taylor=True,
        preset="deep-taylor",
        branches=True,
    ),
]
