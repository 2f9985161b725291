"""The pixel-flipping player: step through what a method calls relevant being removed, and watch the score fall."""

from __future__ import annotations

import inspect
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from lrpwidgets.errors import InputError, StoppedError
from lrpwidgets.measure.curve import Curve
from lrpwidgets.measure.flips import Flips, flip_steps
from lrpwidgets.render import film_files
from lrpwidgets.render.film_frames import still as drawn
from lrpwidgets.widgets.flip_question import FlipQuestion
from lrpwidgets.widgets.flip_recording import Recording, removals
from lrpwidgets.widgets.still import still
from lrpwidgets.widgets.traits import WHOLE
from lrpwidgets.widgets.worker import Token, model_lock

if TYPE_CHECKING:
    from torch import nn

    from lrpwidgets.render.film import Film

STATIC = Path(__file__).parent / "static"
METHODS = ("lrp", "sensitivity", "random")
FLIPPING = tuple(
    name
    for name in inspect.signature(flip_steps).parameters
    if name not in ("model", "x", "methods", "removal")
)
SHOWN = ("step", "method", "removal", "score", "speed", "cmap", "pixelated")
FIRST_WAIT = 0.15  # seconds between two messages to the browser while the model works
TRAFFIC = 5e6  # bytes a second that these messages may take
PATIENCE = 1.0  # seconds that the picture in a saved notebook waits for the run to end


class FlipView(FlipQuestion, anywidget.AnyWidget):
    """A live player of pixel-flipping (tutorial, section 7.2). See `flipping` for the arguments.

    The model works in a thread of the view, and the player shows each step as soon as it is known. Once it is,
    looking at it costs no kernel: the browser holds the input, what replaces it, and which pixel goes when.
    """

    _esm = STATIC / "flipping.js"

    _shape = traitlets.List([0, 0]).tag(sync=True)
    _picture = traitlets.Bytes(b"").tag(sync=True)  # uint8 (height, width, 3)
    _removed = traitlets.Dict({}).tag(sync=True)  # removal -> as _picture
    _tracks = traitlets.List([]).tag(sync=True)  # what grows at each step: see render/film_files.py
    _maps = traitlets.List([]).tag(sync=True)  # what grows rarely: relevance, and pictures if they change
    _words = traitlets.Dict({}).tag(sync=True)

    def __init__(self, model: nn.Module, x: Any, methods: Any = METHODS, **options: Any) -> None:
        self.check_names(options, (*self.options(), *FLIPPING))
        self._recording: Recording | None = None
        self._film: Film | None = None
        self._model, self._x, self._named = model, x, methods
        score = options.get("score", "logit")
        self._flipping = {
            name: options.pop(name) for name in FLIPPING if name in options and name != "recompute"
        }
        self._removals = removals(options.pop("removal", "neutral"))
        shown = {name: options.pop(name) for name in SHOWN if name in options}
        super().__init__(**options)
        try:
            # At once, so that what is wrong is said in the cell, and the first frame is there before the run.
            self._adopt(self._record())
            if isinstance(score, str) and score in self._present.kinds:
                shown["score"] = score
            for name, value in shown.items():
                setattr(self, name, value)
        except BaseException:
            self.close()
            raise
        self._go_on()

    @property
    def removals(self) -> tuple[str, ...]:
        """The removals that were flipped, or are being flipped."""
        return self._present.removals

    @property
    def flips(self) -> Flips:
        """The curves of the removal that is shown, as `lw.measure.flip` gives them; as far as they are known."""
        film = self._shown_film
        tracks = [track for track in film.tracks if track.removal == self.removal]
        curves = {
            track.method: Curve(track.method, track.scores[self.score][None], track.picked[None])
            for track in tracks
        }
        return Flips(curves, all(track.steps == film.total for track in tracks))

    def ask(self, **changed: Any) -> None:
        """Flip anew, with other `x`, `methods`, `removal` or settings of `lw.measure.flip`, such as `target`.

        Without any, as after training the model. The last pictures stay until there are new ones.
        """
        self.check_names(changed, ("x", "methods", "removal", *FLIPPING))
        if "score" in changed and isinstance(changed["score"], str):
            self._check_kind(changed["score"], ("logit", "probability"))
        if "recompute" in changed:
            with self.hold_trait_notifications():
                self.recompute = bool(changed.pop("recompute"))
        self._x = changed.pop("x", self._x)
        self._named = changed.pop("methods", self._named)
        if "removal" in changed:
            self._removals = removals(changed.pop("removal"))
        self._flipping |= changed

        def work(token: Token) -> None:
            recording = self._record()
            token.check()
            with self.hold_sync():
                self._adopt(recording)
            self._work(token)

        self._request(work, lambda _: None)

    def follow(self, owner: Any) -> None:
        """Flip the input by target and minus of `owner.explanation`, now and whenever it changes, in an own thread."""

        def asked(_change: Any = None) -> None:
            explanation = owner.explanation
            if explanation is not None:
                index = explanation.target[0].index
                minus = None if explanation.minus is None or index is None else explanation.minus[0].index
                self.ask(x=explanation.input[:1], target="top" if index is None else index, minus=minus)

        owner.observe(asked, "explanation")
        asked()

    def save(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write what is known to `path`: .png (this step), .apng (all steps) or .html (the player, works offline).

        options: theme="light" or "dark" of the pictures; speed, in steps a second, of the animation.
        """
        view = {name: getattr(self, name) for name in SHOWN}
        return film_files.save(self._shown_film, path, view, **options)

    @property
    def code(self) -> str:
        """Python that makes this view, where `model` and `x` are what was given here."""
        given: dict[str, Any] = {}
        if self._named != METHODS:
            given["methods"] = self._named
        given |= {
            name: value
            for name, value in self._flipping.items()
            if value is not None and (name != "score" or callable(value))
        }
        names = list(self._removals)
        if names != ["neutral"]:
            given["removal"] = names if len(names) > 1 else names[0]
        if self.recompute:
            given["recompute"] = True
        defaults = {
            "step": 0,
            "method": self.methods[0],
            "score": self._present.kinds[0],
            "speed": 5.0,
            "cmap": "blue-red",
            "cursor": None,
            "viewport": dict(WHOLE),
        }
        given |= {name: getattr(self, name) for name in defaults if getattr(self, name) != defaults[name]}
        if self.pixelated is not None:
            given["pixelated"] = self.pixelated
        if self.removal != names[0]:
            given["removal"] = [self.removal, *(name for name in names if name != self.removal)]
        words = "".join(f", {name}={_written(name, value)}" for name, value in given.items())
        return f"import lrpwidgets as lw\n\nlw.flipping(model, x{words})"

    def picture(self) -> None:
        """None: what stands for this view in a saved notebook is a still of the film."""
        return

    def __repr__(self) -> str:
        if self._film is None:
            return "FlipView(nothing yet)"
        known = min(track.steps for track in self._film.tracks)
        return f"FlipView({', '.join(self.methods)}; {known} of {self.steps} steps)"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The live view, and for readers with no kernel a still."""
        with suppress(RuntimeError):  # in an observer, which nothing may wait in
            self._worker.wait(PATIENCE)
        view = {name: getattr(self, name) for name in SHOWN}
        return still(self, drawn(self._shown_film, view), repr(self), self.code)

    # -- the work ---------------------------------------------------------------------------------

    def _record(self) -> Recording:
        """A new recording with its first step: one forward for each removal."""
        with model_lock(self._model):
            return Recording(
                self._model,
                self._x,
                self._named,
                self._removals,
                recompute=self.recompute,
                **self._flipping,
            )

    def _adopt(self, recording: Recording) -> None:
        """Show this recording from now on; what was chosen stays where it still exists."""
        self._recording = recording
        self.set_trait("steps", recording.total)
        self.step = min(self.step, recording.total)
        if self.method not in recording.methods:
            self.method = recording.methods[0]
        if self.removal not in recording.removals:
            self.removal = recording.removals[0]
        if self.score not in recording.kinds:
            self.score = recording.kinds[0]
        self._put()

    def _go_on(self) -> None:
        self._request(self._work, lambda _: None)

    def _work(self, token: Token) -> None:
        """Step by step to the end, and tell the browser now and then, the more there is to tell the less often."""
        recording = self._present
        told, wait = time.monotonic(), 0.0
        try:
            while True:
                token.check()
                for name in self._removals:
                    if name not in recording.removals:
                        with model_lock(self._model):
                            recording.add(name, self._removals[name])
                with model_lock(self._model):
                    more = recording.advance(str(self.removal))
                if not more:
                    return
                if time.monotonic() - told >= wait:
                    size = self._put()
                    wait = max(FIRST_WAIT, size / TRAFFIC)
                    self._report(recording.progress)
                    told = time.monotonic()
        finally:
            if recording is self._recording:
                self._put()

    def _put(self) -> int:
        """Send what is known to the browser; how many bytes that may be."""
        film = self._present.film()
        with self.hold_sync():
            self._film = film
            state = film_files.state(film)
            for name, value in state.items():
                setattr(self, name, value)
        return sum(track.rank.nbytes + track.maps.nbytes + track.frames.nbytes for track in film.tracks)

    def complain(self, error: Exception) -> None:
        """Show an error in the view; what was flipped stays. Being stopped is none, and nothing goes on after it."""
        if self._recording is not None:
            self._recording.end()
        super().complain(error)

    def _on_message(self, view: object, content: object, buffers: object) -> None:
        if isinstance(content, dict) and content.get("kind") == "run":
            self.ask()
        super()._on_message(view, content, buffers)

    @traitlets.observe("recompute")
    def _on_recompute(self, _change: Any) -> None:
        if self._recording is not None:
            self.ask()

    @traitlets.observe("removal")
    def _on_removal(self, _change: Any) -> None:
        recording = self._recording
        if recording is not None and self.removal not in recording.removals:
            self._removals[str(self.removal)] = self.removal
            self._go_on()

    # -- what may be asked ------------------------------------------------------------------------

    @property
    def _present(self) -> Recording:
        if self._recording is None:
            raise StoppedError("this view has nothing to show.")
        return self._recording

    @property
    def _shown_film(self) -> Film:
        if self._film is None:
            raise InputError("there is nothing to show yet.")
        return self._film


def _written(name: str, value: Any) -> str:
    """A setting as Python; arrays and functions by the name under which they were given."""
    plain = (str, int, float, bool, type(None))
    if isinstance(value, dict):
        fine = all(isinstance(part, plain) or _written(name, part) != name for part in value.values())
        return repr(value) if fine else name
    if isinstance(value, (list, tuple)):
        return repr(value) if all(isinstance(part, plain) for part in value) else name
    if isinstance(value, plain):
        return repr(value)
    return str(getattr(value, "code", name))


def flipping(model: nn.Module, x: Any, methods: Any = METHODS, **options: Any) -> FlipView:
    """Play pixel-flipping on one input: what each method calls relevant is removed, patch by patch, and f is watched.

    methods, patch (default 8 for pictures), regions, anywhere, order, recompute, sigma, target, steps, per_step, seed,
    chunk, labels, input, input_range, of, output: as in `lw.measure.flip`.
    minus: a second class, whose score is subtracted; the methods then explain the difference.
    removal: "neutral", "mean", "blur", "noise", or what else that takes; several are flipped side by side, because the
        ranking of methods depends on it (section 7.2).
    score: "logit" or "probability", which share one run, or a function of (output, target).
    step, method, speed, cmap, pixelated: see the traits of `FlipView`.

    Returns at once with step 0; the rest follows. Raises `InputError` and `MethodError` for what cannot be flipped.
    """
    return FlipView(model, x, methods, **options)
