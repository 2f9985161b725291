"""Claims E16 and B7: the translation trick, and the shifts it is made of."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets import measure


def test_a_whole_shift_copies_and_its_inverse_is_exact():
    x = torch.arange(12.0).reshape(1, 1, 3, 4)
    right = measure.translate(x, 0, 1, 9.0)
    assert right[0, 0].tolist() == [[9, 0, 1, 2], [9, 4, 5, 6], [9, 8, 9, 10]]
    up = measure.translate(x, -1, 0)
    assert up[0, 0].tolist() == [[4, 5, 6, 7], [8, 9, 10, 11], [8, 9, 10, 11]]
    assert torch.equal(measure.translate(measure.translate(x, 2, -3, "wrap"), -2, 3, "wrap"), x)


def test_a_part_of_a_pixel_mixes_neighbours():
    x = torch.tensor([[0.0, 4.0, 8.0, 8.0]])
    assert measure.translate(x, 0, 0.25, 0.0).tolist() == [[0, 3, 7, 8]]
    assert measure.translate(x, 0, -0.25, 0.0).tolist() == [[1, 5, 8, 6]]


def test_e16_no_shift_is_the_identity(digit_net, digits):
    for how in ({}, {"method": "sensitivity"}):
        plain = lw.explain(digit_net, digits, **how)
        found = measure.translation_average(digit_net, digits, [(0, 0)], **how)
        assert float((found.explanation.relevance - plain.relevance).abs().max()) <= 1e-12
        assert torch.equal(found.explanation.score, plain.score)
        assert found.explanation.target == plain.target
        assert float(found.border.abs().max()) == 0


def test_e16_the_total_is_the_mean_score_up_to_the_border(digit_net, digits):
    shifts = measure.shift_grid(5)
    found = measure.translation_average(digit_net, digits, shifts)
    labels = digit_net(digits).argmax(1)
    with torch.no_grad():
        scores = torch.stack(
            [
                digit_net(measure.translate(digits, *shift)).gather(1, labels[:, None])[:, 0]
                for shift in shifts
            ]
        )
    torch.testing.assert_close(found.scores, scores)
    mean = scores.mean(0)
    total = found.explanation.total
    assert float(((total - mean) / mean).abs().max()) <= 0.005
    assert float(found.border.abs().max()) > 0
    assert float(((total + found.border - mean) / mean).abs().max()) <= 1e-12


def test_the_mean_by_hand_and_in_any_chunks(digit_net, digits):
    x, shifts = digits[:5], [(0, 3), (-2, 0), (1, -1)]
    expected = torch.zeros_like(x)
    for down, right in shifts:
        part = lw.explain(digit_net, torch.roll(x, (down, right), (2, 3)), target=[0, 1, 2, 3, 4]).relevance
        expected += torch.roll(part, (-down, -right), (2, 3)) / 3
    for batch in (2, 5, 12, 64):
        found = measure.translation_average(
            digit_net, x, shifts, border="wrap", batch=batch, target=[0, 1, 2, 3, 4]
        )
        torch.testing.assert_close(found.explanation.relevance, expected)
        assert [each.index for each in found.explanation.target] == [0, 1, 2, 3, 4]
        assert float(found.border.abs().max()) < 1e-12


@pytest.fixture(scope="module")
def coarse_net():
    """A net that steps by 4 in its first layer, trained for a moment on digits; its held-out digits."""
    digits = lw.zoo.mnist()
    x = torch.stack([torch.tensor(digit.pixels)[None] / 255 for digit in digits])
    y = torch.tensor([digit.label for digit in digits])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = nn.Sequential(
            nn.Conv2d(1, 32, 7, stride=4, bias=False),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(32 * 36, 10, bias=False),
        )
        optimizer = torch.optim.Adam(net.parameters(), 3e-3)
        for _ in range(60):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(x[:400]), y[:400]).backward()
            optimizer.step()
    net = net.double().eval()
    rest = x[400:].double()
    assert float((net(rest).argmax(1) == y[400:]).double().mean()) > 0.8
    return net, rest


@pytest.mark.parametrize(
    ("how", "in_each_map"),
    [
        ({}, True),
        ({"method": "sensitivity"}, True),
        # What is multiplied by x has the strokes' own energy there, which no average removes: 3 to 4 times less of it.
        ({"method": "gradient-x-input"}, False),
    ],
    ids=["deep Taylor", "sensitivity", "gradient x input"],
)
def test_b7_shifts_remove_the_grid_of_the_stride(coarse_net, how, in_each_map):
    """The energy at the frequencies of the stride falls at least fivefold with T = 4 x 4 shifts."""
    net, x = coarse_net
    plain = lw.explain(net, x, input_range=(0, 1), **how).relevance
    shifts = measure.shift_grid(4)
    found = measure.translation_average(net, x, shifts, input_range=(0, 1), **how).explanation.relevance
    # In the mean map over digits, whose strokes lie elsewhere each: what is common to all maps is the grid.
    common = [_stride_energy(maps.mean(0, keepdim=True)) for maps in (plain, found)]
    assert float(common[0] / common[1]) >= 5
    if in_each_map:  # summed over the maps, and in the middle one of them
        assert float(_stride_energy(plain).sum() / _stride_energy(found).sum()) >= 5
        assert float((_stride_energy(plain) / _stride_energy(found)).median()) >= 5


def _stride_energy(relevance, stride=4):
    """sum |F(u, v)|^2 of each map, shape (batch,), over the frequencies of the stride.

    F is the discrete Fourier transform of the map in pixels, its channels summed; the frequencies are those of any
    pattern that repeats every `stride` pixels both ways, u and v multiples of side / stride, less (0, 0), the mean.
    """
    power = torch.fft.fft2(relevance.sum(1)).abs().square()
    step = relevance.shape[-1] // stride
    return power[:, ::step, ::step].sum((1, 2)) - power[:, 0, 0]


def test_the_grid_of_shifts():
    assert measure.shift_grid(3, 1, stride=2) == [(-2, 0), (0, 0), (2, 0)]
    assert {(down % 4, right % 4) for down, right in measure.shift_grid(4)} == {
        (down, right) for down in range(4) for right in range(4)
    }


def test_steps_hold_the_average_so_far(digit_net, digits):
    steps = measure.translation_steps(digit_net, digits[:2], [(0, 0), (0, 1)], batch=2)
    first = next(steps)
    assert first.shifts == ((0, 0),)
    second = next(steps)
    plain = lw.explain(digit_net, digits[:2]).relevance
    assert torch.equal(first.explanation.relevance, plain)  # the next step has left it alone
    assert not torch.equal(second.explanation.relevance, plain)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"shifts": []}, "no shift"),
        ({"shifts": [(0, 0.5)]}, "not whole"),
        ({"shifts": [(28, 0)]}, "leaves nothing"),
        ({"shifts": [(0, 1)], "border": "mirror"}, "mirror"),
        ({"shifts": [(0, 1)], "border": float("nan")}, "finite"),
        ({"batch": -1}, "batch"),
    ],
)
def test_bad_input_is_a_clear_error(digit_net, digits, settings, says):
    with pytest.raises(lw.errors.InputError, match=says):
        measure.translation_average(digit_net, digits[:1], **settings)


def test_a_grid_without_shifts_is_an_error():
    with pytest.raises(lw.errors.InputError, match="rows"):
        measure.shift_grid(0)
