"""Prototypes side by side with their numbers: one card each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.domains.image import infer
from lrpwidgets.errors import InputError, unknown
from lrpwidgets.render import kept, lettering, png
from lrpwidgets.render.figure import THEMES
from lrpwidgets.render.scale import enlarge
from lrpwidgets.render.wording import number

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from lrpwidgets.explain.prototype_sweeps import Sweep
    from lrpwidgets.explain.prototypes import Prototype

WIDE = 168  # pixels that a card's picture is wide at least
MOST = 20  # cards of one picture
IN_A_ROW = 5
WIDEST, MOST_SWEPT = 8, 24  # cards of a sweep: in a row, in all
LARGEST = 512  # pixels a side, of a larger one every second is drawn, or fewer
CAP, MARGIN, GAP = 8.0, 14, 6


@dataclass(frozen=True)
class Card:
    """A picture uint8 (height, width, 3), what it is called, and lines of facts below."""

    picture: NDArray[np.uint8]
    title: str
    facts: tuple[str, ...] = ()


def pictures(x: Tensor, domain: Any) -> tuple[NDArray[np.uint8], str | None]:
    """x (batch, ...) as pictures uint8 (batch, height, width, 3), and how their range was guessed, if it was.

    Raises `InputError` for inputs that are no pictures.
    """
    if x.dim() != 4 or x.shape[1] not in (1, 3):
        raise InputError(
            f"prototypes of shape {tuple(x.shape)} are no pictures (batch, 1 or 3, height, width). "
            "lw.prototype(...) finds them all the same: its record holds them as the tensor x."
        )
    known = infer(x) if domain is None else domain
    return known.decode(x), known.note if domain is None else None


def facts(score: float, probability: float | None, log_density: float, distance: float | None) -> list[str]:
    """The numbers of one prototype, in the order in which they stand everywhere."""
    found = [] if probability is None else [f"p {probability:.4f}"]
    found += [f"score {number(score)}", f"log density {number(log_density)}"]
    return found if distance is None else [*found, f"distance {number(distance)}"]


def cards_of(prototype: Prototype) -> list[Card]:
    """A card for each of the first prototypes of a record."""
    shown, _ = pictures(prototype.x[:MOST], prototype.domain)
    made = []
    for row, picture in enumerate(shown):
        numbers = (prototype.probability, prototype.distance)
        sure, apart = (None if value is None else float(value[row]) for value in numbers)
        told = facts(float(prototype.score[row]), sure, float(prototype.log_density[row]), apart)
        made.append(Card(picture, str(prototype.target[row]), (*told, prototype.ended[row])))
    return made


def compose(cards: Sequence[Card], theme: str = "light", columns: int = IN_A_ROW) -> NDArray[np.uint8]:
    """The cards as one picture, uint8 (height, width, 3), at most so many `columns` in a row."""
    if theme not in THEMES:
        raise InputError(unknown("theme", theme, THEMES))
    if not cards:
        raise InputError("there are no prototypes to draw")
    colours = THEMES[theme]
    blocks = [_block(card, theme) for card in cards]
    columns = min(columns, len(blocks))
    rows = [blocks[start : start + columns] for start in range(0, len(blocks), columns)]
    wide = max(block.shape[1] for block in blocks)
    high = [max(block.shape[0] for block in row) for row in rows]
    shape = (sum(high) + MARGIN * (len(rows) + 1), wide * columns + MARGIN * (columns + 1), 3)
    canvas = np.full(shape, colours.background, np.uint8)
    y = MARGIN
    for row, height in zip(rows, high, strict=True):
        for at, block in enumerate(row):
            x = MARGIN + at * (wide + MARGIN)
            canvas[y : y + block.shape[0], x : x + block.shape[1]] = block
        y += height + MARGIN
    return canvas


def mimebundle(prototype: Prototype) -> dict[str, Any]:
    """MIME type -> data, for Jupyter's display; what is no picture is shown as its text."""
    words = repr(prototype)
    try:
        picture = compose(cards_of(prototype))
    except InputError:
        return {"text/plain": words}
    return {"text/plain": words, "image/png": kept.as_base64(picture)}


def sweep_bundle(sweep: Sweep) -> dict[str, Any]:
    """The same for a sweep: a row for each target, a column for each weight, no more than fit `MOST_SWEPT` cards."""
    words = repr(sweep)
    rows = min(len(sweep.prototypes[0]), MOST_SWEPT // len(sweep)) or 1
    try:
        shown = [pictures(each.x[:rows], each.domain)[0] for each in sweep.prototypes]
    except InputError:
        return {"text/plain": words}
    cards = []
    for row in range(rows):
        for weight, each, found in zip(sweep.weights, sweep.prototypes, shown, strict=True):
            sure = None if each.probability is None else float(each.probability[row])
            told = facts(float(each.score[row]), sure, float(each.log_density[row]), None)
            cards.append(Card(found[row], f"{each.target[row]}, weight {weight:g}", tuple(told)))
    return {"text/plain": words, "image/png": kept.as_base64(compose(cards, columns=min(len(sweep), WIDEST)))}


def save(prototype: Prototype, path: str | Path, theme: str = "light") -> Path:
    """Write the cards of a record as .png."""
    return write(cards_of(prototype), path, theme)


def write(cards: Sequence[Card], path: str | Path, theme: str = "light") -> Path:
    """Write cards as .png. `InputError` for another ending."""
    place = Path(path)
    if place.suffix.lower() != ".png":
        raise InputError(f"prototypes are saved as .png, not {place.name!r}")
    place.write_bytes(png.encode(compose(cards, theme)))
    return place


def _block(card: Card, theme: str) -> NDArray[np.uint8]:
    colours = THEMES[theme]
    step = math.ceil(max(card.picture.shape[:2]) / LARGEST)
    small = card.picture[::step, ::step]
    scale = max(1, math.ceil(WIDE / small.shape[1]))
    picture = enlarge(small, scale, pixelated=max(card.picture.shape[:2]) <= 64)
    line, room = lettering.height(CAP), max(WIDE, picture.shape[1])
    shape = (picture.shape[0] + GAP + line * (1 + len(card.facts)), room, 3)
    block = np.full(shape, colours.background, np.uint8)
    block[: picture.shape[0], : picture.shape[1]] = picture
    y = picture.shape[0] + GAP
    for text, ink in ((card.title, colours.ink), *((fact, colours.muted) for fact in card.facts)):
        lettering.draw(block, lettering.fit(text, CAP, room), 0, y, CAP, ink)
        y += line
    return block
