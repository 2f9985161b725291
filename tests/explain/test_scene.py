"""torch's modes are as before when a trace is over, also where two threads' traces overlap."""

from __future__ import annotations

import itertools
import threading

import pytest
import torch

from lrpwidgets.explain.scene import scene

mha = torch.backends.mha


@pytest.fixture(params=[True, False], ids=["on", "off"])
def fast_path(request):
    before = mha.get_fastpath_enabled()
    mha.set_fastpath_enabled(request.param)
    yield request.param
    mha.set_fastpath_enabled(before)


def overlapping(number):
    """Every order in which `number` scenes can open and close."""
    steps = [(kind, which) for which in range(number) for kind in ("open", "close")]
    for order in itertools.permutations(steps):
        if all(order.index(("open", which)) < order.index(("close", which)) for which in range(number)):
            yield order


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_fast_path_is_off_while_any_trace_runs_and_restored_after_the_last(fast_path, number):
    """Threads share this switch, so scenes may end in another order than they began."""
    for order in overlapping(number):
        # Each scene in a thread of its own: the other modes belong to threads.
        scenes = [Held() for _ in range(number)]
        running = 0
        for kind, which in order:
            if kind == "open":
                scenes[which].open()
                running += 1
            else:
                scenes[which].close()
                running -= 1
            assert mha.get_fastpath_enabled() == (fast_path and not running)


class Held:
    """A scene held open by a thread."""

    def __init__(self):
        self.opened, self.closing = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        with scene(torch.device("cpu")):
            self.opened.set()
            self.closing.wait(10)

    def open(self):
        self.thread.start()
        assert self.opened.wait(10)

    def close(self):
        self.closing.set()
        self.thread.join(10)
        assert not self.thread.is_alive()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_restored_after_an_exception(fast_path, error):
    with pytest.raises(error), scene(torch.device("cpu")):
        raise error
    assert mha.get_fastpath_enabled() == fast_path
    assert torch.is_grad_enabled()


def test_inside_it():
    with torch.inference_mode(), torch.autocast("cpu"), scene(torch.device("cpu")):
        assert not torch.is_inference_mode_enabled()
        assert not torch.is_grad_enabled()
        assert not torch.is_autocast_enabled("cpu")
        assert not torch.empty(1).is_inference()
