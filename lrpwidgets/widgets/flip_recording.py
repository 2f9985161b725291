"""What a flipping run has shown so far, kept as the arrays of a film and bounded in size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lrpwidgets.errors import InputError
from lrpwidgets.explain import targets
from lrpwidgets.explain.inputs import described, model_inputs
from lrpwidgets.measure.flips import flip_steps
from lrpwidgets.measure.patches import places
from lrpwidgets.measure.rankers import named
from lrpwidgets.measure.removal import REMOVALS
from lrpwidgets.measure.scored import SCORES
from lrpwidgets.render.film import MOST_STEPS, Film, Track, limit_of, quantised
from lrpwidgets.widgets.flip_canvas import Canvas

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import nn

    from lrpwidgets.measure.flipping_run import Step

BUDGET = 24 * 2**20  # bytes of relevance and pictures kept from the steps of all methods, for each removal
INPAINT = "inpaint"  # the one removal by name whose values depend on what else is gone
PATCH = 8  # pixels a side, where nothing is said and the input is a picture


class Recording:
    """Flips one input by several methods under one removal after another.

    Making it asks the model once for each removal, so that `film` has step 0 at once. `advance` does one step.
    Raises what `lw.measure.flip_steps` raises; `InputError` for several inputs, and for more steps than are counted.
    """

    def __init__(
        self, model: nn.Module, x: Any, methods: Any, removals: Mapping[str, Any], **settings: Any
    ) -> None:
        domain = described(model, settings.get("input"), "input")
        self._model, self._inputs = model, model_inputs(model, x, domain, settings.pop("of", None))
        self._input = self._inputs.explained
        if len(self._input) != 1:
            raise InputError(
                f"the player flips one input, not a batch of {len(self._input)}; give x[i:i+1], and ask "
                "lw.measure.flip for the curves of many"
            )
        self._canvas = Canvas(self._input, domain)
        self._picture = self._canvas.picture(self._input)
        self._pictured = self._input.dim() == 4
        if self._pictured and settings.get("patch") is None and settings.get("regions") is None:
            settings["patch"] = tuple(min(PATCH, side) for side in self._input.shape[2:])
        self.settings = settings
        self.methods = tuple(named(methods))
        self._given = methods
        divided = places(
            self._input,
            settings.get("patch"),
            settings.get("regions"),
            anywhere=settings.get("anywhere", False),
            domain=domain,
        )
        self._runs: dict[str, _Run] = {}
        for name, removal in removals.items():
            self.add(name, removal)
        asked = settings.get("steps")
        self.total = asked if asked is not None else -(-divided.most // settings.get("per_step", 1))
        if self.total > MOST_STEPS:
            raise InputError(
                f"{self.total} steps are more than the {MOST_STEPS} that are counted; flip larger regions (patch=), "
                "several at a time (per_step=), or fewer (steps=)"
            )
        for run in self._runs.values():
            run.fit(self.total)

    @property
    def removals(self) -> tuple[str, ...]:
        """The removals that were asked for, in order."""
        return tuple(self._runs)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The scores that are kept: logit and probability of a class, or the one that was given."""
        score, target = self.settings.get("score", "logit"), self.settings.get("target")
        of_class = not callable(target) and targets.hidden(target) is None
        return SCORES if of_class and not callable(score) else ("score",)

    @property
    def progress(self) -> float:
        """How much of what was asked is done, 0..1."""
        known = sum(track.steps for run in self._runs.values() for track in run.tracks.values())
        return known / max(1, self.total * len(self._runs) * len(self.methods))

    def add(self, name: str, removal: Any) -> None:
        """Flip under another removal too."""
        taken = {key: value for key, value in self.settings.items() if key != "score"}
        score = self.settings.get("score", "logit")
        steps = flip_steps(
            self._model,
            self._inputs,
            self._given,
            removal=removal,
            score="logit" if score in SCORES and self.kinds == SCORES else score,
            **taken,
        )
        self._runs[name] = run = _Run(self, name, steps, changing=_changing(removal))
        for _ in self.methods:
            run.advance()
        if hasattr(self, "total"):
            run.fit(self.total)

    def advance(self, first: str) -> bool:
        """One step of one method, under the removal `first` as long as that has steps left; False at the end."""
        runs = sorted(self._runs.values(), key=lambda run: run.removal != first)
        return any(run.advance() for run in runs)

    def end(self) -> None:
        """Take no further step of what was asked so far."""
        for run in self._runs.values():
            run.end()

    def film(self) -> Film:
        """All that is known, in arrays of its own."""
        tracks = [track for run in self._runs.values() for track in run.tracks.values()]
        labels = described(self._model, self.settings.get("labels"), "labels")
        seen = sorted({top for track in tracks for top in track.top if top >= 0})
        return Film(
            picture=self._picture,
            removed={run.removal: run.everything for run in self._runs.values()},
            tracks=tuple(track.film() for track in tracks),
            recomputed=bool(self.settings.get("recompute", False)),
            total=self.total,
            pixelated=self._canvas.pixelated,
            words=self._words(),
            classes={index: targets.label_of(index, labels) for index in seen},
        )

    def _words(self) -> dict[str, Any]:
        first = next(iter(self._runs.values()))
        notes = [self._canvas.note, *(run.note for run in self._runs.values())]
        return {
            "target": first.target.label
            if first.minus is None
            else f"{first.target.label} - {first.minus.label}",
            "order": self.settings.get("order", "most"),
            "notes": list(dict.fromkeys(note for note in notes if note)),
        }


class _Run:
    """The steps under one removal."""

    def __init__(self, whole: Recording, removal: str, steps: Iterator[Step], *, changing: bool) -> None:
        self.removal = removal
        self._steps, self._whole, self._changing = steps, whole, changing
        self.tracks: dict[str, _Record] = {}
        self.minus: targets.Target | None = None
        self.everything: NDArray[np.uint8] = np.empty(0, np.uint8)
        self._open = True
        self._stride = 1

    def fit(self, total: int) -> None:
        """Keep the relevance, and the pictures, of every so many steps that all of them fit into the budget."""
        canvas = self._whole._canvas
        recomputed = self._whole.settings.get("recompute", False)
        each = canvas.height * canvas.width * (2 * bool(recomputed) + 3 * self._changing)
        most = max(2, BUDGET // max(1, each * len(self._whole.methods)))
        self._stride = -(-(total + 1) // most) if each else 1

    @property
    def note(self) -> str:
        """What is not kept."""
        if self._stride == 1:
            return ""
        what = "the picture" if self._changing else "the relevance"
        return (
            f"{what} of every {self._stride}th step is kept, to fit into {BUDGET >> 20} MB ({self.removal})"
        )

    def advance(self) -> bool:
        step = next(self._steps, None) if self._open else None
        if step is None:
            self._open = False
            return False
        if not self.tracks:
            self._begin(step)
        if step.method not in self.tracks:
            self.tracks[step.method] = _Record(step.method, self)
        self.tracks[step.method].add(step)
        return True

    def end(self) -> None:
        self._open = False

    def _begin(self, step: Step) -> None:
        """What is the same in all steps."""
        whole = self._whole
        labels = described(whole._model, whole.settings.get("labels"), "labels")
        asked = whole.settings.get("target", "top")
        if targets.hidden(asked) is None:
            self.target = targets.start(asked, step.output, labels).targets[0]
            minus = whole.settings.get("minus")
            self.minus = None if minus is None else targets.start(minus, step.output, labels).targets[0]
        else:
            unit = asked[0] if isinstance(asked, (list, tuple)) else asked
            self.target = targets.Target(None, unit.code)
        all_of_it = torch.ones_like(step.removed, dtype=torch.bool)
        removed = whole._input if self._changing else step._remove(all_of_it)
        self.everything = whole._canvas.picture(removed)

    def scores(self, step: Step) -> dict[str, float]:
        """The score of a step by kind."""
        if self._whole.kinds != SCORES or self.target.index is None:
            return dict.fromkeys(self._whole.kinds, float(step.scores[0]))
        output = step.output if step.output.dim() > 1 else step.output[:, None]
        by_kind = (output[0], output.softmax(1)[0])
        found = [each[self.target.index] for each in by_kind]
        if self.minus is not None:
            found = [f - each[self.minus.index] for f, each in zip(found, by_kind, strict=True)]
        sound = bool(torch.isfinite(step.scores[0]))
        return {kind: float(f) if sound else float("nan") for kind, f in zip(SCORES, found, strict=True)}

    def keeps(self, number: int) -> bool:
        return number % self._stride == 0


class _Record:
    """A track that grows."""

    def __init__(self, method: str, run: _Run) -> None:
        canvas = run._whole._canvas
        self._method, self._run, self._canvas = method, run, canvas
        self._recomputed = bool(run._whole.settings.get("recompute", False))
        self._scores: dict[str, list[float]] = {kind: [] for kind in run._whole.kinds}
        self.top: list[int] = []
        self._picked: list[int] = []
        self._rank = np.zeros((1, canvas.height, canvas.width), np.uint16)
        self._maps: list[tuple[int, NDArray[np.int16], float]] = []
        self._limit = 0.0
        self._frames: list[tuple[int, NDArray[np.uint8]]] = []

    @property
    def steps(self) -> int:
        return len(self.top) - 1

    def add(self, step: Step) -> None:
        """The next step of this method."""
        at = step.number
        if step.relevance is not None and self._wants_map(at - 1):
            values, scale = quantised(self._canvas.relevance(step.relevance))
            self._maps.append((at - 1, values, scale))
            if len(self._maps) == 1:
                self._limit = limit_of(values, scale)
        gone = self._canvas.gone(step.removed)
        if len(gone) > len(self._rank):
            self._rank = np.repeat(self._rank, len(gone), axis=0)
        self._rank[gone & (self._rank == 0)] = at
        if self._run._changing and self._run.keeps(at):
            self._frames.append((at, self._canvas.picture(step.input)))
        for kind, score in self._run.scores(step).items():
            self._scores[kind].append(score)
        self._picked += step.picked[0].tolist()
        classes = step.output.dim() == 2 and step.output.shape[1] > 1
        known = classes and bool(torch.isfinite(step.output).all())
        self.top.append(int(step.output[0].argmax()) if known else -1)

    def _wants_map(self, at: int) -> bool:
        return self._run.keeps(at) if self._recomputed else not self._maps

    def film(self) -> Track:
        canvas = self._canvas
        maps = [values for _, values, _ in self._maps]
        frames = [frame for _, frame in self._frames]
        return Track(
            method=self._method,
            removal=self._run.removal,
            scores={kind: np.array(scores) for kind, scores in self._scores.items()},
            top=np.array(self.top, np.int32),
            picked=np.array(self._picked, np.int64),
            rank=self._rank.copy(),
            maps=np.stack(maps) if maps else np.empty((0, canvas.height, canvas.width), np.int16),
            scales=np.array([scale for _, _, scale in self._maps], np.float64),
            map_steps=np.array([at for at, _, _ in self._maps], np.int32),
            limit=self._limit,
            frames=np.stack(frames) if frames else np.empty((0, canvas.height, canvas.width, 3), np.uint8),
            frame_steps=np.array([at for at, _ in self._frames], np.int32),
        )


def _changing(removal: Any) -> bool:
    """Whether the values of removed variables depend on what else is removed."""
    if isinstance(removal, str):
        return removal == INPAINT
    return callable(removal) and not isinstance(removal, torch.Tensor)


def removals(given: Any) -> dict[str, Any]:
    """Removals by name: one or several of `lw.measure.flip`'s, or a mapping of names to them."""
    if isinstance(given, Mapping):
        return {str(name): removal for name, removal in given.items()}
    several = list(given) if isinstance(given, (list, tuple)) else [given]
    found: dict[str, Any] = {}
    for removal in several:
        plain = isinstance(removal, (str, int, float))
        name = str(removal) if plain else getattr(removal, "__name__", "given")
        if name in found:
            raise InputError(f"removal {name!r} is given twice; name them in a mapping")
        found[name] = removal
    if not found:
        raise InputError(f"no removal is given; one or several of {', '.join(REMOVALS)}")
    return found
