"""The words around a picture: the same in PNG, SVG, HTML and plain text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lrpwidgets.render import limit as limits

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.render.sample import Caption
    from lrpwidgets.render.view import View

MOST_LAYERS, MOST_UNITS = 3, 6  # that are named


def number(value: float) -> str:
    """Five significant digits, so that numbers which should add up can be compared."""
    return f"{value:#.5g}" if value else "0"


def short(value: float) -> str:
    """Three significant digits with a sign, for the ends of a colour bar."""
    return f"{value:+.3g}" if value else "0"


def sums(explanation: Explanation, sample: int = 0) -> str:
    """The sum of R beside what it should add up to; where the method promises no such thing, that is said."""
    settings = explanation.settings
    total, score = float(explanation.total[sample]), float(explanation.score[sample])
    f = f"{'f' if explanation.minus is None else 'f_A - f_B'} {number(score)}{_over(settings)}"
    if explanation.decomposes is False:
        return f"sum R {number(total)}; {explanation.method} does not decompose {f}"
    rules = settings.get("rules")
    if isinstance(rules, Mapping) and rules.get("start") == "one":
        return f"sum R {number(total)} of {'1' if explanation.minus is None else '1 - 1'} at the output; {f}"
    return f"sum R {number(total)} of {f}"


def _over(settings: Mapping[str, Any]) -> str:
    """What f is the mean or the sum of, if it is not of one input."""
    shifts, window = settings.get("shifts"), settings.get("window")
    if isinstance(shifts, list):
        return f" (mean over {len(shifts)} shifts)"
    if isinstance(window, list):
        return f" (sum over windows of {' x '.join(map(str, window))})"
    return ""


def passage(settings: Mapping[str, Any]) -> str | None:
    """What the relevance flows through, of a filtered map; `settings` may come from a file."""
    through = settings.get("through")
    if not isinstance(through, Mapping) or not through:
        return None
    layers = [f"{str(path)[:80]} ({_units(units)})" for path, units in list(through.items())[:MOST_LAYERS]]
    more = [f"{len(through) - MOST_LAYERS} more"] * (len(through) > MOST_LAYERS)
    return f"only what flows through {', '.join([*layers, *more])}"


def _units(units: Any) -> str:
    """Units [3, 17, ...], places [3, [10, 12]], or a mask."""
    if not isinstance(units, list):
        return "a mask"
    if len(units) > MOST_UNITS:
        return f"{len(units)} units"
    said = [f"{one[0]} at {one[1]}" if isinstance(one, list) and len(one) == 2 else str(one) for one in units]
    return f"unit{'s' * (len(units) != 1)} {', '.join(said)}"[:200]


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
