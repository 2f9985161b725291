"""Methods that ask the model many times say how far they are, and end when the listener raises."""

from __future__ import annotations

import threading

import pytest
import torch

import lrpwidgets as lw
from lrpwidgets.errors import StoppedError
from lrpwidgets.explain import points
from lrpwidgets.explain.progress import heard_by, report
from tests.explain.nets import normal
from tests.explain.test_baselines import smooth

LONG = [
    {"method": "integrated-gradients", "steps": 9},
    {"method": "smoothgrad", "samples": 10},
    {"method": "taylor", "root": "search"},
]


@pytest.fixture
def asked(monkeypatch):
    """The forwards at other inputs, each of one point."""
    monkeypatch.setattr(points, "MEMORY", 1)
    found = []
    at = lw.Trace.at
    monkeypatch.setattr(lw.Trace, "at", lambda trace, x: found.append(x) or at(trace, x))
    return found


@pytest.mark.parametrize("how", LONG, ids=lambda how: how["method"])
def test_each_forward_is_announced(asked, how):
    heard = []
    trace = lw.trace(smooth(), normal(3, 4))
    with heard_by(heard.append):
        trace.explain(target=1, **how)
    assert len(heard) == len(asked) > 5
    assert heard == sorted(set(heard))
    assert heard[0] == 0
    assert heard[-1] < 1
    if how["method"] != "taylor":  # a root may be found before all bisections are done
        assert heard == pytest.approx([at / 10 for at in range(10)])


@pytest.mark.parametrize("how", LONG, ids=lambda how: how["method"])
def test_a_listener_ends_the_work_and_the_next_question_is_answered(asked, how):
    def stop(part):
        if len(asked) == 3:
            raise StoppedError("stopped")

    net, x = smooth(), normal(3, 4)
    trace = lw.trace(net, x)
    with heard_by(stop), pytest.raises(StoppedError):
        trace.explain(target=1, **how)
    assert len(asked) == 3
    assert torch.equal(
        trace.explain(target=1, **how).relevance, lw.explain(net, x, target=1, **how).relevance
    )


def test_only_the_listeners_own_thread_is_heard():
    heard = []
    report(0.1)
    with heard_by(heard.append):
        report(0.2)
        other = threading.Thread(target=report, args=(0.3,))
        other.start()
        other.join()
        with heard_by(lambda part: None):
            report(0.4)
        report(0.5)
    report(0.6)
    assert heard == [0.2, 0.5]
