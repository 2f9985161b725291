"""Odd inputs in every view of pictures: a picture worth looking at, or one message of our own that says what to do."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError, LrpError, ModelError

BOX = {"object": lw.measure.Box(0, 0, 1, 1)}
SENSITIVITY = {"method": "sensitivity"}


def net(channels=3, side=6):
    torch.manual_seed(0)
    layers = nn.Conv2d(channels, 4, 1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * side * side, 3)
    return nn.Sequential(*layers).eval()


def constant(weight):
    """Every pixel has the same relevance: all weights of a layer are one number, and there are no biases."""
    made = net()
    for layer in made[0], made[3]:
        nn.init.constant_(layer.weight, weight)
        nn.init.zeros_(layer.bias)
    return made


class NoGradient(nn.Module):
    """Scores are finite, their gradient is NaN for every pixel."""

    def __init__(self):
        super().__init__()
        self.net = net()

    def forward(self, x):
        return self.net(x) + torch.sqrt(0 * x).flatten(1).sum(1, keepdim=True)


class NoScore(NoGradient):
    """Every score is NaN."""

    def forward(self, x):
        return self.net(x) * float("nan")


def batch(count, channels=3, side=6):
    return torch.rand(count, channels, side, side, generator=torch.Generator().manual_seed(1))


# A model, its inputs, and how to ask it for that relevance.
INPUTS = {
    "an empty set": lambda: (net(), batch(0), {}),
    "one item": lambda: (net(), batch(1), {}),
    "constant relevance": lambda: (constant(1.0), torch.full((1, 3, 6, 6), 0.5), {}),
    "relevance 0 everywhere": lambda: (constant(0.0), batch(1), {}),
    "all-NaN relevance": lambda: (NoGradient().eval(), batch(1), SENSITIVITY),
    "NaN scores": lambda: (NoScore().eval(), batch(1), {}),
    "2 channels": lambda: (net(2), batch(2, 2), {}),
    "12 channels": lambda: (net(12), batch(2, 12), {}),
    "1 pixel in colour": lambda: (net(3, 1), batch(2, 3, 1), {}),
    "1 grey pixel": lambda: (net(1, 1), batch(2, 1, 1), {}),
}
VIEWS = {
    "heat map": lambda model, x, asked: lw.view(lw.explain(model, x, **asked)),
    "still": lambda model, x, asked: lw.explain(model, x, **asked),
    "explore": lambda model, x, asked: lw.explore(model, x, **asked),
    "regions": lambda model, x, asked: lw.regions(lw.explain(model, x, **asked), BOX),
    "region set": lambda model, x, asked: lw.region_set(lw.explain(model, x, **asked), BOX),
    "filters": lambda model, x, asked: lw.filters(lw.trace(model, x[:1]), **asked),
    "flipping": lambda model, x, asked: lw.flipping(
        model, x[:1], [asked.get("method", "lrp"), "random"], patch=1
    ),
    "compare": lambda model, x, asked: lw.compare(model, x, [asked.get("method", "lrp"), "gradient-x-input"]),
    "gallery": lambda model, x, asked: lw.gallery(model, x),
    "rules": lambda model, x, asked: lw.rules(lw.trace(model, x[:1])),
    "graph": lambda model, x, asked: lw.graph(lw.trace(model, x[:1]), **asked),
    "prototypes": lambda model, x, asked: lw.prototypes(model, 0, shape=tuple(x.shape[1:]), steps=3),
}
# Views that draw nothing but pictures of 1 or 3 channels; the others show bars, curves, tables or names.
OF_PICTURES = ("heat map", "explore", "regions", "compare", "prototypes")
NO_PICTURE = {
    **{(view, case): "pictures .*1 or 3" for view in OF_PICTURES for case in ("2 channels", "12 channels")},
    **{(view, "an empty set"): "holds no sample" for view in VIEWS},
    **{(view, "an empty set"): "there is no input: give a batch" for view in ("explore", "compare", "gallery")},
    **{
        (view, "all-NaN relevance"): r"holds 108 values that are NaN or infinite.* first at .*another method"
        for view in ("heat map", "still", "explore", "regions", "region set", "filters", "compare")
    },
    ("flipping", "all-NaN relevance"): "method 'sensitivity' gives relevance that is NaN",
    ("graph", "all-NaN relevance"): "does not say what relevance passes each layer",
    ("prototypes", "all-NaN relevance"): "gradient of the objective is NaN.*begin elsewhere",
    **{(view, "NaN scores"): "output holds NaN" for view in VIEWS},
    ("flipping", "NaN scores"): "the model's output is NaN.*nothing can fall",
    ("prototypes", "NaN scores"): "score is NaN or infinite where the search begins",
}  # fmt: skip
# A gallery tells what it cannot predict in its place; a search is given a shape, and no input.
del NO_PICTURE["gallery", "NaN scores"]
del NO_PICTURE["prototypes", "an empty set"]


def shown(view):
    """Wait for a view, and open its picture as a saved notebook would: (height, width, 3)."""
    if hasattr(view, "wait"):
        view.wait()
        assert view.error == ""
    bundle = view._repr_mimebundle_()
    assert not ({"nan", "inf"} & set(bundle["text/plain"].replace("[", " ").replace(",", " ").split()))
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).convert("RGB"))


@pytest.mark.parametrize("case", INPUTS)
@pytest.mark.parametrize("view", VIEWS)
def test_a_picture_or_a_message(view, case):
    model, x, asked = INPUTS[case]()
    if (view, case) not in NO_PICTURE:
        picture = shown(VIEWS[view](model, x, asked))
        assert min(picture.shape[:2]) > 30
        assert picture.std() > 1, "a blank picture"
        return
    with pytest.raises(LrpError, match=f"(?s){NO_PICTURE[view, case]}") as told:
        shown(VIEWS[view](model, x, asked))
    assert len(str(told.value)) < 400
    assert str(told.value).count("\n") == 0
    assert isinstance(told.value, (InputError, ModelError)) or view == "graph"


@pytest.mark.parametrize("make", [lw.explore, lw.gallery, lambda model, x: lw.compare(model, x, ["lrp"])])
def test_an_empty_list_is_an_empty_set(make):
    with pytest.raises(InputError, match="there is no input: give a batch"):
        make(net(), [])


def test_a_set_of_no_explanations_says_so():
    view = lw.region_set([], BOX)
    with pytest.raises(InputError, match="there is no explanation to pool"):
        view.wait()
    assert view.error == "there is no explanation to pool"


def test_one_nan_map_of_several_leaves_the_others():
    good = lw.explain(net(), batch(1))
    bad = replace(good, relevance=good.relevance * float("nan"))
    view = lw.compare({"good": good, "bad": bad})
    view.wait()
    assert [bool(cell["error"]) for cell in view._cells] == [False, True]
    assert "NaN or infinite" in view._cells[1]["error"]
    assert shown(view).std() > 1


def test_a_set_says_what_it_cannot_tell_of_one_sample_and_of_no_relevance():
    one = lw.region_set(lw.explain(net(), batch(1)), BOX)
    one.wait()
    assert re.fullmatch(r"RegionSetView\(share of 'object' 0\.\d{3}, 1 sample\)", repr(one))
    assert "nan" not in one._html.value
    none = lw.region_set(lw.explain(constant(0.0), batch(1)), BOX)
    none.wait()
    assert repr(none) == "RegionSetView(no share of 'object': R sums to 0 in every sample)"
    assert "nan" not in none._html.value
