"""Image classifiers as users write them: in-place ReLUs, `x + y`, `y += r`, `torch.cat`, one module called twice.

Every net takes (batch, 3, 16, 16) and gives (batch, 5). A `Functional...` or `Modular...` twin has the same
parameters under the same names and writes its forward the other way.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def conv3x3(before: int, after: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False)


class VGG(nn.Module):
    """Modules only; every ReLU works in place."""

    def __init__(self, *, batch_norm: bool = False) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for width in (6, "pool", 8, 8, "pool"):
            if width == "pool":
                layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
                continue
            layers.append(nn.Conv2d(channels, width, kernel_size=3, padding=1))
            if batch_norm:
                layers.append(nn.BatchNorm2d(width))
            layers.append(nn.ReLU(inplace=True))
            channels = width
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d((2, 2))
        self.classifier = nn.Sequential(
            nn.Linear(channels * 4, 12),
            nn.ReLU(inplace=True),
            nn.Dropout(),
            nn.Linear(12, 5),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.avgpool(self.features(x))
        return self.classifier(torch.flatten(x, 1))


class FunctionalVGG(VGG):
    """Calls no module: functions on their parameters."""

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.features:
            if isinstance(layer, nn.Conv2d):
                x = F.conv2d(x, layer.weight, layer.bias, padding=1)
            elif isinstance(layer, nn.BatchNorm2d):
                x = F.batch_norm(
                    x, layer.running_mean, layer.running_var, layer.weight, layer.bias, eps=layer.eps
                )
            elif isinstance(layer, nn.ReLU):
                x = F.relu(x)
            else:
                x = F.max_pool2d(x, 2)
        x = F.adaptive_avg_pool2d(x, 2).flatten(1)
        hidden, _, dropout, last = self.classifier
        x = torch.relu(F.linear(x, hidden.weight, hidden.bias))
        x = F.dropout(x, dropout.p, training=self.training)
        return F.linear(x, last.weight, last.bias)


class BasicBlock(nn.Module):
    """One ReLU module called twice, in place; the shortcut is added in place."""

    def __init__(self, before: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = conv3x3(before, width, stride)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = conv3x3(width, width)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = None
        if stride != 1 or before != width:
            self.downsample = nn.Sequential(
                nn.Conv2d(before, width, 1, stride=stride, bias=False), nn.BatchNorm2d(width)
            )

    def forward(self, x: Tensor) -> Tensor:
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class FunctionalBasicBlock(BasicBlock):
    """Nothing in place, nothing reused."""

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.bn1(self.conv1(x)))
        shortcut = x if self.downsample is None else self.downsample(x)
        return F.relu(self.bn2(self.conv2(out)) + shortcut)


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 and a functional ReLU after a functional sum."""

    def __init__(self, before: int, width: int, stride: int = 1) -> None:
        super().__init__()
        inner = width // 2
        self.conv1 = nn.Conv2d(before, inner, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = conv3x3(inner, inner, stride)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        self.shortcut = nn.Sequential()
        if stride != 1 or before != width:
            self.shortcut = nn.Sequential(
                nn.Conv2d(before, width, 1, stride=stride, bias=False), nn.BatchNorm2d(width)
            )

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return F.relu(torch.add(out, self.shortcut(x)))


class ModularBottleneck(Bottleneck):
    """Out-of-place modules where `Bottleneck` calls functions; the shortcut stands first in the sum."""

    def __init__(self, *args: int) -> None:
        super().__init__(*args)
        self.relu1, self.relu2, self.relu3 = nn.ReLU(), nn.ReLU(), nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu1(self.bn1(self.conv1(x)))
        out = self.relu2(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return self.relu3(self.shortcut(x) + out)


class ResNet(nn.Module):
    """Stem, three residual blocks (two shapes of shortcut), average, one dense layer."""

    def __init__(self, block: type[nn.Module]) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5, stride=1, padding=2, bias=False)
        self.bn1 = nn.BatchNorm2d(6)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = nn.Sequential(block(6, 6), block(6, 6))
        self.layer2 = block(6, 10, 2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(10, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer2(self.layer1(x))
        return self.fc(self.avgpool(x).view(x.size(0), -1))


class PreActivationBlock(nn.Module):
    """Batch norm and ReLU stand before the convolutions, so that no norm follows a sum's convolution."""

    def __init__(self, before: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(before)
        self.conv1 = conv3x3(before, width, stride)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = conv3x3(width, width)
        if stride != 1 or before != width:
            self.shortcut = nn.Conv2d(before, width, 1, stride=stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.bn1(x))
        shortcut = self.shortcut(out) if hasattr(self, "shortcut") else x
        out = self.conv2(F.relu_(self.bn2(self.conv1(out))))
        out += shortcut
        return out


class PreActivationResNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = conv3x3(3, 6)
        self.blocks = nn.ModuleList(
            [PreActivationBlock(6, 6), PreActivationBlock(6, 8, 2), PreActivationBlock(8, 8)]
        )
        self.bn = nn.BatchNorm2d(8)
        self.linear = nn.Linear(8 * 4, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        for block in self.blocks:
            x = block(x)
        x = F.avg_pool2d(F.relu(self.bn(x)), 4)
        return self.linear(x.reshape(len(x), -1))


class DenseLayer(nn.Module):
    """Takes the list of everything before it and joins it itself."""

    def __init__(self, before: int, growth: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(before)
        self.conv1 = nn.Conv2d(before, 2 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(2 * growth)
        self.conv2 = conv3x3(2 * growth, growth)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, features: list[Tensor]) -> Tensor:
        x = self.conv1(self.relu(self.norm1(torch.cat(features, 1))))
        return self.conv2(self.relu(self.norm2(x)))


class DenseNet(nn.Module):
    """Two dense blocks and a transition; lists of features go from module to module."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv3x3(3, 6)
        self.block1 = nn.ModuleList([DenseLayer(6 + 4 * i, 4) for i in range(2)])
        self.transition = nn.Sequential(
            nn.BatchNorm2d(14), nn.ReLU(inplace=True), nn.Conv2d(14, 7, 1, bias=False), nn.AvgPool2d(2, 2)
        )
        self.block2 = nn.ModuleList([DenseLayer(7 + 4 * i, 4) for i in range(2)])
        self.norm = nn.BatchNorm2d(15)
        self.classifier = nn.Linear(15, 5)

    @staticmethod
    def _dense(block: nn.ModuleList, x: Tensor) -> Tensor:
        features = [x]
        for layer in block:
            features.append(layer(features))
        return torch.cat(features, dim=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.transition(self._dense(self.block1, self.stem(x)))
        x = F.relu(self.norm(self._dense(self.block2, x)), inplace=True)
        return self.classifier(F.adaptive_avg_pool2d(x, (1, 1)).squeeze(-1).squeeze(-1))


class SqueezeExcitation(nn.Module):
    """A gate for each channel, by multiplication."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, 4, 1)
        self.fc2 = nn.Conv2d(4, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        scale = x.mean((2, 3), keepdim=True)
        scale = F.relu(self.fc1(scale))
        return F.hardsigmoid(self.fc2(scale)) * x


class InvertedResidual(nn.Module):
    """Expand, depthwise, squeeze and excite, project; linear at its end."""

    def __init__(self, before: int, after: int, stride: int, *, hard: bool, gate: bool) -> None:
        super().__init__()
        inner = 2 * before
        act = nn.Hardswish if hard else nn.ReLU
        layers = [nn.Conv2d(before, inner, 1, bias=False), nn.BatchNorm2d(inner), act(inplace=True)]
        layers += [
            nn.Conv2d(inner, inner, 3, stride=stride, padding=1, groups=inner, bias=False),
            nn.BatchNorm2d(inner),
            act(inplace=True),
        ]
        if gate:
            layers.append(SqueezeExcitation(inner))
        layers += [nn.Conv2d(inner, after, 1, bias=False), nn.BatchNorm2d(after)]
        self.block = nn.Sequential(*layers)
        self.residual = stride == 1 and before == after

    def forward(self, x: Tensor) -> Tensor:
        return x + self.block(x) if self.residual else self.block(x)


class MobileNetV3(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 6, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(6),
            nn.Hardswish(inplace=True),
            InvertedResidual(6, 6, 1, hard=False, gate=True),
            InvertedResidual(6, 8, 2, hard=True, gate=True),
            InvertedResidual(8, 8, 1, hard=True, gate=False),
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(
            nn.Linear(8, 12), nn.Hardswish(inplace=True), nn.Dropout(0.2, inplace=True), nn.Linear(12, 5)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.pool(self.features(x)).flatten(1))


class ConvNeXtBlock(nn.Module):
    """Depthwise 7x7, then channels last: layer norm, two dense layers around GELU, layer scale."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.pwconv1 = nn.Linear(width, 2 * width)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(2 * width, width)
        self.gamma = nn.Parameter(torch.full((width,), 0.5))

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x
        x = self.dwconv(x).permute(0, 2, 3, 1)
        x = self.pwconv2(self.act(self.pwconv1(self.norm(x))))
        x = self.gamma * x
        return shortcut + x.permute(0, 3, 1, 2)


class LayerNorm2d(nn.LayerNorm):
    """Layer norm over channels, by a mean and a variance of its own."""

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean(1, keepdim=True)
        variance = (x - mean).pow(2).mean(1, keepdim=True)
        x = (x - mean) / torch.sqrt(variance + self.eps)
        return self.weight[:, None, None] * x + self.bias[:, None, None]


class ConvNeXt(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 6, 2, stride=2), LayerNorm2d(6, eps=1e-6))
        self.stage1 = ConvNeXtBlock(6)
        self.downsample = nn.Sequential(LayerNorm2d(6, eps=1e-6), nn.Conv2d(6, 8, 2, stride=2))
        self.stage2 = ConvNeXtBlock(8)
        self.norm = nn.LayerNorm(8, eps=1e-6)
        self.head = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stage2(self.downsample(self.stage1(self.stem(x))))
        return self.head(self.norm(x.mean([-2, -1])))
