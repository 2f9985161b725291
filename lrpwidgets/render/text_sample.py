"""One text of an explanation: its words, their relevance and their colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.domains.reading import Reading
from lrpwidgets.errors import InputError
from lrpwidgets.render import colormap
from lrpwidgets.render import limit as limits
from lrpwidgets.render.heatmap import Rgb
from lrpwidgets.render.sample import Caption, caption, check_index, float32
from lrpwidgets.render.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.explain.explanation import Explanation

DARK, LIGHT = (0, 0, 0), (255, 255, 255)


@dataclass(frozen=True)
class TextSample:
    """A text, relevance of its words, float32 `(word,)`, and `rest`, the relevance of what is no word."""

    reading: Reading
    relevance: NDArray[np.float32]
    rest: float
    caption: Caption

    def limit(self, view: View) -> float:
        """The relevance that gets the strongest colour."""
        return limits.limit(self.relevance[None], str(view.limit_rule), view.limit)


def text_sample(explanation: Explanation, index: int) -> TextSample:
    """Sample `index` of an explanation of texts. `InputError` where there is no word, or R is not finite."""
    index = check_index(explanation, index)
    domain = explanation.domain
    domain.check(tuple(explanation.relevance.shape))
    reading = domain.reading(explanation.input[index], index)
    if not reading.words:
        raise InputError(f"sample {index} holds no word: there is no text to show")
    float32(explanation.relevance[index])  # refuses what is not finite
    found, rest = reading.by_word(explanation.relevance[index].detach().cpu().double().numpy())
    return TextSample(reading, found.astype(np.float32), rest, caption(explanation, index))


def grounds(values: NDArray[np.float32], limit: float, view: View, page: Rgb) -> NDArray[np.uint8]:
    """The colour behind each word, uint8 (word, 3), as the heat map lays relevance over a picture.

        v = clip(R / limit, -1, 1)    a = opacity sqrt(|v|)    ground = floor((1 - a) page + a lut + 0.5)

    Where R = 0 it is the page's colour.
    """
    v = limits.strength(values, limit)
    share = (view.opacity * np.sqrt(np.abs(v)))[:, None]
    mixed = (1 - share) * np.array(page, float) + share * colormap.colors(view.cmap)[colormap.index(v)]
    return np.asarray(np.floor(mixed + 0.5), np.uint8)


def inks(behind: NDArray[np.uint8]) -> list[Rgb]:
    """Black or white for each ground (word, 3), whichever stands out more: never below a contrast of 4.5."""
    level = behind.astype(np.float64) / 255
    linear = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722])
    # (1 + .05) / (L + .05) against (L + .05) / (0 + .05)
    return [DARK if dark else LIGHT for dark in (luminance + 0.05) ** 2 >= 1.05 * 0.05]
