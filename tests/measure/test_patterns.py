"""Claim E17: the relevant pattern of real photos."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import lrpwidgets as lw
from lrpwidgets import measure


@pytest.fixture(scope="module")
def photo():
    """A real photo, explained by rules that leave negative relevance."""
    return lw.explain(lw.zoo.squeezenet(), lw.zoo.photos()[0], rules="epsilon-gamma-box")


def test_e17_the_pattern_of_a_photo(photo):
    pattern = measure.relevant_pattern(photo)
    colours = photo.domain.decode(photo.input)
    relevance = photo.relevance.double().sum(1).numpy()
    assert pattern.dtype == np.uint8
    assert (pattern <= colours).all()
    top = np.unravel_index(relevance.argmax(), relevance.shape)
    assert colours[top].max() > 0
    assert (pattern[top] == colours[top]).all()
    assert (relevance <= 0).any()
    assert (pattern[relevance <= 0] == 0).all()
    expected = colours * np.clip(relevance / relevance.max(), 0, 1)[..., None]
    assert np.abs(pattern - expected).max() <= 0.5 + 1e-9


def test_e17_clipped_at_a_ceiling(photo):
    relevance = photo.relevance.double().sum(1).numpy()
    ceiling = float(np.quantile(relevance, 0.99))
    pattern, colours = measure.relevant_pattern(photo, ceiling=ceiling), photo.domain.decode(photo.input)
    assert (pattern <= colours).all()
    assert (pattern[relevance >= ceiling] == colours[relevance >= ceiling]).all()
    assert (pattern[relevance <= 0] == 0).all()


def test_e17_an_empty_map_gives_an_empty_pattern(photo):
    for relevance in (torch.zeros_like(photo.relevance), -torch.ones_like(photo.relevance)):
        assert not measure.relevant_pattern(replace(photo, relevance=relevance)).any()


def test_another_picture_can_be_given(photo):
    white = np.full((*photo.input.shape[:1], *photo.input.shape[2:], 3), 255, np.uint8)
    assert measure.relevant_pattern(photo, white).max() == 255


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda found: measure.relevant_pattern(replace(found, domain=None)), "lw.image"),
        (lambda found: measure.relevant_pattern(found, np.zeros((1, 9, 9, 3), np.uint8)), "picture must be"),
        (lambda found: measure.relevant_pattern(found, ceiling=0.0), "ceiling"),
        (lambda found: measure.relevance_mask(torch.zeros(3, 3)), "channel"),
        (lambda found: measure.relevance_mask(torch.full((1, 1, 2, 2), float("nan"))), "not finite"),
    ],
)
def test_bad_input_is_a_clear_error(photo, call, says):
    with pytest.raises(lw.errors.InputError, match=says):
        call(photo)
