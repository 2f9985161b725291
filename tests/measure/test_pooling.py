"""Sums over regions: by hand, by loops written out, and on real nets (claim E12)."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError, MethodError
from lrpwidgets.measure import (
    Along,
    Box,
    Labels,
    Polygon,
    Span,
    object_context,
    pool,
    superpixels,
    words,
)
from tests.measure.maps import known, normal

SMALL = [[[[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]]]]  # one sample, one channel, 2 x 3; sums to 5


def close(found, expected):
    torch.testing.assert_close(
        found, torch.as_tensor(expected, dtype=found.dtype), rtol=1e-10, atol=1e-12, equal_nan=True
    )


# -- by hand ---------------------------------------------------------------------------------------


def test_a_box_and_the_rest():
    found = pool(known(SMALL), {"object": Box(0, 1, 2, 3)})
    assert found.names == ("object", "rest")
    close(found.positive, [[8.0, 5.0]])
    close(found.negative, [[-8.0, 0.0]])
    close(found.net, [[0.0, 5.0]])
    close(found.share, [[0.0, 1.0]])
    close(found["rest"], [5.0])
    assert found.size.tolist() == [[4, 2]]
    assert found.total.tolist() == [5.0]
    assert found.unit == "score"
    assert not found.notes


def test_a_mask_covers_all_channels_and_regions_that_cover_all_leave_no_rest():
    left = np.array([[True, False, False], [True, False, False]])
    found = pool(known(np.repeat(SMALL, 3, axis=1)), {"left": left, "right": ~left})
    assert found.names == ("left", "right")
    close(found.net, [[15.0, 0.0]])
    assert found.size.tolist() == [[6, 12]]


def test_a_label_map_with_names():
    found = pool(known(SMALL), Labels(np.array([[7, 7, 2], [7, 2, 2]]), {7: "cat"}))
    assert found.names == ("2", "cat")
    close(found.net, [[2.0, 3.0]])
    close(pool(known(SMALL), torch.tensor([[7, 7, 2], [7, 2, 2]])).net, [[2.0, 3.0]])


def test_quadrants_put_the_middle_below_and_right():
    found = pool(known(SMALL), "quadrants")
    assert found.names == ("top left", "top right", "bottom left", "bottom right")
    close(found.net, [[1.0, 1.0, 4.0, -1.0]])


def test_channels_pixels_and_time():
    relevance = normal(2, 3, 4, 5)
    explanation = known(relevance)
    close(pool(explanation, "channels").net, relevance.sum((2, 3)))
    close(pool(explanation, "pixels").net, relevance.sum(1).reshape(2, 20))
    close(pool(explanation, "time").net, relevance.sum((1, 2)))
    assert pool(explanation, "pixels").names[6] == "1,1"
    bins = pool(explanation, Along((-1,), step=2))
    assert bins.names == ("0", "2", "4")
    close(bins.net, np.stack([relevance[..., at : at + 2].sum((1, 2, 3)) for at in (0, 2, 4)], 1))
    close(pool(explanation, Along((3, 1))).net, relevance.sum(2).transpose(0, 2, 1).reshape(2, 15))


def test_words_and_their_repetitions():
    spans = words([(0, 1), (1, 3), (4, 5)], ["the", "playful", "the"])
    assert list(spans) == ["the", "playful", "the#2"]
    relevance = normal(2, 6, 8)
    each = [relevance[:, a:b].sum((1, 2)) for a, b in ((0, 1), (1, 3), (4, 5))]
    rest = relevance[:, [3, 5]].sum((1, 2))
    close(pool(known(relevance), spans).net, np.stack([*each, rest], 1))
    close(pool(known(relevance.sum(2)), spans).net, np.stack([*each, rest], 1))
    assert list(words([(0, 2)])) == ["tokens 0:2"]


def test_a_span_along_another_axis():
    relevance = normal(1, 2, 7)
    close(pool(known(relevance), {"late": Span(5, 7, axis=-1)})["late"], [relevance[0, :, 5:].sum()])


# -- polygons --------------------------------------------------------------------------------------


def test_a_polygon_with_a_boxs_corners_is_that_box():
    box, shape = Box(1, 2, 5, 9), (1, 1, 6, 10)
    polygon = Polygon([(1, 2), (1, 9), (5, 9), (5, 2)])
    assert torch.equal(polygon.mask(shape), box.mask(shape))


def test_a_triangle_holds_the_pixels_whose_centres_it_holds():
    # Right angle at the origin: row + column < 4.
    found = Polygon([(0, 0), (0, 4), (4, 0)]).mask((1, 1, 5, 5))[0, 0]
    for row in range(5):
        for column in range(5):
            assert bool(found[row, column]) == (row + 0.5 + column + 0.5 < 4)


def test_a_line_that_crosses_itself_encloses_what_an_odd_number_of_edges_surrounds():
    twice = [(0, 0), (0, 6), (6, 6), (6, 0), (0, 0), (2, 2), (2, 4), (4, 4), (4, 2), (2, 2)]
    found = Polygon(twice).mask((1, 1, 6, 6))[0, 0]
    expected = torch.ones(6, 6, dtype=torch.bool)
    expected[2:4, 2:4] = False
    assert torch.equal(found, expected)


# -- one region a sample, and all shapes of masks --------------------------------------------------


def test_one_region_a_sample():
    relevance = normal(2, 3, 6, 6)
    mask = np.zeros((6, 6), dtype=bool)
    mask[4, 1] = True
    found = pool(known(relevance), {"object": [Box(0, 0, 2, 3), mask]})
    close(found["object"], [relevance[0, :, :2, :3].sum(), relevance[1, :, 4, 1].sum()])
    assert found.size.tolist() == [[18, 90], [3, 105]]
    close(found.net.sum(1), found.total)


@pytest.mark.parametrize("shape", [(5, 6), (3, 5, 6), (2, 5, 6), (2, 1, 5, 6), (1, 3, 5, 6), (2, 3, 5, 6)])
@pytest.mark.parametrize("kind", ["mask", "labels", "zeros and ones"])
def test_every_shape_of_a_mask_against_a_loop(shape, kind):
    relevance = normal(2, 3, 5, 6)
    labels = np.random.default_rng(1).integers(0, 2, shape)
    full = {(5, 6): labels, (3, 5, 6): labels, (2, 5, 6): labels[:, None] if shape == (2, 5, 6) else labels}
    full = np.broadcast_to(full.get(shape, labels), relevance.shape)
    expected = np.zeros((2, 2))
    for index in np.ndindex(*relevance.shape):
        expected[index[0], full[index]] += relevance[index]
    regions = {"mask": {"on": labels == 1}, "labels": labels, "zeros and ones": {"on": labels.astype(float)}}
    found = pool(known(relevance), regions[kind])
    close(found["1" if kind == "labels" else "on"], expected[:, 1])
    close(found["0" if kind == "labels" else "rest"], expected[:, 0])


def test_overlapping_regions_are_kept_apart_and_a_note_says_that_shares_do_not_sum():
    found = pool(known(SMALL), {"a": Box(0, 0, 1, 3), "b": Box(0, 2, 2, 3)})
    assert found.names == ("a", "b", "rest")
    close(found.net, [[2.0, -3.0, 9.0]])
    assert found.overlap.tolist() == [1]
    assert found.notes == (
        "regions overlap in 1 of 6 variables of sample 0: each keeps all that it holds, so that shares do not sum to 1",
    )
    assert float(found.share.sum()) == pytest.approx(8 / 5)


def test_float32_maps_are_summed_in_float64():
    relevance = torch.full((1, 1, 1000, 1000), 0.1, dtype=torch.float32)
    explanation = known(SMALL)
    object.__setattr__(explanation, "relevance", relevance)
    found = pool(explanation, "quadrants")
    close(found.net, np.full((1, 4), float(np.float32(0.1)) * 250_000))
    close(found.share.sum(1), [1.0])


def test_a_map_of_zeros_has_no_shares():
    found = pool(known(np.zeros((1, 1, 2, 2))), "quadrants")
    assert found.net.abs().sum() == 0
    assert bool(found.share.isnan().all())


def test_the_table_of_one_pooling():
    table = pool(known(SMALL), {"object": Box(0, 1, 2, 3)}).frame()
    assert table["region"].tolist() == ["object", "rest"]
    assert table["negative"].tolist() == [-8.0, 0.0]
    assert table["size"].tolist() == [4, 2]
    assert "Pooled score of 1 samples" in repr(pool(known(SMALL), "quadrants"))


# -- object and context ----------------------------------------------------------------------------


def test_object_and_context():
    found = object_context(known(SMALL), Box(0, 0, 2, 1))
    close(found.object, [5.0])
    close(found.context, [0.0])
    close(found.share, [1.0])
    close(found.ratio, [(8 / 4) / (5 / 2)])  # positive relevance a variable, outside over inside


def test_an_object_that_leaves_no_context_is_an_error():
    with pytest.raises(InputError, match=r"'context' is empty"):
        object_context(known(SMALL), Box(0, 0, 2, 3))


# -- E12: sums add up to f on real nets ------------------------------------------------------------

DIVISIONS = {
    "RGB to pixel": lambda explanation: "pixels",
    "quadrants": lambda explanation: "quadrants",
    "box / rest": lambda explanation: {"object": Box(3, 5, 20, 17)},
    "channels": lambda explanation: "channels",
    "polygon / rest": lambda explanation: {"object": Polygon([(0, 3), (20, 1.5), (14, 22)])},
    "superpixels": lambda explanation: superpixels(explanation, 12),
}


@pytest.fixture(scope="module")
def digit_net():
    return lw.zoo.digits().double()


@pytest.fixture(scope="module")
def some_digits(digit_net):
    return digit_net.lrpwidgets_card.input.encode(list(lw.zoo.mnist()[:12])).double()


@pytest.mark.parametrize("division", DIVISIONS)
def test_e12_on_digits_sums_add_up_to_the_score(digit_net, some_digits, division):
    explanation = lw.explain(digit_net, some_digits)
    found = pool(explanation, DIVISIONS[division](explanation))
    assert len(found.names) > 1 or division == "channels"
    close(found.net.sum(1), explanation.score)
    close(found.share.sum(1), np.ones(12))
    assert bool((found.positive >= 0).all())
    assert bool((found.negative <= 0).all())


@pytest.mark.parametrize("division", DIVISIONS)
def test_e12_sensitivity_sums_add_up_to_the_squared_norm(digit_net, some_digits, division):
    explanation = lw.explain(digit_net, some_digits, method="sensitivity")
    x = some_digits.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(digit_net(x).amax(1).sum(), x)
    found = pool(explanation, DIVISIONS[division](explanation))
    close(found.net.sum(1), gradient.square().flatten(1).sum(1))
    assert found.unit == "squared gradient norm"


@pytest.mark.parametrize("division", DIVISIONS)
def test_e12_on_a_photo_sums_add_up_to_the_total(photo, division):
    found = pool(photo, DIVISIONS[division](photo))
    close(found.net.sum(1), photo.total)
    assert found.total.abs() > 1


@pytest.fixture(scope="module")
def photo():
    net = lw.zoo.squeezenet().double()
    return lw.explain(
        net, net.lrpwidgets_card.input.encode(lw.zoo.photos()[0]).double(), rules="alpha2-beta1"
    )


def test_e12_over_time_sums_add_up_to_the_score():
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv1d(4, 8, 5, bias=False), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 26, 2, bias=False)
    ).double()
    x = torch.randn(3, 4, 30, dtype=torch.float64)
    explanation = lw.explain(net, x, method="gradient-x-input", target=0)
    for regions in ("time", Along((-1,), step=7), Along((1, 2), step=2)):
        close(pool(explanation, regions).net.sum(1), net(x)[:, 0].detach())


@pytest.mark.parametrize("method", ["deconvnet", "guided-backprop", "smoothgrad"])
def test_e12_maps_that_do_not_decompose_are_refused(digit_net, some_digits, method):
    explanation = lw.explain(digit_net, some_digits[:1], method=method)
    with pytest.raises(MethodError, match=rf"'{method}' is no decomposition.*'lrp', .*rank_accuracy"):
        pool(explanation, "quadrants")
    with pytest.raises(MethodError, match="no decomposition"):
        object_context(explanation, Box(0, 0, 5, 5))


def test_a_method_that_is_not_registered_is_noted():
    assert (
        "'someone-elses' is not registered"
        in pool(known(SMALL, method="someone-elses"), "quadrants").notes[0]
    )


def test_superpixels_follow_what_is_seen(photo):
    found = superpixels(photo, 40)
    assert found.map.shape == (1, 1, *photo.input.shape[2:])
    assert 20 <= len(np.unique(found.map)) <= 60
    assert np.array_equal(found.map, superpixels(photo, 40).map)
    explanation = known(np.ones((1, 1, 8, 8)))
    explanation.input[..., 4:] = 0  # an edge in the middle
    pieces = superpixels(explanation, 4, compactness=0.01).map[0, 0]
    assert not set(pieces[:, :4].flat) & set(pieces[:, 4:].flat)


# -- bad input -------------------------------------------------------------------------------------

BATCH = normal(3, 3, 4, 5)
BAD = {
    "mask of another shape": ({"a": np.ones((4, 6), bool)}, "shape (4, 6), which does not fit"),
    "mask that may mean two things": ({"a": np.ones((3, 4, 5), bool)}, "may mean"),
    "empty mask": ({"a": np.zeros((4, 5), bool)}, "'a' is empty"),
    "empty in one sample": (
        {"a": np.array([True, False, True]).reshape(3, 1, 1, 1)},
        "'a' is empty in sample 1",
    ),
    "empty box": ({"a": Box(1, 1, 1, 4)}, "'a' is empty"),
    "box outside": ({"a": Box(0, 0, 5, 5)}, "does not lie inside the input of 4 rows and 5 columns"),
    "box before the beginning": ({"a": Box(-1, 0, 2, 2)}, "does not lie inside"),
    "box upside down": ({"a": Box(3, 0, 1, 2)}, "does not lie inside"),
    "box between pixels": ({"a": Box(0.5, 0, 2, 2)}, "0.5 is no whole number"),
    "polygon outside": ({"a": Polygon([(0, 0), (0, 9), (2, 2)])}, "do not all lie inside"),
    "polygon with NaN": ({"a": Polygon([(0, 0), (0, float("nan")), (2, 2)])}, "do not all lie inside"),
    "polygon of two corners": ({"a": Polygon([(0, 0), (2, 2)])}, "three or more"),
    "polygon of names": ({"a": Polygon([("a", "b")])}, "pairs of numbers"),
    "span outside": ({"a": Span(0, 9, axis=-1)}, "5 positions along axis 3"),
    "span over the batch": ({"a": Span(0, 1, axis=0)}, "axis 0 is the batch"),
    "mask with NaN": ({"a": np.full((4, 5), np.nan)}, "holds NaN"),
    "mask of grey": ({"a": np.full((4, 5), 0.5)}, "mask > 0.5"),
    "label map of floats": (Labels(np.zeros((4, 5))), "whole numbers, not float64"),
    "label that is not there": (Labels(np.zeros((4, 5), int), {1: "cat"}), "label 1 ('cat') is empty"),
    "labels of one name": (Labels(np.arange(20).reshape(4, 5) % 2, {0: "1"}), "have one name"),
    "no regions": ({}, "no regions"),
    "not a region": ({"a": object()}, "give a Box"),
    "too few regions": ({"a": [Box(0, 0, 1, 1)]}, "list of 1, but there are 3 samples"),
    "unknown division": ("quadrant", "did you mean 'quadrants'"),
    "a region called rest": ({"rest": Box(0, 0, 1, 1)}, "another name"),
    "axes twice": (Along((1, 1)), "different axes"),
    "step of nothing": (Along((1,), step=0), "a step of 1 or more"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_regions_say_what_is_wrong(name):
    regions, message = BAD[name]
    with pytest.raises(InputError, match=re.escape(message)):
        pool(known(BATCH), regions)


def test_relevance_that_is_not_finite_says_where():
    relevance = BATCH.copy()
    relevance[1, 2, 0, 4] = np.nan
    with pytest.raises(InputError, match=r"1 values .* first at \(1, 2, 0, 4\)"):
        pool(known(relevance), "quadrants")


def test_a_name_that_domain_and_measure_share_is_listed_once(digit_net):
    with pytest.raises(InputError) as caught:
        pool(lw.explain(digit_net, lw.zoo.mnist()[0]), "halves")
    assert "Known: 'channels', 'quadrants', 'pixels'" in str(caught.value)


def test_other_errors():
    with pytest.raises(InputError, match="did you mean 'object'"):
        _ = pool(known(SMALL), {"object": Box(0, 0, 1, 1)})["objekt"]
    with pytest.raises(InputError, match="needs an input with rows and columns"):
        pool(known(normal(2, 5)), {"a": Box(0, 0, 1, 1)})
    with pytest.raises(InputError, match="no quadrants"):
        pool(known(normal(2, 1, 1, 5)), "quadrants")
    with pytest.raises(InputError, match="2 spans, but 1 names"):
        words([(0, 1), (1, 2)], ["one"])
    with pytest.raises(InputError, match="superpixels are of images"):
        superpixels(known(normal(2, 5)))
    with pytest.raises(InputError, match="pieces must be from 1 to 20"):
        superpixels(known(BATCH), 0)


def test_a_missing_library_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage.segmentation", None)
    with pytest.raises(InputError, match=r"superpixels needs skimage.*lrpwidgets\[measure\]"):
        superpixels(known(BATCH), 4)
