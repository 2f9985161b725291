"""The molecule view's Python side: what is sent, what may be set, its code and its picture."""

from __future__ import annotations

import base64

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError
from lrpwidgets.measure.probing import ProbeMap
from lrpwidgets.widgets.molecule import MoleculeView
from lrpwidgets.widgets.still import VIEW_MIME

NUMBERS = [[8, 1, 1], [6, 8]]
POSITIONS = [[[0, 0, 0.119], [0, 0.763, -0.477], [0, -0.763, -0.477]], [[0, 0, 0], [0, 0, 1.13]]]


@pytest.fixture
def explanation():
    torch.manual_seed(0)
    domain = lw.molecule(numbers=NUMBERS, positions=POSITIONS, elements=["H", "C", "O"])
    net = nn.Sequential(nn.Flatten(), nn.Linear(9, 1, bias=False))
    return lw.explain(net, domain.charges, input=domain, method="gradient-x-input")


def probe():
    axes = tuple(
        torch.arange(count, dtype=torch.float64) * step - 1 for count, step in ((3, 1.0), (4, 0.5), (5, 0.25))
    )
    values = torch.arange(60, dtype=torch.float64).reshape(3, 4, 5)
    values[0, 0, 0] = torch.nan
    return ProbeMap(axes, values, None, (), 60)


def test_it_sends_the_atoms_their_relevance_and_bonds(explanation):
    view = lw.view(explanation)
    assert isinstance(view, MoleculeView)
    assert view._molecule["symbols"] == ["O", "H", "H"]
    assert view._molecule["bonds"] == [[0, 1], [0, 2]]
    np.testing.assert_allclose(np.array(view._molecule["positions"]).mean(0), 0, atol=1e-12)
    wanted = explanation.relevance[0].sum(1).numpy()
    np.testing.assert_allclose(np.frombuffer(view._relevance, "<f4"), wanted, rtol=1e-6)
    assert view.limit == pytest.approx(np.abs(wanted).max())
    view.cursor = 2
    view.sample = 1
    assert view.cursor is None  # there is no third atom
    assert view._molecule["formula"] == "CO"
    assert view._formulas == ["H2O", "CO"]
    view.close()


def test_what_is_set_is_checked_and_the_old_value_stays(explanation):
    view = lw.view(explanation, probe=probe())
    for name, value, says in (
        ("sample", 2, "sample"),
        ("cursor", 3, "0 to 2"),
        ("viewport", {"rotation": [0, 0, 0, 0], "zoom": 1}, "quaternion"),
        ("viewport", {"rotation": [1, 0, 0, 0], "zoom": 99}, "zoom"),
        ("viewport", None, "viewport"),
        ("axis", "w", "axis"),
        ("slice", 5, "0 to 4"),
        ("cmap", "rainbow", "colour map"),
        ("limit_rule", "mean", "limit rule"),
        ("limit", -1, "limit"),
        ("probe", 3, "probe_map"),
        ("explanation", 3, "explanation"),
    ):
        before = getattr(view, name)
        with pytest.raises(InputError, match=says):
            setattr(view, name, value)
        assert getattr(view, name) is before or getattr(view, name) == before
    with pytest.raises(InputError, match="cursor"):
        lw.view(explanation, curser=1)
    pictures = lw.explain(nn.Flatten(), torch.rand(1, 3, 4, 4), target=0, method="gradient-x-input")
    with pytest.raises(InputError, match=r"lw\.molecule"):
        MoleculeView(pictures)
    view.close()


def test_a_limit_set_by_hand_is_kept_until_it_is_none(explanation):
    view = lw.view(explanation, limit=3.0)
    assert (view.limit, view.limit_rule) == (3.0, "fixed")
    view.sample = 1
    assert view.limit == 3.0
    view.limit = None
    assert view.limit_rule == "max"
    assert view.limit == pytest.approx(float(explanation.relevance[1].sum(1).abs().max()))
    view.close()


def test_slices_are_those_of_the_map_in_the_molecule_s_place(explanation):
    view = lw.view(explanation, probe=probe())
    assert view._grid["counts"] == [3, 4, 5]
    assert view._grid["limit"] == 58  # the 99.5 % quantile of 59 finite values
    plane = view._plane()
    np.testing.assert_allclose(plane.corner, [-1, -1, view._plane().corner[2]])
    middle = np.mean(POSITIONS[0], axis=0)[2]
    nearest = int(np.argmin(np.abs(np.arange(5) * 0.25 - 1 - middle)))
    np.testing.assert_array_equal(plane.values, probe().values[:, :, nearest])
    view.axis, view.slice = "x", 2
    np.testing.assert_array_equal(view._plane().values, probe().values[2].numpy())
    view.axis = "x"
    view.slice = None
    view.probe = None
    assert view._grid == {}
    view.close()


def test_its_code_makes_it_again_and_its_picture_is_turned_with_it(explanation):
    view = lw.view(explanation, probe=probe(), sample=1, cursor=0)
    assert view.code.endswith("probe=probe, sample=1, cursor=0)")
    upright = view.image()
    half = np.sqrt(0.5)
    view.viewport = {"rotation": [half, 0, 0, half], "zoom": 1}
    turned = view.image()
    assert upright.dtype == np.uint8
    assert (turned != upright).any()
    np.testing.assert_allclose(view.rotation @ [1, 0, 0], [0, 1, 0], atol=1e-12)
    bundle = view._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert bundle[VIEW_MIME]["code"] == view.code
    assert "CO" in bundle["text/plain"]
    view.close()


def test_it_follows_another_view_s_explanation(explanation):
    owner = lw.view(explanation)
    view = MoleculeView()
    assert repr(view) == "MoleculeView(nothing yet)"
    view.follow(owner)
    assert view.explanation is explanation
    owner.explanation = explanation[1]
    assert view._molecule["formula"] == "CO"
    owner.explanation = None
    assert view._molecule == {}
    owner.close()
    view.close()
