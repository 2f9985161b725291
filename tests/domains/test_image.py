"""Preprocessing and its inverse: checked against the formula written out pixel by pixel."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

import lrpwidgets as lw
from lrpwidgets import domains
from lrpwidgets.domains.image import ImageDomain, image, infer
from lrpwidgets.errors import FileFormatError, InputError

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


def photo(height: int = 5, width: int = 7, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("order", ["RGB", "BGR"])
@pytest.mark.parametrize("ends", [(0, 1), (0, 255), (-1, 1)])
def test_encode_is_the_formula(order: str, ends: tuple[int, int]) -> None:
    domain = image(mean=[0.4, 0.5, 0.6], std=[0.2, 0.3, 0.7], order=order, range=ends)
    picture = photo()
    x = domain.encode(picture)
    assert x.shape == (1, 3, 5, 7)
    assert x.dtype == torch.float32
    low, high = ends
    for c in range(3):
        source = {"RGB": c, "BGR": 2 - c}[order]
        for row in range(5):
            for column in range(7):
                value = int(picture[row, column, source]) / 255 * (high - low) + low
                value = (value - [0.4, 0.5, 0.6][c]) / [0.2, 0.3, 0.7][c]
                assert float(x[0, c, row, column]) == pytest.approx(value, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    "domain",
    [
        image(**IMAGENET),
        image(mean=127.5, std=58.4, range=(0, 255), order="BGR"),
        image(channels=1, mean=0.13),
    ],
)
def test_decode_gives_every_level_back_exactly(domain: ImageDomain) -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    picture = (
        np.stack([levels] * 3, axis=-1)
        if domain.channels == 1
        else np.stack([levels, levels[::-1], levels.T], axis=-1)
    )
    x = domain.encode(picture)
    np.testing.assert_array_equal(domain.decode(x), picture[None])
    np.testing.assert_array_equal(domain.decode(x.double()), picture[None])


def test_decode_clips_what_no_photo_has() -> None:
    domain = image()
    x = torch.tensor([-5.0, 0.0, 1.0, 7.0]).reshape(1, 1, 2, 2).expand(1, 3, 2, 2)
    assert domain.decode(x)[0, :, :, 0].tolist() == [[0, 0], [255, 255]]


def test_the_box_holds_every_pixel_without_a_rounding_gap() -> None:
    domain = image(**IMAGENET, order="BGR")
    x = domain.encode(np.arange(256, dtype=np.uint8).reshape(16, 16))
    low, high = domain.input_range
    assert low.shape == high.shape == (1, 3, 1, 1)
    assert torch.equal(x.amin((2, 3), keepdim=True), low)
    assert torch.equal(x.amax((2, 3), keepdim=True), high)
    assert domain.channel_names == ("blue", "green", "red")


class Photo:
    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels = pixels


def test_all_the_ways_to_hand_in_a_picture_agree(tmp_path) -> None:
    from PIL import Image

    picture = photo()
    domain = image(**IMAGENET)
    expected = domain.encode(picture)
    path = tmp_path / "photo.png"
    Image.fromarray(picture).save(path)
    ways = [
        Photo(picture),
        Image.fromarray(picture),
        path,
        str(path),
        [picture],
        (Photo(picture),),
        picture[None],
        torch.from_numpy(picture),
        torch.from_numpy(picture).permute(2, 0, 1),
        torch.from_numpy(picture).permute(2, 0, 1)[None],
    ]
    for way in ways:
        assert torch.equal(domain.encode(way), expected), type(way)
    # Floats in [0, 1] mean the same levels.
    torch.testing.assert_close(domain.encode(picture / 255.0), expected, rtol=1e-6, atol=1e-6)


def test_a_list_is_a_batch_in_its_order() -> None:
    domain = image()
    one, two, three = (photo(seed=seed) for seed in range(3))
    batch = domain.encode([one, Photo(two), three[None]])
    np.testing.assert_array_equal(domain.decode(batch), np.stack([one, two, three]))


def test_grey_pictures_and_colour_models_meet() -> None:
    grey = photo()[..., 0]
    np.testing.assert_array_equal(image().decode(image().encode(grey))[0], np.stack([grey] * 3, -1))
    digits = np.random.default_rng(1).integers(0, 256, (4, 6, 5), dtype=np.uint8)
    domain = image(channels=1)
    assert domain.encode(digits).shape == (4, 1, 6, 5)
    colour = photo()
    shown = domain.decode(domain.encode(colour))[0, 2, 3]
    red, green, blue = (int(level) for level in colour[2, 3])
    assert shown.tolist() == [int(0.299 * red + 0.587 * green + 0.114 * blue + 0.5)] * 3


def test_resize_covers_and_cuts_the_centre() -> None:
    # Three vertical stripes, 30 wide: covering 10 x 10 scales by 1 and keeps the middle one.
    striped = np.zeros((10, 30, 3), np.uint8)
    striped[:, :10], striped[:, 10:20], striped[:, 20:] = 10, 120, 240
    domain = image(size=(10, 10))
    assert (domain.decode(domain.encode(striped)) == 120).all()
    # Antialiased: a third of the size averages stripes of one pixel instead of picking some of them.
    fine = np.zeros((30, 30, 3), np.uint8)
    fine[:, ::2] = 240
    assert float((image(size=10).encode(fine) * 255 - 120).abs().max()) < 50
    assert image(size=(8, 20)).encode(photo(5, 5)).shape == (1, 3, 8, 20)


def test_what_is_shown_is_what_the_model_saw_after_a_resize() -> None:
    domain = image(**IMAGENET, size=(9, 11))
    x = domain.encode(photo(37, 29))
    assert torch.equal(domain.encode(domain.decode(x)), x)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.zeros((4, 4, 3), np.int64), "int64"),
        (np.full((4, 4, 3), 2.0), "from 2 to 2"),
        (np.full((4, 4, 3), np.nan), "nan"),
        (np.zeros((4, 4, 4), np.uint8), "alpha"),
        (np.zeros((3, 8, 9), np.uint8), "moveaxis"),
        (np.zeros((5,), np.uint8), r"\(5,\)"),
        (np.zeros((0, 4, 3), np.uint8), "no pixel"),
        ([], "empty"),
        ([photo(4, 4), photo(5, 4)], "size="),
        (7, "int"),
        ("missing.png", "missing.png"),
    ],
)
def test_what_is_no_picture_is_named(given: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        image().encode(given)


def test_a_damaged_file_is_named(tmp_path) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(b"\x89PNG nothing")
    with pytest.raises(InputError, match=r"broken\.png"):
        image().encode(path)


@pytest.mark.parametrize(
    "arguments",
    [
        {"std": 0},
        {"std": [1, -1, 1]},
        {"mean": [1, 2]},
        {"mean": "half"},
        {"mean": float("nan")},
        {"range": (1, 0)},
        {"range": (0, float("inf"))},
        {"range": 1},
        {"order": "GBR"},
        {"channels": 4},
        {"order": "BGR", "channels": 1},
        {"size": (0, 5)},
        {"size": 2.5},
        {"size": (1, 2, 3)},
    ],
)
def test_impossible_preprocessing_is_refused(arguments: dict) -> None:
    with pytest.raises(InputError):
        image(**arguments)


def test_decode_says_which_shape_it_takes() -> None:
    with pytest.raises(InputError, match=r"\(batch, 3, height, width\)"):
        image().decode(torch.zeros(1, 1, 4, 4))
    with pytest.raises(InputError, match="finite"):
        image().decode(torch.full((1, 3, 2, 2), float("nan")))


def test_a_raw_tensor_is_shown_between_its_ends_and_that_is_said() -> None:
    x = torch.tensor([-2.0, 0.0, 1.0, 2.0]).reshape(1, 1, 2, 2)
    domain = infer(x)
    assert domain.decode(x)[0, :, :, 0].tolist() == [[0, 128], [191, 255]]
    assert domain.note is not None
    assert "-2" in domain.note
    assert infer(torch.full((2, 3, 2, 2), 5.0)).decode(torch.full((2, 3, 2, 2), 5.0)).max() == 0
    for bad in (torch.zeros(1, 2, 4, 4), torch.zeros(3, 4), torch.full((1, 1, 2, 2), float("inf"))):
        with pytest.raises(InputError):
            infer(bad)


def test_squares_for_small_pictures() -> None:
    assert image().display_pixelated(64, 64)
    assert not image().display_pixelated(20, 65)


@pytest.mark.parametrize(
    "domain",
    [
        image(**IMAGENET, order="BGR", size=(224, 200)),
        image(channels=1, range=(-1, 1)),
        infer(torch.rand(1, 3, 4, 4)),
    ],
)
def test_json_round_trip(domain: ImageDomain) -> None:
    assert domains.from_json(json.loads(json.dumps(domain.to_json()))) == domain


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kind", "sound"),
        ("kind", ["image"]),
        ("mean", [0, 0]),
        ("mean", [0, 0, "0"]),
        ("mean", [0, 0, True]),
        ("mean", [0, 0, float("nan")]),
        ("mean", [0, 0, 10**400]),
        ("std", [1, 1, 0]),
        ("order", "XYZ"),
        ("order", {}),
        ("range", [1, 0]),
        ("size", [1.5, 2]),
        ("size", [2**40, 2]),
        ("size", "big"),
        ("channel_names", ["<script>", "b", "c"]),
        ("note", 5),
        ("note", "x" * 2000),
        ("extra", 1),
    ],
)
def test_json_of_a_stranger_is_refused(key: str, value: object) -> None:
    data = image().to_json() | {key: value}
    with pytest.raises(FileFormatError):
        domains.from_json(data)


@pytest.mark.parametrize("data", [None, [], "image", {}, {"kind": "image"}])
def test_json_that_is_no_domain_is_refused(data: object) -> None:
    with pytest.raises(FileFormatError):
        domains.from_json(data)


def test_domains_need_no_torch_until_they_encode() -> None:
    program = "import sys, lrpwidgets.domains.image as i; i.image(mean=0.5); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize(
    "domain",
    [
        lw.image(mean=(103.939, 116.779, 123.68), order="BGR", range=(0, 255), size=227),
        lw.image(order="gray"),
        lw.image(mean=0.5, std=(0.2, 0.3, 0.25), range=(-1, 1)),
    ],
)
def test_code_makes_the_domain_again(domain):
    assert eval(domain.code, {"lw": lw}) == domain  # noqa: S307 (our own text)
