"""What leaves a region view: the Python that makes it again, and its picture with outlines and shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrpwidgets.errors import LrpError
from lrpwidgets.render.figure import figure
from lrpwidgets.render.limit import SUM
from lrpwidgets.render.outlines import Region, with_regions
from lrpwidgets.render.wording import number
from lrpwidgets.widgets import shapes

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.render.figure import Figure
    from lrpwidgets.widgets.regions import RegionView


def code(view: RegionView, explanation: Explanation) -> str:
    """Python that pools over the regions of a view and makes the view."""
    lines = ["import lrpwidgets as lw", "", f"explanation = {explanation.code}"]
    drawn = [f"    {region['name']!r}: {shapes.code(region['shape'])}," for region in view.regions]
    lines += ["regions = {", *drawn, "}"] if drawn else ["regions = {}"]
    one = "explanation" if len(explanation) == 1 else f"explanation[{view.sample}]"
    if view.channel != SUM:
        at = view.channel_index
        lines.insert(0, "import dataclasses\n")
        one = f"dataclasses.replace({one}, relevance={one}.relevance[:, {at} : {at + 1}])"
    if drawn:
        lines.append(f"pooled = lw.measure.pool({one}, regions)")
    colours = {
        region["name"]: region["colour"]
        for at, region in enumerate(view.regions)
        if region["colour"] != shapes.PALETTE[at % len(shapes.PALETTE)]
    }
    options = {**({"colours": colours} if colours else {}), **view.changed_options()}
    keywords = "".join(f", {name}={value!r}" for name, value in options.items())
    return "\n".join([*lines, f"lw.regions(explanation, regions{keywords})"])


def outlined(view: RegionView, explanation: Explanation, **options: Any) -> Figure:
    """The figure of what a view shows, with its regions on it and their shares below; options of `figure`."""
    plane = explanation.relevance.shape[-2:]
    drawn = []
    for region in view.regions:
        inside = shapes.read(region["shape"]).mask((1, 1, *plane)).reshape(plane)
        drawn.append(Region(region["name"], region["colour"], inside.numpy()))
    try:
        words = [sentence(name, share) for name, share in view.shares.items()] if drawn else []
    except LrpError as error:
        words = [str(error)]
    return with_regions(figure(explanation, **options), drawn, words)


def sentence(name: str, share: dict[str, float]) -> str:
    """A region's net relevance and its share of the total."""
    part = "" if share["share"] != share["share"] else f" ({100 * share['share']:.1f} %)"
    return f"{name} {number(share['net'])}{part}"
