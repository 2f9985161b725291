"""Studies: explanations and measures over a whole dataset, that can be stopped, killed, gone on with, and spread."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from typing import Any

import torch
from torch import nn

from ..errors import InputError, StoppedError
from ..explain.first_layer import Bounds
from ..explain.inputs import described
from ..explain.outputs import OutputLike
from ..explain.shadow import check_model, eager
from ..explain.targets import TargetLike
from .fingerprint import model_print, plain
from .integers import count
from .libraries import library
from .study_cluster import Todo, over_cluster
from .study_items import Item, Items, digest
from .study_journal import opened
from .study_measures import measures_by_name
from .study_plan import Answer, Plan, methods_by_name
from .study_table import frame, means

Folder = str | os.PathLike[str]
Key = tuple[int, str]


def study(
    model: nn.Module,
    dataset: Any,
    methods: Any = "lrp",
    measures: Any = ("score", "total"),
    *,
    progress: bool = True,
    **settings: Any,
) -> Any:
    """All measures of all methods on every input, as a pandas table with one row an (item, method, measure).

    :func:`study_steps` says what the parameters are. Columns: `item` (number in the dataset), `truth` (its label),
    `target` (the class explained), `method`, `measure`, `value` (float; NaN where the measure raised), `error` (what it
    raised, else None). The order is that of the dataset, the methods and the measures, whoever did the work. A
    mapping that a measure gives has a row a key, "flipping.auc".
    `table.attrs` holds `complete`, `notes` and `folder`; :func:`study_means` averages the table.

    progress: a bar (tqdm). Stopping it (an interrupt of the kernel) returns what is finished, with `complete` False.
    Needs pandas and, for the bar, tqdm.
    """
    pandas = library("pandas", "study")
    bar = (
        library("tqdm.auto", "the progress bar of a study (progress=False does without)").tqdm
        if progress
        else None
    )
    steps = study_steps(model, dataset, methods, measures, **settings)
    answers: dict[tuple[int, str], Answer] = {}
    complete = True
    shown = bar(total=steps.total, unit="map", desc="study") if bar else None
    try:
        for answer in steps:
            answers[answer.item, answer.method] = answer
            if shown is not None:
                shown.initial += answer.kept  # so that the pace is that of what is done now
                shown.update()
    except (KeyboardInterrupt, StoppedError):
        if not answers:
            raise
        complete = False
    finally:
        if shown is not None:
            shown.close()
    table = frame(pandas, answers, steps.plan)
    notes = [*steps.notes] if complete else ["stopped: these are the rows that were finished", *steps.notes]
    failed = sum(bool(answer.errors) for answer in answers.values())
    if failed:
        notes.append(f"{failed} of {len(answers)} maps have errors: table[table.error.notna()]")
    table.attrs |= {
        "complete": complete,
        "notes": tuple(notes),
        "folder": steps.folder and os.fspath(steps.folder),
    }
    return table


def study_steps(
    model: nn.Module,
    dataset: Any,
    methods: Any = "lrp",
    measures: Any = ("score", "total"),
    *,
    target: TargetLike = "top",
    folder: Folder | None = None,
    client: Any = None,
    retry: bool = False,
    seed: int = 0,
    labels: Any = None,
    input: Any = None,
    input_range: Bounds | None = None,
    of: int | str | None = None,
    output: OutputLike = None,
) -> Steps:
    """The answers for one (item, method) after the other, each when it is on disk; first those that were there.

    dataset: a batch, a sequence, or an iterable, of inputs as `explain` takes them or of (input, label) pairs.
    methods: names in ``lw.METHODS`` or ``lw.PRESETS``, or "random"; or a mapping of names to these, to keywords of
        ``explain``, or to a function of (x, target) that gives relevance like `x`.
    measures: functions of (model, x, explanation) that give a number or a mapping of names to numbers, and are told
        the item's number where they have a parameter `item` without a default; or the names
        "score", "total", "conservation" (total / score), "sparsity" (Gini index of |R|), "flipping" (`flip`),
        "continuity", "local-lipschitz", "max-sensitivity", "time" (s, of the explanation), and with `region`, one for
        all or a function of the item's number, "object" (`object_context`), "mass-accuracy", "rank-accuracy",
        "pointing-game"; or a mapping of names to these or to their parameters, of which `measure` is the name or
        function: ``{"coarse": {"measure": "flipping", "patch": 7}}``.
    target: as in ``explain``, or "truth", each item's own label.
    folder: where answers are written as they come. The same call again goes on where it was stopped or killed; a call
        that asks something else is refused. retry: do items again that had an error.
    client: of ``dask.distributed``; its workers do the work, this process writes. Workers with one thread each are
        best: those of one process work one at a time.
    seed: random numbers of an item depend on it, on the item's number and on the name of the method (SmoothGrad's
        noise, "random") or of the measure (the neighbours of "continuity": the same for every method), nothing else. So
        order, workers and resuming make no difference; the number of torch's threads may, in the last digits.

    What raises on an item is part of its answer, and the rest goes on. Raises `InputError` or `MethodError` for wrong
    settings, at once rather than at the first step.
    """
    check_model(model)
    given = {"labels": labels, "input": input, "input_range": input_range, "of": of, "output": output}
    plan = Plan(
        eager(model),
        methods_by_name(methods),
        measures_by_name(measures),
        target,
        {name: value for name, value in given.items() if value is not None},
        count("seed", seed, low=0),
    )
    return Steps(plan, Items(dataset), folder, client, retry)


class Steps(Iterator[Answer]):
    """The answers of a study one by one. `total`: how many there will be, None if the dataset does not know.

    `notes` says what a reader should know, once the first answer is there. `close()` stops, and lets go of the folder.
    """

    def __init__(self, plan: Plan, items: Items, folder: Folder | None, client: Any, retry: bool) -> None:
        self.plan, self.folder = plan, folder
        self.total = None if items.length is None else items.length * len(plan.methods)
        self.notes: list[str] = []
        self._items, self._client, self._retry = items, client, retry
        self._steps = self._run()

    def __next__(self) -> Answer:
        return next(self._steps)

    def close(self) -> None:
        """Stop; what was answered is on disk."""
        self._steps.close()

    def _run(self) -> Generator[Answer]:
        """What was kept, then what is new, each written down before it is handed on."""
        header = {} if self.folder is None else _header(self.plan, self._items.length)
        with opened(self.folder, header) as journal:
            self.notes += journal.notes
            kept = {
                key: answer for key, answer in journal.kept.items() if not (self._retry and answer.errors)
            }
            if kept and self._items.indexed:  # what cannot be read alone is compared on the way
                for item in self._items(lambda index: index in (min(kept)[0], max(kept)[0])):
                    self._compare(item, kept)
            yield from kept.values()
            with closing(self._new(self._todo(kept))) as new:
                for answer in new:
                    journal.append(answer)
                    yield answer

    def _todo(self, kept: Mapping[Key, Answer]) -> Iterator[Todo]:
        def missing(index: int) -> tuple[str, ...]:
            return tuple(name for name in self.plan.methods if (index, name) not in kept)

        for item in self._items(lambda index: not self._items.indexed or bool(missing(index))):
            self._compare(item, kept)
            if missing(item.index):
                yield item, missing(item.index)

    def _new(self, todo: Iterator[Todo]) -> Generator[Answer]:
        if self._client is None:
            for item, methods in todo:
                yield from self.plan.answers(item, methods)
            return
        with closing(over_cluster(self._client, self.plan, todo)) as found:
            for answers in found:
                yield from answers

    def _compare(self, item: Item, kept: Mapping[Key, Answer]) -> None:
        """Refuse to mix answers about other data with these."""
        before = {answer.input for name in self.plan.methods if (answer := kept.get((item.index, name)))}
        now = None if item.error else digest(item.x)
        if now is not None and before - {now, None}:
            raise InputError(
                f"item {item.index} of the dataset is not the input that {self.folder} has answers for; give the "
                "same dataset in the same order, or another folder"
            )


def _header(plan: Plan, length: int | None) -> dict[str, Any]:
    """What decides the answers, to be compared when the study is gone on with."""
    from .. import __version__

    around = {"lrpwidgets": __version__, "torch": torch.__version__, "threads": torch.get_num_threads()}
    return {
        "length": length,
        "model": model_print(plan.model),
        "settings": {
            **plan.settings(),
            "input": plain(described(plan.model, plan.given.get("input"), "input")),
        },
        "environment": around,
    }


def study_means(table: Any, confidence: float = 0.95, seed: int = 0) -> Any:
    """Means over the items of a study's table with bootstrap intervals, a row a (method, measure).

    Columns `mean`, `low`, `high`, `samples` (those with a finite value) and `errors`.
    """
    if not {"method", "measure", "value", "error"} <= set(getattr(table, "columns", ())):
        raise InputError(
            "study_means takes the table of a study, with columns method, measure, value and error"
        )
    return means(library("pandas", "study_means"), table, confidence, seed)
