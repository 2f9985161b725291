"""A study over two worker processes: the same numbers, whoever dies on the way."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections import Counter

import pytest
import torch

from lrpwidgets.errors import InputError, ModelError
from lrpwidgets.measure import study, study_steps
from tests.measure import studied

distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="module")
def client():
    """A client of two worker processes of one thread each, on this machine only."""
    quiet = {"silence_logs": logging.CRITICAL, "dashboard_address": None}
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", **quiet) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def whole():
    """The study in one go, in this process."""
    return study(studied.net(), studied.inputs(), studied.METHODS, measures(None), progress=False)


def measures(log, deadly=None, once=True):
    """Those of the small study and one that writes down its calls, and kills its worker at an item."""

    def noted(model, x, explanation):
        if log is not None:
            with log.open("a") as file:
                file.write(f"{float(explanation.score)!r} {explanation.method} {os.getpid()}\n")
            if (
                deadly is not None
                and float(explanation.score) == deadly
                and explanation.method == "smoothgrad"
            ):
                mark = log.with_suffix(".killed")
                if not (once and mark.exists()):
                    mark.touch()
                    time.sleep(0.2)  # long enough for the other items to be under way
                    os.kill(os.getpid(), signal.SIGKILL)
        return torch.rand(()).double()

    return {
        "score": {},
        "flipping": {"patch": 4, "removal": "noise"},
        "continuity": {"draws": 1},
        "noted": noted,
    }


def score(item):
    with torch.no_grad():
        return float(studied.net()(studied.inputs()[item : item + 1]).max())


def test_a_worker_that_is_killed_changes_no_number_and_loses_none(client, whole, tmp_path):
    log = tmp_path / "calls"
    asked = measures(log, deadly=score(2))
    table = study(
        studied.net(),
        studied.inputs(),
        studied.METHODS,
        asked,
        folder=tmp_path / "study",
        client=client,
        progress=False,
    )
    assert log.with_suffix(".killed").exists()
    assert table.equals(whole)
    assert table[table.measure == "noted"].error.isna().all()
    calls = [line.split() for line in log.read_text().splitlines()]
    assert len({worker for _, _, worker in calls}) >= 2, "both took part"
    times = Counter((found, method) for found, method, _ in calls)
    assert len(times) == 18
    dead = next(
        worker for found, method, worker in calls if found == repr(score(2)) and method == "smoothgrad"
    )
    again = {found for (found, _), number in times.items() if number > 1}
    assert again <= {found for found, _, worker in calls if worker == dead}, "only what the dead worker had"
    assert times[repr(score(2)), "smoothgrad"] == 2
    lines = (tmp_path / "study" / "journal.jsonl").read_text().splitlines()
    assert len(lines) == 18
    size = log.stat().st_size
    here = study(
        studied.net(), studied.inputs(), studied.METHODS, asked, folder=tmp_path / "study", progress=False
    )
    assert here.equals(whole)
    assert log.stat().st_size == size, "what the workers found is not done again here"


def test_what_the_cluster_drops_is_sent_again(client, whole, tmp_path):
    ask = {"methods": studied.METHODS, "measures": measures(None), "folder": tmp_path}
    steps = study_steps(studied.net(), studied.inputs(), **ask, client=client)
    next(steps)
    client.cancel([distributed.Future(key) for key in list(client.futures)], force=True)  # the model as well
    assert len(list(steps)) == 17
    table = study(studied.net(), studied.inputs(), **ask, progress=False)
    assert table.equals(whole)


def test_stopping_calls_the_others_back(client, tmp_path):
    steps = study_steps(studied.net(), studied.inputs(), folder=tmp_path, client=client)
    next(steps)
    steps.close()
    assert (tmp_path / "journal.jsonl").read_bytes().count(b"\n") == 1


def test_what_cannot_be_sent_is_said(client):
    model = studied.net()
    model.lock = threading.Lock()
    with pytest.raises(ModelError, match="cannot be sent to the workers"):
        list(study_steps(model, studied.inputs(), client=client))

    table = study(
        studied.net(),
        [model.lock, studied.inputs()[0]],
        measures="score",
        client=client,
        progress=False,
    )
    assert "pickle" in table.error[0]
    assert table.error.isna()[1], "the rest goes on"

    class Waiting:
        asynchronous = True

    with pytest.raises(InputError, match="must not be asynchronous"):
        list(study_steps(studied.net(), studied.inputs(), client=Waiting()))


def test_an_item_that_kills_every_worker_is_recorded_and_its_neighbours_are_not_blamed(
    client, whole, tmp_path
):
    # Last in this file: the cluster is left with workers that are starting.
    client.run_on_scheduler(lambda dask_scheduler: setattr(dask_scheduler, "allowed_failures", 0))
    asked = measures(tmp_path / "calls", deadly=score(1), once=False)
    table = study(studied.net(), studied.inputs(4), studied.METHODS, asked, client=client, progress=False)
    bad = table[table.item == 1]
    assert bad.error.str.startswith("KilledWorker").all()
    good = table[table.item != 1].reset_index(drop=True)
    expected = whole[whole.item.isin([0, 2, 3])].reset_index(drop=True)
    assert good.equals(expected)
