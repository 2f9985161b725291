"""What a notebook keeps of the features' view: bars, pies of the groups, the histogram of the chosen feature."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from lrpwidgets.errors import LrpError
from lrpwidgets.render import histogram as bars
from lrpwidgets.render import wording
from lrpwidgets.render.figure import compose, figure
from lrpwidgets.render.page import stacked
from lrpwidgets.render.pies import pies
from lrpwidgets.widgets.feature_charts import HEADS, histogram

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lrpwidgets.widgets.features import FeaturesView


def picture(view: FeaturesView) -> NDArray[np.uint8]:
    """The whole page, uint8 `(height, width, 3)`; no pies where sums mean nothing, no histogram of one."""
    parts = [compose(figure(view.explanation, **view.picture_options()))]
    with suppress(LrpError):
        parts.append(pies(list(zip(HEADS, view.shares(), strict=True))))
    values = view.values()
    if len(values) > 1:
        counts, edges = histogram(values)
        ends = wording.short(float(edges[0])), wording.short(float(edges[-1]))
        title = f"R of {view.feature} in {len(values)} samples"
        parts.append(bars.picture([int(one) for one in counts], ends, title, []))
    return stacked(parts)
