"""What all views share: documented traits, status and errors in place, work that can be stopped, a saved picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from lrpwidgets.errors import InputError, LrpError, StoppedError, unknown
from lrpwidgets.render.bundle import mimebundle
from lrpwidgets.render.payload import MIME
from lrpwidgets.widgets.worker import Token, Worker, traits_lock

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation

WIDGET_TYPE = "application/vnd.jupyter.widget-view+json"


class View(ipywidgets.DOMWidget):
    """Base of every view. Public traits are state to set, observe, link and save; `_private` ones are wire."""

    status = traitlets.Enum(("ready", "busy", "error"), default_value="ready").tag(sync=True)
    """"ready"; "busy" while the model works, and the last picture stays; "error": see `error`."""

    progress = traitlets.Float(None, allow_none=True).tag(sync=True)
    """How much of the work is done, 0..1; None where that is not known."""

    error = traitlets.Unicode("").tag(sync=True)
    """What went wrong with the last request and what to do about it; empty if nothing did."""

    _worker = traitlets.Instance(Worker, ())
    _failure = traitlets.Instance(Exception, None, allow_none=True)

    def __init__(self, **options: Any) -> None:
        self.check_names(options, self.options())
        super().__init__(**options)
        self.on_msg(self._on_message)
        answer_during_cells(self)

    @classmethod
    def check_names(cls, given: Iterable[str], known: Iterable[str]) -> None:
        """`InputError` that names the first of `given` that is not known, and the closest that is."""
        for name in given:
            if name not in known:
                raise InputError(f"{cls.__name__}: {unknown('option', name, sorted(known))}")

    @classmethod
    def options(cls) -> tuple[str, ...]:
        """The traits that a user may give by keyword: public, and not of ipywidgets itself."""
        inherited = set(ipywidgets.VBox.class_trait_names()) | set(View.class_trait_names())
        own = {name for at in cls.__mro__ if issubclass(at, View) and at is not View for name in vars(at)}
        traits = cls.class_traits()
        return tuple(
            name
            for name, trait in traits.items()
            if not name.startswith("_") and not trait.read_only and (name not in inherited or name in own)
        )

    def stop(self) -> None:
        """Stop the work that is going on; what is on the screen stays."""
        self._worker.stop()

    def wait(self, timeout: float = 60.0) -> None:
        """Wait until every request is answered.

        Raises what the last request raised, and `TimeoutError` after `timeout` seconds.
        """
        if not self._worker.wait(timeout):
            raise TimeoutError(f"{type(self).__name__} was still busy after {timeout:g} seconds.")
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Take the view and its parts off the screen and end its thread."""
        self._worker.close()
        for part in parts(self):
            close_all(part)
        super().close()

    def follow(self, owner: View) -> None:
        """Become a part of `owner`: its status is shown here, and stopping here stops its work."""
        self._worker = owner._worker
        for name in ("status", "progress", "error"):
            traitlets.dlink((owner, name), (self, name))

    @property
    def code(self) -> str:
        """Python that makes this view."""
        raise NotImplementedError

    def picture(self) -> Explanation | None:
        """The explanation whose picture stands for this view in a saved notebook; None if there is none."""
        raise NotImplementedError

    def picture_options(self) -> dict[str, Any]:
        """How that picture is drawn: options of `render.view.View`."""
        return {}

    def _request(self, work: Callable[[Token], Any], show: Callable[[Any], None]) -> None:
        """Let the worker do `work(token)`, then `show` the result; a newer request takes this one's place."""
        with traits_lock():
            self._failure = None
            self.set_trait("status", "busy")
            self.progress = None
            self._worker.submit(
                work, lambda result: self._finish(show, result), self.complain, progress=self._report
            )

    def _finish(self, show: Callable[[Any], None], result: object) -> None:
        with self.hold_sync():
            show(result)
            self._settle("ready", "")

    def complain(self, error: Exception) -> None:
        """Show an error in the view. Being stopped is none."""
        if isinstance(error, StoppedError):
            self._settle("ready", "")
            return
        self._failure = error
        self._settle("error", message(error))

    def forgive(self, error: Exception | None) -> None:
        """Take a complaint back, if it is still the last one."""
        if error is not None and self._failure is error:
            self._settle("ready", "")

    def _settle(self, status: str, error: str) -> None:
        with self.hold_sync():
            self.progress = None
            self.error = error
            self.status = status
            if status != "error":
                self._failure = None

    def _report(self, part: float) -> None:
        with traits_lock():
            self.progress = float(part)

    def _on_message(self, _view: object, content: object, _buffers: object) -> None:
        kind = content.get("kind") if isinstance(content, dict) else None
        if kind == "stop":
            self.stop()
        elif kind == "code":
            self.send({"kind": "code", "code": self._code_or_none()})

    def _code_or_none(self) -> str | None:
        try:
            return self.code
        except (LrpError, NotImplementedError):
            return None  # nothing is shown yet, or nothing reproduces it

    # Deliveries come from the worker's thread while the browser's messages come from another: take turns.

    def _handle_msg(self, msg: dict[str, Any]) -> None:
        with traits_lock():
            super()._handle_msg(msg)

    @contextmanager
    def hold_sync(self) -> Iterator[None]:
        """As in ipywidgets: send all changes of the block in one message; other threads wait meanwhile."""
        with traits_lock(), super().hold_sync():
            yield

    def __repr__(self) -> str:
        return f"{type(self).__name__}(status={self.status!r})"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The live view, and for readers with no kernel its picture."""
        explanation = self.picture()
        bundle = {} if explanation is None else mimebundle(explanation, **self.picture_options())
        bundle["text/plain"] = repr(self)
        bundle[WIDGET_TYPE] = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        if MIME in bundle:  # Lab shows the live widget as long as its kernel has it
            bundle[MIME] |= {"widget": {"model_id": self.model_id}, "code": self.code}
        return bundle


def message(error: Exception) -> str:
    """An error as a sentence for the screen: ours speak for themselves, others need their type named."""
    if isinstance(error, LrpError):
        return str(error)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def parts(widget: ipywidgets.Widget) -> tuple[ipywidgets.Widget, ...]:
    """The widgets that a box, or a bqplot figure, is made of."""
    return tuple(part for name in ("children", "marks", "axes") for part in getattr(widget, name, ()))


def close_all(widget: ipywidgets.Widget) -> None:
    """Close a widget and everything in it."""
    for part in parts(widget):
        close_all(part)
    widget.close()


def take_turns(widget: ipywidgets.Widget) -> None:
    """Let the browser's messages to a widget, and to its parts, wait while traits change in a thread."""
    for part in parts(widget):
        take_turns(part)
    if isinstance(widget, View):
        return  # it does so itself

    def handle(msg: dict[str, Any]) -> None:
        with traits_lock():
            widget._handle_msg(msg)

    widget.comm.on_msg(handle)
    answer_during_cells(widget)


def answer_during_cells(widget: ipywidgets.Widget) -> None:
    """Take the browser's messages in the shell that it names, so that a click is heard while a cell runs.

    ipykernel 7.4 sends them to the shell that was last heard from on the comm: for a new widget that is the
    main one, which stands still until the running cell is done.
    """
    if hasattr(widget.comm, "_reply_subshell_for"):
        widget.comm._reply_subshell_for = None
