"""Regions on a figure: their outlines and names on the picture, their shares among the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.render import lettering

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.render.figure import Figure

DARK, LIGHT = (0, 0, 0), (255, 255, 255)


@dataclass(frozen=True)
class Region:
    """What is drawn of a region: its name, its colour "#rrggbb", and which pixels it holds (height, width)."""

    name: str
    colour: str
    inside: NDArray[np.bool_]


def with_regions(figure: Figure, regions: Sequence[Region], words: Sequence[str]) -> Figure:
    """The figure with regions outlined on each of its pictures, and `words` about them below."""
    if not regions:
        return replace(figure, details=(*figure.details, *words))
    picture = figure.picture.copy()
    height, width = regions[0].inside.shape
    tall = picture.shape[0]
    wide = round(width * tall / height)
    for left in (0, picture.shape[1] - wide) if picture.shape[1] > 1.5 * wide else (0,):
        panel = picture[:, left : left + wide]
        for region in regions:
            _draw(panel, region)
    return replace(figure, picture=picture, details=(*figure.details, *words))


def _draw(panel: NDArray[np.uint8], region: Region) -> None:
    """A line inside the region along its edge, a dark one outside, and its name at its upper left corner."""
    rows, columns = (
        np.arange(size) * old // size for size, old in zip(panel.shape[:2], region.inside.shape, strict=True)
    )
    inside = region.inside[rows][:, columns]
    thick = max(2, round(min(panel.shape[:2]) / 224))
    ink = _rgb(region.colour)
    panel[_grown(inside, 1) & ~inside] = DARK
    panel[inside & _grown(~inside, thick, beyond=True)] = ink
    places = inside.any(1).nonzero()[0], inside.any(0).nonzero()[0]
    top, left = (int(place[0]) for place in places)
    cap = max(8.0, panel.shape[0] / 50)
    name = lettering.fit(region.name, cap, max(1, panel.shape[1] - left - 8))
    bottom, right = top + lettering.height(cap), left + lettering.width(name, cap) + 6
    panel[top:bottom, left:right] = ink
    letters = DARK if np.dot(ink, (0.299, 0.587, 0.114)) > 128 else LIGHT
    lettering.draw(panel, name, left + 3, top, cap, letters)


def _grown(mask: NDArray[np.bool_], by: int, *, beyond: bool = False) -> NDArray[np.bool_]:
    """The mask and what lies within `by` pixels of it along rows and columns.

    `beyond`: the mask goes on outside the picture.
    """
    padded = np.pad(mask, by, constant_values=beyond)
    rows, columns = mask.shape
    found = mask.copy()
    for shift in range(-by, by + 1):
        found |= padded[by + shift : by + shift + rows, by : by + columns]
        found |= padded[by : by + rows, by + shift : by + shift + columns]
    return found


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue
