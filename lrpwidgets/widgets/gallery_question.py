"""What a gallery can be asked: which inputs are shown and in which order, each trait checked as it is set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import traitlets

from lrpwidgets.errors import InputError, TargetError, unknown
from lrpwidgets.widgets.gallery_table import SORTS, Table
from lrpwidgets.widgets.inputs import Inputs
from lrpwidgets.widgets.traits import Checked
from lrpwidgets.widgets.view import View

FILTERS = ("sort", "descending", "show", "true_class", "predicted_class", "search", "within")


class GalleryQuestion(View):
    """The traits of `GalleryView` that are set rather than found."""

    inputs: Inputs
    table: Table

    index = Checked("_check_index", 0).tag(sync=True)
    """The chosen input, counted from 0."""

    sort = Checked("_check_sort", "margin").tag(sync=True)
    """"given", "margin" (mistakes first), "score", "truth", "predicted", or the name of a measure."""

    descending = traitlets.Bool(False).tag(sync=True)
    """Whether the largest comes first."""

    show = traitlets.Enum(("all", "right", "wrong"), default_value="all").tag(sync=True)
    """Which predictions are shown."""

    true_class = Checked("_check_class", None, allow_none=True).tag(sync=True)
    """Only inputs of this class, an index or a label. None: of all."""

    predicted_class = Checked("_check_class", None, allow_none=True).tag(sync=True)
    """Only inputs that the model takes for this class, an index or a label. None: for any."""

    search = traitlets.Unicode("").tag(sync=True)
    """Only inputs with this text in the label of the true or predicted class, or in a title that was read."""

    within = Checked("_check_within", {}).tag(sync=True)
    """Ranges by column: {"score": (3, None)} shows scores of at least 3."""

    def _check_index(self, value: Any) -> int:
        whole = hasattr(value, "__index__") and not isinstance(value, bool)
        if not whole or not 0 <= int(value) < len(self.inputs):
            raise InputError(f"there is no input {value!r}: there are {len(self.inputs)}, counted from 0.")
        return int(value)

    def _check_sort(self, value: Any) -> str:
        known = tuple(dict.fromkeys((*SORTS, *self.table.columns)))
        if value not in known:
            raise InputError(unknown("order", value, known))
        return str(value)

    def _check_class(self, value: Any) -> int:
        labels = self.table.labels
        if isinstance(value, str):
            if labels is None or value not in labels:
                raise TargetError(unknown("label", value, labels or ()))
            return labels.index(value)
        if isinstance(value, bool) or not hasattr(value, "__index__") or int(value) < 0:
            raise TargetError(f"a class is an index or a label, not {value!r}.")
        return int(value)

    def _check_within(self, value: Any) -> dict[str, list[float | None]]:
        if not isinstance(value, Mapping):
            raise InputError(f"within is {{column: (low, high)}}, not {value!r}.")
        checked: dict[str, list[float | None]] = {}
        for name, ends in value.items():
            if name not in self.table.columns:
                raise InputError(unknown("column", name, tuple(self.table.columns)))
            numbers = (int, float, type(None))
            if len(ends) != 2 or any(isinstance(end, bool) or not isinstance(end, numbers) for end in ends):
                raise InputError(f"within {name!r} is (low, high), numbers or None, not {ends!r}.")
            checked[name] = list(ends)
        return checked
