"""The part of a file that brings an explanation back bit for bit: its tensors, targets and ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets import domains
from lrpwidgets.errors import FileFormatError
from lrpwidgets.render.arrays import number, pack, unpack

if TYPE_CHECKING:
    from torch import Tensor

    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.explain.ledger import Ledger
    from lrpwidgets.explain.targets import Target

KEYS = ("input", "relevance", "score", "output", "target", "minus", "domain", "ledger", "code")
FLOATS = ("float16", "bfloat16", "float32", "float64")
INPUTS = (*FLOATS, "uint8", "bool", "int8", "int16", "int32", "int64")
LEDGER_NUMBERS = ("incoming", "outgoing", "bias", "stabilizer", "stopped")
LONGEST_TEXT = 100_000
MOST_ROWS = 100_000


def to_json(explanation: Explanation) -> dict[str, Any]:
    """Every tensor in its own type, on whatever device it was; the ledger if the method has one."""
    minus, domain = explanation.minus, explanation.domain
    filtered = {} if explanation.remainder is None else {"remainder": _tensor_json(explanation.remainder)}
    return filtered | {
        "input": _tensor_json(explanation.input),
        "relevance": _tensor_json(explanation.relevance),
        "score": _tensor_json(explanation.score),
        "output": _tensor_json(explanation.output),
        "target": _targets_json(explanation.target),
        "minus": None if minus is None else _targets_json(minus),
        "domain": None if domain is None else domain.to_json(),
        "ledger": explanation.ledger.to_json() if explanation.has_ledger else None,
        "code": explanation.code,
    }


def from_json(data: object, head: dict[str, Any]) -> Explanation:
    """The explanation in `data`; `head` holds method, rules, settings, notes and labels, already checked."""
    from lrpwidgets.explain.explanation import Explanation

    exact = _object(data, "exact")
    for key in KEYS:
        if key not in exact:
            raise FileFormatError(f"exact has no entry {key!r}.")
    relevance = _tensor(exact["relevance"], "exact.relevance", FLOATS)
    given = _tensor(exact["input"], "exact.input", INPUTS)
    score = _tensor(exact["score"], "exact.score", FLOATS)
    output = _tensor(exact["output"], "exact.output", FLOATS)
    if relevance.dim() < 2 or relevance.numel() == 0:
        raise FileFormatError(f"exact.relevance has shape {tuple(relevance.shape)}; (batch, ...) is needed.")
    batch = len(relevance)
    if given.shape != relevance.shape:
        raise FileFormatError(
            f"exact.input {tuple(given.shape)} and exact.relevance {tuple(relevance.shape)} differ in shape."
        )
    if tuple(score.shape) != (batch,) or output.dim() < 1 or len(output) != batch:
        raise FileFormatError(
            f"exact.score and exact.output must have one entry for each of {batch} samples."
        )
    remainder = None if "remainder" not in exact else _tensor(exact["remainder"], "exact.remainder", FLOATS)
    if remainder is not None and remainder.shape != relevance.shape:
        raise FileFormatError(
            f"exact.remainder {tuple(remainder.shape)} and exact.relevance {tuple(relevance.shape)} differ in shape."
        )
    minus = exact["minus"]
    return Explanation(
        input=given,
        relevance=relevance,
        score=score,
        output=output,
        target=_targets(exact["target"], "exact.target", batch),
        minus=None if minus is None else _targets(minus, "exact.minus", batch),
        domain=None if exact["domain"] is None else domains.from_json(exact["domain"]),
        code=text(exact["code"], "exact.code"),
        remainder=remainder,
        **head,
    ).with_ledger(None if exact["ledger"] is None else _ledger(exact["ledger"]))


def text(value: object, where: str) -> str:
    """Text of bounded length."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise FileFormatError(f"{where} must be text of at most {LONGEST_TEXT} characters.")
    return value


def _tensor_json(tensor: Tensor) -> dict[str, Any]:
    import torch

    tensor = tensor.detach().cpu().contiguous()
    name = str(tensor.dtype).removeprefix("torch.")
    if name not in INPUTS:
        raise FileFormatError(f"tensors of {tensor.dtype} cannot be saved; known: {', '.join(INPUTS)}.")
    if name == "bfloat16":
        tensor = tensor.view(torch.int16)
    return pack(tensor.numpy(), name)


def _tensor(value: object, where: str, dtypes: tuple[str, ...]) -> Tensor:
    import torch

    array, name = unpack(value, where, dtypes)
    # Native byte order and memory of its own: files are little-endian and frombuffer is read-only.
    tensor = torch.from_numpy(np.array(array, dtype=array.dtype.newbyteorder("=")))
    if name == "bfloat16":
        tensor = tensor.view(torch.bfloat16)
        if not torch.isfinite(tensor).all():
            raise FileFormatError(f"{where} holds values that are not finite.")
    return tensor


def _targets_json(targets: tuple[Target, ...]) -> list[dict[str, Any]]:
    return [{"index": target.index, "label": target.label} for target in targets]


def _targets(value: object, where: str, batch: int) -> tuple[Target, ...]:
    from lrpwidgets.explain.targets import Target

    if not isinstance(value, list) or len(value) != batch:
        raise FileFormatError(f"{where} must list one target for each of {batch} samples.")
    targets = []
    for at, entry in enumerate(value):
        target = _object(entry, f"{where}[{at}]")
        index = target.get("index")
        if index is not None and (isinstance(index, bool) or not isinstance(index, int)):
            raise FileFormatError(f"{where}[{at}].index must be a whole number or null.")
        targets.append(Target(index=index, label=text(target.get("label"), f"{where}[{at}].label")))
    return tuple(targets)


def _ledger(value: object) -> Ledger:
    from lrpwidgets.explain.ledger import Ledger

    ledger = _object(value, "exact.ledger")
    rows = ledger.get("rows")
    if not isinstance(rows, list) or len(rows) > MOST_ROWS:
        raise FileFormatError(f"exact.ledger.rows must be a list of at most {MOST_ROWS} rows.")
    for end in ("start", "end"):
        number(ledger.get(end), f"exact.ledger.{end}")
    for at, entry in enumerate(rows):
        where = f"exact.ledger.rows[{at}]"
        row = _object(entry, where)
        for name in ("path", "rule"):
            text(row.get(name), f"{where}.{name}")
        for name in LEDGER_NUMBERS:
            number(row.get(name), f"{where}.{name}")
    return Ledger.from_json(ledger)


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FileFormatError(f"{where} must be an object, not {type(value).__name__}.")
    return value
