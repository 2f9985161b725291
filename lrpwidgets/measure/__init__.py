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
    "Curve": "curve",
    "Ellipse": "drawn",
    "Flips": "flips",
    "Labels": "regions",
    "Moved": "continuity_of_maps",
    "Noise": "continuity_of_maps",
    "ObjectContext": "pooled",
    "Polygon": "regions",
    "Pooled": "pooled",
    "Ranked": "selection",
    "Runs": "drawn",
    "Selection": "selection",
    "Span": "regions",
    "Trajectory": "paths",
    "Translated": "translations",
    "Variation": "continuity_of_maps",
    "Windowed": "windows",
    "advise": "advice",
    "continuity": "continuity_of_maps",
    "continuity_steps": "continuity_of_maps",
    "convolutional_window": "direct",
    "flip": "flips",
    "flip_steps": "flips",
    "gini": "sparsity",
    "grid_around": "probing",
    "local_lipschitz": "continuity_of_maps",
    "mass_accuracy": "localisation",
    "max_sensitivity": "continuity_of_maps",
    "motif_occurrences": "motifs",
    "mutation_map": "mutating",
    "mutation_steps": "mutating",
    "object_context": "pooled",
    "occlusion": "occluding",
    "occlusion_steps": "occluding",
    "pointing_game": "localisation",
    "pool": "pooled",
    "pool_table": "pooled_set",
    "probe_map": "probing",
    "probe_steps": "probing",
    "rank_accuracy": "localisation",
    "relevance_mask": "patterns",
    "relevant_pattern": "patterns",
    "select_rules": "selecting",
    "selection_steps": "selecting",
    "shift_grid": "shifts",
    "sliding_steps": "windows",
    "sliding_window": "windows",
    "study": "studies",
    "study_means": "studies",
    "study_steps": "studies",
    "superpixels": "superpixel",
    "trajectory": "paths",
    "translate": "shifts",
    "translation_average": "translations",
    "translation_steps": "translations",
    "word_map": "wordmap",
    "words": "regions",
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
