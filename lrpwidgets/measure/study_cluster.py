"""A study over the workers of a `dask.distributed` client; what they find is written down here, by the client."""

from __future__ import annotations

import time
import uuid
from collections import Counter, deque
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import Any

from ..errors import InputError, ModelError
from .libraries import library
from .study_items import Item, said
from .study_parcel import Parcel, opened, packed
from .study_plan import Answer, Plan

Todo = tuple[Item, tuple[str, ...]]

_AHEAD = 2  # items sent for every thread of the cluster: one at work, one waiting
_TRIES = 3  # for an item that the cluster lost
_PATIENCE = 60.0  # seconds without any worker
_LOOK = 1.0  # seconds between two looks at the cluster


def over_cluster(client: Any, plan: Plan, todo: Iterator[Todo]) -> Generator[list[Answer]]:
    """The answers for each item, in the order in which they come back.

    The plan, with the model, is sent to the workers once. An item whose worker dies is done again by another. Where
    dask gives items up because workers died of them, they are tried once more at the end, one at a time, since only one
    of several in a worker may be to blame; one that kills again has that as its error. Raises `ModelError` where the
    cluster is left without workers for a minute.
    """
    distributed = library("distributed", "a study over a cluster", extra="dask")
    if getattr(client, "asynchronous", False):
        raise InputError("the study waits for its answers, so the client must not be asynchronous")
    crew = _Crew(distributed, client, Parcel(plan))
    try:
        while True:
            task = next(todo, None) if crew.room() else None
            if task is not None:
                try:
                    parcel = packed(task)
                except Exception as error:  # noqa: BLE001 (an input that cannot be pickled is an item's own error)
                    yield _failed(task, error)
                else:
                    crew.send(task, parcel)
                continue
            if not crew.flying:
                if not crew.suspects:
                    return
                crew.send(*crew.suspects.popleft(), alone=True)
            for future in crew.landed():
                found = crew.answers(future)
                if found is not None:
                    yield found
    finally:
        if client.status == "running":
            client.cancel(list(crew.flying))


class _Crew:
    """The workers, the plan that they have, and the items `flying`: sent, and not back yet.

    `suspects` are items that were in workers that died, until dask gave them up.
    """

    def __init__(self, distributed: Any, client: Any, parcel: Parcel) -> None:
        self._distributed, self._client, self._parcel = distributed, client, parcel
        self.flying: dict[Any, tuple[Todo, bytes, bool]] = {}
        self.suspects: deque[tuple[Todo, bytes]] = deque()
        self._lost: Counter[int] = Counter()
        self._seen = time.monotonic()
        self.hand_out()

    def hand_out(self) -> None:
        """Send the plan to every worker."""
        try:
            self._sent = self._client.scatter(self._parcel, broadcast=True, hash=False)
        except TimeoutError as error:
            raise ModelError(f"the cluster has no worker to send the model to: {error}") from error

    def room(self) -> bool:
        """Whether one more item may fly."""
        threads = int(sum(self._client.nthreads().values()))
        now = time.monotonic()
        self._seen = now if threads else self._seen
        if now - self._seen > _PATIENCE:
            raise ModelError(
                f"the cluster has had no worker for {_PATIENCE:g} s; what was finished is kept: start the study again "
                "with workers"
            )
        return len(self.flying) < max(1, _AHEAD * threads)

    def send(self, task: Todo, parcel: bytes, *, alone: bool = False) -> None:
        """Have one item done, which `parcel` holds."""
        key = f"study-{task[0].index}-{uuid.uuid4().hex}"
        future = self._client.submit(_on_worker, self._sent, parcel, key=key, pure=False)
        self.flying[future] = task, parcel, alone

    def landed(self) -> list[Any]:
        """Those that came back, after a wait until one does or it is time to look at the cluster."""
        with suppress(TimeoutError, self._distributed.CancelledError):  # each says itself what became of it
            self._distributed.wait(list(self.flying), timeout=_LOOK, return_when="FIRST_COMPLETED")
        return [future for future in self.flying if future.done()]

    def answers(self, future: Any) -> list[Answer] | None:
        """What came back; None if the item will be tried again."""
        task, parcel, alone = self.flying.pop(future)
        if future.status == "finished":
            found: list[Answer] = future.result()
            return found
        if future.status == "error":
            error = future.exception()
            if alone or not isinstance(error, self._distributed.KilledWorker):
                return _failed(task, error)
            self.suspects.append((task, parcel))
            return None
        # The cluster restarted, or all workers that had the plan are gone.
        self._lost[task[0].index] += 1
        if self._lost[task[0].index] > _TRIES:
            return _failed(task, ModelError(f"the cluster lost this item {_TRIES + 1} times"))
        self.hand_out()
        self.send(task, parcel, alone=alone)
        return None


def _on_worker(parcel: Parcel, task: bytes) -> list[Answer]:
    item, methods = opened(task)
    return list(parcel.plan.answers(item, methods))


def _failed(task: Todo, error: BaseException) -> list[Answer]:
    item, methods = task
    return [Answer(item.index, name, item.truth, errors={"": said(error)}) for name in methods]
