"""Explanations of a function of two variables as fields of arrows, with a point to drag (Fig. 6 of the tutorial)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import torch
import traitlets

from lrpwidgets.errors import InputError, unknown
from lrpwidgets.explain.api import explain
from lrpwidgets.explain.code import literal
from lrpwidgets.render import png
from lrpwidgets.render.figure import THEMES
from lrpwidgets.render.plane import Field, paint
from lrpwidgets.widgets.compare_code import keywords
from lrpwidgets.widgets.compare_grid import methods_named
from lrpwidgets.widgets.still import still
from lrpwidgets.widgets.traits import Checked
from lrpwidgets.widgets.view import View
from lrpwidgets.widgets.worker import Token, model_lock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

STATIC = Path(__file__).parent / "static"
METHODS = ("sensitivity", "gradient-x-input", "lrp")
NODES = 151
MOST_NODES = 401
AT_ONCE = 8192  # inputs in one explanation


class PlaneView(View, anywidget.AnyWidget):
    """Panels side by side, one a method: f as shades, relevance as arrows, and the bars of the point's (R1, R2).

    The point is dragged, or moved by the arrow keys, in any panel, and moves in all of them. It goes from node to node
    of a fine grid on which Python has asked the model, so the bars follow in the browser and show what the method
    says there, nothing in between. See `plane` for the arguments.
    """

    _esm = STATIC / "plane.js"

    point = Checked("_check_point", None).tag(sync=True)
    """[x1, x2] of the point; goes to the nearest node. Outside the plane: `InputError`."""

    _methods = traitlets.List([]).tag(sync=True)
    _names = traitlets.List([]).tag(sync=True)
    _low = traitlets.List([0.0, 0.0]).tag(sync=True)
    _high = traitlets.List([1.0, 1.0]).tag(sync=True)
    _nodes = traitlets.Int(0).tag(sync=True)
    _arrows = traitlets.List([]).tag(sync=True)  # rows, and columns, that have an arrow
    _score = traitlets.Bytes(b"").tag(sync=True)  # float32 (row, column), rows upwards
    _relevance = traitlets.Bytes(b"").tag(sync=True)  # float32 (method, row, column, 2)

    def __init__(
        self,
        model: nn.Module,
        methods: Any = METHODS,
        *,
        low: float | Sequence[float] = 0.0,
        high: float | Sequence[float] = 3.0,
        target: Any = 0,
        names: Sequence[str] = ("x1", "x2"),
        nodes: int = NODES,
        point: Sequence[float] | None = None,
    ) -> None:
        self._model, self._target = model, target
        self._named, self._asked = methods, methods_named(methods)
        self._ends = _pair("low", low), _pair("high", high)
        if not all(one < other for one, other in zip(*self._ends, strict=True)):
            raise InputError(f"low must be below high, not {self._ends[0]} and {self._ends[1]}")
        if isinstance(nodes, bool) or not isinstance(nodes, int) or not 2 <= nodes <= MOST_NODES:
            raise InputError(f"nodes a side are a whole number from 2 to {MOST_NODES}, not {nodes!r}")
        if len(names) != 2:
            raise InputError(f"a plane has two variables, not {len(names)} names")
        self._size = nodes
        self._words = str(names[0]), str(names[1])
        with model_lock(model):
            self._field = self._ask(Token())
        middle = [(one + other) / 2 for one, other in zip(*self._ends, strict=True)]
        super().__init__(point=middle if point is None else point)
        self._put(self._field)

    @property
    def relevance(self) -> dict[str, tuple[float, float]]:
        """(R1, R2) at the point, by method."""
        row, column = self._field.node(self.point)
        at = self._field.relevance[:, row, column].astype(float).tolist()
        return {name: (one, two) for name, (one, two) in zip(self._field.methods, at, strict=True)}

    def ask(self) -> None:
        """Ask the model again, as after training it."""

        def work(token: Token) -> Field:
            with model_lock(self._model):
                return self._ask(token)

        self._request(work, self._put)

    def save(self, path: str | Path, theme: str = "light") -> Path:
        """Write the panels to `path`, a .png; theme: "light" or "dark"."""
        path = Path(path)
        if path.suffix.lower() != ".png":
            raise InputError(f"a plane is saved as .png, not {path.suffix or 'without an ending'!r}")
        if theme not in THEMES:
            raise InputError(unknown("theme", theme, THEMES))
        path.write_bytes(png.encode(paint(self._field, tuple(self.point), theme)))
        return path

    @property
    def code(self) -> str:
        """Python that makes this view, where `model` is the user's own."""
        words = ""
        given: dict[str, Any] = {}
        if isinstance(self._named, Mapping):
            words = f", {keywords(self._named)}"
        elif self._named != METHODS:
            words = f", {self._named if isinstance(self._named, str) else list(self._named)!r}"
        low, high = (list(end) for end in self._ends)
        given |= {
            name: end for name, end, usual in (("low", low, 0.0), ("high", high, 3.0)) if end != [usual] * 2
        }
        if self._words != ("x1", "x2"):
            given["names"] = self._words
        if self._size != NODES:
            given["nodes"] = self._size
        given["point"] = self.point
        words += "".join(f", {name}={value!r}" for name, value in given.items())
        if callable(self._target) or self._target != 0:
            words += f", target={literal(self._target)}"
        return f"import lrpwidgets as lw\n\nlw.plane(model{words})"

    def picture(self) -> None:
        """None: what stands for this view in a saved notebook is a drawing."""
        return

    def __repr__(self) -> str:
        return f"PlaneView({', '.join(self._field.methods)} at {self.point})"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The live view, and for readers with no kernel the panels as a picture."""
        return still(self, paint(self._field, tuple(self.point)), repr(self), self.code)

    def _ask(self, token: Token) -> Field:
        low, high = self._ends
        across, up = (
            torch.linspace(one, other, self._size, dtype=torch.float64)
            for one, other in zip(low, high, strict=True)
        )
        rows, columns = torch.meshgrid(up, across, indexing="ij")
        x = torch.stack([columns, rows], -1).reshape(-1, 2).to(_kind(self._model))
        relevance = np.zeros((len(self._asked), len(x), 2), np.float32)
        score = np.zeros(len(x), np.float32)
        for number, how in enumerate(self._asked.values()):
            for first in range(0, len(x), AT_ONCE):
                token.check()
                found = explain(self._model, x[first : first + AT_ONCE], target=self._target, **how)
                relevance[number, first : first + AT_ONCE] = found.relevance.detach().cpu().numpy()
                score[first : first + AT_ONCE] = found.score.detach().cpu().numpy()
        side = self._size
        return Field(
            tuple(self._asked),
            relevance.reshape(-1, side, side, 2),
            score.reshape(side, side),
            low,
            high,
            self._words,
        )

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """From the browser; a point outside the plane is said in the view, not in a log."""
        try:
            super().set_state(sync_data)
        except InputError as error:
            self.complain(error)
            self.send_state("point")

    def _put(self, field: Field) -> None:
        with self.hold_sync():
            self._field = field
            self._methods, self._names = list(field.methods), list(field.names)
            self._low, self._high = list(field.low), list(field.high)
            self._arrows, self._nodes = field.arrows(), field.nodes
            self._score = field.score.tobytes()
            self._relevance = field.relevance.tobytes()

    def _check_point(self, value: Any) -> list[float]:
        field = self._field
        at = _pair("point", value)
        for where, one, other, name in zip(at, field.low, field.high, field.names, strict=True):
            if not one <= where <= other:
                raise InputError(f"the plane has {name} from {one:g} to {other:g}, not {where:g}")
        return [round(part, 12) for part in field.place(*field.node(at))]


def _pair(name: str, given: Any) -> tuple[float, float]:
    both = list(given) if isinstance(given, (list, tuple)) else [given, given]
    numbers = (isinstance(one, (int, float)) and not isinstance(one, bool) for one in both)
    if len(both) != 2 or not all(numbers) or not all(math.isfinite(one) for one in both):
        raise InputError(f"{name} is two finite numbers, not {given!r}")
    return float(both[0]), float(both[1])


def _kind(model: nn.Module) -> torch.dtype:
    """The floating type of the model's parameters; float32 where it has none."""
    kinds = [one.dtype for one in model.parameters() if one.is_floating_point()]
    return kinds[0] if kinds else torch.float32


def plane(model: nn.Module, methods: Any = METHODS, **options: Any) -> PlaneView:
    """Explain f(x1, x2) all over a plane, by several methods side by side, with a point to drag.

    model: takes (batch, 2). methods: names in `lw.METHODS` or `lw.PRESETS`, or a mapping of names to keywords of
    `lw.explain`. low, high: the ends of the axes, a number for both or (x1, x2); 0 and 3 unless given. target: as in
    `lw.explain`, for all points; output 0 unless given. names: of the variables. nodes: a side of the grid on which
    the model is asked. point: where the point is at first; the middle unless given.

    Raises `InputError` and `MethodError` for what cannot be asked, and what the model raises.
    """
    return PlaneView(model, methods, **options)
