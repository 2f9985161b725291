"""The sequence view: a logo of relevance, every mutation beside it, and where else a motif stands."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets

from lrpwidgets.errors import InputError, ModelError
from lrpwidgets.explain.explanation import Explanation
from lrpwidgets.explain.trace import Trace
from lrpwidgets.measure.motifs import LONGEST, Occurrence, motif_occurrences
from lrpwidgets.measure.mutating import Mutations, mutation_steps
from lrpwidgets.render import letters
from lrpwidgets.render.figure import THEMES, compose
from lrpwidgets.render.files import save as save_alone
from lrpwidgets.render.files import save_figure
from lrpwidgets.render.sample import caption, check_index
from lrpwidgets.render.sequence_figure import drawing, logo_of
from lrpwidgets.render.view import View as Options
from lrpwidgets.widgets.still import still
from lrpwidgets.widgets.traits import WHOLE, Checked, Option
from lrpwidgets.widgets.view import View
from lrpwidgets.widgets.worker import Token, model_lock, traits_lock

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import nn

    from lrpwidgets.render.figure import Figure

STATIC = Path(__file__).parent / "static"
LISTED = 200  # occurrences of a motif that the page lists
MOST_MISMATCHES = 10
BETWEEN = 0.2  # seconds between two partial mutation maps
BUDGET = 2**23  # bytes of activations of one forward: small, so that stopping is heard soon
SETTINGS = ("sample", "cursor", "region", "motif", "mismatches", "viewport", "limit", "cmap", "mutations")


class SequenceView(View, anywidget.AnyWidget):
    """A live logo of an explanation of sequences: letters above the axis for the target, below, upside down, against.

    ``SequenceView(explanation, model=net, mutations=True)``; every keyword is a trait that can be set, observed and
    linked later. Zoom, read-out and what is dragged run in the browser. Positions (`cursor`, `region`) are those of
    the domain's count. With a `model` (or `trace`) the view asks, in its worker, what every mutation would change.

    Raises `InputError` for an unknown keyword, a value out of its range, and an explanation without `lw.sequence`.
    """

    _esm = STATIC / "sequence.js"

    explanation = Checked("_check_explanation", None, allow_none=True)
    """The explanation that is shown; settable, the options stay."""

    sample = Checked("_check_sample", 0).tag(sync=True)
    """Which sequence of a batch is shown, counted from 0."""

    cursor = Checked("_check_cursor", None, allow_none=True).tag(sync=True)
    """The pinned position, by the domain's count; None: none."""

    region = Checked("_check_region", None, allow_none=True).tag(sync=True)
    """The chosen stretch, [first, last] position, both inside; setting it makes its letters the motif. None: none."""

    motif = Checked("_check_motif", "").tag(sync=True)
    """The letters that are looked for in all sequences; the unknown letter stands for any. Empty: none."""

    mismatches = Checked("_check_mismatches", 0).tag(sync=True)
    """How many letters of the motif may differ where it is found, 0..10."""

    mutations = traitlets.Bool(False).tag(sync=True)
    """Whether to ask what every other letter at every position would change; needs a model."""

    viewport = Option(WHOLE).tag(sync=True)
    """{"x", "y", "zoom"}: how far the middle of what is seen lies from the sequence's, in positions, and the
    magnification; zoom 1 shows the whole sequence. "y" is 0."""

    limit = Option(None, allow_none=True).tag(sync=True)
    """The relevance that gets the whole height, in units of the score; None: the highest stack."""

    cmap = Option("blue-red").tag(sync=True)
    """Colour map of the mutations; zero is neutral, red raises the score."""

    matches = traitlets.Tuple(read_only=True)
    """Where the motif stands, in all sequences: records of `measure.motif_occurrences`, most relevant first."""

    mutated = traitlets.Instance(Mutations, None, allow_none=True, read_only=True)
    """The mutation map of the shown sequence, as far as it is known."""

    _letters = traitlets.Bytes(b"").tag(sync=True)  # uint8 (position,), the alphabet's length where unknown
    _heights = traitlets.Bytes(b"").tag(sync=True)  # float32 (position, letter)
    _change = traitlets.Bytes(b"").tag(
        sync=True
    )  # float32 (position, letter), NaN where not asked; empty: none
    _alphabet = traitlets.Unicode("").tag(sync=True)  # and the unknown letter after it
    _glyphs = traitlets.Dict({}).tag(sync=True)
    _count = traitlets.Dict({}).tag(sync=True)  # {"start", "skips"}: the domain's count of positions
    _caption = traitlets.Dict({}).tag(sync=True)
    _samples = traitlets.Int(0).tag(sync=True)
    _matches = traitlets.List([]).tag(sync=True)  # the first LISTED
    _found = traitlets.Dict({}).tag(sync=True)  # {"motif", "count", "error"}
    _asks = traitlets.Bool(False).tag(sync=True)  # whether there is a model to ask

    def __init__(
        self,
        explanation: Explanation | None = None,
        *,
        model: nn.Module | None = None,
        trace: Trace | None = None,
        **options: Any,
    ) -> None:
        if model is not None and trace is not None:
            raise InputError("give a model or a trace, not both: a trace has its model.")
        if trace is not None and not isinstance(trace, Trace):
            raise InputError(f"trace must be a trace (lw.trace(model, x)), not {type(trace).__name__}.")
        self._model = model if trace is None else trace.model
        self._known: dict[int, Mutations] = {}  # by sample
        self._going = False  # to a place where the motif stands: the motif stays
        self.check_names(options, self.options())
        late = {name: options.pop(name) for name in SETTINGS if name in options}
        super().__init__(**{"explanation": explanation, **options})
        self._asks = self._model is not None
        for name, value in late.items():  # they are checked against what is shown
            setattr(self, name, value)

    @property
    def model(self) -> nn.Module | None:
        """The model that is asked about mutations."""
        return self._model

    def set_explanation(self, explanation: Explanation) -> None:
        """Show another explanation and keep the options; as setting the trait."""
        self.explanation = explanation

    @property
    def code(self) -> str:
        """Python that makes this view, up to the names of the model and its input."""
        defaults = {name: trait.default_value for name, trait in self.class_traits().items()}
        changed = {name: getattr(self, name) for name in SETTINGS if getattr(self, name) != defaults[name]}
        if self.motif == self.letters:
            changed.pop("motif", None)  # the region says it
        words = [] if self._model is None else ["model=model"]
        words += [f"{name}={value!r}" for name, value in changed.items()]
        return f"import lrpwidgets as lw\n\nlw.view({', '.join([self._present().code, *words])})"

    def picture(self) -> Explanation | None:
        """The explanation that is shown."""
        return self.explanation

    def picture_options(self) -> dict[str, Any]:
        """The view as options of `render.view.View`."""
        fixed = {} if self.limit is None else {"limit": self.limit}
        return {"sample": self.sample, "cmap": self.cmap, **fixed}

    def figure(self, theme: str = "light") -> Figure:
        """What is shown as a figure, with the mutations that are known."""
        options = Options.of(self.picture_options())
        return drawing(self._present(), options, THEMES[theme], change=self._change_array())

    def image(self, theme: str = "light") -> NDArray[np.uint8]:
        """The same as a picture uint8 (height, width, 3), as a saved notebook keeps it."""
        return compose(self.figure(theme))

    def save(self, path: str | Path, **options: Any) -> Path:
        """Write the logo to `path`: .png or .svg with the mutations beside it, .html, or .lrp.json with everything."""
        if Path(path).suffix.lower() in (".png", ".svg") and self.mutated is not None:
            return save_figure(self.figure(str(options.get("theme", "light"))), path)
        return save_alone(self._present(), path, **{**self.picture_options(), **options})

    def __repr__(self) -> str:
        if self.explanation is None:
            return "SequenceView(nothing yet)"
        words = caption(self.explanation, self.sample)
        return f"SequenceView({words.asked!r}, sample {self.sample}, {words.sums})"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The live view, and for readers with no kernel its picture."""
        if self.explanation is None:
            return still(self, None, repr(self), "")
        return still(self, self.image(), repr(self), self.code)

    # -- what is shown ----------------------------------------------------------------------------

    def _present(self) -> Explanation:
        if self.explanation is None:
            raise InputError("there is nothing to show yet: set the view's explanation first.")
        return self.explanation

    @traitlets.observe("explanation")
    def _on_explanation(self, _change: Any) -> None:
        self._known = {}
        with self.hold_sync():
            if self.explanation is None:
                self._letters = self._heights = self._change = b""
                self._samples, self._caption = 0, {}
                return
            domain = self.explanation.domain
            self._samples = len(self.explanation)
            self._alphabet = domain.alphabet + domain.unknown
            self._glyphs = letters.wire(domain.alphabet, domain.unknown)
            self._count = {"start": domain.start, "skips": domain.start < 0 and not domain.zero}
            if self.sample >= self._samples:
                self.sample = 0
            self.cursor = self._kept("cursor")
            self._going = True  # while places are taken over
            try:
                self.region = self._kept("region")
                self.motif = self._kept("motif") or ""
            finally:
                self._going = False
            self._send_sample()
            self._search()

    def _kept(self, name: str) -> Any:
        """A place, if the new sequences have it."""
        value = getattr(self, name)
        try:
            return getattr(self, f"_check_{name}")(value)
        except InputError:
            return None

    @traitlets.observe("sample")
    def _on_sample(self, _change: Any) -> None:
        if self.explanation is not None and self._letters:
            with self.hold_sync():
                self._send_sample()
                self._search()

    def _send_sample(self) -> None:
        explanation = self._present()
        logo = logo_of(explanation, self.sample)
        self._letters = logo.letters.astype(np.uint8).tobytes()
        self._heights = logo.heights.astype("<f4").tobytes()
        words = caption(explanation, self.sample, note=explanation.domain.note)
        self._caption = {
            **{name: getattr(words, name) for name in ("target", "minus", "sums", "method", "rules", "note")}
        }
        self._show_mutations()
        self._ask_mutations()

    # -- motifs -----------------------------------------------------------------------------------

    @traitlets.observe("region")
    def _on_region(self, _change: Any) -> None:
        if not self._going:
            self.motif = self.letters

    @traitlets.observe("motif", "mismatches")
    def _search(self, _change: Any = None) -> None:
        if self.explanation is None or not self._letters:
            return
        found: tuple[Occurrence, ...] = ()
        error = ""
        if len(self.motif) > LONGEST:
            error = f"A motif has at most {LONGEST} letters; these are {len(self.motif)}."
        elif self.motif and set(self.motif) == {self.explanation.domain.unknown}:
            error = "No letter of this motif is known."
        elif self.motif:
            found = motif_occurrences(self.explanation, self.motif, mismatches=self.mismatches)
        with self.hold_sync():
            self.set_trait("matches", found)
            self._matches = [asdict(one) for one in found[:LISTED]]
            self._found = {"motif": self.motif, "count": len(found), "error": error}

    @property
    def letters(self) -> str:
        """The letters of the chosen stretch of the shown sequence; empty if there is none."""
        if self.region is None or self.explanation is None:
            return ""
        domain = self.explanation.domain
        first, last = (domain.index(position) for position in self.region)
        string: str = domain.decode(self.explanation.input[self.sample : self.sample + 1])[0]
        return string[first : last + 1]

    def go(self, occurrence: Occurrence) -> None:
        """Show a place where the motif stands: its sequence, with the place chosen; the motif stays."""
        with self.hold_sync():
            self._going = True
            try:
                self.sample = occurrence.sample
                self.region = [occurrence.first, occurrence.last]
            finally:
                self._going = False

    def _on_message(self, view: object, content: object, buffers: object) -> None:
        super()._on_message(view, content, buffers)
        if isinstance(content, dict) and content.get("kind") == "go":
            at = content.get("at")
            if isinstance(at, int) and 0 <= at < len(self.matches):
                self.go(self.matches[at])

    # -- mutations --------------------------------------------------------------------------------

    @traitlets.observe("mutations")
    def _on_mutations(self, _change: Any) -> None:
        if self.explanation is None or not self._letters:
            return
        if not self.mutations:
            self._worker.stop()
        with self.hold_sync():
            self._show_mutations()
        self._ask_mutations()

    def _ask_mutations(self) -> None:
        known = self._known.get(self.sample)
        if not self.mutations or (known is not None and known.complete):
            return
        explanation, sample = self._present(), self.sample
        self._request(
            lambda token: self._mutate(token, explanation, sample), lambda found: self._learn(sample, found)
        )

    def _mutate(self, token: Token, explanation: Explanation, sample: int) -> Mutations:
        """All mutations of one sequence; what is known on the way is shown and kept."""
        model = self._model
        if model is None:
            raise ModelError("mutations ask the model: make the view with lw.view(explanation, model=model).")
        target = explanation.target[sample]
        if explanation.minus is not None or target.index is None:
            raise InputError(
                "mutations change the score of one class: explain with target=<a class>, without minus."
            )
        steps = mutation_steps(
            model,
            explanation.input[sample : sample + 1],
            axis=explanation.domain.letters_axis,
            target=target.index,
            labels=explanation.labels,
            budget=BUDGET,
        )
        told = time.monotonic()
        found: Mutations | None = None
        while True:
            token.check()
            with model_lock(model):
                step = next(steps, None)
            if step is None:
                break
            found = step
            token.progress(found.done / found.total)
            if time.monotonic() - told > BETWEEN:
                told = time.monotonic()
                with traits_lock():
                    if explanation is self.explanation:
                        self._learn(sample, found)
        if found is None:
            raise InputError("this sequence has nothing to mutate.")
        return found

    def _learn(self, sample: int, found: Mutations) -> None:
        self._known[sample] = found
        self._show_mutations()

    def _show_mutations(self) -> None:
        shown = self._known.get(self.sample) if self.mutations else None
        with self.hold_sync():
            self.set_trait("mutated", shown)
            change = self._change_array()
            self._change = b"" if change is None else change.astype("<f4").tobytes()

    def _change_array(self) -> NDArray[np.float32] | None:
        if self.mutated is None:
            return None
        axis = self._present().domain.letters_axis - 1
        return np.moveaxis(self.mutated.change[0].detach().cpu().float().numpy(), axis, -1)

    # -- what may be set --------------------------------------------------------------------------

    @staticmethod
    def _check_explanation(value: Any) -> Any:
        if not isinstance(value, Explanation):
            raise InputError(
                f"a sequence view shows an explanation (lw.explain(...)), not {type(value).__name__}."
            )
        if getattr(value.domain, "kind", None) != "sequence":
            raise InputError(
                f"this relevance of shape {tuple(value.relevance.shape)} is not known to be of sequences: explain with "
                'input=lw.sequence("ACGT").'
            )
        value.domain.check(tuple(value.input.shape))
        for sample in range(len(value)):
            logo_of(value, sample)
        return value

    def _check_sample(self, value: Any) -> int:
        asked: int = Options.of({"sample": value}).sample
        return asked if self.explanation is None else check_index(self.explanation, asked)

    def _check_cursor(self, value: Any) -> int | None:
        return None if value is None else self._place("cursor", value)

    def _check_region(self, value: Any) -> list[int] | None:
        if value is None:
            return None
        if not isinstance(value, (list, tuple)) or len(value) != 2:
            raise InputError(f"region must be [first, last] position or None, not {value!r}.")
        first, last = (self._place("region", position) for position in value)
        if first > last:
            raise InputError(f"region [{first}, {last}] ends before it begins.")
        return [first, last]

    def _check_motif(self, value: Any) -> str:
        if not isinstance(value, str):
            raise InputError(f"motif must be a string of letters, not {value!r}.")
        if self.explanation is not None:
            domain = self.explanation.domain
            known = domain.alphabet + domain.unknown
            for at, letter in enumerate(value.upper()):
                if letter not in known:
                    raise InputError(
                        f"the motif {value[:80]!r} has {letter!r} at letter {at + 1}; the alphabet is {known}."
                    )
        return value.upper()

    def _place(self, name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
            raise InputError(f"{name}: a position is a whole number, not {value!r}.")
        if self.explanation is None:
            return int(value)
        domain, count = self.explanation.domain, self._positions()
        if not 0 <= domain.index(int(value)) < count:
            raise InputError(
                f"{name}: position {value} is outside {domain.position(0)}..{domain.position(count - 1)}."
            )
        return int(value)

    def _positions(self) -> int:
        explanation = self._present()
        return int(explanation.input.shape[3 - explanation.domain.letters_axis])

    @staticmethod
    def _check_mismatches(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_MISMATCHES:
            raise InputError(f"mismatches must be a whole number in 0..{MOST_MISMATCHES}, not {value!r}.")
        return value
