"""The rule view: which rule each layer uses, what it makes of the map, and where the relevance went."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets
import traitlets

from lrpwidgets.errors import InputError, LayerError, LrpError, PresetError, unknown
from lrpwidgets.explain import code, presets, targets
from lrpwidgets.explain import setup as setups
from lrpwidgets.explain.rules.parameters import make
from lrpwidgets.explain.trace import Trace
from lrpwidgets.measure.advice import advise
from lrpwidgets.render.kinds import kind
from lrpwidgets.widgets import rule_rows, rule_still
from lrpwidgets.widgets.heatmap import HeatmapView
from lrpwidgets.widgets.rule_selecting import RuleSelecting
from lrpwidgets.widgets.still import still
from lrpwidgets.widgets.traits import Checked
from lrpwidgets.widgets.view import View
from lrpwidgets.widgets.worker import Token, Worker, model_lock, traits_lock

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.explain.presets import Preset
    from lrpwidgets.measure.findings import Advice

STATIC = Path(__file__).parent / "static"
PATIENCE = 1.0  # seconds that the picture in a saved notebook waits for the ledger
MOST_TEXT = 20_000_000  # letters of a setup that a browser may send
CHOICES = {"pooling": presets.POOLING, "add": presets.ADD, "response": presets.RESPONSE}


class RuleView(RuleSelecting, anywidget.AnyWidget):
    """The layers of a traced net with the rule each uses; a change shows at once in the map and in the ledger.

    ``RuleView(trace)``: the trace is kept, so a change costs one backward. Setting a trait returns at once, `wait()`
    waits for map, ledger and selection. `data` is what `select` flips; `heatmap=False` leaves out the heat map
    (`view`, a `HeatmapView`), whose options may be given too.

    Raises what `trace.explain` raises for the first answer.
    """

    _esm = STATIC / "rules.js"

    rules = Checked("_check_rules", "deep-taylor")
    """A name in `lw.PRESETS`, a preset, or rules by module path; changing a layer makes a preset of one's own."""

    setup = Checked("_check_setup", {}).tag(sync=True)
    """`rules` as plain data, as `preset.to_json()` gives it: to be saved as JSON and set again."""

    layer = Checked("_check_layer", "").tag(sync=True)
    """The chosen layer: a module path of `trace.layers`; empty for what the model does outside of its modules."""

    target = Checked("_check_target", "top")
    """What is explained, as in `lw.explain`."""

    minus = Checked("_check_target", None)
    """A second target that is subtracted; None: nothing."""

    trace = Checked("_check_trace", None)
    """The recorded forward pass; another one (of another input) can be set."""

    explanation = traitlets.Any(None, allow_none=True, read_only=True)
    """The last answer: what is on the screen."""

    advice = traitlets.Any(None, allow_none=True, read_only=True)
    """What `lw.measure.advise` says of the model (sections 6.1 and 6.2); None until it is known."""

    view: HeatmapView | None = None
    """The heat map beside the layers; None without one."""

    _accounts = traitlets.Instance(Worker, ("lrpwidgets-ledger",))
    _heatmap = traitlets.Instance(HeatmapView, None, allow_none=True).tag(
        sync=True, **ipywidgets.widget_serialization
    )
    _forms = traitlets.List([]).tag(sync=True)
    _choices = traitlets.Dict({}).tag(sync=True)
    _preset = traitlets.Dict({}).tag(sync=True)  # the menus, and what was changed
    _layers = traitlets.List([]).tag(sync=True)
    _account = traitlets.Dict({}).tag(sync=True)  # the ledger, of answer number "answer"
    _answer = traitlets.Int(0).tag(sync=True)
    _advice = traitlets.List(None, allow_none=True).tag(sync=True)
    _code = traitlets.Unicode("").tag(sync=True)

    def __init__(self, trace: Trace, *, data: Any = None, heatmap: bool = True, **options: Any) -> None:
        self.check_names(options, (*self.options(), *HeatmapView.options(), "data", "heatmap"))
        shown = {name: options.pop(name) for name in HeatmapView.options() if name in options}
        self.data, self._shows_map = data, heatmap
        self._owner: View | None = None
        self._unaccounted: Exception | None = None
        self._asked: tuple[Any, ...] | None = None
        given = options.pop("setup", None)
        rules = options.pop("rules", "deep-taylor") if given is None else setups.from_json(given)
        super().__init__(trace=trace, **({"layer": _first_layer(trace)} | options))
        try:
            self.rules = rules
            first = self._explain(self._question(), Token())
            if heatmap and (shown or kind(first) == "image"):
                self.view = HeatmapView(first, **shown)
                self.view._worker = self._worker
                for name in ("status", "progress"):  # errors are said once, above
                    traitlets.dlink((self, name), (self.view, name))
        except BaseException:
            self.close()
            raise
        self._heatmap = self.view
        self._forms, self._choices = rule_rows.forms(), {name: list(of) for name, of in CHOICES.items()}
        self._asked = self._question_key()
        with self.hold_sync():
            self._tell_rules()
            self._show(first)
        self._tell_selection(running=False)

    # -- asking -------------------------------------------------------------------------------------

    def change(self, where: str | list[str], rule: Any) -> None:
        """Give layers another rule: `where` is a module path, a pattern with * and ?, several of these, or a group.

        Groups are "first", "convolutions" and "dense". rule: ``lw.Gamma(0.5)``; None: what the preset says without.
        """
        preset = self.preset
        for place in [where] if isinstance(where, str) else where:
            preset = setups.change(preset, place, rule)
        self._use(preset)

    def reset(self) -> None:
        """Back to the preset that the changes began with."""
        base = setups.base_of(self.preset)
        if base is None:
            raise PresetError(
                f"{self.preset.name!r} is made from no registered preset: choose one, rules='deep-taylor'."
            )
        self._use(base)

    def stop(self) -> None:
        """Stop the work that is going on, the selection among it; what is there stays."""
        super().stop()
        self._flipping.stop()

    def wait(self, timeout: float = 60.0) -> None:
        """Wait for map, ledger, advice and selection; raises as `View.wait` does."""
        super().wait(timeout)
        for worker in (self._flipping, self._accounts):
            if not worker.wait(timeout):
                raise TimeoutError(f"RuleView was still busy after {timeout:g} seconds.")
        super().wait(timeout)

    def follow(self, owner: Any) -> None:
        """Become a panel of `owner`: `rules` and its are linked, it asks the model, its `explanation` is shown.

        Whoever owns it sets `trace` when the input changes.
        """
        super().follow(owner)
        if self.view is not None:
            self.view._worker = self._worker
        self._owner = owner
        traitlets.link((owner, "rules"), (self, "rules"))
        owner.observe(lambda _: self._show(owner.explanation), "explanation")
        if owner.explanation is not None:
            self._show(owner.explanation)

    def close(self) -> None:
        """Take the view off the screen and end its threads."""
        for worker in (self._accounts, self._flipping):
            worker.close()
        if self.view is not None:
            self.view.close()
        super().close()

    # -- what it shows ------------------------------------------------------------------------------

    @property
    def preset(self) -> Preset:
        """`rules` as a preset."""
        return presets.choose(self.rules)

    @property
    def code(self) -> str:
        """Python that makes this view, up to the names of the model and its input."""
        context = "".join(f", {name}={value}" for name, value in self.trace._given)
        asking: Any = self if self._owner is None else self._owner
        asked = {"target": asking.target, "minus": asking.minus}
        said = "".join(
            f", {name}={code.literal(value)}" for name, value in asked.items() if value not in ("top", None)
        )
        shown = (
            ("" if self._shows_map else ", heatmap=False")
            if self.view is None
            else "".join(f", {k}={v!r}" for k, v in self.view.changed_options().items())
        )
        traced = f"lw.trace(model, x{context})"
        rules = setups.code(self.preset)
        view = f"lw.rules({traced}, rules={rules}{said}, layer={self.layer!r}{shown})"
        return f"import lrpwidgets as lw\n\n{view}"

    def picture(self) -> Explanation | None:
        """The explanation on the screen."""
        return self.explanation

    def picture_options(self) -> dict[str, Any]:
        """As the heat map shows it."""
        return {} if self.view is None else self.view.picture_options()

    def save(self, path: str | Path, **options: Any) -> Path:
        """Write the map to `path` (see `HeatmapView.save`), or to a name that ends in .rules.json the setup."""
        place = Path(path)
        if place.name.endswith(".rules.json"):
            place.write_text(json.dumps(self.setup, indent=1), encoding="utf-8")
            return place
        return self.explanation.save(path, **{**self.picture_options(), **options})

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The live view, and for readers with no kernel the map and the table of rules."""
        if self.explanation is None:
            return still(self, None, repr(self), "")
        with suppress(RuntimeError):  # in an observer, which nothing may wait in
            self._accounts.wait(PATIENCE)
        return still(self, rule_still.picture(self), repr(self), self.code)

    def __repr__(self) -> str:
        rules = self.preset.name
        if self.explanation is None:
            return f"RuleView({rules!r}, nothing yet)"
        total, score = float(self.explanation.total[0]), float(self.explanation.score[0])
        return f"RuleView({rules!r}, sum R {total:.5g} of f {score:.5g})"

    # -- work ---------------------------------------------------------------------------------------

    def _question(self) -> dict[str, Any]:
        return {"rules": self.rules, "target": self.target, "minus": self.minus}

    def _question_key(self) -> tuple[Any, ...]:
        return (self.trace, *self._question().values())

    def _explain(self, question: dict[str, Any], token: Token) -> Explanation:
        with model_lock(self.trace.model):
            token.check()
            return self.trace.explain(**question)

    @traitlets.observe("rules", "target", "minus", "trace")
    def _on_question(self, change: Any) -> None:
        if self.trace is None:
            return
        if change["name"] in ("rules", "trace"):
            with self.hold_sync():
                self._tell_rules()
        key = self._question_key()
        if self._asked is None or (
            len(key) == len(self._asked) and all(a is b for a, b in zip(key, self._asked, strict=True))
        ):
            return
        self._asked = key
        if self._owner is None:
            question = self._question()
            self._request(lambda token: self._explain(question, token), self._show)

    def _show(self, explanation: Explanation) -> None:
        """Put an answer on the screen; its ledger follows."""
        self.set_trait("explanation", explanation)
        if self.view is not None:
            self.view.explanation = explanation
        answer = self._answer = self._answer + 1
        self._code = self.code

        def account(token: Token) -> dict[str, Any]:
            if not explanation.has_ledger:
                return {"answer": answer, "rows": []}
            with model_lock(self.trace.model):
                token.check()
                return {**rule_rows.account(explanation), "answer": answer}

        self.forgive(self._unaccounted)
        self._accounts.submit(account, self._account_done, self._no_account)

    def _account_done(self, found: dict[str, Any]) -> None:
        self._account = found
        if self.advice is None:
            self._accounts.submit(self._advise, self._advise_done, self.complain, background=True)

    def _no_account(self, error: Exception) -> None:
        self._unaccounted = error  # of this answer only
        self.complain(error)

    def _advise(self, token: Token) -> tuple[Trace, Advice]:
        seen = self.trace
        with model_lock(seen.model):
            token.check()
            ends = seen.input_range if seen.domain is None else None
            return seen, advise(
                seen.model, seen.inputs, input=seen.domain, input_range=ends, output=seen._output
            )

    def _advise_done(self, found: tuple[Trace, Advice]) -> None:
        self.set_trait("advice", found[1])
        self._advice = [asdict(one) for one in found[1]]

    # -- the wire -----------------------------------------------------------------------------------

    def _tell_rules(self) -> None:
        """Menus, layers, code and JSON of the rules as they are."""
        preset = self.preset
        self._preset = rule_rows.setup(preset, setups.base_of(preset))
        self._layers = rule_rows.layers(self.trace, rule_rows.assignment(self.trace, preset))
        self.setup = preset.to_json()
        self._code = self.code

    @traitlets.observe("layer")
    def _on_layer(self, _change: Any) -> None:
        if self.explanation is not None:
            self._code = self.code

    @traitlets.observe("setup")
    def _on_setup(self, change: Any) -> None:
        if change["new"] != self.preset.to_json():
            self._use(setups.from_json(change["new"]))

    def _use(self, preset: Preset) -> None:
        owner: Any = self._owner
        if owner is not None and "method" in owner.trait_names():
            owner.method = "lrp"
        known = presets.PRESETS.get(preset.name) is preset
        self.rules = preset.name if known else preset

    def _on_message(self, view: object, content: object, buffers: object) -> None:
        if not isinstance(content, dict) or content.get("kind") == "stop":
            super()._on_message(view, content, buffers)
            return
        try:
            with traits_lock():
                self._obey(content)
        except LrpError as error:
            self.complain(error)

    def _obey(self, asked: dict[str, Any]) -> None:
        """Do what somebody's hands ask for."""
        what, value = asked.get("kind"), asked.get("value")
        if what == "preset":
            self.rules = str(value)
        elif what == "shared":
            from dataclasses import replace

            choice = rule_rows.choose_shared(asked.get("name"), value, CHOICES)
            base = setups.base_of(self.preset)
            self._use(setups.settled(replace(self.preset, **choice), base))
        elif what == "rule":
            where = [str(place) for place in asked.get("where") or [] if isinstance(place, str)]
            values = asked.get("values") or {}
            self.change(where, None if value is None else make(value, dict(values)))
        elif what == "reset":
            self.reset()
        elif what == "setup":
            self._use(setups.from_json(_parsed(value)))
        elif what == "select":
            self._select_by_hand(asked)
        elif what == "stop-selection":
            self._flipping.stop()
        elif what == "use":
            self.use(None if value is None else str(value))

    # -- what may be asked --------------------------------------------------------------------------

    def _check_rules(self, value: Any) -> Any:
        if self.trace is not None:
            rule_rows.assignment(self.trace, presets.choose(value))
        return value

    def _check_setup(self, value: Any) -> Any:
        if value and self.trace is not None:
            rule_rows.assignment(self.trace, setups.from_json(value))
        return value

    def _check_layer(self, value: Any) -> str:
        known = [one["path"] for one in self._layers] or self._paths()
        if value not in known:
            raise LayerError(unknown("layer", value, known))
        return str(value)

    def _paths(self) -> list[str]:
        if self.trace is None:
            return [""]
        return [one["path"] for one in rule_rows.layers(self.trace, self.trace.assignment(self.preset))]

    def _check_target(self, value: Any) -> Any:
        if (
            value is not None
            and self.trace is not None
            and not callable(value)
            and targets.hidden(value) is None
        ):
            targets.start(value, self.trace.output, self.trace.labels)
        return value

    def _check_trace(self, value: Any) -> Any:
        if not isinstance(value, Trace):
            raise InputError(f"a rule view shows a trace, lw.trace(model, x), not {type(value).__name__}.")
        if self._asked is not None:
            rule_rows.assignment(value, self.preset)
        return value


def _first_layer(trace: Any) -> str:
    """The first layer with weights: what is chosen at first."""
    if not isinstance(trace, Trace):
        return ""
    return next((node.path for node, _ in trace.assignment("lrp-0")), "")


def _parsed(text: object) -> Any:
    if not isinstance(text, str) or len(text) > MOST_TEXT:
        raise PresetError("a setup is a text in JSON, as this view shows it.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PresetError(f"this setup is no JSON: {error}") from None


def rules(trace: Trace, **options: Any) -> RuleView:
    """A live view of the rules that each layer uses; `options` are the traits of `RuleView` and of the heat map."""
    return RuleView(trace, **options)
