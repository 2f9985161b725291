"""An explanation as SVG: the picture exactly as pixels, the words as text that can be searched and edited."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from lrpwidgets.render import png
from lrpwidgets.render.figure import SMALLEST, TALLEST, Figure, figure, wrap
from lrpwidgets.render.view import View

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.render.heatmap import Rgb

MARGIN, GAP, BAR = 14, 9, 10
SIZE, LINE = 14, 20  # of the text, in user units
CAP = 13.5  # our own lettering at this size is as wide as a wide sans serif of SIZE; for breaking lines


def document(explanation: Explanation, *, theme: str = "light", **options: Any) -> str:
    """The SVG text of one sample's figure; `options` are those of `View`. Labels are escaped."""
    View.of(options)  # figure's own parameters are settled here: SVG scales in the reader
    return write(figure(explanation, theme=theme, scale=1, **options))


def write(figure: Figure) -> str:
    """The SVG text of a figure."""
    height, width = figure.picture.shape[:2]
    zoom = max(1, min(math.ceil(SMALLEST / width), TALLEST // height))
    shown_width, shown_height = width * zoom, height * zoom
    room = max(shown_width, SMALLEST)
    y = MARGIN
    left = MARGIN + (room - shown_width) // 2
    theme = figure.theme
    if figure.vector is None:
        parts = [_image(figure.picture, left, y, shown_width, shown_height, pixelated=figure.pixelated)]
    else:
        parts = [f'<g transform="translate({left} {y}) scale({zoom})">', figure.vector, "</g>"]
    y += shown_height + GAP
    if figure.ramp is not None:
        parts.append(_image(figure.ramp[None], MARGIN, y, room, BAR, pixelated=True))
        y += BAR + SIZE + 2
        for label, x, anchor in zip(
            figure.labels, (0, room / 2, room), ("start", "middle", "end"), strict=True
        ):
            parts.append(_text([(label, theme.muted)], MARGIN + x, y, anchor))
        y += GAP + 4
    words = [(word, theme.ink) for word in figure.facts] + [(word, theme.muted) for word in figure.details]
    for line in wrap(words, CAP, room, keep=True):
        y += LINE
        parts.append(_text(line, MARGIN, y - 5, "start"))
    y += MARGIN
    title = _printable("  ".join(figure.facts))
    wide = room + 2 * MARGIN
    size = f'width="{wide}" height="{y}" viewBox="0 0 {wide} {y}"'
    font = f'font-family="system-ui, sans-serif" font-size="{SIZE}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" {font}>',
            f"<title>{escape(title)}</title>",
            f'<rect width="100%" height="100%" fill="{_hex(theme.background)}"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _image(rgb: Any, x: float, y: float, width: float, height: float, *, pixelated: bool) -> str:
    data = base64.b64encode(png.encode(rgb)).decode("ascii")
    style = ' style="image-rendering: pixelated"' if pixelated else ""
    return (
        f'<image x="{x}" y="{y}" width="{width}" height="{height}" preserveAspectRatio="none"{style} '
        f'href="data:image/png;base64,{data}"/>'
    )


def _text(words: list[tuple[str, Rgb]], x: float, y: float, anchor: str) -> str:
    spans = [
        f"<tspan{'' if first else ' dx=' + quoteattr(str(SIZE))} fill={quoteattr(_hex(ink))}>"
        f"{escape(_printable(word))}</tspan>"
        for first, (word, ink) in zip([True, *[False] * len(words)], words, strict=False)
    ]
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{"".join(spans)}</text>'


def _printable(text: str) -> str:
    """Without the control characters that XML does not allow."""
    return "".join(char if char.isprintable() else " " for char in text)


def _hex(rgb: Rgb) -> str:
    return "#" + bytes(rgb).hex()
