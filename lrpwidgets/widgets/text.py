"""The text view: the words of a text over the colours of their relevance, as text that can be read and selected."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets

from lrpwidgets.errors import InputError
from lrpwidgets.render.files import save
from lrpwidgets.render.kinds import kind
from lrpwidgets.render.text_sample import TextSample, text_sample
from lrpwidgets.render.view import View as Options
from lrpwidgets.widgets.limited import Limited
from lrpwidgets.widgets.traits import Checked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.explain.explanation import Explanation

STATIC = Path(__file__).parent / "static"


class TextView(Limited, anywidget.AnyWidget):
    """A live view of an explanation of texts.

    `TextView(explanation, cmap="seismic")`; every keyword is a trait that can be set, observed and linked later.
    Setting `explanation` swaps what is shown and keeps how it is shown. Words, values, colours and keys need no
    kernel; only another sample of a batch is sent by Python.

    Raises `InputError` for an unknown keyword, a value out of its range (the message says what is allowed), and an
    explanation that is not of texts or not finite.
    """

    _esm = STATIC / "text.js"

    explanation = Checked("_check_explanation", None, allow_none=True)
    """The explanation that is shown; settable, the options stay. None: nothing yet."""

    cursor = Checked("_check_cursor", None, allow_none=True).tag(sync=True)
    """The pinned word, counted from 0; None: none."""

    _text = traitlets.Unicode("").tag(sync=True)
    _words = traitlets.Bytes(b"").tag(
        sync=True
    )  # uint32 (word, 2): start and end in UTF-16 units, as in a browser
    _relevance = traitlets.Bytes(b"").tag(sync=True)  # float32 (word,)
    _known = traitlets.Bytes(b"").tag(sync=True)  # uint8 (word,): whether the model reads it
    _caption = traitlets.Dict({}).tag(sync=True)
    _samples = traitlets.Int(0).tag(sync=True)

    def __init__(self, explanation: Explanation | None = None, **options: Any) -> None:
        asked = {name: options[name] for name in self.drawn if name in options}
        if "limit" in asked or "limit_rule" in asked:
            options["limit_rule"] = Options.of(asked).limit_rule  # a limit alone makes it "fixed"
        cursor = options.pop("cursor", None)
        super().__init__(**{"explanation": explanation, **options})
        self.cursor = cursor  # now it is known how many words there are

    @property
    def word(self) -> str | None:
        """The pinned word as it is written; None without one."""
        if self.cursor is None:
            return None
        return self._shown().reading.word(self.cursor)

    def save(self, path: str | Path, **options: Any) -> Path:
        """Write what is shown to `path`: .png, .svg, .html (real text, works offline) or .lrp.json.

        `options` (those of the view) take the place of the view's own. Raises `InputError` before there is an
        explanation, and for another ending.
        """
        return save(self._present(), path, **{**self.picture_options(), **options})

    def _check_explanation(self, value: Any) -> Any:
        if not all(hasattr(value, name) for name in ("input", "relevance", "score", "target")):
            raise InputError(
                f"a text view shows an explanation (lw.explain(...)), not {type(value).__name__}."
            )
        if kind(value) != "text":
            raise InputError(
                "a text view shows explanations of texts: explain with input=lw.text(...); this one is of "
                f"{kind(value)!r}, relevance {tuple(value.relevance.shape)}."
            )
        for sample in range(len(value)):
            text_sample(value, sample)
        return value

    def _check_cursor(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise InputError(f"cursor is the number of a word, counted from 0, or None, not {value!r}.")
        count = len(self._words) // 8
        if count and value >= count:
            raise InputError(f"there is no word {value}: the text has {count} words, counted from 0.")
        return value

    def _shown(self) -> TextSample:
        return text_sample(self._present(), self.sample)

    @traitlets.observe("explanation", "sample")
    def _on_explanation(self, _change: Any) -> None:
        with self.hold_sync():
            if self.explanation is None:
                self._text, self._words, self._relevance, self._known = "", b"", b"", b""
                self._caption, self._samples, self._values, self.cursor = {}, 0, None, None
                return
            self._samples = len(self.explanation)
            if self.sample >= self._samples:
                self.sample = 0
            self._send_text(self._shown())

    def _send_text(self, one: TextSample) -> None:
        """Put one text on the wire."""
        count = len(one.reading.words)
        if self.cursor is not None and self.cursor >= count:
            self.cursor = None
        words = utf16(one.reading.text, np.array(one.reading.words, np.int64))
        changed = one.reading.text != self._text or len(self._words) != 8 * count
        if changed and self._words:
            self.cursor = None
        self._text = one.reading.text
        self._words = words.astype("<u4").tobytes()
        self._relevance = one.relevance.astype("<f4").tobytes()
        self._known = one.reading.known.astype(np.uint8).tobytes()
        told = one.caption
        rest = f"R {one.rest:+.3g} on what is no word" if abs(one.rest) > 1e-6 * abs(told.total) else None
        self._caption = {
            "target": told.target,
            "minus": told.minus,
            "sums": told.sums,
            "method": told.method,
            "rules": told.rules,
            "note": ". ".join(filter(None, (rest, told.note))) or None,
        }
        self._values = one.relevance[None]
        self._choose_limit()

    def __repr__(self) -> str:
        if self.explanation is None:
            return "TextView(nothing yet)"
        told = self._caption
        asked = told["target"] if told["minus"] is None else f"{told['target']} - {told['minus']}"
        return f"TextView({asked!r}, {len(self._words) // 8} words, {told['sums']})"


def utf16(text: str, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places in `text` counted as browsers do: characters beyond U+FFFF are two units."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    before = np.concatenate([[0], np.cumsum(1 + (codes > 0xFFFF))])
    return np.asarray(before[places])
