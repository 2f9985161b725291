"""A small study: a net, its inputs, and a measure that writes down when it is called, and dies where it is told to."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import torch
from torch import nn

METHODS = {"lrp": "lrp", "noisy": {"method": "smoothgrad", "samples": 3}, "random": "random"}
LOG, DEADLY = "LRPWIDGETS_TEST_LOG", "LRPWIDGETS_TEST_DEADLY"


def net() -> nn.Module:
    """A net in float64 whose last layer is parametrized, as those of the zoo are."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        last = nn.utils.parametrizations.weight_norm(nn.Linear(4 * 6 * 6, 3))
        return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), last).double().eval()


def inputs(count: int = 6) -> torch.Tensor:
    """Inputs (count, 1, 8, 8) of the net; the first ones are the same for every count."""
    generator = torch.Generator().manual_seed(5)
    return torch.stack([torch.rand(1, 8, 8, dtype=torch.float64, generator=generator) for _ in range(count)])


def called(model, x, explanation):
    """The largest relevance and a number by chance; each call is a line of the file named in the environment."""
    number = int(next(row for row in range(99) if torch.equal(inputs(row + 1)[row], x[0])))
    if log := os.environ.get(LOG):
        with Path(log).open("a", encoding="utf-8") as file:
            file.write(f"{number} {explanation.method} {explanation.rules}\n")
    deadly = os.environ.get(DEADLY)
    if deadly == f"{number} {explanation.method}":
        os.kill(os.getpid(), signal.SIGKILL)
    return {"largest": explanation.relevance.max(), "chance": torch.rand(()).double()}


MEASURES = {
    "score": {},
    "flipping": {"patch": 4, "removal": "noise"},
    "continuity": {"draws": 1},
    "called": called,
}


def run(folder: str, **settings):
    """The study of all inputs; a table."""
    from lrpwidgets.measure import study

    return study(net(), inputs(), METHODS, MEASURES, folder=folder, progress=False, **settings)
