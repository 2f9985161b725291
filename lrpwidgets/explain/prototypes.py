"""Prototypes by activation maximization (tutorial, section 3): which input would make the model most certain?

max over x of  log p(c|x) - lambda |x - x_ref|^2                3.1, expert L2
max over x of  log p(c|x) + log p(x)                            3.2, experts GaussianRBM, LogDensity
max over z of  log p(c|g(z)) - lambda |z - z_ref|^2             3.3, expert CodeSpace
... - eta |x - x_0|^2                                           3.4, near= and eta=
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from torch import Tensor, nn

from ..errors import InputError, StoppedError
from .ascent import Ascent
from .code import literal
from .experts import Expert, as_expert
from .explanation import RENDERER
from .first_layer import Bounds
from .outputs import OutputLike
from .progress import report
from .search import Search, made
from .targets import Target, TargetLike

_KEPT = 64  # frames of a record; of more, every second one is let go of, again and again


@dataclass(frozen=True, eq=False)
class Frame:
    """Where a search stands after `number` tries: 0 is where it begins.

    x (batch, ...) and, under a decoder, its code z. (batch,) each: `score` of the target, for a class log p(c|x);
    `probability` of the class, None for other targets; `log_density` by the expert, without its weight; `distance`
    |x - near|, None without near; `objective`, which never falls. `ended`: why a prototype no longer moves:
    "converged", "flat" (no gradient where it began), "not finite" (nothing but NaN around it), None while it moves.
    """

    number: int
    x: Tensor
    z: Tensor | None
    score: Tensor
    probability: Tensor | None
    log_density: Tensor
    distance: Tensor | None
    objective: Tensor
    ended: tuple[str | None, ...]


def prototype_steps(
    model: nn.Module,
    target: TargetLike,
    expert: Any = None,
    *,
    weight: float | None = None,
    near: Any = None,
    eta: float = 0.0,
    count: int | None = None,
    diversity: float = 0.0,
    start: Any = None,
    noise: float | None = None,
    steps: int = 500,
    step_size: float | None = None,
    tolerance: float = 1e-7,
    seed: int = 0,
    score: str | None = None,
    shape: Sequence[int] | None = None,
    labels: Sequence[str] | None = None,
    input: Any = None,
    input_range: Bounds | None = None,
    output: OutputLike = None,
) -> Iterator[Frame]:
    """Climb from a starting point to a prototype; each frame on the way as soon as it is known.

    target: a class index or label, one for each prototype (``range(10)``), a function of the output, or a hidden unit
        (``lw.unit(path, channel)``). score: for a class "log-probability" (by softmax over the outputs) or "logit".
    expert: one of ``lw.experts`` (None: L2 to zero), or any module or function of (batch, ...) that gives log p(x).
    weight: of the expert's term, the paper's lambda for distances (None: the expert's own, 0.01 for distances, else 1).
    near, eta: minus eta |x - near|^2, with a reference (1 or batch, ...), or a picture that `input` encodes.
    count: several prototypes of one target; diversity: plus that times the mean over the others of log |x_i - x_j|^2
        (of codes under a decoder). Their starts differ by `noise`.
    start: (1 or batch, ...) inputs, or codes; None: `near`, else where the expert says (its reference, the mean of an
        RBM), else the middle of the range, or zero. noise: standard deviation of what is added (None: with `count` a
        tenth of the range, else 0).
    steps: tries at most; step_size: the largest change of a variable in the first one (None: a tenth of the range),
        later ones find their own; tolerance: relative to the objective; five gains below it in a row end a prototype.
    shape: of one input, where nothing else tells it. input_range: (low, high) that x keeps to, known for models with a
        card or `input=lw.image(...)`; a decoder's x is what it makes.

    The model, decoders and experts that are modules are copied as they are now, so training may go on. Closing the
    generator ends the search. Costs one forward and one gradient a try, and one forward more.
    Raises `InputError`, `TargetError`, `LayerError` or `ModelError`, at once rather than at the first step.
    """
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise InputError(f"steps is a whole number of at least 1, not {steps!r}")
    search = made(
        model,
        target,
        as_expert(expert),
        input,
        labels,
        weight=weight,
        near=near,
        eta=eta,
        count=count,
        diversity=diversity,
        start=start,
        noise=noise,
        shape=shape,
        score=score,
        input_range=input_range,
        output=output,
        seed=seed,
    )
    return Steps(search, search.ascent(step_size, tolerance), steps)


class Steps(Iterator[Frame]):
    """The frames of one search, and what a record of it needs to know."""

    def __init__(self, search: Search, ascent: Ascent, steps: int) -> None:
        self.search = search
        self._ascent, self._steps, self._number = ascent, steps, -1
        self._closed = False

    def __next__(self) -> Frame:
        if self._closed:
            raise StopIteration
        if self._number >= 0:
            if self._number >= self._steps or not bool(self._ascent.live.any()):
                raise StopIteration
            report(self._number / self._steps)
            self._ascent.step()
        self._number += 1
        point = self._ascent.point
        return Frame(
            self._number,
            point.x.clone(),
            None if self.search.decode is None else self._ascent.y.clone(),
            point.score,
            point.probability,
            point.log_density,
            point.distance,
            point.objective,
            tuple(self._ascent.ended),
        )

    def close(self) -> None:
        """End here: there is no further frame."""
        self._closed = True


@dataclass(frozen=True, eq=False, repr=False)
class Prototype:
    """What a search found, (batch, ...), and the way there; what each field means stands in :class:`Frame`.

    `frames` are at most 64, the first and the last among them. `ended` also says "steps" or "stopped". `complete` is
    False if the search was stopped, and then this is what it had.
    """

    x: Tensor
    z: Tensor | None
    score: Tensor
    probability: Tensor | None
    log_density: Tensor
    distance: Tensor | None
    objective: Tensor
    ended: tuple[str, ...]
    target: tuple[Target, ...]
    expert: Expert
    weight: float
    seed: int
    frames: tuple[Frame, ...]
    complete: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)
    domain: Any = None
    notes: tuple[str, ...] = ()
    code: str = ""

    def __len__(self) -> int:
        return len(self.x)

    def save(self, path: Any, **options: Any) -> Any:
        """Write a picture of it with its numbers: .png. `options`: `theme`, "light" or "dark"."""
        return import_module(f"{RENDERER}.prototypes").save(self, path, **options)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle: dict[str, Any] = import_module(f"{RENDERER}.prototypes").mimebundle(self)
        return bundle

    def __repr__(self) -> str:
        lines = [
            f"<Prototype of {len(self)}: {self.expert!r}, weight {self.weight:g}, x {tuple(self.x.shape)}"
        ]
        for row, target in enumerate(self.target[:10]):
            sure = "" if self.probability is None else f", p {float(self.probability[row]):.4f}"
            lines.append(
                f"  {target}: score {float(self.score[row]):.4g}{sure}, log density "
                f"{float(self.log_density[row]):.4g}, {self.ended[row]}"
            )
        if len(self) > 10:
            lines.append(f"  and {len(self) - 10} more")
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)]) + ">"


def prototype(
    model: nn.Module,
    target: TargetLike,
    expert: Any = None,
    *,
    until: Callable[[Frame], bool] | None = None,
    **settings: Any,
) -> Prototype:
    """All of :func:`prototype_steps`, which says what the parameters are, as one record.

    until: end where this is true of a frame, such as ``lambda frame: frame.probability.min() > 0.99``.
    Stopping it (an interrupt of the kernel) returns what is there, with `complete` False.
    """
    run = Run(model, target, expert, **settings)
    complete, enough = True, False
    try:
        while (frame := run.step()) is not None:
            if until is not None and bool(until(frame)):
                enough = True
                break
    except (KeyboardInterrupt, StoppedError):
        if run.last is None:
            raise
        complete = False
    return run.record("until" if enough else "steps" if complete else "stopped")


class Run:
    """A search that keeps its frames: `prototype` takes all its steps at once, a view as many as somebody waits for.

    The arguments are those of :func:`prototype_steps`, and so is what they raise.
    """

    def __init__(self, model: nn.Module, target: TargetLike, expert: Any = None, **settings: Any) -> None:
        steps = prototype_steps(model, target, expert, **settings)
        assert isinstance(steps, Steps)
        self._steps, self._target, self._settings = steps, target, {**settings, "expert": expert}
        self._kept: list[Frame] = []
        self._every = 1
        self.last: Frame | None = None

    @property
    def domain(self) -> Any:
        """What the model's inputs are, if that is known."""
        return self._steps.search.domain

    @property
    def weight(self) -> float:
        """Of the expert's term."""
        return self._steps.search.weight

    @property
    def targets(self) -> tuple[Target, ...]:
        """What each of the batch is a prototype of."""
        return self._steps.search.goal.targets

    @property
    def frames(self) -> tuple[Frame, ...]:
        """At most 64, the first and the last among them."""
        last = self.last
        ends = () if last is None or (self._kept and self._kept[-1] is last) else (last,)
        return (*self._kept, *ends)

    def step(self) -> Frame | None:
        """The next frame; None when the search has ended."""
        frame = next(self._steps, None)
        if frame is None:
            return None
        self.last = frame
        if frame.number % self._every == 0:
            self._kept.append(frame)
        if len(self._kept) > _KEPT - 1:
            self._kept, self._every = self._kept[::2], self._every * 2
        return frame

    def record(self, why: str) -> Prototype:
        """What it has, after at least one step. `why` those that still move no longer do: "stopped" is not complete."""
        assert self.last is not None
        frames = list(self.frames)
        return _record(
            self._steps.search, self.last, frames, why, why != "stopped", self._target, self._settings
        )


def _record(
    search: Search,
    last: Frame,
    frames: list[Frame],
    why: str,
    complete: bool,
    target: Any,
    settings: dict[str, Any],
) -> Prototype:
    ended = tuple(reason or why for reason in last.ended)
    notes = []
    if not complete:
        notes.append("stopped: this is what the search had")
    if "flat" in ended:
        notes.append(
            "no gradient where the search began, so some did not move: begin elsewhere by start= or noise="
        )
    if "not finite" in ended:
        notes.append(
            "the objective became NaN or infinite around some; they stand where it last was a number"
        )
    seed = int(settings.get("seed", 0))
    given = {name: value for name, value in {"seed": seed, **settings}.items() if value is not None}
    keywords = ", ".join(f"{name}={_spelt(name, value)}" for name, value in sorted(given.items()))
    return Prototype(
        x=last.x,
        z=last.z,
        score=last.score,
        probability=last.probability,
        log_density=last.log_density,
        distance=last.distance,
        objective=last.objective,
        ended=ended,
        target=search.goal.targets,
        expert=search.expert,
        weight=search.weight,
        seed=seed,
        frames=tuple(frames),
        complete=complete,
        settings=settings,
        domain=search.domain,
        notes=tuple(notes),
        code=f"lw.prototype(model, {_spelt('target', target)}, {keywords})",
    )


def _spelt(name: str, value: Any) -> str:
    """Python for a setting; what is long or the user's own goes by the keyword's name."""
    if isinstance(value, (Tensor, Expert)) or (callable(value) and name != "target"):
        return name
    return literal(value)
