"""What travels with a model of the zoo: how its input is made, what its outputs mean, where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrpwidgets.errors import ModelError

if TYPE_CHECKING:
    from lrpwidgets.domains.domain import Domain


@dataclass(frozen=True, repr=False)
class ModelCard:
    """The facts that `lw.explain` and a careful reader need about a model.

    Every model of the zoo carries one as `model.lrpwidgets_card`. Put one on a model of your own, and its
    preprocessing and labels are known everywhere as well.

    Attributes:
        name: what the model is called.
        input: the domain that turns what people have into model input and back (see `lw.image`).
        labels: one name per output of the model, in order, all different, so that a name is a target.
        licence: of the weights.
        source: where the weights, or the data they were trained on, come from.
        accuracy: what was measured, on what.
        made_by: the recipe that made the weights file.
    """

    name: str
    input: Domain
    labels: tuple[str, ...]
    licence: str
    source: str
    accuracy: str
    made_by: str

    def __post_init__(self) -> None:
        repeated = sorted({label for label in self.labels if self.labels.count(label) > 1})
        if repeated:
            raise ModelError(
                f"the labels of {self.name!r} must differ, or they could not be targets; "
                f"these come twice: {', '.join(repr(label) for label in repeated[:5])}."
            )

    def __repr__(self) -> str:
        few = ", ".join(repr(label) for label in self.labels[:3])
        more = ", ..." if len(self.labels) > 3 else ""
        return (
            f"ModelCard({self.name!r}\n"
            f"  input     {self.input!r}\n"
            f"  labels    {len(self.labels)}: {few}{more}\n"
            f"  accuracy  {self.accuracy}\n"
            f"  source    {self.source}\n"
            f"  licence   {self.licence}\n"
            f"  made by   {self.made_by})"
        )
