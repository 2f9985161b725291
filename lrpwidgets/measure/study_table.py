"""The answers of a study as a table, and what they are on average."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .curve import average
from .study_plan import Answer, Plan

COLUMNS = ("item", "truth", "target", "method", "measure", "value", "error")


def frame(pandas: Any, answers: Mapping[tuple[int, str], Answer], plan: Plan) -> Any:
    """One row an (item, method, measure), in the order of the dataset and of the plan."""
    place = {name: at for at, name in enumerate(plan.methods)}
    rows = []
    for answer in sorted(answers.values(), key=lambda answer: (answer.item, place[answer.method])):
        head = (answer.item, answer.truth, answer.target, answer.method)
        lost = answer.errors.get("")
        for measure in plan.measures:
            if lost is not None or measure in answer.errors:
                rows.append((*head, measure, float("nan"), answer.errors.get(measure, lost)))
                continue
            for name, value in answer.values.items():
                if name == measure or name.startswith(f"{measure}."):
                    rows.append((*head, name, value, None))
    table = pandas.DataFrame(rows, columns=COLUMNS)
    return table.astype({"item": "int64", "value": "float64"})


def means(pandas: Any, table: Any, confidence: float, seed: int) -> Any:
    """Mean, interval, how many items count, and how many had an error."""
    rows = {}
    for key, part in table.groupby(["method", "measure"], sort=False):
        values = part["value"].to_numpy(dtype=np.float64, copy=True)
        values[~np.isfinite(values)] = np.nan
        rows[key] = (
            *average(values, confidence, seed),
            int(np.isfinite(values).sum()),
            int(part["error"].notna().sum()),
        )
    index = pandas.MultiIndex.from_tuples(list(rows), names=["method", "measure"])
    return pandas.DataFrame(
        list(rows.values()), index=index, columns=["mean", "low", "high", "samples", "errors"]
    )
