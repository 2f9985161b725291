"""The thread in which a view's model works, so that clicks never wait for it.

Answers are delivered from that thread, at once, and not through the kernel's event loop: the loop stands still
while a cell runs, and a click during a long training cell should still be answered. (ipykernel sends comm
messages from any thread safely.) What is not safe from several threads is a widget's own bookkeeping, so every
delivery, every message from the browser and every held sync of our views takes `traits_lock`.
"""

from __future__ import annotations

import atexit
import itertools
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from lrpwidgets.errors import StoppedError

Work = Callable[["Token"], Any]
Done = Callable[[Any], None]
Failed = Callable[[Exception], None]

EXIT_SECONDS = 10.0  # that the interpreter waits, when it ends, for work to notice
LINGER = 5.0  # seconds that an idle thread stays, so that a series of clicks keeps torch's thread pool warm

_numbers = itertools.count(1)
_traits = threading.RLock()  # one for all views: linked views would lock each other in turn otherwise
_holder = threading.local()
_models: weakref.WeakKeyDictionary[Any, threading.RLock] = weakref.WeakKeyDictionary()
_models_lock = threading.Lock()


@contextmanager
def traits_lock() -> Iterator[None]:
    """Hold while traits of a view change; re-entrant, one for the whole process. Never wait for work in it."""
    with _traits:
        _holder.depth = getattr(_holder, "depth", 0) + 1
        try:
            yield
        finally:
            _holder.depth -= 1


def model_lock(model: object) -> AbstractContextManager[Any]:
    """Hold while a model works, so that workers and observers in other threads take turns with it."""
    with _models_lock:
        return _models.setdefault(model, threading.RLock())


class Token:
    """What the work holds of its request: it asks whether to go on, and says how far it is."""

    def __init__(self, report: Callable[[float], None] | None = None) -> None:
        self._stopped = threading.Event()
        self._report = report

    @property
    def stopped(self) -> bool:
        """Whether the answer is no longer wanted."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Ask the work to end at its next `check`."""
        self._stopped.set()

    def check(self) -> None:
        """Call between steps. Raises `StoppedError` if the answer is no longer wanted."""
        if self.stopped:
            raise StoppedError("stopped; what was finished is kept.")

    def progress(self, part: float) -> None:
        """Say that `part` (0..1) is done; also a `check`."""
        self.check()
        if self._report is not None:
            self._report(part)


@dataclass(eq=False)
class _Request:
    number: int
    work: Work
    done: Done
    failed: Failed
    token: Token
    wanted: bool = field(default=True)  # false once a newer request took its place: then nobody hears of it


class Worker:
    """One thread, one request at a time, the newest wins.

    A newer request replaces the one that waits and tells the running one to stop; the answer of a replaced
    request is dropped, whatever became of it. `background=True` is for work nobody waits for: it runs when
    nothing else is to be done, and at most one such request waits.
    """

    def __init__(self, name: str = "lrpwidgets") -> None:
        self._name = name
        self._change = threading.Condition()
        self._waiting: _Request | None = None
        self._background: _Request | None = None
        self._running: _Request | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(
        self,
        work: Work,
        done: Done,
        failed: Failed,
        *,
        progress: Callable[[float], None] | None = None,
        background: bool = False,
    ) -> int:
        """Run `work(token)` in the thread, then `done(result)` or `failed(error)`; gives the request's number."""
        request = _Request(next(_numbers), work, done, failed, Token(progress))
        with self._change:
            if self._closed:
                raise StoppedError("this view was closed: make a new one.")
            if background:
                self._background = request
            else:
                if self._running is not None:
                    self._drop(self._running)
                self._waiting = request
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                _workers.add(self)
                self._thread.start()
            self._change.notify_all()
        return request.number

    def stop(self) -> bool:
        """Stop what runs and forget what waits; `failed` hears a `StoppedError`. True if there was something."""
        with self._change:
            stopped = [request for request in (self._waiting, self._running) if request is not None]
            waiting, self._waiting, self._background = self._waiting, None, None
            if self._running is not None:
                self._running.token.stop()
            self._change.notify_all()
        if waiting is not None:
            with traits_lock():
                waiting.failed(StoppedError("stopped before it began."))
        return bool(stopped)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until everything asked so far is delivered; False if `timeout` seconds were not enough."""
        if getattr(_holder, "depth", 0) or threading.current_thread() is self._thread:
            raise RuntimeError(
                "cannot wait for an answer inside an observer: the answer waits for it to return."
            )
        with self._change:
            return self._change.wait_for(self._idle, timeout)

    def close(self) -> None:
        """Stop for good. The thread ends as soon as the running work checks its token."""
        with self._change:
            self._closed = True
            self._waiting = self._background = None
            if self._running is not None:
                self._drop(self._running)
            self._change.notify_all()

    @staticmethod
    def close_all() -> None:
        """Let no thread be inside torch when the interpreter goes away: that would abort the process."""
        threads = [(worker, worker._thread) for worker in list(_workers)]
        for worker, _ in threads:
            worker.close()
        for _, thread in threads:
            if thread is not None:
                thread.join(EXIT_SECONDS)

    def _idle(self) -> bool:
        return self._waiting is None and self._background is None and self._running is None

    @staticmethod
    def _drop(request: _Request) -> None:
        request.wanted = False
        request.token.stop()

    def _run(self) -> None:
        while (request := self._next()) is not None:
            try:
                self._serve(request)
            finally:
                with self._change:
                    self._running = None
                    self._change.notify_all()
                del request  # an idle thread keeps no model alive

    def _next(self) -> _Request | None:
        """The next request, or None when the thread should end."""
        with self._change:
            self._change.wait_for(lambda: self._waiting or self._background or self._closed, LINGER)
            if self._waiting is not None:
                self._running, self._waiting = self._waiting, None
            else:
                self._running, self._background = self._background, None
            if self._running is None:
                self._thread = None
            return self._running

    def _serve(self, request: _Request) -> None:
        try:
            request.token.check()
            result = request.work(request.token)
        except Exception as error:  # noqa: BLE001 - whatever a user's model raises is shown in the view
            self._deliver(request, request.failed, error)
        else:
            self._deliver(request, request.done, result)

    def _deliver(self, request: _Request, hear: Callable[[Any], None], answer: object) -> None:
        """Hand over the answer unless a newer request took its place."""
        with traits_lock():
            if not request.wanted:
                return
            try:
                hear(answer)
            except Exception as error:  # noqa: BLE001 - an observer of the user's may raise anything
                self._complain(request, hear, error)

    @staticmethod
    def _complain(request: _Request, hear: Callable[[Any], None], error: Exception) -> None:
        """An error while hearing a result is heard as an error; one while hearing an error is printed."""
        try:
            if hear is request.failed:
                raise error
            request.failed(error)
        except Exception:  # noqa: BLE001 - the thread must live on, or later requests would never run
            threading.excepthook(threading.ExceptHookArgs([*sys.exc_info(), threading.current_thread()]))


_workers: weakref.WeakSet[Worker] = weakref.WeakSet()  # that ever had a thread
atexit.register(Worker.close_all)
