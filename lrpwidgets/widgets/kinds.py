"""Which view shows explanations of which kind; its module is imported when it is made."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lrpwidgets.render.kinds import IMAGE, kind

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.widgets.view import View

# kind of domain -> module:class
VIEWS: dict[str, str] = {
    IMAGE: "lrpwidgets.widgets.heatmap:HeatmapView",
    "sequence": "lrpwidgets.widgets.sequence:SequenceView",
    "signal": "lrpwidgets.widgets.signal:SignalView",
    "molecule": "lrpwidgets.widgets.molecule:MoleculeView",
    "text": "lrpwidgets.widgets.text:TextView",
    "features": "lrpwidgets.widgets.features:FeaturesView",
}


def view(explanation: Explanation, **options: Any) -> View:
    """A live view of an explanation, of the kind that its domain asks for; `options` are the view's traits.

    Pictures become a `HeatmapView`; see `VIEWS` for the others. Raises `InputError` for an unknown option.
    """
    shown = kind(explanation)
    # What no view shows goes to the heat map, which says why.
    module, _, name = VIEWS.get(shown, VIEWS[IMAGE]).partition(":")
    made: View = getattr(import_module(module), name)(explanation, **options)
    return made
