"""The equations of the rules, written once: typeset as MathML for the screen, and numbers in the tests.

A formula is a tree of tuples: a symbol ("a", "j"), or an operation and its operands. j runs over the inputs of a layer,
k over its outputs; (.)+ and (.)- are parts of products, as in the rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Formula = Any  # a tuple as below, or the name of a parameter

A, W, R, Z, B = ("a", "j"), ("w", "jk"), ("R", "k"), ("z", "k"), ("b", "k")
X, LOW, HIGH, ONE = ("x", "j"), ("l", "j"), ("h", "j"), ("1", "")
AW = ("times", A, W)


def _share(numerator: Formula, denominator: Formula) -> Formula:
    """sum_k numerator / denominator R_k."""
    return ("sum", "k", ("times", ("over", numerator, denominator), R))


def _own(numerator: Formula) -> Formula:
    """sum_k numerator / (sum_j numerator) R_k."""
    return _share(numerator, ("sum", "j", numerator))


_BOX = ("minus", ("times", X, W), ("times", LOW, ("positive", W)), ("times", HIGH, ("negative", W)))
_SIGNED = {kind: (kind, AW) for kind in ("positive", "negative")}


@dataclass(frozen=True, slots=True)
class Equation:
    """How R_j comes from R_k, where it was published, and what else must be known to read it."""

    right: Formula
    source: str
    note: str = ""


_BIAS_OUT = "the bias takes no part"
_FIRST = "for a first layer, whose inputs are x"
EQUATIONS = {
    "Zero": Equation(
        _share(AW, Z), "LRP-0, Bach et al. 2015, eq. 56", "z_k = sum over j of a_j w_jk, and the bias"
    ),
    "Epsilon": Equation(
        _share(AW, ("plus", Z, ("times", "epsilon", ("sign", Z)))),
        "the epsilon-rule of section 6.2; Bach et al. 2015, eq. 58",
        "z_k = sum over j of a_j w_jk, and the bias",
    ),
    "Gamma": Equation(
        _share(
            ("plus", AW, ("times", "gamma", _SIGNED["positive"])),
            (
                "plus",
                Z,
                ("times", "gamma", ("group", ("plus", ("sum", "j", _SIGNED["positive"]), ("positive", B)))),
            ),
        ),
        "Montavon et al. 2019, table 10.1",
        "where z_k > 0; where z_k < 0 the negative parts are favoured",
    ),
    "ZPlus": Equation(_own(_SIGNED["positive"]), "equation (2); Table 2, ReLU activations", _BIAS_OUT),
    "AlphaBeta": Equation(
        (
            "sum",
            "k",
            (
                "times",
                (
                    "group",
                    (
                        "minus",
                        ("times", "alpha", ("over", _SIGNED["positive"], ("sum", "j", _SIGNED["positive"]))),
                        ("times", "beta", ("over", _SIGNED["negative"], ("sum", "j", _SIGNED["negative"]))),
                    ),
                ),
                R,
            ),
        ),
        "equation (1)",
        _BIAS_OUT,
    ),
    "ZBox": Equation(_own(_BOX), "Table 2, pixel intensities", f"{_FIRST}, between l and h; {_BIAS_OUT}"),
    "WSquare": Equation(_own(("square", W)), "Table 2, real values", _FIRST),
    "Flat": Equation(_own(ONE), "Lapuschkin et al. 2019", f"{_FIRST}: relevance spread evenly"),
    "Gradient": Equation(
        _share(("times", A, ("slope", "z", "a")), Z), "section 4.1", "no rule of LRP: the plain gradient"
    ),
    "Pass": Equation(("R", "j"), "section 5.3: ignored in the backward pass", "element by element"),
    "Signal": Equation(
        ("R", "j"), "Arras et al. 2017", "the first factor of a product; the others get nothing"
    ),
}
_GREEK = {"alpha": "\u03b1", "beta": "\u03b2", "gamma": "\u03b3", "epsilon": "\u03b5"}


def mathml(name: str) -> list[Any]:
    """The equation of a rule as nested lists [tag, child, ...], texts at the leaves."""
    left: list[Any] = ["msub", ["mi", "R"], ["mi", "j"]]
    return ["math", ["mrow", left, ["mo", "="], _typeset(EQUATIONS[name].right)]]


def _typeset(formula: Formula) -> list[Any]:
    if isinstance(formula, str):
        return ["mi", _GREEK[formula]]
    head, *parts = formula
    return _FORMS[head](*parts) if head in _FORMS else ["msub", ["mi", head], _index(parts[0])]


def _index(letters: str) -> list[Any]:
    """Each letter by itself: several in one element would stand upright."""
    return ["mi", letters] if len(letters) == 1 else ["mrow", *(["mi", letter] for letter in letters)]


def _series(sign: str, *parts: Formula) -> list[Any]:
    return ["mrow", *[each for part in parts for each in (["mo", sign], _typeset(part))][1:]]


def _squared(symbol: Formula) -> list[Any]:
    return ["msubsup", *_typeset(symbol)[1:], ["mn", "2"]]


def _slope(above: str, below: str) -> list[Any]:
    ends = zip((above, below), "kj", strict=True)
    return ["mfrac", *(["mrow", ["mo", "\u2202"], ["msub", ["mi", name], ["mi", at]]] for name, at in ends)]


_FORMS: dict[str, Callable[..., list[Any]]] = {
    "sum": lambda at, part: ["mrow", ["munder", ["mo", "\u2211"], ["mi", at]], _term(part)],
    "over": lambda above, below: ["mfrac", _typeset(above), _typeset(below)],
    "times": lambda *parts: ["mrow", *map(_typeset, parts)],
    "plus": lambda *parts: _series("+", *parts),
    "minus": lambda *parts: _series("\u2212", *parts),
    "positive": lambda part: ["msup", _closed(part), ["mo", "+"]],
    "negative": lambda part: ["msup", _closed(part), ["mo", "\u2212"]],
    "group": lambda part: ["mrow", ["mo", "("], _typeset(part), ["mo", ")"]],
    "square": _squared,
    "sign": lambda part: ["mrow", ["mi", "sign"], _typeset(part)],
    "slope": _slope,
    "1": lambda _: ["mn", "1"],
}


def _term(formula: Formula) -> list[Any]:
    """In parentheses if it has several terms."""
    inner = _typeset(formula)
    return ["mrow", ["mo", "("], inner, ["mo", ")"]] if formula[0] in ("plus", "minus") else inner


def _closed(formula: Formula) -> list[Any]:
    """In parentheses unless it is one symbol."""
    inner = _typeset(formula)
    return _term(formula) if formula[0] != "times" else ["mrow", ["mo", "("], inner, ["mo", ")"]]
