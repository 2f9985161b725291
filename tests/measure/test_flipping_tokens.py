"""Texts, sequences, signals and pictures are flipped by what they are made of; tokens lose their vectors."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError
from lrpwidgets.measure import Along, Box, flip, flip_steps, pool, superpixels, word_map, words
from lrpwidgets.measure.removal import removal
from tests.measure.maps import known

TOKENS = torch.tensor([[3, 7, 1, 4, 4], [2, 2, 8, 6, 1]])


class Text(nn.Module):
    """Embeds tokens with an offset, adds positions, and takes a second input along."""

    def __init__(self):
        super().__init__()
        self.words, self.places = nn.Embedding(12, 6), nn.Parameter(torch.randn(5, 6))
        self.mix, self.score = nn.Linear(6, 8), nn.Linear(8, 3)

    def vectors(self, ids):
        return self.words((ids + 1).t()).transpose(0, 1)

    def above(self, vectors, weight):
        return self.score((self.mix(vectors + self.places).relu() * weight[..., None]).sum(1))

    def forward(self, ids, weight):
        return self.above(self.vectors(ids), weight)


@pytest.fixture
def text():
    torch.manual_seed(0)
    return Text().double().eval()


@pytest.fixture
def weight():
    return torch.rand(2, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) + 0.5


def by_hand(text, weight, sample, gone, target):
    """The score with the vectors of the tokens `gone` at zero."""
    with torch.no_grad():
        vectors = text.vectors(TOKENS[sample : sample + 1]).clone()
        vectors[0, gone] = 0
        return text.above(vectors, weight[sample : sample + 1])[0, target].item()


@pytest.mark.parametrize("chunk", [1, 3, 100])
def test_tokens_lose_their_vectors(text, weight, chunk):
    before = [part.clone() for part in text.parameters()]
    call = {"ids": TOKENS, "weight": weight}
    found = flip(text, call, "random", of="ids", removal="embedding-zero", target=2, chunk=chunk)["random"]
    for sample in range(2):
        expected = [
            by_hand(text, weight, sample, found.order[sample, :step], 2)
            for step in range(TOKENS.shape[1] + 1)
        ]
        np.testing.assert_allclose(found.scores[sample], expected, rtol=1e-12)
    assert all(torch.equal(one, two) for one, two in zip(before, text.parameters(), strict=True))
    assert not text._forward_hooks
    assert "forward" not in vars(text)


def test_what_is_left_is_explained_at_each_step_without_their_vectors(text, weight):
    steps = list(
        flip_steps(
            text,
            (TOKENS, weight),
            "gradient-x-input",
            of=0,
            removal="embedding-zero",
            target=1,
            recompute=True,
        )
    )
    gone = [[], []]
    for step in steps[1:]:
        for sample in range(2):
            vectors = text.vectors(TOKENS[sample : sample + 1]).detach().clone()
            vectors[0, gone[sample]] = 0
            vectors.requires_grad_()
            text.above(vectors, weight[sample : sample + 1])[0, 1].backward()
            expected = (vectors * vectors.grad).detach().sum(2)[0]
            torch.testing.assert_close(step.relevance[sample], expected, rtol=1e-9, atol=1e-12)
            left = [place for place in range(5) if place not in gone[sample]]
            assert step.picked[sample, 0] == max(left, key=lambda place: expected[place])
            gone[sample].append(int(step.picked[sample, 0]))
            assert step.scores[sample].item() == pytest.approx(by_hand(text, weight, sample, gone[sample], 1))
    assert (steps[2].input == -1).sum(1).tolist() == [2, 2]
    assert (steps[2].input[steps[2].input >= 0] == TOKENS[steps[2].input >= 0]).all()


def test_presets_by_path_and_hidden_units_go_on_without_vectors(text, weight):
    rules = {"mix": lw.Epsilon(1e-6), "score": lw.Epsilon(1e-6), "*": lw.Epsilon(1e-6)}
    found = flip(
        text,
        (TOKENS, weight),
        {"own": {"rules": rules}, "preset": "epsilon"},
        of=0,
        removal="embedding-zero",
        target=lw.unit("mix", 1, 2),
        recompute=True,
    )
    assert (found["own"].order == found["preset"].order).all()
    assert np.ptp(found["own"].scores[0]) > 0


def test_words_are_what_the_tokenizer_says(text, weight):
    """[CLS] un ##believ ##able [SEP]: special tokens stay, the pieces of a word go together."""
    ids = [[None, 0, 0, 1, None], [0, 1, 1, 1, None]]
    found = flip(text, (TOKENS, weight), {"given": [0, 1]}, of=0, regions=word_map(ids), removal=0, target=0)[
        "given"
    ]
    for sample, (first, second) in enumerate([([1, 2], [3]), ([0], [1, 2, 3])]):
        for step, gone in enumerate(([], first, first + second)):
            now = TOKENS[sample : sample + 1].clone()
            now[0, gone] = 0
            score = text(now, weight[sample : sample + 1])[0, 0].item()
            assert found.scores[sample, step] == pytest.approx(score)
    by_span = flip(
        text,
        (TOKENS[:1], weight[:1]),
        {"given": [0, 1]},
        of=0,
        regions=words([(1, 3), (3, 4)], ["unbeliev", "able"]),
        removal=0,
        target=0,
    )["given"]
    np.testing.assert_allclose(by_span.scores[0], found.scores[0], rtol=1e-12)
    pooled = pool(known([[1.0, 2.0, 4.0, 8.0, 16.0]]), word_map(ids[0]))
    assert dict(zip(pooled.names, pooled.net[0].tolist(), strict=True)) == {
        "no word": 17.0,
        "0": 6.0,
        "1": 8.0,
    }


def masks(regions, x, **settings):
    """What is removed by each region, in the order of their numbers."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(x[0].numel(), 2)).double()
    count = flip(model, x, "random", regions=regions)["random"].steps
    steps = flip_steps(model, x, {"given": list(range(count))}, regions=regions, **settings)
    removed = [step.removed.expand(x.shape) for step in steps]
    return [now & ~before for before, now in pairwise(removed)]


def test_bases_are_positions_and_bins_are_stretches_of_channels():
    x = torch.rand(2, 4, 6, dtype=torch.float64)
    for position, gone in enumerate(masks("bases", x)):
        expected = torch.zeros(2, 4, 6, dtype=torch.bool)
        expected[:, :, position] = True
        assert torch.equal(gone, expected)
    found = masks(Along((1, 2), step=(1, 4)), x)
    assert len(found) == 4 * 2
    for number, gone in enumerate(found):
        channel, part = divmod(number, 2)
        expected = torch.zeros(2, 4, 6, dtype=torch.bool)
        expected[:, channel, 4 * part : 4 * part + 4] = True
        assert torch.equal(gone, expected)
    assert len(masks("time", x)) == 6
    assert len(masks("channels", x)) == 4


def test_superpixels_and_named_regions_of_pictures():
    net, photo = lw.zoo.digits(), lw.zoo.mnist()[0]
    found = lw.explain(net, photo)
    by_name = flip(net, photo, "lrp", regions="superpixels", steps=4)["lrp"]
    by_map = flip(net, photo, "lrp", regions=superpixels(found), steps=4)["lrp"]
    np.testing.assert_array_equal(by_name.scores, by_map.scores)
    x = torch.rand(1, 1, 8, 8, dtype=torch.float64)
    first, second = masks({"object": Box(0, 0, 3, 8), "other": Box(5, 2, 8, 4)}, x)
    assert int(first.sum()), int(second.sum()) == (24, 6)
    assert bool(first[0, 0, :3].all())
    assert len(masks("quadrants", x)) == 4


X = torch.rand(1, 1, 6, 6, dtype=torch.float64)


@pytest.mark.parametrize(
    ("regions", "says"),
    [
        ("superpixel", "division of the input"),
        (Box(0, 0, 7, 3), "does not lie inside"),
        ({"a": Box(0, 0, 3, 3), "b": Box(2, 2, 4, 4)}, r"'b' and 'a' overlap in 1 places"),
        ({"a": Box(1, 1, 1, 3)}, "is empty"),
        ({}, "no regions"),
        ({"a": torch.zeros(5, 5, dtype=torch.bool)}, r"has shape \(5, 5\)"),
        (Along((1, 2), step=(1, 2, 3)), "one for each"),
        (Along((1,), step=0), "step of 1 or more"),
    ],
    ids=str,
)
def test_regions_that_do_not_fit_are_refused(regions, says):
    with pytest.raises(InputError, match=says):
        flip_steps(nn.Sequential(nn.Flatten(), nn.Linear(36, 2)).double(), X, "random", regions=regions)


@pytest.mark.parametrize("ids", [[], [[0, 1], [0]], [None, None], [0, -1], [0, 0.5]], ids=str)
def test_word_numbers_that_are_none_are_refused(ids):
    with pytest.raises(InputError, match=r"word"):
        word_map(ids)


class Bag(nn.Module):
    """No embedding that could be followed."""

    def __init__(self):
        super().__init__()
        self.score = nn.Linear(12, 2)

    def forward(self, ids):
        return self.score(nn.functional.one_hot(ids, 12).float().sum(1))


def test_vectors_that_cannot_be_removed_are_said(text, weight):
    with pytest.raises(InputError, match=r"no embedding reads the torch\.int64 input"):
        flip(Bag(), TOKENS, "random", removal="embedding-zero", target=0)
    with pytest.raises(InputError, match=r"remove to 0\.0"):
        flip_steps(nn.Sequential(nn.Flatten(), nn.Linear(36, 2)).double(), X, removal="embedding-zero")
    with pytest.raises(InputError, match="token ids are 0 or more"):
        flip_steps(text, (TOKENS - 5, weight), of=0, removal="embedding-zero")
    with pytest.raises(InputError, match="or 'embedding-zero'"):
        flip_steps(text, (TOKENS, weight), of=0, removal="mean")


def test_holes_are_filled_with_what_surrounds_them():
    """A plane is biharmonic: it comes back exactly, channel by channel; beside it nothing changes."""
    rows, columns = torch.meshgrid(torch.arange(9.0), torch.arange(11.0), indexing="ij")
    plane = (0.05 * rows + 0.03 * columns).double()
    x = torch.stack([plane, 1 - plane, plane + 2])[None].repeat(2, 1, 1, 1)
    removed = torch.zeros(2, 1, 9, 11, dtype=torch.bool)
    removed[0, 0, 3:6, 4:7] = True
    holed = x.clone()
    found = removal("inpaint", holed)(removed)
    torch.testing.assert_close(found, x, rtol=0, atol=1e-6)
    noisy = x + torch.rand(x.shape, dtype=x.dtype, generator=torch.Generator().manual_seed(0)) * 0.1
    found = removal("inpaint", noisy)(removed)
    assert torch.equal(found.where(~removed, 0), noisy.where(~removed, 0))
    inside = removed[0].expand(3, -1, -1)
    assert (found[0][inside] != noisy[0][inside]).all()
    assert (found[0] - x[0])[
        inside
    ].abs().max() < 0.2  # within what surrounds it; black would be off by up to 2.7
    everything = removal("inpaint", noisy)(torch.ones(1, 1, 1, 1, dtype=torch.bool))
    torch.testing.assert_close(everything, noisy.mean((2, 3), keepdim=True).expand_as(noisy))
    one_channel = torch.zeros(2, 3, 9, 11, dtype=torch.bool)
    one_channel[1, 2, 4, 4] = True
    assert ((removal("inpaint", noisy)(one_channel) != noisy) == one_channel).all()
    with pytest.raises(InputError, match="needs positions"):
        removal("inpaint", torch.rand(2, 5))


def test_flipping_by_inpainting():
    net = lw.zoo.digits()
    found = flip(net, list(lw.zoo.mnist()[:2]), ["lrp", "random"], patch=7, removal="inpaint", steps=5)
    assert np.isfinite(found["lrp"].scores).all()
    steps = list(flip_steps(net, lw.zoo.mnist()[0], "lrp", patch=7, removal="inpaint", steps=2))
    black = list(flip_steps(net, lw.zoo.mnist()[0], "lrp", patch=7, steps=2))
    assert (steps[1].picked == black[1].picked).all()
    assert (steps[1].input != black[1].input).any()
