"""The signal view: traces over their relevance, a window of time under the hand, and the head that follows it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets

from lrpwidgets.errors import InputError, unknown
from lrpwidgets.render import headmap
from lrpwidgets.render.figure import THEMES, compose
from lrpwidgets.render.files import save as save_alone
from lrpwidgets.render.files import save_figure
from lrpwidgets.render.kinds import kind
from lrpwidgets.render.sample import caption
from lrpwidgets.render.signal_figure import drawing
from lrpwidgets.render.view import View as Options
from lrpwidgets.widgets.limited import Limited
from lrpwidgets.widgets.still import still
from lrpwidgets.widgets.traits import WHOLE, Checked, Option

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.render.figure import Figure

STATIC = Path(__file__).parent / "static"
GRID = 64  # points a side of the head's weights
HEAVIEST = 1 << 22  # bytes of them; many electrodes get a coarser grid
PLACES = ("window", "cursor", "channel")


class SignalView(Limited, anywidget.AnyWidget):
    """A live view of an explanation of recordings: a trace a channel over its relevance, and a map of the head.

    `SignalView(explanation, window=[0.5, 1.2])`; every keyword is a trait that can be set, observed and linked later.
    The head shows R summed over the window; it and the sums follow a dragged window in the browser, without a kernel.
    Where `lw.signal` knows no positions there is no head.

    Raises `InputError` for an unknown keyword, a value out of its range (the message says what is allowed), and an
    explanation that is not of signals or not finite.
    """

    _esm = STATIC / "signal.js"

    explanation = Checked("_check_explanation", None, allow_none=True)
    """The explanation that is shown; settable, the options stay. None: nothing yet."""

    window = Checked("_check_window", None, allow_none=True).tag(sync=True)
    """[from, to] in seconds: samples at from <= t < to are pooled. None: the whole recording."""

    cursor = Checked("_check_cursor", None, allow_none=True).tag(sync=True)
    """The pinned time in seconds, on all traces; None: none."""

    channel = Checked("_check_channel", None, allow_none=True).tag(sync=True)
    """The name of the chosen channel; None: none."""

    rows = Checked("_check_rows", None, allow_none=True).tag(sync=True)
    """How many traces are in sight at once; None: all, up to 128."""

    viewport = Option(WHOLE).tag(sync=True)
    """{"x", "y", "zoom"}: how far the middle of what is seen lies from the recording's, in samples and in channels,
    and the magnification of time; zoom 1 shows all of it."""

    _signal = traitlets.Bytes(b"").tag(sync=True)  # float32 (channel, time)
    _relevance = traitlets.Bytes(b"").tag(sync=True)  # float32 (channel, time)
    # what `_send_sample` says of it: names, number of samples, rate, start, unit, score
    _recording = traitlets.Dict({}).tag(sync=True)
    _head = traitlets.Dict({}).tag(sync=True)  # {"positions", "grid", "extent"}; empty without positions
    _weights = traitlets.Bytes(b"").tag(sync=True)  # float32 (grid, grid, channel)
    _caption = traitlets.Dict({}).tag(sync=True)
    _samples = traitlets.Int(0).tag(sync=True)
    _traces = traitlets.Bool(True).tag(sync=True)  # or the head alone

    placed = (*PLACES, "rows", "viewport")
    maker = "lw.view"

    def __init__(self, explanation: Explanation | None = None, **options: Any) -> None:
        self.check_names(options, self.options())
        asked = {name: options[name] for name in self.drawn if name in options}
        if "limit" in asked or "limit_rule" in asked:
            options["limit_rule"] = Options.of(asked).limit_rule  # a limit alone makes it "fixed"
        late = {name: options.pop(name) for name in PLACES if name in options}
        super().__init__(**{"explanation": explanation, **options})
        for name, value in late.items():  # they are checked against what is shown
            setattr(self, name, value)

    def set_explanation(self, explanation: Explanation) -> None:
        """Show another explanation and keep the options; as setting the trait."""
        self.explanation = explanation

    @property
    def pooled(self) -> NDArray[np.float64]:
        """R summed over the window, float64 `(channel,)`; what the head shows."""
        relevance = self._present().relevance[self.sample].detach().cpu().double().numpy()
        found: NDArray[np.float64] = relevance[:, self.pooled_samples].sum(1)
        return found

    @property
    def pooled_samples(self) -> slice:
        """The samples that the window pools, counted from 0."""
        return self._inside(self.window)

    @property
    def code(self) -> str:
        """Python that makes this view, up to the names of the model and its input."""
        view = "".join(f", {name}={value!r}" for name, value in self.changed_options().items())
        return f"import lrpwidgets as lw\n\n{self.maker}({self._present().code}{view})"

    def figure(self, theme: str = "light") -> Figure:
        """What is shown as a figure, the head summed over the window."""
        options = Options.of(self.picture_options())
        return drawing(self._present(), options, THEMES[theme], window=self.pooled_samples)

    def image(self, theme: str = "light") -> NDArray[np.uint8]:
        """The same as a picture uint8 (height, width, 3), as a saved notebook keeps it."""
        return compose(self.figure(theme))

    def save(self, path: str | Path, **options: Any) -> Path:
        """Write what is shown to `path`: .png or .svg with the head of the window, .html, or .lrp.json with everything.

        Raises `InputError` before there is an explanation, and for another ending.
        """
        explanation = self._present()
        if Path(path).suffix.lower() in (".png", ".svg") and set(options) <= {"theme"}:
            return save_figure(self.figure(str(options.get("theme", "light"))), path)
        return save_alone(explanation, path, **{**self.picture_options(), **options})

    def __repr__(self) -> str:
        name = type(self).__name__
        if self.explanation is None:
            return f"{name}(nothing yet)"
        return f"{name}({caption(self.explanation, self.sample).asked!r}, {self._caption['sums']})"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The live view, and for readers with no kernel its picture."""
        if self.explanation is None:
            return still(self, None, repr(self), "")
        return still(self, self.image(), repr(self), self.code)

    # -- what is shown ----------------------------------------------------------------------------

    @traitlets.observe("explanation")
    def _on_explanation(self, _change: Any) -> None:
        with self.hold_sync():
            if self.explanation is None:
                self._signal = self._relevance = self._weights = b""
                self._recording, self._head, self._caption, self._samples = {}, {}, {}, 0
                self._values = None
                return
            self._samples = len(self.explanation)
            if self.sample >= self._samples:
                self.sample = 0
            for name in PLACES:
                setattr(self, name, self._kept(name))
            self._send_head()
            self._send_sample()

    def _kept(self, name: str) -> Any:
        """A place, if the new recording has it."""
        value = getattr(self, name)
        try:
            return None if value is None else getattr(self, f"_check_{name}")(value)
        except InputError:
            return None

    @traitlets.observe("sample")
    def _on_sample(self, _change: Any) -> None:
        if self.explanation is not None and self._relevance:
            with self.hold_sync():
                self._send_sample()

    def _send_sample(self) -> None:
        """Put one recording on the wire."""
        explanation, index = self._present(), self.sample
        domain: Any = explanation.domain
        relevance = explanation.relevance[index].detach().cpu().float().numpy()
        self._signal = domain.decode(explanation.input[index : index + 1])[0].astype("<f4").tobytes()
        self._relevance = relevance.astype("<f4").tobytes()
        told = caption(explanation, index, note=domain.note)
        self._recording = {
            "channels": list(domain.channels),
            "samples": int(relevance.shape[1]),
            "rate": domain.rate,
            "start": domain.start,
            "unit": domain.unit,
            "score": told.score,
        }
        self._caption = {
            name: getattr(told, name) for name in ("target", "minus", "sums", "method", "rules", "note")
        }
        self._values = relevance
        self._choose_limit()

    def _send_head(self) -> None:
        """The head's weights go to the browser once for a montage."""
        positions = self._present().domain.positions
        if positions is None:
            self._head, self._weights = {}, b""
            return
        shape = {"positions": [list(point) for point in positions]}
        if self._head.get("positions") == shape["positions"]:
            return
        grid = min(GRID, max(8, math.isqrt(HEAVIEST // (4 * len(positions)))))
        points = headmap.centres(positions, grid).reshape(-1, 2)
        self._weights = headmap.weights_at(points, positions).astype("<f4").tobytes()
        self._head = {**shape, "grid": grid, "extent": headmap.extent(positions)}

    # -- what may be set --------------------------------------------------------------------------

    def _inside(self, window: Any) -> slice:
        """Samples whose time lies in a window."""
        domain, count = self._present().domain, int(self._present().relevance.shape[-1])
        if window is None:
            return slice(0, count)
        edges = (math.ceil(round((end - domain.start) * domain.rate, 6)) for end in window)
        first, end = (min(count, max(0, edge)) for edge in edges)
        return slice(first, end)

    def _check_explanation(self, value: Any) -> Any:
        if not all(hasattr(value, name) for name in ("input", "relevance", "score", "target")):
            raise InputError(
                f"a signal view shows an explanation (lw.explain(...)), not {type(value).__name__}."
            )
        if kind(value) != "signal":
            raise InputError(
                "a signal view shows explanations of recordings: explain with input=lw.signal(channels, rate=...); "
                f"this one is of {kind(value)!r}, relevance {tuple(value.relevance.shape)}."
            )
        value.domain.check(tuple(value.relevance.shape))
        if not bool(value.relevance.isfinite().all()):
            raise InputError("this relevance is not finite, so it has no colours; see explanation.ledger.")
        return value

    def _check_window(self, value: Any) -> list[float]:
        if (
            not isinstance(value, (list, tuple, np.ndarray))
            or len(value) != 2
            or not all(_is_number(end) for end in value)
        ):
            raise InputError(f"window must be [from, to] in seconds or None, not {value!r}.")
        first, end = (float(edge) for edge in value)
        if first >= end:
            raise InputError(f"window [{first:g}, {end:g}] s ends before it begins.")
        if self.explanation is not None:
            inside = self._inside((first, end))
            if inside.start >= inside.stop:
                raise InputError(f"window [{first:g}, {end:g}] s holds no sample: {self._span()}.")
        return [first, end]

    def _check_cursor(self, value: Any) -> float:
        if not _is_number(value):
            raise InputError(f"cursor must be a time in seconds or None, not {value!r}.")
        if self.explanation is not None:
            domain = self.explanation.domain
            at = round((float(value) - domain.start) * domain.rate)
            if not 0 <= at < self.explanation.relevance.shape[-1]:
                raise InputError(f"there is no sample at {float(value):g} s: {self._span()}.")
        return float(value)

    def _check_channel(self, value: Any) -> str:
        if not isinstance(value, str):
            raise InputError(f"channel must be a channel's name or None, not {value!r}.")
        if self.explanation is not None and value not in self.explanation.domain.channels:
            raise InputError(unknown("channel", value, self.explanation.domain.channels))
        return value

    def _check_rows(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise InputError(f"rows must be a number of traces above 0 or None, not {value!r}.")
        return int(value)

    def _span(self) -> str:
        domain, count = self._present().domain, int(self._present().relevance.shape[-1])
        return f"the recording goes from {domain.time(0):g} to {domain.time(count - 1):g} s"


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, (int, float, np.integer, np.floating))
        and not isinstance(value, bool)
        and math.isfinite(value)
    )
