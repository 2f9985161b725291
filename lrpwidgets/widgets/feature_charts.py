"""The charts beside the features' bars, by bqplot: pies of what groups hold, and a histogram over a batch."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

import bqplot
import ipywidgets
import numpy as np

from lrpwidgets.render import colormap, wording
from lrpwidgets.render.features_figure import AGAINST, FOR
from lrpwidgets.render.pies import Slice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.measure.pooled import Pooled

SLICES = 6  # of a pie, with a name of their own
BARS = 24  # of the histogram, about
PIE = 144  # CSS pixels
HEIGHT = 176
HEADS = ("for", "against")


def slices(pooled: Pooled, cmap: str) -> tuple[list[Slice], list[Slice]]:
    """Of the positive and of the negative relevance of the first sample, the largest first; each keeps its sum."""
    ramp = colormap.colors(cmap)
    positive, negative = (
        _coloured(_largest(pooled.names, part[0].tolist()), ramp, strongest)
        for part, strongest in ((pooled.positive, FOR), (pooled.negative, AGAINST))
    )
    return positive, negative


def _largest(names: tuple[str, ...], values: list[float]) -> list[tuple[str, float]]:
    found = sorted(
        ((name, value) for name, value in zip(names, values, strict=True) if value),
        key=lambda one: -abs(one[1]),
    )
    if len(found) <= SLICES + 1:
        return found
    rest = found[SLICES:]
    return [*found[:SLICES], (f"{len(rest)} others", sum(value for _, value in rest))]


def _coloured(found: list[tuple[str, float]], ramp: NDArray[np.uint8], strongest: int) -> list[Slice]:
    """From the strongest colour towards the neutral middle."""
    middle = len(ramp) // 2
    ends = strongest, middle + (strongest - middle) * 0.3
    places = np.linspace(*ends, max(len(found), 2)).round().astype(int)
    return [
        Slice(name, value, (int(ramp[at][0]), int(ramp[at][1]), int(ramp[at][2])))
        for (name, value), at in zip(found, places, strict=False)
    ]


def histogram(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Counts and edges of bins of one width; zero is an edge, so that none holds both signs."""
    low, high = float(values.min()), float(values.max())
    width = (high - low) / BARS or max(abs(high), 1.0) / BARS
    first, last = math.floor(low / width), math.floor(high / width) + 1
    found = np.clip(np.floor(values / width).astype(np.int64), first, last - 1) - first
    return np.bincount(found, minlength=last - first), np.arange(first, last + 1) * width


class FeatureCharts(ipywidgets.HBox):
    """Two pies with their table, and the histogram. Names are written as text."""

    def __init__(self) -> None:
        self.pies = _pie(), _pie()
        circles = [
            _figure([pie], [], dict.fromkeys(("top", "bottom", "left", "right"), 4), f"{PIE}px")
            for pie in self.pies
        ]
        self.words = ipywidgets.HTML()
        scales = {"x": bqplot.LinearScale(), "y": bqplot.LinearScale(min=0)}
        self.bars = bqplot.Bars(x=[0.0], y=[0.0], scales=scales, color_mode="no_group", padding=0.05)
        self.here = bqplot.Lines(x=[0.0, 0.0], y=[0.0, 1.0], scales=scales, colors=["gray"])
        self._samples = bqplot.Axis(scale=scales["y"], side="left", grid_lines="none", tick_values=[0, 1])
        axes = [bqplot.Axis(scale=scales["x"], grid_lines="none"), self._samples]
        margin = {"top": 8, "bottom": 32, "left": 48, "right": 16}
        self.title = ipywidgets.HTML()
        layout = {"min_width": "0", "flex": "1 1 320px", "overflow": "visible"}  # no region that scrolls
        pies = ipywidgets.HBox([*circles, self.words], layout={**layout, "flex_flow": "row wrap"})
        histogram = _figure([self.bars, self.here], axes, margin, "100%")
        super().__init__(
            [pies, ipywidgets.VBox([self.title, histogram], layout=layout)],
            layout={"min_width": "0", "flex_flow": "row wrap", "overflow": "visible"},
        )
        self.add_class("lrpw-feature-charts")

    def show_shares(self, parts: tuple[list[Slice], list[Slice]]) -> None:
        """What speaks for and what against."""
        for pie, part in zip(self.pies, parts, strict=True):
            with pie.hold_sync():
                pie.colors = [_css(one.colour) for one in part] or ["grey"]
                pie.sizes = [abs(one.amount) for one in part]
        self.words.value = "".join(_table(head, part) for head, part in zip(HEADS, parts, strict=True))

    def refuse_shares(self, reason: str) -> None:
        """Why there are none."""
        for pie in self.pies:
            pie.sizes = []
        self.words.value = f"<p>{escape(reason)}</p>"

    def show_counts(self, feature: str, values: NDArray[np.float64], sample: int, cmap: str) -> None:
        """How the relevance `(batch,)` of a feature is spread, and where the sample that is shown lies."""
        counts, edges = histogram(values)
        middle = (edges[:-1] + edges[1:]) / 2
        ramp, own = colormap.colors(cmap), float(values[sample])
        self._samples.tick_values = [0, int(counts.max())]
        with self.bars.hold_sync(), self.here.hold_sync():
            self.bars.colors = [_css(ramp[FOR if at > 0 else AGAINST]) for at in middle]
            self.bars.x, self.bars.y = middle, counts.astype(float)
            self.here.x, self.here.y = [own, own], [0.0, float(counts.max())]
        samples = f"{len(values)} samples" if len(values) > 1 else "1 sample"
        line = f"the line is sample {sample}, R {wording.short(own)}"
        self.title.value = f"R of <b>{escape(feature)}</b> in {samples}; {line}"


def _pie() -> Any:
    pie = bqplot.Pie(sizes=[], display_labels="none", sort=False, radius=PIE / 2 - 8, inner_radius=0)
    pie.stroke = "white"
    return pie


def _figure(marks: list[Any], axes: list[Any], margin: dict[str, int], width: str) -> Any:
    return bqplot.Figure(
        marks=marks,
        axes=axes,
        fig_margin=margin,
        min_aspect_ratio=0.1,
        max_aspect_ratio=100,
        background_style={"fill": "none"},
        display_toolbar=False,
        **({"padding_y": 0} if axes else {}),
        layout={
            "width": width,
            "min_width": "0",
            "margin": "0",
            "height": f"{HEIGHT}px" if axes else width,
            "flex": "0 0 auto",
        },
    )


def _css(rgb: Any) -> str:
    return f"rgb({rgb[0]}, {rgb[1]}, {rgb[2]})"


def _table(head: str, part: list[Slice]) -> str:
    """One pie in words; every name is text."""
    total = sum(one.amount for one in part)
    lines = "".join(
        f'<tr><td><span class="lrpw-feature-swatch" style="background: {_css(one.colour)}"></span>'
        f"{escape(one.name)}</td><td>{wording.short(one.amount)}</td><td>{one.amount / total:.0%}</td></tr>"
        for one in part
    )
    first = f"<tr><th>{head}</th><td>{wording.short(total)}</td><td></td></tr>"
    return f"<table><thead>{first}</thead><tbody>{lines}</tbody></table>"
