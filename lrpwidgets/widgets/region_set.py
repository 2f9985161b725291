"""Object against context over a whole set of pictures: one table with intervals, and a histogram of shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from html import escape
from typing import TYPE_CHECKING, Any

import bqplot
import ipywidgets
import numpy as np
import traitlets

from lrpwidgets.errors import InputError, StoppedError, unknown
from lrpwidgets.explain.explanation import Explanation
from lrpwidgets.measure.pooled import Pooled, pool
from lrpwidgets.measure.pooled_set import pool_table
from lrpwidgets.render.histogram import picture
from lrpwidgets.widgets.still import still
from lrpwidgets.widgets.traits import Checked, Count
from lrpwidgets.widgets.view import View, take_turns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.widgets.worker import Token

QUANTITIES = ("share", "net", "positive", "negative")
PATIENCE = 1.0  # seconds that the picture in a saved notebook waits for the table


class RegionSetView(View, ipywidgets.VBox):
    """What a model looks at, over a set: `lw.measure.pool_table` as it grows, and how the shares are spread.

    ``RegionSetView(explanations, regions)``: explanations are one of a batch, or any number one after the other (a
    generator, so that only one is in memory); regions as in `lw.measure.pool` for each of them, or a function from an
    explanation to its regions. The work is done in a thread of the view; stopping keeps what there is.
    """

    region = Checked("_check_region", None, allow_none=True)
    """Whose values the histogram shows; None: the first region."""

    quantity = Checked("_check_quantity", "share")
    """What the histogram shows: "share", "net", "positive" or "negative"."""

    bins = Count(20, 1, 200)
    """How many bars it has."""

    table = traitlets.Any(None, allow_none=True, read_only=True)
    """The pandas table of `lw.measure.pool_table`: means with confidence intervals; None until it is there."""

    def __init__(
        self,
        explanations: Explanation | Iterable[Explanation],
        regions: Any,
        *,
        confidence: float = 0.95,
        **options: Any,
    ) -> None:
        self._pooled: list[Pooled] = []
        self._line = ipywidgets.HTML()
        self._stop = ipywidgets.Button(description="Stop", tooltip="Stop; what was pooled is kept")
        self._stop.on_click(lambda _: self.stop())
        self._choice = ipywidgets.Dropdown(options=[], description="region")
        self._kind = ipywidgets.Dropdown(options=QUANTITIES, description="shown")
        self._html = ipywidgets.HTML()
        self._bars = bqplot.Bars(
            x=[0.0], y=[0.0], scales={"x": bqplot.LinearScale(), "y": bqplot.LinearScale(min=0)}, padding=0.05
        )
        self._bars.colors = ["#00a37a"]
        axes = [
            bqplot.Axis(scale=self._bars.scales["x"], grid_lines="none", num_ticks=6, tick_format=".3g"),
            bqplot.Axis(
                scale=self._bars.scales["y"],
                side="left",
                grid_lines="none",
                label="samples",
                label_color="#767676",
            ),
        ]
        self.figure = bqplot.Figure(
            marks=[self._bars],
            axes=axes,
            fig_margin={"top": 8, "bottom": 32, "left": 56, "right": 24},
            background_style={"fill": "none"},
            display_toolbar=False,
            layout=ipywidgets.Layout(width="100%", min_width="0", height="224px"),
        )
        super().__init__(**options)
        head = ipywidgets.HBox([self._line, self._stop])
        self.children = [head, ipywidgets.HBox([self._choice, self._kind]), self.figure, self._html]
        for child in self.children:
            take_turns(child)
        self.add_class("lrpw-region-set")
        traitlets.link((self, "quantity"), (self._kind, "value"))
        self._choice.observe(self._on_choice, "value")
        self.observe(lambda _: self._say(), ("status", "progress", "error"))
        given = [explanations] if isinstance(explanations, Explanation) else explanations
        self._expected = len(given) if hasattr(given, "__len__") else None
        asked: list[
            Any
        ] = []  # the regions of the explanation at hand: a function of the user's is called once for each

        def regions_of(explanation: Explanation) -> Any:
            asked[:] = [regions(explanation) if callable(regions) else regions]
            return asked[0]

        self._request(
            lambda token: pool_table(
                self._each(given, regions_of, token), lambda _: asked[0], confidence=confidence
            ),
            self._show,
        )

    def values(self, region: str | None = None, quantity: str | None = None) -> NDArray[np.float64]:
        """One value a sample that has the region: what the histogram is made of, by default."""
        name, key = region or self._name(), quantity or self.quantity
        if name is None:
            return np.zeros(0)
        found = []
        for pooled in tuple(self._pooled):
            if name in pooled.names:
                at = pooled.names.index(name)
                found.append(getattr(pooled, key)[pooled.size[:, at] > 0, at].numpy())
        values = np.concatenate(found) if found else np.zeros(0)
        return values[np.isfinite(values)]

    @property
    def code(self) -> str:
        """Python that makes the table, where `explanations` and `regions` are what was given here."""
        return "import lrpwidgets as lw\n\ntable = lw.measure.pool_table(explanations, regions)"

    def picture(self) -> None:
        """No single explanation stands for a set."""
        return

    def _each(
        self, given: Iterable[Explanation], regions_of: Callable[[Explanation], Any], token: Token
    ) -> Iterator[Explanation]:
        """The explanations, pooled on their way; none more once the work is stopped."""
        for at, explanation in enumerate(given):
            if token.stopped:
                return
            self._pooled.append(pool(explanation, regions_of(explanation)))
            if self._expected:
                with suppress(StoppedError):  # this one is done
                    token.progress((at + 1) / self._expected)
            yield explanation

    def _names(self) -> list[str]:
        return list(dict.fromkeys(name for pooled in self._pooled for name in pooled.names))

    def _name(self) -> str | None:
        names = self._names()
        return self.region if self.region is not None else (names[0] if names else None)

    def _check_region(self, value: Any) -> str:
        names = self._names()
        if value not in names:
            raise InputError(unknown("region", value, names))
        return str(value)

    @staticmethod
    def _check_quantity(value: Any) -> str:
        if value not in QUANTITIES:
            raise InputError(unknown("quantity", value, QUANTITIES))
        return str(value)

    def _show(self, table: Any) -> None:
        self.set_trait("table", table)
        names = self._names()
        self._choice.options = names
        self._choice.value = self._name()
        notes = "".join(f"<p>{escape(note)}</p>" for note in table.attrs["notes"])
        self._html.value = _html(table) + notes
        self._draw()

    def _on_choice(self, change: Any) -> None:
        if change["new"] is not None:
            self.region = change["new"]

    @traitlets.observe("region", "quantity", "bins")
    def _on_shown(self, change: Any) -> None:
        if change["name"] == "region" and change["new"] in self._choice.options:
            self._choice.value = change["new"]
        self._draw()

    def _draw(self) -> None:
        values = self.values()
        if not len(values):
            return
        counts, edges = np.histogram(values, bins=self.bins)
        most = int(counts.max())
        self.figure.axes[1].tick_values = np.arange(0, most + 1, -(-most // 5))  # whole numbers of samples
        with self._bars.hold_sync():
            self._bars.x, self._bars.y = (edges[:-1] + edges[1:]) / 2, counts.astype(float)

    def _say(self) -> None:
        samples = sum(len(pooled.net) for pooled in tuple(self._pooled))
        words = {
            "busy": f"pooling, {_samples(samples)} so far",
            "error": self.error,
            "ready": _samples(samples),
        }
        self._line.value = escape(words[self.status])
        self._stop.layout.display = "block" if self.status == "busy" else "none"

    def __repr__(self) -> str:
        if self.table is None:
            return "RegionSetView(nothing yet)"
        mean, low, high, samples = self.table.loc[(self._name(), "share")]
        if not samples:
            return f"RegionSetView(no share of {self._name()!r}: R sums to 0 in every sample)"
        interval = f" [{low:.3f}, {high:.3f}]" if samples > 1 else ""
        return f"RegionSetView(share of {self._name()!r} {mean:.3f}{interval}, {_samples(samples)})"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The live view, and for readers with no kernel its table and histogram as a picture."""
        with suppress(RuntimeError):  # in an observer, which nothing may wait in
            self._worker.wait(PATIENCE)
        if self.table is None:
            return still(self, None, repr(self), self.code)
        values = self.values()
        counts, edges = np.histogram(values, bins=self.bins) if len(values) else (np.zeros(1), np.zeros(2))
        rows = [["region", "quantity", *self.table.columns], *_cells(self.table)]
        title = f"{self.quantity} of {self._name()}, {_samples(len(values))}"
        ends = f"{edges[0]:.3g}", f"{edges[-1]:.3g}"
        return still(self, picture([int(one) for one in counts], ends, title, rows), repr(self), self.code)


def _samples(count: float) -> str:
    """So many samples, in words."""
    return f"{count:.0f} sample{'' if count == 1 else 's'}"


def _cells(table: Any) -> list[list[str]]:
    """The table's rows as text; a dash where no number can be told: shares of nothing, the interval of one sample."""
    return [
        [
            str(region),
            str(quantity),
            *(f"{row[name]:.4g}" if np.isfinite(row[name]) else "-" for name in ("mean", "low", "high")),
            f"{row['samples']:.0f}",
        ]
        for (region, quantity), row in table.iterrows()
    ]


def _html(table: Any) -> str:
    """The table as HTML; every name is text."""
    head = "".join(_cell("th", str(name)) for name in ("region", "quantity", *table.columns))
    body = "".join(f"<tr>{''.join(_cell('td', cell) for cell in row)}</tr>" for row in _cells(table))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(tag: str, text: str) -> str:
    return f'<{tag} style="padding: 2px 16px 2px 0; text-align: left">{escape(text)}</{tag}>'


def region_set(
    explanations: Explanation | Iterable[Explanation], regions: Any, **options: Any
) -> RegionSetView:
    """Shares of regions over a set of explanations: table with intervals, histogram; see `RegionSetView`.

    ``lw.region_set(explanations, lambda ex: {"object": boxes[...]})``, or for a batch a list with one box a sample:
    ``lw.region_set(ex, {"object": [box, box, ...]})``.
    """
    return RegionSetView(explanations, regions, **options)
