"""One thread, newest request wins, stale answers are dropped, stopping is cooperative, errors arrive."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
import weakref

import pytest

from lrpwidgets.errors import StoppedError
from lrpwidgets.widgets import worker as module
from lrpwidgets.widgets.worker import Worker, model_lock, traits_lock


@pytest.fixture
def worker():
    made = Worker()
    yield made
    made.close()


class Heard(list):
    """What was delivered, and in which thread."""

    def done(self, result):
        self.append(result)
        self.thread = threading.current_thread().name

    failed = done


class Gate:
    """Work that waits until the test lets it go on, and says that it has begun."""

    def __init__(self, result):
        self.result, self.begun, self.open = result, threading.Event(), threading.Event()

    def __call__(self, token):
        self.begun.set()
        assert self.open.wait(5)
        token.check()
        return self.result


class Deaf(Gate):
    """Work that never looks at its token."""

    def __call__(self, token):
        self.begun.set()
        assert self.open.wait(5)
        return self.result


def test_work_is_done_in_a_thread_of_its_own_and_delivered(worker):
    heard = Heard()
    worker.submit(lambda token: threading.current_thread().name, heard.done, heard.failed)
    assert worker.wait(5)
    assert heard == ["lrpwidgets"]
    assert heard.thread == "lrpwidgets"


def test_newest_wins_and_what_waited_never_runs(worker):
    first, heard, ran = Gate("first"), Heard(), []
    worker.submit(first, heard.done, heard.failed)
    assert first.begun.wait(5)
    for name in ("second", "third", "fourth"):
        worker.submit(lambda token, name=name: ran.append(name) or name, heard.done, heard.failed)
    first.open.set()
    assert worker.wait(5)
    assert heard == ["fourth"]
    assert ran == ["fourth"]


def test_a_stale_answer_is_dropped_even_if_the_work_never_checked(worker):
    first, heard = Deaf("stale"), Heard()
    worker.submit(first, heard.done, heard.failed)
    assert first.begun.wait(5)
    worker.submit(lambda token: "new", heard.done, heard.failed)
    first.open.set()
    assert worker.wait(5)
    assert heard == ["new"]


def test_stop_ends_what_runs_and_forgets_what_waits(worker):
    first, heard = Gate("never"), Heard()
    worker.submit(first, heard.done, heard.failed)
    assert first.begun.wait(5)
    assert worker.stop()
    first.open.set()
    assert worker.wait(5)
    assert [type(answer) for answer in heard] == [StoppedError]
    assert not worker.stop()


def test_errors_are_delivered_and_the_thread_lives_on(worker):
    heard = Heard()
    worker.submit(lambda token: 1 / 0, heard.done, heard.failed)
    assert worker.wait(5)
    worker.submit(lambda token: "fine", heard.done, heard.failed)
    assert worker.wait(5)
    assert isinstance(heard[0], ZeroDivisionError)
    assert heard[1:] == ["fine"]


def test_an_error_while_showing_a_result_is_heard_as_an_error(worker):
    heard = Heard()

    def broken(result):
        raise KeyError(result)

    worker.submit(lambda token: "x", broken, heard.failed)
    assert worker.wait(5)
    assert isinstance(heard[0], KeyError)


def test_an_error_while_showing_an_error_is_printed_and_later_requests_run(worker, monkeypatch):
    printed, heard = [], Heard()
    monkeypatch.setattr(threading, "excepthook", lambda told: printed.append(told.exc_value))

    def broken(error):
        raise KeyError("the view is broken")

    worker.submit(lambda token: 1 / 0, heard.done, broken)
    assert worker.wait(5)
    worker.submit(lambda token: "fine", heard.done, heard.failed)
    assert worker.wait(5)
    assert isinstance(printed[0], KeyError)
    assert heard == ["fine"]


def test_background_work_gives_way(worker):
    first, heard = Gate("foreground"), Heard()
    worker.submit(first, heard.done, heard.failed)
    assert first.begun.wait(5)
    worker.submit(lambda token: "background", heard.done, heard.failed, background=True)
    worker.submit(lambda token: "newer foreground", heard.done, heard.failed)
    first.open.set()
    assert worker.wait(5)
    assert heard == ["newer foreground", "background"]


def test_progress_is_reported_and_stops(worker):
    parts, heard = [], Heard()

    def work(token):
        token.progress(0.25)
        token.stop()
        token.progress(0.5)

    worker.submit(work, heard.done, heard.failed, progress=parts.append)
    assert worker.wait(5)
    assert parts == [0.25]
    assert isinstance(heard[0], StoppedError)


def test_waiting_inside_an_observer_is_an_error_and_no_deadlock(worker):
    heard = Heard()
    worker.submit(lambda token: 1, lambda result: worker.wait(5), heard.failed)
    assert worker.wait(5)
    assert "inside an observer" in str(heard[0])
    with traits_lock(), pytest.raises(RuntimeError, match="inside an observer"):
        worker.wait(1)


def test_wait_says_when_time_is_over(worker):
    gate, heard = Gate(1), Heard()
    worker.submit(gate, heard.done, heard.failed)
    assert not worker.wait(0.01)
    gate.open.set()
    assert worker.wait(5)


def test_a_closed_worker_drops_its_answer_ends_its_thread_and_takes_no_more():
    worker, gate, heard = Worker("lrpwidgets closing"), Gate(1), Heard()
    worker.submit(gate, heard.done, heard.failed)
    assert gate.begun.wait(5)
    worker.close()
    gate.open.set()
    (thread,) = (thread for thread in threading.enumerate() if thread.name == "lrpwidgets closing")
    thread.join(5)
    assert not thread.is_alive()
    assert heard == []
    with pytest.raises(StoppedError, match="closed"):
        worker.submit(gate, heard.done, heard.failed)


def test_an_idle_thread_ends_and_keeps_nothing_alive(monkeypatch):
    monkeypatch.setattr(module, "LINGER", 0.02)
    worker, heard = Worker("lrpwidgets idle"), Heard()

    class Model:
        pass

    model = Model()
    alive = weakref.ref(model)
    worker.submit(lambda token, model=model: str(model), heard.done, heard.failed)
    assert worker.wait(5)
    del model
    end = time.monotonic() + 5
    while any(t.name == "lrpwidgets idle" for t in threading.enumerate()) and time.monotonic() < end:
        time.sleep(0.01)
    gc.collect()
    assert not any(t.name == "lrpwidgets idle" for t in threading.enumerate())
    assert alive() is None
    worker.submit(lambda token: "again", heard.done, heard.failed)
    assert worker.wait(5)
    assert heard[-1] == "again"


def test_two_workers_take_turns_with_one_model(net):
    at_once, most = 0, 0
    counting = threading.Lock()

    def work(token):
        nonlocal at_once, most
        with model_lock(net):
            with counting:
                at_once += 1
                most = max(most, at_once)
            time.sleep(0.02)
            with counting:
                at_once -= 1

    workers = [Worker(), Worker()]
    for worker in workers:
        worker.submit(work, lambda _: None, lambda error: None)
    assert all(worker.wait(5) for worker in workers)
    assert most == 1


AT_WORK = """
import torch
from lrpwidgets.widgets.worker import Worker
started = __import__("threading").Event()
def work(token):
    x = torch.rand(1, 64, 64, 64)
    while True:
        token.check()
        torch.nn.functional.conv2d(x, torch.rand(64, 64, 3, 3))
        started.set()
Worker().submit(work, print, lambda error: None)
started.wait()
"""


def test_an_interpreter_that_ends_while_a_thread_works_ends_well():
    done = subprocess.run(
        [sys.executable, "-c", AT_WORK], capture_output=True, text=True, check=False, timeout=100
    )
    assert (done.returncode, done.stderr) == (0, "")
