"""Claims E14 and E15: sliding windows over large images, and the direct convolutional way."""

from __future__ import annotations

import subprocess
import sys
import warnings

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets import measure


@pytest.fixture(scope="module")
def convolutional(digit_net):
    """The digit net with its dense layer as a convolution: it takes images of any size."""
    dense = digit_net.classifier[2]
    last = nn.Conv2d(64, 10, 3).double()
    with torch.no_grad():
        last.weight.copy_(dense.weight.reshape(10, 64, 3, 3))
        last.bias.copy_(dense.bias)
    return nn.Sequential(*digit_net.features, last).eval()


@pytest.fixture(scope="module")
def scenes(digits):
    """Four digits each on images of 48 x 48."""
    canvas = torch.zeros(2, 1, 48, 48, dtype=torch.float64)
    for k, (top, left) in enumerate([(0, 0), (0, 20), (20, 0), (20, 20)]):
        part = canvas[:, :, top : top + 28, left : left + 28]
        part.copy_(torch.maximum(part, digits[2 * k : 2 * k + 2]))
    return canvas


@pytest.mark.parametrize("rules", ["deep-taylor", "alpha2-beta1", "epsilon", "epsilon-gamma-box"])
def test_e14_windows_equal_the_direct_way_without_padding(convolutional, scenes, rules):
    how = {"target": 3, "rules": rules, "input_range": (0, 1)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        direct = measure.convolutional_window(convolutional, scenes, 28, 4, **how)
    found = measure.sliding_window(convolutional, scenes, 28, 4, **how)
    assert found.scores.shape == (2, 6, 6)
    largest = direct.relevance.abs().max()
    assert float((direct.relevance - found.explanation.relevance).abs().max() / largest) <= 1e-10
    torch.testing.assert_close(direct.score, found.explanation.score)
    with torch.no_grad():
        torch.testing.assert_close(found.scores, convolutional(scenes)[:, 3])


def test_the_dense_net_gives_the_same_windows(digit_net, convolutional, scenes):
    dense = measure.sliding_window(digit_net, scenes, 28, 4, target="3", batch=7).explanation
    other = measure.sliding_window(convolutional, scenes, 28, 4, target=3, input_range=(0, 1)).explanation
    torch.testing.assert_close(dense.relevance, other.relevance)
    torch.testing.assert_close(dense.total, dense.score)
    assert [str(target) for target in dense.target] == ["3", "3"]
    torch.testing.assert_close(dense.output[:, 3], dense.score)


def test_e15_with_padding_they_differ_and_the_warning_says_why():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(8, 8, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(8, 3, 4),
        ).double()
        x = torch.rand(1, 1, 32, 32, dtype=torch.float64)
    how = {"target": 1, "input_range": (0, 1)}
    with pytest.warns(UserWarning, match="padding at 0, 2:") as caught:
        direct = measure.convolutional_window(net, x, 8, 2, **how)
    assert "scores of single windows differ" in str(caught[0].message)
    assert str(caught[0].message) in direct.notes
    found = measure.sliding_window(net, x, 8, 2, **how).explanation
    assert float((direct.relevance - found.relevance).abs().sum() / found.relevance.abs().sum()) > 0.05


@pytest.mark.parametrize(
    ("size", "stride", "how", "why"),
    [
        (28, 8, {}, "positions where there are 3 x 3 windows"),
        (28, 4, {"method": "sensitivity"}, "not additive"),
        (28, 4, {"rules": "excitation-backprop"}, "starts with relevance 1"),
        (32, 3, {}, "a window of .* gives 40 scores where a position has 10"),
    ],
)
def test_other_differences_are_said_too(convolutional, scenes, size, stride, how, why):
    with pytest.warns(UserWarning, match=why):
        measure.convolutional_window(convolutional, scenes, size, stride, target=3, input_range=(0, 1), **how)


def test_a_pool_with_padding_is_named():
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.MaxPool2d(3, 1, padding=1), nn.Conv2d(4, 2, 4)).double()
    with pytest.warns(UserWarning, match="padding at 1:"):
        measure.convolutional_window(net, torch.rand(1, 1, 12, 12).double(), 6, 1, target=0)


def test_steps_fill_the_map_up_within_a_batch(digit_net, scenes):
    seen = []
    handle = digit_net.register_forward_pre_hook(lambda module, args: seen.append(len(args[0])))
    try:
        steps = list(measure.sliding_steps(digit_net, scenes, 28, 20, target=0, batch=3))
    finally:
        handle.remove()
    assert [step.done for step in steps] == [3, 6, 8]
    assert max(seen) == 3
    assert (steps[-1].tops, steps[-1].lefts, steps[-1].windows) == ((0, 20), (0, 20), 8)


def test_pixels_that_no_window_reaches_are_named(digit_net, scenes):
    found = measure.sliding_window(digit_net, scenes[:, :, :45], 28, (4, 16), target=0).explanation
    assert any("last 1 rows and 4 columns" in note for note in found.notes)
    assert float(found.relevance[:, :, 44:].abs().max()) == 0
    assert float(found.relevance[:, :, :, 44:].abs().max()) == 0


def test_pictures_are_encoded_at_their_own_size(digit_net):
    picture = torch.zeros(40, 30, dtype=torch.uint8).numpy()
    found = measure.sliding_window(lw.zoo.digits(), picture, 28, 2, target=1).explanation
    assert found.relevance.shape == (1, 1, 40, 30)


MEMORY = """
import torch
from torch import nn
from lrpwidgets import measure
torch.set_num_threads(1)
def peak():  # of this program alone: ru_maxrss begins with that of who started it
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
net = nn.Sequential(nn.Conv2d(1, 4, 9, stride=8), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 63 ** 2, 2)).eval()
measure.sliding_window(net, torch.rand(1, 1, 512, 512), 512, 512, target=0, input_range=(0, 1))
x = torch.rand(1, 1, 4096, 4096)
before = peak()
found = measure.sliding_window(net, x, 512, 256, target=0, input_range=(0, 1), batch=4)
print(peak() - before, found.done, float(found.explanation.total), float(found.explanation.score))
"""


def test_a_large_image_takes_one_map_and_one_batch_of_windows():
    done = subprocess.run(
        [sys.executable, "-c", MEMORY], capture_output=True, text=True, timeout=120, check=True
    )
    grown, windows, total, score = map(float, done.stdout.split())
    assert windows == 15 * 15
    assert total == pytest.approx(score, rel=1e-4)
    # MiB: the map is 64, and a window under way takes 25; all windows at once would take 5600.
    assert grown <= 64 + 4 * 40


@pytest.mark.parametrize(
    ("size", "stride", "settings", "says"),
    [
        (49, 4, {}, "larger than the images"),
        (28, 0, {}, "stride"),
        ((28, 28, 1), 4, {}, "size"),
        (28, 4, {"target": "top"}, "name one class"),
        (28, 4, {"target": "ten"}, "label"),
        (28, 4, {"target": 11}, "no class 11"),
        (28, 4, {"target": None}, "name one class"),
        (28, 4, {"batch": 0}, "batch"),
    ],
)
def test_bad_input_is_a_clear_error(digit_net, scenes, size, stride, settings, says):
    with pytest.raises(lw.errors.LrpError, match=says):
        measure.sliding_window(digit_net, scenes, size, stride, **{"target": 0, **settings})


def test_the_direct_way_needs_a_convolutional_model(digits):
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10)).double()
    with pytest.raises(lw.errors.ModelError, match="fully convolutional"):
        measure.convolutional_window(net, digits, 28, 4, target=0)


def test_an_image_without_a_channel_axis_is_an_error(digit_net):
    with pytest.raises(lw.errors.InputError, match="batch, channel"):
        measure.sliding_window(digit_net, torch.rand(48, 48), 28, 4, target=0)
