"""The plane of two variables: what is on the wire is the library's own explanation, and what may be asked."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError, MethodError
from lrpwidgets.render.plane import SIDE, Field, paint
from tests.explain import nets

METHODS = {
    "sensitivity": "sensitivity",
    "gradient x input": "gradient-x-input",
    "LRP": {"rules": {"*": lw.ZPlus()}},
}


@pytest.fixture(scope="module")
def figure_6():
    return nets.figure_6()


@pytest.fixture
def view(figure_6):
    return lw.plane(figure_6, METHODS, nodes=31, point=(2, 1))


def test_the_wire_holds_what_explain_says(view, figure_6):
    steps = torch.linspace(0, 3, 31, dtype=torch.float64)
    x = torch.stack([steps.repeat(31), steps.repeat_interleave(31)], 1)  # rows go up with x2
    sent = np.frombuffer(view._relevance, "<f4").reshape(3, -1, 2)
    for number, how in enumerate(({"method": "sensitivity"}, {"method": "gradient-x-input"}, METHODS["LRP"])):
        found = lw.explain(figure_6, x, **how)
        np.testing.assert_array_equal(sent[number], found.relevance.float().numpy())
    np.testing.assert_allclose(np.frombuffer(view._score, "<f4"), x.amax(1), rtol=1e-6)


def test_the_point_goes_to_the_nearest_node_and_knows_its_relevance(view):
    assert view.relevance["sensitivity"] == (1.0, 0.0)
    assert view.relevance["LRP"] == pytest.approx((1.5, 0.5))
    view.point = (1.02, 1.58)
    assert view.point == [1.0, 1.6]
    assert view.relevance["gradient x input"] == pytest.approx((0.0, 1.6))
    for wrong, says in (((1, 4), "x2 from 0 to 3"), ("x", "two finite"), ((1, float("nan")), "two finite")):
        with pytest.raises(InputError, match=says):
            view.point = wrong
    assert view.point == [1.0, 1.6]


def test_what_the_browser_may_not_say_is_said_in_the_view(view):
    view.set_state({"point": [9, 9]})
    assert view.status == "error"
    assert "x1 from 0 to 3" in view.error
    assert view.point == [2.0, 1.0]


def test_its_code_makes_it_again(figure_6, view):
    line = view.code.split("\n")[-1]
    again = eval(line, {"lw": lw, "model": figure_6})  # noqa: S307 - as the user would
    assert (again._relevance, again.point, again._methods) == (view._relevance, view.point, view._methods)


def test_the_code_of_other_ends_names_and_targets():
    net = nn.Linear(2, 3)
    view = lw.plane(net, ["lrp-0", "epsilon"], low=(-1, 0), high=(1, 2), target=2, names=("a", "b"), nodes=5)
    again = view.code.split("\n")[-1]
    assert again == (
        "lw.plane(model, ['lrp-0', 'epsilon'], low=[-1.0, 0.0], high=[1.0, 2.0], names=('a', 'b'), nodes=5, "
        "point=[0.0, 1.0], target=2)"
    )


def test_asking_again_sees_a_model_that_has_changed():
    net = nn.Linear(2, 1, bias=False)
    view = lw.plane(net, "gradient-x-input", nodes=4, point=(3, 0))
    with torch.no_grad():
        net.weight.fill_(2.0)
    view.ask()
    view.wait()
    assert view.relevance == {"gradient-x-input": (6.0, 0.0)}


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"low": 3}, InputError, "low must be below high"),
        ({"nodes": 1}, InputError, "nodes"),
        ({"nodes": 10_000}, InputError, "nodes"),
        ({"names": ("a",)}, InputError, "names"),
        ({"point": (4, 4)}, InputError, "from 0 to 3"),
        ({"high": (1, 2, 3)}, InputError, "high"),
        ({"methods": ["lpr"]}, MethodError, "lrp"),
        ({"methods": []}, MethodError, "no method"),
    ],
)
def test_bad_questions_are_clear_errors(figure_6, options, error, says):
    with pytest.raises(error, match=says):
        lw.plane(figure_6, **options)


def test_the_picture_has_the_arrow_where_the_method_points(tmp_path, view):
    """In a field that points right everywhere the ink lies right of the arrows' nodes; zero relevance is a dot."""
    right = np.zeros((2, 25, 25, 2), np.float32)  # step 2 from 1 to 23: twelve arrows
    right[0, ..., 0] = 1
    field = Field(("one", "two"), right, np.zeros((25, 25), np.float32), (0, 0), (1, 1), ("a", "b"))
    assert field.arrows() == list(range(1, 24, 2))
    seen = paint(field, (0.0, 0.0))
    inked = (seen < 100).all(-1)
    first, second = inked[40 : 40 + SIDE - 60, 14 : 14 + SIDE], inked[40 : 40 + SIDE - 60, 14 + SIDE + 22 :]
    assert first.sum() > 10 * max(1, second.sum())
    assert first.any(0).mean() > 2 * first.any(1).mean()  # lines along x
    kept = Image.open(io.BytesIO(base64.b64decode(view._repr_mimebundle_()["image/png"])))
    saved = Image.open(view.save(tmp_path / "plane.png"))
    np.testing.assert_array_equal(np.asarray(kept), np.asarray(saved))
    dark = Image.open(view.save(tmp_path / "dark.png", theme="dark"))
    assert np.asarray(dark)[0, 0].max() < 60
    with pytest.raises(InputError, match=r"\.png"):
        view.save(tmp_path / "plane.svg")
