"""What a notebook keeps of a view that is more than one explanation: its picture, its words, and where it was live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.render import kept
from lrpwidgets.widgets.view import WIDGET_TYPE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.widgets.view import View

VIEW_MIME = "application/vnd.lrpwidgets.view+json"


def still(view: View, picture: NDArray[np.uint8] | None, text: str, code: str) -> dict[str, Any]:
    """MIME type -> data: live with a kernel, as `picture` (height, width, 3) without one."""
    bundle: dict[str, Any] = {
        "text/plain": text,
        WIDGET_TYPE: {"version_major": 2, "version_minor": 0, "model_id": view.model_id},
        VIEW_MIME: {"widget": {"model_id": view.model_id}, "code": code},
    }
    if picture is not None:
        bundle["image/png"] = kept.as_base64(picture)
    return bundle
