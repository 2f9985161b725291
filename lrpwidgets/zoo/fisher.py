"""Fisher vectors and a linear SVM as torch modules, and the rules by which their answer becomes relevance of pixels.

What image classification was before deep nets (Perronnin, Sanchez, Mensink 2010), and what Fig. 9(b) of the tutorial
explains. With patches l = 1 .. L of the image x, a Gaussian mixture with weights w_k, means m_k, deviations s_k (each
of D numbers), and divisions element by element:

    d_l  = P patch_l                            local descriptors: the patches' first principal components
    g_lk = softmax_k log w_k N(d_l; m_k, s_k)   responsibilities (the E-step)
    u_lk = (d_l - m_k) / s_k
    h(l) = g_lk u_lk / sqrt(w_k),  g_lk (u_lk^2 - 1) / sqrt(2 w_k)      for all k: 2 K D numbers
    z    = 1/L sum_l h(l)                       the gradient of the mean log density, scaled by Fisher information
    y    = sign(z) sqrt|z|,  phi = y / |y|      power and L2 normalization
    f    = V phi                                one linear SVM a class, without an intercept

The way back is that of Bach et al. 2015 (section "bag of words") and Lapuschkin et al. 2016 (eq. 8 to 10):

    R_d = V_d phi_d                             the SVM: LRP-0
    R_l = sum_d h_d(l) / (L z_d) R_d            each dimension is a sum over descriptors, which share in proportion
    R_p = sum over patches l with p in them of R_l / (number of values in a patch)

Normalizations pass R_d on as it is. So sum_p R_p = f, whatever the image.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from lrpwidgets.explain.presets import Preset, preset
from lrpwidgets.explain.rules import Flat, Signal
from lrpwidgets.zoo.card import ModelCard

TINY = 1e-12  # under the root of the power normalization, whose slope has no bound at 0


class Descriptors(nn.Module):
    """Dense local descriptors: `(batch, channels, h, w)` -> `(batch, patches, size + 1)`.

    A convolution whose kernels are principal components of patches. Its last number has no weights and is 1 for every
    patch: it says that the descriptor is there. Relevance of a descriptor as a whole arrives at this number, from where
    the rule `Flat` hands equal parts to the patch's values.
    """

    def __init__(self, channels: int, size: int, patch: int, stride: int) -> None:
        super().__init__()
        self.filters = nn.Conv2d(channels, size + 1, patch, stride)
        with torch.no_grad():
            self.filters.weight[-1] = 0
            self.filters.bias[-1] = 1  # type: ignore[index]

    def forward(self, x: Tensor) -> Tensor:
        """Descriptors of the patches, row by row."""
        return self.filters(x).flatten(2).transpose(1, 2)  # type: ignore[no-any-return]


class Weighed(nn.Module):
    """presence * statistics. The rule `Signal` at this module gives all relevance to the presence."""

    def forward(self, presence: Tensor, statistics: Tensor) -> Tensor:
        """`(batch, patches, 1, 1)` times `(batch, patches, gaussians, 2 size)`."""
        return presence * statistics


class FisherVector(nn.Module):
    """Descriptors `(batch, patches, size + 1)` -> Fisher vectors `(batch, gaussians * 2 size)`, not normalized.

    For each Gaussian the `size` gradients by its means, then those by its deviations. The parameters of the mixture are
    `weight` (gaussians,), `mean` and `deviation` (gaussians, size).
    """

    def __init__(self, size: int, gaussians: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((gaussians,), 1 / gaussians))
        self.mean = nn.Parameter(torch.zeros(gaussians, size))
        self.deviation = nn.Parameter(torch.ones(gaussians, size))
        self.weigh = Weighed()

    def distances(self, descriptors: Tensor) -> Tensor:
        """u `(batch, patches, gaussians, size)`: how many deviations a descriptor is from each mean."""
        return (descriptors[:, :, None] - self.mean) / self.deviation

    def log_joint(self, u: Tensor) -> Tensor:
        """log w_k N(d_l; m_k, s_k), `(batch, patches, gaussians)`."""
        volume = self.deviation.log().sum(1) + self.mean.shape[1] / 2 * math.log(2 * math.pi)
        return self.weight.log() - volume - u.square().sum(-1) / 2

    def forward(self, x: Tensor) -> Tensor:
        """z for every image."""
        descriptors, presence = x[..., :-1], x[..., -1:]
        u = self.distances(descriptors)
        responsibility = self.log_joint(u).softmax(-1)[..., None]
        moments = torch.cat([u, (u.square() - 1) / math.sqrt(2)], -1) / self.weight.sqrt()[:, None]
        return self.weigh(presence[..., None], responsibility * moments).mean(1).flatten(1)  # type: ignore[no-any-return]


class Normalized(nn.Module):
    """Power and L2 normalization, y = z / sqrt|z| and phi = y / |y|, written so that relevance passes as it is."""

    def forward(self, z: Tensor) -> Tensor:
        """`(batch, dimensions)`, of length 1."""
        y = z / (z.abs() + TINY).sqrt()
        return y / y.square().sum(1, keepdim=True).sqrt()


class FisherNet(nn.Module):
    """`(batch, channels, h, w)` -> SVM scores `(batch, classes)`, for images of any size.

    Explain it with ``rules=net.rules``.
    """

    lrpwidgets_card: ModelCard

    def __init__(
        self,
        classes: int,
        *,
        channels: int = 1,
        size: int = 16,
        gaussians: int = 16,
        patch: int = 7,
        stride: int = 1,
    ) -> None:
        super().__init__()
        self.describe = Descriptors(channels, size, patch, stride)
        self.encode = FisherVector(size, gaussians)
        self.normalize = Normalized()
        self.svm = nn.Linear(2 * size * gaussians, classes, bias=False)

    @property
    def rules(self) -> Preset:
        """The way back of Lapuschkin et al. 2016: relevance sums to the score."""
        layers = {"describe.filters": Flat(), "encode.weigh": Signal()}
        return preset(layers, base="lrp-0", name="fisher-vector")

    def features(self, x: Tensor) -> Tensor:
        """phi `(batch, 2 size gaussians)`: what the SVM sees."""
        return self.normalize(self.encode(self.describe(x)))  # type: ignore[no-any-return]

    def forward(self, x: Tensor) -> Tensor:
        """How far on the positive side of each class's hyperplane."""
        scores: Tensor = self.svm(self.features(x))
        return scores
