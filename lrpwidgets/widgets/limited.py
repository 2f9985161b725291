"""What views of relevance share: colours, their limit and how it is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import traitlets

from lrpwidgets.errors import InputError
from lrpwidgets.render.limit import limit as automatic_limit
from lrpwidgets.render.view import DEFAULT_LIMIT_RULE
from lrpwidgets.widgets.traits import Option
from lrpwidgets.widgets.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.explain.explanation import Explanation

# A page's settings stand in for these as long as nobody chose them: js/src/defaults.ts.
DEFAULTED = ("cmap", "limit_rule")


class Limited(View):
    """A view whose colours reach their strongest at a limit of |R|."""

    opacity = Option(0.85).tag(sync=True)
    """Opacity of the relevance over what it is shown on, 0..1, where |R| reaches the limit."""

    limit = Option(None, allow_none=True).tag(sync=True)
    """The relevance that gets the strongest colour, in units of the score. Setting it makes `limit_rule` "fixed";
    None makes it automatic again."""

    limit_rule = Option(DEFAULT_LIMIT_RULE).tag(sync=True)
    """How `limit` is chosen: "99.5%" (that quantile of |R|), "max" (of |R|) or "fixed"."""

    cmap = Option("blue-red").tag(sync=True)
    """Colour map; zero is neutral, red is for and blue against. "seismic" is the paper's."""

    sample = Option(0).tag(sync=True)
    """Which sample of a batch is shown, counted from 0."""

    _chosen = traitlets.List(traitlets.Unicode(), []).tag(sync=True)  # those of DEFAULTED that were ever set

    explanation: Any = None
    drawn: tuple[str, ...] = ("opacity", "limit", "limit_rule", "cmap", "sample")  # options of a picture
    placed: tuple[str, ...] = ("cursor",)  # where somebody is in it
    pictured: tuple[str, ...] = drawn  # what `render` is told

    def __init__(self, **options: Any) -> None:
        self._values: NDArray[Any] | None = None  # the relevance that is coloured
        self._automatic = False  # while we set the limit ourselves, it says nothing about the rule
        super().__init__(**options)

    def choose(self, name: str) -> None:
        """Note that somebody set an option, so that no setting of a page takes its place."""
        if name in DEFAULTED and name not in self._chosen:
            self._chosen = [*self._chosen, name]

    def changed_options(self) -> dict[str, Any]:
        """The view options that differ from their defaults or were chosen: what it takes to see the same again."""
        defaults = {name: trait.default_value for name, trait in self.class_traits().items()}
        changed = {
            name: getattr(self, name)
            for name in (*self.drawn, *self.placed)
            if getattr(self, name) != defaults[name] or name in self._chosen
        }
        if self.limit_rule != "fixed":
            changed.pop("limit", None)
        elif "limit" in changed:
            changed.pop("limit_rule")  # a limit alone says that it is fixed
        return changed

    def picture_options(self) -> dict[str, Any]:
        """The view as options of `render`."""
        options = {name: getattr(self, name) for name in self.pictured}
        if self.limit_rule != "fixed":
            del options["limit"]
        for name in DEFAULTED:
            if name not in self._chosen:
                del options[name]
        return options

    @property
    def code(self) -> str:
        """Python that makes this view, up to the names of the model and its input."""
        view = "".join(f", {name}={value!r}" for name, value in self.changed_options().items())
        return f"import lrpwidgets as lw\n\nlw.view({self._present().code}{view})"

    def picture(self) -> Explanation | None:
        """The explanation that is shown."""
        found: Explanation | None = self.explanation
        return found

    def _present(self) -> Explanation:
        if self.explanation is None:
            raise InputError("there is nothing to show yet: set the view's explanation first.")
        found: Explanation = self.explanation
        return found

    @traitlets.observe("limit_rule")
    def _on_limit_rule(self, _change: Any) -> None:
        self._choose_limit()

    def _choose_limit(self) -> None:
        """The browser computes the same number from the same formula; whoever is first, both agree."""
        if self.limit_rule == "fixed" or self._values is None:
            return
        with self._own_limit():
            self.limit = automatic_limit(self._values, self.limit_rule)

    @traitlets.observe("limit")
    def _on_limit(self, _change: Any) -> None:
        if self._automatic:
            return
        if self.limit is None:
            self.limit_rule = DEFAULT_LIMIT_RULE
            self._choose_limit()
        else:
            self.limit_rule = "fixed"

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """From the browser. There the rule is always sent with a limit that was set by hand."""
        with self._own_limit():
            super().set_state(sync_data)

    @contextmanager
    def _own_limit(self) -> Iterator[None]:
        """Nobody chose the limit that is set in here, so it leaves the rule alone."""
        before, self._automatic = self._automatic, True
        try:
            yield
        finally:
            self._automatic = before
