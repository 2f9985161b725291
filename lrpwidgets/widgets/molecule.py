"""The molecule view: atoms coloured by relevance, turned by hand in the browser, over slices of a probe map."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets

from lrpwidgets.domains.molecule_geometry import bonds, first_sight
from lrpwidgets.errors import InputError, unknown
from lrpwidgets.measure.probing import ProbeMap
from lrpwidgets.render import colormap
from lrpwidgets.render import limit as limits
from lrpwidgets.render.figure import THEMES, Figure, compose
from lrpwidgets.render.files import save
from lrpwidgets.render.kinds import kind
from lrpwidgets.render.molecule_drawing import Slice, disc, paint
from lrpwidgets.render.molecule_figure import remarks, scene
from lrpwidgets.render.sample import caption, check_index
from lrpwidgets.render.view import LIMIT_RULES
from lrpwidgets.render.view import View as Options
from lrpwidgets.render.wording import bar_labels, details, facts, number
from lrpwidgets.widgets.still import still
from lrpwidgets.widgets.traits import Checked
from lrpwidgets.widgets.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.explain.explanation import Explanation

STATIC = Path(__file__).parent / "static"
UPRIGHT = {"rotation": [1.0, 0.0, 0.0, 0.0], "zoom": 1.0}
AXES = ("x", "y", "z")
SHOWN = ("sample", "cursor", "viewport", "limit_rule", "limit", "cmap", "axis", "slice")


class MoleculeView(View, anywidget.AnyWidget):
    """A live molecule: `MoleculeView(explanation, probe=...)`, or `lw.view(explanation)`.

    explanation: of molecules (`input=lw.molecule(...)`); settable. probe: a `ProbeMap` of the molecule that is shown,
    in its coordinates; slices of it are painted under the atoms; settable, None: none. Turning, zoom, read-out and
    slices need no kernel; another molecule of a batch is sent by Python.

    Raises `InputError` for an unknown keyword, a value out of its range, and an explanation of something else.
    """

    _esm = STATIC / "molecule.js"

    explanation = Checked("_check_explanation", None, allow_none=True)
    """The explanation that is shown; None: nothing yet."""

    probe = Checked("_check_probe", None, allow_none=True)
    """The `ProbeMap` (`lw.measure.probe_map`) whose slices are shown; None: none."""

    sample = Checked("_check_sample", 0).tag(sync=True)
    """Which molecule of a batch is shown, counted from 0."""

    cursor = Checked("_check_cursor", None, allow_none=True).tag(sync=True)
    """The chosen atom, counted from 0; None: none."""

    viewport = Checked("_check_viewport", UPRIGHT).tag(sync=True)
    """{"rotation": [w, x, y, z], "zoom"}: a unit quaternion that turns the molecule from where its two main axes lie in
    the screen (tilted where an atom would hide another), and the magnification."""

    limit_rule = Checked("_check_limit_rule", "max").tag(sync=True)
    """How `limit` is chosen: "max" (of |R| of an atom), "99.5%" (that quantile) or "fixed"."""

    limit = Checked("_check_limit", None, allow_none=True).tag(sync=True)
    """The relevance that gets the strongest colour. Setting it makes `limit_rule` "fixed"; None: automatic again."""

    cmap = Checked("_check_cmap", "blue-red").tag(sync=True)
    """Colour map; zero is neutral, red is for and blue against."""

    axis = Checked("_check_axis", "z").tag(sync=True)
    """The axis that slices of the probe map are across: "x", "y" or "z"."""

    slice = Checked("_check_slice", None, allow_none=True).tag(sync=True)
    """Which slice is shown, counted from 0; None: the one nearest to the middle of the atoms."""

    _molecule = traitlets.Dict({}).tag(sync=True)
    _relevance = traitlets.Bytes(b"").tag(sync=True)  # float32 (atom,)
    _caption = traitlets.Dict({}).tag(sync=True)
    _formulas = traitlets.List([]).tag(sync=True)
    _grid = traitlets.Dict({}).tag(sync=True)
    _probe = traitlets.Bytes(b"").tag(sync=True)  # float32 (x, y, z)

    def __init__(self, explanation: Explanation | None = None, **options: Any) -> None:
        self._automatic = False
        late = {name: options.pop(name) for name in SHOWN if name in options}
        self.check_names(options, self.options())
        super().__init__(**{"explanation": explanation, **options})
        if late.get("limit") is not None:
            late.pop("limit_rule", None)
        for name in SHOWN:
            if name in late:
                setattr(self, name, late[name])

    def follow(self, owner: Any) -> None:
        """Show the explanation of `owner`, now and whenever it changes; what is no molecule is left out."""

        def adopt(_change: Any = None) -> None:
            found = owner.explanation
            self.explanation = found if found is not None and kind(found) == "molecule" else None

        owner.observe(adopt, "explanation")
        adopt()

    def save(self, path: str | Path, **options: Any) -> Path:
        """Write what is shown to `path`: .png, .svg, .html or .lrp.json, the molecule as at first sight."""
        return save(self._present(), path, **{**self.picture_options(), **options})

    def image(self, theme: str = "light") -> NDArray[np.uint8]:
        """What is shown, turned as it is, with its words: uint8 (height, width, 3)."""
        explanation, colours = self._present(), THEMES[theme]
        options = Options.of(self.picture_options())
        shown = scene(explanation, self.sample)
        said = [number(self._grid["limit"])] if self._grid else []
        picture = paint(
            shown,
            self.rotation @ first_sight(shown.positions),
            float(self.limit or 0),
            self.cmap,
            background=colours.background,
            ink=colours.ink,
            muted=colours.muted,
            plane=self._plane(),
            plane_limit=float(self._grid.get("limit", 0)),
            cursor=self.cursor,
        )
        words = caption(explanation, self.sample)
        told = [*remarks(explanation, self.sample, shown), *(f"probe: colours to {limit}" for limit in said)]
        return compose(
            Figure(
                picture=picture,
                ramp=colormap.colors(self.cmap),
                labels=bar_labels(float(self.limit or 0), options),
                facts=tuple(facts(words)),
                details=tuple(details(words, self.sample, len(explanation), tuple(told))),
                pixelated=False,
                theme=colours,
            )
        )

    @property
    def rotation(self) -> NDArray[np.float64]:
        """The rotation of `viewport` as a matrix (3, 3)."""
        w, x, y, z = self.viewport["rotation"]
        return np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
                [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
                [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
            ]
        )

    @property
    def code(self) -> str:
        """Python that makes this view, up to the names of the model, its input and the probe map."""
        shown = {
            name: getattr(self, name)
            for name in SHOWN
            if getattr(self, name) != self.traits()[name].default_value
        }
        if self.limit_rule != "fixed":
            shown.pop("limit", None)
        else:
            shown.pop("limit_rule")
        probe = "" if self.probe is None else ", probe=probe"
        view = "".join(f", {name}={value!r}" for name, value in shown.items())
        return f"import lrpwidgets as lw\n\nlw.view({self._present().code}{probe}{view})"

    def picture(self) -> Explanation | None:
        """The explanation that is shown."""
        return self.explanation

    def picture_options(self) -> dict[str, Any]:
        """The view as options of `render`."""
        options: dict[str, Any] = {"sample": self.sample, "cmap": self.cmap}
        return options | (
            {"limit": self.limit} if self.limit_rule == "fixed" else {"limit_rule": self.limit_rule}
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        if self.explanation is None:
            return super()._repr_mimebundle_()
        return still(self, self.image(), repr(self), self.code)

    def __repr__(self) -> str:
        if self.explanation is None:
            return "MoleculeView(nothing yet)"
        return f"MoleculeView({self._molecule['formula']!r}, {self._caption['target']!r}, {self._caption['sums']})"

    def _present(self) -> Explanation:
        if self.explanation is None:
            raise InputError("there is nothing to show yet: set the view's explanation first.")
        return self.explanation

    # -- what may be set ------------------------------------------------------------------------

    def _check_explanation(self, value: Any) -> Any:
        if not all(hasattr(value, name) for name in ("input", "relevance", "score", "domain")):
            raise InputError(
                f"a molecule view shows an explanation (lw.explain(...)), not {type(value).__name__}."
            )
        if kind(value) != "molecule":
            raise InputError(
                f"a molecule view shows molecules; this relevance is {tuple(value.relevance.shape)} without them: "
                "explain with input=lw.molecule(...)."
            )
        for index in range(len(value)):
            scene(value, index)
        return value

    def _check_probe(self, value: Any) -> Any:
        if not isinstance(value, ProbeMap):
            raise InputError(
                f"probe is a map that lw.measure.probe_map(...) made, not {type(value).__name__}."
            )
        if any(len(axis) < 2 or not _even(axis.double().numpy()) for axis in value.axes):
            raise InputError(
                "slices need two or more points in equal steps along each axis of the probe map."
            )
        return value

    def _check_sample(self, value: Any) -> int:
        return (
            int(Options.of({"sample": value}).sample)
            if self.explanation is None
            else check_index(self.explanation, Options.of({"sample": value}).sample)
        )

    def _check_cursor(self, value: Any) -> int:
        count = len(self._molecule.get("symbols", ()))
        if isinstance(value, bool) or not isinstance(value, int) or value < 0 or (count and value >= count):
            raise InputError(f"cursor is an atom, 0 to {max(count - 1, 0)}, or None, not {value!r}.")
        return value

    def _check_viewport(self, value: Any) -> dict[str, Any]:
        try:
            rotation = [float(part) for part in value["rotation"]]
            zoom = float(value["zoom"])
            length = math.hypot(*rotation)
            good = (
                set(value) == {"rotation", "zoom"}
                and len(rotation) == 4
                and length > 0
                and math.isfinite(length)
            )
        except (TypeError, KeyError, ValueError):
            good = False
        if not good or not 0.5 <= zoom <= 8:
            raise InputError(
                "viewport must be {'rotation': [w, x, y, z], 'zoom': 0.5 to 8} with a quaternion that is not 0, "
                f"not {value!r}."
            )
        return {"rotation": [part / length for part in rotation], "zoom": zoom}

    def _check_limit_rule(self, value: Any) -> str:
        if value not in LIMIT_RULES:
            raise InputError(unknown("limit rule", value, LIMIT_RULES))
        return str(value)

    def _check_limit(self, value: Any) -> float:
        return float(Options.of({"limit": value}).limit or 0)

    def _check_cmap(self, value: Any) -> str:
        return str(Options.of({"cmap": value}).cmap)

    def _check_axis(self, value: Any) -> str:
        if value not in AXES:
            raise InputError(unknown("axis", value, AXES))
        return str(value)

    def _check_slice(self, value: Any) -> int:
        count = self._counts()[AXES.index(self.axis)] if self._grid else None
        if isinstance(value, bool) or not isinstance(value, int) or value < 0 or (count and value >= count):
            raise InputError(
                f"slice is a number of a slice, 0 to {(count or 1) - 1}, or None, not {value!r}."
            )
        return value

    # -- what is sent ---------------------------------------------------------------------------

    @traitlets.observe("explanation", "sample")
    def _on_explanation(self, _change: Any) -> None:
        with self.hold_sync():
            if self.explanation is None:
                self._molecule, self._relevance, self._caption, self._formulas = {}, b"", {}, []
                return
            if self.sample >= len(self.explanation):
                self.sample = 0  # and this is called again
                return
            self._send_molecule()
            self._choose_limit()

    def _send_molecule(self) -> None:
        explanation = self._present()
        domain, several = explanation.domain, len(explanation.domain.numbers) > 1
        which = self.sample if several else 0
        shown = scene(explanation, self.sample)
        middle = shown.positions.mean(axis=0)
        self._molecule = {
            "formula": domain.formulas[which],
            "symbols": list(domain.symbols(which)),
            "names": list(domain.names(which)),
            "positions": (shown.positions - middle).tolist(),
            "radii": [disc(each) for each in shown.numbers],
            "bonds": [list(pair) for pair in bonds(shown.numbers, shown.positions)],
            "axes": first_sight(shown.positions).reshape(-1).tolist(),
        }
        if self.cursor is not None and self.cursor >= len(shown.numbers):
            self.cursor = None
        self._relevance = shown.relevance.astype("<f4").tobytes()
        self._formulas = list(domain.formulas if several else domain.formulas * len(explanation))
        words = caption(explanation, self.sample)
        told = ("target", "minus", "score", "total", "sums", "method", "rules", "note")
        self._caption = {name: getattr(words, name) for name in told}
        self._on_probe(None)

    @traitlets.observe("probe")
    def _on_probe(self, _change: Any) -> None:
        """The map, from the middle of the atoms as they are."""
        with self.hold_sync():
            if self.probe is None or self.explanation is None:
                self._grid, self._probe = {}, b""
                return
            axes = [axis.double().cpu().numpy() for axis in self.probe.axes]
            values = self.probe.values.detach().cpu().float().numpy()
            finite = values[np.isfinite(values)]
            middle = scene(self._present(), self.sample).positions.mean(axis=0)
            self._probe = np.ascontiguousarray(values, "<f4").tobytes()
            self._grid = {
                "counts": [len(axis) for axis in axes],
                "origin": [float(axis[0] - at) for axis, at in zip(axes, middle, strict=True)],
                "step": [float(axis[1] - axis[0]) for axis in axes],
                "limit": limits.limit(finite, "99.5%") if finite.size else 0.0,
                "unit": "",
            }
            if self.slice is not None and self.slice >= self._counts()[AXES.index(self.axis)]:
                self.slice = None

    @traitlets.observe("axis")
    def _on_axis(self, _change: Any) -> None:
        if self._grid and self.slice is not None and self.slice >= self._counts()[AXES.index(self.axis)]:
            self.slice = None

    def _counts(self) -> list[int]:
        return [int(count) for count in self._grid["counts"]]

    def _plane(self) -> Slice | None:
        """The slice that is shown, in the molecule's coordinates."""
        if not self._grid:
            return None
        across = AXES.index(self.axis)
        first, second = (axis for axis in range(3) if axis != across)
        counts = self._counts()
        step, origin = np.diag(self._grid["step"]), np.array(self._grid["origin"])
        nearest = round(min(max(-origin[across] / step[across, across], 0), counts[across] - 1))
        index = nearest if self.slice is None else self.slice
        values = np.frombuffer(self._probe, "<f4").reshape(counts).take(index, axis=across).astype(np.float64)
        middle = scene(self._present(), self.sample).positions.mean(axis=0)
        return Slice(values, origin + middle + index * step[across], step[first], step[second])

    @traitlets.observe("limit_rule")
    def _on_limit_rule(self, _change: Any) -> None:
        self._choose_limit()

    @traitlets.observe("limit")
    def _on_limit(self, _change: Any) -> None:
        if self._automatic:
            return
        self.limit_rule = "max" if self.limit is None else "fixed"
        self._choose_limit()

    def _choose_limit(self) -> None:
        if self.limit_rule == "fixed" or self.explanation is None:
            return
        before, self._automatic = self._automatic, True
        try:
            self.limit = limits.limit(scene(self._present(), self.sample).relevance, self.limit_rule)
        finally:
            self._automatic = before


def _even(axis: NDArray[np.float64]) -> bool:
    steps = np.diff(axis)
    return bool((steps > 0).all() and np.allclose(steps, steps[0], rtol=1e-3))
