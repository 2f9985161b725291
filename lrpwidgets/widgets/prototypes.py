"""Which input would make the model most certain? Searches for it, watched, stopped, kept and compared."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from lrpwidgets.errors import InputError, LrpError, unknown
from lrpwidgets.explain.targets import unit
from lrpwidgets.render.prototypes import MOST, Card, compose, facts, pictures, write
from lrpwidgets.widgets import prototype_code
from lrpwidgets.widgets.prototype_columns import Column
from lrpwidgets.widgets.prototype_kept import Kept, free
from lrpwidgets.widgets.prototype_question import QUESTION, layers_of
from lrpwidgets.widgets.prototype_searches import PrototypeSearches, named
from lrpwidgets.widgets.still import still
from lrpwidgets.widgets.worker import traits_lock

if TYPE_CHECKING:
    from torch import nn

STATIC = Path(__file__).parent / "static"
PATIENCE = 1.0  # seconds that a saved picture waits for the search
FIXED = (
    "weight",
    "near",
    "start",
    "noise",
    "step_size",
    "tolerance",
    "score",
    "shape",
    "labels",
    "input",
    "input_range",
    "output",
)


class PrototypeView(PrototypeSearches, anywidget.AnyWidget):
    """Activation maximization at work: a column for each expert, what you keep below.

    Setting `target`, `seed`, `count`, `diversity`, `eta` or `steps` begins anew; `stop()` keeps the last frames,
    `kept` outlives every run. Frames are scrubbed in the browser. See `prototypes` for the arguments.
    """

    _esm = STATIC / "prototypes.js"

    _labels = traitlets.List([]).tag(sync=True)
    _layers = traitlets.List([]).tag(sync=True)

    def __init__(
        self,
        model: nn.Module,
        target: Any = 0,
        experts: Any = None,
        *,
        run: bool = True,
        **options: Any,
    ) -> None:
        self.check_names(options, (*self.options(), *FIXED))
        self._model = model
        self._fixed = {name: options.pop(name) for name in FIXED if options.get(name) is not None}
        self._given = experts
        self.experts = named(experts)
        self._shown = [Column(name, expert) for name, expert in self.experts.items()]
        self._searched = {}
        super().__init__(target=target, **options)
        card = getattr(model, "lrpwidgets_card", None)
        self._classes = tuple(map(str, self._fixed.get("labels") or getattr(card, "labels", None) or ()))
        self._labels = list(self._classes)
        self._layers = layers_of(model)
        self._asks = True
        self._send_choice()
        try:
            if run:
                # The first frames at once, so that what is wrong with the model is said in the cell.
                question = self._asked = self._question()
                columns = self._begin(question)
                self._start(question, columns)
                self._request(lambda token: self._search(token, question, columns), self._show)
            else:
                self._send_columns()
        except BaseException:
            self.close()
            raise

    def keep(
        self, column: str | int = 0, row: int = 0, step: int | None = None, name: str | None = None
    ) -> Kept:
        """Pin one of the prototypes on the screen as a card: that of a column's frame (None: the one it shows)."""
        own = self._name(column)
        at = list(self.experts).index(own)
        shown = self._shown[at]
        frame = shown.frame(self.at.get(own, self.step) if step is None else step)
        run, question = shown.run, self._searched
        assert run is not None
        fixed = {**self._fixed, "weight": self._own_weight(own)}
        code = prototype_code.found(question, self._expert_code(own), fixed, frame.number)
        return self._pin(
            frame, row, name, own, run.targets, run.weight, question["seed"], frame.number, run.domain, code
        )

    def keep_weight(self, index: int = -1, row: int = 0, name: str | None = None) -> Kept:
        """Pin a prototype of the sweep, by the place of its weight."""
        if not self._sweep:
            raise InputError("there is no sweep to keep from: sweep() makes one")
        answer = self._answered
        found = answer["found"]
        if not -len(found) <= index < len(found):
            raise InputError(f"the sweep has {len(found)} weights, there is no {index}")
        index %= len(found)
        record = found[index]
        own, question = answer["name"], answer["question"]
        weights = answer["weights"][: index + 1]
        code = prototype_code.swept(question, self._expert_code(own), self._fixed, weights)
        number = record.frames[-1].number
        return self._pin(
            record,
            row,
            name,
            own,
            record.target,
            record.weight,
            question["seed"],
            number,
            record.domain,
            code,
        )

    def _expert_code(self, name: str) -> str:
        return prototype_code.expert(self._given, name, list(self.experts))

    def _pin(
        self,
        frame: Any,
        row: int,
        name: str | None,
        own: str,
        targets: Sequence[Any],
        weight: float,
        seed: int,
        number: int,
        domain: Any,
        code: str,
    ) -> Kept:
        if not 0 <= row < len(frame.x):
            raise InputError(f"there is no prototype {row}: there are {len(frame.x)}, counted from 0")
        target = str(targets[row])
        card = Kept(
            name=free(name or f"{target}, {own}", (each.name for each in self.kept)),
            x=frame.x[row : row + 1],
            target=target,
            expert=own,
            weight=weight,
            score=float(frame.score[row]),
            probability=None if frame.probability is None else float(frame.probability[row]),
            log_density=float(frame.log_density[row]),
            distance=None if frame.distance is None else float(frame.distance[row]),
            seed=seed,
            step=number,
            code=f"{code}.x" if len(frame.x) == 1 else f"{code}.x[{row}:{row + 1}]",
            domain=domain,
        )
        self.kept = (*self.kept, card)
        return card

    def remove(self, name: str) -> None:
        """Let go of what was kept under a name."""
        self._card(name)
        self.kept = tuple(each for each in self.kept if each.name != name)

    def rename(self, name: str, new: str) -> None:
        """Call what was kept under a name something else."""
        card = self._card(name)
        wanted = " ".join(new.split())
        if not wanted:
            raise InputError(f"{name!r} needs a name that is not empty")
        self.kept = tuple(replace(each, name=wanted) if each is card else each for each in self.kept)

    def _card(self, name: str) -> Kept:
        for each in self.kept:
            if each.name == name:
                return each
        raise InputError(unknown("kept prototype", name, [each.name for each in self.kept]))

    @property
    def code(self) -> str:
        """Python that makes this view, and each prototype that was kept; `model` and the rest are what was given."""
        waits = {} if self._searched else {"run": False}
        line = prototype_code.view(self._question(), self._given, self._fixed | waits)
        lines = ["import lrpwidgets as lw", "", line]
        if self.kept:
            lines += ["", "kept = {", *(f"    {each.name!r}: {each.code}," for each in self.kept), "}"]
        return "\n".join(lines)

    def cards(self) -> list[Card]:
        """What is on the screen, as it would be drawn: the columns' frames, then what was kept."""
        found = []
        for column in self._shown:
            if not column.frames:
                continue
            frame = column.frame(self.at.get(column.name, self.step))
            shown, _ = pictures(frame.x[:MOST], column.run.domain)
            for row, picture in enumerate(shown):
                told = facts(
                    float(frame.score[row]),
                    None if frame.probability is None else float(frame.probability[row]),
                    float(frame.log_density[row]),
                    None if frame.distance is None else float(frame.distance[row]),
                )
                title = f"{column.run.targets[row]}, {column.name}"
                found.append(Card(picture, title, (*told, f"step {frame.number}")))
        return [*found, *(each.card() for each in self.kept)]

    def save(self, path: str | Path, **options: Any) -> Path:
        """Write the columns and what was kept as .png. `options`: `theme`, "light" or "dark"."""
        return write(self.cards(), path, **options)

    def picture(self) -> None:
        """A view of prototypes is no explanation; its picture is that of `cards`."""
        return

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The live view, and for readers with no kernel the cards."""
        with suppress(RuntimeError):  # in an observer, which nothing may wait in
            self._worker.wait(PATIENCE)
        with traits_lock():
            cards = self.cards()
        return still(self, compose(cards) if cards else None, repr(self), self.code)

    def __repr__(self) -> str:
        return f"PrototypeView({self.target!r}, {', '.join(self.experts)}, {len(self.kept)} kept)"

    def follow(self, owner: Any) -> None:
        """Offer the class that `owner` (a workbench) explains; nothing is searched before somebody asks for it.

        The searches stay this view's own work, so that they and the owner's answers do not end each other.
        """

        def take(_change: Any) -> None:
            explanation = owner.explanation
            if explanation is not None and explanation.target[0].index is not None:
                asks, self._asks = self._asks, False
                try:
                    self.target = explanation.target[0].index
                finally:
                    self._asks = asks

        owner.observe(take, "explanation")
        take(None)

    def _on_message(self, view: object, content: object, buffers: object) -> None:
        if not isinstance(content, dict):
            return
        try:
            self._do(content)
        except (LrpError, KeyError, TypeError, ValueError) as error:
            self.complain(error)
        else:
            super()._on_message(view, content, buffers)

    def _do(self, content: dict[str, Any]) -> None:
        match content:
            case {"kind": "ask", "asked": dict(asked)}:
                self._ask(asked)
            case {"kind": "sweep", "name": str(name)}:
                self.sweep(expert=name)
            case {"kind": "keep", "name": str(name), "row": int(row), "number": number}:
                self.keep(name, row, number)
            case {"kind": "keep-weight", "index": int(index), "row": int(row)}:
                self.keep_weight(index, row)
            case {"kind": "remove", "name": str(name)}:
                self.remove(name)
            case {"kind": "rename", "name": str(name), "new": str(new)}:
                try:
                    self.rename(name, new)
                except InputError:
                    self._cards = [dict(card) for card in self._cards]  # the old name comes back
                    raise

    def _ask(self, asked: dict[str, Any]) -> None:
        """Run for what the browser's controls say."""
        self.check_names(asked, QUESTION)
        target = asked.get("target")
        if isinstance(target, dict):
            asked = {**asked, "target": unit(str(target["path"]), int(target["channel"]))}
        elif target is None:
            asked = {key: value for key, value in asked.items() if key != "target"}
        self._asks = False
        try:
            with self.hold_trait_notifications():
                for key, value in asked.items():
                    setattr(self, key, value)
        finally:
            self._asks = True
        self.run()


def prototypes(model: nn.Module, target: Any = 0, experts: Any = None, **options: Any) -> PrototypeView:
    """Watch the search for an input that makes the model most certain (activation maximization, tutorial, section 3).

    experts: None for L2 to zero, one (`lw.experts`), or several side by side, ``{"RBM": rbm, "codes": CodeSpace(g)}``.
    run: False shows the controls and waits. Further options are the traits of `PrototypeView`, and what
    `lw.prototype` takes: `weight` (a number, or one by the name of an expert), `near`, `start`, `noise`, `step_size`,
    `tolerance`, `score`, `shape`, `labels`, `input`, `input_range`, `output`.

    The model is copied when a search begins. Raises what `lw.prototype` raises, at once, if no expert can begin, and
    `InputError` for inputs that are no pictures.

    >>> import lrpwidgets as lw
    >>> lw.prototypes(lw.zoo.digits(), 7, lw.zoo.digit_rbm(), steps=5).code.splitlines()[-1]
    'lw.prototypes(model, 7, expert, seed=0, steps=5)'
    """
    return PrototypeView(model, target, experts, **options)
