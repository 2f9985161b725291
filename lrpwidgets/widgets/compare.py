"""The comparison: methods x targets x inputs in one grid, on one scale, with one cursor."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from lrpwidgets.errors import InputError, ModelError, unknown
from lrpwidgets.render import png
from lrpwidgets.render.files import replace_file
from lrpwidgets.widgets import compare_code
from lrpwidgets.widgets.compare_cells import CompareCells
from lrpwidgets.widgets.compare_grid import Grid, asked, known, usual_scale
from lrpwidgets.widgets.compare_image import Look, Scales, picture, region_sum
from lrpwidgets.widgets.heatmap import DRAWN, STATIC
from lrpwidgets.widgets.inputs import Inputs
from lrpwidgets.widgets.still import still
from lrpwidgets.widgets.traces import Traces
from lrpwidgets.widgets.worker import Token

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import nn

    from lrpwidgets.explain.explanation import Explanation

METHODS = ("sensitivity", "gradient-x-input", "lrp")
QUESTION = ("x", "methods", "targets", "minus")
CONTEXT = ("labels", "input", "input_range", "of", "output")
PATIENCE = 1.0  # seconds that the picture in a saved notebook waits for the grid to be full


class CompareView(CompareCells):
    """Maps side by side, each a cell of a grid. See `compare` for the arguments.

    How they are drawn are the options of `HeatmapView`, one for all cells. Cells fill in as they are computed;
    colours, zoom, cursor, region and the difference of two need no kernel.
    """

    _esm = STATIC / "compare.js"

    def __init__(self, model: Any, x: Any = None, methods: Any = METHODS, **options: Any) -> None:
        self._grid = Grid((), (), ())
        self._traces: Traces | None = None
        self._settings: dict[str, Mapping[str, Any]] = {}
        self._usual = options.get("scale", "shared")  # the scale, as long as nobody set another
        known_options = [name for name in self.options() if name != "explanation"]
        self.check_names(options, (*known_options, "targets", *QUESTION[3:], *CONTEXT))
        self._asked = {
            "methods": methods,
            "targets": options.pop("targets", "top"),
            "minus": options.pop("minus", None),
        }
        self._context = {name: options.pop(name) for name in CONTEXT if name in options}
        later = {
            name: options.pop(name) for name in ("selected", "difference", "measures") if name in options
        }
        if x is None:
            self._model = None
            grid = known([model] if hasattr(model, "relevance") else model)
        else:
            self._model, self._inputs = model, Inputs(x)
            self._traces = self._record()
            grid = self._asked_grid()
        super().__init__(**options)
        try:
            self._show_grid(grid)
            if "scale" not in options:
                self._choose_scale()
            self._first()
            for name, value in later.items():
                setattr(self, name, value)
        except BaseException:
            self.close()
            raise
        self._go_on()

    @classmethod
    def options(cls) -> tuple[str, ...]:
        """As of every view; there is no `sample` to choose, because each input is a row."""
        return tuple(name for name in super().options() if name != "sample")

    # -- what a user reads and asks ---------------------------------------------------------------

    @property
    def explanations(self) -> tuple[Explanation | None, ...]:
        """The explanation of each cell, row by row; None where there is none (yet)."""
        return tuple(cell.explanation for cell in self._grid)

    @property
    def errors(self) -> dict[int, Exception]:
        """What went wrong, by cell."""
        return {at: cell.failure for at, cell in enumerate(self._grid) if cell.failure is not None}

    @property
    def table(self) -> list[dict[str, Any]]:
        """A row of numbers for each cell that has a map: score, sum of relevance, limit, and what was measured."""
        found = []
        for cell in self._grid.done:
            caption = cell.sample.caption
            numbers = {"score": caption.score, "total": caption.total, "limit": self._scales.limit_of(cell)}
            if self.region is not None:
                numbers["region"] = region_sum(self._scales, cell.sample, self.region)
            measured = {name: value for name, (value, _) in cell.measured.items()}
            words = {"row": cell.row, "column": cell.column, "method": cell.name, "target": caption.asked}
            found.append({**words, **numbers, **measured})
        return found

    def ask(self, **changed: Any) -> None:
        """Compare other `x`, `methods`, `targets`, or `minus`. With none, all anew, as after training the model.

        Cells in which the same is asked stay. Only of a comparison that has a model.
        """
        self.check_names(changed, QUESTION)
        if self._model is None:
            raise InputError("there is no model to ask: make a new comparison, lw.compare([...]).")
        inputs = Inputs(changed.pop("x")) if "x" in changed else None
        before, self._asked = self._asked, {**self._asked, **changed}
        try:
            grid = self._asked_grid(inputs)
        except BaseException:
            self._asked = before
            raise
        if inputs is not None:
            self._inputs = inputs
            self._traces = self._record()
        elif changed:
            grid.keep(self._grid)
        with self.hold_sync():
            self._show_grid(grid)
            if self.scale == self._usual:
                self._choose_scale()
        self._go_on()

    def resume(self) -> None:
        """Go on after a stop: compute what is missing, and what failed once more."""
        for cell in self._grid:
            if self._model is not None:
                cell.failure = None
        self._put()
        self._go_on()

    def follow(self, owner: Any) -> None:
        """Compare methods on the input, target and minus of `owner.explanation`, now and whenever it changes."""

        def asked_anew(_change: Any = None) -> None:
            explanation = owner.explanation
            if explanation is not None:
                index = explanation.target[0].index
                minus = None if explanation.minus is None or index is None else explanation.minus[0].index
                self.ask(x=explanation.input[:1], targets="top" if index is None else index, minus=minus)

        owner.observe(asked_anew, "explanation")
        asked_anew()

    def save(self, path: str | Path, *, theme: str = "light") -> Path:
        """Write the whole grid to a .png, with colour bars, sums and measures; what is not computed says so."""
        target = Path(path)
        if target.suffix.lower() != ".png":
            raise InputError(unknown("file ending", target.suffix, [".png"]))
        replace_file(target, png.encode(self.image(theme=theme)))
        return target

    def image(self, *, theme: str = "light") -> NDArray[np.uint8]:
        """The whole grid as one picture, uint8 (height, width, 3)."""
        drawn = {name: getattr(self, name) for name in DRAWN if name not in ("limit", "limit_rule", "sample")}
        return picture(self._scales, Look(drawn, self.region, self.difference), theme)

    @property
    def code(self) -> str:
        """Python that makes this view, up to the names of the model and its input."""
        words = {name: repr(value) for name, value in self.changed_options().items()}
        if self.measures:
            settings = {name: self._settings.get(name, {}) for name in self.measures}
            plain = not any(settings.values())
            words["measures"] = repr(list(self.measures)) if plain else compare_code.keywords(settings)
        if self._model is None:
            return compare_code.of_explanations(self.explanations, words)
        return compare_code.of_model(self._asked, self._context, words)

    def changed_options(self) -> dict[str, Any]:
        """The view options that differ from their defaults."""
        changed = super().changed_options()
        defaults = {"scale": usual_scale(self._grid), "selected": 0, "difference": None, "region": None}
        return changed | {
            name: getattr(self, name) for name, value in defaults.items() if getattr(self, name) != value
        }

    def picture(self) -> None:
        """None: what stands for this view in a saved notebook is the whole grid."""
        return

    def __repr__(self) -> str:
        done, missing = len(self._grid.done), len(self._grid) - len(self._grid.done)
        names = ", ".join(dict.fromkeys(cell.name for cell in self._grid))
        return f"CompareView({names}; {done} maps{f', {missing} missing' if missing else ''})"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The live view, and for readers with no kernel the grid."""
        with suppress(RuntimeError):  # in an observer, which nothing may wait in
            self._worker.wait(PATIENCE)
        return still(self, self.image(), repr(self), self.code)

    # -- the limit ---------------------------------------------------------------------------------

    @property
    def _scales(self) -> Scales:
        return Scales(self._grid, self.scale, self.channel, self.limit_rule, self.limit)

    def _choose_scale(self) -> None:
        self.scale = self._usual = usual_scale(self._grid)

    @traitlets.observe("scale")
    def _on_scale(self, _change: Any) -> None:
        self._choose_limit()

    @traitlets.observe("channel")
    def _on_channel(self, _change: Any) -> None:
        self._choose_limit()

    def _choose_limit(self) -> None:
        """The limit that all maps share; None where each group has its own. The browser computes the same."""
        scales, done = self._scales, self._grid.done
        maps = [scales.shown(cell.sample) for cell in done]
        with self._own_limit():
            if self.limit_rule != "fixed":
                self.limit = scales.limit(maps) if self.scale == "shared" and done else None
            elif self.limit is None and done:  # chosen by hand in the browser, and no number yet
                self.limit = scales.limit(maps)

    # -- the grid ----------------------------------------------------------------------------------

    def _record(self) -> Traces:
        return Traces(self._model, self._inputs, **self._context)

    def _asked_grid(self, inputs: Inputs | None = None) -> Grid:
        inputs = self._inputs if inputs is None else inputs
        titles = [inputs.title(at) for at in range(len(inputs))]
        return asked(titles, labels=self._context.get("labels"), **self._asked)

    def _first(self) -> None:
        """The first cell at once, so that what is wrong with the model or the input is said in the notebook's cell."""
        todo = self._grid.todo
        if todo:
            self._answer(todo[0], Token())
            if isinstance(todo[0].failure, (InputError, ModelError)):
                raise todo[0].failure
            self._put(todo[0])


def compare(model: nn.Module | Any, x: Any = None, methods: Any = METHODS, **options: Any) -> CompareView:
    """Methods x targets x inputs in one grid of maps, on one scale that is centred on zero.

    model: any eager torch module; x: what `lw.explain` takes, or a sequence of it, of which each is a row. Or, in the
    place of the model and alone, explanations: a list, or a mapping of names to them.
    methods: names in ``lw.METHODS`` or ``lw.PRESETS``, or a mapping of names to these or to keywords of ``lw.explain``.
    targets: one, or a list of them; minus: what is subtracted from each, which makes R_A - R_B.
    options: `scale`, `measures` (names, or a mapping of names to settings of the measure), `difference`, `region`;
    those of the heat map (`layout`, `cmap`, `limit`, ...); `labels`, `input`, `input_range`, `of`, `output`.

    Raises what is wrong with the model or with the first input; what a method does not take stands in its cell.
    """
    return CompareView(model, x, methods, **options)
