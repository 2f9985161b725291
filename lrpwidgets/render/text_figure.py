"""Texts with relevance: highlighted words in lines, as a picture and as a page of real text."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.render import colormap, lettering, wording
from lrpwidgets.render.figure import Figure, Theme
from lrpwidgets.render.heatmap import Rgb
from lrpwidgets.render.sample import check_index
from lrpwidgets.render.text_sample import TextSample, grounds, inks, text_sample
from lrpwidgets.render.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.explain.explanation import Explanation

WIDTH = 720  # pixels of a line
MOST_LINES = 64  # of a picture; a page holds all
CAP = 10.0  # pixels of a capital letter
BLANK = 6  # pixels between two words
LEAD = 4  # pixels between the grounds of two lines
PAPER: Rgb = (255, 255, 255)
INK: Rgb = (33, 33, 33)
# The page sets the words on paper of its own, so that colours mean the same in the dark.
PANEL = (
    "white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.7;padding:12px 16px;border-radius:4px;"
    "background:#ffffff;color:#212121"
)


def drawing(explanation: Explanation, view: View, theme: Theme) -> Figure:
    """The words in lines over their colours, a colour bar, and the sums."""
    one = text_sample(explanation, view.sample)
    limit = one.limit(view)
    behind = grounds(one.relevance, limit, view, theme.background)
    picture, left, missing = _lines(one, behind, theme)
    remarks = _remarks(one)
    if left:
        hidden = float(one.relevance[len(one.reading.words) - left :].sum(dtype=np.float64))
        remarks.append(f"{left} more words, R {wording.short(hidden)}: save as .html for all of them")
    if missing:
        remarks.append(f"{missing} words in letters that only .html shows")
    index = check_index(explanation, view.sample)
    return Figure(
        picture=picture,
        ramp=colormap.colors(view.cmap),
        labels=wording.bar_labels(limit, view),
        facts=tuple(wording.facts(one.caption)),
        details=tuple(wording.details(one.caption, index, len(explanation), tuple(remarks))),
        pixelated=False,
        theme=theme,
    )


def body(explanation: Explanation, view: View) -> str:
    """The whole text as HTML with coloured words, in its own direction; everything is escaped."""
    one = text_sample(explanation, view.sample)
    limit = one.limit(view)
    behind = grounds(one.relevance, limit, view, PAPER)
    low, how, high = wording.bar_labels(limit, view)
    index = check_index(explanation, view.sample)
    words = [
        *wording.facts(one.caption),
        *wording.details(one.caption, index, len(explanation), tuple(_remarks(one))),
    ]
    colours = ",".join(f"rgb({r},{g},{b})" for r, g, b in colormap.colors(view.cmap)[::16].tolist())
    return (
        f"<p>{html.escape('; '.join(words))}</p>\n"
        f'<div style="display:flex;justify-content:space-between;gap:8px"><span>{html.escape(low)}</span>'
        f"<span>{html.escape(how)}</span><span>{html.escape(high)}</span></div>\n"
        f'<div style="height:8px;margin:4px 0 12px;background:linear-gradient(90deg,{colours})"></div>\n'
        f'<div style="{PANEL}">{_paragraphs(one, behind)}</div>'
    )


def _paragraphs(one: TextSample, behind: NDArray[np.uint8]) -> str:
    """A block a line of the text, each in the direction of its own letters."""
    text, inked = one.reading.text, inks(behind)
    pieces = []
    at = 0
    for (start, end), value, ground, ink in zip(one.reading.words, one.relevance, behind, inked, strict=True):
        pieces.append(html.escape(text[at:start]))
        word = html.escape(text[start:end])
        if value:
            style = f"background:#{bytes(ground.tolist()).hex()};color:#{bytes(ink).hex()}"
            word = f'<span style="{style}" title="R {wording.short(float(value))}">{word}</span>'
        pieces.append(word)
        at = end
    pieces.append(html.escape(text[at:]))
    lines = "".join(pieces).split("\n")  # a word never holds a line break
    return "".join(f'<div dir="auto">{line or "<br>"}</div>' for line in lines)


def _remarks(one: TextSample) -> list[str]:
    """What a reader must know about the words."""
    count, known = len(one.reading.words), int(one.reading.known.sum())
    found = [f"{count} words" if known == count else f"{known} of {count} words are known to the model"]
    if abs(one.rest) > 1e-6 * max(abs(one.caption.total), abs(one.caption.score)):
        found.append(f"R {wording.short(one.rest)} on what is no word")
    return found


def _lines(one: TextSample, behind: NDArray[np.uint8], theme: Theme) -> tuple[NDArray[np.uint8], int, int]:
    """The picture, how many words it leaves out, and how many it cannot spell."""
    text, words, inked = one.reading.text, one.reading.words, inks(behind)
    lines, at = _Lines(), 0
    for word, (start, end) in enumerate(words):
        lines.between(text[at:start])
        lines.put(text[start:end], word)
        at = end
        if lines.full:
            break
    else:
        lines.between(text[at:])
    shown = max((word for row in lines.rows for _, _, word in row), default=-1) + 1
    height = lettering.height(CAP)
    canvas = np.full(((height + LEAD) * len(lines.rows), WIDTH, 3), theme.background, np.uint8)
    for row, pieces in enumerate(lines.rows):
        top = row * (height + LEAD)
        for left, piece, word in pieces:
            ink = theme.muted if word < 0 else theme.ink
            if word >= 0 and one.relevance[word]:
                right = left + lettering.width(piece, CAP) + 1
                canvas[top : top + height, max(left - 1, 0) : right] = behind[word]
                ink = inked[word]
            lettering.draw(canvas, piece, left, top, CAP, ink)
    spelled = [text[start:end] for start, end in words[:shown]]
    missing = sum("?" in lettering.plain(word) for word in spelled)
    return canvas, len(words) - shown, missing


class _Lines:
    """Pieces of text set into lines: rows of (left, piece, number of the word or -1)."""

    def __init__(self) -> None:
        self.rows: list[list[tuple[int, str, int]]] = [[]]
        self.full = False
        self._x = 0

    def put(self, piece: str, word: int = -1) -> None:
        """Set a piece where it fits, else into a new line."""
        piece = lettering.fit(piece, CAP, WIDTH)
        wide = lettering.width(piece, CAP)
        if self._x + wide > WIDTH:
            self._break()
        if not self.full:
            self.rows[-1].append((self._x, piece, word))
            self._x += wide

    def between(self, text: str) -> None:
        """Set what stands between two words: marks, blanks and breaks."""
        for number, line in enumerate(text.split("\n")):
            if number and (self.rows[-1] or len(self.rows) > 1):
                self._break()
            for piece in re.findall(r"\s+|\S+", line):
                if piece.isspace():
                    self._x += BLANK * min(len(piece), 8)
                else:
                    self.put(piece)

    def _break(self) -> None:
        self.full = self.full or len(self.rows) == MOST_LINES
        if not self.full:
            self.rows.append([])
            self._x = 0
