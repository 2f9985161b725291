"""The region view: object against context, drawn on the picture, with shares that move under the mouse."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import traitlets

from lrpwidgets.errors import InputError, LrpError
from lrpwidgets.measure.pooled import Pooled, pool, summed
from lrpwidgets.measure.superpixel import superpixels
from lrpwidgets.render.figure import compose
from lrpwidgets.render.files import load_regions, save_figure
from lrpwidgets.render.files import save as save_alone
from lrpwidgets.render.limit import SUM
from lrpwidgets.widgets import region_output, shapes
from lrpwidgets.widgets.heatmap import STATIC, HeatmapView
from lrpwidgets.widgets.shapes import CONTEXT, Described
from lrpwidgets.widgets.still import still
from lrpwidgets.widgets.traits import Checked
from lrpwidgets.widgets.view import View
from lrpwidgets.widgets.worker import Worker, traits_lock

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.render.sample import Sample

TOOLS = ("pan", "rectangle", "ellipse", "polygon", "lasso", "brush", "eraser", "superpixel")
LONGEST = 1024  # pixels a side of the picture in a saved notebook


class RegionView(HeatmapView):
    """How much of the decision lies in the object, and how much around it.

    ``RegionView(explanation, {"object": lw.measure.Box(20, 30, 180, 200)})``: regions as `lw.measure.pool` takes them;
    of a list with one region a sample, the one of the sample that is shown. Further ones are drawn in the browser,
    where their shares follow the mouse; they are the numbers of `lw.measure.pool`. What no region covers is the
    context. All options of `HeatmapView` are options here too; with a `channel`, shares are those of its relevance.

    Raises `InputError` for regions that do not fit the picture, and as `HeatmapView` does.
    """

    _esm = STATIC / "regions.js"

    regions = Checked("_check_regions", []).tag(sync=True)
    """What was drawn, in order: [{"name", "colour", "shape"}], shapes in source pixels (rows from the top, columns
    from the left, ends exclusive). Set it to anything that `lw.measure.pool` takes."""

    region = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    """Name of the region that brush, eraser and superpixels change; None: the next stroke begins a new one."""

    tool = traitlets.Enum(TOOLS, default_value="rectangle").tag(sync=True)
    """What a drag does: "pan", "rectangle", "ellipse", "polygon", "lasso", "brush", "eraser" or "superpixel"."""

    brush = traitlets.Float(0.0).tag(sync=True)
    """Radius of brush and eraser in source pixels; 0: a thirtieth of the picture's longer side."""

    pieces = traitlets.Int(100).tag(sync=True)
    """About how many superpixels the picture is cut into (SLIC), when first asked for."""

    _pieces = traitlets.Bytes(b"").tag(sync=True)  # int32 (height, width): the superpixel of each pixel
    _refusal = traitlets.Unicode("").tag(sync=True)  # why sums over regions would mean nothing

    def __init__(
        self,
        explanation: Explanation | None = None,
        regions: Any = None,
        *,
        colours: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        self._cutter = Worker("lrpwidgets-superpixels")
        self._cut: tuple[int, int, int] | None = None  # explanation, sample and pieces that `_pieces` are of
        self._plane: tuple[int, ...] = ()
        self._drawn: dict[int, list[Described]] = {}  # by sample, those that are not shown
        self._given: Any = None
        self._made = False  # while it is made, sample and regions are not those of a view that was looked at
        self._colours = colours  # of what was given here
        chosen = {name: options.pop(name) for name in ("region",) if name in options}
        super().__init__(explanation, **options)
        self._given, self._made = regions, True
        try:
            self.regions = regions
            self.region = chosen.get("region")
        except BaseException:
            self.close()
            raise

    @property
    def shares(self) -> dict[str, dict[str, float]]:
        """What every region and the context account for, by name, in the sample and channel that are shown.

        Each is {"net", "positive", "negative"} in units of the score, its "share" of the total, and its "size", which
        counts pixels times channels.

        Raises `MethodError` where sums over the map mean nothing.
        """
        pooled = self.pooled()
        columns = {
            name: getattr(pooled, name)[0].tolist()
            for name in ("net", "positive", "negative", "share", "size")
        }
        found = {
            CONTEXT if name == "rest" else name: {key: column[at] for key, column in columns.items()}
            for at, name in enumerate(pooled.names)
        }
        nothing = {"net": 0.0, "positive": 0.0, "negative": 0.0, "share": 0.0, "size": 0}
        return {**found, CONTEXT: found.get(CONTEXT, nothing)}

    def pooled(self) -> Pooled:
        """`lw.measure.pool` of what is shown; what no region covers is called "rest"."""
        one = self._present()[self.sample]
        if self.channel != SUM:
            at = self.channel_index
            one = replace(one, relevance=one.relevance[:, at : at + 1])
        regions = {region["name"]: shapes.read(region["shape"]) for region in self.regions}
        return pool(one, regions or {"rest": torch.ones(one.relevance.shape[-2:], dtype=torch.bool)})

    @property
    def channel_index(self) -> int:
        """Where the channel that is shown stands among the input's."""
        return self._channel_names.index(self.channel)

    @property
    def code(self) -> str:
        """Python that pools over the regions and makes this view."""
        return region_output.code(self, self._present())

    @staticmethod
    def _on_screen(sample: Sample) -> Sample:
        """All of it: shares under the mouse are those of the input's own pixels."""
        return sample

    def changed_options(self) -> dict[str, Any]:
        """The options that differ from their defaults, the regions apart."""
        own = {name: getattr(self, name) for name in ("region", "tool", "brush", "pieces")}
        traits = self.class_traits()
        changed = {name: value for name, value in own.items() if value != traits[name].default_value}
        return {**super().changed_options(), **changed}

    def save(self, path: str | Path, **options: Any) -> Path:
        """Write what is shown to `path`: .png and .svg with the regions and their shares, .html as a page to draw on.

        .lrp.json holds the explanation and the regions of the sample that is shown, which `lw.regions(path)` opens
        again; `lw.load` reads the explanation alone. For another ending see `HeatmapView.save`.
        """
        asked = {**self.picture_options(), **options}
        if Path(path).suffix.lower() not in (".png", ".svg"):
            one = self._present() if len(self._present()) == 1 else self._present()[self.sample]
            return save_alone(one, path, regions=self.regions, **{**asked, "sample": 0})
        scale = {"scale": 1} if Path(path).suffix.lower() == ".svg" else {}
        return save_figure(region_output.outlined(self, self._present(), **scale, **asked), path)

    def follow(self, owner: View) -> None:
        """Become a part of `owner`: its status is shown here, and its explanation, if it has one."""
        super().follow(owner)
        if owner.has_trait("explanation"):
            traitlets.dlink((owner, "explanation"), (self, "explanation"))

    def stop(self) -> None:
        """Stop the work that is going on; what is on the screen stays."""
        self._cutter.stop()
        super().stop()

    def wait(self, timeout: float = 60.0) -> None:
        """Wait until superpixels, and whatever else was asked for, are there."""
        if not self._cutter.wait(timeout):
            raise TimeoutError(f"superpixels were not ready after {timeout:g} seconds.")
        super().wait(timeout)

    def close(self) -> None:
        """Take the view off the screen and end its threads."""
        self._cutter.close()
        super().close()

    # -- what changes -----------------------------------------------------------------------------

    def _check_regions(self, value: Any) -> list[Described]:
        if value is None or (isinstance(value, (list, Mapping)) and len(value) == 0):
            return []
        if self.explanation is None:
            raise InputError("regions lie on a picture: set the view's explanation first.")
        shape = tuple(self.explanation.relevance.shape)
        if isinstance(value, list) and all(isinstance(one, Mapping) for one in value):
            return shapes.check(value, (shape[-2], shape[-1]))
        return shapes.describe(value, shape, self.sample, self._colours if value is self._given else None)

    @traitlets.observe("explanation")
    def _on_other_explanation(self, _change: Any) -> None:
        plane = () if self.explanation is None else tuple(self.explanation.relevance.shape[2:])
        with self.hold_sync():
            self._drawn, self._given = {}, None
            if plane != self._plane:
                if self._plane:
                    self.regions, self.region = [], None
                self._plane = plane
            self._refusal = "" if self.explanation is None else _refusal(self.explanation)

    @traitlets.observe("sample")
    def _on_other_sample(self, change: Any) -> None:
        """Regions of another sample are its own; those that were given for all come with each."""
        if not self._made:
            return
        self._drawn[change["old"]] = self.regions
        with self.hold_sync():
            if change["new"] in self._drawn:
                self.regions = self._drawn.pop(change["new"])
            elif self._given is not None:
                self.regions = self._given
            if self.region not in {region["name"] for region in self.regions}:
                self.region = None

    @traitlets.observe("tool", "pieces", "explanation", "sample")
    def _on_cut(self, _change: Any) -> None:
        """Superpixels are computed when the tool is first taken up, and once for each picture."""
        explanation = self.explanation
        cut = None if explanation is None else (id(explanation), self.sample, self.pieces)
        if cut != self._cut:
            self._pieces, self._cut = b"", None
        if explanation is None or cut is None or self.tool != "superpixel" or self._cut == cut:
            return
        self._cut = cut
        one, height, width = explanation[self.sample], *explanation.relevance.shape[-2:]
        count = max(1, min(self.pieces, height * width))
        with traits_lock():
            self._failure = None
            self.set_trait("status", "busy")
            self._cutter.submit(
                lambda _: np.ascontiguousarray(superpixels(one, count).map[0, 0], "<i4").tobytes(),
                lambda labels: self._finish(lambda found: self.set_trait("_pieces", found), labels),
                self._on_uncut,
            )

    def _on_uncut(self, error: Exception) -> None:
        self._cut = None
        self.complain(error)

    # -- pictures ---------------------------------------------------------------------------------

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The live view, and for readers with no kernel its picture with regions and shares."""
        if self.explanation is None:
            return still(self, None, repr(self), "")
        picture = compose(
            region_output.outlined(self, self._present(), longest=LONGEST, **self.picture_options())
        )
        return still(self, picture, repr(self), self.code)

    def __repr__(self) -> str:
        if self.explanation is None:
            return "RegionView(nothing yet)"
        try:
            shares = "; ".join(region_output.sentence(name, share) for name, share in self.shares.items())
            return f"RegionView({shares})"
        except LrpError:
            return f"RegionView({', '.join(region['name'] for region in self.regions)})"


def _refusal(explanation: Explanation) -> str:
    try:
        summed(explanation)
    except LrpError as error:
        return str(error)
    return ""


def regions(
    explanation: Explanation | str | os.PathLike[str],
    regions: Any = None,
    *,
    colours: Mapping[str, str] | None = None,
    **options: Any,
) -> RegionView:
    """Object against context, live: draw regions on an explanation and see what they account for.

    ``lw.regions(ex, {"object": lw.measure.Box(20, 30, 180, 200)})``. explanation: or the path of a .lrp.json file, with
    the regions that were saved in it. regions: as `lw.measure.pool` takes them, or none
    yet. colours: "#rrggbb" by region. options: the traits of `RegionView`.
    """
    if isinstance(explanation, (str, os.PathLike)):
        explanation, saved = load_regions(explanation)
        regions = saved if regions is None else regions
    return RegionView(explanation, regions, colours=colours, **options)
