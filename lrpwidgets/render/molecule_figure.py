"""The still picture of a molecule: its atoms about in the plane of its two main axes, coloured by their relevance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.domains.molecule_geometry import first_sight
from lrpwidgets.errors import InputError
from lrpwidgets.render import colormap, sample, wording
from lrpwidgets.render import limit as limits
from lrpwidgets.render.figure import Figure, Theme
from lrpwidgets.render.molecule_drawing import Scene, paint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.domains.molecule import MoleculeDomain
    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.render.view import View

TOLD = 6  # atoms whose relevance is written below the picture


def atoms(explanation: Explanation, index: int) -> NDArray[np.float32]:
    """The relevance of each atom of molecule `index` (atom,): summed over its features in float64.

    `InputError` where relevance is not of atoms, or padding has some that is not 0.
    """
    values = explanation.relevance[index].detach().cpu().double()
    domain: MoleculeDomain = explanation.domain
    count = len(domain.numbers[_molecule(domain, index)])
    if values.dim() not in (1, 2) or len(values) < count:
        raise InputError(
            f"relevance {tuple(values.shape)} is not (atom, feature) of {count} atoms: only relevance of the input "
            "itself is shown on a molecule."
        )
    each = values if values.dim() == 1 else values.sum(1)
    return sample.float32(each[:count])


def scene(explanation: Explanation, index: int) -> Scene:
    """What is drawn of one molecule."""
    domain: MoleculeDomain = explanation.domain
    which = _molecule(domain, index)
    return Scene(domain.numbers[which], domain.array(which), atoms(explanation, index), domain.symbols(which))


def drawing(explanation: Explanation, view: View, theme: Theme) -> Figure:
    """The figure of one molecule; `view`: sample, cmap, limit and limit_rule."""
    index = sample.check_index(explanation, view.sample)
    shown = scene(explanation, index)
    limit = limits.limit(shown.relevance, str(view.limit_rule), view.limit)
    picture = paint(
        shown,
        first_sight(shown.positions),
        0.0 if view.layout == "input" else limit,
        view.cmap,
        background=theme.background,
        ink=theme.ink,
        muted=theme.muted,
    )
    caption = sample.caption(explanation, index)
    count = int(explanation.relevance.shape[0])
    return Figure(
        picture=picture,
        ramp=None if view.layout == "input" else colormap.colors(view.cmap),
        labels=wording.bar_labels(limit, view),
        facts=tuple(wording.facts(caption)),
        details=tuple(wording.details(caption, index, count, tuple(remarks(explanation, index, shown)))),
        pixelated=False,
        theme=theme,
    )


def remarks(explanation: Explanation, index: int, shown: Scene) -> list[str]:
    """The formula, and the atoms with the most relevance by name."""
    domain: MoleculeDomain = explanation.domain
    which = _molecule(domain, index)
    names = domain.names(which)
    order = np.argsort(-np.abs(shown.relevance), kind="stable")[:TOLD]
    rest = "" if len(names) <= TOLD else f", of {len(names)} atoms"
    return [domain.formulas[which], ", ".join(f"{names[i]} {shown.relevance[i]:+.4g}" for i in order) + rest]


def _molecule(domain: MoleculeDomain, index: int) -> int:
    """Which molecule of the domain sample `index` is; a single one is that of every sample."""
    return index if len(domain.numbers) > 1 else 0
