"""A wire without a browser: every message that a widget sends is kept, and messages can be sent back."""

from __future__ import annotations

import threading

import comm
import numpy as np
import pytest
import torch
from ipywidgets.widgets.widget import _instances

import lrpwidgets as lw


class Wire(comm.base_comm.BaseComm):
    """A comm that keeps what is sent. `sent` holds (comm id, state, buffers' paths) of every update."""

    sent: list[dict] = []  # noqa: RUF012 - one for all comms; the fixture empties it

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        if msg_type == "comm_msg" and data.get("method") == "update":
            names = {*data["state"], *(path[0] for path in data["buffer_paths"])}
            Wire.sent.append({"comm": self.comm_id, "names": names, "state": data["state"]})


class Browser:
    """The other end."""

    @property
    def sent(self):
        return Wire.sent

    def names(self, widget):
        """Names of the traits that were sent for a widget, message by message."""
        return [message["names"] for message in Wire.sent if message["comm"] == widget.comm.comm_id]

    def set(self, widget, **state):
        """A change made in the browser."""
        data = {"method": "update", "state": state, "buffer_paths": []}
        widget.comm.handle_msg({"content": {"data": data}, "buffers": []})

    def say(self, widget, content):
        """A message of the browser's own."""
        data = {"method": "custom", "content": content}
        widget.comm.handle_msg({"content": {"data": data}, "buffers": []})


@pytest.fixture(autouse=True)
def browser(monkeypatch):
    """Every widget of a test talks to this browser, and is closed after it; no thread may be left working."""
    monkeypatch.setattr(comm, "create_comm", Wire)
    Wire.sent = []
    yield Browser()
    for widget in list(_instances.values()):
        widget.close()
    for thread in threading.enumerate():
        if thread.name.startswith("lrpwidgets"):
            thread.join(5)
            assert not thread.is_alive(), "a closed view left its thread working"


class SmallNet(torch.nn.Module):
    """A net on (batch, 3, 12, 12); with `norm`, its running statistics show who touched it."""

    def __init__(self, classes=4, *, norm=False):
        super().__init__()
        middle = [torch.nn.BatchNorm2d(8)] if norm else []
        self.features = torch.nn.Sequential(
            torch.nn.Conv2d(3, 8, 3), *middle, torch.nn.ReLU(), torch.nn.AvgPool2d(2)
        )
        self.classifier = torch.nn.Linear(8 * 5 * 5, classes)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


LABELS = ("ant", "bee", "cat", "dog")


@pytest.fixture
def net():
    torch.manual_seed(3)
    return SmallNet().eval()


@pytest.fixture
def pictures():
    return list(np.random.default_rng(5).integers(0, 256, (6, 12, 12, 3), dtype=np.uint8))


@pytest.fixture
def domain():
    return lw.image(mean=0.5, std=0.25)


@pytest.fixture
def explain(net, pictures, domain):
    """Explain one of the pictures, or several."""

    def explained(*which, **question):
        chosen = [pictures[at] for at in which]
        return lw.explain(net, chosen, labels=LABELS, input=domain, **question)

    return explained
