"""What a comparison asks: methods, targets and inputs, as the cells of a grid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lrpwidgets.errors import InputError, MethodError, unknown
from lrpwidgets.explain import presets
from lrpwidgets.explain.methods import METHODS
from lrpwidgets.explain.presets import PRESETS
from lrpwidgets.render.kinds import kind
from lrpwidgets.render.reduce import on_screen
from lrpwidgets.render.sample import image_sample
from lrpwidgets.render.wording import number
from lrpwidgets.widgets.traits import elsewhere

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.render.sample import Sample

OWN = ("target", "minus", "index", "token")  # what the grid itself says to each cell


@dataclass(eq=False)
class Cell:
    """One map: what is asked, and what came of it."""

    row: int
    column: int
    input: int
    name: str
    question: Mapping[str, Any]
    explanation: Explanation | None = None
    sample: Sample | None = None
    failure: Exception | None = None
    measured: dict[str, tuple[float, str]] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether nothing came of it yet."""
        return self.explanation is None and self.failure is None

    def answer(self, explanation: Explanation) -> None:
        """Take the map. Raises `InputError` if it is no picture or not finite."""
        if kind(explanation) != "image":
            shape = tuple(explanation.relevance.shape)
            raise InputError(
                f"a comparison shows maps of pictures (batch, 1 or 3, height, width); this relevance is {shape}. "
                f"{elsewhere(explanation)}"
            )
        self.sample = on_screen(image_sample(explanation, 0))
        self.explanation = explanation

    def same_as(self, other: Cell) -> bool:
        """Whether the same is asked of the same input."""
        mine, others = self.question, other.question
        return (
            self.input == other.input
            and mine.keys() == others.keys()
            and all(mine[key] is others[key] or _equal(mine[key], others[key]) for key in mine)
        )

    def sums(self) -> list[str]:
        """What the map sums to, and whether that accounts for f."""
        if self.explanation is None or self.sample is None:
            return []
        caption, settings = self.sample.caption, self.explanation.settings
        f = "f" if caption.minus is None else "f_A - f_B"
        total, score = number(caption.total), number(caption.score)
        if caption.method in METHODS and not METHODS[caption.method].decomposes:
            return [f"sum R {total}", f"{caption.method} does not decompose {f} {score}"]
        rules = settings.get("rules")
        if isinstance(rules, Mapping) and rules.get("start") == "one":
            return [
                f"sum R {total} of {'1' if caption.minus is None else '1 - 1'} at the output",
                f"{f} {score}",
            ]
        rest = caption.score - caption.total
        kept = abs(rest) <= 5e-6 * max(abs(caption.score), abs(caption.total))
        return [f"sum R {total} of {f} {score}", *([] if kept else [f"{number(rest)} went elsewhere"])]


@dataclass(frozen=True)
class Grid:
    """Rows and columns of cells; `headings` of the rows, `titles` of the columns."""

    cells: tuple[Cell, ...]
    headings: tuple[str, ...]
    titles: tuple[str, ...]

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def done(self) -> list[Cell]:
        """The cells that have a map."""
        return [cell for cell in self.cells if cell.sample is not None]

    @property
    def todo(self) -> list[Cell]:
        """The cells that wait, input by input and method by method: a kept trace answers quickest so."""
        order = {name: at for at, name in enumerate(dict.fromkeys(cell.name for cell in self.cells))}
        return sorted(
            (cell for cell in self.cells if cell.open),
            key=lambda c: (c.input, order[c.name], c.row, c.column),
        )

    def keep(self, before: Grid) -> None:
        """Take over what `before` knows of the same questions."""
        for cell in self.cells:
            for old in before.cells:
                if old.sample is not None and cell.same_as(old):
                    cell.explanation, cell.sample, cell.measured = old.explanation, old.sample, old.measured


def asked(
    titles: list[str], methods: Any, targets: Any, minus: Any, labels: tuple[str, ...] | None = None
) -> Grid:
    """The grid of methods x targets x inputs. Columns are methods; targets, if there is only one method."""
    chosen, wanted = methods_named(methods), _targets(targets)
    by_target = len(chosen) == 1 and len(wanted) > 1
    words = [_word(target, labels) for target in wanted]
    headings: list[str] = []
    for title in titles if len(titles) > 1 else [""]:
        under = [""] if by_target or len(words) == 1 else words
        headings += [", ".join(part for part in (title, word) if part) for word in under]
    cells = []
    for at in range(len(titles)):
        for t, target in enumerate(wanted):
            for m, (name, how) in enumerate(chosen.items()):
                row, column = (at, t) if by_target else (at * len(wanted) + t, m)
                question = {**how, "target": target} | ({} if minus is None else {"minus": minus})
                cells.append(Cell(row, column, at, name, question))
    cells.sort(key=lambda cell: (cell.row, cell.column))
    return Grid(tuple(cells), tuple(headings), tuple(words) if by_target else tuple(chosen))


def known(explanations: Any) -> Grid:
    """The grid of explanations that are there already: a column each, a row for each sample of their batches."""
    named = explanations if isinstance(explanations, Mapping) else dict(enumerate(explanations))
    if not named:
        raise InputError("there is nothing to compare: give at least one explanation.")
    for one in named.values():
        if not all(hasattr(one, name) for name in ("input", "relevance", "score", "target")):
            raise InputError(f"compare explanations (lw.explain(...)), not {type(one).__name__}.")
    rows = max(len(one) for one in named.values())
    cells = []
    for row in range(rows):
        for column, (name, one) in enumerate(named.items()):
            said = one.method if one.rules is None else f"{one.method}, {one.rules}"
            title = name if isinstance(name, str) else said
            cell = Cell(row, column, len(cells), title, {})
            cells.append(cell)
            try:
                if row >= len(one):
                    raise InputError(f"this explanation has {len(one)} samples: there is no sample {row}.")
                cell.answer(one[row])
            except InputError as error:
                cell.failure = error
    headings = tuple(f"sample {row}" if rows > 1 else "" for row in range(rows))
    return Grid(tuple(cells), headings, tuple(cell.name for cell in cells[: len(named)]))


def usual_scale(grid: Grid) -> str:
    """What `scale` begins with: "column" if method or rules differ, and with them the size of R, else "shared"."""
    hows = {_how(cell) for cell in grid}
    return "column" if len(hows) > 1 else "shared"


def _how(cell: Cell) -> tuple[str, str]:
    if cell.question:
        return cell.name, ""
    one = cell.explanation
    return ("", "") if one is None else (one.method, repr(one.rules))


def methods_named(methods: Any) -> dict[str, dict[str, Any]]:
    """Keywords of `explain` by the method's name: names in METHODS or PRESETS, or a mapping of names to keywords."""
    if isinstance(methods, str):
        methods = [methods]
    if not isinstance(methods, Mapping):
        listed = list(methods)
        strangers = [item for item in listed if not isinstance(item, str)]
        if strangers:
            raise MethodError(
                f"a {type(strangers[0]).__name__} has no name; give methods as {{'my method': {{...}}}}"
            )
        twice = [name for name in listed if listed.count(name) > 1]
        if twice:
            raise MethodError(f"method {twice[0]!r} is given twice; name them in a mapping")
        methods = {name: name for name in listed}
    if not methods:
        raise MethodError("no method is given; e.g. ['sensitivity', 'gradient-x-input', 'lrp']")
    return {str(name): _keywords(str(name), spec) for name, spec in methods.items()}


def _keywords(name: str, spec: Any) -> dict[str, Any]:
    if isinstance(spec, presets.Preset):
        return {"rules": spec}
    if isinstance(spec, str):
        if spec in METHODS:
            return {"method": spec}
        if spec in PRESETS:
            return {"rules": spec}
        raise MethodError(unknown("method", spec, [*METHODS, *PRESETS]))
    if not isinstance(spec, Mapping):
        raise MethodError(
            f"method {name!r} is a {type(spec).__name__}; give a name in lw.METHODS or lw.PRESETS, a preset, or "
            "keywords of lw.explain"
        )
    taken = [word for word in OWN if word in spec]
    if taken:
        raise MethodError(f"method {name!r}: {taken[0]} is that of the whole grid; leave it out")
    given = {word: value for word, value in spec.items() if word not in ("method", "through")}
    METHODS.choose(spec.get("method", "lrp")).settings(given)
    if given.get("rules") is not None:
        presets.choose(given["rules"])
    return dict(spec)


def _targets(targets: Any) -> list[Any]:
    wanted = list(targets) if isinstance(targets, (list, tuple, range)) else [targets]
    if not wanted:
        raise InputError("no target is given; e.g. targets='top', or a list of labels or indices")
    return wanted


def _word(target: Any, labels: tuple[str, ...] | None) -> str:
    if isinstance(target, str):
        return target
    if hasattr(target, "__index__"):
        index = int(target)
        return labels[index] if labels is not None and 0 <= index < len(labels) else f"class {index}"
    return str(getattr(target, "code", getattr(target, "__name__", "own target")))


def _equal(one: Any, other: Any) -> bool:
    """Whether two settings are the same; a tensor is the same as itself only."""
    return not hasattr(one, "tolist") and not hasattr(other, "tolist") and bool(one == other)
