"""The one layer of torchvision.ops that zennit names."""

from torch import nn


class FrozenBatchNorm2d(nn.Module):
    """No net of the tests holds one."""
