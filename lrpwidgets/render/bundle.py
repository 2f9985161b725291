"""What a notebook keeps of an explanation: our own type, a picture for everybody else, and a line of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrpwidgets.errors import InputError
from lrpwidgets.render import kept
from lrpwidgets.render.figure import compose, figure
from lrpwidgets.render.kinds import IMAGE, kind
from lrpwidgets.render.payload import MIME, payload

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation

LONGEST = 1024  # pixels a side beyond which a notebook's picture is reduced


def mimebundle(explanation: Explanation, **options: Any) -> dict[str, Any]:
    """MIME type -> data, for Jupyter's display; `options` are those of `View`.

    An explanation that has no picture is shown as its text and the reason.
    """
    words = repr(explanation)
    try:
        shown = kind(explanation)
    except InputError as error:
        return {"text/plain": f"{words}\n{error}"}
    still = kept.as_base64(compose(figure(explanation, longest=LONGEST, **options)))
    bundle: dict[str, Any] = {"text/plain": words, "image/png": still}
    if shown == IMAGE:
        bundle[MIME] = payload(explanation, **options) | {
            "code": f"import lrpwidgets as lw\n\n{explanation.code}"
        }
    return bundle
