"""The words around a picture: the same in PNG, SVG, HTML and plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrpwidgets.render import limit as limits

if TYPE_CHECKING:
    from lrpwidgets.render.sample import Caption
    from lrpwidgets.render.view import View


def number(value: float) -> str:
    """Five significant digits, so that numbers which should add up can be compared."""
    return f"{value:#.5g}" if value else "0"


def short(value: float) -> str:
    """Three significant digits with a sign, for the ends of a colour bar."""
    return f"{value:+.3g}" if value else "0"


def facts(caption: Caption) -> list[str]:
    """Target, score and total relevance."""
    return [caption.asked, f"f {number(caption.score)}", f"sum R {number(caption.total)}"]


def details(caption: Caption, sample: int, count: int, remarks: tuple[str, ...] = ()) -> list[str]:
    """Method, which sample, and whatever a reader must know about the picture."""
    which = [f"sample {sample} of 0..{count - 1}"] if count > 1 else []
    note = [caption.note] if caption.note else []
    return [caption.recipe, *which, *remarks, *note]


def bar_labels(limit: float, view: View) -> tuple[str, str, str]:
    """Left, middle and right label of the colour bar: the limit, and how it was chosen."""
    if not limit > 0:
        return ("", "R is 0 everywhere" if view.limit_rule != "fixed" else "limit 0: nothing is shown", "")
    how = f"limit: {limits.describe(str(view.limit_rule))}"
    if view.channel != limits.SUM:
        how += f", {view.channel} channel"
    if view.layout == "pattern":
        return "0", f"photo shown by R > 0, {how}", short(limit)
    return short(-limit), how, short(limit)


def title(caption: Caption) -> str:
    """One line that names a page or a picture."""
    return f"Relevance for {caption.asked} ({caption.recipe})"
