"""How explanations of each kind of input are drawn; a module is imported when something of its kind is drawn.

A picture is pixels with relevance over them (`render/figure.py`), interactive everywhere. Any other kind has a module
with a function `drawing(explanation, view, theme) -> Figure`. What a page can hold better than a picture, such as text,
it may write itself: `body(explanation, view) -> HTML`, with everything escaped.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from lrpwidgets.domains.image import ImageDomain
from lrpwidgets.errors import InputError, unknown

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.render.figure import Drawing

IMAGE = ImageDomain.kind
PLAIN = "plain"  # of what has no domain and is no picture

# kind of domain -> the module that draws it
FIGURES: dict[str, str] = {
    "features": "lrpwidgets.render.features_figure",
    "signal": "lrpwidgets.render.signal_figure",
    "sequence": "lrpwidgets.render.sequence_figure",
    "molecule": "lrpwidgets.render.molecule_figure",
    "text": "lrpwidgets.render.text_figure",
}


def kind(explanation: Explanation) -> str:
    """The kind of its domain; without a domain "image" for shapes of a picture, else "plain", bars in reading order.

    Pictures have the shape `(batch, 1 or 3, height, width)`. `InputError` for a domain that nothing here draws.
    """
    domain, shape = explanation.domain, tuple(explanation.relevance.shape)
    if domain is None:
        return IMAGE if len(shape) == 4 and shape[1] in (1, 3) else PLAIN
    found = getattr(domain, "kind", None)
    if found not in (IMAGE, *FIGURES):
        raise InputError(
            f"no picture for this domain: {unknown('kind of domain', found, (IMAGE, *FIGURES))} "
            "Without a domain any features are shown as bars."
        )
    return str(found)


def drawing(kind: str) -> Drawing:
    """What draws explanations of a kind."""
    found: Drawing = import_module(FIGURES[kind]).drawing
    return found


def body(kind: str) -> Callable[[Explanation, Any], str] | None:
    """What writes the page of explanations of a kind; None where the page shows the picture."""
    if kind not in FIGURES:
        return None
    found: Callable[[Explanation, Any], str] | None = getattr(import_module(FIGURES[kind]), "body", None)
    return found
