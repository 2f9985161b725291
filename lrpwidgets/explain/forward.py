"""Run a model once, as a copy, under a recorder, and check what came out."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor, nn

from ..errors import LrpError, ModelError
from .budget import SparingRecorder
from .copied import check_batch, failure
from .dispensable import dispense, let_go_of_copies
from .embedding import Point
from .folding import Layers, fold
from .inputs import Inputs, ends
from .memory import room_for
from .node import Node, Value
from .outputs import OutputLike, scores
from .recompute import Remaking
from .record import Recorder
from .recurrent import without_cudnn
from .scene import scene
from .shadow import copy_of, eager


@dataclass(frozen=True, eq=False)
class Recording:
    """The nodes of one forward, the values it starts and ends with, the output, and what to tell the reader."""

    nodes: list[Node]
    sources: dict[int | str, Value]  # the inputs that relevance can flow to
    point: Point  # where the main one is explained
    sink: Value
    output: Tensor
    notes: tuple[str, ...]
    constants: list[tuple[Tensor, int, Node]]  # with the version that the forward read
    outputs: dict[str, tuple[Value, ...]]  # of every call of a module, by path
    replay: Remaking | None = None  # makes activations that are not kept

    @property
    def source(self) -> Value:
        """Where relevance is collected: the main input, or the embedding of its integers."""
        return self.point.value

    @cached_property
    def layers(self) -> Layers:
        """The linear layers, with what is folded into them."""
        return fold(self.nodes, self.source)

    @property
    def disturbed(self) -> bool:
        """Whether a constant was written since it was read."""
        return any(tensor._version != version for tensor, version, _ in self.constants)


@room_for("recording the model")
def record(
    model: nn.Module,
    inputs: Inputs,
    output: OutputLike = None,
    layers: Collection[str] = (),
    *,
    account: bool = False,
    everything: bool = False,
    memory: int | None = None,
    once: bool = False,
    rules: bool = True,
) -> Recording:
    """The forward of `model` on `inputs`, both left as they are; `output` names the scores in what it returns.

    `layers` are paths of modules whose outputs are to be kept. `account`: keep also what only a ledger reads.
    `everything`: keep every activation. `once`: a single walk follows, and nothing is made again. Without `rules` the
    walks are those of gradients, and what only rules read is not kept. Within `memory` bytes only checkpoints are
    kept, and activations are made again when they are read.
    """
    x = inputs.explained
    model = eager(model)
    with room_for(f"copying the buffers of the model ({type(model).__name__})"):
        shadow = copy_of(model)
    with scene(x.device):
        recorder = (
            Recorder(inputs, shadow.owned, layers, account=account, everything=everything, rules=rules)
            if memory is None
            else SparingRecorder(
                inputs, shadow.owned, layers, account=account, everything=everything, memory=memory
            )
        )
        without_cudnn(shadow.paths.values())
        recorder.calls.follow(shadow.paths)
        try:
            with recorder:
                returned = shadow.module(*recorder.fed.args, **recorder.fed.kwargs)
        except LrpError:
            raise
        except Exception as error:
            raise failure(model, recorder.calls.failed or "its forward", x, error) from error
        finally:
            recorder.calls.forget(shadow.paths)
        found = scores(model, returned, output)
        sink = _check_output(model, x, found, recorder)
        found = found.clone()
    notes = list(recorder.branches.notes)
    if shadow.training:
        notes.append("the model is in training mode; it was explained in eval mode, its flags are untouched")
    notes = list(dict.fromkeys(notes))
    sources, point = recorder.sources()
    return Recording(
        recorder.nodes,
        sources,
        point,
        sink,
        found,
        tuple(notes),
        recorder.constants,
        recorder.calls.outputs,
        _replay(recorder, inputs, spare=not (account or once)),
    )


def _replay(recorder: Recorder, inputs: Inputs, *, spare: bool) -> Remaking | None:
    """What makes activations again that are not kept."""
    if isinstance(recorder, SparingRecorder):
        return recorder.replay(inputs.explained)
    if not spare:
        return None
    let_go_of_copies(recorder.nodes, inputs, recorder.fed)
    return dispense(recorder.nodes, recorder.always)


def _check_output(model: nn.Module, x: Tensor, output: Tensor, recorder: Recorder) -> Value:
    value = recorder.finish(output)
    if value is None:
        raise ModelError(f"the output of {type(model).__name__} does not depend on its input")
    check_batch(x, output)
    if output.numel() == 0 or not output.is_floating_point():
        raise ModelError(
            f"the model's output has shape {tuple(output.shape)} and {output.dtype}: "
            "scores are real numbers, at least one for each sample"
        )
    if not all(map(math.isfinite, ends(output))):
        raise ModelError(
            f"the model's output holds NaN or infinite values (shape {tuple(output.shape)}): "
            "there is no score to explain"
        )
    return value
