"""Code for the cells of test notebooks, and Python's own picture of what they explain."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.browser.lab import Notebook

# Not square and in colour, so that a swap of axes or channels shows.
SMALL = """
import numpy, torch, lrpwidgets as lw
torch.manual_seed(0)
features = torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.Flatten()
net = torch.nn.Sequential(*features, torch.nn.Linear(8 * 18 * 22, 4))
picture = numpy.random.default_rng(0).integers(0, 256, (20, 24, 3), numpy.uint8)
ex = lw.explain(net, picture, input=lw.image(), labels=["a", "b", "c", "d"])
"""
PHOTO = "import lrpwidgets as lw; net, photos = lw.zoo.squeezenet(), lw.zoo.photos(); ex = lw.explain(net, photos[0])"


def rendered(notebook: Notebook, explanation: str = "ex", scale: float = 1, **options: Any) -> np.ndarray:
    """Python's own picture of an explanation in the notebook's kernel, (height, width, 3) uint8."""
    picture = f"heatmap.picture({explanation}, scale={scale}, **{options!r})"
    notebook.evaluate(
        f"import numpy; from lrpwidgets.render import heatmap; numpy.save('seen.npy', {picture})"
    )
    return np.load(notebook.server.folder / "seen.npy")
