"""The photos: what they show, whom they credit, and that storing them loses nothing."""

from __future__ import annotations

import dataclasses
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from lrpwidgets.zoo import photos, squeezenet
from lrpwidgets.zoo.photo import from_differences, to_differences


def test_each_photo_has_a_credit_a_free_licence_and_a_source():
    titles = [photo.title for photo in photos()]
    assert len(titles) == len(set(titles)) >= 4
    for photo in photos():
        assert photo.credit
        assert photo.licence in {"CC0", "public domain"}
        assert "scikit-image" in photo.source
        assert photo.pixels.dtype == np.uint8
        assert photo.pixels.shape[2] == 3
        assert min(photo.pixels.shape[:2]) >= 227
        assert photo.title in repr(photo)
        assert len(repr(photo)) < 150


def shipped_by_scikit_image(name: str) -> np.ndarray:
    """A picture in scikit-image's folder; scikit-image itself, with all that it needs, is not imported."""
    spec = find_spec("skimage")
    assert spec, "pip install --no-deps scikit-image==0.26.0 (tests/data-packages.txt)"
    with Image.open(Path(spec.origin).parent / "data" / name) as picture:
        return np.asarray(picture.convert("RGB"))


def test_photos_equal_what_scikit_image_ships():
    chelsea, rocket = photos()[0].pixels, photos()[3].pixels
    assert np.array_equal(chelsea, shipped_by_scikit_image("chelsea.png")[:300, 75:375])
    assert np.array_equal(rocket, shipped_by_scikit_image("rocket.jpg")[17:288, 204:475])


def test_the_network_names_what_the_photos_show():
    net = squeezenet()
    card = net.lrpwidgets_card
    with torch.no_grad():
        first = net(card.input.encode(photos())).argmax(1).tolist()
    assert [card.labels[k] for k in first[:4]] == ["Egyptian cat", "espresso", "tripod", "missile"]


def test_photos_are_frozen():
    photo = photos()[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        photo.title = "mine"
    with pytest.raises(ValueError, match="read-only"):
        photo.pixels[0, 0] = 0


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))))
def test_differences_give_the_pixels_back(pixels):
    before = pixels.copy()
    differences = to_differences(pixels)
    assert np.array_equal(pixels, before)
    assert differences.dtype == np.uint8
    assert np.array_equal(from_differences(differences), before)
