"""Which parts of the input made the decision? Explanations of PyTorch models, live in the notebook.

Four nouns: a **trace** is one recorded forward pass; a **rule** is how relevance passes backwards through
one layer, one class an equation; a **preset** says which rule goes where; an **explanation** is the
frozen record of what came out.

    explain/   pure torch: model + input -> numbers (trace, rules, presets, methods, explanation)
    domains/   what an input is: geometry, units, preprocessing and its inverse
    render/    pure numpy: colours, PNG, SVG, HTML, files
    widgets/   the notebook: one file a view
    zoo/       small real models and data that ship in the wheel

Everything here is imported when first used: ``import lrpwidgets`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Public name -> where it lives ("module" alone: the module itself).
_HOME = {
    "explain": "explain.api:explain",
    "trace": "explain.api:trace",
    "Trace": "explain.trace:Trace",
    "Explanation": "explain.explanation:Explanation",
    "METHODS": "explain.methods:METHODS",
    "PRESETS": "explain.presets:PRESETS",
    "Preset": "explain.presets:Preset",
    "preset": "explain.presets:preset",
    "unit": "explain.targets:unit",
    "Prototype": "explain.prototypes:Prototype",
    "experts": "explain.experts",
    "prototype": "explain.prototypes:prototype",
    "prototype_steps": "explain.prototypes:prototype_steps",
    "prototype_sweep": "explain.prototype_sweeps:prototype_sweep",
    "handles": "explain.lrp:handles",
    "Zero": "explain.rules:Zero",
    "Epsilon": "explain.rules:Epsilon",
    "Gamma": "explain.rules:Gamma",
    "Gradient": "explain.rules:Gradient",
    "Pass": "explain.rules:Pass",
    "Signal": "explain.rules:Signal",
    "ZPlus": "explain.rules:ZPlus",
    "AlphaBeta": "explain.rules:AlphaBeta",
    "ZBox": "explain.rules:ZBox",
    "WSquare": "explain.rules:WSquare",
    "Flat": "explain.rules:Flat",
    "features": "domains.features:features",
    "image": "domains.image:image",
    "signal": "domains.signal:signal",
    "sequence": "domains.sequence:sequence",
    "molecule": "domains.molecule:molecule",
    "text": "domains.text:text",
    "load": "render.files:load",
    "measure": "measure",
    "zoo": "zoo",
    "view": "widgets.kinds:view",
    "rules": "widgets.rules:rules",
    "explore": "widgets.explore:explore",
    "flipping": "widgets.flipping:flipping",
    "filters": "widgets.filters:filters",
    "FilterView": "widgets.filters:FilterView",
    "compare": "widgets.compare:compare",
    "CompareView": "widgets.compare:CompareView",
    "HeatmapView": "widgets.heatmap:HeatmapView",
    "SequenceView": "widgets.sequence:SequenceView",
    "SignalView": "widgets.signal:SignalView",
    "HeadMapView": "widgets.head_map:HeadMapView",
    "FeaturesView": "widgets.features:FeaturesView",
    "TextView": "widgets.text:TextView",
    "FlipView": "widgets.flipping:FlipView",
    "regions": "widgets.regions:regions",
    "RegionView": "widgets.regions:RegionView",
    "region_set": "widgets.region_set:region_set",
    "RegionSetView": "widgets.region_set:RegionSetView",
    "RuleView": "widgets.rules:RuleView",
    "gallery": "widgets.gallery:gallery",
    "GalleryView": "widgets.gallery:GalleryView",
    "prototypes": "widgets.prototypes:prototypes",
    "PrototypeView": "widgets.prototypes:PrototypeView",
    "plane": "widgets.plane:plane",
    "PlaneView": "widgets.plane:PlaneView",
    "graph": "widgets.graph:graph",
    "GraphView": "widgets.graph:GraphView",
    "MoleculeView": "widgets.molecule:MoleculeView",
}

__all__ = sorted([*_HOME, "__version__"])  # noqa: PLE0605 (names are resolved below)

if TYPE_CHECKING:
    from . import zoo as zoo
    from .domains.features import features as features
    from .domains.image import image as image
    from .domains.molecule import molecule as molecule
    from .domains.sequence import sequence as sequence
    from .domains.signal import signal as signal
    from .domains.text import text as text
    from .explain.api import explain as explain
    from .explain.api import trace as trace


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        from .errors import unknown

        raise AttributeError(f"lrpwidgets: {unknown('name', name, _HOME)}")
    module, _, attribute = _HOME[name].partition(":")
    home = import_module(f"{__name__}.{module}")
    found = getattr(home, attribute) if attribute else home
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
