"""How an explanation is shown: the options that `save`, the widget's traits and the browser share."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

from lrpwidgets.errors import InputError, unknown
from lrpwidgets.render.colormap import names as colormap_names

LAYOUTS = ("overlay", "map", "side-by-side", "pattern", "input")
LIMIT_RULES = ("99.5%", "max", "fixed")
DEFAULT_LIMIT_RULE = "99.5%"


@dataclass(frozen=True)
class View:
    """Options of one view. Equal names and meanings in Python, in the widget and in the browser.

    layout: one of `LAYOUTS`. opacity: 0..1, of the relevance over the photo.
    limit: the relevance L that gets the strongest colour; given alone, it makes `limit_rule` "fixed".
    limit_rule: "99.5%" (that quantile of |R|), "max" (of |R|) or "fixed".
    cmap: a colour map. pixelated: squares (True), smooth (False), or by the input's size (None).
    channel: "sum" or a channel's name. sample: which one of a batch.
    cursor, viewport: kept for the interactive page; a saved picture always shows everything.
    """

    layout: str = "overlay"
    opacity: float = 0.85
    limit: float | None = None
    limit_rule: str | None = None
    cmap: str = "blue-red"
    pixelated: bool | None = None
    channel: str = "sum"
    sample: int = 0
    cursor: tuple[int, int] | None = None
    viewport: dict[str, float] | None = None

    def __post_init__(self) -> None:
        _one_of("layout", self.layout, LAYOUTS)
        _one_of("colour map", self.cmap, colormap_names())
        if not (_is_number(self.opacity) and 0 <= self.opacity <= 1):
            raise InputError(f"opacity must be a number from 0 to 1, not {self.opacity!r}.")
        if self.limit is not None and not (_is_number(self.limit) and self.limit >= 0):
            raise InputError(f"limit must be a number >= 0, not {self.limit!r}.")
        if self.limit_rule is None:
            rule = DEFAULT_LIMIT_RULE if self.limit is None else "fixed"
            object.__setattr__(self, "limit_rule", rule)
        _one_of("limit rule", self.limit_rule, LIMIT_RULES)
        if self.limit_rule == "fixed" and self.limit is None:
            raise InputError("limit_rule='fixed' needs a limit: give limit=<number>.")
        if self.pixelated is not None and not isinstance(self.pixelated, bool):
            raise InputError(f"pixelated must be True, False or None, not {self.pixelated!r}.")
        if not isinstance(self.channel, str):
            raise InputError(f"channel must be 'sum' or a channel's name, not {self.channel!r}.")
        if isinstance(self.sample, bool) or not isinstance(self.sample, int):
            raise InputError(f"sample must be a whole number, not {self.sample!r}.")
        self._check_place()

    def _check_place(self) -> None:
        if self.cursor is not None:
            cursor = tuple(self.cursor)
            if len(cursor) != 2 or not all(isinstance(at, int) and at >= 0 for at in cursor):
                raise InputError(f"cursor must be (row, column) or None, not {self.cursor!r}.")
            object.__setattr__(self, "cursor", cursor)
        if self.viewport is not None:
            port = self.viewport
            if set(port) != {"x", "y", "zoom"} or not all(_is_number(value) for value in port.values()):
                raise InputError(f"viewport must be {{'x': , 'y': , 'zoom': }} in numbers, not {port!r}.")

    @classmethod
    def of(cls, options: dict[str, Any]) -> View:
        """The view with these options; `InputError` names an unknown one and the closest known."""
        known = [field.name for field in fields(cls)]
        for name in options:
            if name not in known:
                raise InputError(unknown("view option", name, known))
        return cls(**options)

    def to_json(self, *, pixelated: bool) -> dict[str, Any]:
        """The view as the browser reads it, with `pixelated` settled."""
        view: dict[str, Any] = {
            "layout": self.layout,
            "opacity": float(self.opacity),
            "limit": float(self.limit) if self.limit_rule == "fixed" and self.limit is not None else None,
            "limit_rule": self.limit_rule,
            "cmap": self.cmap,
            "pixelated": pixelated,
            "channel": self.channel,
        }
        if self.sample:
            view["sample"] = self.sample
        if self.cursor is not None:
            view["cursor"] = list(self.cursor)
        if self.viewport is not None:
            view["viewport"] = dict(self.viewport)
        return view


def _one_of(kind: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InputError(unknown(kind, value, known))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
