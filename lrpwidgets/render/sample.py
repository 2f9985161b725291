"""One sample of an explanation as plain arrays: what every picture, page and payload is made from."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.domains.image import infer
from lrpwidgets.errors import InputError
from lrpwidgets.render.kinds import IMAGE, kind
from lrpwidgets.render.wording import passage, sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.explain.explanation import Explanation

FEATURES_IN_ONE_ROW = 64


@dataclass(frozen=True)
class Caption:
    """What was asked, and the numbers that should add up: score f and the sum of R."""

    target: str
    minus: str | None
    score: float
    total: float
    method: str
    rules: str | None
    note: str | None
    sums: str

    @property
    def asked(self) -> str:
        """The target, and what was subtracted from it."""
        return self.target if self.minus is None else f"{self.target} - {self.minus}"

    @property
    def recipe(self) -> str:
        """Method and preset."""
        return self.method if self.rules is None else f"{self.method}, {self.rules}"


@dataclass(frozen=True)
class Sample:
    """A photo and the relevance of its pixels.

    picture: uint8 `(height, width, 3)`; relevance: float32 `(channel, height, width)`, finite.
    """

    picture: NDArray[np.uint8]
    relevance: NDArray[np.float32]
    channel_names: tuple[str, ...]
    unit: str
    pixelated: bool
    caption: Caption


def check_index(explanation: Explanation, index: int) -> int:
    """`index` of a sample, counted from the end if negative; `InputError` if there is none."""
    count = int(explanation.relevance.shape[0])
    if not -count <= index < count:
        raise InputError(f"there is no sample {index}: the explanation has {count}, counted from 0.")
    return index % count


def image_domain(explanation: Explanation) -> Any:
    """The explanation's own domain, or a guess from its input that says so in its `note`."""
    return infer(explanation.input) if explanation.domain is None else explanation.domain


def display(explanation: Explanation) -> Explanation:
    """The explanation with pictures for input: its own, or its features laid out in reading order.

    `(batch, ...)` becomes `(batch, 1, rows, columns)`, filled up with zeros; the domain's `note` says so.
    """
    if kind(explanation) == IMAGE:
        return replace(explanation, domain=image_domain(explanation))
    count = int(explanation.relevance[0].numel())
    columns = count if count <= FEATURES_IN_ONE_ROW else math.ceil(math.sqrt(count))
    rows = -(-count // columns)

    def grid(tensor: Any) -> Any:
        filled = tensor.new_zeros((len(tensor), rows * columns))
        filled[:, :count] = tensor.flatten(1)
        return filled.reshape(len(tensor), 1, rows, columns)

    laid_out = grid(explanation.input.detach())
    note = f"{count} features in reading order, {columns} a row"
    domain = replace(infer(laid_out), note=note)
    return replace(explanation, input=laid_out, relevance=grid(explanation.relevance.detach()), domain=domain)


def image_sample(explanation: Explanation, index: int) -> Sample:
    """Sample `index` of an explanation of pictures."""
    index = check_index(explanation, index)
    domain = image_domain(explanation)
    picture = domain.decode(explanation.input[index : index + 1])[0]
    relevance = float32(explanation.relevance[index])
    if relevance.ndim != 3 or relevance.shape[1:] != picture.shape[:2]:
        raise InputError(
            f"relevance {relevance.shape} and picture {picture.shape[:2]} differ in size: only relevance of "
            "the input itself is shown on it."
        )
    return Sample(
        picture=picture,
        relevance=relevance,
        channel_names=tuple(domain.channel_names),
        unit=str(getattr(domain, "unit", "0..255")),
        pixelated=domain.display_pixelated(*picture.shape[:2]),
        caption=caption(explanation, index, note=getattr(domain, "note", None)),
    )


def caption(explanation: Explanation, index: int, *, note: str | None = None) -> Caption:
    """Words and numbers of sample `index`."""
    minus = None if explanation.minus is None else explanation.minus[index]
    return Caption(
        target=explanation.target[index].label,
        minus=None if minus is None else minus.label,
        score=float(explanation.score[index]),
        total=float(explanation.total[index]),
        method=explanation.method,
        rules=explanation.rules,
        note=". ".join(filter(None, (passage(explanation.settings), note, *explanation.notes))) or None,
        sums=sums(explanation, index),
    )


def float32(tensor: Any) -> NDArray[np.float32]:
    """A float32 array of a tensor, finite or `InputError`. The browser gets the same float32 numbers."""
    array = np.ascontiguousarray(tensor.detach().cpu().float().numpy())
    if array.size == 0:
        raise InputError(f"relevance of shape {array.shape} holds nothing to show.")
    if not np.isfinite(array).all():
        bad = ~np.isfinite(array)
        first = tuple(int(place) for place in np.argwhere(bad)[0])
        raise InputError(
            f"the relevance of shape {array.shape} holds {int(bad.sum())} values that are NaN or infinite (not finite "
            f"in float32), the first at {first}: there is no map to draw. Explain by another method or rules, or in "
            "float64."
        )
    return np.asarray(array, dtype=np.float32)
