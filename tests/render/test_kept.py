"""The picture that a notebook keeps: bounded in bytes, as near to the original as that allows."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

import lrpwidgets as lw
from lrpwidgets.render import kept, png


def opened(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.fixture(scope="module")
def photo():
    return np.ascontiguousarray(np.asarray(lw.zoo.photos()[0].pixels)[:300, :300])


def test_what_fits_is_kept_as_it_is():
    drawing = np.zeros((40, 60, 3), np.uint8)
    drawing[5:20] = (200, 30, 10)
    assert kept.bounded(drawing) == png.encode(drawing)


def test_a_photo_gets_256_colours_that_are_near_its_own(photo):
    most = len(png.encode(photo)) // 2
    data = kept.bounded(photo, most)
    assert len(data) <= most
    found = opened(data)
    assert found.shape == photo.shape
    assert len(np.unique(found.reshape(-1, 3), axis=0)) <= 256
    apart = np.abs(found.astype(int) - photo).mean()
    coarse = np.abs((photo // 43 * 43 + 21).astype(int) - photo).mean()  # six levels a channel: 216 colours
    assert apart < 4 < coarse


def test_what_256_colours_do_not_make_small_enough_is_made_smaller(photo):
    data = kept.bounded(photo, 10_000)
    assert len(data) <= 10_000
    small = opened(data)
    assert small.shape[0] == small.shape[1] < photo.shape[0]
    assert np.abs(small.mean((0, 1)) - photo.mean((0, 1))).max() < 2


def test_few_colours_are_all_kept():
    few = np.array([[0, 0, 0], [255, 255, 255], [250, 20, 20], [20, 20, 250]], np.uint8)
    picture = few[np.random.default_rng(0).integers(0, 4, (50, 70))]
    index, colours = kept.median_cut(picture)
    assert len(colours) == 4
    assert np.array_equal(colours[index], picture)


def test_one_colour():
    index, colours = kept.median_cut(np.full((3, 4, 3), 77, np.uint8))
    assert colours.tolist() == [[77, 77, 77]]
    assert not index.any()


def test_a_notebook_keeps_no_larger_picture_of_a_photo():
    found = lw.explain(lw.zoo.squeezenet(), lw.zoo.photos()[0])
    assert len(base64.b64decode(found._repr_mimebundle_()["image/png"])) <= kept.MOST
