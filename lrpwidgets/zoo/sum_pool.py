"""Sum-pooling, which section 6.1 of the tutorial prefers to max-pooling, for nets that are to be trained."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import avg_pool1d, avg_pool2d, avg_pool3d

from lrpwidgets.errors import InputError

_AVERAGE = {1: avg_pool1d, 2: avg_pool2d, 3: avg_pool3d}


class SumPool(nn.Module):
    """x_k = sum_j x_j over each window of `size` along the axes behind the channels'; padding adds zeros.

    Takes (batch, channel, ...) with one to three such axes. `stride` is `size` if left out. A sum is
    `size ** axes` times an average, so initial weights behind it are best that much smaller.
    """

    def __init__(self, size: int, stride: int | None = None, padding: int = 0) -> None:
        super().__init__()
        self.size, self.stride, self.padding = size, size if stride is None else stride, padding

    def forward(self, x: Tensor) -> Tensor:
        """Sums, (batch, channel, ...)."""
        axes = x.dim() - 2
        if axes not in _AVERAGE:
            raise InputError(
                f"SumPool takes (batch, channel, ...) with 1 to 3 axes behind, not {tuple(x.shape)}"
            )
        mean: Tensor = _AVERAGE[axes](x, self.size, self.stride, self.padding)
        return mean * float(self.size**axes)

    def extra_repr(self) -> str:
        """Its settings."""
        return f"{self.size}, stride={self.stride}, padding={self.padding}"
