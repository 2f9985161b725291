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
WATER = """lw.view(lw.explain(
    (energies := lw.zoo.molecules()).at(
        water := lw.molecule(
            numbers=[8, 1, 1], positions=[[0, 0, 0.12], [0, 0.76, -0.48], [0, -0.76, -0.48]], elements=energies.elements
        )
    ), water.charges, rules="lrp-0"))"""
RECORDING = (
    "lw.explain(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(60, 2)), torch.ones(1, 3, 20), target=0, "
    "input=lw.signal(['l', 'r', 'f'], rate=10, positions={'l': (-0.5, 0), 'r': (0.5, 0), 'f': (0, 0.5)}))"
)
PATIENTS = """lw.view(lw.explain(
    torch.nn.Linear(3, 2), torch.randn(5, 3), rules="epsilon",
    input=lw.features(["height", "weight", "age"], groups={"body": ["height", "weight"]})))"""
# One line a view: its element, and the code that shows it, after SMALL.
VIEWS = {
    "heat map": (".lrpw-heatmap", "lw.view(ex)"),
    "still heat map": (".lrpw-heatmap", "ex"),
    "regions": (".lrpw-regions", "lw.regions(ex)"),
    "flipping": (".lrpw-flipping", "lw.flipping(net, picture, input=lw.image(), patch=4)"),
    "filters": (".lrpw-filters", "lw.filters(lw.trace(net, picture, input=lw.image()))"),
    "rules": (".lrpw-rules", "lw.rules(lw.trace(net, picture, input=lw.image()))"),
    "graph": (".lrpw-graph-view", "lw.graph(lw.trace(net, picture, input=lw.image()))"),
    "comparison": (".lrpw-compare", "lw.compare(net, picture, ['lrp', 'sensitivity'], input=lw.image())"),
    "gallery": (".lrpw-gallery", "lw.gallery(net, [picture] * 2, labels=list('abcd'), input=lw.image())"),
    "prototypes": (".lrpw-prototypes", "lw.prototypes(net, 1, input=lw.image(), shape=(3, 20, 24))"),
    "sequence": (
        ".lrpw-sequence",
        "lw.view(lw.explain(lw.zoo.promoters(), lw.zoo.promoter_sequences()[0].bases))",
    ),
    "text": (
        ".lrpw-text",
        "lw.view(lw.explain(lw.zoo.newsgroup_svm(), 'The orbit of the moon, and of God.'))",
    ),
    "molecule": (".lrpw-molecule", WATER),
    "recording": (".lrpw-signal", f"lw.view({RECORDING}, window=[0.5, 1], channel='l')"),
    "plane": (".lrpw-plane", "lw.plane(torch.nn.Sequential(torch.nn.Linear(2, 1)))"),
    "features": (".lrpw-features-view", PATIENTS),
    "workbench": (".lrpw-explore", "lw.explore(net, [picture] * 2, labels=list('abcd'), input=lw.image())"),
}
PHOTO = "import lrpwidgets as lw; net, photos = lw.zoo.squeezenet(), lw.zoo.photos(); ex = lw.explain(net, photos[0])"


def rendered(notebook: Notebook, explanation: str = "ex", scale: float = 1, **options: Any) -> np.ndarray:
    """Python's own picture of an explanation in the notebook's kernel, (height, width, 3) uint8."""
    picture = f"heatmap.picture({explanation}, scale={scale}, **{options!r})"
    notebook.evaluate(
        f"import numpy; from lrpwidgets.render import heatmap; numpy.save('seen.npy', {picture})"
    )
    return np.load(notebook.server.folder / "seen.npy")
