"""A heat map on a page: its canvases, its controls, and where a source pixel lies on the screen."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from playwright.sync_api import Locator, expect

READ_PIXELS = """canvas => {
  const {width, height} = canvas;
  const bytes = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  let text = '';
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return [width, height, btoa(text)];
}"""


@dataclass(frozen=True)
class Heatmap:
    """One heat map element, whichever host it stands in."""

    element: Locator

    @classmethod
    def inside(cls, place: Locator, index: int = 0) -> Heatmap:
        """The index-th heat map inside an output or a document, once it has drawn."""
        element = place.locator(".lrpw-heatmap").nth(index)
        expect(element).to_have_attribute("data-ready", re.compile(r"\d+"))
        return cls(element)

    @property
    def frames(self) -> int:
        """How often its pixels were drawn."""
        return int(self.element.get_attribute("data-ready") or 0)

    @contextmanager
    def redraws(self) -> Iterator[None]:
        """What the block does must draw at least one frame."""
        before = self.frames
        yield
        self.element.page.wait_for_function(
            "([element, before]) => Number(element.dataset.ready) > before",
            arg=[self.element.element_handle(), before],
        )

    def canvas(self, panel: int = 0) -> Locator:
        """The canvas of a panel; side by side there are two."""
        return self.element.locator(".lrpw-stage canvas").nth(panel)

    def pixels(self, panel: int = 0) -> np.ndarray:
        """What a canvas holds, (height, width, 3) uint8, in device pixels."""
        width, height, data = self.canvas(panel).evaluate(READ_PIXELS)
        rgba = np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)
        assert (rgba[..., 3] == 255).all(), "a heat map is opaque"
        return rgba[..., :3]

    def transform(self, panel: int = 0) -> tuple[float, float, float]:
        """Device pixels per source pixel, and where the source's corner lies on the canvas."""
        canvas = self.canvas(panel)
        return tuple(
            float(canvas.get_attribute(f"data-{name}")) for name in ("scale", "origin-x", "origin-y")
        )

    def screen(self, row: int, column: int, panel: int = 0) -> np.ndarray:
        """Where the centre of a source pixel is in the window, (x, y) in CSS pixels."""
        canvas = self.canvas(panel)
        canvas.scroll_into_view_if_needed()
        scale, x, y = self.transform(panel)
        left, top, ratio = canvas.evaluate(
            "canvas => { const box = canvas.getBoundingClientRect(); return [box.x, box.y, canvas.width / box.width]; }"
        )
        return np.array(
            [left + ((column + 0.5) * scale + x) / ratio, top + ((row + 0.5) * scale + y) / ratio]
        )

    def hover(self, row: int, column: int, panel: int = 0) -> None:
        """Put the pointer on the centre of a source pixel."""
        self.element.page.mouse.move(*self.screen(row, column, panel))

    @property
    def readout(self) -> str:
        """The line that says what is under the pointer."""
        return self.element.locator(".lrpw-readout").inner_text()

    @property
    def caption(self) -> str:
        """Target, score and sum of relevance."""
        return self.element.locator(".lrpw-caption").inner_text()

    @property
    def sums(self) -> tuple[float, float]:
        """The sum of relevance and the score that it should add up to, as they are printed."""
        found = re.search(r"sum R (\S+) of f(?:_A - f_B)? (\S+)", self.caption)
        assert found, self.caption
        return tuple(float(number.replace("\u2212", "-")) for number in found.groups())

    def press(self, *keys: str) -> None:
        """Focus the picture and type."""
        stage = self.element.locator(".lrpw-stage")
        stage.focus()
        for key in keys:
            stage.press(key)


def enlarge(picture: np.ndarray, factor: int) -> np.ndarray:
    """Every pixel as a square of `factor` pixels."""
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)


def same(heat: Heatmap, expected: np.ndarray) -> None:
    """The first canvas shows exactly this picture, each pixel a square."""
    pixels = heat.pixels()
    np.testing.assert_array_equal(pixels, enlarge(expected, pixels.shape[0] // expected.shape[0]))


def eventually(check: Callable[[], object], seconds: float = 15) -> None:
    """Repeat a check with assertions until it holds; its last failure is the test's."""
    end = time.monotonic() + seconds
    while True:
        try:
            check()
        except AssertionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


LUMINANCE = """(element, property) => {
  const light = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(c => (c / 255) ** 2.2);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let under = element;
  while (/rgba\\(.*, 0\\)|transparent/.test(getComputedStyle(under).backgroundColor)) under = under.parentElement;
  return [light(getComputedStyle(element)[property]), light(getComputedStyle(under).backgroundColor)];
}"""


def legible(element: Locator, colour: str = "color") -> None:
    """Text against what is behind it, by the contrast ratio that accessibility guidelines ask for."""
    low, high = sorted(element.evaluate(LUMINANCE, colour))
    assert (high + 0.05) / (low + 0.05) >= 4.5
