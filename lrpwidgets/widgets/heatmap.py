"""The heat map view: an input and its relevance, coloured, zoomed and read out in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets

from lrpwidgets.render.files import save
from lrpwidgets.render.limit import SUM, shown
from lrpwidgets.render.reduce import on_screen
from lrpwidgets.render.sample import Sample, image_sample
from lrpwidgets.render.view import View as Options
from lrpwidgets.widgets.limited import DEFAULTED, Limited
from lrpwidgets.widgets.traits import WHOLE, Option, Pictures

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation

STATIC = Path(__file__).parent / "static"
DRAWN = ("layout", "opacity", "limit", "limit_rule", "cmap", "pixelated", "channel", "sample")


class HeatmapView(Limited, anywidget.AnyWidget):
    """A live heat map of an explanation of pictures.

    `HeatmapView(explanation, layout="map", cmap="seismic")`; every keyword is a trait that can be set, observed
    and linked later. Setting `explanation` swaps what is shown and keeps how it is shown. Colours, zoom and
    read-out need no kernel; only another sample of a batch is sent by Python.

    Raises `InputError` for an unknown keyword, a value out of its range (the message says what is allowed), and
    an explanation that is no picture or not finite.
    """

    _esm = STATIC / "heatmap.js"

    explanation = Pictures(None, allow_none=True)
    """The explanation that is shown; settable, the options stay. None: nothing yet."""

    layout = Option("overlay")
    """"overlay", "side-by-side", "map", "pattern" (P(x) = x R, equation 6.6) or "input"."""

    pixelated = Option(None, allow_none=True).tag(sync=True)
    """Squares (True) or smooth (False); None: squares for inputs of at most 64 pixels a side."""

    channel = Option(SUM).tag(sync=True)
    """"sum" of the channels, or the name of one ("red", "green", "blue", "grey")."""

    cursor = Option(None, allow_none=True).tag(sync=True)
    """The pinned pixel [row, column], counted from 0 at the top left; None: none. Of a picture of more than 2048 pixels
    a side fewer are shown, and these are counted; a note says so."""

    viewport = Option(WHOLE).tag(sync=True)
    """{"x", "y", "zoom"}: how far the middle of what is seen lies from the input's, in source pixels to the right
    and down, and the magnification; zoom 1 shows the whole input."""

    # `layout` has another name on the wire: ipywidgets keeps a CSS layout under that key.
    _layout = traitlets.Unicode("overlay").tag(sync=True)
    _picture = traitlets.Bytes(b"").tag(sync=True)  # uint8 (height, width, 3)
    _relevance = traitlets.Bytes(b"").tag(sync=True)  # float32 (channel, height, width)
    _shape = traitlets.List([0, 0, 0]).tag(sync=True)  # of _relevance
    _channel_names = traitlets.List([]).tag(sync=True)
    _caption = traitlets.Dict({}).tag(sync=True)
    # The translation trick: off, on; None where there is no model to ask, as in a heat map alone.
    _shifted = traitlets.Bool(None, allow_none=True).tag(sync=True)
    _samples = traitlets.Int(0).tag(sync=True)

    drawn = DRAWN
    placed = ("cursor", "viewport")
    pictured = (*DRAWN, *placed)

    def __init__(self, explanation: Explanation | None = None, **options: Any) -> None:
        asked = {name: options[name] for name in (*DRAWN, "cursor", "viewport") if name in options}
        if "limit" in asked or "limit_rule" in asked:
            options["limit_rule"] = Options.of(asked).limit_rule  # a limit alone makes it "fixed"
        super().__init__(**{"explanation": explanation, **options})

    @staticmethod
    def _on_screen(sample: Sample) -> Sample:
        """What is sent of a sample."""
        return on_screen(sample)

    @property
    def _pixel(self) -> tuple[float, float]:
        """How many of the input's pixels a shown one covers, down and across; 1 unless the picture is huge."""
        height, width = self._present().relevance.shape[-2:]
        return height / self._shape[1], width / self._shape[2]

    def _in_shown_pixels(self, pair: tuple[int, int] | None) -> list[int] | None:
        if pair is None:
            return None
        return [max(1, round(side / pixel)) for side, pixel in zip(pair, self._pixel, strict=True)]

    def picture_options(self) -> dict[str, Any]:
        """The view as options of `render`, in pixels of the input."""
        options = super().picture_options()
        if self.explanation is None or self._pixel == (1, 1):
            return options
        down, across = self._pixel
        if options.get("limit") is not None:
            options["limit"] /= down * across
        if options["cursor"] is not None:
            row, column = options["cursor"]
            options["cursor"] = [int((row + 0.5) * down), int((column + 0.5) * across)]
        seen = options["viewport"]
        options["viewport"] = {**seen, "x": seen["x"] * across, "y": seen["y"] * down}
        return options

    def set_explanation(self, explanation: Explanation) -> None:
        """Show another explanation and keep the options; as setting the trait."""
        self.explanation = explanation

    def save(self, path: str | Path, **options: Any) -> Path:
        """Write what is shown to `path`: .png, .svg, .html (one file, works offline) or .lrp.json.

        `options` (those of the view) take the place of the view's own. Raises `InputError` before there is an
        explanation, and for another ending.
        """
        return save(self._present(), path, **{**self.picture_options(), **options})

    def restore(self, options: dict[str, Any]) -> None:
        """Show as `options` say, and as a new view does what they leave out; nothing changes if one is refused."""
        names = (*DRAWN, "cursor", "viewport")
        self.check_names(options, names)
        traits = self.traits()
        plain = [name for name in names if name not in ("limit", "limit_rule")]
        asked = {name: options.get(name, traits[name].default_value) for name in plain}
        checked = {name: traits[name]._validate(self, value) for name, value in asked.items()}
        limits = Options.of({name: options[name] for name in ("limit", "limit_rule") if name in options})
        with self.hold_sync():
            for name, value in checked.items():
                setattr(self, name, value)
            if limits.limit_rule == "fixed":
                self.limit = limits.limit
            else:
                self.limit_rule = limits.limit_rule
            said = {*options, *(["limit_rule"] if "limit" in options else [])}
            self._chosen = [name for name in DEFAULTED if name in said]

    @traitlets.observe("explanation")
    def _on_explanation(self, _change: Any) -> None:
        with self.hold_sync():
            if self.explanation is None:
                self._picture = self._relevance = b""
                self._shape, self._caption, self._samples, self._values = [0, 0, 0], {}, 0, None
                return
            count = int(self.explanation.relevance.shape[0])
            self._samples = count
            if self.sample >= count:
                self.sample = 0
            self._send_sample()

    @traitlets.observe("sample")
    def _on_sample(self, _change: Any) -> None:
        if self.explanation is not None:
            with self.hold_sync():
                self._send_sample()

    def _send_sample(self) -> None:
        """Put one sample's arrays on the wire."""
        sample = self._on_screen(image_sample(self.explanation, self.sample))
        self._picture = sample.picture.tobytes()
        self._relevance = sample.relevance.astype("<f4").tobytes()
        self._shape = list(sample.relevance.shape)
        self._channel_names = list(sample.channel_names)
        if self.channel not in (SUM, *sample.channel_names):
            self.channel = SUM
        words = sample.caption
        self._caption = {
            "target": words.target,
            "minus": words.minus,
            "score": words.score,
            "total": words.total,
            "sums": words.sums,
            "method": words.method,
            "rules": words.rules,
            "note": words.note,
            "unit": sample.unit,
            "window": self._in_shown_pixels(self.explanation.settings.get("window")),
            "stride": self._in_shown_pixels(self.explanation.settings.get("stride")),
        }
        self._values = shown(sample.relevance, self.channel, sample.channel_names)
        self._choose_limit()

    @traitlets.observe("channel")
    def _on_channel(self, _change: Any) -> None:
        if self.explanation is not None and self._relevance:
            relevance = np.frombuffer(self._relevance, "<f4").reshape(self._shape)
            self._values = shown(relevance, self.channel, tuple(self._channel_names))
            self._choose_limit()

    @traitlets.observe("layout")
    def _on_layout(self, _change: Any) -> None:
        self._layout = self.layout

    @traitlets.observe("_layout")
    def _on_wire_layout(self, _change: Any) -> None:
        self.layout = self._layout

    def __repr__(self) -> str:
        if self.explanation is None:
            return "HeatmapView(nothing yet)"
        caption = self._caption
        asked = caption["target"] if caption["minus"] is None else f"{caption['target']} - {caption['minus']}"
        return f"HeatmapView({asked!r}, {caption['sums']})"
