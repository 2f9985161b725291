"""Questions asked of explanations and models: plain functions on torch and numpy.

Long ones are generators underneath: they show progress, can be stopped, and keep what they have.
What needs a heavier library imports it inside the function.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

# Public name -> the module that holds it. Modules are not named after the functions in them.
_HOME: dict[str, str] = {
    "Along": "regions",
    "Box": "regions",
    "Labels": "regions",
    "ObjectContext": "pooled",
    "Polygon": "regions",
    "Pooled": "pooled",
    "Span": "regions",
    "mass_accuracy": "localisation",
    "object_context": "pooled",
    "pointing_game": "localisation",
    "pool": "pooled",
    "pool_table": "pooled_set",
    "rank_accuracy": "localisation",
    "superpixels": "superpixel",
    "words": "regions",
    "flip": "flips",
    "flip_steps": "flips",
    "Flips": "flips",
    "Curve": "curve",
    "advise": "advice",
    "grid_around": "probing",
    "mutation_map": "mutating",
    "mutation_steps": "mutating",
    "occlusion": "occluding",
    "occlusion_steps": "occluding",
    "probe_map": "probing",
    "probe_steps": "probing",
    "continuity": "continuity_of_maps",
    "continuity_steps": "continuity_of_maps",
    "local_lipschitz": "continuity_of_maps",
    "max_sensitivity": "continuity_of_maps",
    "Noise": "continuity_of_maps",
    "Moved": "continuity_of_maps",
    "Variation": "continuity_of_maps",
    "trajectory": "paths",
    "Trajectory": "paths",
    "translate": "shifts",
    "shift_grid": "shifts",
    "translation_average": "translations",
    "translation_steps": "translations",
    "Translated": "translations",
    "sliding_window": "windows",
    "sliding_steps": "windows",
    "Windowed": "windows",
    "convolutional_window": "direct",
    "relevant_pattern": "patterns",
    "relevance_mask": "patterns",
}

__all__ = sorted(_HOME)  # noqa: PLE0605 (names are resolved below)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        from ..errors import unknown

        raise AttributeError(f"lrpwidgets.measure: {unknown('name', name, _HOME)}")
    found = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
